"""Limits on yields: a background budget and a purity floor beside any objective."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradcut.errors import DeclarationError, UnattainableError
from gradcut.objectives import (
    AsimovSignificance,
    EfficiencyLoss,
    Objective,
    SeveralSignals,
    SignalEfficiency,
)
from gradcut.yields import Moments, Yields
from objectives.toy_yields import layout, tensors, yields

#: Points of (signal, background, background) of 1000 each.
GIVEN = [[[700.0, 100.0, 60.0]], [[500.0, 20.0, 0.0]], [[300.0, 2.0, 1.0]], [[30.0, 300.0, 7.0]]]

LIMITED = [
    SignalEfficiency().within(max_background=50),
    SignalEfficiency().within(max_background_efficiency=0.02, min_purity=0.9),
    AsimovSignificance(0.2).within(min_purity=0.99),
    (-EfficiencyLoss(0.5, alpha=0.0)).within(max_background=130),
    EfficiencyLoss(0.5, alpha=0.0).within(max_background=130),
]


def test_signal_efficiency_is_over_all_signals_and_channels() -> None:
    of = layout(channels=("a", "b"), roles=("signal", "signal", "background"))
    given = yields([[[100.0, 50.0, 7.0], [30.0, 20.0, 9.0]]], of=of)
    assert SignalEfficiency().hard(given) == pytest.approx([200 / 4000])


@pytest.mark.parametrize(
    ("limits", "met"),
    [
        ({"max_background": 160}, [True, True, True, False]),
        ({"max_background": 20}, [False, True, True, False]),
        ({"max_background_efficiency": 0.01}, [False, True, True, False]),
        ({"min_purity": 0.97}, [False, False, True, False]),
        ({"min_purity": 500 / 520}, [False, True, True, False]),
        ({"max_background": 159, "min_purity": 0.1}, [False, True, True, False]),
    ],
)
def test_merit_is_that_of_the_objective_where_all_limits_are_met_and_nothing_elsewhere(
    limits: dict[str, float], met: list[bool]
) -> None:
    given = yields(GIVEN)
    merit = SignalEfficiency().within(**limits).merit(given)
    assert np.isfinite(merit).tolist() == met
    assert merit[met] == pytest.approx(SignalEfficiency().hard(given)[met])


def test_excess_says_by_how_much() -> None:
    given = yields(GIVEN)
    both = SignalEfficiency().within(max_background=80, min_purity=0.9).constrained(given)
    assert both is not None
    purity = [700 / 860, 500 / 520, 300 / 303, 30 / 337]
    budget = [1 - 160 / 80, 1 - 20 / 80, 1 - 3 / 80, 1 - 307 / 80]
    want = [min(p - 0.9, b) for p, b in zip(purity, budget, strict=True)]
    assert both.excess == pytest.approx(want)


def test_nothing_selected_has_no_purity_and_meets_every_budget() -> None:
    given = yields([[[0.0, 0.0, 0.0]], [[-5.0, 20.0, 0.0]], [[5.0, -2.0, 0.0]]])
    purity = SignalEfficiency().within(min_purity=0.2).merit(given)
    assert np.isfinite(purity).tolist() == [False, False, True]
    assert SignalEfficiency().within(max_background=30).merit(given)[0] == 0


@pytest.mark.parametrize("objective", LIMITED, ids=repr)
@pytest.mark.parametrize("fraction", [0.0, 1.0])
def test_gradient_equals_finite_differences(objective: Objective, fraction: float) -> None:
    given, objective = yields(GIVEN, 2.0), objective.annealed(fraction)
    value, cotangents = objective.gradient(given)
    assert np.isfinite(value).all()
    for m, moment in enumerate(given.moments):
        for at in np.ndindex(moment.shape):
            step, ends = 1e-4 * max(abs(moment[at]), 1.0), []
            for sign in (1, -1):
                moved = [array.copy() for array in given.moments]
                moved[m][at] += sign * step
                ends.append(objective.gradient(Yields(given.layout, Moments(*moved)))[0][at[0]])
            assert cotangents[m][at] == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=2e-3, abs=1e-6)


@pytest.mark.parametrize("objective", LIMITED, ids=repr)
def test_smooth_value_falls_where_a_limit_is_exceeded(objective: Objective) -> None:
    wide = yields([[[900.0, 700.0, 600.0]], [[890.0, 600.0, 500.0]]])
    value = objective.sign * objective.gradient(wide)[0]
    assert value[0] < value[1]
    inside = yields([[[300.0, 2.0, 1.0]]], 1.0)
    gently = objective.annealed(0.0).gradient(inside)[0]
    assert objective.gradient(inside)[0] == pytest.approx(gently)  # limits say nothing where they are met


def test_penalised_value_is_the_value_where_limits_are_met_and_worse_the_further_they_are_missed() -> None:
    given = yields([[[300.0, 10.0, 0.0]], [[300.0, 101.0, 0.0]], [[300.0, 110.0, 0.0]]])
    objective = SignalEfficiency().within(max_background=100)
    value = objective.penalised(given)
    assert value[0] == pytest.approx(0.3)
    assert value[1] == pytest.approx(0.3 / (1 + 1000 * np.log(1.01) ** 2))
    assert value[0] > value[1] > value[2] > 0
    worse = EfficiencyLoss(0.5, alpha=0.0).within(max_background=100).penalised(given)
    assert worse[0] > worse[1] > worse[2]


@pytest.mark.torch
def test_soft_value_of_torch_is_that_of_the_gradient() -> None:
    given = yields(GIVEN, 2.0)
    objective = LIMITED[1]
    soft = tensors(given, gradient=True)
    value = objective.soft(soft)
    assert value.detach().numpy() == pytest.approx(objective.gradient(given)[0])
    value.sum().backward()
    assert soft.moments.sum_w.grad.numpy() == pytest.approx(objective.gradient(given)[1].sum_w)


def test_worst_of_several_signals_within_one_budget() -> None:
    of = layout(roles=("signal", "signal", "background"))
    given = yields([[[300.0, 200.0, 40.0]], [[250.0, 260.0, 49.0]], [[900.0, 900.0, 51.0]]], of=of)
    worst = SeveralSignals(SignalEfficiency(), "worst").within(max_background=50)
    assert worst.merit(given)[:2] == pytest.approx([0.2, 0.25])
    assert worst.merit(given)[2] == -np.inf


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SignalEfficiency().within(), "no limit is given"),
        (lambda: SignalEfficiency().within(max_background=0), r"out of its range(.|\n)*above 0"),
        (lambda: SignalEfficiency().within(max_background=np.nan), "out of its range"),
        (lambda: SignalEfficiency().within(min_purity=1), r"min_purity(.|\n)*between 0 and 1"),
        (lambda: SignalEfficiency().within(max_background_efficiency=1.5), "between 0 and 1"),
        (
            lambda: SignalEfficiency().within(max_background=1, max_background_efficiency=0.1),
            "two budgets for one background",
        ),
        (
            lambda: EfficiencyLoss(0.5).within(max_background=1),
            r"has a constraint of its own(.|\n)*EfficiencyLoss",
        ),
        (
            lambda: SignalEfficiency().within(max_background=1).within(min_purity=0.5),
            r"give all limits at once",
        ),
        (lambda: 2 * SignalEfficiency().within(max_background=1), "add first, then limit"),
        (lambda: AsimovSignificance() + SignalEfficiency().within(max_background=1), "add first"),
        (
            lambda: SeveralSignals(SignalEfficiency().within(max_background=1)),
            r"all signals together(.|\n)*within\(",
        ),
    ],
)
def test_what_cannot_be_declared_is_said(make: Any, message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        make()


def test_budget_below_any_event_is_refused() -> None:
    with pytest.raises(UnattainableError, match=r"single event(.|\n)*given: 0\.09(.|\n)*from 0\.1 on"):
        SignalEfficiency().within(max_background=0.09).check(layout())
    SignalEfficiency().within(max_background=0.11).check(layout())
