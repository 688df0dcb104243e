"""What is useless opens, what helps stays, at the same signal efficiency."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradcut as gc
from gradcut.scanning.opening import Opener
from scanning.scan_toys import Toy, table, toy

N = 20_000
INF = float("inf")


def events(seed: int, is_signal: bool, weights: Any = None, n: int = N) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return table(
        10**7 * seed,
        weights,
        strong=rng.normal(1.5 if is_signal else 0, 1, n),
        weak=rng.normal(1.0 if is_signal else 0, 1, n),
        noise=rng.normal(0, 1, n),
    )


def opener(made: Toy, *fixed: int) -> Opener:
    free = np.array([p not in fixed for p in range(len(made.selection.parameters))])
    return Opener(made.target, made.efficiencies, free)


def efficiencies(made: Toy, values: np.ndarray) -> tuple[float, float]:
    yields = made.events.yields(values[None])
    return float(made.efficiencies.of(yields, "signal")[0]), float(
        made.efficiencies.of(yields, "background")[0]
    )


@pytest.mark.parametrize("seed", range(3))
def test_noise_opens_and_what_helps_does_not(seed: int) -> None:
    selection = gc.Selection("strong > ?", "weak > ?", "noise > ?", "noise < ?")
    made = toy(selection, events(1 + 2 * seed, True), events(2 + 2 * seed, False))
    unit = made.coordinates.loosening
    values, reached = made.target.meet(np.array([0.5, -0.7, -2.2, 2.2]), unit, 0.7)
    opened = opener(made).opened(values, unit, reached)
    assert np.isinf(opened).tolist() == [False, False, True, True]
    assert opened[2:].tolist() == [-INF, INF]
    before, after = efficiencies(made, values), efficiencies(made, opened)
    assert after[0] == pytest.approx(0.7, abs=1.01 / N)
    assert after[1] < before[1]


def test_window_and_veto_around_nothing_open() -> None:
    selection = gc.Selection("strong > ?", "? < noise < ?", "!(? < weak < ?)")
    made = toy(selection, events(1, True), events(2, False))
    unit = made.coordinates.loosening
    values, _ = made.target.meet(np.array([0.5, -2.5, 2.4, 0.3, 0.31]), unit, 0.6)
    opened = opener(made).opened(values, unit, 0.6)
    assert opened[1:].tolist() == [-INF, INF, INF, INF]
    assert efficiencies(made, opened)[0] == pytest.approx(0.6, abs=1.01 / N)


def test_helpful_veto_stays_whole() -> None:
    rng = np.random.default_rng(3)
    signal = table(0, m=rng.uniform(0, 10, N), x=rng.normal(1, 1, N))
    background = table(10**7, m=rng.normal(5, 1, N), x=rng.normal(0, 1, N))
    made = toy(gc.Selection("!(? < m < ?)", "x > ?"), signal, background)
    unit = made.coordinates.loosening
    values, _ = made.target.meet(np.array([4.0, 6.0, -0.5]), unit, 0.6)
    opened = opener(made).opened(values, unit, 0.6)
    assert np.isfinite(opened[:2]).all()


def test_fixed_thresholds_are_never_opened() -> None:
    made = toy(gc.Selection("strong > ?", "noise > ?"), events(1, True), events(2, False))
    unit = made.coordinates.loosening * [1, 0]
    values, _ = made.target.meet(np.array([0.5, -2.2]), unit, 0.7)
    assert opener(made, 1).opened(values, unit, 0.7)[1] == -2.2


def test_last_side_that_can_move_stays_closed() -> None:
    rng = np.random.default_rng(4)
    same = [table(s, x=rng.normal(size=N)) for s in (0, 10**7)]
    made = toy(gc.Selection("x > ?"), *same)
    values, _ = made.target.meet(np.array([0.0]), np.array([-1.0]), 0.5)
    assert opener(made).opened(values, np.array([-1.0]), 0.5).tolist() == values.tolist()


def test_few_events_say_nothing_about_a_cut() -> None:
    # Twenty background events are left: whether the noise cut rejects one or two of them is not known.
    made = toy(gc.Selection("strong > ?", "noise > ?"), events(1, True), events(2, False, n=150))
    unit = made.coordinates.loosening
    values, _ = made.target.meet(np.array([1.0, -2.0]), unit, 0.6)
    assert made.events.yields(values[None]).of("background 0").entries[0, 0] < 40
    assert np.isfinite(opener(made).opened(values, unit, 0.6)).all()


def test_many_small_losses_are_not_a_small_one() -> None:
    # Twelve features, each of which helps by half a percent.
    rng = np.random.default_rng(6)
    n, names = 10_000, [f"f{k}" for k in range(12)]
    signal = table(0, x=rng.normal(1.5, 1, n), **{f: rng.normal(0.12, 1, n) for f in names})
    background = table(10**7, x=rng.normal(0, 1, n), **{f: rng.normal(0, 1, n) for f in names})
    made = toy(gc.Selection("x > ?", *(f"{f} > ?" for f in names)), signal, background)
    unit = made.coordinates.loosening
    values, _ = made.target.meet(np.array([0.5] + [-2.3] * 12), unit, 0.7)
    opened = opener(made).opened(values, unit, 0.7)
    assert efficiencies(made, opened)[1] <= efficiencies(made, values)[1] * 1.001 + 2 / n


def test_allows_what_has_as_little_background_at_the_target() -> None:
    made = toy(gc.Selection("strong > ?", "noise > ?"), events(1, True), events(2, False))
    one = opener(made)

    def kept(*values: float) -> float:
        return efficiencies(made, np.array(values))[0]

    def allows(first: tuple[float, float], other: tuple[float, float], target: float) -> bool:
        return one.allows(np.array(first), np.array(other), target)

    assert allows((0.5, -3.9), (0.5, -INF), kept(0.5, -INF))
    assert not allows((0.5, -3.9), (0.5, -INF), kept(0.5, -3.9) - 0.1)
    # Less background alone is not enough: the target is missed by more.
    assert not allows((0.5, -1.0), (0.8, -1.0), kept(0.5, -1.0))
    assert allows((0.5, -1.0), (0.8, -1.0), kept(0.8, -1.0))
    assert not allows((0.5, -1.0), (0.4, -1.0), kept(0.4, -1.0))
