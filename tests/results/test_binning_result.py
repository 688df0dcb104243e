"""Learned bins through numpy, ROOT, hist, a header of C++ and files: the same events in the same bins."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradcut as gc
from binning.toy_samples import EVERYTHING, samples
from gradcut.errors import DeclarationError, SchemaError
from gradcut.expressions import evaluate

Z = gc.objectives.AsimovSignificance()
BINNINGS = {
    "axis": gc.Binning("score", 4),
    "expression": gc.Binning("log(score)", [2, 3], range=(-1.5, 0.0), flow="explicit"),
    "integers": gc.Binning("n_jet", 3),
    "product": gc.Binning("score", 2) * gc.Binning("other", 3),
    "mixture": gc.MixtureBinning(["score", "other"], 3),
    "simplex": gc.MixtureBinning(
        ["score", "(1 - score) / (2 + abs(other))"], 3, coordinates="simplex", names=["p", "q"]
    ),
    "log": gc.MixtureBinning(["mass", "score"], 2, coordinates="log"),
    "ranges": gc.MixtureBinning(["score", "other"], 3, means=[(0, 1), (-1, 1)]),
    "softmax": gc.SoftmaxBinning(
        ["4 * score", "other", "mass / 80"], temperature="learned", names=["a", "b", "c"]
    ),
    "scores": gc.SoftmaxBinning(["score", "1 - score"], coordinates="log", temperature=0.5),
    "width": gc.Binning("score", 3, width="learned"),
}
HOLES = {name: column.copy() for name, column in EVERYTHING.items()}
HOLES["score"][:7] = np.nan
HOLES["score"][7:9] = -999
HOLES["score"][9:12] = [0.0, 1.0, np.inf]
HOLES["other"][20:23] = [np.nan, np.inf, -np.inf]


@pytest.fixture(scope="module")
def fits() -> dict[str, gc.BinningResult]:
    made = samples(sentinels=[-999])
    how: dict[str, Any] = {"objective": Z, "folds": 2, "starts": 2, "max_steps": 20}
    return {name: gc.fit_binning(binning, made, **how) for name, binning in BINNINGS.items()}


@pytest.mark.parametrize("name", BINNINGS)
def test_saved_and_read_it_is_the_same(fits: Any, name: str, tmp_path: Path) -> None:
    fit, path = fits[name], tmp_path / "bins.json"
    fit.save(path)
    again = gc.BinningResult.load(path)
    assert str(again) == str(fit)
    for folds in (False, True):
        assert (again.index(HOLES, folds=folds) == fit.index(HOLES, folds=folds)).all()
    again.save(tmp_path / "again.json")
    assert (
        json.loads((tmp_path / "again.json").read_text())["content"]
        == json.loads(path.read_text())["content"]
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c["bins"].update(edges=[[0.5, 0.1, 1.0]]), "make no sense"),
        (
            lambda c: c.update(bins={"kind": "mixture", "log_weights": [], "means": [], "precisions": []}),
            "not those",
        ),
        (lambda c: c.pop("rows"), "'rows' is missing"),
        (lambda c: c["binning"].update(step="cubic"), "wrong value"),
        (lambda c: c["features"][0].update(absent=None), "features are not those of the declaration"),
        (lambda c: c["provenance"].update(sentinels=[]), "features are not those of the declaration"),
    ],
)
def test_damaged_files_are_refused(fits: Any, change: Any, message: str, tmp_path: Path) -> None:
    path = tmp_path / "bins.json"
    fits["axis"].save(path)
    document = json.loads(path.read_text())
    change(document["content"])
    path.write_text(json.dumps(document))
    with pytest.raises(SchemaError, match=message):
        gc.BinningResult.load(path)


@pytest.mark.root
@pytest.mark.parametrize("folds", [False, True])
@pytest.mark.parametrize("name", BINNINGS)
def test_rdataframe_bins_as_numpy_does(fits: Any, name: str, folds: bool, ROOT: Any) -> None:  # noqa: N803
    fit, frame = fits[name], ROOT.RDF.FromNumpy(HOLES)
    number = fit.index(HOLES, folds=folds)
    defined = fit.define(frame, "bin", folds=folds).AsNumpy(["bin"])["bin"]
    assert np.asarray(defined).tolist() == number.tolist()
    histogram = fit.histogram(frame, "w", name="h", folds=folds)
    found = [histogram.GetBinContent(i + 1) for i in range(histogram.GetNbinsX())]
    n = int(np.prod(fit.fold_shape)) if folds else fit.n_bins
    assert found == pytest.approx(np.bincount(number[number >= 0], HOLES["w"][number >= 0], n).tolist())


@pytest.mark.root
def test_model_is_that_of_a_histogram_and_vary_is_honoured(fits: Any, ROOT: Any) -> None:  # noqa: N803
    fit = fits["axis"]
    frame = ROOT.RDF.FromNumpy(EVERYTHING)
    histogram = frame.Histo1D(fit.model("bdt"), "score", "w")
    axis = histogram.GetXaxis()
    assert [axis.GetBinLowEdge(i) for i in range(1, 6)] == pytest.approx(fit.edges)
    x = EVERYTHING["score"].astype(float)
    inside = (x >= fit.edges[0]) & (x < fit.edges[-1])
    assert histogram.Integral() == pytest.approx(EVERYTHING["w"][inside].sum())
    varied = frame.Vary("score", "ROOT::RVecF{score * 0.9f, score * 1.1f}", ["down", "up"], "scale")
    counts = ROOT.RDF.Experimental.VariationsFor(fit.histogram(varied, name="v"))
    for tag, factor in (("nominal", 1.0), ("scale:down", 0.9), ("scale:up", 1.1)):
        moved = {**EVERYTHING, "score": EVERYTHING["score"] * np.float32(factor)}
        wanted = np.bincount(fit.index(moved), minlength=4)
        assert [counts[tag].GetBinContent(i + 1) for i in range(4)] == wanted.tolist()


@pytest.mark.parametrize("name", BINNINGS)
def test_templates_are_the_sums_of_weights_in_the_bins(fits: Any, name: str) -> None:
    fit, made = fits[name], samples(sentinels=[-999])
    for folds in (False, True):
        number = fit.index(EVERYTHING, folds=folds)
        n = int(np.prod(fit.fold_shape)) if folds else fit.n_bins
        wanted = np.bincount(number[number >= 0], EVERYTHING["w"][number >= 0], n)
        found = fit.templates(made, folds=folds)
        assert (found.of("signal").sum_w + found.of("background").sum_w)[0] == pytest.approx(wanted)


def test_templates_have_variations(fits: Any) -> None:
    made = samples()
    made.vary("scale", weight=("w * 1.5", "w * 0.5"), processes=["background"])
    found = fits["axis"].templates(made)
    nominal, up = (found.of("background", variation=v).sum_w for v in ("nominal", "scale:up"))
    assert up == pytest.approx(1.5 * nominal)


@pytest.mark.parametrize("name", BINNINGS)
def test_header_of_cpp_needs_nothing_and_bins_as_numpy_does(fits: Any, name: str, tmp_path: Path) -> None:
    compiler = shutil.which("c++") or shutil.which("g++")
    assert compiler, "the package was built with a C++ compiler"
    fit = fits[name]
    fit.header(tmp_path / "bins.h", "my_bin")
    columns = [np.asarray(evaluate(e, HOLES), dtype=float)[:400] for e in fit.bins.expressions.values()]
    # A sentinel is one of the column, not of an expression of it.
    keep = HOLES["score"][:400] != -999
    values = np.stack(columns, axis=1)[keep]
    np.savetxt(tmp_path / "values.txt", values, fmt="%.17g")
    read = ", ".join(f"std::atof(x[{i}].c_str())" for i in range(values.shape[1]))
    (tmp_path / "main.cc").write_text(
        '#include "bins.h"\n#include <cstdlib>\n#include <iostream>\n#include <string>\n'
        f"int main()\n{{\n   std::string x[{values.shape[1]}];\n   while (true) {{\n"
        "      for (auto &one : x)\n         if (!(std::cin >> one))\n            return 0;\n"
        f"      std::cout << my_bin({read}) << '\\n';\n   }}\n}}\n"
    )
    flags = ["-std=c++17", "-Wall", "-Wextra", "-Werror", "-ffp-contract=off"]
    subprocess.run([compiler, *flags, "main.cc", "-o", "main"], cwd=tmp_path, check=True)
    given = (tmp_path / "values.txt").read_text()
    out = subprocess.run([tmp_path / "main"], input=given, capture_output=True, text=True, check=True).stdout
    assert [int(line) for line in out.split()] == fit.index(HOLES)[:400][keep].tolist()
    with pytest.raises(DeclarationError, match="a function of C\\+\\+ has a name"):
        fit.header(tmp_path / "bins.h", "1st")


@pytest.mark.hist
def test_axis_of_hist_has_the_edges(fits: Any) -> None:
    axis = fits["product"].axis("other")
    assert axis.edges.tolist() == pytest.approx(fits["product"].axis_edges["other"])
    with pytest.raises(DeclarationError, match="there are several axes"):
        fits["product"].axis()
    with pytest.raises(DeclarationError, match="no axis is called 'x'"):
        fits["product"].axis("x")


def test_table_names_bins_yields_and_what_to_quote(fits: Any) -> None:
    text = str(fits["axis"])
    for wanted in ("<= score", "(the one to quote)", "eff. entries"):
        assert wanted in text
    assert "where learned" in str(fits["expression"])
    assert all(len(line) <= 150 for line in text.splitlines())
