"""A reading that needs no event loop: the events are in memory, or are read by uproot at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gradcut.samples.readers.plan import RawEvents

__all__ = ["Immediate"]


class Immediate:
    """A :class:`~gradcut.samples.readers.plan.Pending` that reads when it is finished.

    Parameters
    ----------
    read : callable
        Returns the events.
    """

    def __init__(self, read: Callable[[], RawEvents]) -> None:
        self._read = read

    @property
    def booked(self) -> Sequence[Any]:
        """Nothing to run."""
        return ()

    def finish(self) -> RawEvents:
        """Return the events."""
        return self._read()
