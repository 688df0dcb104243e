"""Events in the memory of a GPU (or the CPU), sums in plain torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from gradcut.engines.base import SelectionEngine
from gradcut.engines.moments import objects_of
from gradcut.engines.segments import layout_of
from gradcut.engines.torch_selection import chunk_of, selection_membership
from gradcut.engines.torch_sums import Batch, Shape, TorchSums

if TYPE_CHECKING:
    from numpy.typing import NDArray

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
        return chunk_of(self.spec, columns, begins, part)

    def _sums(self, batch: Batch, slots: torch.Tensor, *, hard: bool) -> torch.Tensor:
        p = selection_membership(self.spec, batch.columns, batch.begins, slots, hard=hard)
        return (p[:, None, :] * batch.powers[None]).sum(-1, dtype=torch.float64)[..., None]
