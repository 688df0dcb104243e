"""Bins in the event loop are those in memory: splits, Vary, files of variations, features of large offset."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradcut as gc
from engines import toy
from engines.test_event_loop import assert_equal
from gradcut.binning.bins_spec import BinsSpec
from gradcut.engines import CpuBinsEngine, EventLoopBinsEngine
from gradcut.errors import DataError, DeclarationError
from gradcut.yields import Moments

pytestmark = pytest.mark.root

SPEC = BinsSpec("axes", "logistic", ("m", "n"), (2, 1), local_width=True)
FEATURES = {"m": "met", "n": "n_jet"}
POINTS = np.array([[80.0, 140, 1.5, 0.2, 0.4], [60.0, 150, 2.5, 0.1, 0.3]])


@pytest.fixture(scope="module")
def files(ROOT: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:  # noqa: N803
    folder = tmp_path_factory.mktemp("binned")
    result = {}
    for name, events in toy.PROCESSES.items():
        ROOT.RDF.FromNumpy(toy.columns(*events)).Snapshot("events", f"{folder / name}.root")
        result[name] = f"{folder / name}.root:events"
    return result


def compare(samples: gc.Samples, **reading: Any) -> EventLoopBinsEngine:
    memory = CpuBinsEngine(
        SPEC,
        samples.collect(FEATURES, sentinels=samples.sentinels, **reading),
        precision="float64",
        n_threads=1,
    )
    loop = EventLoopBinsEngine(SPEC, list(FEATURES.values()), samples, precision="float64", **reading)
    assert_equal(loop, memory, POINTS, 1e-10)
    return loop


def test_a_part_of_a_split_is_the_same_part(files: dict[str, str]) -> None:
    samples = toy.samples(files)
    compare(samples, split=gc.Split(train=0.5, select=0.2, test=0.3, seed=5), part="train")
    compare(samples, split=gc.Folds(3, seed=2), part="test[1]")


def test_vary_of_a_node_and_a_file_of_a_variation(ROOT: Any, files: dict[str, str]) -> None:  # noqa: N803
    def node(name: str) -> Any:
        df = ROOT.RDataFrame("events", files[name].rpartition(":")[0])
        return df.Vary("met", "ROOT::RVecF{met * 1.2f, met * 0.8f}", ["up", "down"], "scale")

    samples = gc.Samples(weight="weight", require="presel == 1 && met > 20", sentinels=[3])
    samples.add("susy", node("susy"), role="signal")
    samples.add("ww", node("ww"), role="background")
    samples.add("top", files["top"], role="background", absent=("scale",), xsec=2.0, lumi=300.0, sumw="auto")
    samples.vary("shower", files={"top": files["ww"]})
    loop = compare(samples)
    assert set(loop.layout.variations) == {"nominal", "scale:up", "scale:down", "shower:up"}
    # Cotangents of one variation of the Vary alone, with nothing for nominal.
    evaluation = loop.evaluate(POINTS)
    shape = evaluation.yields.moments.sum_w.shape
    only = np.zeros(shape)
    only[:, :, :, loop.layout.variations.index("scale:up"), 2] = 1.0
    step = np.zeros(5)
    step[0] = 1e-4
    sides = [loop.yields(POINTS + sign * step).moments.sum_w for sign in (1, -1)]
    expected = (only * (sides[0] - sides[1])).reshape(2, -1).sum(1) / 2e-4
    gradient = evaluation.vjp(Moments(np.zeros(shape), only, np.zeros(shape)))
    np.testing.assert_allclose(gradient[:, 0], expected, rtol=1e-6)
    nothing = evaluation.vjp(Moments(np.zeros(shape), np.zeros(shape), np.zeros(shape)))
    np.testing.assert_array_equal(nothing, np.zeros((2, 5)))


@pytest.mark.parametrize(
    ("spec", "point"),
    [
        (BinsSpec("axes", "logistic", ("f",), (1,)), [1e5 + 3.123, 0.5]),
        (BinsSpec("mixture", "logistic", ("f",), n_components=2), [0, 0, 1e5, 1e5 + 3.1, 2, 2, 1]),
    ],
    ids=["axis", "mixture"],
)
def test_single_precision_keeps_its_promise_for_features_of_large_offset(
    ROOT: Any,  # noqa: N803
    tmp_path: Path,
    spec: BinsSpec,
    point: list[float],
) -> None:
    n = 5000
    far = np.random.default_rng(4).normal(1e5, 10, n).astype(np.float32)
    ROOT.RDF.FromNumpy({"far": far}).Snapshot("events", str(tmp_path / "far.root"))
    samples = gc.Samples()
    samples.add("a", str(tmp_path / "far.root"), role="signal")
    single, double, memory = (
        engine.yields(point).moments.sum_w
        for engine in (
            EventLoopBinsEngine(spec, ["far"], samples),
            EventLoopBinsEngine(spec, ["far"], samples, precision="float64"),
            CpuBinsEngine(spec, samples.collect({"f": "far"}), n_threads=1),
        )
    )
    assert abs(single - double).max() < 1e-6 * n
    assert abs(memory - double).max() < 1e-6 * n


def test_bad_input_says_what_is_wrong(ROOT: Any, files: dict[str, str], tmp_path: Path) -> None:  # noqa: N803
    samples = toy.samples(files)
    with pytest.raises(DeclarationError, match=r"(?s)one feature per column.*2 features, of m, n"):
        EventLoopBinsEngine(SPEC, ["met"], samples)
    with pytest.raises(DeclarationError, match=r"(?s)unknown precision.*'half'"):
        EventLoopBinsEngine(SPEC, list(FEATURES.values()), samples, precision="half")  # type: ignore[arg-type]
    with pytest.raises(DeclarationError, match=r"(?s)cannot leave.*Samples of files can be pickled"):
        pickle.dumps(EventLoopBinsEngine(SPEC, list(FEATURES.values()), samples))
    bad = np.ones(50)
    bad[7] = np.nan
    ROOT.RDF.FromNumpy({"x": np.zeros(50), "bad": bad}).Snapshot("events", str(tmp_path / "bad.root"))
    nan = gc.Samples()
    nan.add("s", str(tmp_path / "bad.root"), role="signal")
    nan.vary("SF", weight=("bad", "2 * bad"))
    loop = EventLoopBinsEngine(BinsSpec("axes", "logistic", ("x",), (1,)), ["x"], nan)
    with pytest.raises(DataError, match=r"(?s)weights are NaN.*process 's'.*variation 'SF:up'"):
        loop.yields([0.0, 1.0])
