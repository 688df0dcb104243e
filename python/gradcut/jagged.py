"""Vector columns in numpy: all objects of all events in one array, and where each event begins."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from gradcut.errors import DataError

__all__ = ["Jagged", "concatenated"]


@dataclass(frozen=True, eq=False)
class Jagged:
    """A vector column: ``values[offsets[i]:offsets[i + 1]]`` are the objects of event ``i``.

    It is indexed by events as an array is: a number gives the objects of one event, a slice, a mask or an
    array of indices a vector column of the chosen events.

    Parameters
    ----------
    values : ndarray of shape (n_objects,)
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
    >>> len(jet_pt), jet_pt.lengths.tolist(), jet_pt[::2].values.tolist()
    (3, [2, 0, 1], [50.0, 30.0, 80.0])
    """

    values: NDArray[Any]
    offsets: NDArray[np.int64]

    # numpy would take it for a sequence of arrays of different lengths.
    __array_ufunc__ = None

    def __post_init__(self) -> None:
        values, offsets = np.asarray(self.values), np.asarray(self.offsets)
        if values.ndim != 1 or values.dtype.kind not in "biuf":
            raise DataError(
                "the values of a vector column are a one-dimensional array of numbers",
                given=f"{values.dtype}, shape {values.shape}",
            )
        if offsets.ndim != 1 or len(offsets) == 0 or offsets.dtype.kind not in "iu":
            raise DataError(
                "the offsets of a vector column are a one-dimensional array of n_events + 1 integers",
                given=f"{offsets.dtype}, shape {offsets.shape}",
            )
        offsets = offsets.astype(np.int64, copy=False)
        if offsets[0] != 0 or offsets[-1] != len(values) or np.any(offsets[1:] < offsets[:-1]):
            raise DataError(
                "the offsets of a vector column begin at 0, never decrease and end at the number of objects",
                given=f"{offsets[0]} to {offsets[-1]} for {len(values)} objects",
            )
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "offsets", offsets)

    @classmethod
    def from_lists(cls, rows: Iterable[Sequence[Any]], dtype: Any = None) -> Jagged:
        """Make a vector column from one sequence per event.

        Parameters
        ----------
        rows : iterable of sequences of numbers
            The objects of each event.
        dtype : dtype, optional
            Type of the values; by default numpy's choice, float64 when there are no objects.
        """
        lists = [np.asarray(row) for row in rows]
        filled = [row for row in lists if row.size]
        values = np.concatenate(filled) if filled else np.empty(0, dtype=np.float64)
        return cls(values if dtype is None else values.astype(dtype), _offsets([len(row) for row in lists]))

    @classmethod
    def concatenate(cls, columns: Sequence[Jagged]) -> Jagged:
        """Put the events of several vector columns, at least one, one after the other."""
        starts = np.cumsum([0, *(int(column.offsets[-1]) for column in columns)])
        offsets = [column.offsets[:-1] + start for column, start in zip(columns, starts, strict=False)]
        return cls(
            np.concatenate([column.values for column in columns]),
            np.concatenate([*offsets, starts[-1:]]).astype(np.int64, copy=False),
        )

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @overload
    def __getitem__(self, events: int | np.integer[Any]) -> NDArray[Any]: ...
    @overload
    def __getitem__(self, events: slice | NDArray[Any] | Sequence[int]) -> Jagged: ...
    def __getitem__(
        self, events: int | np.integer[Any] | slice | NDArray[Any] | Sequence[int]
    ) -> NDArray[Any] | Jagged:
        """Return the objects of one event, or a vector column of several.

        Parameters
        ----------
        events : int, slice, or ndarray of bool, shape (n_events,), or of integers
            One event, or which. Consecutive events share the values with this column.
        """
        if isinstance(events, slice):
            start, stop, step = events.indices(len(self))
            if step == 1:
                return self._consecutive(start, max(start, stop))
            return self._chosen(np.arange(start, stop, step))
        if isinstance(events, (int, np.integer)) and not isinstance(events, (bool, np.bool_)):
            if not -len(self) <= events < len(self):
                raise IndexError(f"event {events} of a vector column of {len(self)} events")
            event = int(events) % len(self)
            return self.values[self.offsets[event] : self.offsets[event + 1]]
        chosen = np.asarray(events)
        if chosen.dtype == np.bool_:
            return self._masked(chosen)
        return self._chosen(chosen.astype(np.int64) if chosen.size == 0 else chosen)

    def __array__(self, *_: object, **__: object) -> NDArray[Any]:
        raise TypeError("a vector column is no array: take its values and offsets")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Jagged):
            return NotImplemented
        return np.array_equal(self.offsets, other.offsets) and np.array_equal(self.values, other.values)

    __hash__ = None  # type: ignore[assignment]  # arrays can change

    def identical(self, other: Jagged) -> bool:
        """Whether type, events and objects are the same; NaN is the same as NaN."""
        return (
            self.dtype == other.dtype
            and np.array_equal(self.offsets, other.offsets)
            and np.array_equal(self.values, other.values, equal_nan=self.dtype.kind == "f")
        )

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the objects."""
        return self.values.dtype

    @property
    def nbytes(self) -> int:
        """Memory of values and offsets."""
        return self.values.nbytes + self.offsets.nbytes

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Number of objects per event."""
        return np.diff(self.offsets)

    def with_values(self, values: NDArray[Any]) -> Jagged:
        """Return other numbers of the same objects; the offsets are shared."""
        return Jagged(values, self.offsets)

    def repeat(self, per_event: NDArray[Any]) -> NDArray[Any]:
        """Return one number per object from one per event."""
        return np.repeat(per_event, self.lengths)

    def _consecutive(self, start: int, stop: int) -> Jagged:
        offsets = self.offsets[start : stop + 1]
        first, last = offsets[0], offsets[-1]
        return Jagged(self.values[first:last], offsets - first if first else offsets)

    def _masked(self, mask: NDArray[np.bool_]) -> Jagged:
        if mask.shape != (len(self),):
            raise DataError(
                "a mask has one entry per event",
                given=f"{' x '.join(map(str, mask.shape))} entries for {len(self)} events",
            )
        return Jagged(self.values[self.repeat(mask)], _offsets(self.lengths[mask]))

    def _chosen(self, events: NDArray[Any]) -> Jagged:
        lengths = self.lengths[events]
        offsets = _offsets(lengths)
        # Position of every chosen object: begin of its event plus its place within the event.
        begins = np.repeat(self.offsets[:-1][events] - offsets[:-1], lengths)
        return Jagged(self.values[begins + np.arange(offsets[-1])], offsets)


def concatenated(columns: Sequence[NDArray[Any] | Jagged]) -> NDArray[Any] | Jagged:
    """Put the events of several columns of one kind, plain or vector, one after the other."""
    vectors = [column for column in columns if isinstance(column, Jagged)]
    return Jagged.concatenate(vectors) if vectors else np.concatenate(columns)


def _offsets(lengths: Any) -> NDArray[np.int64]:
    offsets = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return offsets
