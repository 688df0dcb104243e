"""What both kinds of steps over all events need: where cuts are, what counts, and how learners ask."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import numpy as np

from gradcut.out_of_core.passes import Sums
from gradcut.yields import Moments, Yields

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.fitting.scaling import Scaling
    from gradcut.objectives import Objective
    from gradcut.out_of_core.ledger import Ledger
    from gradcut.out_of_core.passes import Request
    from gradcut.yields import YieldsLayout

__all__ = ["Asking", "Problem", "together"]

T = TypeVar("T")

#: A learner: gives the requests of its next pass, is sent the sums, returns what it learned.
Asking: TypeAlias = "Generator[Sequence[Request], list[Sums], T]"


@dataclass(frozen=True, eq=False)
class Problem:
    """What is learned from one part of the events.

    Parameters
    ----------
    part : str
        The events.
    layout : YieldsLayout
        Their axes and totals.
    objective : Objective
        What is made better.
    scaling : Scaling
        Units in which thresholds are alike.
    moving : tuple of int
        Thresholds that are learned; the others are fixed or open.
    """

    part: str
    layout: YieldsLayout
    objective: Objective
    scaling: Scaling
    moving: tuple[int, ...]

    def yields(self, sums: Sums) -> Yields:
        """Yields of an answer."""
        return Yields(self.layout, Moments(*sums.moments))

    def score(self, yields: Yields) -> NDArray[np.float64]:
        """Hard value per point, better when larger; where a constraint is missed, worse the more it is."""
        merit: NDArray[np.float64] = self.objective.merit(yields)
        constrained = self.objective.constrained(yields)
        if constrained is None:
            return np.asarray(merit)
        missed = _MISSED + np.minimum(constrained.excess, 0.0)
        return np.asarray(np.where(np.isneginf(merit), missed, merit), dtype=np.float64)

    def clipped(self, values: NDArray[np.float64], candidates: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sets of thresholds in which no window is inverted: those that moved stop at the other end."""
        found: NDArray[np.float64] = candidates.copy()
        for low, high in self.scaling.pairs:
            crossed = found[:, low] > found[:, high]
            moved_low = crossed & (found[:, low] != values[low])
            found[moved_low, low] = found[moved_low, high]
            found[crossed & ~moved_low, high] = found[crossed & ~moved_low, low]
        return found


#: Below every merit that exists.
_MISSED = -1e12


def together(ledger: Ledger, learners: Sequence[Asking[T]], width: float) -> list[T]:
    """Let learners learn side by side: every pass has the requests of all of them.

    Parameters
    ----------
    ledger : Ledger
        Makes the passes.
    learners : sequence of generator
        One per part.
    width : float
        For the reports.
    """
    results: dict[int, T] = {}
    waiting: dict[int, list[Request]] = {}

    def advance(number: int, sums: list[Sums] | None) -> None:
        try:
            asked = next(learners[number]) if sums is None else learners[number].send(sums)
        except StopIteration as finished:
            results[number] = finished.value
        else:
            waiting[number] = list(asked)

    for number in range(len(learners)):
        advance(number, None)
    while waiting:
        asked, waiting = waiting, {}
        found = ledger.run([one for some in asked.values() for one in some], width=width, best=float("nan"))
        for number, requests in asked.items():
            own, found = found[: len(requests)], found[len(requests) :]
            advance(number, own)
    return [results[number] for number in range(len(learners))]
