"""Rows of the tables of a result."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FoldRow", "ProcessRow", "Scores", "ThresholdRow"]


@dataclass(frozen=True)
class ThresholdRow:
    """One learned threshold.

    Parameters
    ----------
    name, cut : str
        Name of the parameter, and of the cut or cuts that use it.
    start, learned : float
        Where the start that won began, and the result; an infinite one leaves its side open.
    low, high : float
        Around the learned value, the range in which the objective on the used events stays within 1%.
    without, without_unused : float, float or None
        Objective without the whole cut (N-1), on the used and on the unused events.
    alone : float
        Objective on the used events with this cut alone.
    is_open : bool
        Whether the cut does nothing on this side, but for missing values.
    missing : int
        Entries without a value for the cut.
    """

    name: str
    cut: str
    start: float
    learned: float
    low: float
    high: float
    without: float
    without_unused: float | None
    alone: float
    is_open: bool
    missing: int


@dataclass(frozen=True)
class ProcessRow:
    """Yields of one process in one channel, in events of the full sample.

    Parameters
    ----------
    channel, process, role : str
        What it is.
    before : float
        Yield before the selection.
    before_entries : int
        Its entries.
    used : float
        Yield after it, from the events that were learned from.
    unused, unused_error, unused_entries : float, float, int or None
        Yield, MC uncertainty and entries after it, from the other events.
    floor : float
        Least MC uncertainty that it can claim: the 68% upper limit of its yield where no event is left.
    """

    channel: str
    process: str
    role: str
    before: float
    before_entries: int
    used: float
    unused: float | None
    unused_error: float | None
    unused_entries: int | None
    floor: float


@dataclass(frozen=True)
class Scores:
    """The objective at the result.

    Parameters
    ----------
    name, direction : str
        The objective, and whether more is better.
    used : float
        With hard cuts, on the events that were learned from.
    unused : float or None
        With hard cuts, on events that chose nothing; with folds, of their pooled yields, each fold selected
        by the cuts that did not see it. This is the number to quote.
    soft : float or None
        With the smooth cuts of the fit, on the events that were learned from.
    """

    name: str
    direction: str
    used: float
    unused: float | None
    soft: float | None


@dataclass(frozen=True)
class FoldRow:
    """Cuts that did not see one fold.

    Parameters
    ----------
    values : dict of str to float
        Thresholds.
    used : float
        Objective with hard cuts on the events that they were learned from.
    variant : str
        How they were made.
    """

    values: dict[str, float]
    used: float
    variant: str
