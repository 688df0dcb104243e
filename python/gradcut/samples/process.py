"""One process in one channel, as declared."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gradcut.errors import DeclarationError
from gradcut.expressions import Expression
from gradcut.samples.normalisation import Normalisation
from gradcut.samples.readers.plan import Requirement
from gradcut.samples.sources import Source
from gradcut.yields import ROLES, Role

__all__ = ["Process", "check_names"]


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


def check_names(name: object, channel: object, role: object, known: Iterable[Process]) -> None:
    """Check what a new process is called beside those that are there.

    Raises
    ------
    DeclarationError
        If a name is no text, the role is unknown, or the process is there already or has another role.
    """
    where = f"process '{name}', channel '{channel}'"
    for what, text in (("process", name), ("channel", channel)):
        if not isinstance(text, str) or not text.strip():
            raise DeclarationError(f"the name of a {what} is text", given=repr(text))
    if role not in ROLES:
        raise DeclarationError("unknown role", where=where, given=repr(role), allowed=", ".join(ROLES))
    for other in known:
        if other.name == name and other.channel == channel:
            raise DeclarationError(
                "a process is there twice",
                where=where,
                hint="list all its files at once, or name another channel",
            )
        if other.name == name and other.role != role:
            raise DeclarationError(
                "a process has the same role in every channel",
                where=where,
                given=f"{role}, and {other.role} in channel '{other.channel}'",
            )
