"""What is to be read from one source, and what comes back: the contract of all readers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from gradcut.expressions import Column, Expression
from gradcut.jagged import Jagged

__all__ = ["Array", "Mask", "Pending", "Quantity", "RawEvents", "RawTotals", "ReadPlan", "Requirement"]

Array = NDArray[Any]
Mask = NDArray[np.bool_]
#: All of these must be true; none: every event passes.
Requirement = tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Quantity:
    """One number per event, or one per object.

    Parameters
    ----------
    expression : Expression
        A plain column keeps its own dtype, anything else is a double.
    sentinels : tuple of float, or None
        Values that mean "missing": the quantity is NaN where a value is missing, by the rule of
        :func:`gradcut.expressions.guards.guard_feature`. None: the expression as it stands.
    """

    expression: Expression
    sentinels: tuple[float, ...] | None = None

    @property
    def is_plain(self) -> bool:
        """Whether it is a column as it stands."""
        return isinstance(self.expression, Column)


@dataclass(frozen=True, slots=True)
class ReadPlan:
    """Everything that is wanted from a source, in one pass over its events.

    Parameters
    ----------
    quantities : tuple of Quantity
        Read for the events that pass at least one requirement.
    vectors : tuple of str
        Vector columns read whole for those events (weights of replicas).
    requirements : tuple of Requirement
        One per distinct requirement of the variations, nominal first.
    weight : int
        Index of the nominal weight in ``quantities``; it is also summed over *all* events.
    where : str
        Sample and channel, for messages.
    vary : frozenset of str
        Names of the ``Vary`` of RDataFrame that are read, too.
    """

    quantities: tuple[Quantity, ...]
    vectors: tuple[str, ...]
    requirements: tuple[Requirement, ...]
    weight: int
    where: str
    vary: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class RawTotals:
    """Sums over all events of a source, before any requirement.

    Parameters
    ----------
    entries : int
        Number of events.
    sum_w, sum_w2 : float
        Sum of nominal weights and of their squares, not normalised.
    """

    entries: int
    sum_w: float
    sum_w2: float


@dataclass(slots=True)
class RawEvents:
    """Events that pass at least one requirement, in the order of the source.

    Parameters
    ----------
    quantities : list of ndarray of shape (n_events,), or Jagged
        As in the plan.
    vectors : dict of str to Jagged
        As in the plan.
    masks : list of ndarray of bool, shape (n_events,)
        One per requirement of the plan.
    entries : ndarray of int64, shape (n_events,)
        Entry number in the source.
    before : RawTotals
        Sums over the whole source.
    varied : dict of str to RawEvents
        The same under each variation of RDataFrame's ``Vary``, by its tag.
    """

    quantities: list[Array | Jagged]
    vectors: dict[str, Jagged]
    masks: list[Mask]
    entries: NDArray[np.int64]
    before: RawTotals
    varied: dict[str, RawEvents] = field(default_factory=dict)


class Pending(Protocol):
    """A reading that was booked and not yet run."""

    @property
    def booked(self) -> Sequence[Any]:
        """What ``gradcut.rdf.run`` has to run, empty where nothing is left to run."""

    def finish(self) -> RawEvents:
        """Return the events."""
