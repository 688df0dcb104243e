"""What declarations of regions in several columns have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gradcut.binning.axis import column
from gradcut.errors import DeclarationError
from gradcut.expressions.text import describe

if TYPE_CHECKING:
    from gradcut.expressions.nodes import Expression

__all__ = ["SeveralColumns"]


class SeveralColumns:
    """Columns that are divided together, and the coordinates that they are divided in.

    Parameters
    ----------
    columns : sequence of str or Expression
        What is divided.
    names : sequence of str or None
        Their names; by default their texts.
    what : (str, str)
        What has columns, and what they are called.
    count : (int, int)
        How many there may be.
    coordinates : (str, tuple of str)
        Those that were given, and those that there are.
    """

    #: Numbers of bins to choose from.
    counts: tuple[int, ...]

    def __init__(
        self,
        columns: Sequence[str | Expression],
        names: Sequence[str] | None,
        *,
        what: tuple[str, str],
        count: tuple[int, int],
        coordinates: tuple[str, tuple[str, ...]],
    ) -> None:
        where = f"gc.{type(self).__name__}"
        if isinstance(columns, str) or not count[0] <= len(columns) <= count[1]:
            raise DeclarationError(
                f"{what[0]} has a list of {what[1]}s",
                given=repr(columns)[:80],
                allowed=f"{count[0]} to {count[1]} of them",
                where=where,
            )
        if coordinates[0] not in coordinates[1]:
            raise DeclarationError(
                "unknown coordinates",
                given=repr(coordinates[0]),
                allowed=", ".join(map(repr, coordinates[1])),
                where=where,
            )
        self.expressions = tuple(column(one, where) for one in columns)
        self.names = tuple(names) if names is not None else tuple(map(describe, self.expressions))
        if len(set(self.names)) != len(self.names) or len(self.names) != len(self.expressions):
            raise DeclarationError(
                f"every {what[1]} of {what[0]} has a name of its own",
                given=", ".join(self.names),
                where=where,
            )

    @property
    def n_bins(self) -> int:
        """Number of bins; the largest where several are tried."""
        return max(self.counts)

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of bins, as one axis."""
        return (self.n_bins,)

    @property
    def choices(self) -> list[tuple[int, ...]]:
        """Numbers of bins to choose from."""
        return [(n,) for n in self.counts]
