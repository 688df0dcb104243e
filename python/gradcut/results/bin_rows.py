"""Rows of the tables of learned bins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["BinRow"]


@dataclass(frozen=True)
class BinRow:
    """One bin in one channel, of hard bins unless said otherwise, in events of the full sample.

    Parameters
    ----------
    channel, bin : str
        Which; the numbers along the axes, from 0 on.
    signal, background : float
        Yields, of the events that were learned from.
    background_error, background_entries : float
        MC uncertainty of the background and its effective entries there.
    unused_signal, unused_background, unused_error : float or None
        The same of events that chose nothing.
    soft_signal, soft_background : float or None
        With the smooth bins of the fit, of the events that were learned from.
    contribution : float or None
        What the bin adds to the objective, where it adds over bins; of the events that were learned from.
    """

    channel: str
    bin: str
    signal: float
    background: float
    background_error: float
    background_entries: float
    unused_signal: float | None
    unused_background: float | None
    unused_error: float | None
    soft_signal: float | None
    soft_background: float | None
    contribution: float | None

    @property
    def signal_bias(self) -> float | None:
        """Soft over hard signal, less one; None where nothing was smooth or there is none."""
        return _bias(self.soft_signal, self.signal)

    @property
    def background_bias(self) -> float | None:
        """Soft over hard background, less one."""
        return _bias(self.soft_background, self.background)

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> BinRow:
        """Read a row of a file."""
        return cls(**plain)


def _bias(soft: float | None, hard: float) -> float | None:
    return None if soft is None or hard == 0 else soft / hard - 1
