"""Where scans start: at the wanted signal efficiency if features were independent."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradcut as gc
from gradcut.scanning.starts import starts
from scanning.scan_toys import Toy, table, toy

N = 20_000
TARGETS = np.array([0.2, 0.5, 0.9])


def made_of(*texts: str, weights: Any = None, **settings: Any) -> Toy:
    rng = np.random.default_rng(1)
    signal = table(0, weights, **{f: rng.normal(1, 2, N) for f in "xyz"})
    background = table(10**7, **{f: rng.normal(0, 1, 500) for f in "xyz"})
    return toy(gc.Selection(*texts, **settings), signal, background)


def started(made: Toy, n: int, seed: int = 0) -> np.ndarray:
    signal = [s for s in made.events.segments if made.is_signal[s.at[1]]]
    free = starts(made.events.spec, made.coordinates, signal, TARGETS, n, seed)
    return np.array([made.coordinates.thresholds(family)[0] for family in free])


@pytest.mark.parametrize("texts", [("x > ?", "y < ?", "z > ?"), ("? < x < ?", "y < ?")], ids=str)
def test_every_start_keeps_the_wanted_signal_of_independent_features(texts: tuple[str, ...]) -> None:
    made = made_of(*texts)
    for family in started(made, 5):
        got = made.efficiencies.of(made.events.yields(family), "signal")
        # Losses on both sides of a window add up instead of multiplying.
        assert got == pytest.approx(TARGETS, abs=0.02 if texts[0] == "x > ?" else 0.2)


def test_first_start_shares_equally_and_others_do_not() -> None:
    made = made_of("x > ?", "y > ?", "z > ?")
    thresholds = started(made, 4)
    spread = np.ptp(thresholds, axis=2)
    assert np.all(spread[0] < 0.1)
    assert np.all(spread[1:, 0] > 0.3)


def test_working_points_of_a_start_are_nested() -> None:
    made = made_of("x > ?", "y < ?", "? < z < ?")
    moves = np.diff(started(made, 6), axis=1) * made.coordinates.loosening
    assert np.all(moves >= 0)


def test_veto_covers_what_it_may_lose() -> None:
    made = made_of("!(? < x < ?)")
    thresholds = started(made, 3)
    assert np.all(thresholds[..., 0] < thresholds[..., 1])
    got = made.efficiencies.of(made.events.yields(thresholds[0]), "signal")
    assert np.all(np.diff(got) > 0)
    assert got[-1] == pytest.approx(0.9, abs=0.11)


def test_same_seed_same_starts_and_fewer_are_the_first_of_more() -> None:
    made = made_of("x > ?", "y < ?")
    assert started(made, 3, 7).tolist() == started(made, 5, 7)[:3].tolist()
    assert started(made, 3, 8)[1].tolist() != started(made, 3, 7)[1].tolist()


def test_weights_decide_and_negative_ones_do_not_disturb() -> None:
    rng = np.random.default_rng(2)
    weights = np.where(rng.random(N) < 0.2, -1.0, rng.uniform(0.1, 3.0, N))
    made = made_of("x > ?", weights=weights)
    (family,) = started(made, 1)
    got = made.efficiencies.of(made.events.yields(family), "signal")
    assert got == pytest.approx(TARGETS, abs=0.03)


def test_missing_values_leave_starts_finite() -> None:
    rng = np.random.default_rng(3)
    x = np.where(rng.random(N) < 0.3, -999.0, rng.normal(size=N))
    selection = gc.Selection("x > ?", sentinels=[-999])
    made = toy(selection, table(0, x=x), table(10**7, x=x))
    assert np.isfinite(started(made, 4)).all()


def test_cut_on_a_constant_starts_open_on_either_side() -> None:
    rng = np.random.default_rng(4)
    x, one = rng.normal(size=N), np.full(N, 7.0)
    selection = gc.Selection("x > ?", "one > ?", "? < one < ?")
    made = toy(selection, table(0, x=x, one=one), table(10**7, x=x, one=one))
    thresholds = started(made, 5)
    assert np.all(thresholds[..., 1:3] < 7)
    assert np.all(thresholds[..., 3] > 7)
