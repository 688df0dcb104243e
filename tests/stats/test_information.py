"""Numbers made of the curvature of likelihoods: thesis 7.5, slow loops, pyhf, finite differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from contracts.random_plans import slopes
from gradcut import stats
from gradcut.errors import DataError, DeclarationError
from gradcut.stats.compiled_fit import FitBox
from gradcut.stats.curvature import Slopes, over_constraint, sigma, volume, with_slopes
from gradcut.stats.gaussianity import distance_from_normal
from gradcut.stats.optima import Optima
from stats.obvious_likelihood import expected_data, log_likelihood
from stats.random_models import random_data, random_workspace


def two_bins(u: float = 0.0, d: float = 0.0, **more: Any) -> stats.Model:
    """The model of thesis 7.5.1."""
    data = {"hi_data": [50 + u, 50 - u], "lo_data": [50 + d, 50 - d]}
    modifiers = {
        "signal": [{"name": "mu", "type": "normfactor", "data": None}],
        "background": [{"name": "JES", "type": "histosys", "data": data}],
    }
    samples = [
        {"name": name, "data": nominal, "modifiers": modifiers[name]}
        for name, nominal in (("signal", [5.0, 11.0]), ("background", [50.0, 50.0]))
    ]
    workspace = {
        "channels": [{"name": "SR", "samples": samples}],
        "observations": [{"name": "SR", "data": [55.0, 61.0]}],
        "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}],
        "version": "1.0.0",
    }
    return stats.Model.from_workspace(workspace, **more)


def slow_hessian(model: stats.Model, theta: Any, data: Any) -> Any:
    """By differences of the slow likelihood."""
    n, h = len(theta), 2e-3
    made = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1):
            for a, b in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
                at = np.array(theta, dtype=float)
                at[i] += a * h
                at[j] += b * h
                made[i, j] -= a * b * log_likelihood(model.plan, model.inputs, at, data) / (4 * h * h)
            made[j, i] = made[i, j]
    return made


def sized(seed: int) -> stats.Model:
    """A random model with a signal and few parameters."""
    for k in range(100):
        model = stats.Model.from_workspace(random_workspace(1000 * seed + k, max_parameters=14, max_bins=8))
        expected = expected_data(model.plan, model.inputs, model.initial)[: model.n_bins]
        optimum = Optima.of_asimov(model.likelihood, model.inputs, model.initial, model.fixed)
        if len(model.parameters) > 3 and (expected > 1).all() and optimum.covariances()[1].all():
            return model
    raise AssertionError


class TestLandscape:
    """The point without uncertainty: numbers by hand."""

    def test_numbers(self) -> None:
        model = two_bins()
        information = 25 / 55 + 121 / 61
        assert stats.sigma_mu(model) == pytest.approx(information**-0.5, rel=1e-12)
        assert stats.sigma_mu(model) == pytest.approx(0.640427, abs=5e-7)
        assert stats.generalised_variance(model) == pytest.approx(0.410147, abs=5e-7)
        np.testing.assert_allclose(stats.fisher_information(model), np.diag([1.0, information]), rtol=1e-12)
        assert stats.nuisance_constraint(model, ["JES"]) == pytest.approx(0, abs=1e-12)

    def test_gaussianity_is_the_mean_over_the_normal_distribution(self) -> None:
        x = np.random.default_rng(1).normal(size=400_000)
        s, b = np.array([5.0, 11.0]), np.array([50.0, 50.0])
        size = (25 / 55 + 121 / 61) ** -0.5
        nu = s * (1 + size * x[:, None]) + b
        d = (nu - s - b - (s + b) * np.log(nu / (s + b))).sum(1) - x**2 / 2
        wanted = d**2 / (1 + d**2 / 100)
        assert stats.gaussianity(two_bins()) == pytest.approx(
            wanted.mean(), abs=4 * wanted.std() / np.sqrt(len(x))
        )

    def test_where_up_is_down_only_gaussianity_sees_how_large_it_is(self) -> None:
        near, far = two_bins(), two_bins(10, 10)
        assert stats.sigma_mu(far) == pytest.approx(stats.sigma_mu(near), rel=1e-12)
        assert stats.generalised_variance(far) == pytest.approx(stats.generalised_variance(near), rel=1e-12)
        assert stats.gaussianity(far) > 50 * stats.gaussianity(near)

    def test_a_signal_of_another_strength(self) -> None:
        found = stats.sigma_mu(two_bins(), parameters={"mu": 0})
        assert found == pytest.approx((146 / 50) ** -0.5, rel=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_information_is_that_of_the_slow_likelihood(seed: int) -> None:
    model = sized(seed)
    theta = model.initial + 0.05 * np.random.default_rng(seed).normal(size=len(model.initial))
    theta[model.fixed] = model.initial[model.fixed]
    theta = np.clip(theta, *model.bounds.T)
    data = expected_data(model.plan, model.inputs, theta)
    wanted = slow_hessian(model, theta, data)
    np.testing.assert_allclose(
        stats.fisher_information(model, theta), wanted, rtol=1e-3, atol=1e-4 * np.abs(wanted).max()
    )


@pytest.mark.parametrize("seed", range(3))
def test_covariance_of_a_fit(seed: int) -> None:
    model = sized(seed)
    data = random_data(seed, model, expected_data(model.plan, model.inputs, model.initial))
    fitted = stats.fit(model, data)
    assert fitted.status == "converged"
    free = [i for i, name in enumerate(model.parameters) if name not in fitted.fixed + fitted.at_bound]
    hessian = slow_hessian(model, fitted.values, data)[np.ix_(free, free)]
    found = stats.covariance(model, data=data)
    np.testing.assert_allclose(found, fitted.covariance, rtol=1e-12)
    assert not np.delete(found, free, axis=0).any()
    size = np.sqrt(np.diag(np.linalg.inv(hessian)))
    np.testing.assert_allclose(fitted.uncertainties[free], size, rtol=1e-3)


def numbers(model: stats.Model) -> dict[str, Any]:
    constrained = [int(p) for _, p, _ in model.plan.constraints if not model.fixed[p]]
    return {
        "sigma": sigma(model.poi_index or 0),
        "volume": volume,
        "constraint": over_constraint(constrained[:3]),
        "gaussianity": distance_from_normal,
    }


@pytest.mark.parametrize("name", ["sigma", "volume", "constraint", "gaussianity"])
@pytest.mark.parametrize("seed", range(3))
class TestSlopes:
    """Derivatives in all numbers of a model, against finite differences of everything done again."""

    def compare(self, found: Slopes, number: Any, inputs: Any, data: Any = None) -> None:
        wanted = slopes(lambda x: number(x, data), inputs, 1e-4)
        tolerance = {"rtol": 1e-6, "atol": 2e-6 * np.abs(wanted).max()}
        np.testing.assert_allclose(found.d_inputs[0], wanted, **tolerance)
        if data is not None:
            wanted = slopes(lambda x: number(inputs, x), data, 1e-4)
            np.testing.assert_allclose(found.d_data[0], wanted, rtol=1e-6, atol=2e-6 * np.abs(wanted).max())

    def test_of_asimov_data(self, name: str, seed: int) -> None:
        model = sized(seed)
        number = numbers(model)[name]

        def at(inputs: Any) -> Slopes:
            return with_slopes(Optima.of_asimov(model.likelihood, inputs, model.initial, model.fixed), number)

        found = at(model.inputs)
        assert not found.d_data.any()
        self.compare(found, lambda x, _: float(at(x).value[0]), model.inputs)

    def test_of_fluctuated_data_with_bounds(self, name: str, seed: int) -> None:
        model = sized(seed)
        number = numbers(model)[name]
        expected = expected_data(model.plan, model.inputs, model.initial)
        data = random_data(seed, model, expected)
        free = Optima.of_data(
            model.likelihood, model.inputs, data, FitBox(model.initial, model.bounds, model.fixed)
        )
        # A bound in the way of one nuisance, by half a standard deviation.
        last = next(int(p) for _, p, _ in model.plan.constraints[::-1] if not free.fits.active[0, p])
        bounds = model.bounds.copy()
        size = np.sqrt(free.covariances()[0][0, last, last])
        bounds[last, 1] = free.fits.theta[0, last] - 0.5 * size
        start = np.clip(model.initial, *bounds.T)
        box = FitBox(start, bounds, model.fixed)

        def at(inputs: Any, data: Any) -> Slopes:
            optima = Optima.of_data(model.likelihood, inputs, data, box)
            assert optima.fits.active[0, last]
            return with_slopes(optima, number)

        found = at(model.inputs, data)
        if np.isfinite(found.value[0]):
            self.compare(found, lambda x, n: float(at(x, n).value[0]), model.inputs, data)
        else:  # data below all background: the signal strength is at its bound, and has no width
            assert name == "sigma"


def test_many_models_at_once_are_as_one_by_one() -> None:
    model = two_bins(5, -3)
    rng = np.random.default_rng(3)
    inputs = model.inputs * rng.uniform(0.9, 1.1, (5, len(model.inputs)))
    inputs[2, :2] = inputs[2, 2:4] = 0  # nothing left
    for number in numbers(model).values():
        together = with_slopes(Optima.of_asimov(model.likelihood, inputs, model.initial, model.fixed), number)
        assert (np.isfinite(together.value) == (np.arange(5) != 2)).all()
        assert not together.d_inputs[2].any()
        for i in (0, 1, 3, 4):
            one = Optima.of_asimov(model.likelihood, inputs[i], model.initial, model.fixed)
            alone = with_slopes(one, number)
            np.testing.assert_allclose(together.value[i], alone.value[0], rtol=1e-13)
            np.testing.assert_allclose(together.d_inputs[i], alone.d_inputs[0], rtol=1e-11, atol=1e-14)


class TestRefusals:
    def test_kinks(self) -> None:
        mirrored = two_bins(5, -5, interpolation={"histosys": "code0"})  # on one line: no kink
        assert stats.sigma_mu(mirrored) == pytest.approx(stats.sigma_mu(two_bins(5, -5)), rel=1e-12)
        kinked = two_bins(5, -2, interpolation={"histosys": "code0"})
        with pytest.raises(DataError, match=r"no Fisher information at a kink(.|\n)*'JES' at 0(.|\n)*code4p"):
            stats.sigma_mu(kinked)
        stats.fisher_information(kinked, {"JES": 0.3})
        assert stats.sigma_mu(kinked, fixed={"JES": 0}) == pytest.approx(stats.sigma_mu(two_bins()))

    def test_what_is_not_determined(self) -> None:
        model = two_bins().with_observations([50, 50])
        with pytest.raises(DataError, match=r"uncertainty does not exist(.|\n)*bound"):
            stats.sigma_mu(model, data=[40.0, 30.0])  # mu is at its lower bound
        with pytest.raises(DataError, match=r"covariance does not exist(.|\n)*does not change"):
            stats.covariance(without_signal())
        assert stats.covariance(without_signal(), fixed={"mu": 1})[0, 0] == pytest.approx(1)

    @pytest.mark.parametrize(
        ("names", "message"),
        [
            (["mu"], "has a constraint"),
            (["JER"], r"no parameter is called 'JER'(.|\n)*JES"),
            ("JES", "in a list"),
            ([], "are named"),
            (["JES", "JES"], "different"),
        ],
    )
    def test_names(self, names: Any, message: str) -> None:
        with pytest.raises(DeclarationError, match=message):
            stats.nuisance_constraint(two_bins(), names)

    def test_no_parameter_of_interest(self) -> None:
        model = two_bins().with_poi(None)
        with pytest.raises(DeclarationError, match="no parameter of interest"):
            stats.sigma_mu(model)
        assert stats.sigma_mu(model, poi="mu") == stats.sigma_mu(two_bins())


def without_signal() -> stats.Model:
    channel = two_bins().channels[0]
    samples = tuple(
        stats.Sample(s.name, np.zeros(2) if s.name == "signal" else s.nominal, s.modifiers)
        for s in channel.samples
    )
    return stats.Model((stats.Channel("SR", samples),), "mu")
