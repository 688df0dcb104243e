"""Saved cuts with what is behind them, applied by C++ alone: events and bins of Python."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradcut as gc
from joint.toys import columns, simple
from results.places import at

# The fixture has the name that users know.
# ruff: noqa: N803
pytestmark = pytest.mark.root

Z = gc.objectives.AsimovSignificance(background_uncertainty=0.1)
QUICK: dict[str, Any] = {"objective": Z, "starts": 2, "max_steps": 12, "turns": 1, "folds": 2}
NAMES = ["bins", pytest.param("observable", marks=pytest.mark.torch)]


@pytest.fixture(scope="module")
def bins() -> gc.JointResult:
    """Alternatives, an axis that is closed, missing values that pass."""
    selection = gc.Selection("u > ? || z > ?", "abs(t) < ?", missing="pass", sentinels=[-999])
    return gc.fit(selection, gc.Binning("t", 3, flow="explicit", range=(-3, 4)), simple(1500, 3), **QUICK)


@pytest.fixture(scope="module")
def observable() -> gc.JointResult:
    pytest.importorskip("torch")
    what = gc.Observable(["t", "z"], 3, network=(5,), missing="flag")
    how: dict[str, Any] = {
        "objective": gc.objectives.CLs(),
        "steps": 4,
        "warm_up_steps": 15,
        "rate": 2e-2,
        "restarts": 1,
    }
    return gc.fit(gc.Selection("u > ?", "z < ?"), what, simple(2000, 4), **(QUICK | how))


def saved(root: Any, fit: gc.JointResult, folder: Path) -> Any:
    fit.save(folder / "fit.json")
    return root.GradCut.LoadJoint(str(folder / "fit.json"))


def events(seed: int, n: int = 900) -> dict[str, np.ndarray]:
    given = columns(n, 20.0, seed, is_signal=seed % 2 == 0)
    rng = np.random.default_rng(seed)
    for name in ("u", "t", "z"):
        given[name][rng.random(n) < 0.04] = np.nan
        given[name][rng.random(n) < 0.04] = -999
        given[name][rng.random(n) < 0.02] = rng.choice([np.inf, -np.inf])
    return given


@pytest.mark.parametrize("name", NAMES)
def test_every_event_is_where_python_has_it(
    ROOT: Any, name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    fit, given = request.getfixturevalue(name), events(1, 1500)
    joint = saved(ROOT, fit, tmp_path)
    node = ROOT.RDF.AsRNode(ROOT.RDF.FromNumpy(given))
    defined = joint.DefinePerFold(joint.Define(node, "bin"), "bin_of_fold")
    defined = joint.GetCuts().DefinePerFold(joint.GetCuts().Define(defined, "cut"), "cut_of_fold")
    found = defined.AsNumpy(["bin", "bin_of_fold", "cut", "cut_of_fold"])
    for folds, suffix, apply in ((False, "", joint.Apply), (True, "_of_fold", joint.ApplyPerFold)):
        wanted, passed = fit.index(given, folds=folds), fit.cuts.mask(given, folds=folds)
        assert 0 < passed.sum() < len(passed)
        assert len(np.unique(wanted)) == 4
        np.testing.assert_array_equal(found[f"bin{suffix}"], wanted)
        np.testing.assert_array_equal(found[f"cut{suffix}"].astype(bool), passed)
        behind = apply(node, "number")
        taken = behind.AsNumpy(["event", "number"])
        np.testing.assert_array_equal(taken["event"], given["event"][passed])
        np.testing.assert_array_equal(taken["number"], wanted[passed])
        by_python = fit.apply(node, "number", folds=folds)
        assert list(behind.GetFilterNames()) == list(by_python.GetFilterNames())
    assert (found["bin"] != found["bin_of_fold"]).any()  # or cross-application is not tested


@pytest.mark.parametrize("name", NAMES)
def test_variations_pass_through_cuts_and_bins(
    ROOT: Any, name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    fit = request.getfixturevalue(name)
    joint, given = saved(ROOT, fit, tmp_path), columns(900, 20.0, 5, is_signal=True)
    node = ROOT.RDF.FromNumpy(given).Vary("z", "ROOT::RVecD{z + 0.3, z - 0.3}", ["up", "down"], "JES")
    made = joint.Define(ROOT.RDF.AsRNode(node), "number")
    varied = ROOT.RDF.Experimental.VariationsFor(made.Take["int"]("number"))
    for tag, shift in (("nominal", 0.0), ("JES:up", 0.3), ("JES:down", -0.3)):
        wanted = fit.index({**given, "z": given["z"] + shift})
        np.testing.assert_array_equal(np.asarray(varied[tag]), wanted)


def test_bins_and_the_observable_are_had_by_themselves(
    ROOT: Any, bins: Any, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    joint = saved(ROOT, bins, tmp_path)
    assert list(joint.GetBins().Edges()) == bins.edges
    assert joint.GetBins().Model("h").fNbinsX == bins.n_bins == joint.GetBins().NBins()
    with pytest.raises(ROOT.std.invalid_argument, match=r"fit\.json: bins of columns were learned"):
        joint.GetObservable()


@pytest.mark.torch
def test_the_observable_is_had_by_itself(ROOT: Any, observable: Any, tmp_path: Path) -> None:
    of_joint, given = saved(ROOT, observable, tmp_path).GetObservable(), events(6)
    node = of_joint.DefineOutput(ROOT.RDF.AsRNode(ROOT.RDF.FromNumpy(given)), "output")
    np.testing.assert_array_equal(node.AsNumpy(["output"])["output"], observable.values_of(given))
    assert [str(one) for one in of_joint.Inputs()] == ["t", "z"]


FILTER = at("content", "filters", 0, "condition")
DAMAGES: dict[str, tuple[Callable[[Any, Any], None], Any, str]] = {
    "foreign": (at("format"), "gradcut-cut-result", "not a result of gradcut.fit"),
    "newer": (at("schema_version"), 2, "has version 2, this gradcut reads 1: update gradcut"),
    "kind": (at("content", "kind"), "tree", "unknown kind 'tree' behind cuts: update gradcut"),
    "other kind": (at("content", "kind"), "observable", "'kind|observable|not known"),
    "no filters": (at("content", "filters"), [], "a result without filters"),
    "code": (FILTER, {"cpp": "exit(1)"}, "a file cannot contain C"),
    "code of a fold": (
        at("content", "folds", 1, "conditions", 0),
        {"cpp": "exit(1)"},
        r"folds\[1\].*a file cannot contain C",
    ),
    "conditions of a fold": (at("content", "folds", 0, "conditions"), [], "are as many as the filters"),
    "other folds": (at("content", "inside", "folds"), [], "cuts and bins are of different folds"),
    "edges": (at("content", "inside", "bins", "edges"), [[1, 0]], "edges increase"),
    "by channel": (
        at("content", "inside", "binning"),
        {"kind": "channels", "by_channel": {}},
        "bins of no channel",
    ),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_what_is_not_a_saved_result_is_refused(ROOT: Any, bins: Any, name: str, tmp_path: Path) -> None:
    change, value, message = DAMAGES[name]
    path = tmp_path / "fit.json"
    bins.save(path)
    document = json.loads(path.read_text())
    change(document, value)
    path.write_text(json.dumps(document))
    with pytest.raises(ROOT.std.invalid_argument, match=message) as caught:
        ROOT.GradCut.LoadJoint(str(path))
    assert "fit.json: " in str(caught.value)


def test_python_refuses_filters_that_are_not_those_of_the_selection(bins: Any, tmp_path: Path) -> None:
    path = tmp_path / "fit.json"
    bins.save(path)
    for change, where in ((FILTER, "filters"), (at("content", "folds", 0, "conditions", 0), "fold 0, cond")):
        document = json.loads(path.read_text())
        change(document, {"number": 1.0})
        (tmp_path / "changed.json").write_text(json.dumps(document))
        with pytest.raises(gc.SchemaError, match=f"(?s)not those of the selection.*{where}"):
            gc.JointResult.load(tmp_path / "changed.json")


def test_what_cannot_be_applied_says_why(ROOT: Any, bins: Any, tmp_path: Path) -> None:
    joint = saved(ROOT, bins, tmp_path)
    node = ROOT.RDF.AsRNode(ROOT.RDataFrame(3).Define("u", "1.f"))
    with pytest.raises(ROOT.std.invalid_argument, match=r"fit\.json: unknown column 'z'"):
        joint.Apply(node)
    document = json.loads((tmp_path / "fit.json").read_text())
    document["content"]["provenance"]["settings"]["partition"]["by"] = "event % 2"
    path = tmp_path / "changed.json"
    path.write_text(json.dumps(document))
    for method in ("ApplyPerFold", "DefinePerFold"):
        with pytest.raises(ROOT.std.invalid_argument, match="made by the expression 'event % 2'"):
            getattr(ROOT.GradCut.LoadJoint(str(path)), method)(node)
    with pytest.raises(ROOT.std.invalid_argument, match=r"missing\.json: there is no such file"):
        ROOT.GradCut.LoadJoint(str(tmp_path / "missing.json"))
