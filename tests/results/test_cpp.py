"""Saved results applied by C++ alone: filters and events of Python, nothing but what the grammar allows."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from expression_frames import frame
from expression_samples import TYPES, random_expression, random_rows

from gradcut import Selection
from gradcut.expressions import guard, render_cpp, to_json
from gradcut.results import CutResult
from gradcut.results.saved_filters import filters
from results.places import at
from results.toy_results import BACKGROUND

# The fixture has the name that users know.
# ruff: noqa: N803
pytestmark = pytest.mark.root

VECTORS = [name for name, text in TYPES.items() if "RVec" in text]


def document(found: list[dict[str, Any]]) -> dict[str, Any]:
    """What LoadCuts reads of a saved result."""
    settings = {"partition": {"kind": "split", "seed": 0, "by": None}}
    content = {"filters": found, "folds": [], "provenance": {"settings": settings, "event": ["event"]}}
    return {"format": "gradcut-cut-result", "schema_version": 1, "content": content}


def write(path: Path, content: object) -> str:
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("seed", range(4))
def test_random_conditions_become_the_text_that_python_writes(ROOT: Any, tmp_path: Path, seed: int) -> None:
    # That this text selects the same events as numpy is tested in tests/expressions/test_agreement.py.
    rng = random.Random(seed)
    columns = random_rows(rng, 3)
    trees = []
    for _ in range(300):
        missing, sentinels = rng.choice(["fail", "pass"]), rng.choice([(), (-999,), (0.1, 3)])
        tree = random_expression(rng, rng.randint(1, 5))
        trees.append(guard(tree, missing=missing, sentinels=sentinels, vectors=VECTORS))
    listed = [{"name": f"{i}", "declared": "", "condition": to_json(tree)} for i, tree in enumerate(trees)]
    cuts = ROOT.GradCut.LoadCuts(write(tmp_path / "cuts.json", document(listed)))
    found = [str(one.fCode) for one in cuts.Filters(ROOT.RDF.AsRNode(frame(ROOT, columns)))]
    expected = [render_cpp(tree, vectors=VECTORS) for tree in trees]
    assert [(i, a) for i, (a, b) in enumerate(zip(found, expected, strict=True)) if a != b] == []


SELECTIONS = {
    "window": (Selection("? < d < ?", "f > ?"), (-20.0, 30.25, 0.1)),
    "open": (Selection("? <= d < ?", "f > ?"), (-np.inf, np.inf, -np.inf)),
    "half open": (Selection("? <= d < ?"), (-np.inf, 2.5)),
    "veto": (Selection("!(? < abs(d) < ?)"), (2.0, 30.0)),
    "integers": (Selection("i >= ?", "u < ?", "ul != 3", "b == 1"), (2.5, 100.5)),
    "missing passes": (Selection("f > ?", "g < ?", missing="pass"), (0.5, 2.5)),
    "sentinels": (Selection("d < ?", "!(f < ?)", "f != g", sentinels=[-999, 0.1]), (30.0, -2.5)),
    "functions": (Selection("pow(abs(d), 0.5) < ?", "hypot(f, g) > ?", "max(f, g, 1) < 1e5"), (7.5, 0.1)),
    "or": (Selection("f > ?a || g < ?b", "(i % 5) != 2"), (2.0, 0.2)),
    "vectors": (
        Selection("count(vf > ? && vi < 7) >= 1", "max(wd) > ?", "any(vb)", sentinels=[-999]),
        (0.2, 0.5),
    ),
    "scalar in a reducer": (Selection("sum(vd * f) < ?", "all(wf < f)", sentinels=[-999]), (1e6,)),
}


@pytest.mark.parametrize("name", SELECTIONS)
def test_selection_from_a_file_keeps_the_events_of_the_mask(ROOT: Any, tmp_path: Path, name: str) -> None:
    selection, numbers = SELECTIONS[name]
    values = dict(zip(selection.parameters, numbers, strict=True))
    path = write(tmp_path / "cuts.json", document(filters(selection, values)))
    columns = random_rows(random.Random(5), 400)
    node = frame(ROOT, columns)
    good = ROOT.GradCut.LoadCuts(path).Apply(ROOT.RDF.AsRNode(node))
    kept = np.asarray(good.AsNumpy(["rdfentry_"])["rdfentry_"])
    passed = selection.mask(columns, values)
    assert kept.tolist() == np.flatnonzero(passed).tolist()
    assert 0 < len(kept) < 400 or name in ("open", "half open")
    labels = [label for label, _ in selection.bind(values)]
    assert [str(label) for label in good.GetFilterNames()] == labels


@pytest.fixture(scope="module")
def saved(fit: CutResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("saved") / "cuts.json"
    fit.save(path)
    return path


def test_saved_result_has_the_filters_of_python(ROOT: Any, fit: CutResult, saved: Path) -> None:
    node = ROOT.RDF.FromNumpy({k: np.ascontiguousarray(v) for k, v in BACKGROUND.items()})
    cuts = ROOT.GradCut.LoadCuts(str(saved))
    found = [(str(one.fCode), str(one.fName)) for one in cuts.Filters(ROOT.RDF.AsRNode(node))]
    assert found == fit.filters
    for method, folds in (("Apply", False), ("ApplyPerFold", True)):
        good = getattr(cuts, method)(ROOT.RDF.AsRNode(node))
        kept = np.asarray(good.AsNumpy(["event"])["event"])
        assert kept.tolist() == BACKGROUND["event"][fit.mask(BACKGROUND, folds=folds)].tolist()
        assert list(good.GetFilterNames()) == list(fit.apply(node, folds=folds).GetFilterNames())


CONDITION = at("content", "filters", 0, "condition")
COLUMN, ONE = {"column": "d"}, {"number": 1.0}


def comparison(left: object, right: object = ONE, operators: object = (">",)) -> dict[str, Any]:
    return {"comparison": list(operators), "operands": [left, right]}  # type: ignore[call-overload]


def deep(levels: int) -> dict[str, Any]:
    tree: dict[str, Any] = COLUMN
    for _ in range(levels):
        tree = {"unary": "-", "operand": tree}
    return comparison(tree)


DAMAGES = {
    "foreign": (at("format"), "something else", "not a result of gradcut.fit_cuts"),
    "newer": (at("schema_version"), 2, "has version 2, this gradcut reads 1: update gradcut"),
    "version as text": (at("schema_version"), "1", "schema_version: a number is expected, not text"),
    "no filters": (at("content", "filters"), [], "a result without filters"),
    "filters of a wrong kind": (at("content", "filters"), {}, "content.filters: a list is expected"),
    "code": (CONDITION, 'gSystem->Exec("true")', r"condition: an object is expected, not text"),
    "cpp": (CONDITION, {"cpp": 'gSystem->Exec("true")'}, "a file cannot contain C"),
    "cpp beside": (CONDITION, {**COLUMN, "cpp": "1"}, "a file cannot contain C"),
    "code as column": (CONDITION, comparison({"column": "d); exit(1); (d"}), "is not a column's name"),
    "code as function": (CONDITION, comparison({"call": "exit", "arguments": [ONE]}), "function 'exit'"),
    "code as operator": (CONDITION, comparison(COLUMN, ONE, ["> 0); exit(1); (1 >"]), "unknown operator"),
    "code as reducer": (CONDITION, comparison({"reduce": "exit", "argument": COLUMN}), "reducer 'exit'"),
    "number as text": (CONDITION, comparison(COLUMN, {"number": "1; exit(1)"}), "number is expected"),
    "infinite number": (CONDITION, comparison(COLUMN, {"number": 10**400}), "must be finite"),
    "hole": (CONDITION, comparison(COLUMN, {"hole": "d"}), "a number is left open"),
    "unknown node": (CONDITION, {"lambda": "x"}, "not a node of an expression"),
    "window both ways": (
        CONDITION,
        {"comparison": ["<", ">"], "operands": [ONE, COLUMN, ONE]},
        "run the same way",
    ),
    "too many arguments": (
        CONDITION,
        comparison({"call": "abs", "arguments": [COLUMN, COLUMN]}),
        r"abs\(\) takes 1 arguments, not 2",
    ),
    "one operand": (CONDITION, {"logical": "&&", "operands": [COLUMN]}, "joins at least two"),
    "too deep a tree": (CONDITION, deep(120), "nested at most 100 levels"),
    "too deep a file": (CONDITION, deep(400), "nested more than 250 levels"),
    "unknown name": (at("content", "filters", 0), {"name": "x"}, "'declared' is missing"),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_what_is_not_a_saved_result_is_refused(ROOT: Any, tmp_path: Path, name: str) -> None:
    change, value, message = DAMAGES[name]
    content = document(filters(Selection("d > ?"), {"d": 1.0}))
    change(content, value)
    with pytest.raises(ROOT.std.invalid_argument, match=message) as caught:
        ROOT.GradCut.LoadCuts(write(tmp_path / "cuts.json", content))
    assert "cuts.json: " in str(caught.value)


TEXTS = {
    "empty": ("", "line 1: it ends too early"),
    "no document": ("results", "line 1: a value is expected"),
    "truncated": ('{"format": "gradcut-cut-res', "text without its closing quote"),
    "twice": ('{"format": 1,\n "format": 2}', "line 2: the key 'format' stands twice"),
    "more": ("{}\n{}", "line 2: something follows"),
    "comma": ('{"a": [1, ]}', "a value is expected"),
    "control": ('{"a": "\x01"}', "a control character"),
    "escape": (r'{"a": "\x41"}', "an unknown escape"),
    "surrogate": (r'{"a": "\ud800"}', "half of a surrogate pair"),
    "number": ('{"a": 1.}', "a digit is expected"),
    "leading zero": ('{"a": 01}', "expected '}'"),
    "constant": ('{"a": NaN}', "a value is expected"),
    "list": ("[]", "not a result of gradcut"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_damaged_json_is_refused_with_its_line(ROOT: Any, tmp_path: Path, name: str) -> None:
    text, message = TEXTS[name]
    with pytest.raises(ROOT.std.invalid_argument, match=message):
        ROOT.GradCut.LoadCuts(write(tmp_path / "cuts.json", text))


def test_no_random_damage_is_taken_that_python_would_not_take(ROOT: Any, tmp_path: Path) -> None:
    selection = Selection("count(vf > ?) >= 2", "? < d < ?", "!(f < ?)", sentinels=[-999])
    values = dict(zip(selection.parameters, (0.5, -2.0, 1e3, 4.0), strict=True))
    text = json.dumps(document(filters(selection, values)))
    rng = random.Random(3)
    taken = 0
    for _ in range(400):
        letters = list(text)
        for _ in range(rng.randint(1, 3)):
            place = rng.randrange(len(letters))
            letters[place] = rng.choice(
                ['"', "{", "}", "[", "]", ",", ":", "\\", "1", "-", "e", ".", " ", "\n"]
            )
        damaged = "".join(letters)
        path = write(tmp_path / "cuts.json", damaged)
        try:
            ROOT.GradCut.LoadCuts(path)
        except ROOT.std.invalid_argument:
            continue
        taken += 1
        json.loads(damaged)
    assert taken > 20  # digits and spaces may change


def test_columns_must_be_those_of_the_node(ROOT: Any, tmp_path: Path) -> None:
    path = write(tmp_path / "cuts.json", document(filters(Selection("nothing > ?"), {"nothing": 1.0})))
    cuts = ROOT.GradCut.LoadCuts(path)
    node = ROOT.RDF.AsRNode(ROOT.RDataFrame(3).Define("met", "1.f"))
    with pytest.raises(ROOT.std.invalid_argument, match=r"cuts\.json: unknown column 'nothing'"):
        cuts.Apply(node)
    text = ROOT.RDF.AsRNode(ROOT.RDataFrame(3).Define("nothing", 'std::string("x")'))
    with pytest.raises(ROOT.std.invalid_argument, match=r"of type (std::)?string, which is not a number"):
        cuts.Apply(text)
    vector = ROOT.RDF.AsRNode(ROOT.RDataFrame(3).Define("nothing", "ROOT::RVecF{1, 2}"))
    with pytest.raises(ROOT.std.invalid_argument, match="a vector column without a reducer"):
        cuts.Apply(vector)
    with pytest.raises(ROOT.std.invalid_argument, match="this result has no cuts for every fold"):
        cuts.ApplyPerFold(node)
    with pytest.raises(ROOT.std.invalid_argument, match=r"missing\.json: there is no such file"):
        ROOT.GradCut.LoadCuts(str(tmp_path / "missing.json"))


def test_folds_by_an_expression_are_left_to_python(ROOT: Any, tmp_path: Path) -> None:
    content = document(filters(Selection("d > ?"), {"d": 1.0}))
    fold = {"conditions": [content["content"]["filters"][0]["condition"]]}
    content["content"]["folds"] = [fold, fold]
    partition = {"kind": "folds", "k": 2, "seed": 0, "by": "event % 2"}
    content["content"]["provenance"]["settings"]["partition"] = partition
    cuts = ROOT.GradCut.LoadCuts(write(tmp_path / "cuts.json", content))
    node = ROOT.RDF.AsRNode(ROOT.RDataFrame(3).Define("d", "1.").Define("event", "rdfentry_"))
    with pytest.raises(ROOT.std.invalid_argument, match="made by the expression 'event % 2'"):
        cuts.ApplyPerFold(node)
