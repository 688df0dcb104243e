"""The significance as an objective: against the formula in mpmath and against finite differences."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

from gradcut.errors import DataError, DeclarationError
from gradcut.objectives import AsimovSignificance
from objectives.toy_yields import layout, tensors, yields

FLOOR = 1.1479**2 * 0.1**2


def significance(s: float, b: float, variance: float) -> float:
    mpmath.mp.dps = 40
    s, b, v = (mpmath.mpf(x) for x in (s, b, variance))
    n = s + b
    return float(
        mpmath.sqrt(
            2
            * (
                n * mpmath.log(n * (b + v) / (b**2 + n * v))
                - b**2 / v * mpmath.log(1 + v * s / (b * (b + v)))
            )
        )
    )


def test_hard_value_is_the_formula_with_relative_and_mc_uncertainty() -> None:
    given = yields([[[10.0, 60.0, 40.0]]], 4.0)
    got = AsimovSignificance(0.2).hard(given)
    assert got == pytest.approx([significance(10, 100, 20**2 + 8)], rel=1e-12)


def test_exhausted_process_keeps_its_variance_floor() -> None:
    given = yields([[[10.0, 60.0, 0.0]]], [[[[[0.0]], [[4.0]], [[0.0]]]]])
    got = AsimovSignificance(0.2).hard(given)
    assert got == pytest.approx([significance(10, 60, 12**2 + 4 + FLOOR)], rel=1e-12)
    without = AsimovSignificance(0.2, mc_stat=False).hard(given)
    assert without == pytest.approx([significance(10, 60, 12**2)], rel=1e-12)


def test_channels_add_in_quadrature() -> None:
    given = yields([[[10.0, 60.0, 40.0], [3.0, 5.0, 4.0]]], 1.0, of=layout(channels=("a", "b")))
    want = np.hypot(significance(10, 100, 20**2 + 2), significance(3, 9, 1.8**2 + 2))
    assert AsimovSignificance(0.2).hard(given) == pytest.approx([want], rel=1e-12)


@pytest.mark.torch
@pytest.mark.parametrize("systematics", ["ignore", "sigma_b"])
@pytest.mark.parametrize("channels", [1, 2])
def test_soft_equals_hard_and_its_gradient_equals_finite_differences(channels: int, systematics: str) -> None:
    rng = np.random.default_rng(2)
    of = layout(
        channels=("a", "b")[:channels],
        variations=("nominal", "JES:up", "JES:down"),
        norm_uncertainty=(0.0, 0.1, 0.0),
    )
    given = yields(rng.uniform(5, 50, (3, channels, 3, 3)), 2.0, of=of)
    objective = AsimovSignificance(0.15, systematics=systematics)  # type: ignore[arg-type]
    soft = tensors(given, gradient=True)
    value = objective.soft(soft)
    assert value.detach().numpy() == pytest.approx(objective.hard(given), rel=1e-10)
    value.sum().backward()
    for moment in (1, 2):
        array = given.moments[moment]
        for at in np.ndindex(array.shape):
            kept, step = array[at], 1e-5
            array[at] = kept + step
            up = objective.hard(given).sum()
            array[at] = kept - step
            down = objective.hard(given).sum()
            array[at] = kept
            assert float(soft.moments[moment].grad[at]) == pytest.approx((up - down) / (2 * step), abs=1e-8)


@pytest.mark.torch
def test_negative_background_is_penalised_in_a_fit_and_worst_with_hard_cuts() -> None:
    given = yields([[[10.0, b, 0.0]] for b in (5.0, 0.0, -1.0, -2.0)], 1.0)
    soft = tensors(given, gradient=True)
    value = AsimovSignificance(0.2).soft(soft)
    assert np.isfinite(value.detach().numpy()).all()
    assert (np.diff(value.detach().numpy()) < 0).all()
    value.sum().backward()
    gradient = soft.moments.sum_w.grad[2:, 0, 1, 0, 0].numpy()
    assert (gradient > 0).all()
    assert AsimovSignificance(0.2).hard(given)[2:].tolist() == [-np.inf, -np.inf]


def test_negative_background_is_an_error_in_the_end() -> None:
    with pytest.raises(DataError, match=r"not positive(.|\n)*channel 'all'(.|\n)*p1 -3 \(30 entries\)"):
        AsimovSignificance(0.2).check_final(yields([[[10.0, -3.0, 1.0]]]))


def test_negative_signal_counts_negatively() -> None:
    given = yields([[[-2.0, 20.0, 20.0]]], 1.0)
    assert AsimovSignificance(0.2).hard(given)[0] < 0


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"norm_uncertainty": (0.0, 0.1, 0.0)}, "norm_uncertainty of 'p1'"),
        ({"variations": ("nominal", "JES:up", "JES:down")}, "variation 'JES'"),
    ],
)
def test_declared_uncertainties_are_not_ignored_silently(changes: dict[str, object], named: str) -> None:
    of = layout(**changes)  # type: ignore[arg-type]
    with pytest.raises(DeclarationError, match=rf"would ignore(.|\n)*{named}(.|\n)*'sigma_b'(.|\n)*'ignore'"):
        AsimovSignificance(0.2).check(of)
    AsimovSignificance(0.2, systematics="ignore").check(of)
    AsimovSignificance(0.2, systematics="sigma_b").check(of)


def test_sigma_b_holds_normalisation_and_variations_of_one_bin() -> None:
    of = layout(variations=("nominal", "JES:up", "JES:down"), norm_uncertainty=(0.0, 0.1, 0.0))
    given = yields([[[[10.0] * 3, [60.0, 66.0, 58.0], [40.0, 40.0, 42.0]]]], 4.0, of=of)
    got = AsimovSignificance(0.2, systematics="sigma_b").hard(given)
    want = significance(10, 100, 20**2 + 8 + (0.1 * 60) ** 2 + ((106 - 100) / 2) ** 2)
    assert got == pytest.approx([want], rel=1e-12)


def test_sigma_b_refuses_several_bins_and_replicas() -> None:
    several = layout(channels=("a", "b"), norm_uncertainty=(0.0, 0.1, 0.0))
    with pytest.raises(DeclarationError, match="correlated between bins"):
        AsimovSignificance(systematics="sigma_b").check(several)
    with pytest.raises(DeclarationError, match=r"replicas and envelopes(.|\n)*'PDF': 3"):
        AsimovSignificance(systematics="sigma_b").check(
            layout(variations=("nominal", "PDF:0", "PDF:1", "PDF:2"))
        )


def test_no_background_is_said() -> None:
    with pytest.raises(DeclarationError, match="needs a background"):
        AsimovSignificance().check(layout(roles=("signal",)))


@pytest.mark.parametrize("bad", [-0.1, float("nan"), "20%"])
def test_background_uncertainty_is_a_number_from_zero_on(bad: object) -> None:
    with pytest.raises(DeclarationError, match="relative one"):
        AsimovSignificance(bad)  # type: ignore[arg-type]
