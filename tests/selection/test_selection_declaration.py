import json
import pickle

import numpy as np
import pytest

from gradcut.errors import DeclarationError, SchemaError
from gradcut.expressions import Cpp, to_text
from gradcut.kernel_spec import HIGH_INCLUSIVE, KINDS, LOW_INCLUSIVE, MISSING_PASSES
from gradcut.selection import Cut, Selection


def _described(selection):
    return [(cut.label, cut.kind, cut.inclusive, cut.low, cut.high) for cut in selection.cuts]


@pytest.mark.parametrize(
    ("text", "kind", "inclusive", "low", "high"),
    [
        ("x > ?", "above", (False, False), "x", None),
        ("x >= ?", "above", (True, False), "x", None),
        ("? < x", "above", (False, False), "x", None),
        ("x < ?", "below", (False, False), None, "x"),
        ("? >= x", "below", (False, True), None, "x"),
        ("!(x > ?)", "below", (False, True), None, "x"),
        ("!(x <= ?)", "above", (False, False), "x", None),
        ("? < x < ?", "window", (False, False), "x:low", "x:high"),
        ("? <= x < ?", "window", (True, False), "x:low", "x:high"),
        ("? > x >= ?", "window", (True, False), "x:low", "x:high"),
        ("?a > x > ?b", "window", (False, False), "b", "a"),
        ("?lo < x < ?", "window", (False, False), "lo", "x:high"),
        ("!(? < x <= ?)", "veto", (False, True), "x:low", "x:high"),
    ],
)
def test_selection_recognises_kind_of_cut(text, kind, inclusive, low, high):
    assert _described(Selection(text)) == [("x", kind, inclusive, low, high)]


def test_selection_splits_conjunctions_and_half_fixed_windows():
    selection = Selection("met > ? && (njet >= 2 && abs(dphi) < ?)", "? < mll < 101")
    assert [to_text(r.expression) for r in selection.requirements] == [
        "met > ?met",
        "njet >= 2",
        "abs(dphi) < ?{abs(dphi)}",
        "?mll < mll",
        "mll < 101",
    ]
    assert [to_text(tree) for tree in selection.fixed] == ["njet >= 2", "mll < 101"]
    assert [to_text(feature) for feature in selection.features] == ["met", "abs(dphi)", "mll"]
    assert selection.columns == ("met", "njet", "dphi", "mll")


def test_selection_names_are_canonical_unique_and_shared_on_request():
    selection = Selection("x>?", "( x ) < ?", "?<x<?", "abs( a )<?eta", "abs(b) < ?eta", "y > ?", "z > ?y")
    assert selection.parameters == ("x", "x #2", "x #3:low", "x #3:high", "eta", "y #2", "y")
    spec = selection.kernel_spec()
    assert spec.cuts == ("x", "x #2", "x #3", "abs(a)", "abs(b)", "y", "z")
    assert spec.low.tolist() == [0, -1, 2, -1, -1, 5, 6]
    assert spec.high.tolist() == [-1, 1, 3, 4, 4, -1, -1]


def test_selection_kernel_spec_has_kinds_and_flags():
    spec = Selection(
        "a >= ?", "b <= ?", "? <= c <= ?", "!(? < d < ?)", missing="pass", step="gaussian"
    ).kernel_spec()
    assert spec.step == "gaussian"
    assert spec.kinds.tolist() == [KINDS[kind] for kind in ("above", "below", "window", "veto")]
    both = LOW_INCLUSIVE | HIGH_INCLUSIVE
    assert spec.flags.tolist() == [flag | MISSING_PASSES for flag in (LOW_INCLUSIVE, HIGH_INCLUSIVE, both, 0)]
    assert Selection("a > 3").kernel_spec().n_cuts == 0


@pytest.mark.parametrize(
    ("text", "features"),
    [
        ("count(pt > ?jet && abs(eta) < ?) >= 2", ["pt", "abs(eta)"]),
        ("a > ? || b > ?", ["a", "b"]),
        ("!(? < x < 3)", ["x"]),
        ("!(!(x > ?))", ["x"]),
        ("met > ?a + ?b * npv - 3", ["met - -3"]),
        ("all(pt < ?)", ["pt"]),
    ],
)
def test_selection_takes_requirements_apart_into_cuts(text, features):
    selection = Selection("met > ?", text)
    assert [to_text(feature) for feature in selection.features] == ["met", *features]
    assert selection.structured == ()
    assert selection.kernel_spec().n_cuts == 1 + len(features)
    assert Selection.from_json(selection.to_json()) == selection


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("(a > ?) + b > 1", "cannot be learned by gradient(.|\n)*Define a column"),
        ("sum(pt * (pt > ?)) > 100", "cannot be learned by gradient"),
        ("count(pt > ?) >= njet", "compared with a number"),
        ("count(pt > ?) != 2", "two alternatives"),
        ("!(1 <= count(pt > ?) < 3)", "opposite of a range"),
        ("2 < count(pt > ?) < 3", "no number of objects"),
        ("x > ?a * y + ?a", "each of them once"),
    ],
)
def test_selection_says_what_cannot_be_learned(text, message):
    selection = Selection("met > ?", text)
    assert len(selection.structured) == 1
    with pytest.raises(DeclarationError, match=message):
        selection.kernel_spec()


