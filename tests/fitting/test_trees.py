"""Hard cuts in alternatives, counts and thresholds that depend on the event, against the mask."""

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
    samples = _search(8000, 3)
    selection = gc.Selection("x > ? || y > ?")
    objective = gc.objectives.AsimovSignificance(mc_stat=False)
    fit = gc.fit_cuts(selection, samples, objective=objective, folds=2, seed=1)
    both = gc.fit_cuts(gc.Selection("x > ?", "y > ?"), samples, objective=objective, folds=2, seed=1)
    # Judged by events of which there are so many that the best of all pairs there owes nothing to chance.
    many = HardEvents(selection.kernel_spec(), collect(selection, _search(300_000, 4)))
    grid = np.linspace(1.5, 4.0, 51)
    points = np.array(list(product(grid, grid)))
    best = objective.hard(many.yields(points)).max()
    learned = objective.hard(many.yields(np.array([list(fit.values.values())])))[0]
    assert learned > 0.97 * best
    assert fit.scores.unused > 1.3 * both.scores.unused


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


def _along(n: int, seed: int) -> gc.Samples:
    """Signal whose excess over a background that rises with pile-up is the same everywhere."""
    rng = np.random.default_rng(seed)
    samples = gc.Samples(weight="w", event="event")
    for name, role, excess, total in (("s", "signal", 2.0, 60.0), ("b", "background", 0.0, 2000.0)):
        npv = rng.uniform(0, 60, n)
        events = {"x": rng.normal(excess + 3 * np.sqrt(npv / 60)), "npv": npv, "w": np.full(n, total / n)}
        samples.add(name, events | {"event": np.arange(n) + 10**6 * (role == "signal")}, role=role)
    return samples


@pytest.mark.parametrize("shape", ["linear", "smooth", "steps"])
def test_monotone_threshold_along_pile_up_is_monotone_and_better_than_a_constant(shape: Any) -> None:
    knots = [10, 25, 45] if shape == "steps" else [0, 20, 60]
    cut = gc.VaryingCut("x", ">", "npv", knots, shape=shape, monotone="rising")
    objective = gc.objectives.AsimovSignificance(mc_stat=False)
    samples = _along(5000, 9)
    fit = gc.fit_cuts(gc.Selection(cut), samples, objective=objective, folds=2, seed=1)
    flat = gc.fit_cuts(gc.Selection("x > ?"), samples, objective=objective, folds=2, seed=1)
    assert np.all(np.diff([fit.values[name] for name in cut.parameters]) >= 0)
    for fold in fit.folds:
        assert np.all(np.diff([fold.values[name] for name in cut.parameters]) >= 0)
    assert fit.scores.unused > 1.1 * flat.scores.unused
    assert gc.Selection.from_json(fit.selection.to_json()) == fit.selection


def test_contraction_draws_thresholds_together() -> None:
    samples = _along(3000, 10)
    objective = gc.objectives.AsimovSignificance(mc_stat=False)
    spreads = []
    for contraction in (0.0, 1.0, 100.0):
        cut = gc.VaryingCut("x", ">", "npv", [15, 30, 45], shape="steps", contraction=contraction)
        fit = gc.fit_cuts(gc.Selection(cut), samples, objective=objective, folds=2, seed=1)
        spreads.append(np.ptp(list(fit.values.values())))
    assert spreads[0] > spreads[1] > spreads[2]
    assert spreads[2] < 0.2 * spreads[0]


def test_categories_without_events_are_told() -> None:
    samples = _along(400, 11)
    ranges = {"low": "npv < 30", "high": "30 <= npv < 100", "far": "npv > 100"}
    categories = gc.Selection(" || ".join(f"({where} && x > ?{name})" for name, where in ranges.items()))
    fit = gc.fit_cuts(categories, samples, folds=2, seed=1)
    assert "no event depends on the threshold 'far'" in fit.warnings
    assert not any("'low'" in warning or "'high'" in warning for warning in fit.warnings)
    cut = gc.VaryingCut("x", ">", "npv", [30, 90, 100], shape="steps")
    with pytest.raises(gc.DataError, match=r"no event depends on 'x:2'(.|\n)*knots where there are events"):
        gc.fit_cuts(gc.Selection(cut), samples, folds=2, seed=1)
