"""Outputs of a network of three classes, of which two are signals, and helpers that take fits apart."""

from __future__ import annotations

from typing import Any

import numpy as np

import gradcut as gc
from gradcut.binning.mixture_problem import MixtureProblem
from gradcut.binning.region_learner import OneFit, RegionLearner
from gradcut.binning.regions import family_of
from gradcut.binning.settings import BinSettings
from gradcut.engines.bins.cells import CellsEngine
from gradcut.fitting.descent import DescentState
from gradcut.fitting.journal import Journal

Z = gc.objectives.AsimovSignificance(mc_stat=False)
LIMITS = gc.BinLimits(min_background=5.0)
WHOLE = gc.Split(1.0, 0.0, 0.0)
COLUMNS = ("y0", "y1", "y2")


def outputs(n: int, at: int, first: int, total: float) -> dict[str, np.ndarray]:
    """Outputs that are larger in the class, their softmax, a weight."""
    rng = np.random.default_rng([5, at])
    y = rng.normal(0, 1, (n, 3))
    y[:, at] += 1.6
    p = np.exp(y) / np.exp(y).sum(1)[:, None]
    return {
        **{name: y[:, k] for k, name in enumerate(COLUMNS)},
        **{f"p{k}": p[:, k] for k in range(3)},
        "w": np.full(n, total / n),
        "event": np.arange(n) + first,
    }


TABLES = {
    "ggf": outputs(3000, 0, 0, 40.0),
    "vbf": outputs(3000, 1, 10**6, 30.0),
    "rest": outputs(9000, 2, 10**7, 2000.0),
}
EVERYTHING = {name: np.concatenate([t[name] for t in TABLES.values()]) for name in TABLES["rest"]}


def samples(tables: Any = TABLES, **how: Any) -> gc.Samples:
    """Two signals and a background."""
    made = gc.Samples(weight="w", event="event", **how)
    for name, table in tables.items():
        made.add(name, table, role="background" if name == "rest" else "signal")
    return made


def sums(number: Any) -> tuple[np.ndarray, np.ndarray]:
    """Signal and background in three bins, of a function of a table: an obvious loop."""
    found = {name: np.zeros(3) for name in TABLES}
    for name, table in TABLES.items():
        for k, w in zip(number(table), table["w"], strict=True):
            if k >= 0:
                found[name][k] += w
    return found["ggf"] + found["vbf"], found["rest"]


def one_fit(
    binning: Any, made: gc.Samples, limits: gc.BinLimits | None = None, noise: float = 0.02
) -> tuple[OneFit, Any, Any]:
    """A fit before its first step, its engine in double precision, and a state near three starts."""
    settings = BinSettings("gradient", limits, WHOLE, 3, 40, 10, 1, True, 1, "auto")
    learner = RegionLearner(binning, Z, settings, Journal({}, 1, None), None)
    tables = made.collect(dict(zip(binning.names, binning.expressions, strict=True)))
    problem = MixtureProblem.of(binning, tables, 1)
    family = family_of(problem)
    fit = OneFit(learner, family, problem, learner._engines(problem), binning.n_bins)
    starts = family.starts(binning.n_bins, Z, limits, 3, 1)
    free = family.free_of(starts)
    free = free + noise * np.random.default_rng(2).normal(size=free.shape)
    if binning.temperature == "learned":
        free = np.hstack([free, np.linspace(-1, 0.5, len(free))[:, None]])
    state = DescentState(free, step=20)
    engine = CellsEngine(family.spec(fit._regions(state)), problem.cells, precision="float64")
    return fit, engine, state


def check_gradient(fit: OneFit, engine: Any, state: Any, step: float = 1e-5) -> None:
    """Compare derivatives in all free numbers with finite differences of the soft values."""
    soft, found = fit.gradient(engine, state)
    for at in range(state.free.shape[1]):
        ends = []
        for factor in (1, -1, 2, -2):
            free = state.free.copy()
            free[:, at] += factor * step
            ends.append(fit.gradient(engine, DescentState(free, step=state.step))[0])
        # Of fourth order: logits of narrow components are steep.
        slope = (8 * (ends[0] - ends[1]) - (ends[2] - ends[3])) / (12 * step)
        np.testing.assert_allclose(
            found[:, at], -slope / np.abs(soft), rtol=2e-5, atol=1e-6 * np.abs(found).max()
        )