def test_selection_with_a_threshold_that_depends_on_the_event_is_filled_in():
    selection = Selection("met > ? + ? * npv")
    assert selection.parameters == ("met", "met per npv")
    values = {"met": 30.0, "met per npv": 0.5}
    assert selection.filters(values)[0][0] == "met > 30.0 + 0.5 * npv"
    assert selection.filters(values | {"met": -np.inf})[0][0] == "!std::isnan(met) && !std::isnan(npv)"
    columns = {"met": np.array([40.0, 60.0, np.nan]), "npv": np.array([30, 30, 1])}
    assert selection.mask(columns, values).tolist() == [False, True, False]
    with pytest.raises(DeclarationError, match="opposite directions"):
        selection.filters({"met": -np.inf, "met per npv": np.inf})


@pytest.mark.parametrize(
    ("requirements", "settings", "message"),
    [
        ((), {}, "a selection without requirements"),
        (("met > 3",), {"missing": "skip"}, "allowed: 'fail', 'pass'"),
        (("met > 3",), {"step": "tanh"}, "allowed: 'logistic', 'gaussian'"),
        (("met > 3",), {"sentinels": "-999"}, "a sentinel is a finite number"),
        (("met > 3",), {"sentinels": [float("nan")]}, "a sentinel is a finite number"),
        (("x > ?",) * 129, {}, "more cuts than can be learned at once(.|\n)*129 cuts(.|\n)*128"),
        (("2 > ?",), {}, "compared with a constant"),
        (("?a < x < ?a",), {}, "nothing can pass"),
        ((3,), {}, "the parts of an expression are expressions|not an expression"),
        ((Cut("x", "=>", "?"),), {}, "unknown kind of cut"),
        ((Cut("x", ">", "y"),), {}, "a threshold is '\\?', '\\?name' or a number"),
        ((Cut("x", ">", "?", "?"),), {}, "has one threshold"),
        ((Cut("? < x", ">", "?"),), {}, "structured|in the wrong place|cannot"),
    ],
)
def test_selection_bad_declaration_says_why(requirements, settings, message):
    with pytest.raises(DeclarationError, match=message):
        Selection(*requirements, **settings).kernel_spec()


def test_cut_declares_part_by_part():
    selection = Selection(
        Cut("met", ">=", "?m"),
        Cut("mll", "window"),
        Cut("mt", "veto", "?lo", 30),
        Cut("n", "<", 3),
        Cut("abs(x)", "<"),
    )
    assert [r.label for r in selection.requirements] == [
        "met >= ?m",
        "? < mll < ?",
        "!(?lo < mt < 30)",
        "n < 3",
        "abs(x) < ?",
    ]


def test_cut_of_live_cpp_is_rendered_but_not_evaluated_or_saved():
    selection = Selection(Cut(Cpp("TMath::Abs(x)"), ">", "?"), Cpp("n % 2 == 0"))
    (name,) = selection.parameters
    assert [code for code, _ in selection.filters({name: 2.5})] == [
        "(TMath::Abs(x)) > 2.5",
        "!std::isnan((n % 2 == 0)) && (n % 2 == 0)",
    ]
    assert selection.kernel_spec().n_cuts == 1
    with pytest.raises(DeclarationError, match=r"gc\.Cpp cannot be saved"):
        selection.to_json()
    with pytest.raises(DeclarationError, match=r"gc\.Cpp needs ROOT"):
        selection.mask({"x": [1.0], "n": [2]}, {name: 2.5})


def test_selection_json_round_trip_keeps_names():
    selection = Selection(
        "met > ? && x < ?", "? < met < ?", "count(pt > ?jet) > 1", missing="pass", sentinels=[-999, 0.1]
    )
    loaded = Selection.from_json(json.loads(json.dumps(selection.to_json())))
    assert loaded == selection
    assert hash(loaded) == hash(selection)
    assert loaded.parameters == selection.parameters
    assert loaded.requirements == selection.requirements
    assert pickle.loads(pickle.dumps(selection)) == selection
    assert repr(Selection("x > ?", "y < 3", missing="pass", sentinels=[-999, 0.1], step="gaussian")) == (
        "Selection(\"x > ?\", \"y < 3\", missing='pass', sentinels=[-999.0, 0.1], step='gaussian')"
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 99}, "another version(.|\n)*update gradcut"),
        ({"version": True}, "another version"),
        ({"version": 0}, "another version"),
        ({"extra": 1}, "other entries"),
        ({"requirements": {}}, "'requirements' of a selection is a list"),
        ({"requirements": []}, "without requirements"),
        ({"requirements": [{"column": "a b"}]}, "is not a column's name"),
        ({"sentinels": ["x"]}, "a sentinel is a finite number"),
        ({"missing": "skip"}, "unknown 'missing'"),
        ({"step": None}, "unknown 'step'"),
    ],
)
def test_selection_odd_json_is_refused(change, message):
    with pytest.raises(SchemaError, match=message):
        Selection.from_json(Selection("met > ?").to_json() | change)


def test_selection_json_that_is_no_object_is_refused():
    with pytest.raises(SchemaError, match="a selection is an object"):
        Selection.from_json([1])


def test_selection_check_names_the_sample():
    with pytest.raises(DeclarationError, match=r"unknown column 'mett'(.|\n)*where: ww"):
        Selection("met > ?", "mett > ?").check({"met": "float"}, where="ww")
