"""What is learned runs in ROOT's distributed RDataFrame: two processes, the numbers of a local one."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest

import gradcut as gc
from contracts.toy_networks import make_network
from gradcut import rdf
from gradcut.binning.bins_spec import BinsSpec
from gradcut.errors import DataError, DeclarationError
from gradcut.rdf.nodes import as_node

pytestmark = [pytest.mark.root, pytest.mark.dask]

SCORE = make_network((2, 9, 1), "elu", "sigmoid", names=("met", "log(mass)"), seed=2)
THREE = make_network((3, 16, 3), "relu", "softmax", names=("mass", "n_jet", "v"), sentinels=(3,), seed=4)


def columns() -> dict[str, np.ndarray]:
    rng, n = np.random.default_rng(3), 4000
    found = {
        "met": rng.gamma(2.0, 80.0, n).astype(np.float32),
        "mass": rng.normal(91, 15, n),
        "n_jet": rng.integers(0, 6, n).astype(np.int32),
        "weight": rng.uniform(0.5, 1.5, n),
        "event": np.arange(n, dtype=np.int64),
        "v": rng.normal(size=n),
    }
    found["met"][::37] = np.nan
    return found


@pytest.fixture(scope="module")
def path(ROOT: Any, tmp_path_factory: pytest.TempPathFactory) -> str:  # noqa: N803
    options = ROOT.RDF.RSnapshotOptions()
    options.fAutoFlush = 500
    name = str(tmp_path_factory.mktemp("distributed") / "events.root")
    ROOT.RDF.FromNumpy(columns()).Snapshot("events", name, list(columns()), options)
    return name


@pytest.fixture(scope="module")
def results() -> tuple[gc.CutResult, gc.BinningResult]:
    samples = gc.Samples(weight="weight", event="event")
    samples.add("s", columns(), role="signal", require="met > 150")
    samples.add("b", columns(), role="background", require="met < 250")
    cuts = gc.fit_cuts(gc.Selection("met > ?", "? < mass < ?"), samples, folds=2, seed=1)
    return cuts, gc.fit_binning(gc.Binning("met", 3), samples, folds=2, seed=1)


def test_learned_results_in_two_processes_are_those_of_a_local_frame(
    ROOT: Any,  # noqa: N803
    two_workers: Any,
    path: str,
    results: Any,
) -> None:
    cuts, bins = results

    def booked(df: Any) -> dict[str, Any]:
        binned = bins.define(cuts.define(df, "good", folds=True), "own", folds=True)
        scored = rdf.define_network(binned, "score", SCORE, precision="float64")
        return {
            "passing": cuts.apply(df).Sum("weight"),
            "folds": binned.Histo2D(("", "", 2, 0, 2, 5, -1.5, 3.5), "good", "own", "weight"),
            "model": bins.histogram(df, "weight"),
            "score": scored.Histo1D(("", "", 40, 0, 1), "score", "weight"),
            "best": rdf.define_network(df, "best", THREE, precision="float64", largest=True).Sum("best"),
        }

    here = booked(ROOT.RDataFrame("events", path))
    distributed = ROOT.RDataFrame("events", path, executor=two_workers, npartitions=4)
    there = booked(distributed)
    processes = distributed.Define("process", "gSystem->GetPid()").AsNumpy(["process"])["process"]
    assert set(processes) == set(two_workers.run(os.getpid).values())
    assert len(processes) == 4000
    for name in here:
        if hasattr(here[name].GetValue(), "GetNbinsX"):
            a, b = (
                [h.GetBinContent(i) for i in range(h.GetNcells())]
                for h in (here[name].GetValue(), there[name].GetValue())
            )
            assert sum(x > 0 for x in a) >= 2
            np.testing.assert_allclose(b, a, rtol=1e-12)
        else:
            assert there[name].GetValue() == pytest.approx(here[name].GetValue(), rel=1e-12)
            assert here[name].GetValue() > 0


def test_what_it_cannot_do_is_said(ROOT: Any, two_workers: Any, path: str) -> None:  # noqa: N803
    df = ROOT.RDataFrame("events", path, executor=two_workers)
    with pytest.raises(DataError, match=r"(?s)unknown column 'met_'.*'met'"):
        rdf.define_uniform(df, "u", ["met_"], seed=1)
    with pytest.raises(DeclarationError, match=r"(?s)no compiled actions.*DaskEngine"):
        as_node(df)
    vectors = df.Define("vector", "ROOT::RVecD{mass, v}")
    with pytest.raises(DeclarationError, match=r"(?s)bins and networks of vectors.*column 'vector'"):
        rdf.define_bin(vectors, "bin", BinsSpec("axes", "hard", ("x",), (1,)), ["vector"], [0.0, 1.0])


def test_parts_of_a_split_are_those_of_a_local_frame(ROOT: Any, two_workers: Any, path: str) -> None:  # noqa: N803
    def parts(df: Any) -> Any:
        return rdf.define_fold(df, "part", ["event"], seed=7, edges=[0.5, 0.8]).Histo1D(
            ("", "", 3, -0.5, 2.5), "part"
        )

    here, there = (
        parts(df).GetValue()
        for df in (
            ROOT.RDataFrame("events", path),
            ROOT.RDataFrame("events", path, executor=two_workers, npartitions=3),
        )
    )
    assert there.GetEntries() == 4000
    assert [there.GetBinContent(k) for k in range(5)] == [here.GetBinContent(k) for k in range(5)]
    assert there.GetBinContent(3) > 500
