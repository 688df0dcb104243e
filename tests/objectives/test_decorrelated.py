"""Sculpting of the mass: against slow loops, and what a fit may meet."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gradcut.errors import DeclarationError
from gradcut.objectives import AsimovSignificance, Decorrelated, EfficiencyLoss, Objective, SignalEfficiency
from gradcut.yields import Moments, Yields
from objectives.differences import check_gradient
from objectives.toy_yields import layout, yields

Z = AsimovSignificance(0.1)


def product_layout(
    shape: tuple[int, ...], *, mean_weight: float = 0.1, channels: tuple[str, ...] = ("a", "b")
) -> Any:
    labels = tuple(".".join(map(str, at)) for at in np.ndindex(*shape))
    return replace(layout(channels=channels, bins=labels, mean_weight=mean_weight), bin_shape=shape)


def toy(seed: int, shape: tuple[int, ...] = (3, 4), *, mean_weight: float = 0.1, points: int = 3) -> Yields:
    of = product_layout(shape, mean_weight=mean_weight)
    rng = np.random.default_rng(seed)
    w = rng.uniform(1, 30, (points, 2, 3, 1, math.prod(shape)))
    return yields(w, rng.uniform(0.1, 2, w.shape), of=of)


def slow_divergence(p: Any, q: Any) -> float:
    total = 0.0
    for a, b in zip(p, q, strict=True):
        m = (a + b) / 2
        total += sum(x * math.log2(x / m) for x in (a, b) if x > 0) / 2
    return total


@pytest.mark.parametrize("bins", ["share", "equal"])
def test_sculpting_is_the_mean_divergence_of_the_bins(bins: Any) -> None:
    given = toy(1, mean_weight=0.0)
    objective = Decorrelated(Z, weight=2, bins=bins)
    b = given.moments.sum_w[:, :, 1:, 0].sum(2).reshape(3, 2, 3, 4)
    for p in range(3):
        want = 0.0
        for c, k in np.ndindex(2, 3):
            q = b[p, c].sum(0) / b[p, c].sum()
            one = slow_divergence(b[p, c, k] / b[p, c, k].sum(), q)
            assert objective.sculpting_of_bins(given)[p, c, k] == pytest.approx(one)
            want += one * (b[p, c, k].sum() / b[p].sum() if bins == "share" else 1 / 6)
        assert objective.sculpting(given)[p] == pytest.approx(want)
    summed = yields(
        given.moments.sum_w.reshape(3, 2, 3, 1, 3, 4).sum(-1),
        given.moments.variance.reshape(3, 2, 3, 1, 3, 4).sum(-1),
        of=layout(channels=("a", "b"), bins=("0", "1", "2"), mean_weight=0.0),
    )
    assert objective.hard(given) == pytest.approx(Z.hard(summed) - 2 * objective.sculpting(given))


@pytest.mark.parametrize("axis", [0, 1, -1, -3])
def test_the_axis_may_be_any_of_a_product(axis: int) -> None:
    shape = (3, 4, 2)
    given = toy(3, shape)
    last = Decorrelated(Z, weight=5)
    moved = [np.moveaxis(m.reshape(3, 2, 3, 1, *shape), 4 + axis % 3, -1) for m in given.moments]
    of = product_layout(moved[0].shape[4:])
    turned = Yields(of, Moments(*(m.reshape(3, 2, 3, 1, -1) for m in moved)))
    objective = Decorrelated(Z, weight=5, axis=axis)
    assert objective.hard(given) == pytest.approx(last.hard(turned))
    for got, want in zip(objective.gradient(given)[1], last.gradient(turned)[1], strict=True):
        along = np.moveaxis(got.reshape(3, 2, 3, 1, *shape), 4 + axis % 3, -1)
        assert along.reshape(want.shape) == pytest.approx(want)


@pytest.mark.parametrize(
    "objective",
    [
        Decorrelated(Z, weight=10),
        Decorrelated(Z, weight=10, bins="equal", axis=0),
        Decorrelated(EfficiencyLoss(0.5, alpha=0), weight=3),
    ],
    ids=repr,
)
def test_derivatives_equal_finite_differences(objective: Objective) -> None:
    given = toy(4, (2, 3))
    objective.check(given.layout)
    assert objective.gradient(given)[0] == pytest.approx(objective.hard(given))
    check_gradient(objective.gradient, given)


def test_bins_of_one_shape_sculpt_nothing_and_bins_that_cut_the_mass_the_most() -> None:
    shape = np.full(4, 5.0)
    same = np.outer([1.0, 20.0], shape).reshape(-1)
    cut = np.array([shape * [1, 1, 0, 0], shape * [0, 0, 1, 1]]).reshape(-1)
    of = product_layout((2, 4), mean_weight=1e-12, channels=("a",))
    given = yields(np.array([same, cut])[:, None, None, None] * np.ones((1, 1, 3, 1, 1)), of=of)
    objective = Decorrelated(Z, weight=1)
    found = objective.sculpting(given)
    assert found[0] == pytest.approx(0, abs=1e-9)
    assert found[1] == pytest.approx(slow_divergence([0.5, 0.5, 0, 0], [0.25] * 4), rel=1e-6)
    assert objective.hard(given)[0] - objective.hard(given)[1] == pytest.approx(
        Z.hard(objective._axis.summed(given))[0] - Z.hard(objective._axis.summed(given))[1] + found[1]
    )


@pytest.mark.parametrize("bins", ["share", "equal"])
def test_empty_bins_and_negative_yields_are_no_shapes(bins: Any) -> None:
    given = toy(5, (3, 4))
    w = given.moments.sum_w
    w[0, :, 1:, 0, :4] = 0.0  # the first learned bin is empty
    w[1, 0, 1:, 0, 5] = -3.0
    w[2, 1, 1:] = 0.0  # a channel has run out
    objective = Decorrelated(SignalEfficiency(), weight=4, bins=bins)
    value, cotangents = objective.gradient(given)
    assert np.isfinite(value).all()
    assert all(np.isfinite(one).all() for one in cotangents)
    assert objective.sculpting_of_bins(given)[0, :, 0] == pytest.approx(0, abs=1e-12)
    assert objective.sculpting_of_bins(given)[2, 1] == pytest.approx(0, abs=1e-12)
    assert ((objective.sculpting(given) >= 0) & (objective.sculpting(given) <= 1)).all()


def test_few_events_have_less_of_a_shape_than_many() -> None:
    one_place = np.array([[0.0, 0.1, 0.0, 0.0], [500.0, 300.0, 100.0, 100.0]]).reshape(-1)
    given = yields(
        np.array([one_place, 100 * one_place])[:, None, None, None] * np.ones((1, 1, 3, 1, 1)),
        of=product_layout((2, 4), mean_weight=0.1, channels=("a",)),
    )
    few, many = Decorrelated(Z, weight=1).sculpting_of_bins(given)[:, 0, 0]
    assert few < 0.6 * many


def test_a_minimised_objective_pays_by_growing() -> None:
    given = toy(6)
    loss = EfficiencyLoss(0.5, alpha=0)
    objective = Decorrelated(loss, weight=2)
    assert objective.direction == "minimise"
    assert objective.name == "efficiency loss + 2 sculpting"
    assert (objective.hard(given) > loss.hard(objective._axis.summed(given))).all()
    assert objective.contributions(given) is None


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Decorrelated("Z", weight=1), "is an objective"),  # type: ignore[arg-type]
        (lambda: Decorrelated(Z, weight=0), "finite number above 0"),
        (lambda: Decorrelated(Z, weight=1, bins="all"), r"unknown weighting(.|\n)*'equal'"),  # type: ignore[arg-type]
        (lambda: Decorrelated(Z, weight=1, axis="mass"), "is a position"),  # type: ignore[arg-type]
        (lambda: Decorrelated(EfficiencyLoss(0.5), weight=1), r"has no price(.|\n)*within\("),
        (
            lambda: Decorrelated(Z, weight=1).check(layout(bins=("a", "b"))),
            r"a decorrelation needs bins(.|\n)*\(2,\)",
        ),
        (lambda: Decorrelated(Z, weight=1, axis=2).check(product_layout((2, 3))), "the axis 2"),
        (lambda: Decorrelated(Z, weight=1).check(product_layout((2, 1))), "no shape along"),
        (lambda: Decorrelated(Z, weight=1).check(layout(roles=("signal",))), "needs a background"),
    ],
)
def test_what_cannot_be_is_said(make: Any, message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        make()
