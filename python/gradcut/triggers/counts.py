"""What a menu accepts: rates of its lines, alone, together and in common, and efficiencies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.triggers.sweep import accepted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.triggers.events import MenuEvents, ProcessEvents

__all__ = ["Counted", "LineRow", "MenuCounts", "SignalRow", "count"]


@dataclass(frozen=True)
class Counted:
    """A number and its statistical uncertainty."""

    value: float
    error: float


@dataclass(frozen=True)
class LineRow:
    """Rates of one line in Hz.

    Parameters
    ----------
    name : str
        The line.
    passed : Counted
        Of what passes, before the prescale.
    total : Counted
        After the prescale.
    pure : Counted
        Accepted by this line and no other one.
    cumulative : Counted
        Of this line and all before it together.
    """

    name: str
    passed: Counted
    total: Counted
    pure: Counted
    cumulative: Counted


@dataclass(frozen=True)
class SignalRow:
    """Efficiencies of one signal, prescales included.

    Parameters
    ----------
    process : str
        The signal.
    efficiency : Counted
        Of all lines together.
    lines : tuple of Counted
        Of each line.
    """

    process: str
    efficiency: Counted
    lines: tuple[Counted, ...]


@dataclass(frozen=True)
class MenuCounts:
    """A menu on some events.

    Parameters
    ----------
    total : Counted
        Rate of all lines together, in Hz.
    lines : tuple of LineRow
        Per line.
    overlaps : tuple of tuple of Counted
        Rate that two lines accept both; on the diagonal that of the line.
    signals : tuple of SignalRow
        Per signal.
    value : float
        Mean or worst efficiency, whichever is wanted.
    """

    total: Counted
    lines: tuple[LineRow, ...]
    overlaps: tuple[tuple[Counted, ...], ...]
    signals: tuple[SignalRow, ...]
    value: float

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> MenuCounts:
        """Make the counts of plain data."""
        return cls(
            total=Counted(**plain["total"]),
            lines=tuple(
                LineRow(row["name"], *(Counted(**row[k]) for k in ("passed", "total", "pure", "cumulative")))
                for row in plain["lines"]
            ),
            overlaps=tuple(tuple(Counted(**one) for one in row) for row in plain["overlaps"]),
            signals=tuple(
                SignalRow(
                    row["process"],
                    Counted(**row["efficiency"]),
                    tuple(Counted(**one) for one in row["lines"]),
                )
                for row in plain["signals"]
            ),
            value=plain["value"],
        )


def count(
    events: MenuEvents, names: Sequence[str], thresholds: NDArray[np.float64], value: Any
) -> MenuCounts:
    """Count a menu.

    Parameters
    ----------
    events : MenuEvents
        All events: none may be left out.
    names : sequence of str
        Of the lines.
    thresholds : ndarray of shape (parameters,)
        Turned so that larger ones are tighter.
    value : callable
        From efficiencies of shape (signals, 1) to what is wanted.

    Notes
    -----
    Prescaled lines accept independently, so that these are expectations; the uncertainty of a rate is the
    root of ``sum (w p)^2``, with the probability ``p`` that an event is accepted: what is not known for the
    number of events, not the fluctuation of the prescale. That of an efficiency ``e`` is the root of
    ``sum (w (p - e))^2``, over the sum of weights.
    """
    parts = events.accepted
    passed = [process.passed(thresholds) for process in events.zero_bias]
    weights = [process.weights for process in events.zero_bias]

    def rate(probabilities: Sequence[NDArray[np.float64]]) -> Counted:
        total = sum(float((w * p).sum()) for w, p in zip(weights, probabilities, strict=True))
        squares = sum(float(((w * p) ** 2).sum()) for w, p in zip(weights, probabilities, strict=True))
        return Counted(total, float(np.sqrt(squares)))

    rows = []
    overlaps = []
    for i, name in enumerate(names):
        others = np.arange(len(names)) != i
        pure = [parts[i] * one[i] * (1 - accepted(one[others], parts[others])) for one in passed]
        rows.append(
            LineRow(
                name=name,
                passed=rate([one[i].astype(np.float64) for one in passed]),
                total=rate([parts[i] * one[i] for one in passed]),
                pure=rate(pure),
                cumulative=rate([accepted(one[: i + 1], parts[: i + 1]) for one in passed]),
            )
        )
        overlaps.append(
            tuple(
                rate([parts[i] * (1.0 if i == j else parts[j]) * (one[i] & one[j]) for one in passed])
                for j in range(len(names))
            )
        )
    signals = tuple(_signal(process, thresholds, parts) for process in events.signals)
    efficiencies = np.array([[row.efficiency.value] for row in signals])
    return MenuCounts(
        total=rate([accepted(one, parts) for one in passed]),
        lines=tuple(rows),
        overlaps=tuple(overlaps),
        signals=signals,
        value=float(value(efficiencies)[0]),
    )


def _signal(process: ProcessEvents, thresholds: NDArray[np.float64], parts: NDArray[np.float64]) -> SignalRow:
    passed = process.passed(thresholds)
    lines = tuple(_efficiency(process, part * one) for one, part in zip(passed, parts, strict=True))
    return SignalRow(process.name, _efficiency(process, accepted(passed, parts)), lines)


def _efficiency(process: ProcessEvents, probability: NDArray[np.float64]) -> Counted:
    value = float((process.weights * probability).sum()) / process.total
    squares = float(((process.weights * (probability - value)) ** 2).sum())
    return Counted(value, float(np.sqrt(squares)) / process.total)
