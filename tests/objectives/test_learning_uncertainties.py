"""Cuts and bins learned on the uncertainty of the signal strength, with all uncertainties profiled."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

import gradcut as gc
from gradcut import engines, stats
from gradcut.binning.bins_spec import BinsSpec
from gradcut.objectives import NuisanceConstraint, SignalStrengthUncertainty
from gradcut.side_by_side import joined, joined_layout

SELECTION = gc.Selection("x > ?", "y > ?")
#: All events are learned from, so that the numbers can be counted again.
ALL: dict[str, Any] = {"split": gc.Split(1, 0, 0), "seed": 1}


def samples(*channels: str, n: int = 1500) -> gc.Samples:
    """A signal and two backgrounds, and a variation that moves x, the more so the larger y is."""
    rng = np.random.default_rng(1)
    made = gc.Samples(weight="w", event="event")
    for channel in channels or (None,):
        for name, role, mean, weight in (
            ("sig", "signal", 1.2, 0.02),
            ("ww", "background", 0.0, 0.1),
            ("top", "background", -0.6, 0.1),
        ):
            x, y = rng.normal(mean, 1, n), rng.normal(0.8 * mean, 1, n)
            shift = 0.1 * (1 + np.tanh(y))
            columns = {
                "x": x,
                "y": y,
                "x_JES_up": x + shift,
                "x_JES_down": x - shift,
                "event": np.arange(n),
                "w": np.full(n, weight),
            }
            uncertainty = 0.3 if name == "ww" else None
            where: dict[str, Any] = {} if channel is None else {"channel": channel}
            made.add(name, columns, role=role, norm_uncertainty=uncertainty, **where)
    made.vary("JES", suffix=("_JES_up", "_JES_down"))
    return made


@cache
def cut_engine() -> engines.CpuEngine:
    return engines.CpuEngine(
        SELECTION.kernel_spec(), engines.collect(SELECTION, samples()), precision="float64"
    )


def counted(x: float, y: float) -> gc.Yields:
    """Yields of hard cuts, of an engine that no fit has seen."""
    return cut_engine().hard_yields([x, y, 1.0, 1.0])


def sigma_of(yields: gc.Yields) -> float:
    return stats.sigma_mu(stats.Model.from_yields(yields, floor="mc"))


@pytest.mark.parametrize("prune", [0.0, 0.02])
def test_cuts(prune: float) -> None:
    objective = SignalStrengthUncertainty(prune=prune)
    fit = gc.fit_cuts(SELECTION, samples(), objective=objective, starts=3, max_steps=30, **ALL)
    assert fit.scores.used == pytest.approx(
        sigma_of(counted(*(row.learned for row in fit.thresholds))), rel=1e-12
    )
    assert fit.scores.used < sigma_of(counted(*(row.start for row in fit.thresholds)))
    grid = [sigma_of(counted(x, y)) for x in (-9, -0.5, 0, 0.5, 1) for y in (-9, 0, 0.5, 1, 1.5)]
    assert fit.scores.used <= min(grid)
    assert fit.scores.used < 0.7 * grid[0]
    assert fit.provenance["objective"]["kind"] == "signal_strength_uncertainty"
    assert "sigma_mu (minimised)" in str(fit)


def test_a_term_for_constraints_loosens_them() -> None:
    sigma, constraint = SignalStrengthUncertainty(), NuisanceConstraint(["JES", "ww_norm"])
    found = []
    for objective in (sigma, sigma + 10 * constraint):
        fit = gc.fit_cuts(SELECTION, samples(), objective=objective, starts=3, max_steps=30, **ALL)
        yields = counted(*(row.learned for row in fit.thresholds))
        found.append((sigma.hard(yields)[0], constraint.hard(yields)[0]))
    assert found[0][0] <= found[1][0]
    assert found[0][1] >= found[1][1]


def bins_of(edges: Any, of: gc.Samples) -> gc.Yields:
    spec = BinsSpec("axes", "logistic", ("x",), n_edges=(len(edges),))
    return engines.CpuBinsEngine(spec, of.collect(["x"]), precision="float64").hard_yields([*edges, 1.0])


def test_bins() -> None:
    objective = SignalStrengthUncertainty()
    fit = gc.fit_binning(gc.Binning("x", 4), samples(), objective=objective, starts=3, max_steps=30, **ALL)
    assert fit.scores.used == pytest.approx(sigma_of(fit.templates(samples())), rel=1e-12)
    assert fit.scores.used == pytest.approx(sigma_of(bins_of(fit.edges[1:-1], samples())), rel=1e-12)
    for edges in (np.linspace(-3, 4, 5)[1:-1], [-0.5, 0.5, 1.5], [0, 1, 2]):
        assert fit.scores.used < sigma_of(bins_of(edges, samples()))


def test_bins_of_their_own_in_each_channel() -> None:
    both = samples("low", "high")
    declared = {"low": gc.Binning("x", 2), "high": gc.Binning("x", 3, name="x of high")}
    objective = SignalStrengthUncertainty()
    fit = gc.fit_binning(declared, both, objective=objective, starts=2, max_steps=24, **ALL)
    parts = [fit.channel(name).templates(both) for name in ("low", "high")]
    whole = joined_layout(bins_of([], both).layout, [part.layout for part in parts])
    assert fit.scores.used == pytest.approx(sigma_of(joined(whole, parts)), rel=1e-12)
    # The variation and the normalisation are one each for all channels, MC statistics of each bin its own.
    assert len(objective.model(joined(whole, parts)).parameters) == 3 + 5
    assert fit.scores.used < sigma_of(bins_of([], both))
