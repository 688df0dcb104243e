"""The event loop gives what the engines in memory give."""

from __future__ import annotations

import logging
import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradcut as gc
from engines import toy
from gradcut.engines import CpuEngine, EventLoopEngine, collect
from gradcut.errors import DeclarationError
from gradcut.yields import Moments

pytestmark = pytest.mark.root


@pytest.fixture(scope="module")
def files(ROOT: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:  # noqa: N803
    folder = tmp_path_factory.mktemp("toy")
    result = {}
    for name, spec in toy.PROCESSES.items():
        path = str(folder / f"{name}.root")
        ROOT.RDF.FromNumpy(toy.columns(*spec)).Snapshot("events", path)
        result[name] = f"{path}:events"
    return result


@pytest.fixture(scope="module")
def samples(files: dict[str, str]) -> gc.Samples:
    return toy.samples(files)


def assert_equal(a: Any, b: Any, points: np.ndarray, rtol: float) -> None:
    mine, other = a.yields(points), b.yields(points)
    assert mine.layout.variations == other.layout.variations
    np.testing.assert_array_equal(mine.layout.present, other.layout.present)
    np.testing.assert_allclose(mine.layout.mean_weight, other.layout.mean_weight, rtol=1e-9)
    np.testing.assert_allclose(mine.layout.largest_weight, other.layout.largest_weight, rtol=1e-9)
    np.testing.assert_allclose(mine.layout.total_sum_w, other.layout.total_sum_w, rtol=1e-9)
    np.testing.assert_array_equal(mine.layout.total_entries, other.layout.total_entries)
    for x, y in zip(mine.moments, other.moments, strict=True):
        np.testing.assert_allclose(x, y, rtol=rtol, atol=rtol)
    cotangents = Moments(*(np.random.default_rng(1).normal(size=m.shape) for m in mine.moments))
    np.testing.assert_allclose(a.vjp(cotangents), b.vjp(cotangents), rtol=rtol * 10, atol=rtol * 1e3)
    for x, y in zip(a.hard_yields(points).moments, b.hard_yields(points).moments, strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-9)


@pytest.mark.parametrize(("precision", "rtol"), [("float64", 1e-10), ("float32", 1e-4)])
def test_event_loop_equals_the_engine_in_memory(samples: gc.Samples, precision: Any, rtol: float) -> None:
    spec = toy.SELECTION.kernel_spec()
    memory = CpuEngine(spec, collect(toy.SELECTION, samples), precision=precision)
    loop = EventLoopEngine(toy.SELECTION, samples, precision=precision)
    points = np.array([toy.POINT, toy.POINT]) * np.array([[1.0], [1.01]])
    assert_equal(loop, memory, points, rtol)


def test_hard_yields_equal_a_loop_over_events(samples: gc.Samples) -> None:
    yields = EventLoopEngine(toy.SELECTION, samples).hard_yields(toy.POINT)
    for process, channel in (("susy", "SR"), ("ww", "CR"), ("top", "SR")):
        for variation in yields.layout.variations:
            got = yields.of(process, channel=channel, variation=variation)
            want = toy.slow_hard_yields(process, channel, variation, toy.VALUES)
            assert [float(m[0, 0]) for m in got] == pytest.approx(want, rel=1e-6)


def test_part_of_a_split_is_the_same_part(samples: gc.Samples, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    for split, part in (
        (gc.Split(train=0.5, select=0.2, test=0.3, seed=5), "train"),
        (gc.Folds(3, seed=2), "test[1]"),
        (gc.Folds(3, seed=2), "train[0]"),
        (gc.Split(by="event % 4", train=(0, 1), select=(), test=(2, 3)), "test"),
    ):
        memory = CpuEngine(
            toy.SELECTION.kernel_spec(),
            collect(toy.SELECTION, samples, split=split, part=part),
            precision="float64",
        )
        loop = EventLoopEngine(toy.SELECTION, samples, split=split, part=part, precision="float64")
        assert_equal(loop, memory, np.array([toy.POINT]), 1e-10)


def test_vary_of_a_node_and_sentinels(ROOT: Any, files: dict[str, str]) -> None:  # noqa: N803
    def node(name: str) -> Any:
        df = ROOT.RDataFrame("events", files[name].rpartition(":")[0])
        return df.Vary("met", "ROOT::RVecF{met * 1.2f, met * 0.8f}", ["up", "down"], "scale")

    samples = gc.Samples(weight="weight", require="presel == 1 && met > 20")
    samples.add("susy", node("susy"), role="signal")
    samples.add("ww", node("ww"), role="background")
    selection = gc.Selection("met > ?", "n_jet < ?", sentinels=[3])
    memory = CpuEngine(selection.kernel_spec(), collect(selection, samples), precision="float64")
    loop = EventLoopEngine(selection, samples, precision="float64")
    assert set(loop.layout.variations) == {"nominal", "scale:up", "scale:down"}
    assert_equal(loop, memory, np.array([[100.0, 4.5, 15.0, 0.5]]), 1e-10)
    nominal, up = (
        loop.yields([100.0, 4.5, 15.0, 0.5]).of("ww", variation=v).sum_w for v in ("nominal", "scale:up")
    )
    assert up[0, 0] > nominal[0, 0]


def test_vector_weights_and_variations_by_files(ROOT: Any, tmp_path: Path, files: dict[str, str]) -> None:  # noqa: N803
    path = str(tmp_path / "pdf.root")
    ROOT.RDataFrame("events", files["ww"].rpartition(":")[0]).Define(
        "pdf", "ROOT::RVecF{weight, weight * 1.1f, weight * 0.7f}"
    ).Snapshot("events", path)
    samples = gc.Samples(weight="weight", require="presel == 1")
    samples.add("susy", files["susy"], role="signal", absent=("PDF",))
    samples.add("ww", f"{path}:events", role="background")
    samples.vary("PDF", weights="pdf", indices=[1, 2])
    samples.vary("shower", files={"ww": (files["top"], files["ww"])})
    selection = gc.Selection("met > ?")
    memory = CpuEngine(selection.kernel_spec(), collect(selection, samples), precision="float64")
    loop = EventLoopEngine(selection, samples, precision="float64")
    assert_equal(loop, memory, np.array([[100.0, 15.0]]), 1e-10)


def test_one_evaluation_is_one_loop_per_source(ROOT: Any, files: dict[str, str]) -> None:  # noqa: N803
    df = ROOT.RDataFrame("events", files["ww"].rpartition(":")[0])
    samples = gc.Samples(weight="weight", require="presel == 1")
    samples.add("ww", df, role="background")
    samples.vary("JES", suffix=("_JES_up", "_JES_down"))
    loop = EventLoopEngine(gc.Selection("met > ?"), samples)
    before = df.GetNRuns()
    loop.yields(np.tile([[100.0, 10.0]], (7, 1)))
    assert df.GetNRuns() == before + 1


def test_engine_and_streams_cannot_be_pickled_where_root_would_crash(samples: gc.Samples) -> None:
    for made in (EventLoopEngine(toy.SELECTION, samples), samples.stream(["met"])):
        with pytest.raises(DeclarationError, match=r"(?s)cannot leave.*Samples of files can be pickled"):
            pickle.dumps(made)


def test_single_precision_keeps_its_promise_for_features_of_large_offset(ROOT: Any, tmp_path: Path) -> None:  # noqa: N803
    path, n = str(tmp_path / "far.root"), 20000
    far = np.random.default_rng(4).normal(1e5, 10, n).astype(np.float32)
    ROOT.RDF.FromNumpy({"far": far}).Snapshot("events", path)
    samples = gc.Samples()
    samples.add("a", path, role="signal")
    selection = gc.Selection("far > ?")
    single, double = (
        EventLoopEngine(selection, samples, precision=p).yields([1e5 + 3.123, 0.5]).moments.sum_w
        for p in ("float32", "float64")
    )
    assert abs(single - double).max() < 1e-6 * n


def test_threads_of_python_wait_for_each_other(samples: gc.Samples) -> None:
    engine = EventLoopEngine(toy.SELECTION, samples, precision="float64")
    points = [np.array(toy.POINT) * (1 + 0.01 * i) for i in range(4)]
    alone = [engine.evaluate(point).yields.moments.sum_w for point in points]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda point: engine.evaluate(point).yields.moments.sum_w, points))
        tables = list(pool.map(lambda _: collect(toy.SELECTION, samples), range(2)))
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one, other)
    assert tables[0]["SR", "ww"].totals == tables[1]["SR", "ww"].totals


def test_arrays_are_refused_with_what_to_do() -> None:
    samples = toy.samples({name: toy.columns(*spec) for name, spec in toy.PROCESSES.items()})
    with pytest.raises(DeclarationError, match=r"(?s)the event loop reads files.*FromNumpy"):
        EventLoopEngine(toy.SELECTION, samples)
