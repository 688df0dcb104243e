"""Smooth cuts that lie where no event of the background is left."""

from __future__ import annotations

import numpy as np

import gradcut as gc
from fitting.toy_samples import samples
from gradcut.engines import collect
from gradcut.fitting.events import HardEvents
from gradcut.fitting.opening import opened
from gradcut.objectives import AsimovSignificance
from results.toy_results import BACKGROUND, SIGNAL

SELECTION = gc.Selection("x > ?", "abs(y) < 3", "y < ?", "noise > ?")


def test_a_fold_without_background_left_does_not_open_all_cuts() -> None:
    # Seven events of the background pass the best cuts: in one of the folds none does.
    fit = gc.fit_cuts(
        SELECTION,
        samples(SIGNAL, BACKGROUND),
        objective=AsimovSignificance(0.2),
        folds=2,
        starts=3,
        max_steps=36,
        n_threads=1,
    )
    assert all(np.isfinite(fold.values["x"]) and np.isfinite(fold.values["y"]) for fold in fit.folds)
    assert fit.scores.unused is not None
    assert fit.scores.unused > 0.7 * fit.scores.used


def test_where_there_is_no_objective_nothing_is_opened() -> None:
    tables = collect(SELECTION, samples(SIGNAL, BACKGROUND))
    events = HardEvents(SELECTION.kernel_spec(), tables)
    beyond = float(BACKGROUND["x"][np.isfinite(BACKGROUND["x"])].max()) + 1
    values = np.array([beyond, 0.0, 0.0])
    objective = AsimovSignificance(0.2)
    assert objective.merit(events.yields(values[None]))[0] == -np.inf
    assert opened(events, objective, values, np.ones(3, dtype=bool)).tolist() == values.tolist()
