"""Several signals: alternatives, or each the background of the others; every combination by slow loops."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from gradcut.errors import DeclarationError
from gradcut.objectives import AsimovSignificance, EfficiencyLoss, SeveralSignals, SignalOverRootBackground
from gradcut.objectives.combinations import combined, combined_smoothly
from gradcut.yields import Yields
from objectives.differences import check_gradient
from objectives.test_asimov import significance
from objectives.toy_yields import layout, yields

SINGLE = AsimovSignificance(0.2)
#: Three signals, two backgrounds, two bins.
LAYOUT = layout(roles=("signal", "background", "signal", "background", "signal"), bins=("x", "y"))
SIGNALS = (0, 2, 4)
HALF = np.full(2, 0.5)


def toy(seed: int, points: int = 4) -> Yields:
    rng = np.random.default_rng(seed)
    w = rng.uniform(2, 60, (points, 1, 5, 1, 2))
    return yields(w, rng.uniform(0.5, 4, w.shape), of=LAYOUT)


def slow_values(given: Yields, others: str) -> Any:
    """Significance of each signal, bin by bin, shape (signals, points)."""
    w, v = (np.array(m)[:, 0, :, 0] for m in (given.moments.sum_w, given.moments.variance))
    found = []
    for signal in SIGNALS:
        counted = [i for i in range(5) if i in (1, 3) or (others == "background" and i != signal)]
        z = np.zeros(given.n_points)
        for p, k in np.ndindex(given.n_points, 2):
            b = w[p, counted, k].sum()
            z[p] += significance(w[p, signal, k], b, (0.2 * b) ** 2 + v[p, counted, k].sum()) ** 2
        found.append(np.sqrt(z))
    return np.array(found)


@pytest.mark.parametrize("others", ["ignored", "background"])
def test_combinations_of_significances_are_those_of_slow_loops(others: Any) -> None:
    given = toy(1)
    z = slow_values(given, others)

    def made(combine: Any, **settings: Any) -> Any:
        return SeveralSignals(SINGLE, combine, others=others, **settings).hard(given)

    assert SeveralSignals(SINGLE, others=others).values(given) == pytest.approx(z, rel=1e-10)
    assert made("mean") == pytest.approx(z.mean(0))
    assert made("mean", weights={"p0": 3.0, "p2": 1.0, "p4": 0.0}) == pytest.approx(0.75 * z[0] + 0.25 * z[1])
    assert made("worst") == pytest.approx(z.min(0))
    middle = float(np.median(z))
    assert made("covered", threshold=middle) == pytest.approx((z > middle).mean(0))
    for p in range(4):
        one = [float(x) for x in z[:, p]]
        assert made("product")[p] == pytest.approx(math.prod(one) ** (1 / 3))
        assert made("harmonic")[p] == pytest.approx(3 / sum(1 / x for x in one))
        assert made("quadrature")[p] == pytest.approx(math.hypot(*one))
        weighted = made("product", weights={"p0": 2.0, "p2": 1.0, "p4": 0.0})[p]
        assert weighted == pytest.approx((one[0] ** 2 * one[1]) ** (1 / 3))


def test_other_signals_that_are_background_make_every_signal_less_significant() -> None:
    given = toy(2)
    alone = SeveralSignals(SINGLE).values(given)
    beside = SeveralSignals(SINGLE, others="background").values(given)
    assert (beside < alone).all()


def test_signals_that_are_not_named_are_others() -> None:
    given = toy(3)
    some = SeveralSignals(SINGLE, "product", others="background", signals=["p0", "p4"])
    assert some.hard(given) == pytest.approx(
        np.sqrt(np.prod(slow_values(given, "background")[[0, 2]], axis=0))
    )


def test_squares_of_significances_add_over_signals_and_bins() -> None:
    given = toy(4, points=20)
    for single in (SINGLE, SignalOverRootBackground(0.1)):
        objective = SeveralSignals(single, "quadrature", others="background")
        objective.check_additive("the exact method")
        added = objective.contributions(given)
        assert added is not None
        assert added.shape == (20, 1, 2)
        assert np.sqrt(added.sum((1, 2))) == pytest.approx(objective.hard(given))
    for tied in (SeveralSignals(SINGLE, "product"), SeveralSignals(EfficiencyLoss(0.5), "worst")):
        assert tied.contributions(given) is None
        with pytest.raises(DeclarationError, match="needs an objective that adds"):
            tied.check_additive("the exact method")


@pytest.mark.parametrize(
    "objective",
    [
        SeveralSignals(SINGLE),
        SeveralSignals(SINGLE, "worst", others="background"),
        SeveralSignals(SINGLE, "covered", threshold=2.0, weights={"p0": 3.0}),
        SeveralSignals(SINGLE, "product", others="background"),
        SeveralSignals(SINGLE, "harmonic", others="background", weights={"p2": 0.3}),
        SeveralSignals(SINGLE, "quadrature", signals=["p2", "p0"]),
        SeveralSignals(EfficiencyLoss(0.04), "worst"),
    ],
    ids=repr,
)
def test_derivatives_equal_finite_differences(objective: SeveralSignals) -> None:
    given = toy(5, points=3)
    objective.check(given.layout)
    check_gradient(objective.gradient, given)


@pytest.mark.parametrize("combine", ["mean", "worst", "covered", "product", "harmonic", "quadrature"])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_slopes_of_combinations_equal_finite_differences(combine: str, sign: float) -> None:
    if sign < 0 and combine in ("product", "harmonic", "quadrature"):
        sign, factor = 1.0, -1.0  # mostly negative values instead
    else:
        factor = 1.0
    values = factor * np.random.default_rng(6).normal(0.4, 1.0, (3, 40))
    share = np.array([0.5, 0.3, 0.2])
    _, slopes = combined_smoothly(combine, values, share, sign, 0.3)
    for i in range(3):
        step = np.zeros((3, 1))
        step[i] = 1e-6
        up, down = (combined_smoothly(combine, values + s * step, share, sign, 0.3)[0] for s in (1, -1))
        assert slopes[i] == pytest.approx((up - down) / 2e-6, rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("combine", ["product", "harmonic"])
def test_means_tend_to_the_smallest_value_where_it_is_not_positive(combine: str) -> None:
    least = np.array([1e-9, 0.0, -1e-9, -2.0, -np.inf])
    got = combined(combine, np.array([least, np.full(5, 3.0)]), HALF)
    assert got[0] == pytest.approx(0.0, abs=1e-4)
    assert got[1:].tolist() == least[1:].tolist()
    unweighted = combined(combine, np.array([least, np.full(5, 3.0)]), np.array([0.0, 1.0]))
    assert unweighted == pytest.approx(np.full(5, 3.0))


@pytest.mark.parametrize("combine", ["product", "harmonic"])
def test_a_fit_is_pulled_out_of_values_that_are_not_positive(combine: str) -> None:
    least = np.linspace(-5, 2, 200)
    values = np.array([least, np.full(200, 2.0)])
    soft, slopes = combined_smoothly(combine, values, HALF)
    assert (np.diff(soft) > 0).all()
    assert (slopes[0] > 0.1).all()  # at full slope however negative
    above = least > 0.05
    assert soft[above] == pytest.approx(combined(combine, values, HALF)[above])


def test_worst_of_minimised_objectives_is_the_largest() -> None:
    given = toy(7)
    grid = SeveralSignals(EfficiencyLoss(0.04), "worst")
    assert grid.direction == "minimise"
    assert grid.hard(given) == pytest.approx(grid.values(given).max(0))


def test_check_of_the_objective_sees_other_signals_as_its_background() -> None:
    only_signals = layout(roles=("signal", "signal"))
    SeveralSignals(SINGLE, others="background").check(only_signals)
    with pytest.raises(DeclarationError, match="needs a background"):
        SeveralSignals(SINGLE).check(only_signals)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SeveralSignals("Z"), "have an objective for each"),  # type: ignore[arg-type]
        (lambda: SeveralSignals(SINGLE, "best"), r"unknown combination(.|\n)*'harmonic'"),  # type: ignore[arg-type]
        (lambda: SeveralSignals(SINGLE, others="data"), r"unknown role(.|\n)*'background'"),  # type: ignore[arg-type]
        (lambda: SeveralSignals(SINGLE, "covered"), "has a threshold"),
        (lambda: SeveralSignals(SINGLE, threshold=1.0), "has a threshold"),
        (lambda: SeveralSignals(SINGLE, "worst", weights={"a": 1.0}), "'worst' has no weights"),
        (lambda: SeveralSignals(SINGLE, "quadrature", weights={"a": 1.0}), "has no weights"),
        (lambda: SeveralSignals(SINGLE, weights={"a": -1.0}), "from 0 on"),
        (lambda: SeveralSignals(SINGLE, signals="p0"), "by their names"),
        (lambda: SeveralSignals(SINGLE, signals=["p0", "p0"]), "named twice"),
        (lambda: SeveralSignals(EfficiencyLoss(0.5), "product"), "only values that are better when larger"),
    ],
)
def test_wrong_settings_are_said(make: Any, message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        make()


def test_missing_and_unknown_signals_are_said() -> None:
    with pytest.raises(DeclarationError, match="several signals are at least two"):
        SeveralSignals(SINGLE).check(layout(roles=("signal", "background")))
    with pytest.raises(DeclarationError, match="at least two"):
        SeveralSignals(SINGLE, signals=["p0"]).check(LAYOUT)
    for settings in ({"weights": {"q": 1.0}}, {"signals": ["p0", "q"]}):
        with pytest.raises(DeclarationError, match="no signal is called 'q'"):
            SeveralSignals(SINGLE, **settings).check(LAYOUT)  # type: ignore[arg-type]


def test_an_exhausted_bin_of_one_signal_is_the_worst_there_is() -> None:
    given = toy(8)
    given.moments.sum_w[1, 0, 1:, 0, 0] = -1.0
    for combine in ("mean", "worst", "product", "harmonic", "quadrature"):
        objective = SeveralSignals(SINGLE, combine)  # type: ignore[arg-type]
        assert objective.hard(given)[1] == -np.inf
        assert np.isfinite(objective.hard(given)[[0, 2, 3]]).all()
        assert np.isfinite(objective.gradient(given)[0]).all()
