"""How many bins: learned from some events, chosen on others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from gradcut.binning.hard import hard_yields
from gradcut.errors import UnattainableError

if TYPE_CHECKING:
    from gradcut.binning.bins_spec import BinsSpec
    from gradcut.binning.learned import LearnedWith
    from gradcut.fitting.parts import Parts, Plan
    from gradcut.objectives import Objective
    from gradcut.samples import EventTables

__all__ = ["Choice", "Learner", "choose"]

#: Fewer bins are taken where they are worse by no more than this part of the objective.
AS_GOOD = 5e-4


@dataclass(frozen=True)
class Choice:
    """One number of bins that was tried.

    Parameters
    ----------
    bins : tuple of int
        Numbers of bins of the learned axes.
    learned : float or None
        Hard value on the events learned from, mean over the rounds; None where no such bins keep to the
        limits.
    chosen_by : float or None
        The same on the events to choose by.
    """

    bins: tuple[int, ...]
    learned: float | None
    chosen_by: float | None


class Learner(Protocol):
    """What learns every number of bins from some events."""

    def learn(
        self, name: str, tables: EventTables, choices: Sequence[tuple[int, ...]]
    ) -> dict[tuple[int, ...], LearnedWith]:
        """Learn; numbers of bins that cannot be had are left out."""


def choose(
    plan: Plan,
    parts: Parts,
    learner: Learner,
    objective: Objective,
    spec: BinsSpec,
    counts: Sequence[tuple[int, ...]],
) -> tuple[LearnedWith, tuple[Choice, ...]]:
    """Learn the bins of a plan.

    Parameters
    ----------
    plan, parts
        Which events learn, and which choose.
    learner : Learner
        Learns.
    objective : Objective
        What is made better.
    spec : BinsSpec
        Names the columns.
    counts : sequence of tuple of int
        Numbers of bins to choose from.

    Returns
    -------
    LearnedWith
        Learned from all events of the plan, with the number of bins that is best where it was not learned
        from.
    tuple of Choice
        What was tried; empty where there was no choice.
    """
    base = parts.scaled(plan.base, plan.name)
    if len(counts) == 1:
        return learner.learn(plan.name, base, counts)[counts[0]], ()
    tried: dict[tuple[int, ...], list[tuple[float, float]]] = {one: [] for one in counts}
    for round_ in plan.rounds:
        found = learner.learn(f"{plan.name}, {round_.name}", parts.scaled(round_.learn, round_.name), counts)
        judges = parts.scaled(round_.select, round_.name)
        for one, learned in found.items():
            value = float(objective.hard(hard_yields(learned.bins, judges, spec))[0])
            tried[one].append((learned.value, value))
    # Bins that one round could not have are not to be chosen because another could.
    complete = {
        one: np.mean(values, axis=0) for one, values in tried.items() if len(values) == len(plan.rounds)
    }
    choices = tuple(
        Choice(one, float(complete[one][0]), float(complete[one][1]))
        if one in complete
        else Choice(one, None, None)
        for one in counts
    )
    if not complete:
        raise UnattainableError(
            "no number of bins can be learned and judged under the limits",
            given=", ".join("x".join(map(str, one)) for one in counts),
            hint="fewer bins, lower limits, or more events",
        )
    merits = {one: objective.sign * values[1] for one, values in complete.items()}
    best = max(merits.values())
    good = [one for one, merit in merits.items() if merit >= best - AS_GOOD * abs(best)]
    for one in sorted(good, key=lambda bins: (int(np.prod(bins)), bins)):
        try:
            return learner.learn(plan.name, base, [one])[one], choices
        except UnattainableError:
            continue
    return learner.learn(plan.name, base, [max(merits, key=lambda bins: merits[bins])]).popitem()[1], choices
