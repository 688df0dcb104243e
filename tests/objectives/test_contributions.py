"""What each bin adds to an objective, and why some objectives do not add."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gradcut.errors import DeclarationError
from gradcut.objectives import (
    AsimovSignificance,
    CorrelatedSignificance,
    EfficiencyLoss,
    Objective,
    PunziSignificance,
    SeveralSignals,
    SignalEfficiency,
    SignalOverRootBackground,
    maximise,
)
from gradcut.yields import Moments, Yields
from objectives.test_asimov import significance
from objectives.toy_yields import layout, yields

BINS = ("low", "mid", "high")


def given(seed: int, points: int = 6) -> Yields:
    rng = np.random.default_rng(seed)
    w = rng.uniform(0.5, 40, (points, 2, 3, 1, 3))
    w[:, :, 0] *= rng.choice([-0.02, 0.2, 1.0], (points, 2, 1, 3))
    return yields(w, rng.uniform(0.5, 3, w.shape), of=layout(channels=("a", "b"), bins=BINS))


ADDITIVE: list[Objective] = [
    AsimovSignificance(0.1),
    AsimovSignificance(0.2, mc_stat=False),
    SignalOverRootBackground(0.1),
    SignalEfficiency(),
    -AsimovSignificance(0.1),
    2 * SignalOverRootBackground(),
    -3 * (-SignalEfficiency()),
]


@pytest.mark.parametrize("objective", ADDITIVE, ids=repr)
def test_sums_of_contributions_order_points_as_the_objective_does(objective: Objective) -> None:
    toy = given(1, points=40)
    added = objective.contributions(toy)
    assert added is not None
    assert added.shape == (40, 2, 3)
    objective.check_additive("the exact method")
    assert np.argsort(added.sum((1, 2))).tolist() == np.argsort(objective.merit(toy)).tolist()


@pytest.mark.parametrize("objective", ADDITIVE, ids=repr)
def test_a_bin_adds_the_same_whatever_is_in_the_others(objective: Objective) -> None:
    toy, other = given(2), given(3)
    moments = Moments(*(np.array(moment) for moment in other.moments))
    for mixed, own in zip(moments, toy.moments, strict=True):
        mixed[..., 1] = own[..., 1]
    added, mixed_added = objective.contributions(toy), objective.contributions(Yields(toy.layout, moments))
    assert added is not None
    assert mixed_added is not None
    assert np.array_equal(added[..., 1], mixed_added[..., 1])
    assert not np.allclose(added[..., 0], mixed_added[..., 0])


def test_contributions_are_the_signed_squares_of_single_bins() -> None:
    toy = given(4)
    added = AsimovSignificance(0.1).contributions(toy)
    plain = SignalOverRootBackground(0.1).contributions(toy)
    assert plain is not None
    for p, c, k in np.ndindex(6, 2, 3):
        s, *bs = toy.moments.sum_w[p, c, :, 0, k]
        variance = sum(max(v, (1.1479 * 0.1) ** 2) for v in toy.moments.variance[p, c, 1:, 0, k])
        sigma = math.sqrt((0.1 * sum(bs)) ** 2 + variance)
        z = significance(s, sum(bs), sigma**2)
        assert added[p, c, k] == pytest.approx(math.copysign(z**2, s), rel=1e-10)
        assert plain[p, c, k] == pytest.approx(s * abs(s) / (sum(bs) + sigma**2), rel=1e-12)


@pytest.mark.parametrize("objective", [AsimovSignificance(), SignalOverRootBackground(mc_stat=False)])
def test_a_bin_without_background_is_the_worst_there_is(objective: Objective) -> None:
    toy = given(5)
    toy.moments.sum_w[2, 1, 1:, 0, 0] = (3.0, -4.0)
    toy.moments.variance[2, 1, 1:, 0, 0] = 0.1
    added = objective.contributions(toy)
    assert added is not None
    assert np.argwhere(~np.isfinite(added)).tolist() == [[2, 1, 0]]
    assert added[2, 1, 0] == objective.hard(toy)[2] == -np.inf


@pytest.mark.torch
def test_own_function_does_not_add() -> None:
    own = maximise(lambda y: y.total("signal").sum_w.sum((1, 2)), "own")
    assert own.contributions(given(6)) is None
    with pytest.raises(DeclarationError, match="one's own"):
        own.check_additive("the exact method")


@pytest.mark.parametrize(
    ("objective", "why"),
    [
        (CorrelatedSignificance(), "correlated uncertainties tie"),
        (PunziSignificance(), "one counting experiment"),
        (EfficiencyLoss(0.5), "distance to its target"),
        (SeveralSignals(AsimovSignificance(), "worst"), "worst Z"),
        (AsimovSignificance() + AsimovSignificance(0.1), "a sum of objectives"),
        (-CorrelatedSignificance(), "correlated uncertainties tie"),
        (AsimovSignificance().within(max_background=3), "limits are those of all bins"),
    ],
    ids=lambda x: repr(x)[:40],
)
def test_what_does_not_add_says_why(objective: Objective, why: str) -> None:
    assert objective.contributions(given(6)) is None
    with pytest.raises(DeclarationError, match=rf"^the exact method needs(.|\n)*adds(.|\n)*{why}"):
        objective.check_additive("the exact method")
