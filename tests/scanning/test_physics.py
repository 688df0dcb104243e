"""Scans whose answer is known, by name."""

from __future__ import annotations

from itertools import pairwise
from math import erf, sqrt
from typing import Any

import numpy as np
import pytest

import gradcut as gc
from gradcut.results import ScanResult
from scanning.gaussians import best_background, bisected, tail, true_efficiencies
from scanning.scan_toys import samples, table

TARGETS = (0.3, 0.5, 0.7, 0.9)
#: One learning, without folds.
ONCE: dict[str, Any] = {"split": gc.Split(train=0.8, select=0, test=0.2), "n_threads": 1}


def gaussian(seed: int, n: int, *means: float) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    columns = {f"f{k}": rng.normal(mean, 1, n).astype(np.float32) for k, mean in enumerate(means)}
    return table(10**7 * seed, **columns)


def event_of(result: ScanResult, n: int) -> float:
    return 1 / (n * result.provenance["settings"]["partition"].get("train", 1.0))


def test_independent_gaussians_reach_the_analytic_optimum_at_every_target() -> None:
    means, n = [1.5, 0.8], 20_000
    given = samples(gaussian(1, n, *means), gaussian(2, n, 0, 0))
    result = gc.scan_cuts(gc.Selection("f0 > ?", "f1 > ?"), given, efficiencies=TARGETS, **ONCE)
    for point in result:
        signal, background = true_efficiencies(point.values, means)
        assert signal == pytest.approx(point.target, abs=0.012)
        assert background < 1.03 * best_background(means, signal)


def test_windows_are_found_where_no_box_is_found_by_peeling() -> None:
    rng = np.random.default_rng(1)
    n = 10_000
    signal = {"a": rng.normal(0.3, 0.6, n), "b": rng.normal(-0.2, 0.8, n)}
    background = {"a": rng.normal(0, 2, n), "b": rng.normal(0, 2.5, n)}
    given = samples(table(0, **signal), table(10**7, **background))
    result = gc.scan_cuts(gc.Selection("? < a < ?", "? < b < ?"), given, efficiencies=[0.5, 0.8], **ONCE)
    grid = np.linspace(0.3, 3.5, 65)
    for point in result:
        values = point.values
        assert values["a:low"] < 0.3 < values["a:high"]
        assert values["b:low"] < -0.2 < values["b:high"]
        # Windows around the means of the signal: their widths by brute force over the exact integrals.
        best = 1.0
        for half in grid:
            inside_a = erf(half / sqrt(2))
            if inside_a <= point.target:
                continue
            rest = point.target / inside_a
            other = bisected(lambda h, rest=rest: erf(h / sqrt(2)) - rest, 0, 6)  # type: ignore[misc]
            b = 1.0
            for mean, width, wide, h in ((0.3, 0.6, 2, half), (-0.2, 0.8, 2.5, other)):
                b *= tail((mean - h * width) / wide) - tail((mean + h * width) / wide)
            best = min(best, b)
        assert point.used.background < 1.05 * best


def test_veto_lies_around_a_background_peak() -> None:
    rng = np.random.default_rng(2)
    n = 10_000
    signal = table(0, m=rng.uniform(0, 100, n), x=rng.normal(1, 1, n))
    background = table(10**7, m=rng.normal(50, 5, n), x=rng.normal(0, 1, n))
    result = gc.scan_cuts(
        gc.Selection("!(? < m < ?)", "x > ?"), samples(signal, background), efficiencies=[0.5, 0.7], **ONCE
    )
    for point in result:
        assert 20 < point.values["m:low"] < 45 < 55 < point.values["m:high"] < 80
        kept = point.mask({"m": np.array([1.0, 50.0, 99.0]), "x": np.array([9.0, 9.0, 9.0])})
        assert kept.tolist() == [True, False, True]
        assert point.used.background < (0.002 if point.target == 0.5 else 0.06)


