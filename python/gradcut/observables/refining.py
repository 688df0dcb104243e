"""Hard edges of a trained observable: its own, or better ones."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gradcut.binning.edge_learner import EdgeLearner
from gradcut.binning.hard import hard_yields
from gradcut.binning.learned import LearnedEdges
from gradcut.binning.settings import BinSettings
from gradcut.errors import DataError, UnattainableError
from gradcut.observables.learned import binning_of
from gradcut.observables.output_tables import output_tables

if TYPE_CHECKING:
    from gradcut.fitting.journal import Journal
    from gradcut.objectives import Objective
    from gradcut.observables.learned import LearnedObservable
    from gradcut.observables.settings import TrainingSettings
    from gradcut.samples import EventTables

__all__ = ["refined"]

#: Starts and steps of the descent to edges: the output is one number that orders events already.
STARTS, STEPS = 6, 60


def refined(
    learned: LearnedObservable,
    learn: EventTables,
    judge: EventTables,
    objective: Objective,
    settings: TrainingSettings,
    journal: Journal,
    name: str,
) -> LearnedObservable:
    """Learn edges of the output, and take them where they are better on the events to choose by.

    Parameters
    ----------
    learned : LearnedObservable
        The network with its own edges.
    learn, judge : EventTables
        Events that it was trained with, and those that choose.
    objective, settings, journal
        Of the fit.
    name : str
        Of the events.

    Raises
    ------
    UnattainableError
        If neither edges keep to the limits.
    """
    if not isinstance(learned.bins, LearnedEdges):
        return learned
    observable, limits = learned.observable, settings.limits
    how = BinSettings(
        "gradient", limits, settings.partition, STARTS, STEPS, 0, settings.seed, True, None, settings.reader
    )
    learner = EdgeLearner(binning_of(observable), objective, how, journal, None)  # type: ignore[arg-type]
    of_outputs = output_tables(learned, learn)
    candidates, refused = [learned], None
    try:
        found = learner.learn(f"{name}, edges", of_outputs, [(observable.n_bins,)])[(observable.n_bins,)]
        candidates.append(replace(learned, bins=found.bins))  # type: ignore[arg-type]
    except (UnattainableError, DataError) as error:
        refused = error
    if limits is not None:
        within = []
        for one in candidates:
            excess = limits.excess(hard_yields(one.bins, of_outputs, learned.bins_spec))
            within.append(bool((excess >= 0).all()))
        candidates = [one for one, keeps in zip(candidates, within, strict=True) if keeps]
        if not candidates:
            raise refused or UnattainableError(
                "no edges of the observable keep to the limits",
                given=repr(limits),
                hint="fewer bins, lower limits",
            )
    judged = output_tables(learned, judge)
    merits = [
        objective.sign * float(objective.hard(hard_yields(one.bins, judged, learned.bins_spec))[0])
        for one in candidates
    ]
    return candidates[int(np.argmax(np.nan_to_num(merits, nan=-np.inf, neginf=-1e300)))]
