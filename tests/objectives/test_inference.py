"""Objectives made of the curvature of likelihoods, against numbers of models, pyhf and finite differences."""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gradcut import stats
from gradcut.errors import DataError, DeclarationError
from gradcut.objectives import (
    AsimovSignificance,
    Gaussianity,
    GeneralisedVariance,
    LikelihoodObjective,
    NuisanceConstraint,
    SignalStrengthUncertainty,
)
from gradcut.side_by_side import joined, joined_layout
from gradcut.stats.pruning import without
from gradcut.yields import Moments, Yields
from objectives.toy_yields import layout, tensors, yields
from stats.pyhf_reference import pyhf_model
from stats.varied_yields import moved, random_direction, varied_yields

#: Every way in which a number of the likelihood can depend on yields.
SETTINGS: list[dict[str, Any]] = [
    {},
    {"mc_stat": "shapesys"},
    {"variations": "split", "lumi_uncertainty": 0.02, "norm": "gaussian", "mc_stat_of": "all"},
    {"vectors": {"pdf": "separate"}, "free": {"k": ["p2"]}, "interpolation": {"histosys": "code2"}},
]
#: Class, the settings of its own, and the same number of a model.
KINDS: list[tuple[type[LikelihoodObjective], dict[str, Any], Any]] = [
    (SignalStrengthUncertainty, {}, stats.sigma_mu),
    (GeneralisedVariance, {}, stats.generalised_variance),
    (
        NuisanceConstraint,
        {"names": ["JES", "p1_norm"]},
        lambda model: stats.nuisance_constraint(model, ["JES", "p1_norm"]),
    ),
    (Gaussianity, {}, stats.gaussianity),
]


