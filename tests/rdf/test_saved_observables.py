"""Saved observables applied by C++ alone: outputs and bins of Python, and nothing but what a file may say."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradcut as gc
from joint.toys import columns
from results.places import at

# The fixture has the name that users know.
# ruff: noqa: N803
pytest.importorskip("torch", reason="torch is not installed")
pytestmark = [pytest.mark.root, pytest.mark.torch]

INPUTS = {"first": "t", "second": "abs(z)", "third": "t * z"}
OBSERVABLES: dict[str, Any] = {
    "logistic": gc.Observable(INPUTS, 4, network=(6,), missing="flag"),
    "alongside": gc.Observable(
        ["t", "t + z"],
        3,
        network=(5, 4),
        activation="silu",
        histogram="gaussian",
        alongside=gc.Binning("z", edges=[-1, 0.5, 2], flow="explicit", name="mass"),
        name="score",
    ),
    "softmax": gc.Observable({"first": "t", "second": "z"}, 3, network=(6,), histogram="softmax"),
}


@pytest.fixture(scope="module")
def fits() -> dict[str, gc.ObservableResult]:
    samples = gc.Samples(weight="weight", event="event", sentinels=[-999])
    for role, total in (("signal", 40.0), ("background", 1000.0)):
        samples.add(role, columns(1500, total, 1, is_signal=role == "signal"), role=role)
    limit = gc.objectives.CLs()
    how: dict[str, Any] = {
        "objective": limit,
        "steps": 4,
        "warm_up_steps": 12,
        "restarts": 1,
        "rate": 0.02,
    }
    return {
        name: gc.fit_observable(one, samples, folds=2, seed=number, **how)
        for number, (name, one) in enumerate(OBSERVABLES.items())
    }


@pytest.fixture(scope="module")
def paths(fits: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("observables")
    for name, fit in fits.items():
        fit.save(folder / f"{name}.json")
    return {name: folder / f"{name}.json" for name in fits}


def events(seed: int, n: int = 700) -> dict[str, np.ndarray]:
    """Random events with missing values of all kinds, and numbers that are on edges."""
    rng = np.random.default_rng(seed)
    made = {"t": rng.normal(0, 3, n), "z": rng.normal(0, 1.5, n)}
    for column in made.values():
        column[rng.random(n) < 0.03] = np.nan
        column[rng.random(n) < 0.03] = -999
        column[rng.random(n) < 0.02] = rng.choice([np.inf, -np.inf, 0.0, 1e300])
        column[rng.random(n) < 0.03] = rng.choice([-1.0, 2.0])
    return {**made, "event": rng.integers(0, 2**40, n), "w": rng.normal(1, 1, n)}


@pytest.mark.parametrize("name", OBSERVABLES)
def test_every_event_has_the_bin_and_the_output_of_python(
    ROOT: Any, fits: Any, paths: Any, name: str
) -> None:
    fit, saved, given = fits[name], ROOT.GradCut.LoadObservable(str(paths[name])), events(1, 1500)
    node = ROOT.RDF.AsRNode(ROOT.RDF.FromNumpy(given))
    node = saved.DefineOutput(saved.Define(node, "bin"), "output")
    node = saved.DefineOutputPerFold(saved.DefinePerFold(node, "bin_of_fold"), "output_of_fold")
    node = fit.define(node, "bin_of_python", folds=True)
    columns = ["bin", "output", "bin_of_fold", "output_of_fold", "bin_of_python"]
    found = {key: np.stack([np.asarray(x) for x in value]) for key, value in node.AsNumpy(columns).items()}
    for folds, suffix in ((False, ""), (True, "_of_fold")):
        wanted = fit.index(given, folds=folds)
        assert len(np.unique(wanted)) > 2
        assert (wanted < 0).any()
        np.testing.assert_array_equal(found[f"bin{suffix}"], wanted)
        np.testing.assert_array_equal(found[f"output{suffix}"], fit.values(given, folds=folds))
    np.testing.assert_array_equal(found["bin_of_python"], found["bin_of_fold"])
    assert (found["bin"] != found["bin_of_fold"]).any()  # or cross-application is not tested


@pytest.mark.parametrize("name", OBSERVABLES)
def test_what_is_binned_and_models_are_those_of_the_result(
    ROOT: Any, fits: Any, paths: Any, name: str
) -> None:
    fit, saved = fits[name], ROOT.GradCut.LoadObservable(str(paths[name]))
    assert [str(one) for one in saved.Inputs()] == list(fit.binning.names)
    assert [str(one) for one in saved.Names()] == list(fit.divided.expressions)
    assert tuple(saved.Shape()) == fit.bins.bin_shape
    assert tuple(saved.Shape(True)) == fit.fold_shape
    assert saved.NBins() == fit.n_bins
    np.testing.assert_array_equal(
        list(saved.GetNetwork().fLayers[0].fWeights), fit.network.layers[0].weight.ravel()
    )
    if name == "softmax":
        with pytest.raises(ROOT.std.invalid_argument, match="these bins have no edges"):
            saved.Edges()
        assert saved.Model("h").fNbinsX == 3
        return
    for axis, edges in fit.axis_edges.items():
        assert list(saved.Edges(axis)) == edges
    node = saved.DefineOutput(ROOT.RDF.AsRNode(ROOT.RDF.FromNumpy(events(3))), "output")
    if name == "logistic":
        filled = node.Histo1D(saved.Model("h", "t"), "output", "w")
        with pytest.raises(ROOT.std.invalid_argument, match="a model of two axes for bins of observable"):
            saved.Model2D()
    else:
        filled = node.Histo2D(saved.Model2D("h", "t"), "output", "z", "w")
    expected = fit.model("h", "t")
    axes = [filled.GetXaxis(), filled.GetYaxis()]
    for axis, edges in zip(axes, expected[3::2], strict=False):
        assert [axis.GetBinLowEdge(i + 1) for i in range(len(edges))] == pytest.approx(list(edges))


@pytest.mark.parametrize("name", ["logistic", "softmax"])
def test_moments_block_by_block_are_those_of_the_bins(ROOT: Any, fits: Any, paths: Any, name: str) -> None:
    given = events(4)
    found = ROOT.GradCut.LoadObservable(str(paths[name])).BookMoments(
        ROOT.RDF.AsRNode(ROOT.RDF.FromNumpy(given)), "w"
    )
    number = fits[name].index(given)
    inside, w = number >= 0, given["w"]
    expected = [np.bincount(number[inside], w[inside] ** m, minlength=fits[name].n_bins) for m in (0, 1, 2)]
    np.testing.assert_allclose(list(found.GetValue().fValues), np.concatenate(expected), rtol=1e-12)


def test_variations_of_the_inputs_pass_through(ROOT: Any, fits: Any, paths: Any) -> None:
    given = events(5, 200)
    node = ROOT.RDF.FromNumpy(given).Vary("t", "ROOT::RVecD{t + 0.3, t - 0.3}", ["up", "down"], "JES")
    for name, fit in fits.items():
        saved = ROOT.GradCut.LoadObservable(str(paths[name]))
        bins = saved.DefinePerFold(ROOT.RDF.AsRNode(node), "bin").Take["int"]("bin")
        varied = ROOT.RDF.Experimental.VariationsFor(bins)
        for tag, shift in (("nominal", 0.0), ("JES:up", 0.3), ("JES:down", -0.3)):
            wanted = fit.index({**given, "t": given["t"] + shift}, folds=True)
            np.testing.assert_array_equal(np.asarray(varied[tag]), wanted)


DAMAGES: dict[str, tuple[str, Callable[[Any, Any], None], Any, str]] = {
    "foreign": ("logistic", at("format"), "gradcut-binning-result", "not a result of gradcut.fit_observable"),
    "newer": ("logistic", at("schema_version"), 2, "has version 2, this gradcut reads 1: update gradcut"),
    "kind": ("logistic", at("content", "binning", "kind"), "axis", "this is not an observable"),
    "new key": ("logistic", at("content", "binning", "x"), 1, "binning: 'x' is not known to this gradcut"),
    "new key of bins": ("logistic", at("content", "bins", "x"), 1, "bins: 'x' is not known to this gradcut"),
    "histogram": (
        "logistic",
        at("content", "binning", "histogram"),
        "kde",
        "unknown histogram 'kde'",
    ),
    "many bins": ("softmax", at("content", "binning", "bins"), 10**9, "there are 1 to 128 bins"),
    "other bins": ("logistic", at("content", "binning", "bins"), 5, "other bins than were declared"),
    "other bins of a fold": (
        "logistic",
        at("content", "folds", 1, "bins", "bins", "edges"),
        [[0.0, 0.5, 1.0]],
        "other bins than were declared",
    ),
    "alongside": ("softmax", at("content", "binning", "alongside"), {}, "nothing stands alongside"),
    "alongside without edges": (
        "alongside",
        at("content", "binning", "alongside", "edges"),
        None,
        "alongside.edges: a list is expected",
    ),
    "one number less": ("alongside", at("content", "features"), [], "one for each of 3 columns of the bins"),
    "other inputs": (
        "logistic",
        at("content", "bins", "network", "inputs", 1, "name"),
        "first",
        "network.inputs: the network has other inputs than the declaration",
    ),
    "outputs": (
        "logistic",
        at("content", "bins", "network", "layers", -1),
        {"activation": "linear", "weight": [[1.0] * 6] * 2, "bias": [0.0, 0.0]},
        "the network has 2 outputs, not 1",
    ),
    "no network": ("logistic", at("content", "bins", "network", "kind"), "tree", "this is not a network"),
    "code": ("softmax", at("content", "features", 0, "value"), {"cpp": "exit(1)"}, "a file cannot contain C"),
    "code in the network": (
        "softmax",
        at("content", "folds", 0, "bins", "network", "inputs", 0, "value"),
        {"cpp": "exit(1)"},
        r"folds\[0\].*a file cannot contain C",
    ),
    "edges fall": ("logistic", at("content", "bins", "bins", "edges"), [[1, 0.5, 2]], "edges increase"),
    "weight as text": (
        "logistic",
        at("content", "bins", "network", "layers", 0, "weight", 0, 0),
        "1",
        "a number is expected, not text",
    ),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_what_is_not_a_saved_observable_is_refused(ROOT: Any, paths: Any, name: str, tmp_path: Path) -> None:
    of, change, value, message = DAMAGES[name]
    document = json.loads(paths[of].read_text())
    change(document, value)
    path = tmp_path / "observable.json"
    path.write_text(json.dumps(document))
    with pytest.raises(ROOT.std.invalid_argument, match=message) as caught:
        ROOT.GradCut.LoadObservable(str(path))
    assert "observable.json: " in str(caught.value)


def test_whatever_is_changed_in_a_file_it_is_read_or_refused(ROOT: Any, paths: Any, tmp_path: Path) -> None:
    from networks.test_json import mutated

    path = tmp_path / "observable.json"
    document = json.loads(paths["alongside"].read_text())
    read = ("binning", "features", "bins", "folds")
    stream, refused = random.Random(3), 0
    for _ in range(150):
        content = {**document["content"], **mutated({key: document["content"][key] for key in read}, stream)}
        path.write_text(json.dumps({**document, "content": content}))
        try:
            saved = ROOT.GradCut.LoadObservable(str(path))
        except ROOT.std.invalid_argument:
            refused += 1
        else:
            assert tuple(saved.Shape()) == (3, 2)
    assert 30 < refused < 150


def test_what_cannot_be_applied_says_why(ROOT: Any, paths: Any, tmp_path: Path) -> None:
    node = ROOT.RDF.AsRNode(ROOT.RDataFrame(3).Define("t", "1.f").Define("z", "ROOT::RVecF{1, 2}"))
    saved = ROOT.GradCut.LoadObservable(str(paths["softmax"]))
    with pytest.raises(ROOT.std.invalid_argument, match=r"softmax\.json: .*vector column"):
        saved.Define(node, "bin")
    with pytest.raises(ROOT.std.invalid_argument, match=r"softmax\.json: unknown column 'event'"):
        saved.DefinePerFold(node, "bin")
    with pytest.raises(ROOT.std.invalid_argument, match="'mass' stands alongside the observable"):
        ROOT.GradCut.LoadObservable(str(paths["alongside"])).BookMoments(node)
    document = json.loads(paths["softmax"].read_text())
    document["content"]["provenance"]["settings"]["partition"]["by"] = "event % 2"
    path = tmp_path / "observable.json"
    path.write_text(json.dumps(document))
    with pytest.raises(ROOT.std.invalid_argument, match="made by the expression 'event % 2'"):
        ROOT.GradCut.LoadObservable(str(path)).DefineOutputPerFold(node, "output")
    document["content"]["folds"] = []
    path.write_text(json.dumps(document))
    with pytest.raises(ROOT.std.invalid_argument, match="no bins for every fold"):
        ROOT.GradCut.LoadObservable(str(path)).DefinePerFold(node, "bin")
    with pytest.raises(ROOT.std.invalid_argument, match=r"missing\.json: there is no such file"):
        ROOT.GradCut.LoadObservable(str(tmp_path / "missing.json"))
