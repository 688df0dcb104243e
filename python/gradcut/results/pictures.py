"""What the picture of a cut is drawn from: plain data that a result carries, so that no events are needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["CutPicture", "Histogram", "ThresholdScan"]


@dataclass(frozen=True)
class Histogram:
    """The feature of a cut for one process in one channel, nominal, in events of the full sample.

    Parameters
    ----------
    channel, process, role : str
        What it is.
    before, before_w2 : tuple of float, length n_bins + 2
        Sums of weights and of their squares per bin, of all events after the requirements; first the
        underflow, last the overflow.
    others, others_w2 : tuple of float, length n_bins + 2
        The same of the events that pass all other cuts (N-1).
    missing : tuple of two float
        Yields without a value for the cut, before and after all other cuts.
    """

    channel: str
    process: str
    role: str
    before: tuple[float, ...]
    before_w2: tuple[float, ...]
    others: tuple[float, ...]
    others_w2: tuple[float, ...]
    missing: tuple[float, float]


@dataclass(frozen=True)
class ThresholdScan:
    """The objective with hard cuts while one threshold moves and all others stay.

    Parameters
    ----------
    parameter : str
        The threshold.
    thresholds : tuple of float
        Its values.
    used : tuple of float
        Objective on the events that were learned from.
    unused : tuple of float, or None
        Objective on events that chose nothing. With folds, of the yields of all folds together, each with
        the other thresholds that were learned without it.
    """

    parameter: str
    thresholds: tuple[float, ...]
    used: tuple[float, ...]
    unused: tuple[float, ...] | None


@dataclass(frozen=True)
class CutPicture:
    """Histograms and scans of one cut.

    Parameters
    ----------
    cut : str
        Its label: the text of the feature.
    kind : {"above", "below", "window", "veto"}
        What is kept.
    edges : tuple of float, length n_bins + 1
        Edges of the bins.
    histograms : tuple of Histogram
        One per process and channel.
    scans : tuple of ThresholdScan
        One per threshold.
    """

    cut: str
    kind: str
    edges: tuple[float, ...]
    histograms: tuple[Histogram, ...]
    scans: tuple[ThresholdScan, ...]

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> CutPicture:
        """Make it of what ``dataclasses.asdict`` gave, lists for tuples."""
        return cls(
            cut=plain["cut"],
            kind=plain["kind"],
            edges=tuple(plain["edges"]),
            histograms=tuple(Histogram(**_tuples(one)) for one in plain["histograms"]),
            scans=tuple(ThresholdScan(**_tuples(one)) for one in plain["scans"]),
        )


def _tuples(plain: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in plain.items()}
