"""All cuts moved together, against thresholds moved one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engines import toy
from fitting.toy_samples import columns, samples
from gradcut import Selection
from gradcut.engines import collect
from gradcut.fitting.events import HardEvents
from gradcut.fitting.line import Line, loosening, ordered
from gradcut.objectives import AsimovSignificance, EfficiencyLoss

SELECTIONS = ("x > ?", "x < ?", "? < x < ?", "!(? < x < ?)", "x > ?t", "x >= ?")


def held(selection: Selection, *tables: dict[str, np.ndarray]) -> HardEvents:
    return HardEvents(selection.kernel_spec(), collect(selection, samples(*tables)))


def values_of(events: HardEvents, seed: int = 1) -> np.ndarray:
    values = np.random.default_rng(seed).normal(0, 0.5, len(events.spec.parameters))
    return ordered(events.spec, values)


@pytest.mark.parametrize("missing", ["fail", "pass"])
@pytest.mark.parametrize("first", SELECTIONS)
@pytest.mark.parametrize("second", ["? < y < ?", "y < ?", "y > ?t"])
def test_yields_along_a_line_are_those_of_the_moved_thresholds(first: str, second: str, missing: Any) -> None:
    tables = [columns(seed, 300, 0.5, x=(0, 1), y=(0.3, 1)) for seed in (1, 2)]
    for table in tables:
        table["x"][::7], table["x"][1::50], table["y"][2::50] = np.nan, np.inf, -np.inf
    events = held(Selection(first, second, missing=missing), *tables)
    values = values_of(events)
    unit = loosening(events, np.linspace(0.5, 2, len(values)), values, np.ones(len(values), bool))
    line = Line(events, values, unit)
    amounts = line.candidates()[::13]
    amounts = amounts[amounts > -0.2]  # before the ends of a window meet
    points = np.array([values + amount * unit for amount in amounts])
    inside = [ordered(events.spec, point.copy()).tolist() == point.tolist() for point in points]
    assert sum(inside) > 5
    direct, along = events.yields(points), line.yields(amounts)
    for one, other in zip(direct.moments, along.moments, strict=True):
        assert one[inside] == pytest.approx(other[inside], rel=1e-12, abs=1e-12)


def test_what_stays_is_open_fixed_or_pulled_both_ways() -> None:
    events = held(
        Selection("x > ?a", "y < ?a", "? < x < ?", "!(? < y < ?)"),
        *[columns(seed, 100, 0.5, x=(0, 1), y=(0, 1)) for seed in (1, 2)],
    )
    values = np.array([0.0, -np.inf, 1.0, -0.1, 0.2])
    free = np.array([True, True, True, True, False])
    assert loosening(events, np.full(5, 2.0), values, free).tolist() == [0, 0, 2, 2, 0]


@pytest.mark.parametrize("weight", [1.0, 0.37])
def test_target_is_met_at_the_nearest_event_that_does(weight: float) -> None:
    signal = columns(1, 1001, weight, x=(1, 1), y=(0, 1))
    events = held(Selection("x > ?", "y > ?"), signal, columns(2, 2000, 0.1, x=(0, 1), y=(0, 1)))
    values = np.array([0.5, -0.5])
    found = Line(events, values, np.array([-1.0, -0.5])).best(EfficiencyLoss(0.7))
    passed = ((signal["x"] > found[0]) & (signal["y"] > found[1])).sum()
    assert passed == 701  # 0.7 of 1001 are 700.7
    assert (found - values)[0] == pytest.approx(2 * (found - values)[1])


def test_target_with_weights_is_met_from_above() -> None:
    signal = columns(1, 500, 1.0, x=(1, 1))
    signal["w"] = np.random.default_rng(5).exponential(1.0, 500)
    events = held(Selection("x > ?"), signal, columns(2, 500, 0.1, x=(0, 1)))
    (found,) = Line(events, np.array([1.0]), np.array([-1.0])).best(EfficiencyLoss(0.6))
    order = np.argsort(signal["x"])[::-1]
    needed = int(np.searchsorted(np.cumsum(signal["w"][order]), 0.6 * signal["w"].sum())) + 1
    assert (signal["x"] > found).sum() == needed


def test_loosest_is_taken_where_nothing_meets_the_target() -> None:
    signal = columns(1, 500, 1.0, x=(1, 1))
    signal["x"][::2] = np.nan
    events = held(Selection("x > ?"), signal, columns(2, 500, 0.1, x=(0, 1)))
    (found,) = Line(events, np.array([1.0]), np.array([-1.0])).best(EfficiencyLoss(0.6))
    assert found < np.nanmin(signal["x"])


def test_many_events_are_met_exactly_too() -> None:
    signal = columns(1, 40_000, 1.0, x=(1, 1), y=(1, 1))
    events = held(Selection("x > ?", "y > ?"), signal, columns(2, 40_000, 0.1, x=(0, 1), y=(0, 1)))
    found = Line(events, np.zeros(2), np.array([-1.0, -1.0])).best(EfficiencyLoss(0.8))
    assert ((signal["x"] > found[0]) & (signal["y"] > found[1])).sum() == 32_000


def test_variations_and_channels_are_counted() -> None:
    events = HardEvents(
        toy.SELECTION.kernel_spec(),
        collect(toy.SELECTION, toy.samples({n: toy.columns(*s) for n, s in toy.PROCESSES.items()})),
    )
    values = np.array([toy.VALUES[name] for name in toy.SELECTION.parameters])
    unit = loosening(events, np.array([30.0, 0.5, 5.0, 5.0, 1.0]), values, np.ones(5, bool))
    line = Line(events, values, unit)
    amounts = np.array([-0.51, -0.1001, 0.2003, 1.003])
    points = np.array([ordered(events.spec, values + a * unit) for a in amounts])
    for one, other in zip(events.yields(points).moments, line.yields(amounts).moments, strict=True):
        assert one == pytest.approx(other, rel=1e-12, abs=1e-12)


def test_line_serves_objectives_without_a_target() -> None:
    signal, background = columns(1, 500, 0.02, x=(1, 1)), columns(2, 500, 0.2, x=(-1, 1))
    events = held(Selection("x > ?"), signal, background)
    objective = AsimovSignificance(0.1)
    found = Line(events, np.array([0.0]), np.array([-1.0])).best(objective)
    every = np.sort(np.concatenate([signal["x"], background["x"]]).astype(float))
    middles = every[:-1] + np.diff(every) / 2
    best = objective.hard(events.yields(middles[:, None])).max()
    assert objective.hard(events.yields(found[None]))[0] == pytest.approx(best, rel=1e-12)