def check_along(objective: LikelihoodObjective, given: Yields, seed: int, *, step: float = 2e-5) -> None:
    """The derivative along a direction in all moments, by differences of fourth order."""
    value, cotangents = objective.gradient(given)
    assert np.isfinite(value).all()
    direction = random_direction(given, seed)
    wanted = sum((c * d).sum((1, 2, 3, 4)) for c, d in zip(cotangents, direction, strict=True))

    def at(h: float) -> Any:
        return objective.gradient(Yields(given.layout, moved(given, direction, h)))[0]

    slope = (8 * (at(step) - at(-step)) - (at(2 * step) - at(-2 * step))) / (12 * step)
    np.testing.assert_allclose(wanted, slope, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(("kind", "own", "number"), KINDS)
@pytest.mark.parametrize("settings", SETTINGS)
class TestAllKinds:
    @pytest.mark.parametrize("seed", [0, 3])
    def test_gradients_are_those_of_finite_differences(
        self, kind: Any, own: dict[str, Any], number: Any, settings: dict[str, Any], seed: int
    ) -> None:
        check_along(kind(**own, **settings), varied_yields(seed, bins=3), seed)

    def test_values_are_those_of_models_of_the_yields(
        self, kind: Any, own: dict[str, Any], number: Any, settings: dict[str, Any]
    ) -> None:
        given = varied_yields(3, bins=4)
        objective = kind(**own, **settings)
        models = [stats.Model.from_yields(given, floor="mc", point=p, **settings) for p in range(3)]
        wanted = [number(model) for model in models]
        np.testing.assert_allclose(objective.hard(given), wanted, rtol=1e-11)
        np.testing.assert_allclose(objective.gradient(given)[0], wanted, rtol=1e-11)
        assert number(objective.model(given, 1)) == pytest.approx(wanted[1], rel=1e-11)


@pytest.mark.pyhf
@pytest.mark.parametrize("settings", SETTINGS[:3])
def test_sigma_mu_is_that_of_the_likelihood_of_pyhf(settings: dict[str, Any]) -> None:
    given = varied_yields(5, bins=3, points=1)
    objective = SignalStrengthUncertainty(**settings)
    _, theirs = pyhf_model(objective.model(given).to_workspace())
    theta = np.array(theirs.config.suggested_init())
    data = theirs.expected_data(theta)
    n = len(theta)

    def nll(at: Any) -> float:
        return -float(theirs.logpdf(at, data)[0])

    hessian, h = np.zeros((n, n)), 1e-3
    for i in range(n):
        for j in range(i + 1):
            corners = [(a, b) for a in (1, -1) for b in (1, -1)]
            ends = [nll(theta + h * (a * np.eye(n)[i] + b * np.eye(n)[j])) * a * b for a, b in corners]
            hessian[i, j] = hessian[j, i] = sum(ends) / (4 * h * h)
    poi = theirs.config.poi_index
    assert objective.hard(given)[0] == pytest.approx(np.sqrt(np.linalg.inv(hessian)[poi, poi]), rel=1e-5)


@pytest.mark.parametrize("options", [{}, {"variations": "split"}, {"variations": "split", "smooth": 1.0}])
def test_bins_side_by_side_are_those_of_their_channels(options: dict[str, Any]) -> None:
    given = varied_yields(2, bins=3)
    one = replace(given.layout, bins=("all",), bin_shape=())
    parts = [given]
    whole = joined(joined_layout(one, [given.layout]), parts)
    objective = SignalStrengthUncertainty(**options)
    assert len(whole.layout.channels) == 6
    np.testing.assert_allclose(objective.hard(whole), objective.hard(given), rtol=1e-12)


def test_more_uncertainty_is_worse_and_without_any_it_is_that_of_counting() -> None:
    of = layout(roles=("signal", "background"))
    given = yields([[[9.0, 16.0]]], of=of)
    least = SignalStrengthUncertainty(mc_stat="none").hard(given)[0]
    assert least == pytest.approx(np.sqrt(25.0) / 9, rel=1e-12)
    uncertain = replace(of, norm_uncertainty=(0.0, 0.2))
    with_norm = SignalStrengthUncertainty(mc_stat="none", norm="gaussian").hard(
        yields([[[9.0, 16.0]]], of=uncertain)
    )
    # One bin: variances add.
    assert with_norm[0] == pytest.approx(np.sqrt(25.0 + (0.2 * 16) ** 2) / 9, rel=1e-12)


def test_where_nothing_is_left_hard_values_are_the_worst_and_soft_ones_finite() -> None:
    of = layout(roles=("signal", "background"), bins=("a", "b"))
    w = np.array(
        [[[[[5.0, 1.0]], [[10.0, 3.0]]]], [[[[0.0, 0.0]], [[10.0, 3.0]]]], [[[[5.0, 1.0]], [[0.0, -2.0]]]]]
    )
    given = yields(w, 0.01, of=of)
    objective = SignalStrengthUncertainty()
    hard = objective.hard(given)
    assert np.isfinite(hard[[0, 2]]).all()
    assert hard[1] == np.inf
    value, cotangents = objective.gradient(given)
    assert np.isfinite(value).all()
    assert all(np.isfinite(c).all() for c in cotangents)
    # The background of which none is left is known as badly as MC knows it: raised to 1.15 weights.
    raised = yields(np.maximum(w, 1.1479 * 0.1), 0.01, of=of)
    assert hard[2] == pytest.approx(objective.hard(raised)[2], rel=1e-12)
    with pytest.raises(DataError, match="no signal is left"):
        objective.check_final(given.at(1))
    objective.check_final(given.at(0))


def test_torch_sees_the_same_numbers() -> None:
    pytest.importorskip("torch")
    given = varied_yields(3, bins=2)
    objective = SignalStrengthUncertainty()
    in_torch = tensors(given, gradient=True)
    soft = objective.soft(in_torch)
    soft.sum().backward()
    value, cotangents = objective.gradient(given)
    np.testing.assert_allclose(soft.detach().numpy(), value, rtol=1e-14)
    for moment, wanted in zip(in_torch.moments, cotangents, strict=True):
        np.testing.assert_allclose(moment.grad.numpy(), wanted, rtol=1e-14)


def test_copies_give_the_same_and_layouts_do_not_mix() -> None:
    objective = SignalStrengthUncertainty()
    small, large = varied_yields(3, bins=2), varied_yields(3, bins=4)
    first = objective.hard(small)
    assert objective.hard(large).shape == (3,)
    np.testing.assert_array_equal(objective.hard(small), first)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(objective)).hard(small), first)
    # The mean weight of a process says where its floor is.
    heavy = replace(small.layout, mean_weight=100 * small.layout.mean_weight)
    assert (objective.hard(Yields(heavy, small.moments)) > first).all()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"prune_significance": 1.0}, "not pruned while"),
        ({"floors": 3}, r"no option is called 'floors'(.|\n)*floor"),
        ({"options": stats.TemplateOptions(), "floor": 0.1}, "not both"),
        ({"mc_stat": "no"}, "mc_stat"),
        ({"prune": 1.0}, "part of sigma_mu"),
    ],
)
def test_settings_that_cannot_be(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        SignalStrengthUncertainty(**settings)


def test_what_samples_lack_is_said() -> None:
    objective = SignalStrengthUncertainty()
    with pytest.raises(DeclarationError, match="needs a signal"):
        objective.check(layout(roles=("background", "background")))
    kinked = SignalStrengthUncertainty(interpolation={"histosys": "code0"})
    with pytest.raises(DeclarationError, match=r"kink(.|\n)*code0(.|\n)*code4p"):
        kinked.check(varied_yields(0, bins=2).layout)
    kinked.check(layout())  # nothing is interpolated there
    with pytest.raises(DeclarationError, match="adds over bins"):
        objective.check_additive("the exact method")


def test_it_adds_to_others_with_a_sign() -> None:
    given = yields([[[9.0, 16.0, 2.0]]], 0.1)
    both = AsimovSignificance() - 2 * SignalStrengthUncertainty()
    assert both.name == "Z - 2 sigma_mu"
    wanted = AsimovSignificance().hard(given) - 2 * SignalStrengthUncertainty().hard(given)
    np.testing.assert_allclose(both.hard(given), wanted, rtol=1e-14)


def test_many_hard_points_are_as_few() -> None:
    given = varied_yields(3, bins=1, points=600)
    for objective in (SignalStrengthUncertainty(), Gaussianity(mc_stat="none")):
        together = objective.hard(given)
        assert together.shape == (600,)
        for point in (0, 255, 256, 599):
            assert together[point] == pytest.approx(objective.hard(given.at(point))[0], rel=1e-12)


def test_moments_of_other_precision_are_taken() -> None:
    given = varied_yields(3, bins=2)
    rounded = Yields(given.layout, Moments(*(m.astype(np.float32) for m in given.moments)))
    objective = SignalStrengthUncertainty()
    np.testing.assert_allclose(objective.hard(rounded), objective.hard(given), rtol=1e-5)


class TestPruning:
    """Nuisances that matter are found at the first points of a fit."""

    def test_small_ones_are_left_out_while_learning(self) -> None:
        given = varied_yields(3, bins=3, points=2)
        full = SignalStrengthUncertainty()
        objective = SignalStrengthUncertainty(prune=0.05)
        value, _ = objective.gradient(given)
        wanted = full.hard(given)
        assert (value < wanted).all()
        assert (value > 0.95 * wanted).all()
        np.testing.assert_array_equal(objective.hard(given), wanted)
        # What it is without them is what pyhf's way of leaving them out gives: modifiers that are not there.
        found = objective.learned_with(given.layout)
        assert found is not None
        dropped = {m.name for m in full.model(given).parameter_sets} - {m.name for m in found.parameter_sets}
        assert dropped
        for point in range(2):
            model = without(full.model(given, point), dropped)
            assert stats.sigma_mu(model) == pytest.approx(value[point], rel=1e-12)
        check_along(objective, given, 1)

    def test_a_fit_keeps_its_choice_and_another_makes_its_own(self) -> None:
        given = varied_yields(3, bins=3, points=1)
        objective = SignalStrengthUncertainty(prune=0.05)
        objective.gradient(given)
        first = objective.learned_with(given.layout)
        scaled = given.moments.sum_w.copy()
        scaled[:, :, 1:] *= 0.01
        moved = Moments(given.moments.entries, scaled, given.moments.variance)
        objective.gradient(Yields(given.layout, moved))
        assert objective.learned_with(given.layout) is first
        other = replace(given.layout)
        objective.gradient(Yields(other, moved))
        second = objective.learned_with(other)
        assert first is not None
        assert second is not None
        assert first.parameters != second.parameters

    def test_what_the_number_is_about_stays(self) -> None:
        given = varied_yields(3, bins=3, points=1)
        objective = NuisanceConstraint(["SOFT"], prune=0.9)
        objective.gradient(given)
        model = objective.learned_with(given.layout)
        assert model is not None
        assert [m.name for m in model.parameter_sets] == ["SOFT", "mu"]
