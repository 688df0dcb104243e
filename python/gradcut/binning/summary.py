"""What a result says about its bins, all of it hard unless it says soft."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from gradcut.binning.learned import LearnedEdges
from gradcut.binning.learned_channels import LearnedChannels
from gradcut.binning.learned_softmax import LearnedSoftmax
from gradcut.results.bin_rows import BinRow

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.binning.choose import Choice
    from gradcut.binning.learned import LearnedBins, LearnedWith
    from gradcut.binning.settings import BinSettings
    from gradcut.objectives import Objective
    from gradcut.yields import Moments, Yields

__all__ = ["bin_rows", "bin_warnings", "message_of", "warnings_of"]

#: A soft bin that differs by more than this from the hard one is named.
BIAS = 0.1
#: A bin with fewer effective entries of the background is named.
SCARCE = 10.0
_METHODS = {
    "gradient": "descent with smooth bins, then {moved} moved",
    "exact": "dynamic programming over cells",
    "bayesian": "trials led by a Gaussian process, then {moved} moved",
}


def bin_rows(
    learned: LearnedWith, used: Yields, unused: Yields | None, objective: Objective
) -> tuple[BinRow, ...]:
    """One row per channel and bin."""
    layout = used.layout
    added = objective.contributions(used)
    if unused is not None and (unused.layout.channels, unused.layout.bin_shape) != (
        layout.channels,
        layout.bin_shape,
    ):
        unused = None  # folds chose other numbers of bins
    # Yields side by side have a channel for every bin.
    side_by_side = learned.bins.places if isinstance(learned.bins, LearnedChannels) else None
    signal, background = layout.process_indices("signal"), layout.process_indices("background")
    rows = []
    for c, channel in enumerate(layout.channels):
        s, (b, e) = _sum(used.moments, c, signal)[0], _sum(used.moments, c, background)
        others = (
            None if unused is None else (_sum(unused.moments, c, signal), _sum(unused.moments, c, background))
        )
        soft = (
            None
            if learned.soft is None
            else (_sum(learned.soft.moments, c, signal)[0], _sum(learned.soft.moments, c, background)[0])
        )
        for k, label in enumerate(layout.bins):
            place = (channel, label) if side_by_side is None else side_by_side[c]
            contribution = (
                None if added is None or added.shape[2] != len(layout.bins) else float(added[0, c, k])
            )
            rows.append(
                BinRow(
                    channel=place[0],
                    bin=place[1],
                    signal=float(s[k]),
                    background=float(b[k]),
                    background_error=float(np.sqrt(e[k])),
                    background_entries=float(b[k] ** 2 / e[k]) if e[k] > 0 else 0.0,
                    unused_signal=None if others is None else float(others[0][0][k]),
                    unused_background=None if others is None else float(others[1][0][k]),
                    unused_error=None if others is None else float(np.sqrt(others[1][1][k])),
                    soft_signal=None if soft is None else float(soft[0][k]),
                    soft_background=None if soft is None else float(soft[1][k]),
                    contribution=contribution,
                )
            )
    return tuple(rows)


def _sum(
    moments: Moments, channel: int, processes: Sequence[int]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Yield and variance per bin."""
    chosen = list(processes)
    return moments.sum_w[0, channel, chosen, 0].sum(0), moments.variance[0, channel, chosen, 0].sum(0)


def message_of(
    settings: BinSettings,
    best: LearnedWith,
    choices: tuple[Choice, ...],
    done: int,
    wanted: int,
    interrupted: bool,
) -> str:
    """How the bins were made."""
    moved = "single edges" if _has_edges(best.bins) else "weights of regions"
    parts = [_METHODS[settings.method].format(moved=moved)]
    if best.of_starts:
        low, high = min(best.of_starts), max(best.of_starts)
        parts.append(f"{len(best.of_starts)} starts came to {low:.4g} .. {high:.4g}")
    if choices:
        shape = "x".join(map(str, best.bins.bin_shape))
        parts.append(f"{shape} bins were best on events to choose by, of {len(choices)} choices")
    parts += _smoothness(best.bins)
    if settings.limits is not None:
        parts.append(f"within {settings.limits}")
    if interrupted:
        parts.append(f"interrupted: {done} of {wanted} sets of bins were complete")
    return "; ".join(parts)


def _smoothness(bins: LearnedBins) -> list[str]:
    """What the widths of smooth steps were, or the temperature, where they were not annealed."""
    if isinstance(bins, LearnedChannels):
        return [text for one in bins.groups for text in _smoothness(one)]
    if isinstance(bins, LearnedSoftmax) and bins.temperature is not None:
        how = "learned" if bins.softmax.temperature == "learned" else "given"
        return [f"{how} temperature of smooth bins {bins.temperature:.3g}"]
    if isinstance(bins, LearnedEdges) and bins.widths is not None:
        return [
            f"{'learned' if axis.width == 'learned' else 'given'} steps of {axis.name} are {width:.3g} wide"
            for axis, width in zip(bins.binning.axes, bins.widths, strict=True)
            if width is not None
        ]
    return []


def _has_edges(bins: LearnedBins) -> bool:
    if isinstance(bins, LearnedChannels):
        return all(map(_has_edges, bins.groups))
    return isinstance(bins, LearnedEdges)


def warnings_of(
    rows: tuple[BinRow, ...],
    few: Sequence[str],
    judged: float | None,
    missing: Mapping[str, int],
    settings: BinSettings,
) -> tuple[str, ...]:
    """What to know before using the bins."""
    return bin_warnings(rows, few, judged, missing, limited=settings.limits is not None)


def bin_warnings(
    rows: tuple[BinRow, ...],
    few: Sequence[str],
    judged: float | None,
    missing: Mapping[str, int],
    *,
    limited: bool,
) -> tuple[str, ...]:
    """What to know of bins, whatever they are of.

    Parameters
    ----------
    rows : tuple of BinRow
        The bins.
    few : sequence of str
        Processes that were not divided.
    judged : float or None
        Objective on unused events.
    missing : mapping of str to int
        Events without a value, by column.
    limited : bool
        Whether limits were asked for.
    """
    found = []
    if few:
        found.append(f"too few events to be divided, whole in every part: {', '.join(few)}")
    if judged is None:
        found.append("no unused events: the objective is that of the events learned from, and too good")
    scarce = [row for row in rows if row.background_entries < SCARCE and row.background > 0]
    if scarce and not limited:
        worst = min(scarce, key=lambda row: row.background_entries)
        found.append(
            f"{len(scarce)} bins have fewer than {SCARCE:g} effective entries of the background, "
            f"{_named(worst, rows)} {worst.background_entries:.3g}: "
            "limits=gc.BinLimits(min_entries=...) avoids them"
        )
    biased = [row for row in rows if row.background_bias is not None and abs(row.background_bias) > BIAS]
    if biased:
        worst = max(biased, key=lambda row: abs(row.background_bias or 0.0))
        found.append(
            f"the smooth background of {len(biased)} bins is off by more than {BIAS:.0%}, "
            f"of {_named(worst, rows)} by {worst.background_bias:+.0%}: "
            "the fit saw other yields than these bins have"
        )
    for name, count in missing.items():
        if count:
            found.append(f"{count} events have no value of '{name}' and are in no bin")
    return tuple(found)


def _named(row: BinRow, rows: tuple[BinRow, ...]) -> str:
    several = len({one.channel for one in rows}) > 1
    return f"bin {row.bin}" + (f" of channel '{row.channel}'" if several else "")
