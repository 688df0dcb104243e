"""Fits, pulls, impacts and pruned models, against pyhf, linear algebra and fits done one by one."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from gradcut import stats
from gradcut.errors import DataError, DeclarationError
from gradcut.yields import Yields
from stats.obvious_likelihood import log_likelihood
from stats.pyhf_reference import pyhf_model
from stats.test_information import sized, two_bins
from stats.varied_yields import varied_yields


def fluctuated(model: stats.Model, seed: int) -> Any:
    return model.data(np.random.default_rng(seed).poisson(model.expected_data()[: model.n_bins]))


@pytest.mark.pyhf
@pytest.mark.parametrize("seed", range(4))
def test_fits_are_those_of_pyhf(seed: int) -> None:
    import pyhf

    model = sized(seed)
    _, theirs = pyhf_model(model.to_workspace(model.expected_data()[: model.n_bins]))
    data = fluctuated(model, seed)
    held = {name: 0.3 for name in model.parameters[:1] if seed % 2}
    found = stats.fit(model, data, fixed=held)
    assert found.status == "converged"
    start, fixed = theirs.config.suggested_init(), theirs.config.suggested_fixed()
    if held:
        start[0], fixed[0] = 0.3, True
    with pyhf_with_tight_tolerance(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wanted, value = pyhf.infer.mle.fit(
            data, theirs, init_pars=start, fixed_params=fixed, return_fitted_val=True
        )
    assert 2 * found.nll <= float(value) + 1e-9  # pyhf returns twice of it
    assert 2 * found.nll == pytest.approx(float(value), rel=1e-8)
    assert float(theirs.logpdf(found.values, data)[0]) == pytest.approx(-found.nll, rel=1e-10)
    np.testing.assert_allclose(found.values, wanted, atol=2e-3)


class pyhf_with_tight_tolerance:  # noqa: N801 - reads as what it does
    def __enter__(self) -> None:
        import pyhf

        self.before = pyhf.get_backend()
        pyhf.set_backend("numpy", pyhf.optimize.scipy_optimizer(tolerance=1e-12, maxiter=100000))

    def __exit__(self, *_: object) -> None:
        import pyhf

        pyhf.set_backend(*self.before)


class TestResult:
    def test_of_asimov_data_is_where_they_were_made(self) -> None:
        model = two_bins(5, -3)
        data = model.asimov(2.0, JES=0.5)
        found = stats.fit(model, data)
        np.testing.assert_allclose(found.values, [0.5, 2.0], rtol=1e-8, atol=1e-9)
        assert found.nll == pytest.approx(-log_likelihood(model.plan, model.inputs, found.values, data))
        assert (found.value("mu"), found.uncertainty("mu")) == (found.values[1], found.uncertainties[1])
        np.testing.assert_allclose(np.diag(found.correlation), 1)
        size = found.uncertainties
        np.testing.assert_allclose(found.correlation * np.outer(size, size), found.covariance)
        assert (found.fixed, found.at_bound, found.at_kink, found.flags) == ((), (), (), ())
        assert "fit converged" in str(found)
        assert f"{found.uncertainty('mu'):.4g}" in str(found)

    def test_bounds_and_fixed_parameters_are_said(self) -> None:
        model = two_bins(5, -3)
        found = stats.fit(model, [40, 30], fixed={"JES": 0.25})
        assert (found.fixed, found.at_bound) == (("JES",), ("mu",))
        assert found.values.tolist() == [0.25, 0.0]
        assert not found.covariance.any()
        assert [line.split() for line in str(found).splitlines()[-2:]] == [
            ["JES", "0.25", "fixed"],
            ["mu", "0", "at", "its", "bound"],
        ]

    def test_what_is_no_minimum_says_so(self) -> None:
        model = stats.Model(
            (
                stats.Channel(
                    "SR", (stats.Sample("signal", np.zeros(1), (stats.Modifier("normfactor", "mu"),)),)
                ),
            ),
            "mu",
        )
        found = stats.fit(model, [3.0])
        assert found.status == "impossible"
        assert not found.is_minimum
        assert "no minimum" in str(found)
        assert np.isnan(found.uncertainty("mu"))
        with pytest.raises(DataError, match=r"impossible(.|\n)*none are expected"):
            stats.pulls(model, [3.0])

    def test_what_is_not_determined_is_flat(self) -> None:
        twice = (stats.Modifier("normfactor", "mu"), stats.Modifier("normfactor", "k"))
        model = stats.Model((stats.Channel("SR", (stats.Sample("signal", np.array([5.0]), twice),)),), "mu")
        found = stats.fit(model, [6.0])
        assert found.status == "flat"
        assert found.is_minimum
        assert found.value("mu") * found.value("k") == pytest.approx(1.2)
        assert np.isnan(found.uncertainties).all()
        assert stats.fit(model, [6.0], fixed={"k": 1}).uncertainty("mu") == pytest.approx(np.sqrt(6) / 5)

    def test_a_kink_that_holds_a_parameter(self) -> None:
        # Both sides of it have more in the first bin and less in the second one, the data the opposite.
        model = two_bins(8, 8, interpolation={"histosys": "code0"})
        data = [48.0, 66.0]
        found = stats.fit(model, data)
        assert (found.status, found.value("JES"), found.at_kink) == ("converged", 0, ("JES",))
        assert "at a kink" in found.flags
        assert str(found).splitlines()[-2].split()[2:] == ["at", "a", "kink"]
        assert found.uncertainty("mu") > 0
        with pytest.raises(DataError, match="no Fisher information at a kink"):
            stats.sigma_mu(model, data=data)

    def test_what_is_given_wrongly(self) -> None:
        model = two_bins()
        for arguments, message in (
            ({"fixed": {"JER": 0}}, r"no parameter is called 'JER'(.|\n)*JES"),
            ({"start": [1.0]}, "one value per parameter"),
            ({"start": {"mu": [1.0, 2.0]}}, "another number of values"),
        ):
            with pytest.raises(DeclarationError, match=message):
                stats.fit(model, **arguments)
        with pytest.raises(DataError, match="do not fit the bins"):
            stats.fit(model, [1.0, 2.0, 3.0, 4.0])
        with pytest.raises(DataError, match="not negative"):
            stats.fit(model, [1.0, -2.0, 0.0])
        with pytest.raises(DataError, match=r"not finite(.|\n)*mu"):
            model.expected_data({"mu": np.nan})

    def test_asimov_data_with_nuisances_fitted(self) -> None:
        model = two_bins(5, -3)
        data = [60.0, 48.0]
        under = stats.fit(model, data, fixed={"mu": 0.0})
        assert abs(under.value("JES")) > 0.1
        np.testing.assert_allclose(
            model.asimov(0.0, data=data), model.expected_data(under.values), rtol=1e-12
        )
        np.testing.assert_allclose(model.asimov(0.0), [50, 50, 0])


class TestPulls:
    def test_on_asimov_data_they_are_zero(self) -> None:
        model = stats.Model.from_yields(varied_yields(1, bins=3), mc_stat="shapesys", lumi_uncertainty=0.02)
        found = stats.pulls(model, model.asimov(1.0))
        assert len(found) == len(model.plan.constraints)
        size = np.sqrt(np.diag(stats.covariance(model)))
        for one in found:
            assert one.pull == pytest.approx(0, abs=1e-6)
            assert 0 < one.constraint <= 1 + 1e-9
        assert found["JES"].constraint == pytest.approx(size[model.parameters.index("JES")], rel=1e-6)

    def test_they_are_distances_from_the_auxiliary_measurements(self) -> None:
        model = stats.Model.from_yields(varied_yields(1, bins=3), mc_stat="shapesys", lumi_uncertainty=0.02)
        data = fluctuated(model, 3)
        fitted, found = stats.fit(model, data), stats.pulls(model, data)
        assert found["lumi"].pull == pytest.approx((fitted.value("lumi") - 1) / 0.02)
        assert found["lumi"].constraint == pytest.approx(fitted.uncertainty("lumi") / 0.02)
        assert found["JES"].pull == pytest.approx(fitted.value("JES"))
        name = next(one.name for one in found if one.name.startswith("mc_"))
        tau = next(model.inputs[at] for _, p, at in model.plan.constraints if model.parameters[p] == name)
        assert found[name].pull == pytest.approx((fitted.value(name) - 1) * np.sqrt(tau))
        moved = data.copy()
        moved[model.n_bins + [one.name for one in found].index("JES")] = 0.7
        again = stats.pulls(model, moved)["JES"]
        assert again.pull == pytest.approx(stats.fit(model, moved).value("JES") - 0.7)
        assert "JES" in str(found)


class TestImpacts:
    def test_they_are_fits_with_a_nuisance_held(self) -> None:
        model = two_bins(5, -3)
        data = [57.0, 60.0]
        fitted = stats.fit(model, data)
        found = stats.impacts(model, data)
        assert [one.name for one in found] == ["JES"]
        row, size = found["JES"], fitted.uncertainty("JES")
        for change, step in ((row.up, size), (row.down, -size), (row.up_before, 1), (row.down_before, -1)):
            held = stats.fit(model, data, fixed={"JES": fitted.value("JES") + step})
            assert change == pytest.approx(held.value("mu") - fitted.value("mu"), rel=1e-6)
        assert found.value == fitted.value("mu")

    def test_small_ones_are_correlations_and_large_ones_come_first(self) -> None:
        given = varied_yields(1, bins=3)
        nominal = given.moments.sum_w[:, :, :, :1]
        small = nominal + 0.1 * (given.moments.sum_w - nominal)
        model = stats.Model.from_yields(Yields(given.layout, given.moments._replace(sum_w=small)))
        data = model.asimov(1.0)
        found, fitted = stats.impacts(model, data), stats.fit(model, data)
        sizes = [one.size for one in found]
        assert sizes == sorted(sizes, reverse=True)
        for one in found:
            i, poi = model.parameters.index(one.name), model.poi_index
            slope = fitted.covariance[i, poi] / fitted.uncertainties[i]
            assert (one.up - one.down) / 2 == pytest.approx(slope, rel=0.1, abs=0.001)
        lines = str(found).splitlines()
        assert lines[4].startswith(found.rows[0].name)

    def test_of_another_parameter(self) -> None:
        model = two_bins(5, -3)
        assert len(stats.impacts(model, [57.0, 60.0], poi="JES")) == 0
        with pytest.raises(DeclarationError, match="one parameter is asked for"):
            stats.impacts(stats.Model.from_yields(varied_yields(1, bins=2)), poi="staterror_SR")


class TestPruned:
    def test_ranks_are_those_of_models_without_each(self) -> None:
        model = stats.Model.from_yields(varied_yields(1, bins=3))
        before = stats.sigma_mu(model)
        ranked = stats.ranked_nuisances(model)
        assert {one.name for one in ranked} == {m.name for m in model.parameter_sets} - {"mu"}
        assert [one.effect for one in ranked] == sorted((one.effect for one in ranked), reverse=True)
        for one in ranked:
            held = stats.sigma_mu(model, fixed=nominal_of(model, one.name))
            assert one.sigma_without == pytest.approx(held, rel=1e-9)
            assert one.effect == pytest.approx(1 - one.sigma_without / before, rel=1e-9)

    def test_dropped_ones_change_less_than_asked(self) -> None:
        model = stats.Model.from_yields(varied_yields(1, bins=3))
        none, few, all_ = model.pruned(0.0), model.pruned(0.05), model.pruned(0.99)
        assert none.model.parameters == model.parameters
        assert 0 < len(few.dropped) < len(all_.dropped)
        assert all_.model.parameters == ("mu",)
        for made in (none, few, all_):
            assert made.sigma_before == stats.sigma_mu(model)
            assert made.sigma_after == stats.sigma_mu(made.model)
        assert 1 - few.sigma_after / few.sigma_before <= 0.05
        # As much as goes: the next one would be too much.
        ranked = [one.name for one in stats.ranked_nuisances(model)][::-1]
        assert ranked[: len(few.dropped)] == list(few.dropped)
        more = {
            name: value
            for one in ranked[: len(few.dropped) + 1]
            for name, value in nominal_of(model, one).items()
        }
        assert 1 - stats.sigma_mu(model, fixed=more) / few.sigma_before > 0.05
        assert f"{len(few.dropped)} nuisances dropped" in str(few)
        stats.Model.from_workspace(few.model.to_workspace())

    def test_the_rest_still_follows_yields(self) -> None:
        given = varied_yields(1, bins=3)
        for settings in ({"variations": "split"}, {"mc_stat": "shapesys"}, {"norm": "gaussian"}):
            made = stats.Model.from_yields(given, **settings).pruned(0.2)
            assert made.dropped
            to_inputs = made.model.yields_to_inputs
            assert to_inputs is not None
            np.testing.assert_allclose(to_inputs.inputs(given.moments)[0], made.model.inputs, rtol=1e-12)

    def test_a_tolerance_is_a_part(self) -> None:
        with pytest.raises(DeclarationError, match="part of sigma_mu"):
            two_bins().pruned(1.5)


def nominal_of(model: stats.Model, name: str) -> dict[str, float]:
    made = next(one for one in model.parameter_sets if one.name == name)
    return dict(zip(made.parameters, made.initial, strict=True))
