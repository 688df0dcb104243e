"""Objectives with the background from sidebands of the mass."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gradcut.errors import DataError, DeclarationError
from gradcut.objectives import (
    AsimovSignificance,
    CorrelatedSignificance,
    Decorrelated,
    EfficiencyLoss,
    Objective,
    SeveralSignals,
    Sideband,
    SignalOverRootBackground,
)
from gradcut.yields import Moments, Yields
from objectives.differences import check_gradient
from objectives.test_asimov import significance
from objectives.test_decorrelated import product_layout
from objectives.toy_yields import layout, yields

Z = AsimovSignificance(0.1)
EDGES, WINDOW = (100.0, 110.0, 120.0, 130.0, 150.0), (110.0, 120.0)
SIDE, PEAK = [0, 2, 3], [1]
OBJECTIVE = Sideband(Z, edges=EDGES, window=WINDOW)


def falling(seed: int, *, flow: bool = False, learned: int = 2, points: int = 3) -> Yields:
    """A falling background and a signal that peaks, in two channels."""
    rng = np.random.default_rng(seed)
    n = len(EDGES) + 1 if flow else len(EDGES) - 1
    of = product_layout((learned, n))
    w = np.exp(-0.3 * np.arange(n)) * rng.uniform(30, 60, (points, 2, 3, 1, learned, n))
    w[:, :, 0] = rng.uniform(0.1, 8, (points, 2, 1, learned, n))
    w = w.reshape(points, 2, 3, 1, -1)
    return yields(w, rng.uniform(0.3, 3, w.shape), of=of)


def test_objective_sees_signal_in_the_window_and_background_from_the_sidebands() -> None:
    given = falling(1)
    fit = OBJECTIVE.background(given)
    w, v = (
        np.array(m)[:, :, :, 0].reshape(3, 2, 3, 2, 4) for m in (given.moments.sum_w, given.moments.variance)
    )
    for p in range(3):
        q = 0.0
        for c, k in np.ndindex(2, 2):
            s = w[p, c, 0, k, PEAK].sum()
            b, variance = fit.background[p, c, k], fit.variance[p, c, k]
            q += significance(s, b, (0.1 * b) ** 2 + variance) ** 2
            n = w[p, c, 1:, k][:, SIDE].sum(0)
            assert n.sum() * 0.1 < b < n.sum()
            assert variance > b**2 / n.sum() * (1 + v[p, c, 1:, k][:, SIDE].sum() / n.sum() * 0.99)
        assert OBJECTIVE.hard(given)[p] == pytest.approx(np.sqrt(q))


def test_background_in_the_window_does_not_count() -> None:
    given = falling(2)
    changed = Moments(*(np.array(m) for m in given.moments))
    changed.sum_w.reshape(3, 2, 3, 1, 2, 4)[:, :, 1:, :, :, PEAK] = 7.0
    assert OBJECTIVE.hard(Yields(given.layout, changed)) == pytest.approx(OBJECTIVE.hard(given))


def test_bins_outside_of_the_edges_are_left_out() -> None:
    given = falling(3, flow=True)
    inner = Moments(*(m.reshape(3, 2, 3, 1, 2, 6)[..., 1:-1].reshape(3, 2, 3, 1, -1) for m in given.moments))
    between = Yields(product_layout((2, 4)), inner)
    assert OBJECTIVE.hard(given) == pytest.approx(OBJECTIVE.hard(between))
    OBJECTIVE.check(given.layout)
    OBJECTIVE.check(between.layout)


@pytest.mark.parametrize(
    ("objective", "flow"),
    [
        (OBJECTIVE, True),
        (Sideband(SignalOverRootBackground(), edges=EDGES, window=(110, 130)), False),
        (Decorrelated(Sideband(CorrelatedSignificance(), edges=EDGES, window=WINDOW), weight=3), False),
    ],
    ids=str,
)
def test_derivatives_equal_finite_differences(objective: Objective, flow: bool) -> None:
    given = falling(4, flow=flow, points=2)
    objective.check(given.layout)
    assert objective.gradient(given)[0] == pytest.approx(objective.hard(given), rel=1e-9)
    check_gradient(objective.gradient, given, rel=1e-4, abs_=1e-7)


def test_contributions_are_one_per_learned_bin_and_add_to_the_square() -> None:
    given = falling(5, learned=3)
    added = OBJECTIVE.contributions(given)
    assert added is not None
    assert added.shape == (3, 2, 3)
    assert np.sqrt(added.sum((1, 2))) == pytest.approx(OBJECTIVE.hard(given))
    OBJECTIVE.check_additive("the exact method")
    other = falling(6, learned=3)
    mixed = Moments(*(np.array(m) for m in other.moments))
    for to, of in zip(mixed, given.moments, strict=True):
        to[..., 4:8] = of[..., 4:8]
    assert OBJECTIVE.contributions(Yields(given.layout, mixed))[..., 1] == pytest.approx(added[..., 1])  # type: ignore[index]
    with pytest.raises(DeclarationError, match="correlated uncertainties tie"):
        Sideband(CorrelatedSignificance(), edges=EDGES, window=WINDOW).check_additive("the exact method")


def test_signals_that_are_background_of_each_other_count_where_they_peak() -> None:
    of = replace(product_layout((1, 4)), roles=("signal", "signal", "background"))
    given = Yields(of, Moments(*(m[..., :4] for m in falling(7, learned=1).moments)))
    two = Sideband(SeveralSignals(Z, "worst", others="background"), edges=EDGES, window=WINDOW)
    two.check(of)
    alone = Sideband(SeveralSignals(Z, "worst"), edges=EDGES, window=WINDOW)
    assert (two.hard(given) < alone.hard(given)).all()
    check_gradient(two.gradient, given, rel=1e-4)


def test_bins_without_events_do_not_exist_and_a_descent_stays_finite() -> None:
    given = falling(8)
    given.moments.sum_w[1, :, 1:, 0, :4] = 0.0
    given.moments.sum_w[2, 0, 1:, 0, 4:] = -1.0
    value = OBJECTIVE.hard(given)
    assert np.isfinite(value[0])
    assert (value[1:] == -np.inf).all()
    soft, cotangents = OBJECTIVE.gradient(given)
    assert np.isfinite(soft).all()
    assert all(np.isfinite(one).all() for one in cotangents)
    with pytest.raises(DataError, match=r"not positive(.|\n)*bin '0'(.|\n)*background from sidebands"):
        OBJECTIVE.check_final(given.at(1))


def test_variations_and_norm_uncertainties_are_not_ignored_in_silence() -> None:
    varied = replace(
        product_layout((2, 4)), variations=("nominal", "JES:up"), present=np.ones((2, 3, 2), dtype=bool)
    )
    with pytest.raises(DeclarationError, match=r"no variations(.|\n)*JES:up"):
        OBJECTIVE.check(varied)
    Sideband(AsimovSignificance(systematics="ignore"), edges=EDGES, window=WINDOW).check(varied)
    signal = replace(product_layout((2, 4)), norm_uncertainty=(0.1, 0.0, 0.0))
    with pytest.raises(DeclarationError, match="norm_uncertainty of 'p0'"):
        OBJECTIVE.check(signal)
    OBJECTIVE.check(replace(signal, norm_uncertainty=(0.0, 0.1, 0.0)))  # data fixes it


def made(objective: Any = Z, **settings: Any) -> Sideband:
    return Sideband(objective, **{"edges": EDGES, "window": WINDOW, **settings})


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: made("Z"), "are those of an objective"),
        (lambda: made(EfficiencyLoss(0.5)), "neither a constraint"),
        (lambda: made(made()), r"an axis of its own(.|\n)*Decorrelated\(Sideband"),
        (
            lambda: made(AsimovSignificance(mc_stat=False)),
            r"ignore the uncertainty of the fit",
        ),
        (lambda: made(shape="power law"), r"unknown shape(.|\n)*'exponential'"),
        (lambda: made(edges=(1, 3, 2)), "increasing finite"),
        (lambda: made(edges="abc"), "increasing finite"),
        (lambda: made(window=(110, 121)), r"between two of the edges(.|\n)*100, 110"),
        (lambda: made(window=(120, 110)), "between two of the edges"),
        (lambda: made(window=(100, 130)), r"at least two bins outside(.|\n)*100 to 130"),
        (lambda: made().check(product_layout((2, 5))), r"other edges(.|\n)*4 bins between 5 edges, or 6"),
        (lambda: made().check(layout(bins=("a", "b"))), "a fit of sidebands needs bins that are a product"),
        (lambda: made().check(replace(product_layout((2, 4)), roles=("signal",) * 3)), "needs a background"),
    ],
)
def test_what_cannot_be_is_said(make: Any, message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        make()
