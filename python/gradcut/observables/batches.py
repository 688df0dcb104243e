"""Mini-batches: parts of the events of every process, scaled to its yield."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from gradcut.randomness import stream

if TYPE_CHECKING:
    from gradcut.observables.rows import Block, Rows

__all__ = ["Batches", "few_entries"]

#: A batch is too small where a process has fewer effective entries per bin in it.
FEW = 5.0


def few_entries(rows: Rows, parts: int, n_bins: int) -> dict[str, float]:
    """Effective entries per bin and batch of processes that have fewer than five."""
    found = {}
    for block in rows.blocks:
        if block.variants[0].at[2] != 0:
            continue
        w = block.weights[:, 0]
        entries = float(w.abs().sum() ** 2 / (w * w).sum().clamp(min=1e-300)) / parts / n_bins
        if entries < FEW:
            found[rows.layout.processes[block.table[1]]] = entries
    return found


class Batches:
    """All events in parts, another division in every epoch.

    Parameters
    ----------
    rows : Rows
        All events.
    size : int or None
        Rows of a batch, about; None: all of them.
    seed : int
        Of the divisions.

    Notes
    -----
    Every table gives the same share of its events to each batch. Weights are multiplied with the ratio of the
    nominal yield of all events to that of the batch, one factor per process, the same for all variations, so
    that these keep the effect that they have on the yield.
    """

    def __init__(self, rows: Rows, size: int | None, seed: int) -> None:
        self.rows, self.seed = rows, seed
        self.parts = 1 if size is None else max(1, round(rows.n_rows / size))
        self._epoch, self._orders = -1, dict[tuple[int, int, int], "np.ndarray[Any, Any]"]()

    def at(self, step: int) -> Rows:
        """Return the events of a step."""
        if self.parts == 1:
            return self.rows
        epoch, part = divmod(step, self.parts)
        if epoch != self._epoch:
            random = stream(self.seed, f"batches of epoch {epoch}")
            self._epoch, self._orders = epoch, {}
            for block in self.rows.blocks:
                if block.table not in self._orders:
                    self._orders[block.table] = random.permutation(block.rows.stop - block.rows.start)
        device = self.rows.inputs.device
        chosen = {
            table: torch.from_numpy(order[part :: self.parts]).to(device)
            for table, order in self._orders.items()
        }
        factors = _factors(self.rows, chosen)
        blocks, places, begin = [], [], 0
        for block in self.rows.blocks:
            index = chosen[block.table]
            blocks.append(_part(block, index, slice(begin, begin + len(index)), factors[block.table]))
            places.append(index + block.rows.start)
            begin += len(index)
        return replace(self.rows, inputs=self.rows.inputs[torch.cat(places)], blocks=tuple(blocks))


def _factors(
    rows: Rows, chosen: dict[tuple[int, int, int], torch.Tensor]
) -> dict[tuple[int, int, int], float]:
    found = {}
    for block in rows.blocks:
        if block.table in found:
            continue
        # The first variant of the first block of a table is nominal, or the variation that the table is of.
        w = block.weights[:, 0]
        whole, part = float(w.sum()), float(w[chosen[block.table]].sum())
        # Yields without a sign, or of the other one, have nothing to be scaled to but their share.
        share = len(w) / max(1, len(chosen[block.table]))
        found[block.table] = whole / part if part * whole > 0 and whole / part < 10 * share else share
    return found


def _part(block: Block, index: torch.Tensor, rows: slice, factor: float) -> Block:
    # Sums of squared weights grow with the number of events, and not with its square.
    variants = tuple(replace(v, variance_scale=v.variance_scale / factor) for v in block.variants)
    return replace(
        block,
        rows=rows,
        weights=block.weights[index] * factor,
        variants=variants,
        place=None if block.place is None else block.place[index],
        cuts=None if block.cuts is None else block.cuts.part(index),
    )