def test_every_target_is_met_within_one_event() -> None:
    rng = np.random.default_rng(3)
    n = 5000
    signal = table(0, x=rng.normal(1, 1, n), y=rng.exponential(2, n), k=rng.poisson(4, n))
    background = table(10**7, x=rng.normal(0, 1, n), y=rng.exponential(1, n), k=rng.poisson(3, n))
    targets = np.linspace(0.05, 0.98, 20)
    result = gc.scan_cuts(
        gc.Selection("x > ?", "y > ?", "k >= ?"),
        samples(signal, background),
        efficiencies=targets,
        folds=2,
        n_threads=1,
    )
    # Counted by the mask, not by what the result says of itself.
    for target, point in zip(targets, result, strict=True):
        assert abs(point.mask(signal).mean() - target) <= 1 / n
        assert point.used.signal == pytest.approx(point.mask(signal).mean())
        assert point.used.background == pytest.approx(point.mask(background).mean())
        crossed = [point.mask(events, folds=True).mean() for events in (signal, background)]
        assert point.unused is not None
        assert [point.unused.signal, point.unused.background] == pytest.approx(crossed)
    assert result.warnings == ()


def many(seed: int, n: int, is_signal: bool) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    common = rng.normal(size=n)
    shift = 1.0 if is_signal else 0.0
    return table(
        10**7 * seed,
        a=rng.normal(shift, 1, n) + 0.5 * common,
        b=np.exp(rng.normal(0.7 * shift, 1, n) + 0.3 * common),
        c=rng.normal(0, 1, n) - 0.3 * common,
        d=rng.standard_t(2, n) + 0.8 * shift,
    )


CUTS = ("a > ?", "b > ?", "? < c < ?", "d > ?")


def test_nested_working_points_keep_every_event_of_the_tighter_ones() -> None:
    n = 6000
    signal, background = many(1, n, True), many(2, n, False)
    given, targets = samples(signal, background), np.linspace(0.2, 0.95, 9)
    how: dict[str, Any] = {"efficiencies": targets, **ONCE}
    free = gc.scan_cuts(gc.Selection(*CUTS), given, **how)
    nested = gc.scan_cuts(gc.Selection(*CUTS), given, nested=True, **how)
    for events in (signal, background, many(3, n, False)):
        masks = [point.mask(events) for point in nested]
        assert all(not (tight & ~loose).any() for tight, loose in pairwise(masks))
        free_masks = [point.mask(events) for point in free]
        assert any((tight & ~loose).any() for tight, loose in pairwise(free_masks))
    for one, other in zip(nested, free, strict=True):
        assert abs(one.used.signal - one.target) <= 1.01 * event_of(nested, n) * 1.02
        assert one.used.background < 1.08 * other.used.background


def test_smoothness_brings_thresholds_onto_lines_at_little_cost() -> None:
    n = 6000
    signal, background = many(1, n, True), many(2, n, False)
    how: dict[str, Any] = {"efficiencies": np.linspace(0.2, 0.9, 8), **ONCE}
    rough, smooth = (
        gc.scan_cuts(
            gc.Selection("a > ?", "b > ?", "d > ?"), samples(signal, background), smoothness=s, **how
        )
        for s in (0.0, 0.2)
    )

    def bends(result: ScanResult) -> float:
        """Second differences of what each cut keeps of the signal."""
        kept = [
            [np.mean(signal[name] > value) for value in values]
            for name, values in result.thresholds().items()
        ]
        return float(np.abs(np.diff(kept, 2, axis=1)).sum())

    assert bends(smooth) < 0.6 * bends(rough)
    for one, other in zip(smooth, rough, strict=True):
        assert one.used.background < 1.05 * other.used.background + 0.001


def test_cut_size_draws_thresholds_to_the_middle() -> None:
    given = samples(gaussian(1, 6000, 2.0, 0.7), gaussian(2, 6000, 0.0, 0.0))
    selection = gc.Selection("f0 > ?", "f1 > ?")
    free, drawn = (
        gc.scan_cuts(selection, given, efficiencies=[0.7], cut_size=g, **ONCE).at(0.7) for g in (0.0, 10.0)
    )
    # The weak feature was cut in its tail; the middle of both features lies at half of the signal's mean.
    assert free.values["f1"] < drawn.values["f1"] - 0.3 < 0.35
    assert drawn.used.signal == pytest.approx(0.7, abs=1e-3)
