"""Efficiency targets: met by the hard cuts, or refused with the reason."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradcut as gc
from fitting.toy_samples import columns, samples
from gradcut.engines import CpuEngine, collect
from gradcut.engines.segments import layout_of
from gradcut.errors import UnattainableError
from gradcut.fitting.thinning import thinned
from gradcut.objectives import EfficiencyLoss

QUICK: dict[str, Any] = {"starts": 3, "max_steps": 30, "n_threads": 1}
SIGNAL = columns(1, 3001, 1.0, x=(1, 1), y=(0.5, 1))
BACKGROUND = columns(2, 5000, 1.0, x=(0, 1), y=(0, 1))
SELECTION = gc.Selection("x > ?", "y > ?")


def events_kept(fit: gc.CutResult, table: dict[str, np.ndarray]) -> int:
    return int(fit.mask(table).sum())


@pytest.mark.parametrize("target", [0.05, 0.5, 0.9, 0.999])
def test_signal_that_is_kept_is_the_least_number_of_events_that_meets_the_target(target: float) -> None:
    fit = gc.fit_cuts(
        SELECTION, samples(SIGNAL, BACKGROUND), objective=EfficiencyLoss(target), folds=2, **QUICK
    )
    least = int(np.ceil(target * 3001))
    assert least <= events_kept(fit, SIGNAL) <= least + 2
    assert "the target is met, by +" in fit.message
    # No background could go without signal that has to stay; what is open stays open.
    passed = events_kept(fit, BACKGROUND)
    for name, value in fit.values.items():
        at = np.sort(SIGNAL[name][fit.mask(SIGNAL)])[: 1 + events_kept(fit, SIGNAL) - least]
        closer = {**fit.values, name: float(at[-1]) - 1e-6}
        if closer[name] > value > -np.inf and events_kept(fit, SIGNAL) == least:
            assert SELECTION.mask(BACKGROUND, closer).sum() == passed


def test_target_of_a_split_is_met_where_it_learned_with_weights_of_the_full_sample() -> None:
    fit = gc.fit_cuts(SELECTION, samples(SIGNAL, BACKGROUND), objective=EfficiencyLoss(0.7), **QUICK)
    signal = fit.processes[0]
    assert 0.7 <= signal.used / signal.before < 0.701
    assert signal.unused is not None
    assert signal.unused / signal.before == pytest.approx(0.7, abs=0.05)


def test_weights_are_what_counts() -> None:
    signal = {**SIGNAL, "w": np.random.default_rng(3).exponential(2.0, 3001)}
    fit = gc.fit_cuts(SELECTION, samples(signal, BACKGROUND), objective=EfficiencyLoss(0.7), folds=2, **QUICK)
    kept = signal["w"][fit.mask(signal)].sum() / signal["w"].sum()
    assert 0.7 <= kept < 0.702


def test_weights_of_both_signs_meet_the_target_too() -> None:
    signal = {**SIGNAL, "w": np.where(np.arange(3001) % 5 == 0, -1.0, 1.0)}
    fit = gc.fit_cuts(SELECTION, samples(signal, BACKGROUND), objective=EfficiencyLoss(0.7), folds=2, **QUICK)
    kept = signal["w"][fit.mask(signal)].sum() / signal["w"].sum()
    assert 0.7 - 1e-9 <= kept < 0.705


def test_integers_meet_the_target_as_closely_as_they_can() -> None:
    tables = [columns(seed, 4000, 1.0) for seed in (1, 2)]
    for table, mean in zip(tables, (4.0, 2.0), strict=True):
        table["n"] = np.random.default_rng(int(mean)).poisson(mean, 4000).astype(np.int32)
    fit = gc.fit_cuts(
        gc.Selection("n > ?"), samples(*tables), objective=EfficiencyLoss(0.7), folds=2, **QUICK
    )
    reachable = np.array([(tables[0]["n"] > c).mean() for c in np.arange(-0.5, 12)])
    assert fit.mask(tables[0]).mean() == reachable[reachable >= 0.7].min()


def test_fixed_threshold_stays_while_the_others_meet_the_target() -> None:
    fit = gc.fit_cuts(
        SELECTION,
        samples(SIGNAL, BACKGROUND),
        objective=EfficiencyLoss(0.5),
        fix={"x": 0.9},
        folds=2,
        **QUICK,
    )
    assert fit.values["x"] == 0.9
    assert events_kept(fit, SIGNAL) == 1501


def test_cut_size_is_respected_and_the_target_met_nevertheless() -> None:
    plain, small = (
        gc.fit_cuts(
            SELECTION,
            samples(SIGNAL, BACKGROUND),
            objective=EfficiencyLoss(0.7, gamma=gamma),
            folds=2,
            **QUICK,
        )
        for gamma in (0.0, 3.0)
    )
    assert small.values != plain.values
    assert events_kept(small, SIGNAL) == pytest.approx(2101, abs=2)


def test_unattainable_target_is_refused_with_what_loses_the_signal() -> None:
    signal = {**SIGNAL, "x": SIGNAL["x"].copy()}
    signal["x"][:600] = np.nan
    selection = gc.Selection("x > ?", "y > ?", "y > -1")
    with pytest.raises(UnattainableError) as caught:
        gc.fit_cuts(selection, samples(signal, BACKGROUND), objective=EfficiencyLoss(0.9), folds=2, **QUICK)
    fixed = (signal["y"] <= -1).mean()
    missing = ((signal["y"] > -1) & np.isnan(signal["x"])).mean()
    reached = ((signal["y"] > -1) & ~np.isnan(signal["x"])).mean()
    message = str(caught.value)
    assert "a signal efficiency of 0.9" in message
    assert f"up to {reached:.6g}" in message
    assert f"{fixed:.2%} by fixed requirements" in message
    assert f"{missing:.2%} by cut 'x' (missing values, or fixed)" in message
    assert "missing='pass'" in message
    assert caught.value.exit_code == 12
    passing = gc.Selection("x > ?", "y > ?", missing="pass")
    assert gc.fit_cuts(
        passing, samples(signal, BACKGROUND), objective=EfficiencyLoss(0.9), folds=2, **QUICK
    ).message.count("met")


@pytest.mark.parametrize("step", [3, 40, 70])
def test_interrupted_fit_meets_the_target_as_well(step: int) -> None:
    left = [step]

    def stop(progress: object) -> None:
        left[0] -= 1
        if not left[0]:
            raise KeyboardInterrupt

    fit = gc.fit_cuts(
        SELECTION,
        samples(SIGNAL, BACKGROUND),
        objective=EfficiencyLoss(0.7),
        folds=2,
        fix={"y": -0.5},
        progress=stop,
        **QUICK,
    )
    assert fit.status == "interrupted"
    assert fit.values["y"] == -0.5
    assert fit.mask(SIGNAL).mean() == pytest.approx(0.7, abs=0.02)


def test_fixed_threshold_can_make_a_target_unattainable() -> None:
    with pytest.raises(UnattainableError, match=r"50\.05% by cut 'x'(.|\n)*up to 0\.4995"):
        gc.fit_cuts(
            SELECTION, samples(SIGNAL, BACKGROUND), objective=EfficiencyLoss(0.9), fix={"x": 1.0}, **QUICK
        )


def test_thinned_events_stand_for_all() -> None:
    tables = collect(SELECTION, samples(SIGNAL, BACKGROUND))
    few = thinned(tables, 500)
    assert [table.n_events for table in few.values()] == [501, 500]
    one, other = layout_of(tables), layout_of(few)
    assert other.mean_weight == pytest.approx(one.mean_weight)
    assert other.total_sum_w == pytest.approx(one.total_sum_w, rel=2e-3)
    point = [0.5, 0.0, 0.3, 0.3]
    full, thin = (CpuEngine(SELECTION.kernel_spec(), t).yields(point).moments for t in (tables, few))
    assert thin.sum_w == pytest.approx(full.sum_w, rel=0.1)
    assert thin.variance == pytest.approx(full.variance, rel=0.1)
    assert thinned(tables, 5000) is tables
