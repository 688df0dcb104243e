"""Weights of zero, of NaN and of three events: the event loop and the readers say the same about them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradcut as gc
from engines.test_event_loop import assert_equal
from gradcut.engines import CpuEngine, EventLoopEngine, collect
from gradcut.errors import DataError

pytestmark = [pytest.mark.root, pytest.mark.uproot]

SELECTION = gc.Selection("met > ?", "x < ?")
POINT = np.array([[50.0, 0.5, 10.0, 0.5]])
Write = Callable[..., str]


@pytest.fixture
def write(ROOT: Any, tmp_path: Path) -> Write:  # noqa: N803
    def file(name: str, n: int, **columns: np.ndarray) -> str:
        rng = np.random.default_rng(n)
        table = {
            "met": rng.gamma(2, 80, n).astype(np.float32),
            "x": rng.normal(0, 1, n),
            "event": np.arange(n),
            "w": rng.normal(1, 0.5, n),
            **columns,
        }
        path = str(tmp_path / f"{name}.root")
        ROOT.RDF.FromNumpy(table).Snapshot("events", path)
        return path

    return file


def engines(samples: gc.Samples, **split: Any) -> list[Any]:
    spec = SELECTION.kernel_spec()
    made = [
        CpuEngine(spec, collect(SELECTION, samples, reader=reader, **split), precision="float64")
        for reader in ("root", "uproot")
    ]
    return [EventLoopEngine(SELECTION, samples, precision="float64", **split), *made]


def test_events_of_weight_zero_are_no_entries_anywhere(write: Write) -> None:
    weights = np.random.default_rng(1).normal(1, 0.5, 400)
    weights[::3] = 0
    samples = gc.Samples(weight="w", require="x > -1")
    samples.add("s", write("s", 400, w=weights), role="signal", xsec=2, lumi=10, sumw="auto")
    samples.add("b", write("b", 3, w=np.ones(3), x=np.zeros(3)), role="background")
    loop, root, uproot = engines(samples)
    assert_equal(loop, root, POINT, 1e-10)
    assert_equal(loop, uproot, POINT, 1e-10)
    table = collect(SELECTION, samples, reader="root")["all", "s"]
    assert table.before.entries == 400  # the events of the source are counted, whatever they weigh
    assert loop.layout.total_entries[0, 0] == np.count_nonzero(table.weights())
    largest = np.abs(table.weights()).max()
    assert loop.layout.largest_weight[0, 0] == pytest.approx(largest, rel=1e-12)


def test_only_weights_of_zero_are_called_that(write: Write) -> None:
    samples = gc.Samples(weight="w")
    samples.add("s", write("s", 10, w=np.zeros(10)), role="signal")
    for read in (
        lambda: collect(SELECTION, samples, reader="root"),
        lambda: collect(SELECTION, samples, reader="uproot"),
        lambda: EventLoopEngine(SELECTION, samples),
    ):
        with pytest.raises(DataError, match=r"(?s)all weights are zero.*process 's'.*10 events"):
            read()


def test_varied_weights_that_are_nan_name_the_variation(write: Write) -> None:
    bad = np.ones(50)
    bad[7] = np.nan
    samples = gc.Samples(weight="w")
    samples.add("s", write("s", 50, bad=bad), role="signal")
    samples.vary("SF", weight=("bad", "2 * w"))
    message = r"(?s)weights are NaN or infinite.*process 's'.*variation 'SF:up'"
    for reader in ("root", "uproot"):
        with pytest.raises(DataError, match=message):
            collect(SELECTION, samples, reader=reader)
    with pytest.raises(DataError, match=message):
        EventLoopEngine(SELECTION, samples).yields(POINT)


def test_names_of_variations_need_not_be_names_of_cpp(write: Write) -> None:
    samples = gc.Samples(weight="w", event="event")
    samples.add("s", write("s", 300, sf=np.full(300, 1.1)), role="signal")
    samples.vary("SF-1.2", weight=("sf", "2*sf"), relative=True)
    samples.vary("other-generator", files={"s": write("other", 301)})
    # The sample of the other generator is split by itself: its variance has a factor of its own.
    loop, root, uproot = engines(samples, split=gc.Split(seed=2), part="select")
    assert_equal(loop, root, POINT, 1e-10)
    assert_equal(loop, uproot, POINT, 1e-10)


def test_part_without_events_is_an_error_of_every_engine(write: Write) -> None:
    samples = gc.Samples(event="event")
    samples.add("s", write("s", 3), role="signal")
    split = gc.Split(train=0.99, select=0.005, test=0.005)
    for read in (collect, EventLoopEngine):
        with pytest.raises(DataError, match=r"(?s)a part of the split has no event.*'s'.*part 'test'"):
            read(SELECTION, samples, split=split, part="test")
