"""Lines of a trigger menu, as they are declared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gradcut.checks import is_number
from gradcut.errors import DeclarationError
from gradcut.regions import Regions
from gradcut.selection import Selection

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Line", "directions", "lines_of", "selections_of"]


@dataclass(frozen=True)
class Line:
    """A selection that accepts events, one of ``prescale`` of those that pass.

    Parameters
    ----------
    selection : Selection
        What passes; a ``?`` in it is learned.
    prescale : float, default 1
        One of so many passing events is accepted, independently of other lines.
    max_rate : float, optional
        Largest rate of the line by itself after the prescale, in Hz.
    """

    selection: Selection
    prescale: float = 1.0
    max_rate: float | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.selection, Selection):
            raise DeclarationError("a line is a gc.Selection", given=repr(self.selection)[:80])
        if not is_number(self.prescale) or not 1 <= self.prescale < float("inf"):
            raise DeclarationError(
                "a prescale is a number from 1 on",
                given=repr(self.prescale),
                hint="prescale=10 accepts one of ten; leave out a line that is to accept nothing",
            )
        if self.max_rate is not None and not (is_number(self.max_rate) and self.max_rate > 0):
            raise DeclarationError("max_rate is a positive number of Hz", given=repr(self.max_rate))

    @property
    def accepted(self) -> float:
        """Part of the passing events that is accepted."""
        return 1 / float(self.prescale)


def lines_of(given: Mapping[str, Line | Selection]) -> dict[str, Line]:
    """Check the lines of a menu."""
    if not isinstance(given, Mapping) or not given:
        raise DeclarationError(
            "lines are a mapping of names to selections",
            given=repr(given)[:80],
            allowed='{"EG": gc.Selection("eg_pt > ?"), "MU": gc.triggers.Line(..., prescale=10)}',
        )
    return {name: line if isinstance(line, Line) else Line(line) for name, line in given.items()}


def selections_of(lines: Mapping[str, Line]) -> Regions:
    """The lines as alternatives: names of parameters, and the condition that an event passes one of them."""
    return Regions({name: line.selection for name, line in lines.items()})


def directions(selections: Regions) -> NDArray[np.float64]:
    """Say per parameter whether a larger one is tighter, 1, or looser, -1.

    Raises
    ------
    DeclarationError
        If a line has a window or veto with a ``?``, anything but cuts, or a parameter tightens and loosens.
    """
    found: dict[str, float] = {}
    for name, selection in selections.selections.items():
        if selection.kernel_spec().tree is not None:
            raise DeclarationError(
                "lines are learned where every '?' is the threshold of a simple cut",
                where=f"line '{name}'",
                given=repr(selection),
            )
        for cut in selection.cuts:
            if cut.kind not in ("above", "below"):
                raise DeclarationError(
                    "thresholds of a menu are one-sided",
                    where=f"line '{name}'",
                    given=cut.label,
                    allowed="'x > ?' or 'x < ?'; windows and vetoes without '?'",
                )
            own = cut.low if cut.kind == "above" else cut.high
            parameter, sign = selections.names[name][own or ""], 1.0 if cut.kind == "above" else -1.0
            if found.setdefault(parameter, sign) != sign:
                raise DeclarationError(
                    "a threshold tightens one line and loosens another",
                    where=f"line '{name}'",
                    given=f"'{parameter}'",
                )
    return np.array([found[parameter] for parameter in selections.parameters])
