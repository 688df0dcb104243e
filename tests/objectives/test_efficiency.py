"""The efficiency loss of CABIN, eqs. 5 and 6."""

from __future__ import annotations

import numpy as np
import pytest

from gradcut.errors import DeclarationError
from gradcut.objectives import EfficiencyLoss
from objectives.toy_yields import layout, tensors, yields

GIVEN = [[[700.0, 100.0, 60.0]], [[500.0, 20.0, 0.0]]]


def test_linear_form_is_equation_5() -> None:
    loss = EfficiencyLoss(0.8, alpha=5, beta=2, background="linear")
    want = [5 * (0.8 - 0.7) ** 2 + 2 * 160 / 2000, 5 * (0.8 - 0.5) ** 2 + 2 * 20 / 2000]
    assert loss.hard(yields(GIVEN)) == pytest.approx(want)


def test_log_form_is_finite_without_background() -> None:
    value = EfficiencyLoss(0.8).hard(yields([[[800.0, 0.0, 0.0]]]))
    least = np.hypot(0.1, 0.1) / 2000  # the weight of an event of each process
    assert value == pytest.approx([np.log(least)])


@pytest.mark.torch
@pytest.mark.parametrize("background", ["log", "linear"])
def test_soft_equals_hard_and_gradient_equals_finite_differences(background: str) -> None:
    loss = EfficiencyLoss(0.6, background=background)  # type: ignore[arg-type]
    given = yields(GIVEN)
    soft = tensors(given, gradient=True)
    value = loss.soft(soft)
    assert value.detach().numpy() == pytest.approx(loss.hard(given), rel=1e-12)
    value.sum().backward()
    array = given.moments.sum_w
    for at in [(0, 0, 0, 0, 0), (0, 0, 1, 0, 0), (1, 0, 1, 0, 0)]:
        kept = array[at]
        array[at] = kept + 1e-3
        up = loss.hard(given).sum()
        array[at] = kept - 1e-3
        down = loss.hard(given).sum()
        array[at] = kept
        assert float(soft.moments.sum_w.grad[at]) == pytest.approx((up - down) / 2e-3, rel=1e-5)


def test_cut_size_is_equation_6() -> None:
    thresholds = np.array([[1.0, -2.0], [0.0, 3.0]])
    loss = EfficiencyLoss(0.8, gamma=0.5)
    penalty = loss.penalty(thresholds)
    assert penalty is not None
    assert penalty[0] == pytest.approx([0.5 / 2 * 5, 0.5 / 2 * 9])
    for at in np.ndindex(2, 2):
        step = np.zeros((2, 2))
        step[at] = 1e-6
        up, down = loss.penalty(thresholds + step), loss.penalty(thresholds - step)
        assert up is not None
        assert down is not None
        assert penalty[1][at] == pytest.approx((up[0] - down[0]).sum() / 2e-6)
    assert EfficiencyLoss(0.8).penalty(thresholds) is None


def test_merit_is_the_background_where_the_signal_is_kept_and_nothing_elsewhere() -> None:
    given = yields([[[700.0, 100.0, 60.0]], [[699.0, 1.0, 1.0]], [[900.0, 100.0, 70.0]]])
    merit = EfficiencyLoss(0.7).merit(given)
    assert merit[1] == -np.inf
    assert merit[0] - merit[2] == pytest.approx(np.log(170 / 160), rel=1e-3)
    assert (
        EfficiencyLoss(0.7, alpha=0).merit(given).tolist()
        == (-EfficiencyLoss(0.7, alpha=0).hard(given)).tolist()
    )


@pytest.mark.parametrize("target", [0, 1, 1.2, "80%"])
def test_target_lies_between_zero_and_one(target: object) -> None:
    with pytest.raises(DeclarationError, match="between 0 and 1"):
        EfficiencyLoss(target)  # type: ignore[arg-type]


def test_signal_without_yield_is_said() -> None:
    with pytest.raises(DeclarationError, match="positive yield"):
        EfficiencyLoss(0.5).check(layout(total=0.0))


def test_target_pulls_gently_at_first_and_fully_in_the_end() -> None:
    loss = EfficiencyLoss(0.8, alpha=500)
    alphas = [loss.annealed(fraction).alpha for fraction in (0.0, 0.5, 1.0)]
    assert alphas == pytest.approx([10, 500 * 0.02**0.5, 500])
    assert (2 * loss).annealed(0.0).hard(yields(GIVEN)) == pytest.approx(
        2 * loss.annealed(0.0).hard(yields(GIVEN))
    )
