"""Hard cuts at a signal efficiency against a slow loop over shifts and events."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import gradcut as gc
from scanning.scan_toys import Toy, table, toy

NAN, INF = float("nan"), float("inf")


def passes(cut: Any, x: float, values: dict[str, float], missing: str) -> bool:
    """One cut on one event, as it is read."""
    if math.isnan(x):
        return missing == "pass"
    inside = True
    if cut.low is not None and values[cut.low] != -INF:
        inside &= x >= values[cut.low] if cut.inclusive[0] else x > values[cut.low]
    if cut.high is not None and values[cut.high] != INF:
        inside &= x <= values[cut.high] if cut.inclusive[1] else x < values[cut.high]
    return not inside if cut.kind == "veto" else inside


def efficiency(made: Toy, values: np.ndarray) -> float:
    named = dict(zip(made.selection.parameters, values, strict=True))
    signal = made.tables["all", "signal"]
    kept = 0.0
    for event, weight in enumerate(signal.weights()):
        columns = [float(column[event]) for column in signal.features()]
        cuts = made.selection.cuts
        if all(passes(c, x, named, made.selection.missing) for c, x in zip(cuts, columns, strict=True)):
            kept += float(weight)
    return kept / float(signal.weights().sum())


def best_shift(made: Toy, values: np.ndarray, unit: np.ndarray, target: float) -> float:
    """Least distance from the target on the line of common shifts, by trying all of them."""
    crossings = {0.0}
    for cut, column in zip(made.selection.cuts, made.tables["all", "signal"].features(), strict=True):
        for name in (cut.low, cut.high):
            p = made.selection.parameters.index(name) if name is not None else 0
            if name is not None and unit[p] != 0:
                crossings |= {(float(x) - values[p]) / unit[p] for x in column if math.isfinite(x)}
    sorted_ = sorted(crossings)
    shifts = [sorted_[0] - 1, sorted_[-1] + 1]
    shifts += [(a + b) / 2 for a, b in pairwise(sorted_)]
    return min(abs(efficiency(made, values + s * unit) - target) for s in shifts)


def smooth(seed: int, n: int, **how: Any) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    weights = rng.uniform(0.2, 2.0, n)
    if how.get("signs"):
        weights[rng.random(n) < 0.25] *= -1
    x, y = rng.normal(0.5, 1, n).astype(np.float32), rng.normal(0, 2, n)
    if how.get("holes"):
        x[:: how["holes"]] = NAN
    return table(10**7 * seed, weights, x=x, y=y)


SELECTIONS: dict[str, tuple[tuple[str, ...], tuple[float, ...]]] = {
    "one": (("x > ?",), (0.1,)),
    "two": (("x > ?", "y < ?"), (0.1, 0.3)),
    "inclusive": (("x >= ?", "y <= ?"), (0.1, 0.3)),
    "window": (("? < x < ?", "y < ?"), (-0.5, 1.5, 1.0)),
    "veto": (("!(? < x < ?)", "y > ?"), (0.0, 1.0, -2.0)),
    "both": (("? < x < ?", "!(? < y < ?)"), (-0.7, 2.0, -0.5, 1.0)),
    "shared": (("x > ?c", "y > ?c"), (-0.3,)),
    "same feature": (("x > ?", "x < ?", "y > ?"), (-1.0, 2.0, -1.0)),
}


@pytest.mark.parametrize("settings", [{}, {"signs": True}, {"holes": 9}], ids=str)
@pytest.mark.parametrize("name", list(SELECTIONS))
@pytest.mark.parametrize("missing", ["fail", "pass"])
def test_common_shift_is_the_best_that_any_loop_finds(name: str, settings: Any, missing: Any) -> None:
    texts, values = SELECTIONS[name]
    made = toy(gc.Selection(*texts, missing=missing), smooth(1, 36, **settings), smooth(2, 30))
    rng = np.random.default_rng(3)
    for target in (0.1, 0.62, 0.85):
        unit = rng.uniform(0.3, 2.0, len(values)) * made.coordinates.loosening
        found, reached = made.target.meet(np.array(values), unit, target)
        assert reached == pytest.approx(efficiency(made, found), abs=1e-12)
        want = best_shift(made, np.array(values), unit, target)
        # Several answers may be within one event; it takes the one with less background.
        assert abs(reached - target) <= want + made.target.event / 2 + 1e-12
        common = (found - np.array(values)) / unit
        assert common == pytest.approx(np.full(len(values), common[0]))


def test_thresholds_with_no_unit_stay() -> None:
    made = toy(gc.Selection("x > ?", "y < ?"), smooth(1, 200), smooth(2, 30))
    found, reached = made.target.meet(np.array([-0.5, 1.5]), np.array([0.0, 1.0]), 0.4)
    assert found[0] == -0.5
    assert found[1] != 1.5
    assert reached == pytest.approx(0.4, abs=0.01)


@pytest.mark.parametrize("start", [-50.0, 50.0, INF, -INF])
def test_far_and_open_starts_are_brought_to_the_target(start: float) -> None:
    made = toy(gc.Selection("x > ?", "y < ?"), smooth(1, 200), smooth(2, 30))
    unit = np.array([-1.0 if math.isfinite(start) else 0.0, 1.0])
    values = np.array([start, 0.0])
    if start == INF:
        found, reached = made.target.meet(values, unit, 0.3)
        assert reached == 0
    else:
        found, reached = made.target.meet(values, unit, 0.3)
        assert reached == pytest.approx(0.3, abs=1.01 * made.target.event * 2)
    assert reached == pytest.approx(efficiency(made, found), abs=1e-12)


def test_infinite_features_pass_open_cuts_only_from_their_side() -> None:
    signal = table(0, x=np.array([INF, -INF, 0.0, 1.0]), y=np.zeros(4))
    made = toy(gc.Selection("x > ?", "y > ?"), signal, table(10**7, x=np.ones(2), y=np.ones(2)))
    for target, want in ((0.25, 0.25), (0.5, 0.5), (0.75, 0.75), (0.99, 0.75)):
        found, reached = made.target.meet(np.array([0.5, -1.0]), np.array([-1.0, 0.0]), target)
        assert reached == want
        assert efficiency(made, found) == want


def lumps(seed: int, n: int, shift: float) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    n_jet = rng.poisson(2 + shift, n).astype(np.int32)
    return table(10**7 * seed, n_jet=n_jet, flag=rng.integers(0, 2, n), x=rng.normal(shift, 1, n))


@pytest.mark.parametrize("target", [0.2, 0.37, 0.5, 0.63, 0.8])
def test_target_is_met_where_some_features_have_few_values(target: float) -> None:
    made = toy(gc.Selection("n_jet < ?", "flag >= ?", "x > ?"), lumps(1, 2000, 0.0), lumps(2, 500, 1.0))
    values, unit = np.array([2.4, 0.1, -0.5]), np.array([1.0, -0.1, -1.0])
    found, reached = made.target.meet(values, unit, target)
    assert abs(reached - target) <= made.target.event
    assert reached == pytest.approx(efficiency(made, found), abs=1e-12)


def test_only_features_of_few_values_give_the_nearest_that_there_is() -> None:
    made = toy(gc.Selection("n_jet < ?"), lumps(1, 300, 0.0), lumps(2, 500, 1.0))
    n_jet = made.tables["all", "signal"].features()[0]
    for target in (0.1, 0.4, 0.6, 0.9):
        found, reached = made.target.meet(np.array([2.0]), np.array([1.0]), target)
        steps = [np.mean(n_jet < edge) for edge in np.arange(-0.5, 20)]
        assert abs(reached - target) == pytest.approx(min(abs(step - target) for step in steps))
        assert reached == pytest.approx(efficiency(made, found))


def test_of_two_ways_past_a_lump_the_one_with_less_background_is_taken() -> None:
    # Signal: half has n = 1. Background: nearly all has n = 1, so it is better to stay above 1 and loosen x.
    rng = np.random.default_rng(4)
    n_signal = np.repeat([1, 2], 500)
    n_background = np.where(rng.random(2000) < 0.95, 1, 2)
    signal = table(0, n=n_signal, x=rng.normal(0, 1, 1000))
    background = table(10**7, n=n_background, x=rng.normal(0, 1, 2000))
    made = toy(gc.Selection("n > ?", "x > ?"), signal, background)
    found, reached = made.target.meet(np.array([1.01, 0.25]), np.array([-0.02, -1.0]), 0.4)
    assert reached == pytest.approx(0.4, abs=made.target.event)
    assert 1 <= found[0] < 2


def test_event_is_the_efficiency_of_one_of_mean_weight() -> None:
    signal = table(0, [1.0, -0.5, 3.0, 0.0], x=np.arange(4.0))
    made = toy(gc.Selection("x > ?"), signal, table(10**7, x=[1.0]))
    assert made.target.event == pytest.approx(1.5 / 3.5)


def test_needs_are_where_each_cut_is_passed() -> None:
    signal = table(0, x=np.array([0.0, 2.0, NAN]), y=np.array([-1.0, 0.5, 0.2]))
    made = toy(gc.Selection("x > ?", "!(? < y < ?)"), signal, table(10**7, x=[1.0], y=[1.0]))
    values, unit = np.array([1.0, 0.0, 1.0]), np.array([-2.0, 1.0, -4.0])
    needs = made.target.needs(values, unit)
    assert needs[0].tolist() == [0.5, -0.5, INF]
    assert needs[1] == pytest.approx([-1.0, 0.125, 0.2])


@pytest.mark.parametrize("how", ["smooth", "lumps", "sorted", "signs", "weights"])
@pytest.mark.parametrize("target", [1e-5, 0.003, 0.3, 0.5, 0.97, 0.99999])
def test_of_very_many_events_the_nearest_is_found_as_if_all_were_sorted(how: str, target: float) -> None:
    rng = np.random.default_rng(7)
    n = 60_000
    x = {"lumps": rng.poisson(4, n).astype(float), "sorted": np.sort(rng.normal(size=n))}.get(
        how, rng.normal(size=n)
    )
    w = np.exp(rng.normal(0, 2, n)) if how == "weights" else np.ones(n)
    if how == "signs":
        w[rng.random(n) < 0.2] = -1
    made = toy(gc.Selection("x > ?"), table(0, w, x=x), table(10**7, x=[0.0]))
    found, reached = made.target.meet(np.array([0.3]), np.array([-1.0]), target)
    assert reached == pytest.approx(w[x > found[0]].sum() / w.sum(), abs=1e-12)
    values, inverse = np.unique(-x, return_inverse=True)
    sums = np.cumsum(np.bincount(inverse, weights=w)) / w.sum()
    # Cuts that keep nothing are none.
    assert abs(reached - target) <= np.abs(sums - target).min() + 1e-12
    assert len(values) > 1
