"""Complaints that every reader makes in the same words."""

from __future__ import annotations

from gradcut.errors import DataError

__all__ = ["empty_sample", "part_without_events"]


def empty_sample(where: str) -> DataError:
    """Return the error for a source without any event."""
    return DataError(
        "a sample has no events at all",
        where=where,
        given="0 entries",
        hint="check the file and tree; leave the process out of this channel if it has none",
    )


def part_without_events(entries: int, sum_w: float, of: int, where: str) -> DataError:
    """Return the error for a part of a split that cannot be scaled to the full yield."""
    return DataError(
        f"a part of the split has {'no event' if entries == 0 else f'a sum of weights of {sum_w:g}'}",
        where=where,
        given=f"{entries} of {of} events",
        hint="use larger parts or another seed; so few events cannot judge a selection",
    )
