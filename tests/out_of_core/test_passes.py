"""Sums of a pass over files equal those of the same events in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.out_of_core import toy_files

import gradcut as gc
from gradcut.engines import CpuEngine, collect
from gradcut.fitting.events import HardEvents
from gradcut.out_of_core.passes import Cells, Hard, Missing, Soft, Sweep
from gradcut.out_of_core.summed import SummedPasses

pytestmark = pytest.mark.root

PARTS = ("", "train", "train+select", "test")
VALUES = np.array([0.3, -1.2, 0.9, 0.1])


class _Together:
    """A partition whose first part is two parts of a split."""

    parts = ("train+select",)
    seed, expression = 4, None

    def __init__(self, split: gc.Split) -> None:
        self.split = split

    def member(self, part: str, values: Any) -> Any:
        return self.split.member("train", values) | self.split.member("select", values)

    def condition(self, part: str, column: str) -> str:
        raise NotImplementedError


@pytest.fixture(scope="module")
def made(ROOT: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:  # noqa: N803
    files = toy_files.write(ROOT, tmp_path_factory.mktemp("passes"))
    samples = toy_files.samples(files, varied=True)
    selection = gc.Selection(*toy_files.SELECTION, "y > -2.5")
    split = gc.Split(seed=4)
    tables = collect(selection, samples, split=split)
    spec = selection.kernel_spec()
    in_memory = {
        "": tables,
        "train": tables.part("train"),
        "test": tables.part("test"),
        "train+select": collect(selection, samples, split=_Together(split)).part("train+select"),
    }
    passes = SummedPasses(selection, samples, split, PARTS, precision="float64")
    return passes, spec, in_memory


def test_every_request_gives_the_sums_of_the_events(made: Any) -> None:
    passes, spec, in_memory = made
    candidates = {
        0: np.array([-1.0, 0.3, 0.31, 2.0]),
        1: np.array([-2.0, -1.2, 0.5]),
        2: np.array([0.0, 3.0]),
    }
    candidates[3] = np.linspace(-2, 2, 7)
    opened = np.array([-np.inf, -1.2, np.inf, 0.1])
    soft = np.concatenate([VALUES, [0.2, 0.1, 0.3]])[None]
    edges = np.array([-1.0, 0.0, 1.5])
    requests: list[Any] = []
    for part in PARTS:
        requests += [Soft(part, soft), Hard(part, np.array([VALUES, opened]))]
        requests += [Sweep(part, p, VALUES, found) for p, found in candidates.items()]
        requests += [Sweep(part, 0, opened, candidates[0]), Cells(part, (1,), (edges,), VALUES)]
        requests += [Cells(part, (0, 1), (edges, edges[:2])), Missing(part), Missing(part, VALUES)]
    answers = iter(passes.run(requests))
    for part in PARTS:
        tables = in_memory[part]
        events = HardEvents(spec, tables)
        evaluation = CpuEngine(spec, tables, precision="float64").evaluate(soft)
        found = next(answers)
        np.testing.assert_allclose(found.moments, np.stack(list(evaluation.yields.moments)), rtol=1e-9)
        np.testing.assert_allclose(found.jacobian, evaluation.jacobian, rtol=1e-7, atol=1e-9)
        expected = events.yields(np.array([VALUES, opened]))
        np.testing.assert_allclose(next(answers).moments, np.stack(list(expected.moments)), rtol=1e-9)
        for parameter, values in [*((p, VALUES) for p in candidates), (0, opened)]:
            expected = events.sweep(parameter, values, candidates[parameter])
            np.testing.assert_allclose(
                next(answers).moments, np.stack(list(expected.moments)), rtol=1e-9, atol=1e-12
            )
        _check_cells(events, next(answers).moments, next(answers).moments, edges)
        lost, lost_others = next(answers).moments, next(answers).moments
        for number, segment in enumerate(events.segments):
            absent = np.isnan(segment.columns[2]) & (segment.weights != 0)
            others = absent & events.mask(number, VALUES, {events.requirement_of(2)})
            c, p, v = segment.at
            assert lost[0, 2, c, p, v, 1] == absent.sum()
            assert lost[0, 2, c, p, v, 0] >= absent.sum()  # those that fail the fixed requirement, too
            assert lost_others[0, 2, c, p, v, 0] == others.sum()
            assert lost[0, 0, c, p, v].tolist() == [0, 0]
            np.testing.assert_allclose(
                lost_others[1, 2, c, p, v, 0], segment.weights[others].sum(), rtol=1e-9
            )
    assert next(answers, None) is None


def _check_cells(events: HardEvents, others: Any, pairs: Any, edges: Any) -> None:
    for number, segment in enumerate(events.segments):
        c, p, v = segment.at
        x, y = (column.astype(float) for column in segment.columns[:2])
        kept = events.mask(number, VALUES, {events.requirement_of(1)})
        for cell in range(len(edges) + 1):
            inside = (np.digitize(y, edges) == cell) & kept
            np.testing.assert_allclose(others[1, 0, c, p, v, cell], segment.weights[inside].sum(), rtol=1e-9)
        place = np.digitize(x, edges) * 3 + np.digitize(y, edges[:2])
        expected = np.bincount(place, segment.weights, minlength=12)
        np.testing.assert_allclose(pairs[1, 0, c, p, v], expected, rtol=1e-9, atol=1e-12)


def test_totals_of_parts_are_those_in_memory(made: Any) -> None:
    passes, spec, in_memory = made
    for part in PARTS:
        own, expected = passes.layout(part), HardEvents(spec, in_memory[part]).layout
        np.testing.assert_allclose(own.total_sum_w, expected.total_sum_w, rtol=1e-9)
        np.testing.assert_array_equal(own.total_entries, expected.total_entries)


def test_a_split_needs_the_identity_of_events(made: Any, ROOT: Any, tmp_path: Path) -> None:  # noqa: N803
    files = toy_files.write(ROOT, tmp_path, n=50)
    samples = gc.Samples(weight="w")
    samples.add("signal", files["signal"], role="signal")
    with pytest.raises(gc.errors.DeclarationError, match="dividing events by a hash needs their identity"):
        SummedPasses(gc.Selection("x > ?"), samples, gc.Split(), ("train",))
