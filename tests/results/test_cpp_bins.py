"""Saved bins applied by C++ alone: those of Python for every event, and nothing but what the file may say."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradcut as gc
from binning.toy_samples import EVERYTHING, samples
from results.places import at

# The fixture has the name that users know.
# ruff: noqa: N803
pytestmark = pytest.mark.root

Z = gc.objectives.AsimovSignificance()
BINNINGS: dict[str, Any] = {
    "axis": gc.Binning("score", 4),
    "expression": gc.Binning("log(score)", [2, 3], range=(-1.5, 0.0), flow="explicit"),
    "integers": gc.Binning("n_jet", 3),
    "condition inside": gc.Binning("other + 2 * (n_jet > 2)", 3, flow="explicit"),
    "product": gc.Binning("score", [2, 3]) * gc.Binning("mass", edges=[100, 130, 200], flow="explicit"),
    "mixture": gc.MixtureBinning(["score", "other"], 3),
    "simplex": gc.MixtureBinning(
        ["score", "(1 - score) / (2 + abs(other))"], 3, coordinates="simplex", names=["p", "q"]
    ),
    "log": gc.MixtureBinning(["mass", "score"], 2, coordinates="log"),
    "softmax": gc.SoftmaxBinning(["other", "2 * score", "mass / 200"]),
    "softmax log": gc.SoftmaxBinning(["score", "1 - score"], coordinates="log"),
}
HOLES = {name: column.copy() for name, column in EVERYTHING.items()}
HOLES["score"][:13] = [np.nan] * 7 + [-999, -999, 0.0, 1.0, np.inf, -np.inf]
HOLES["other"][20:24] = [np.nan, np.inf, -np.inf, -999]
HOLES["mass"][30:36] = [0.0, -1.0, 130.0, 200.0, np.nan, 100.0]


def fitted(binning: Any) -> gc.BinningResult:
    how: dict[str, Any] = {"objective": Z, "folds": 2, "starts": 1, "max_steps": 6}
    return gc.fit_binning(binning, samples(sentinels=[-999]), **how)


@pytest.fixture(scope="module")
def fits() -> dict[str, gc.BinningResult]:
    return {name: fitted(binning) for name, binning in BINNINGS.items()}


def save(fit: gc.BinningResult, folder: Path) -> str:
    path = folder / "bins.json"
    fit.save(path)
    return str(path)


def bins_of(ROOT: Any, bins: Any, columns: dict[str, Any], *, folds: bool = False) -> list[int]:
    node = ROOT.RDF.AsRNode(ROOT.RDF.FromNumpy(columns))
    define = bins.DefinePerFold if folds else bins.Define
    return np.asarray(define(node, "bin").AsNumpy(["bin"])["bin"]).tolist()


@pytest.mark.parametrize("name", BINNINGS)
def test_every_event_is_in_the_bin_of_python(ROOT: Any, fits: Any, name: str, tmp_path: Path) -> None:
    fit = fits[name]
    bins = ROOT.GradCut.LoadBins(save(fit, tmp_path))
    for folds in (False, True):
        wanted = fit.index(HOLES, folds=folds)
        assert bins_of(ROOT, bins, HOLES, folds=folds) == wanted.tolist()
        assert ((wanted < 0).any() and len(np.unique(wanted)) > 2) or name == "integers"
    assert [str(one) for one in bins.Names()] == list(fit.bins.expressions)
    assert tuple(bins.Shape()) == fit.bins.bin_shape
    assert tuple(bins.Shape(True)) == fit.fold_shape
    assert bins.NBins() == fit.n_bins
    assert list(bins.Channels()) == []


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, np.uint8, np.bool_])
def test_columns_of_other_types_are_compared_in_double(ROOT: Any, dtype: Any, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    tables = {
        role: {
            "x": (rng.normal(0.4 * shift, 1, 500) * 3 + 5).clip(0, 20).astype(dtype),
            "w": np.ones(500),
            "event": np.arange(500) + 500 * shift,
        }
        for role, shift in (("signal", 1), ("background", 0))
    }
    made = gc.Samples(weight="w", event="event", sentinels=[0] if dtype is np.int64 else [])
    for role, table in tables.items():
        made.add(role, table, role=role)
    fit = gc.fit_binning(gc.Binning("x", 2), made, objective=Z, method="exact", split=gc.Split(1, 0, 0))
    table = {"x": np.concatenate([tables["signal"]["x"], *[np.array([edge], dtype) for edge in fit.edges]])}
    bins = ROOT.GradCut.LoadBins(save(fit, tmp_path))
    assert bins_of(ROOT, bins, table) == fit.index(table).tolist()


def test_bins_of_channels_are_chosen_by_name(ROOT: Any, tmp_path: Path) -> None:
    made = gc.Samples(weight="w", event="event", sentinels=[-999])
    for role, first in (("signal", 0), ("background", 3000)):
        table = {name: column[first : first + 3000] for name, column in EVERYTHING.items()}
        for channel in ("SR", "CR"):
            made.add(role, table, role=role, channel=channel)
    declared = {"SR": gc.Binning("score", 3), "CR": gc.Binning("mass", edges=[100, 120, 500])}
    fit = gc.fit_binning(declared, made, objective=Z, folds=2, starts=1, max_steps=6)
    bins = ROOT.GradCut.LoadBins(save(fit, tmp_path))
    assert [str(name) for name in bins.Channels()] == ["SR", "CR"]
    for channel in ("SR", "CR"):
        own = fit.channel(channel)
        for folds in (False, True):
            found = bins_of(ROOT, bins.Channel(channel), HOLES, folds=folds)
            assert found == own.index(HOLES, folds=folds).tolist()
        assert list(bins.Channel(channel).Edges()) == own.edges
        alone = ROOT.GradCut.LoadBins(save(own, tmp_path))
        assert bins_of(ROOT, alone, HOLES) == own.index(HOLES).tolist()
    with pytest.raises(ROOT.std.invalid_argument, match="bins differ between channels, name one of SR, CR"):
        bins.NBins()
    with pytest.raises(ROOT.std.invalid_argument, match="no channel is called 'VR', there are SR, CR"):
        bins.Channel("VR")
    with pytest.raises(ROOT.std.invalid_argument, match="are not divided by channel"):
        bins.Channel("SR").Channel("SR")


def test_edges_and_model_are_those_of_the_result(ROOT: Any, fits: Any, tmp_path: Path) -> None:
    fit = fits["axis"]
    bins = ROOT.GradCut.LoadBins(save(fit, tmp_path))
    assert list(bins.Edges()) == list(bins.Edges("score")) == fit.edges
    histogram = ROOT.RDF.FromNumpy(EVERYTHING).Histo1D(bins.Model("bdt"), "score", "w")
    axis = histogram.GetXaxis()
    assert [axis.GetBinLowEdge(i + 1) for i in range(5)] == fit.edges
    assert (histogram.GetName(), axis.GetTitle()) == ("bdt", "score")
    with pytest.raises(ROOT.std.invalid_argument, match="no axis is called 'bdt', there are score"):
        bins.Edges("bdt")
    product = ROOT.GradCut.LoadBins(save(fits["product"], tmp_path))
    assert list(product.Edges("mass")) == [100, 130, 200]
    with pytest.raises(ROOT.std.invalid_argument, match="several axes, name one of score, mass"):
        product.Edges()
    with pytest.raises(ROOT.std.invalid_argument, match="these bins have no edges"):
        ROOT.GradCut.LoadBins(save(fits["mixture"], tmp_path)).Edges()
    model = product.Model()
    n = fits["product"].n_bins
    assert (model.fNbinsX, model.fXLow, model.fXUp) == (n, -0.5, n - 0.5)


def test_objects_have_bins_and_bins_vary(ROOT: Any, fits: Any, tmp_path: Path) -> None:
    fit = fits["integers"]
    document = json.loads(Path(save(fit, tmp_path)).read_text())
    document["content"]["features"][0]["absent"] = None  # no sentinel, which numbers per event have only
    path = tmp_path / "objects.json"
    path.write_text(json.dumps(document))
    bins = ROOT.GradCut.LoadBins(str(path))
    node = ROOT.RDataFrame(4).Define("n_jet", "ROOT::RVecI(rdfentry_, 1 + 2 * rdfentry_)")
    found = bins.Define(ROOT.RDF.AsRNode(node), "bin").Take["ROOT::VecOps::RVec<int>"]("bin")
    wanted = [fit.index({"n_jet": np.full(i, 1 + 2 * i)}).tolist() for i in range(4)]
    assert [list(one) for one in found.GetValue()] == wanted
    number = ROOT.RDataFrame(10).Define("n_jet", "int(rdfentry_)")
    varied = number.Vary("n_jet", "ROOT::RVecI{n_jet + 1}", ["up"], "shift")
    sums = ROOT.RDF.Experimental.VariationsFor(bins.Define(ROOT.RDF.AsRNode(varied), "bin").Sum["int"]("bin"))
    for tag, shift in (("nominal", 0), ("shift:up", 1)):
        assert sums[tag] == fit.index({"n_jet": np.arange(10) + shift}).sum()
    closed = ROOT.GradCut.LoadBins(save(fits["axis"], tmp_path))
    vector = ROOT.RDF.AsRNode(ROOT.RDataFrame(2).Define("score", "ROOT::RVecF{1, 2}"))
    with pytest.raises(ROOT.std.invalid_argument, match=r"bins\.json: .*vector column without a reducer"):
        closed.Define(vector, "bin")


DAMAGES: dict[str, tuple[str, Callable[[Any, Any], None], Any, str]] = {
    "foreign": ("axis", at("format"), "gradcut-cut-result", "not a result of gradcut.fit_binning"),
    "newer": ("axis", at("schema_version"), 2, "has version 2, this gradcut reads 1: update gradcut"),
    "new kind": (
        "axis",
        at("content", "binning", "kind"),
        "tree",
        "unknown kind of bins 'tree': update gradcut",
    ),
    "new key": ("axis", at("content", "binning", "x"), 1, "binning: 'x' is not known to this gradcut"),
    "new key of bins": ("axis", at("content", "bins", "x"), 1, "bins: 'x' is not known to this gradcut"),
    "flow": ("axis", at("content", "binning", "flow"), "closed", "unknown flow 'closed'"),
    "coordinates": (
        "mixture",
        at("content", "binning", "coordinates"),
        "polar",
        "unknown coordinates 'polar'",
    ),
    "no features": ("axis", at("content", "features"), [], "one for each of 1 columns of the bins"),
    "code": ("axis", at("content", "features", 0, "value"), {"cpp": "exit(1)"}, "a file cannot contain C"),
    "code as column": (
        "axis",
        at("content", "features", 0, "value"),
        {"column": "x); exit(1); ("},
        "is not a column's name",
    ),
    "edges fall": ("axis", at("content", "bins", "edges"), [[1, 0.5, 2]], "edges increase"),
    "one edge": ("axis", at("content", "bins", "edges"), [[1]], "edges increase, and there are at least two"),
    "edges of two": ("axis", at("content", "bins", "edges"), [[1, 2], [1, 2]], "edges of 2 axes, not of 1"),
    "infinite edge": ("axis", at("content", "bins", "edges"), [[0, 10**400]], "finite number is expected"),
    "edge as text": ("axis", at("content", "bins", "edges"), [["0", 1]], "a number is expected, not text"),
    "other bins": (
        "mixture",
        at("content", "bins"),
        {"kind": "edges", "edges": []},
        "not those of the declar",
    ),
    "means": ("mixture", at("content", "bins", "means", 0), [1.0], "2 numbers are expected, not 1"),
    "no mean": ("mixture", at("content", "bins", "means"), [], "one for each of"),
    "triangle": ("mixture", at("content", "bins", "precisions", 0), [[1.0, 0.0]], "2 rows are expected"),
    "negative": ("mixture", at("content", "bins", "precisions", 0, 0, 0), -1.0, "content.bins: "),
    "outputs": ("softmax", at("content", "bins", "outputs"), [0, 7, 8], "outputs are different ones of 3"),
    "biases": ("softmax", at("content", "bins", "biases"), [0.0], "one for each of"),
    "fold": ("axis", at("content", "folds", 0, "bins", "edges"), [[2, 1]], r"folds\[0\].*edges increase"),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_what_is_not_a_saved_result_is_refused(ROOT: Any, fits: Any, name: str, tmp_path: Path) -> None:
    of, change, value, message = DAMAGES[name]
    path = Path(save(fits[of], tmp_path))
    document = json.loads(path.read_text())
    change(document, value)
    path.write_text(json.dumps(document))
    with pytest.raises(ROOT.std.invalid_argument, match=message) as caught:
        ROOT.GradCut.LoadBins(str(path))
    assert "bins.json: " in str(caught.value)


def test_what_cannot_be_applied_says_why(ROOT: Any, fits: Any, tmp_path: Path) -> None:
    path = Path(save(fits["axis"], tmp_path))
    node = ROOT.RDF.AsRNode(ROOT.RDataFrame(3).Define("x", "1.f"))
    with pytest.raises(ROOT.std.invalid_argument, match=r"bins\.json: unknown column 'score'"):
        ROOT.GradCut.LoadBins(str(path)).Define(node, "bin")
    document = json.loads(path.read_text())
    document["content"]["provenance"]["settings"]["partition"]["by"] = "event % 2"
    path.write_text(json.dumps(document))
    with pytest.raises(ROOT.std.invalid_argument, match="made by the expression 'event % 2'"):
        ROOT.GradCut.LoadBins(str(path)).DefinePerFold(node, "bin")
    document["content"]["folds"] = []
    path.write_text(json.dumps(document))
    with pytest.raises(ROOT.std.invalid_argument, match="no bins for every fold"):
        ROOT.GradCut.LoadBins(str(path)).DefinePerFold(node, "bin")
    with pytest.raises(ROOT.std.invalid_argument, match=r"missing\.json: there is no such file"):
        ROOT.GradCut.LoadBins(str(tmp_path / "missing.json"))
