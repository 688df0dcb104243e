"""Where a cut lies in a picture: lines, the side that is kept, and what is as good."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gradcut.report.style import INTERVAL, THRESHOLD
from gradcut.results.text import condition

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from gradcut.results import CutResult
    from gradcut.results.pictures import CutPicture

__all__ = ["Line", "draw_lines", "lines_of", "title_of"]

#: Length of an arrow, and its height, in fractions of the axes.
ARROW, HEIGHT = 0.07, 0.93


@dataclass(frozen=True)
class Line:
    """One threshold: where it is, to which side events are kept, and the interval within 1%."""

    parameter: str
    #: "lower" or "upper" end of a window or veto, else empty.
    end: str
    at: float
    #: +1 where events above it are kept, -1 where those below it are.
    side: int
    low: float
    high: float


def lines_of(result: CutResult, picture: CutPicture) -> list[Line]:
    """Thresholds of a cut, lower one first; open ones are at infinity."""
    cut = next(cut for cut in result.selection.cuts if cut.label == picture.cut)
    inside = -1 if picture.kind == "veto" else 1
    two = cut.low is not None and cut.high is not None
    found = []
    for name, end, side in ((cut.low, "lower", inside), (cut.high, "upper", -inside)):
        if name is not None:
            row = result.threshold(name)
            found.append(Line(name, end if two else "", row.learned, side, row.low, row.high))
    return found


def draw_lines(axes: Axes, lines: list[Line], *, arrows: bool = True, linewidth: float = 1.6) -> None:
    """Draw the thresholds of a cut over the range that the axes have."""
    first, last = axes.get_xlim()
    for line in lines:
        low, high = max(line.low, first), min(line.high, last)
        if high > low:
            axes.axvspan(low, high, color=INTERVAL, alpha=0.22, lw=0, zorder=0)
        if not math.isfinite(line.at):
            continue
        axes.axvline(line.at, color=THRESHOLD, linewidth=linewidth, zorder=4)
        if arrows:
            axes.annotate(
                "",
                xy=(line.at + line.side * ARROW * (last - first), HEIGHT),
                xytext=(line.at, HEIGHT),
                xycoords=("data", "axes fraction"),
                textcoords=("data", "axes fraction"),
                arrowprops={"arrowstyle": "-|>", "color": THRESHOLD, "lw": linewidth, "shrinkA": 0},
                annotation_clip=False,
                zorder=5,
            )


def title_of(result: CutResult, picture: CutPicture, label: str) -> str:
    """What was learned, as one line: ``met > 350``, ``81 < m < 101``, ``m < 81 or > 101``, ``dr: open``."""
    plain = label.rpartition(" [")[0] or label
    rows = [result.threshold(line.parameter) for line in lines_of(result, picture)]
    said = {row.name: condition(result, row) for row in rows if math.isfinite(row.learned)}
    if not said:
        return f"{plain}: open" if any(row.is_open for row in rows) else f"{plain}: nothing kept"
    conditions = list(said.values())
    if len(conditions) == 1:
        return f"{plain} {conditions[0]}"
    if picture.kind == "veto":
        return f"{plain} {' or '.join(conditions)}"
    lower, upper = (text.split() for text in conditions)
    return f"{lower[-1]} {lower[0].replace('>', '<')} {plain} {' '.join(upper)}"
