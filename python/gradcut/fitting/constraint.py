"""Cuts at the constraint of an objective."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gradcut.fitting.line import Line, loosening
from gradcut.fitting.neighbours import is_contracted
from gradcut.fitting.pairs import exchanged
from gradcut.fitting.polish import polished

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.fitting.events import HardEvents
    from gradcut.fitting.scaling import Scaling
    from gradcut.objectives import Objective

__all__ = ["Guide", "met", "reached"]

#: Candidates per threshold of a scout: it is to find another valley, not its bottom.
GRID = 24


def met(
    events: HardEvents,
    objective: Objective,
    scaling: Scaling,
    values: NDArray[np.float64],
    free: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Thresholds loosened or tightened together to where they meet the constraint on some events.

    Parameters
    ----------
    events : HardEvents
        On these it is met: as tightly as one number allows by what uses it up, by the rest wherever it is.
    objective : Objective
        Without a constraint the thresholds stay.
    scaling : Scaling
        Its widths are the units in which the thresholds move.
    values : ndarray of shape (parameters,) or (points, parameters)
        Thresholds.
    free : ndarray of bool, shape (parameters,)
        Which of them may be moved.
    """
    if not objective.is_constrained:
        return values
    if values.ndim == 2:
        return np.array([met(events, objective, scaling, row, free) for row in values])
    line = Line(events, values, loosening(events, scaling.steps, values, free))
    # Where the constraint does not hold back what is best, hard yields are no reason to move.
    return line.best(objective) if objective.uses_up else line.nearest(objective)


def reached(
    events: HardEvents,
    objective: Objective,
    scaling: Scaling,
    values: NDArray[np.float64],
    free: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Thresholds as of :func:`met`; where no line leads to the constraint, also by sweeps of single ones.

    Parameters
    ----------
    events, objective, scaling, values, free
        As for :func:`met`; one set of thresholds.
    """
    found = [met(events, objective, scaling, values, free)]
    if objective.towards is not None:
        swept = polished(events, objective.towards, values, free)
        found += [swept, met(events, objective, scaling, swept, free)]
    return found[int(np.argmax(objective.merit(events.yields(np.array(found)))))]


@dataclass(frozen=True)
class Guide:
    """What a descent under a constraint asks in between: which points are good, and where else to look.

    Smooth cuts far from the constraint cannot be compared by their soft value. Hard ones that are moved to it
    can, on few events.
    """

    events: HardEvents
    objective: Objective
    scaling: Scaling
    free: NDArray[np.bool_]

    def merits(self, standardised: NDArray[np.float64]) -> NDArray[np.float64]:
        """How good each point is at the constraint; larger is better."""
        return self.objective.merit(self.events.yields(self._met(standardised)))

    def scout(self, standardised: NDArray[np.float64]) -> NDArray[np.float64]:
        """Thresholds in widths, shape (1, parameters), that exchanges reach from a point."""
        if not self.objective.is_exact or is_contracted(self.events.spec):
            return standardised[:0]
        (point,) = self._met(standardised)
        found = exchanged(self.events, self.objective, point, self.free, grid=GRID, fine=False)
        return self.scaling.within(self.scaling.standardise(found[None]))

    def _met(self, standardised: NDArray[np.float64]) -> NDArray[np.float64]:
        points = standardised * self.scaling.scale + self.scaling.centre
        return met(self.events, self.objective, self.scaling, points, self.free)
