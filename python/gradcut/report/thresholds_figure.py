"""The picture of cuts against the target efficiency."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.report.style import INTERVAL, THRESHOLD, USED, label_of
from gradcut.tables import shortened

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from gradcut.results import ScanResult
    from gradcut.selection.cuts import LearnedCut

__all__ = ["thresholds_figure"]

#: Size of one cut, of the head, in inches; cuts beside each other; longest label.
CELL, HEAD, COLUMNS, LABEL = (3.9, 2.9), 0.95, 4, 34
#: What is kept, and what is not.
KEPT: dict[str, Any] = {"color": INTERVAL, "alpha": 0.3, "lw": 0, "zorder": 0}
FOLD: dict[str, Any] = {"color": USED[1], "marker": "o", "markersize": 3.5, "linestyle": "", "zorder": 3}
LEARNED: dict[str, Any] = {
    "color": THRESHOLD,
    "marker": "o",
    "markersize": 4.5,
    "linewidth": 1.6,
    "zorder": 4,
}
#: An open side is drawn this far inside of the axes, in fractions of them.
INSIDE = 0.045


def thresholds_figure(scan: ScanResult, labels: Mapping[str, str]) -> Figure:
    """Draw every cut against the target efficiency, with what is kept shaded."""
    from matplotlib.figure import Figure

    cuts = scan.selection.cuts
    rows = math.ceil(len(cuts) / COLUMNS)
    columns = math.ceil(len(cuts) / rows)
    width, height = CELL[0] * max(columns, 2), CELL[1] * rows + HEAD
    figure = Figure(figsize=(width, height))
    figure.text(
        0.22 / width, 1 - 0.28 / height, "cuts against the wanted signal efficiency", fontsize=16, va="center"
    )
    figure.legend(
        handles=_handles(scan),
        loc="upper left",
        bbox_to_anchor=(0.1 / width, 1 - 0.42 / height),
        ncols=4,
        columnspacing=1.4,
    )
    top = 1 - HEAD / height
    for position, cut in enumerate(cuts):
        row, column = divmod(position, columns)
        left, right = (column + 0.19) / max(columns, 2), (column + 0.96) / max(columns, 2)
        lower, upper = top * (1 - (row + 0.80) / rows), top * (1 - (row + 0.06) / rows)
        axes = figure.add_axes((left, lower, right - left, upper - lower))
        _draw(axes, scan, cut)
        # Formulas are shorter than what is written for them, and broken in the middle they are none.
        label = label_of(cut.label, labels)
        title = label if "$" in labels.get(cut.label, "") else shortened(label, LABEL)
        axes.set_title(title, loc="left", fontsize=13)
        axes.set_xlabel("wanted signal efficiency", loc="right", fontsize=11)
        # A power of ten would be written over the title.
        axes.yaxis.get_offset_text().set_x(-0.22)
    return figure


def _draw(axes: Axes, scan: ScanResult, cut: LearnedCut) -> None:
    targets = np.array(scan.targets)
    ends = [
        (name, _values(scan, name), _of_folds(scan, name), side)
        for name, side in ((cut.low, -1), (cut.high, 1))
        if name is not None
    ]
    bottom, top = _limits(np.concatenate([np.concatenate([v, f.ravel()]) for _, v, f, _ in ends]))
    axes.set_ylim(bottom, top)
    if not any(np.isfinite(v).any() or np.isfinite(f).any() for _, v, f, _ in ends):
        axes.set_yticks([])  # open everywhere: there is no scale
    reach = 0.06 * (targets[-1] - targets[0]) or 0.05
    axes.set_xlim(targets[0] - reach, targets[-1] + reach)
    _shade(axes, targets, cut, {side: values for _, values, _, side in ends})
    for _, values, folds, side in ends:
        for one in folds:
            axes.plot(targets, np.where(np.isfinite(one), one, np.nan), **FOLD)
        axes.plot(targets, np.where(np.isfinite(values), values, np.nan), **LEARNED)
        # A veto is open where both of its ends are at plus infinity.
        up = side > 0 or cut.kind == "veto"
        axes.plot(
            targets[np.isinf(values)],
            np.full(np.count_nonzero(np.isinf(values)), 1 - INSIDE if up else INSIDE),
            marker="^" if up else "v",
            color=THRESHOLD,
            markerfacecolor="white",
            markersize=7,
            linestyle="",
            transform=axes.get_xaxis_transform(),
            zorder=4,
        )


def _shade(
    axes: Axes, targets: NDArray[np.float64], cut: LearnedCut, ends: Mapping[int, NDArray[np.float64]]
) -> None:
    """Shade what is kept: between neighbouring targets half of the way belongs to each."""
    bottom, top = axes.get_ylim()
    first, last = axes.get_xlim()
    edges = np.concatenate([[first], (targets[:-1] + targets[1:]) / 2, [last]])
    for at in range(len(targets)):
        low = float(np.clip(ends[-1][at], bottom, top)) if -1 in ends else bottom
        high = float(np.clip(ends[1][at], bottom, top)) if 1 in ends else top
        spans = [(bottom, low), (high, top)] if cut.kind == "veto" else [(low, high)]
        for start, end in spans:
            axes.fill_between(edges[at : at + 2], start, end, **KEPT)


def _values(scan: ScanResult, name: str) -> NDArray[np.float64]:
    return np.array([point.values[name] for point in scan])


def _of_folds(scan: ScanResult, name: str) -> NDArray[np.float64]:
    """Thresholds that did not see one fold, shape (folds, working points)."""
    rows = zip(*([fold.values[name] for fold in point.folds] for point in scan), strict=True)
    return np.array(list(rows), dtype=np.float64).reshape(-1, len(scan))


def _limits(values: NDArray[np.float64]) -> tuple[float, float]:
    finite = values[np.isfinite(values)]
    if not len(finite):
        return 0.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    # Thresholds of folds that lie far outside must not hide how the others go.
    if len(finite) > 8:
        inner_low, inner_high = np.quantile(finite, [0.02, 0.98])
        reach = 0.5 * (inner_high - inner_low)
        low, high = max(low, inner_low - reach), min(high, inner_high + reach)
    margin = 0.15 * (high - low) or 0.1 * abs(high) or 1.0
    return low - margin, high + margin


def _handles(scan: ScanResult) -> list[Artist]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    entries: list[Artist] = [Line2D([], [], **LEARNED, label="learned"), Patch(**KEPT, label="kept")]
    if any(point.folds for point in scan):
        entries.append(Line2D([], [], **FOLD, label="without one fold"))
    if any(math.isinf(value) for point in scan for value in point.values.values()):
        entries.append(
            Line2D(
                [],
                [],
                color=THRESHOLD,
                marker="v",
                markerfacecolor="white",
                markersize=7,
                linestyle="",
                label="open",
            )
        )
    return entries
