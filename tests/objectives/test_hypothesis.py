"""Objectives that are expected results of tests: against pyhf, numbers of models and finite differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradcut import stats
from gradcut.errors import DeclarationError
from gradcut.objectives import AsimovSignificance, CLs, DiscoveryP0, ProfileSignificance, UpperLimit
from gradcut.yields import Yields
from objectives.test_inference import SETTINGS, check_along
from objectives.toy_yields import layout, yields
from stats.pyhf_reference import pyhf_model
from stats.varied_yields import varied_yields

#: An objective and the same number of a model.
KINDS: list[tuple[Any, dict[str, Any], Any]] = [
    (CLs, {}, lambda model: stats.hypotest(1.0, model, "asimov").cls),
    (CLs, {"mu": 2.0, "log": True}, lambda model: stats.hypotest(2.0, model, "asimov").log_cls),
    (DiscoveryP0, {}, lambda model: stats.hypotest(0.0, model, "asimov", test_statistic="q0").p0),
    (
        DiscoveryP0,
        {"log": True},
        lambda model: stats.hypotest(0.0, model, "asimov", test_statistic="q0").log_p_sb,
    ),
    (ProfileSignificance, {}, lambda model: stats.hypotest(0.0, model, "asimov", test_statistic="q0").z),
    (UpperLimit, {}, lambda model: stats.upper_limit(model, "asimov").expected["median"]),
    (UpperLimit, {"level": 0.1}, lambda model: stats.upper_limit(model, "asimov", level=0.1).observed),
]


@pytest.mark.parametrize(("kind", "own", "number"), KINDS, ids=lambda x: getattr(x, "__name__", str(x)))
@pytest.mark.parametrize("settings", SETTINGS)
class TestAllKinds:
    @pytest.mark.parametrize("seed", [0, 3])
    def test_gradients_are_those_of_finite_differences(
        self, kind: Any, own: dict[str, Any], number: Any, settings: dict[str, Any], seed: int
    ) -> None:
        check_along(kind(**own, **settings), varied_yields(seed, bins=3), seed, step=2e-4)

    def test_values_are_those_of_models_of_the_yields(
        self, kind: Any, own: dict[str, Any], number: Any, settings: dict[str, Any]
    ) -> None:
        given = varied_yields(3, bins=4)
        objective = kind(**own, **settings)
        wanted = [number(stats.Model.from_yields(given, floor="mc", point=p, **settings)) for p in range(3)]
        np.testing.assert_allclose(objective.hard(given), wanted, rtol=1e-10)
        np.testing.assert_allclose(objective.gradient(given)[0], wanted, rtol=1e-10)


@pytest.mark.pyhf
@pytest.mark.parametrize("settings", SETTINGS[:3])
def test_numbers_are_those_of_pyhf(settings: dict[str, Any]) -> None:
    import pyhf

    given = varied_yields(5, bins=3, points=1)
    _, theirs = pyhf_model(CLs(**settings).model(given).to_workspace())
    optimizer = pyhf.optimize.scipy_optimizer(tolerance=1e-12)
    pyhf.set_backend("numpy", optimizer)
    try:
        start, bounds = theirs.config.suggested_init(), theirs.config.suggested_bounds()
        theta = np.array(start)
        theta[theirs.config.poi_index] = 0.0
        excluded = float(pyhf.infer.hypotest(1.0, theirs.expected_data(theta), theirs, start, bounds))
        theta[theirs.config.poi_index] = 1.0
        found = float(
            pyhf.infer.hypotest(0.0, theirs.expected_data(theta), theirs, start, bounds, test_stat="q0")
        )
    finally:
        pyhf.set_backend("numpy")
    # pyhf's fits are good to 1e-7 in the test statistic.
    assert CLs(**settings).hard(given)[0] == pytest.approx(excluded, rel=1e-5)
    assert DiscoveryP0(**settings).hard(given)[0] == pytest.approx(found, rel=1e-5)


def test_without_uncertainties_the_profiled_significance_is_that_of_counting() -> None:
    given = yields([[[9.0, 16.0]], [[2.0, 40.0]]], of=layout(roles=("signal", "background")))
    wanted = AsimovSignificance(mc_stat=False).hard(given)
    np.testing.assert_allclose(ProfileSignificance(mc_stat="none").hard(given), wanted, rtol=1e-9)


def test_an_uncertain_background_is_worse_for_all() -> None:
    given = yields([[[9.0, 16.0]]], 4.0, of=layout(roles=("signal", "background")))
    for better, worse in ((CLs(mc_stat="none"), CLs()), (UpperLimit(mc_stat="none"), UpperLimit())):
        assert better.hard(given)[0] < worse.hard(given)[0]
    assert ProfileSignificance(mc_stat="none").hard(given)[0] > ProfileSignificance().hard(given)[0]


def test_logarithms_do_not_underflow() -> None:
    given = yields([[[4000.0, 2500.0]]], of=layout(roles=("signal", "background")))
    assert DiscoveryP0(mc_stat="none").hard(given)[0] == 0.0
    value, cotangents = DiscoveryP0(log=True, mc_stat="none").gradient(given)
    z = ProfileSignificance(mc_stat="none").hard(given)[0]
    # log of the upper tail of a Gaussian, to second order in 1 / z^2
    assert value[0] == pytest.approx(-(z**2) / 2 - np.log(z * np.sqrt(2 * np.pi)) - 1 / z**2, rel=1e-6)
    assert np.isfinite(cotangents.sum_w).all()
    assert cotangents.sum_w[0, 0, 0, 0, 0] < 0


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: CLs(0.0), "a number above 0"),
        (lambda: UpperLimit(0.7), "between 0 and 0.5"),
        (lambda: UpperLimit(0.05, "q0"), "no such test statistic for limits"),  # type: ignore[arg-type]
        (lambda: DiscoveryP0(prune_significance=2.0), "not pruned while"),
    ],
)
def test_settings_that_cannot_be(make: Any, message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        make()


def one_bin(phi: float, sigma: float) -> Yields:
    """Thesis 7.1.1: s = 15 + phi, b = 45 - 2 phi, and an uncertainty of b."""
    return stats.yields_from_histograms(
        {"signal": [15 + phi], "background": [45 - 2 * phi]},
        signals=["signal"],
        errors={"background": [sigma]},
    )


@pytest.mark.parametrize(
    ("sigma", "slope", "phi", "p0"),
    [
        (lambda x: 0.5 + 0.1 * x**2, lambda x: 0.2 * x, 4.6352, 3.0757e-3),
        (lambda x: 1 + (x / 5) ** 2, lambda x: 2 * x / 25, 7.523, 9.5893e-4),
    ],
)
def test_thesis_one_bin_example_is_learned_from_anywhere(
    sigma: Any, slope: Any, phi: float, p0: float
) -> None:
    objective = DiscoveryP0(log=True, mc_stat="shapesys")

    def at(x: float) -> tuple[float, float]:
        given = one_bin(x, sigma(x))
        value, made = objective.gradient(given)
        by_variance = made.variance[0, 0, 1, 0, 0] * 2 * sigma(x) * slope(x)
        return value[0], made.sum_w[0, 0, 0, 0, 0] - 2 * made.sum_w[0, 0, 1, 0, 0] + by_variance

    low, high = -5.0, 10.0
    assert at(low)[1] < 0 < at(high)[1]
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if at(middle)[1] < 0 else (low, middle)
    assert low == pytest.approx(phi, abs=5e-4)  # minima of pyhf's p0; 4.636 in the notebook is one, rounded
    assert np.exp(at(low)[0]) == pytest.approx(p0, rel=1e-4)


def two_bins(up: float, down: float) -> Yields:
    """Thesis 7.5.1, as its text has it: signal and background, the latter moved between the bins."""
    moved = {"gamma": {"background": ([50 + up, 50 - up], [50 + down, 50 - down])}}
    return stats.yields_from_histograms(
        {"signal": [5, 11], "background": [50, 50]}, signals=["signal"], variations=moved
    )


def test_thesis_two_bin_landscape_has_the_true_minimum_on_its_line() -> None:
    cls, p0 = CLs(mc_stat="none"), DiscoveryP0(mc_stat="none")
    nothing, moved = two_bins(0, 0), two_bins(10, 10)
    assert cls.hard(nothing)[0] == pytest.approx(0.107956, abs=5e-7)
    assert p0.hard(nothing)[0] == pytest.approx(0.048812, abs=5e-7)
    # Fits that start at nominal stand on a saddle there, and find the number without any uncertainty.
    assert cls.hard(moved)[0] == pytest.approx(0.116714, abs=5e-7)
    # Where the constraint outweighs it there is one minimum, and no difference; beyond, both grow.
    line = [cls.hard(two_bins(u, u))[0] + p0.hard(two_bins(u, u))[0] for u in np.linspace(-20, 20, 21)]
    assert line[10] == pytest.approx(min(line), rel=1e-9)
    assert min(line[:9] + line[12:]) > line[10] * (1 + 1e-3)
