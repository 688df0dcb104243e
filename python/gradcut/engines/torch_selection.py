"""Memberships of events in a selection, in plain torch, and the columns that they are of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from gradcut.engines.moments import objects_of
from gradcut.engines.torch_steps import step_at
from gradcut.engines.torch_tree import tree_membership, with_terms
from gradcut.jagged import Jagged
from gradcut.kernel_spec import HIGH_INCLUSIVE, KINDS, LOW_INCLUSIVE, MISSING_PASSES

if TYPE_CHECKING:
    from gradcut.kernel_spec import KernelSpec

__all__ = ["CutColumns", "chunk_of", "selection_membership"]


@dataclass(frozen=True, eq=False)
class CutColumns:
    """What a selection reads of some events, in double.

    Parameters
    ----------
    spec : KernelSpec
        The selection.
    columns : tuple of ndarray or Jagged
        One per column of the selection.
    device : torch.device
        Where they are compared.
    """

    spec: KernelSpec
    columns: tuple[Any, ...]
    device: torch.device

    @classmethod
    def of(cls, spec: KernelSpec, columns: Sequence[Any], device: torch.device) -> CutColumns:
        """Take columns in any type."""
        made = tuple(
            column.with_values(column.values.astype(np.float64))
            if isinstance(column, Jagged)
            else np.asarray(column).astype(np.float64)
            for column in columns
        )
        return cls(spec, made, device)

    def part(self, index: Any) -> CutColumns:
        """Those of some events, by their numbers."""
        chosen = np.asarray(index.cpu() if isinstance(index, torch.Tensor) else index)
        return CutColumns(self.spec, tuple(column[chosen] for column in self.columns), self.device)

    def membership(self, slots: torch.Tensor, part: slice, *, hard: bool = False) -> torch.Tensor:
        """Membership of a slice of the events, shape (points, events).

        Parameters
        ----------
        slots : Tensor of float64, shape (points, 3 cuts + terms)
            Lower and upper thresholds, widths, and what the columns of terms are multiplied with.
        part : slice
            Of the events.
        hard : bool, default False
            Whether cuts are hard: zeros and ones.
        """
        own = [column[part] for column in self.columns]
        values = [
            torch.from_numpy(np.ascontiguousarray(c.values if isinstance(c, Jagged) else c)).to(self.device)
            for c in own
        ]
        firsts = [self.spec.columns.index(names[0]) for names in objects_of(self.spec)]
        begins = [torch.from_numpy(own[first].offsets.copy()).to(self.device) for first in firsts]
        return selection_membership(self.spec, values, begins, slots, hard=hard)


def chunk_of(
    spec: KernelSpec, columns: Sequence[torch.Tensor], begins: Sequence[torch.Tensor], part: slice
) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    """Columns of a slice of the events, and where the objects of each begin."""
    begins = [begin[part.start : part.stop + 1] for begin in begins]
    collections = [-1] * len(columns) if spec.tree is None else spec.tree.collections.tolist()
    chosen = [
        column[part] if c < 0 else column[int(begins[c][0]) : int(begins[c][-1])]
        for column, c in zip(columns, collections, strict=True)
    ]
    return chosen, [begin - begin[0] for begin in begins]


def selection_membership(
    spec: KernelSpec,
    columns: Sequence[torch.Tensor],
    begins: Sequence[torch.Tensor],
    slots: torch.Tensor,
    *,
    hard: bool,
) -> torch.Tensor:
    """Membership of events in a selection, shape (points, events) or (points, 1) without cuts.

    Parameters
    ----------
    spec : KernelSpec
        The selection.
    columns : sequence of Tensor
        All columns; of objects one after the other.
    begins : sequence of Tensor
        Per collection, where the objects of each event begin, and the end.
    slots : Tensor, shape (points, 3 cuts + terms)
        Lower and upper thresholds, widths, terms.
    hard : bool
        Whether cuts are hard.
    """
    n, tree = spec.n_cuts, spec.tree
    lows, highs, widths, terms = torch.tensor_split(slots, [n, 2 * n, 3 * n], dim=1)

    def leaf(k: int) -> torch.Tensor:
        x, low, high, width = columns[k], lows[:, k, None], highs[:, k, None], widths[:, k, None]
        if tree is not None and k in tree.term_cuts:
            end, missing = with_terms(tree, k, low if spec.has_low(k) else high, terms, columns)
            low, high = (end, high) if spec.has_low(k) else (low, end)
            x = x if missing is None else torch.where(missing, torch.full_like(x, torch.nan), x)
        return _membership(spec, k, x[None], low, high, width, hard=hard)

    if tree is not None:
        return tree_membership(tree, leaf, columns, begins)
    p = torch.ones((len(slots), 1), device=slots.device, dtype=slots.dtype)
    for k in range(n):
        p = p * leaf(k)
    return p


def _membership(
    spec: KernelSpec,
    k: int,
    x: torch.Tensor,
    low: torch.Tensor,
    high: torch.Tensor,
    width: torch.Tensor,
    *,
    hard: bool,
) -> torch.Tensor:
    """Membership in one cut (formulas: ``gradcut/kernels/Selection.h``)."""
    flags, kind = int(spec.flags[k]), int(spec.kinds[k])
    known = ~torch.isnan(x)
    x = torch.where(
        known, x, torch.zeros_like(x)
    )  # no NaN may enter the graph: its gradient would be NaN too
    if hard:
        above = x >= low if flags & LOW_INCLUSIVE else x > low
        below = x <= high if flags & HIGH_INCLUSIVE else x < high
        inside = {KINDS["above"]: above, KINDS["below"]: below}.get(kind, above & below)
        p = (inside ^ (kind == KINDS["veto"])).to(low.dtype)
    else:
        step, u_low = step_at(spec.step, x, low, width)
        _, u_high = step_at(spec.step, x, high, width)
        if kind == KINDS["above"]:
            p = step(u_low)
        elif kind == KINDS["below"]:
            p = step(-u_high)
        elif kind == KINDS["veto"]:
            p = step(-u_low) + step(u_high)
        else:
            flip = torch.where(u_low + u_high > 0, -1.0, 1.0).to(low.dtype)
            p = flip * (step(flip * u_low) - step(flip * u_high))
    missing = 1.0 if flags & MISSING_PASSES else 0.0
    return torch.where(known, p, torch.full_like(p, missing))
