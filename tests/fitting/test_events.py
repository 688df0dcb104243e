"""Hard cuts and exact sweeps against a loop over thresholds and the selection's own mask."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engines import toy
from fitting.toy_samples import columns, samples
from gradcut import Selection
from gradcut.engines import collect
from gradcut.fitting.events import HardEvents
from gradcut.fitting.opening import opened
from gradcut.fitting.polish import best_threshold, polished, score
from gradcut.fitting.starts import open_values
from gradcut.objectives import AsimovSignificance


@pytest.fixture(scope="module")
def events() -> HardEvents:
    given = toy.samples({n: toy.columns(*s) for n, s in toy.PROCESSES.items()})
    return HardEvents(toy.SELECTION.kernel_spec(), collect(toy.SELECTION, given))


def test_hard_yields_equal_a_loop_over_events(events: HardEvents) -> None:
    values = np.array([toy.VALUES[name] for name in toy.SELECTION.parameters])
    yields = events.yields(values[None])
    for variation in ("nominal", "JES:up", "SF:down"):
        got = yields.of("ww", channel="SR", variation=variation)
        want = toy.slow_hard_yields("ww", "SR", variation, toy.VALUES)
        assert [float(m[0, 0]) for m in got] == pytest.approx(want, rel=1e-9)


@pytest.mark.parametrize("parameter", range(5), ids=toy.SELECTION.parameters)
def test_sweep_counts_every_event_at_every_candidate(events: HardEvents, parameter: int) -> None:
    values = np.array([toy.VALUES[name] for name in toy.SELECTION.parameters])
    candidates = events.candidates(parameter, values)[::97]
    swept = events.sweep(parameter, values, candidates)
    points = np.repeat(values[None], len(candidates), axis=0)
    points[:, parameter] = candidates
    direct = [
        np.array([[t.sum() for t in _moments(events, number, point)] for point in points])
        for number in range(len(events.segments))
    ]
    for number, segment in enumerate(events.segments):
        c, p, v = segment.at
        for moment in range(3):
            got = swept.moments[moment][:, c, p, v, 0]
            assert got == pytest.approx(direct[number][:, moment], rel=1e-9, abs=1e-9)


def _moments(events: HardEvents, number: int, point: np.ndarray) -> tuple[np.ndarray, ...]:
    segment = events.segments[number]
    w = segment.weights[events.mask(number, point)]
    return (w != 0).astype(float), w, w**2 * segment.variance_scale


@pytest.mark.parametrize(
    "requirement", ["x > ?", "x >= ?", "x < ?", "? < x < ?", "? <= x <= ?", "!(? < x < ?)"]
)
@pytest.mark.parametrize("missing", ["fail", "pass"])
def test_mask_is_that_of_the_selection_with_infinities_and_missing_values(
    requirement: str, missing: Any
) -> None:
    selection = Selection(requirement, missing=missing)
    data = {
        k: np.array(v, dtype=np.float32) for k, v in {"x": [-np.inf, -1, 0, 0.1, 2, np.inf, np.nan]}.items()
    }
    data |= {"w": np.arange(1.0, 8.0), "event": np.arange(7)}
    held = HardEvents(selection.kernel_spec(), collect(selection, samples(data, dict(data))))
    n = len(selection.parameters)
    points = np.array(
        [open_values(held.spec), [-1.0, 2.0][:n], [0.1, 0.1][:n], [-np.inf, 0.0][:n], [0.0, np.inf][:n]]
    )
    yields = held.yields(points)
    for at, point in enumerate(points):
        want = selection.mask(data, dict(zip(selection.parameters, point.tolist(), strict=True)))
        assert held.mask(0, point).tolist() == want.tolist()
        assert yields.of("signal").sum_w[at, 0] == data["w"][want].sum()


def one_feature(seed: int = 1) -> HardEvents:
    selection = Selection("x > ?")
    given = samples(columns(seed, 300, 0.1, x=(1, 1)), columns(seed + 50, 500, 0.5, x=(-1, 1)))
    return HardEvents(selection.kernel_spec(), collect(selection, given))


def test_best_threshold_of_one_cut_equals_brute_force() -> None:
    objective = AsimovSignificance(0.2)
    events = one_feature()
    best, value = best_threshold(events, objective, 0, np.array([0.0]))
    every = np.sort(np.concatenate([s.columns[0] for s in events.segments]).astype(float))
    brute = np.concatenate([[-np.inf], every[:-1] + np.diff(every) / 2])
    scores = score(events, objective, brute[:, None])
    assert value == pytest.approx(scores.max(), rel=1e-12)
    assert best == brute[np.argmax(scores)]


def test_polish_of_a_window_reaches_the_best_of_all_pairs() -> None:
    selection = Selection("? < x < ?")
    given = samples(columns(3, 60, 0.5, x=(0, 0.5)), columns(4, 80, 1.0, x=(0, 3)))
    events = HardEvents(selection.kernel_spec(), collect(selection, given))
    objective = AsimovSignificance(0.1)
    grid = events.candidates(0)
    pairs = np.array([(low, high) for low in grid for high in grid if low <= high])
    best = score(events, objective, pairs).max()
    start = np.array([-1.0, 1.0])
    found = polished(events, objective, start, np.array([True, True]))
    assert found[0] < found[1]
    reached = score(events, objective, found[None])[0]
    assert score(events, objective, start[None])[0] < reached <= best
    assert reached > 0.97 * best


def test_cut_that_does_nothing_is_opened_and_a_fixed_one_is_not() -> None:
    selection = Selection("x > ?", "y > ?")
    given = samples(columns(5, 300, 0.1, x=(1, 1), y=(0, 1)), columns(6, 500, 0.5, x=(-1, 1), y=(0, 1)))
    events = HardEvents(selection.kernel_spec(), collect(selection, given))
    values = np.array([0.8, -2.5])
    objective = AsimovSignificance(0.2)
    assert opened(events, objective, values, np.array([True, True])).tolist() == [0.8, -np.inf]
    assert opened(events, objective, values, np.array([True, False])).tolist() == [0.8, -2.5]


def test_shared_threshold_is_swept_for_all_its_cuts() -> None:
    selection = Selection("x > ?t", "y > ?t")
    given = samples(columns(7, 200, 1.0, x=(1, 1), y=(1, 1)), columns(8, 300, 1.0, x=(0, 1), y=(0, 1)))
    events = HardEvents(selection.kernel_spec(), collect(selection, given))
    threshold, value = best_threshold(events, AsimovSignificance(0.1), 0, np.array([0.0]))
    assert value == pytest.approx(score(events, AsimovSignificance(0.1), np.array([[threshold]]))[0])
    assert value > score(events, AsimovSignificance(0.1), np.array([[-np.inf]]))[0]
