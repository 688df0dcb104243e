"""Events in the memory of a GPU (or the CPU), sums in bins in plain torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from gradcut.binning.cells import layout_with
from gradcut.engines.bins.base import BinsEngine, check_bins, shape_of, shifted
from gradcut.engines.bins.torch_memberships import memberships
from gradcut.engines.segments import layout_of
from gradcut.engines.torch_sums import Batch, Shape, TorchSums

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gradcut.samples.tables import EventTables

__all__ = ["TorchBinsEngine"]


class TorchBinsEngine(TorchSums, BinsEngine):
    """Yields in bins of events on a device of torch.

    Parameters
    ----------
    spec : BinsSpec
        The bins.
    tables : EventTables
        The events, with one feature per column.
    device, precision
        As for :class:`TorchEngine`.
    chunk : int, default 2**18
        Events per chunk: bounds the memory beside the events, some arrays of points times bins times chunk.

    Notes
    -----
    As :class:`TorchEngine`, it makes a second pass for the gradient.
    """

    default_chunk = 1 << 18

    def _declare(self, spec: Any, tables: EventTables) -> Shape:
        check_bins(spec)
        BinsEngine.__init__(self, spec, layout_with(layout_of(tables), shape_of(spec)))
        return Shape(len(spec.columns), ())

    def _slots(self, points: NDArray[np.float64], offsets: NDArray[np.float64]) -> NDArray[np.float64]:
        return shifted(self.spec, points, offsets.tolist())

    def _pull_back(self, gradient: NDArray[np.float64]) -> NDArray[np.float64]:
        return gradient

    def _sums(self, batch: Batch, slots: torch.Tensor, *, hard: bool) -> torch.Tensor:
        p = memberships(self.spec, batch.columns, slots, hard=hard or self.spec.step == "hard")
        return torch.stack([(p * power).sum(-1, dtype=torch.float64) for power in batch.powers], 1)
