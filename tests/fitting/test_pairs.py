"""Two thresholds at once, against every combination of them."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest

from engines import toy
from fitting.toy_samples import columns, samples
from gradcut import Selection
from gradcut.engines import collect
from gradcut.fitting.events import HardEvents
from gradcut.fitting.pairs import exchanged, sweep_pair
from gradcut.fitting.polish import polished
from gradcut.fitting.search import best_of
from gradcut.objectives import AsimovSignificance, EfficiencyLoss


def compared(events: HardEvents, pair: tuple[int, int], values: np.ndarray) -> None:
    grids = tuple(events.candidates(p)[:: max(1, len(events.candidates(p)) // 9)] for p in pair)
    swept = sweep_pair(events, pair, values, grids)  # type: ignore[arg-type]
    points = np.repeat(values[None], len(grids[0]) * len(grids[1]), axis=0)
    points[:, pair[0]] = np.repeat(grids[0], len(grids[1]))
    points[:, pair[1]] = np.tile(grids[1], len(grids[0]))
    in_order = [
        all(
            point[low] <= point[high]
            for low, high in zip(events.spec.low, events.spec.high, strict=True)
            if low >= 0 <= high
        )
        for point in points
    ]
    direct = events.yields(points)
    for one, other in zip(direct.moments, swept.moments, strict=True):
        assert other[in_order] == pytest.approx(one[in_order], rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    "pair", [p for p in combinations(range(5), 2) if p != (2, 3)], ids=lambda pair: str(pair)
)
def test_every_event_is_counted_at_every_combination(pair: tuple[int, int]) -> None:
    events = HardEvents(
        toy.SELECTION.kernel_spec(),
        collect(toy.SELECTION, toy.samples({n: toy.columns(*s) for n, s in toy.PROCESSES.items()})),
    )
    compared(events, pair, np.array([toy.VALUES[name] for name in toy.SELECTION.parameters]))


@pytest.mark.parametrize("missing", ["fail", "pass"])
@pytest.mark.parametrize("first", ["x > ?", "x < ?", "? < x < ?", "!(? < x < ?)"])
def test_missing_values_infinities_and_both_ends_of_a_window(first: str, missing: Any) -> None:
    tables = [columns(seed, 200, 0.5, x=(0, 1), y=(0.3, 1)) for seed in (1, 2)]
    for table in tables:
        table["x"][::7], table["x"][1::50], table["y"][2::50] = np.nan, -np.inf, np.inf
    selection = Selection(first, "? <= y < ?", missing=missing)
    events = HardEvents(selection.kernel_spec(), collect(selection, samples(*tables)))
    values = np.array([-0.8, 0.9, -0.5, 1.0][4 - len(selection.parameters) :])
    n = len(values)
    pairs = list(combinations(range(n), 2))
    if "!" in first:
        pairs.remove((0, 1))
    for pair in pairs:
        compared(events, pair, values)


def test_exchanges_reach_the_best_box_at_a_signal_efficiency() -> None:
    features = {"x": (1, 1), "y": (0.5, 1)}
    tables = columns(3, 60, 1.0, **features), columns(4, 80, 1.0, x=(0, 1), y=(0, 1))
    selection = Selection("x > ?", "y > ?")
    events = HardEvents(selection.kernel_spec(), collect(selection, samples(*tables)))
    objective = EfficiencyLoss(0.7)
    points = np.array([(a, b) for a in events.candidates(0) for b in events.candidates(1)])
    best = objective.merit(events.yields(points)).max()
    start = np.array([-0.3, -2.0])
    found = exchanged(events, objective, start, np.array([True, True]))
    assert objective.merit(events.yields(start[None]))[0] < best - 0.1
    assert objective.merit(events.yields(found[None]))[0] == pytest.approx(best)


def test_exchanges_narrow_down_to_single_events() -> None:
    features = {"x": (1, 1), "y": (1, 1)}
    tables = columns(3, 3000, 1.0, **features), columns(4, 3000, 1.0, x=(0, 1), y=(0, 1))
    selection = Selection("x > ?", "y > ?")
    events = HardEvents(selection.kernel_spec(), collect(selection, samples(*tables)))
    objective = EfficiencyLoss(0.7)
    found = exchanged(events, objective, np.array([-2.0, -2.0]), np.array([True, True]))
    coarse = exchanged(events, objective, np.array([-2.0, -2.0]), np.array([True, True]), grid=12, fine=False)
    tight = polished(events, objective, found, np.array([True, True]))
    yields = events.yields(np.array([found, coarse, tight]))
    assert 2100 <= yields.total("signal").sum_w[0, 0, 0] < 2105
    merits = objective.merit(yields)
    assert merits[2] >= merits[0]
    assert merits[1] <= merits[0]
    assert merits[1] > merits[0] - 0.15


def test_fixed_thresholds_and_shared_ones_stay() -> None:
    selection = Selection("x > ?t", "y > ?t", "x < ?", "y < ?")
    tables = columns(3, 100, 1.0, x=(0, 1), y=(0, 1)), columns(4, 100, 1.0, x=(1, 1), y=(1, 1))
    events = HardEvents(selection.kernel_spec(), collect(selection, samples(*tables)))
    start = np.array([-3.0, 3.0, 3.0])
    found = exchanged(events, AsimovSignificance(0.1), start, np.array([True, True, False]))
    assert found.tolist() == start.tolist()
    found = exchanged(events, AsimovSignificance(0.1), start, np.array([True, True, True]))
    assert found[0] == -3.0
    assert (found[1:] < 2).all()


@pytest.mark.parametrize("n", [1, 5, 100, 5000])
def test_search_finds_the_top_of_a_hill_and_the_first_of_equals(n: int) -> None:
    candidates = np.linspace(-1, 1, n)
    asked: list[int] = []

    def scores(at: np.ndarray) -> np.ndarray:
        asked.append(len(at))
        return -np.abs(at - 0.3)

    best, score = best_of(candidates, scores, 64)
    assert best == candidates[np.argmin(np.abs(candidates - 0.3))]
    assert score == -abs(best - 0.3)
    assert max(asked) <= 65
    assert best_of(candidates, np.zeros_like, 8)[0] == -1.0
