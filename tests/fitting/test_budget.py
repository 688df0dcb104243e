"""Background budgets and purity floors: kept to by the hard cuts, as well as an exhaustive search does."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

import gradcut as gc
from fitting.toy_samples import columns, samples
from gradcut.engines import collect
from gradcut.errors import UnattainableError
from gradcut.fitting.constraint import met
from gradcut.fitting.events import HardEvents
from gradcut.fitting.pairs import exchanged
from gradcut.fitting.tasks import scaling_of
from gradcut.objectives import AsimovSignificance, Objective, SeveralSignals, SignalEfficiency

QUICK: dict[str, Any] = {"starts": 3, "max_steps": 30, "n_threads": 1}
#: All events are learned from, so that the values of the result keep to limits on all of them.
ALL: dict[str, Any] = {"split": gc.Split(1.0, 0.0, 0.0), **QUICK}
SIGNAL = columns(1, 1501, 0.02, x=(1, 1), y=(0.5, 1))
BACKGROUND = columns(2, 2500, 1.0, x=(0, 1), y=(0, 1))
SELECTION = gc.Selection("x > ?", "y > ?")

OBJECTIVES = {
    "budget": SignalEfficiency().within(max_background=120.25),
    "part": SignalEfficiency().within(max_background_efficiency=0.05),
    "purity": SignalEfficiency().within(min_purity=0.05),
    "both": SignalEfficiency().within(max_background=200, min_purity=0.08),
    "significance": AsimovSignificance(0.3).within(max_background=40),
}


def coarse(seed: int, n: int, weight: float, shift: float) -> dict[str, np.ndarray]:
    """Features with few values, so that all cuts can be tried."""
    rng = np.random.default_rng(seed)
    made = {name: rng.binomial(14, shift, n).astype(np.float32) for name in ("x", "y")}
    weights = weight * np.where(rng.random(n) < 0.1, -1.0, rng.uniform(0.5, 1.5, n))
    return {**made, "w": weights, "event": np.arange(n) + 10**6 * seed}


def exhaustive(events: HardEvents, objective: Objective) -> float:
    """Best merit of any two cuts, from numpy sums alone."""
    thresholds = [-np.inf, *np.arange(-0.5, 15)]
    points = np.array(list(product(thresholds, thresholds)))
    signal, background = (events.segments[i] for i in (0, 1))
    best = -np.inf
    total_s, total_b = signal.weights.sum(), background.weights.sum()
    for x, y in points:
        s, b = (
            float(one.weights[(one.columns[0] > x) & (one.columns[1] > y)].sum())
            for one in (signal, background)
        )
        limits = objective.describe()
        if limits["max_background"] is not None and b > limits["max_background"]:
            continue
        if b > (limits["max_background_efficiency"] or np.inf) * total_b:
            continue
        if limits["min_purity"] is not None and (s <= 0 or s + b <= 0 or s / (s + b) < limits["min_purity"]):
            continue
        best = max(best, s / total_s)
    return best


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", ["budget", "part", "purity", "both"])
def test_exchanges_of_two_cuts_find_what_trying_all_finds(name: str, seed: int) -> None:
    objective = OBJECTIVES[name]
    made = samples(coarse(seed, 400, 0.1, 0.6), coarse(seed + 10, 900, 1.0, 0.45))
    events = HardEvents(SELECTION.kernel_spec(), collect(SELECTION, made))
    free, scaling = np.array([True, True]), scaling_of(events, {})
    values = met(events, objective, scaling, np.array([5.5, 7.5]), free)
    found = exchanged(events, objective, values, free)
    merit = float(objective.merit(events.yields(found[None]))[0])
    assert merit == pytest.approx(exhaustive(events, objective), rel=1e-9)
    assert merit > 0


@pytest.mark.parametrize("name", OBJECTIVES)
def test_limits_are_met_by_the_hard_cuts_of_the_events_that_were_learned_from(name: str) -> None:
    objective = OBJECTIVES[name]
    how = {"folds": 2, **QUICK} if name == "both" else ALL
    fit = gc.fit_cuts(SELECTION, samples(SIGNAL, BACKGROUND), objective=objective, **how)
    s, b = 0.02 * fit.mask(SIGNAL).sum(), fit.mask(BACKGROUND).sum()
    limits = objective.describe()
    assert b <= (limits["max_background"] or np.inf) * (1 + 1e-9)
    assert b <= 2500 * (limits["max_background_efficiency"] or 1.0) * (1 + 1e-9)
    assert s / (s + b) >= (limits["min_purity"] or 0.0) - 1e-9
    assert " is met, by +" in fit.message
    assert fit.scores.used == pytest.approx(
        s / 30.02 if name != "significance" else objective.hard(hard(fit))[0]
    )
    # As good as any two cuts on a fine grid, but for what those owe to fluctuations.
    if name != "significance":
        assert fit.scores.used >= 0.96 * best_on_grid(limits)
        assert fit.scores.soft == pytest.approx(fit.scores.used, rel=0.2)
    assert (fit.scores.unused is None) == (name != "both")
    assert ("(unused events: " in fit.message) == (name == "both")
    row = fit.threshold("x")
    if not row.is_open:  # without a cut the other one has to keep to the limit alone
        assert row.without <= fit.scores.used * 1.02
        assert row.without_unused is None


def hard(fit: gc.CutResult) -> gc.Yields:
    events = HardEvents(SELECTION.kernel_spec(), collect(SELECTION, samples(SIGNAL, BACKGROUND)))
    return events.yields(np.array([list(fit.values.values())]))


def best_on_grid(limits: dict[str, Any]) -> float:
    best = 0.0
    grid = np.linspace(-3, 3, 61)
    for x in grid:
        one, other = SIGNAL["x"] > x, BACKGROUND["x"] > x
        s = np.array([0.02 * (one & (SIGNAL["y"] > y)).sum() for y in grid])
        b = np.array([(other & (BACKGROUND["y"] > y)).sum() for y in grid])
        good = b <= (limits["max_background"] or np.inf)
        good &= b <= 2500 * (limits["max_background_efficiency"] or 1.0)
        good &= s >= (limits["min_purity"] or 0.0) * (s + b)
        best = max(best, float(np.where(good, s, 0).max()) / 30.02)
    return best


def test_limits_that_hold_by_themselves_change_nothing() -> None:
    plain = AsimovSignificance(0.3)
    one, other = (
        gc.fit_cuts(SELECTION, samples(SIGNAL, BACKGROUND), objective=objective, folds=2, **QUICK)
        for objective in (plain, plain.within(max_background=1000, min_purity=1e-4))
    )
    assert one.values == other.values
    assert one.scores == other.scores
    assert "is met, by +" in other.message


def test_worst_of_two_signals_within_one_budget() -> None:
    made = samples(SIGNAL, BACKGROUND)
    second = columns(7, 2000, 0.02, x=(0.3, 1), y=(1.5, 1))
    made.add("second", second, role="signal")
    objective = SeveralSignals(SignalEfficiency(), "worst").within(max_background=250)
    fit = gc.fit_cuts(SELECTION, made, objective=objective, **ALL)
    assert fit.mask(BACKGROUND).sum() <= 250
    worst = min(float(fit.mask(one).mean()) for one in (SIGNAL, second))
    assert fit.scores.used == pytest.approx(worst)
    grid = np.linspace(-2, 3, 51)
    best = 0.0
    for x, y in product(grid, grid):
        if ((BACKGROUND["x"] > x) & (BACKGROUND["y"] > y)).sum() <= 250:
            kept = [float(((one["x"] > x) & (one["y"] > y)).mean()) for one in (SIGNAL, second)]
            best = max(best, min(kept))
    assert worst >= 0.95 * best


def test_budget_that_is_never_reached_opens_every_cut() -> None:
    objective = SignalEfficiency().within(max_background=2600)
    fit = gc.fit_cuts(SELECTION, samples(SIGNAL, BACKGROUND), objective=objective, **ALL)
    assert fit.scores.used == pytest.approx(1.0)
    assert all(row.is_open for row in fit.thresholds)


def test_budget_of_fixed_cuts_that_keep_too_much_is_refused() -> None:
    passing = gc.Selection("x > ?", "y > ?", missing="pass")
    background = {**BACKGROUND, "x": np.where(np.arange(2500) < 300, np.nan, BACKGROUND["x"])}
    background = {k: v.astype(np.float32) if k == "x" else v for k, v in background.items()}
    kept = ((np.arange(2500) < 300) & (background["y"] > 0.0)).sum()
    with pytest.raises(UnattainableError, match=rf"as little background(.|\n)*50(.|\n)*from {kept:.6g} on"):
        gc.fit_cuts(
            passing,
            samples(SIGNAL, background),
            objective=SignalEfficiency().within(max_background=50),
            fix={"y": 0.0},
            **QUICK,
        )


def test_budget_below_an_event_is_refused_before_anything_is_learned() -> None:
    with pytest.raises(UnattainableError, match=r"single event(.|\n)*from 1 on"):
        gc.fit_cuts(
            SELECTION,
            samples(SIGNAL, BACKGROUND),
            objective=SignalEfficiency().within(max_background=0.3),
            **QUICK,
        )


def test_purity_that_no_cuts_reach_marks_the_result() -> None:
    rng = np.random.default_rng(5)
    tables = [
        {"x": rng.integers(0, 4, n).astype(np.float32), "w": np.full(n, w), "event": np.arange(n) + first}
        for n, w, first in ((500, 0.01, 0), (2000, 1.0, 10**6))
    ]
    fit = gc.fit_cuts(
        gc.Selection("x > ?"),
        samples(*tables),
        objective=SignalEfficiency().within(min_purity=0.5),
        **ALL,
    )
    assert "the purity floor is missed, by -" in fit.message
    assert any("purity floor is missed by" in warning for warning in fit.warnings)


def test_rounded_cuts_keep_to_the_budget() -> None:
    objective = SignalEfficiency().within(max_background=120.25)
    fit = gc.fit_cuts(SELECTION, samples(SIGNAL, BACKGROUND), objective=objective, **ALL)
    plain = fit.rounded(max_loss=0.05)
    assert plain.revisions[0].changes
    assert plain.mask(BACKGROUND).sum() <= 120.25
    assert plain.scores.used >= 0.95 * fit.scores.used
    assert fit.refit().values == fit.values
    pruned = fit.prune(max_loss=0.001)
    assert pruned.mask(BACKGROUND).sum() <= 120.25 * 1.01
