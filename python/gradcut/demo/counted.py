"""Sums over the events of every process and variation, and the significance that they give."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradcut.demo.search import NORM_UNCERTAINTY, ROLES, VARIATIONS, objective
from gradcut.engines.layout import ProcessRecord, make_layout
from gradcut.yields import Moments, Yields

__all__ = ["Counted", "Sums", "disagreements", "significance"]

#: Sums of weights in double, in two orders of the events, agree within this fraction.
TOLERANCE = 1e-9


class Sums(NamedTuple):
    """Entries, yield and sum of squared weights."""

    entries: int
    sum_w: float
    sum_w2: float

    @classmethod
    def of(cls, weights: NDArray[np.float64]) -> Sums:
        """Sum weights."""
        return cls(len(weights), float(weights.sum()), float((weights**2).sum()))


class Counted(NamedTuple):
    """What one way of counting found."""

    #: Nominal events after the preselection, per process.
    before: dict[str, Sums]
    #: Events after the cuts, per process and variation.
    after: dict[tuple[str, str], Sums]

    def to_json(self) -> list[dict[str, Any]]:
        """Return the yields after the cuts as plain data."""
        return [
            {"process": process, "variation": variation, **sums._asdict()}
            for (process, variation), sums in self.after.items()
        ]


def significance(counted: Counted) -> float:
    """Return the objective of the fit, of sums that somebody else made."""
    records = [
        ProcessRecord(
            "all",
            process,
            ROLES[process],
            NORM_UNCERTAINTY.get(process, 0.0),
            tuple(VARIATIONS),
            sums.sum_w,
            sums.entries,
            np.nan,  # the largest weight, which this objective does not use
            sums.sum_w / sums.entries,
        )
        for process, sums in counted.before.items()
    ]
    layout = make_layout(records, tuple(VARIATIONS))
    arrays = np.zeros((3, 1, *layout.shape))
    for (process, variation), sums in counted.after.items():
        p, v = layout.processes.index(process), layout.variations.index(variation)
        arrays[:, 0, 0, p, v, 0] = sums
    return float(objective().hard(Yields(layout, Moments(*arrays)))[0])


def disagreements(one: Counted, other: Counted) -> list[str]:
    """Name the process and variation wherever two ways of counting differ."""
    found = []
    for key, sums in one.after.items():
        same = sums.entries == other.after[key].entries and all(
            abs(a - b) <= TOLERANCE * abs(a) for a, b in zip(sums[1:], other.after[key][1:], strict=True)
        )
        if not same:
            found.append(" ".join(key))
    return found
