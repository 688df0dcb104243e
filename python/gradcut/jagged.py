"""Vector columns in numpy: all objects of all events in one array, and where each event begins."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradcut.errors import DataError

__all__ = ["Jagged"]


@dataclass(frozen=True, eq=False)
class Jagged:
    """A vector column: ``content[offsets[i]:offsets[i + 1]]`` are the objects of event ``i``.

    Parameters
    ----------
    content : ndarray of shape (n_objects,)
        Booleans, integers or floats.
    offsets : ndarray of int64, shape (n_events + 1,)
        Begins at 0, never decreases, ends at ``n_objects``.

    Raises
    ------
    DataError
        If they do not fit together.

    Examples
    --------
    >>> from gradcut.jagged import Jagged
    >>> jet_pt = Jagged.from_lists([[50.0, 30.0], [], [80.0]])
    >>> len(jet_pt), jet_pt.lengths.tolist()
    (3, [2, 0, 1])
    """

    content: NDArray[Any]
    offsets: NDArray[np.int64]

    def __post_init__(self) -> None:
        content, offsets = np.asarray(self.content), np.asarray(self.offsets)
        if content.ndim != 1 or content.dtype.kind not in "biuf":
            raise DataError(
                "the content of a vector column is a one-dimensional array of numbers",
                given=f"{content.dtype}, shape {content.shape}",
            )
        if offsets.ndim != 1 or len(offsets) == 0 or offsets.dtype.kind not in "iu":
            raise DataError(
                "the offsets of a vector column are a one-dimensional array of n_events + 1 integers",
                given=f"{offsets.dtype}, shape {offsets.shape}",
            )
        offsets = offsets.astype(np.int64, copy=False)
        if offsets[0] != 0 or offsets[-1] != len(content) or np.any(offsets[1:] < offsets[:-1]):
            raise DataError(
                "the offsets of a vector column begin at 0, never decrease and end at the number of objects",
                given=f"{offsets[0]} to {offsets[-1]} for {len(content)} objects",
            )
        object.__setattr__(self, "content", content)
        object.__setattr__(self, "offsets", offsets)

    @classmethod
    def from_lists(cls, rows: Iterable[Sequence[Any]], dtype: Any = None) -> Jagged:
        """Make a vector column from one sequence per event.

        Parameters
        ----------
        rows : iterable of sequences of numbers
            The objects of each event.
        dtype : dtype, optional
            Type of the content; by default numpy's choice, float64 when there are no objects.
        """
        lists = [np.asarray(row) for row in rows]
        filled = [row for row in lists if row.size]
        content = np.concatenate(filled) if filled else np.empty(0, dtype=np.float64)
        offsets = np.zeros(len(lists) + 1, dtype=np.int64)
        np.cumsum([len(row) for row in lists], out=offsets[1:])
        return cls(content if dtype is None else content.astype(dtype), offsets)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, event: int) -> NDArray[Any]:
        """Return the objects of one event."""
        if not -len(self) <= event < len(self):
            raise IndexError(f"event {event} of a vector column of {len(self)} events")
        event %= len(self)
        return self.content[self.offsets[event] : self.offsets[event + 1]]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Jagged):
            return NotImplemented
        return np.array_equal(self.offsets, other.offsets) and np.array_equal(self.content, other.content)

    __hash__ = None  # type: ignore[assignment]  # arrays can change

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the objects."""
        return self.content.dtype

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Number of objects per event."""
        return np.diff(self.offsets)

    def slice(self, start: int, stop: int) -> Jagged:
        """Return consecutive events; the content is a view."""
        offsets = self.offsets[start : stop + 1]
        return Jagged(self.content[offsets[0] : offsets[-1]], offsets - offsets[0])

    def take(self, events: NDArray[Any]) -> Jagged:
        """Return chosen events.

        Parameters
        ----------
        events : ndarray of bool, shape (n_events,), or of integers
            A mask, or indices in any order.
        """
        events = np.asarray(events)
        if events.dtype == np.bool_:
            if len(events) != len(self):
                raise DataError(
                    "a mask has one entry per event", given=f"{len(events)} entries for {len(self)} events"
                )
            events = np.flatnonzero(events)
        elif events.size == 0:
            events = events.astype(np.int64)
        lengths = self.lengths[events]
        offsets = np.zeros(len(lengths) + 1, dtype=np.int64)
        np.cumsum(lengths, out=offsets[1:])
        # Position of every chosen object: begin of its event plus its place within the event.
        begins = np.repeat(self.offsets[:-1][events] - offsets[:-1], lengths)
        return Jagged(self.content[begins + np.arange(offsets[-1])], offsets)
