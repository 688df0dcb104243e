"""Hard cuts in alternatives, counts and thresholds that depend on the event: against the mask, event by event."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

import gradcut as gc
from engines.test_trees import SELECTIONS, VALUES, columns
from gradcut.engines import collect
from gradcut.fitting.events import HardEvents
from gradcut.fitting.line import Line
from gradcut.fitting.pairs import sweep_pair
from gradcut.fitting.starts import neutral_values, open_values

SENTINELS = [-999]


def made(name: str, seed: int = 5, **settings: Any) -> tuple[gc.Selection, dict[str, Any], HardEvents]:
    selection = gc.Selection(*SELECTIONS[name], sentinels=SENTINELS, **settings)
    samples, events = gc.Samples(weight="w", sentinels=SENTINELS), columns(seed=seed)
    samples.add("all", events, role="background")
    return selection, events, HardEvents(selection.kernel_spec(), collect(selection, samples))


def yield_of(selection: gc.Selection, events: dict[str, Any], values: np.ndarray) -> float:
    passed = selection.mask(events, dict(zip(selection.parameters, values.tolist(), strict=True)))
    return float(events["w"][passed].sum())


def start(selection: gc.Selection) -> np.ndarray:
    return np.array([VALUES[name] for name in selection.parameters])


@pytest.mark.parametrize("missing", ["fail", "pass"])
@pytest.mark.parametrize("name", SELECTIONS)
def test_sweeps_count_every_event_at_every_candidate(name: str, missing: Any) -> None:
    selection, events, hard = made(name, missing=missing)
    values = start(selection)
    for parameter in range(len(values)):
        candidates = hard.candidates_within(parameter, values)[1:-1][::29]
        swept = hard.sweep(parameter, values, candidates).moments.sum_w.reshape(-1)
        expected = []
        for candidate in candidates:
            values_now = values.copy()
            values_now[parameter] = candidate
            expected.append(yield_of(selection, events, values_now))
        assert len(candidates) > 3
        assert np.ptp(expected) > 0
        np.testing.assert_allclose(swept, expected, atol=1e-9)


@pytest.mark.parametrize("name", [name for name in SELECTIONS if name != "exactly"])
def test_open_and_shut_thresholds_are_those_of_the_filters(name: str) -> None:
    selection, events, hard = made(name)
    for values in (open_values(hard.spec), neutral_values(hard.spec)):
        found = hard.yields(values[None]).moments.sum_w.item()
        assert found == pytest.approx(yield_of(selection, events, values), abs=1e-9)
    # Wide open, nothing more can be kept.
    wide = hard.yields(open_values(hard.spec)[None]).moments.entries.item()
    assert wide >= hard.yields(start(selection)[None]).moments.entries.item()


@pytest.mark.parametrize("name", ["alternatives", "count", "few", "every", "line", "line of objects"])
def test_lines_loosen_event_by_event(name: str) -> None:
    selection, events, hard = made(name)
    values = start(selection)
    line = Line(hard, values, hard.signs * np.linspace(1.0, 2.0, len(values)) * 5)
    amounts = line.candidates()[5:-5:61]
    found = line.yields(amounts).moments.sum_w.reshape(-1)
    expected = [yield_of(selection, events, values + a * line.unit) for a in amounts]
    np.testing.assert_allclose(found, expected, atol=1e-9)
    assert np.ptp(expected) > 0


def test_pairs_of_requirements_are_counted_at_every_combination() -> None:
    selection, events, hard = made("count")
    values = start(selection)
    met, pt = selection.parameters.index("met"), selection.parameters.index("pt")
    grids = (hard.candidates(met)[3:-3:40], hard.candidates(pt)[3:-3:60])
    found = sweep_pair(hard, (met, pt), values, grids).moments.sum_w.reshape(-1)
    expected = []
    for one, two in product(*grids):
        now = values.copy()
        now[[met, pt]] = one, two
        expected.append(yield_of(selection, events, now))
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_factor_of_both_signs_is_swept_point_by_point() -> None:
    selection = gc.Selection("ht > ?a + ?b * mll")
    samples, events = gc.Samples(weight="w"), columns(seed=6)
    events["mll"] = events["mll"] - 91.0
    samples.add("all", events, role="background")
    hard = HardEvents(selection.kernel_spec(), collect(selection, samples))
    values = np.array([150.0, 0.3])
    candidates = np.linspace(-3, 3, 7)
    swept = hard.sweep(1, values, candidates).moments.sum_w.reshape(-1)
    expected = [yield_of(selection, events, np.array([150.0, b])) for b in candidates]
    np.testing.assert_allclose(swept, expected, atol=1e-9)


def _search(n: int, seed: int) -> gc.Samples:
    """Signal of two kinds, each seen in one of two features."""
    rng = np.random.default_rng(seed)
    samples = gc.Samples(weight="w", event="event")
    first = rng.random(n) < 0.5
    signal = {"x": rng.normal(np.where(first, 2.5, 0.0)), "y": rng.normal(np.where(first, 0.0, 2.5))}
    background = {"x": rng.normal(size=n), "y": rng.normal(size=n)}
    for name, role, events, total in (
        ("s", "signal", signal, 60.0),
        ("b", "background", background, 2000.0),
    ):
        events |= {"w": np.full(n, total / n), "event": np.arange(n) + 10**6 * (role == "signal")}
        samples.add(name, events, role=role)
    return samples


def test_alternatives_reach_the_best_of_all_pairs_of_thresholds() -> None:
    samples = _search(4000, 3)
    selection = gc.Selection("x > ? || y > ?")
    objective = gc.objectives.AsimovSignificance(mc_stat=False)
    fit = gc.fit_cuts(selection, samples, objective=objective, folds=2, seed=1)
    hard = HardEvents(selection.kernel_spec(), collect(selection, samples))
    grid = np.linspace(0.5, 3.5, 61)
    best = objective.hard(hard.yields(np.array(list(product(grid, grid))))).max()
    both = gc.fit_cuts(gc.Selection("x > ?", "y > ?"), samples, objective=objective, folds=2, seed=1)
    assert fit.scores.used > 0.99 * best
    assert fit.scores.used > 1.3 * both.scores.used


def test_useless_alternative_is_shut() -> None:
    rng = np.random.default_rng(4)
    samples, n = gc.Samples(weight="w", event="event"), 4000
    for name, role, mean, total in (("s", "signal", 2.0, 60.0), ("b", "background", 0.0, 2000.0)):
        events = {"x": rng.normal(mean, 1, n), "noise": rng.normal(size=n), "w": np.full(n, total / n)}
        samples.add(name, events | {"event": np.arange(n) + 10**6 * (role == "signal")}, role=role)
    fit = gc.fit_cuts(gc.Selection("x > ? || noise > ?"), samples, folds=2, seed=1)
    assert fit.values["noise"] == np.inf or fit.values["noise"] > 3.0
    assert fit.scores.used > 0


def test_threshold_that_follows_pile_up_beats_a_constant_one() -> None:
    rng = np.random.default_rng(8)
    samples, n = gc.Samples(weight="w", event="event"), 6000
    for name, role, excess, total in (("s", "signal", 2.0, 60.0), ("b", "background", 0.0, 2000.0)):
        npv = rng.uniform(0, 60, n)
        events = {"x": rng.normal(excess + 0.1 * npv), "npv": npv, "w": np.full(n, total / n)}
        samples.add(name, events | {"event": np.arange(n) + 10**6 * (role == "signal")}, role=role)
    objective = gc.objectives.AsimovSignificance(mc_stat=False)
    flat = gc.fit_cuts(gc.Selection("x > ?"), samples, objective=objective, folds=2, seed=1)
    sloped = gc.fit_cuts(gc.Selection("x > ?a + ?b * npv"), samples, objective=objective, folds=2, seed=1)
    assert sloped.values["b"] == pytest.approx(0.1, abs=0.02)
    assert sloped.scores.unused > 1.5 * flat.scores.unused
