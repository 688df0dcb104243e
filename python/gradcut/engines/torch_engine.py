"""Events in the memory of a GPU (or the CPU), sums in plain torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from gradcut.engines.base import SelectionEngine
from gradcut.engines.moments import objects_of
from gradcut.engines.segments import layout_of
from gradcut.engines.torch_steps import step_at
from gradcut.engines.torch_sums import Batch, Shape, TorchSums
from gradcut.engines.torch_tree import tree_membership, with_terms
from gradcut.kernel_spec import HIGH_INCLUSIVE, KINDS, LOW_INCLUSIVE, MISSING_PASSES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.kernel_spec import KernelSpec
    from gradcut.samples.tables import EventTables

__all__ = ["TorchEngine"]


class TorchEngine(TorchSums, SelectionEngine):
    """Yields of events on a device of torch.

    Parameters
    ----------
    spec : KernelSpec
        The selection.
    tables : EventTables
        The events, with one feature per cut.
    device : str, default "cuda"
        Where the events are kept.
    precision : {"float32", "float64"}, default "float32"
        Precision of memberships; sums over chunks are in double.
    chunk : int, default 2**20
        Events per chunk: bounds the memory beside the events themselves.

    Notes
    -----
    The gradient takes a second pass, chunk by chunk, with the cotangents of the whole sums: exact for all
    events at constant memory.
    """

    def _declare(self, spec: Any, tables: EventTables) -> Shape:
        SelectionEngine.__init__(self, spec, layout_of(tables))
        return Shape(self.spec.n_cuts, tuple(spec.columns.index(names[0]) for names in objects_of(spec)))

    def _slots(self, points: NDArray[np.float64], offsets: NDArray[np.float64]) -> NDArray[np.float64]:
        """Thresholds, widths and terms, shape (points, 3 cuts + terms)."""
        return np.hstack(self.map.thresholds(points).minus(offsets))

    def _pull_back(self, gradient: NDArray[np.float64]) -> NDArray[np.float64]:
        return self.map.pull_back(gradient)

    def _chunk(
        self, columns: list[torch.Tensor], begins: list[torch.Tensor], part: slice
    ) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
        tree = self.spec.tree
        begins = [begin[part.start : part.stop + 1] for begin in begins]
        collections = [-1] * len(columns) if tree is None else tree.collections.tolist()
        chosen = [
            column[part] if c < 0 else column[int(begins[c][0]) : int(begins[c][-1])]
            for column, c in zip(columns, collections, strict=True)
        ]
        return chosen, [begin - begin[0] for begin in begins]

    def _sums(self, batch: Batch, slots: torch.Tensor, *, hard: bool) -> torch.Tensor:
        n, tree, columns = self.spec.n_cuts, self.spec.tree, batch.columns
        lows, highs, widths, terms = torch.tensor_split(slots, [n, 2 * n, 3 * n], dim=1)

        def leaf(k: int) -> torch.Tensor:
            x, low, high, width = columns[k], lows[:, k, None], highs[:, k, None], widths[:, k, None]
            if tree is not None and k in tree.term_cuts:
                end, missing = with_terms(tree, k, low if self.spec.has_low(k) else high, terms, columns)
                low, high = (end, high) if self.spec.has_low(k) else (low, end)
                x = x if missing is None else torch.where(missing, torch.full_like(x, torch.nan), x)
            return _membership(self.spec, k, x[None], low, high, width, hard=hard)

        if tree is not None:
            p = tree_membership(tree, leaf, columns, batch.begins)
        else:
            p = torch.ones((len(slots), 1), device=self.device, dtype=slots.dtype)
            for k in range(n):
                p = p * leaf(k)
        return (p[:, None, :] * batch.powers[None]).sum(-1, dtype=torch.float64)[..., None]


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
