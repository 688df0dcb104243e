"""One process in one channel, as declared."""

from __future__ import annotations

from dataclasses import dataclass

from gradcut.expressions import Expression
from gradcut.samples.normalisation import Normalisation
from gradcut.samples.readers.plan import Requirement
from gradcut.samples.sources import Source
from gradcut.yields import Role

__all__ = ["Process"]


@dataclass(frozen=True, slots=True)
class Process:
    """A process in a channel.

    Parameters
    ----------
    name, channel : str
        Together unique.
    role : str
        ``"signal"``, ``"background"`` or ``"data"``; the same in every channel.
    source : Source
        Its events.
    weight : Expression
        Weight per event.
    require : tuple of Expression
        All of these must be true.
    normalisation : Normalisation
        How weights become expected events.
    norm_uncertainty : float or None
        Relative uncertainty of that.
    absent : frozenset of str
        Variations that it is declared not to have.
    """

    name: str
    channel: str
    role: Role
    source: Source
    weight: Expression
    require: Requirement
    normalisation: Normalisation
    norm_uncertainty: float | None
    absent: frozenset[str]

    @property
    def where(self) -> str:
        """The process, for messages."""
        return f"process '{self.name}', channel '{self.channel}'"
