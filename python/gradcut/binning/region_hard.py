"""Hard regions: brought to limits, and moved by their weights as long as that improves them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gradcut.binning.regions import R, Regions, without
from gradcut.yields import Yields

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.binning.cells import Cells
    from gradcut.binning.limits import BinLimits
    from gradcut.objectives import Objective

__all__ = ["improved", "labels_of", "stricter", "within_limits", "without_empty"]

#: Regions that are raised until all keep to the limits, per bin.
ROUNDS = 4
#: Cells that a region may grow by when it is raised, looked at together.
GROWTH = 4096
#: Places of a weight that are compared, and rounds over all weights.
PLACES, SWEEPS = 48, 4
#: Part of the cells that a weight may win or lose in a round.
REACH = 0.05


def labels_of(mixture: Regions, cells: Cells) -> NDArray[np.int64]:
    """Region of every cell, of one mixture."""
    return np.asarray(mixture.logits(cells.position)[0].argmax(0))


def within_limits(mixture: R, cells: Cells, limits: BinLimits | None) -> R:
    """Raise the weights of regions that miss a limit; drop those that are empty, or cannot be helped.

    Parameters
    ----------
    mixture : Mixtures or Softmaxes
        One of them.
    cells : Cells
        The events.
    limits : BinLimits or None
        What every region has to have.
    """
    if not limits:
        return without_empty(mixture, cells)
    helped: set[int] = set()
    for _ in range(ROUNDS * len(mixture.log_weights[0])):
        n_bins = len(mixture.log_weights[0])
        logits = mixture.logits(cells.position)[0]
        excess = limits.excess(cells.partition(logits.argmax(0)[None], n_bins))[0]
        worst = int(np.argmin(excess))
        if excess[worst] >= 0 or n_bins == 1:
            return mixture
        # Those that were helped before are raised with it, or they would lose to it what they need.
        helped.add(worst)
        raised = _raised(logits, worst, sorted(helped), cells, limits)
        if raised is None:
            mixture, helped = without(mixture, [worst]), set()
            continue
        weights = mixture.log_weights.copy()
        weights[0, sorted(helped)] += raised
        mixture = mixture._replace(log_weights=weights)
    # What still misses a limit would take from others for ever.
    while len(mixture.log_weights[0]) > 1:
        labels = labels_of(mixture, cells)
        excess = limits.excess(cells.partition(labels[None], len(mixture.log_weights[0])))[0]
        if excess.min() >= 0:
            break
        mixture = without(mixture, [int(np.argmin(excess))])
    return mixture


def _raised(
    logits: NDArray[np.float64], bin_: int, together: list[int], cells: Cells, limits: BinLimits
) -> float | None:
    """By how much the logits of some regions have to grow until one of them keeps to the limits."""
    if len(together) == len(logits):
        return None
    others = np.delete(logits, together, axis=0).max(0)
    # Only where it is ahead of those that grow with it can it win.
    is_first = logits[bin_] >= logits[together].max(0)
    needed = np.where(is_first, others - logits[bin_], np.inf)
    order = np.argsort(needed, kind="stable")
    now = int((needed < 0).sum())
    last = min(now + GROWTH, int(np.isfinite(needed).sum()))
    if last == 0:
        return None
    sums = np.cumsum(cells.rows.sum(4)[..., order[:last]], axis=-1)[..., max(now - 1, 0) :]
    yields = cells.made(np.moveaxis(sums, -1, 1)[..., None, None])
    good = np.flatnonzero(limits.excess(yields)[:, 0] >= 0)
    if len(good) == 0:
        return None
    at = max(now - 1, 0) + int(good[0])
    upper = needed[order[at + 1]] if at + 1 < last else needed[order[at]] + 1e-6
    return float((needed[order[at]] + upper) / 2)


def stricter(limits: BinLimits, factor: float) -> BinLimits:
    """Limits of yields and entries times a factor."""
    return replace(
        limits,
        min_background=None if limits.min_background is None else limits.min_background * factor,
        min_entries=None if limits.min_entries is None else limits.min_entries * factor,
        max_relative_uncertainty=None
        if limits.max_relative_uncertainty is None
        else limits.max_relative_uncertainty / factor**0.5,
    )


def without_empty(mixture: R, cells: Cells) -> R:
    """The same without regions that no cell is in."""
    n_bins = len(mixture.log_weights[0])
    filled = np.bincount(labels_of(mixture, cells), minlength=n_bins)
    return without(mixture, np.flatnonzero(filled == 0).tolist())


def improved(mixture: R, cells: Cells, objective: Objective, limits: BinLimits | None) -> R:
    """Move single weights to where the hard objective is best, until none can be improved.

    Parameters
    ----------
    mixture : Mixtures or Softmaxes
        One whose regions keep to the limits.
    cells, objective, limits
        As for :func:`within_limits`.
    """
    n_bins = len(mixture.log_weights[0])
    if n_bins == 1:
        return mixture
    logits = mixture.logits(cells.position)[0]
    weights = np.zeros(n_bins)
    best = float(objective.sign * objective.hard(_yields(logits, cells))[0])
    for _ in range(SWEEPS):
        before = best
        for bin_ in range(n_bins):
            others = np.delete(logits, bin_, axis=0)
            needed = others.max(0) - logits[bin_]
            steps, yields = _moved(logits, needed, bin_, cells)
            values = objective.sign * objective.hard(yields)
            if limits:
                values = np.where((limits.excess(yields) >= 0).all(1), values, -np.inf)
            at = int(np.argmax(values))
            if values[at] > best + 1e-9 * abs(best):
                best = float(values[at])
                weights[bin_] += steps[at]
                logits[bin_] += steps[at]
        if best <= before + 1e-6 * abs(before):
            break
    return mixture._replace(log_weights=mixture.log_weights + weights)


def _moved(
    logits: NDArray[np.float64], needed: NDArray[np.float64], bin_: int, cells: Cells
) -> tuple[NDArray[np.float64], Yields]:
    """Changes of a logit, and the yields of all regions with each of them."""
    order = np.argsort(needed, kind="stable")
    now = int((needed < 0).sum())
    reach = max(int(REACH * len(order)), 8)
    first, last = max(now - reach, 1), min(now + reach, len(order) - 1)
    ends = np.unique(np.linspace(first, last, PLACES).astype(np.int64))
    steps = (needed[order[ends - 1]] + needed[order[ends]]) / 2
    # Regions without the moving one; then it takes, in order, what it wins from each.
    others = logits.copy()
    others[bin_] = -np.inf
    n_bins, flat = len(logits), cells.rows.reshape(-1, cells.n_cells)
    second = others.argmax(0)
    total = np.stack([np.bincount(second, row, n_bins) for row in flat], axis=1)
    group = np.searchsorted(ends, np.argsort(order), side="right")
    at = group * n_bins + second
    taken = np.stack([np.bincount(at, row, (len(ends) + 1) * n_bins) for row in flat], axis=1)
    running = np.cumsum(taken.reshape(len(ends) + 1, n_bins, -1), axis=0)[: len(ends)]
    sums = total[None] - running
    sums[:, bin_] = running.sum(1)
    shaped = np.moveaxis(sums, 2, 0).reshape((*cells.rows.shape[:5], len(ends), n_bins))
    return steps, cells.made(np.swapaxes(np.moveaxis(shaped, 5, 1), 5, 6))


def _yields(logits: NDArray[np.float64], cells: Cells) -> Yields:
    return cells.partition(logits.argmax(0)[None], len(logits))
