"""The numbers beside every threshold, against brute force on the events."""

from __future__ import annotations

import numpy as np
import pytest

import gradcut as gc
from fitting.toy_samples import columns, samples
from gradcut.objectives import AsimovSignificance, EfficiencyLoss
from gradcut.results import CutResult
from gradcut.results.folds import fold_of

SIGNAL = columns(1, 1500, 0.02, x=(1, 1), y=(-0.5, 1))
BACKGROUND = columns(2, 2500, 0.2, x=(-1, 1), y=(0.5, 1))
TABLES = (SIGNAL, BACKGROUND)
FLOOR = 1.1479 * 0.2


@pytest.fixture(scope="module")
def fit() -> CutResult:
    return gc.fit_cuts(
        gc.Selection("x > ?", "? < y < ?"),
        samples(*TABLES),
        objective=AsimovSignificance(0.1),
        folds=2,
        starts=3,
        max_steps=36,
        n_threads=1,
        fix={"y:low": -1.5},
    )


def z(chosen: list[np.ndarray]) -> float:
    s, b = (float(t["w"][c].sum()) for t, c in zip(TABLES, chosen, strict=True))
    if b <= 0:
        return -np.inf
    variance = max(float((BACKGROUND["w"][chosen[1]] ** 2).sum()), FLOOR**2)
    return gc.stats.asimov_significance(s, b, np.sqrt((0.1 * b) ** 2 + variance)).combined


def of_used(fit: CutResult, **changed: float) -> float:
    return z([fit.selection.mask(table, {**fit.values, **changed}) for table in TABLES])


def of_unused(fit: CutResult, **changed: float) -> float:
    chosen = []
    for table in TABLES:
        fold = fold_of(fit, table)
        masks = [fit.selection.mask(table, {**row.values, **changed}) for row in fit.folds]
        chosen.append(np.choose(fold, masks))
    return z(chosen)


WITHOUT = {
    "x": {"x": -np.inf},
    "y:low": {"y:low": -np.inf, "y:high": np.inf},
    "y:high": {"y:low": -np.inf, "y:high": np.inf},
}


@pytest.mark.parametrize("name", list(WITHOUT))
def test_objective_without_a_cut_and_with_it_alone(fit: CutResult, name: str) -> None:
    row = fit.threshold(name)
    assert row.without == pytest.approx(of_used(fit, **WITHOUT[name]))
    assert row.without_unused == pytest.approx(of_unused(fit, **WITHOUT[name]))
    others = {
        other: value
        for one, opened in WITHOUT.items()
        if one[0] != name[0]
        for other, value in opened.items()
    }
    assert row.alone == pytest.approx(of_used(fit, **others))
    assert row.without < fit.scores.used
    assert fit.scores.unused == pytest.approx(of_unused(fit))


@pytest.mark.parametrize("name", ["x", "y:high"])
def test_interval_ends_at_the_last_event_before_the_objective_is_worse(fit: CutResult, name: str) -> None:
    row = fit.threshold(name)
    column = np.unique(np.concatenate([table[name[0]] for table in TABLES])).astype(np.float64)
    everything = np.concatenate([[-np.inf], (column[:-1] + column[1:]) / 2, [np.inf]])
    assert len(everything) > 2 * 512  # more than one pass
    least = 0.99 * fit.scores.used
    for candidates, end in (
        (everything[everything > row.learned], row.high),
        (everything[everything < row.learned][::-1], row.low),
    ):
        want, missed = row.learned, 0
        for threshold in candidates:
            if of_used(fit, **{name: threshold}) < least:
                break
            want = threshold
        # Between every nth threshold of the first pass a single worse one may be passed over.
        missed = np.searchsorted(everything, end) - np.searchsorted(everything, want)
        assert of_used(fit, **{name: end}) >= least
        assert abs(missed) <= len(everything) // 512 * 4, (want, end)


def test_starts_and_fixed_thresholds_are_told(fit: CutResult) -> None:
    row = fit.threshold("y:low")
    assert row.learned == row.start == -1.5
    line = next(line for line in str(fit).splitlines() if line.startswith("y:low"))
    assert line.split()[1:4] == ["fixed", ">", "-1.5"]


def test_floor_of_a_process_is_what_an_empty_one_may_hold(fit: CutResult) -> None:
    assert [row.floor for row in fit.processes] == pytest.approx([1.1479 * 0.02, FLOOR])


def test_minimised_objective_has_its_interval_on_the_side_of_better() -> None:
    objective = EfficiencyLoss(0.8)
    result = gc.fit_cuts(
        gc.Selection("x > ?"), samples(*TABLES), objective=objective, starts=2, max_steps=24, n_threads=1
    )
    (row,) = result.thresholds
    assert row.low <= row.learned <= row.high
    assert row.high - row.low < 0.3
    assert row.without > result.scores.used
