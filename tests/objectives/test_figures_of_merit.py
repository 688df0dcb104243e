"""Figures of merit, correlated significance: by hand, by slow loops, by differences."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gradcut.errors import DeclarationError
from gradcut.objectives import (
    AsimovSignificance,
    CorrelatedSignificance,
    Objective,
    PunziSignificance,
    SignalOverRootBackground,
)
from gradcut.yields import Moments, Yields
from objectives.toy_yields import layout, yields

#: Two channels, two signals, two backgrounds, one variation up and down.
LAYOUT = layout(
    channels=("a", "b"),
    roles=("signal", "background", "signal", "background"),
    variations=("nominal", "JES:up", "JES:down"),
    norm_uncertainty=(0.0, 0.1, 0.0, 0.3),
)


def random_yields(seed: int, points: int = 3) -> Yields:
    rng = np.random.default_rng(seed)
    nominal = rng.uniform(2, 60, (points, 2, 4, 1))
    moved = nominal * rng.uniform(0.8, 1.25, (points, 2, 4, 3))
    moved[..., 0] = nominal[..., 0]
    return yields(moved, rng.uniform(0.5, 4, (points, 2, 4, 3, 1)), of=LAYOUT)


def plain(given: Yields) -> Yields:
    """Without uncertainties, which some objectives refuse."""
    of = replace(
        given.layout,
        variations=("nominal",),
        norm_uncertainty=(0.0,) * 4,
        present=given.layout.present[:, :, :1],
    )
    return Yields(of, Moments(*(moment[:, :, :, :1] for moment in given.moments)))


OBJECTIVES: list[tuple[Objective, bool]] = [
    (SignalOverRootBackground(), False),
    (SignalOverRootBackground(0.2, mc_stat=False), False),
    (PunziSignificance(), False),
    (PunziSignificance(1.64, 0.3, mc_stat=True), False),
    (CorrelatedSignificance(), True),
    (CorrelatedSignificance(0.2, mc_stat=False), True),
]


@pytest.mark.parametrize(("objective", "systematic"), OBJECTIVES, ids=lambda x: repr(x)[:40])
def test_derivatives_equal_finite_differences(objective: Objective, systematic: bool) -> None:
    given = random_yields(1)
    given = given if systematic else plain(given)
    objective.check(given.layout)
    value, cotangents = objective.gradient(given)
    assert value.shape == (3,)
    for m in range(3):
        moments = [np.array(moment) for moment in given.moments]
        for index in np.ndindex(moments[m].shape[1:]):
            step = 1e-5
            ends = []
            for sign in (1, -1):
                changed = [moment.copy() for moment in moments]
                changed[m][(slice(None), *index)] += sign * step
                ends.append(objective.gradient(Yields(given.layout, Moments(*changed)))[0])
            slope = (ends[0] - ends[1]) / (2 * step)
            assert cotangents[m][(slice(None), *index)] == pytest.approx(slope, rel=2e-5, abs=1e-7), (
                m,
                index,
            )


def test_signal_over_root_background_by_hand() -> None:
    of = layout(roles=("signal", "background", "background"), mean_weight=0.0)
    given = yields([[[10.0, 60.0, 40.0]], [[-10.0, 60.0, 40.0]]], 0.0, of=of)
    assert SignalOverRootBackground().hard(given) == pytest.approx([1.0, -1.0])
    assert SignalOverRootBackground(0.2).hard(given)[0] == pytest.approx(10 / np.sqrt(100 + 400))
    with_mc = yields([[[10.0, 60.0, 40.0]]], 8.0, of=of)
    assert SignalOverRootBackground().hard(with_mc) == pytest.approx(10 / np.sqrt(116))
    assert SignalOverRootBackground(mc_stat=False).hard(with_mc) == pytest.approx(1.0)


def test_signal_over_root_background_of_no_background_is_not_infinite() -> None:
    given = yields([[[10.0, 0.0, 0.0]]])
    assert SignalOverRootBackground(mc_stat=False).hard(given) == -np.inf
    # One event of each background, of weight 0.1, may have been missed.
    assert SignalOverRootBackground().hard(given) < 10 / 0.1


def test_small_signal_limit_of_asimov_significance() -> None:
    given = yields([[[1e-3, 60.0, 40.0]]], 2.0)
    both = [objective.hard(given) for objective in (AsimovSignificance(0.2), SignalOverRootBackground(0.2))]
    assert both[0] == pytest.approx(both[1], rel=1e-4)


def test_punzi_by_hand() -> None:
    given = yields([[[100.0, 60.0, 40.0]], [[100.0, 0.0, 0.0]]])
    assert PunziSignificance(5).hard(given) == pytest.approx([0.1 / (2.5 + 10), 0.1 / 2.5])
    assert PunziSignificance(3, 0.5).hard(given)[0] == pytest.approx(0.1 / (1.5 + np.sqrt(100 + 2500)))


def slow_correlated(given: Yields, r: float, mc_stat: bool, point: int) -> float:
    """Build the covariance matrix entry by entry."""
    of, w = given.layout, given.moments.sum_w[point, ..., 0]
    floored = given.floored_variance()[point, ..., 0]
    cells = range(len(of.channels))
    signals, backgrounds = of.process_indices("signal"), of.process_indices("background")
    covariance = np.zeros((len(cells), len(cells)))
    for i in cells:
        for j in cells:
            if i == j:
                covariance[i, i] += sum(w[i, p, 0] for p in backgrounds)
                covariance[i, i] += sum(floored[i, p, 0] for p in backgrounds) if mc_stat else 0.0
            total = [sum(w[c, p, 0] for p in backgrounds) for c in (i, j)]
            covariance[i, j] += r**2 * total[0] * total[1]
            for p in backgrounds:
                covariance[i, j] += of.norm_uncertainty[p] ** 2 * w[i, p, 0] * w[j, p, 0]
            up, down = ([sum(w[c, p, tag] for p in backgrounds) for c in (i, j)] for tag in (1, 2))
            covariance[i, j] += (up[0] - down[0]) / 2 * (up[1] - down[1]) / 2
    s = np.array([sum(w[c, p, 0] for p in signals) for c in cells])
    return float(np.sqrt(s @ np.linalg.inv(covariance) @ s))


@pytest.mark.parametrize(("r", "mc_stat"), [(0.0, True), (0.25, False)])
def test_correlated_significance_equals_a_slow_matrix(r: float, mc_stat: bool) -> None:
    given = random_yields(5)
    expected = [slow_correlated(given, r, mc_stat, point) for point in range(3)]
    assert CorrelatedSignificance(r, mc_stat=mc_stat).hard(given) == pytest.approx(expected, rel=1e-12)


def test_correlated_significance_of_one_bin_is_that_of_sigma_b() -> None:
    of = layout(roles=("signal", "background"), norm_uncertainty=(0.0, 0.3))
    given = yields([[[1e-3, 50.0]]], 3.0, of=of)
    asimov = AsimovSignificance(0.1, systematics="sigma_b").hard(given)
    assert CorrelatedSignificance(0.1).hard(given) == pytest.approx(asimov, rel=1e-4)


def test_shared_uncertainty_is_constrained_by_a_bin_without_signal() -> None:
    of = layout(channels=("sr", "cr"), roles=("signal", "background"), norm_uncertainty=(0.0, 0.5))
    both = yields([[[5.0, 50.0], [0.0, 5000.0]]], 0.0, of=of)
    alone = layout(channels=("sr",), roles=("signal", "background"), norm_uncertainty=(0.0, 0.5))
    one = yields([[[5.0, 50.0]]], 0.0, of=alone)
    z = CorrelatedSignificance(mc_stat=False)
    assert z.hard(both) > 2 * z.hard(one)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: PunziSignificance(0), "n_sigma is positive"),
        (lambda: PunziSignificance(-1), "from 0 on"),
        (lambda: SignalOverRootBackground(float("nan")), "from 0 on"),
        (lambda: CorrelatedSignificance(True), "relative one"),
    ],
)
def test_wrong_settings_are_said(make: Any, message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        make()


def test_declared_uncertainties_are_never_ignored_in_silence() -> None:
    for objective in (SignalOverRootBackground(), PunziSignificance()):
        with pytest.raises(DeclarationError, match=r"would ignore(.|\n)*'p1'(.|\n)*JES(.|\n)*Correlated"):
            objective.check(LAYOUT)
    CorrelatedSignificance().check(LAYOUT)
    replicas = replace(LAYOUT, variations=("nominal", "PDF:0", "PDF:1"))
    with pytest.raises(DeclarationError, match="replicas"):
        CorrelatedSignificance().check(replicas)


def test_missing_roles_and_signals_are_said() -> None:
    with pytest.raises(DeclarationError, match="needs a background"):
        PunziSignificance().check(layout(roles=("signal",)))
