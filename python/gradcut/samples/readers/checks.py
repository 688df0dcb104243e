"""Complaints that every reader makes in the same words."""

from __future__ import annotations

from gradcut.errors import DataError

__all__ = ["empty_sample"]


def empty_sample(where: str) -> DataError:
    """Return the error for a source without any event."""
    return DataError(
        "a sample has no events at all",
        where=where,
        given="0 entries",
        hint="check the file and tree; leave the process out of this channel if it has none",
    )
