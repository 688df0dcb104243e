"""Learned cuts and the bins of the events that pass them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.binning.hard import hard_yields

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.binning.learned import LearnedBins
    from gradcut.joint.declared import Joint
    from gradcut.samples import EventTables
    from gradcut.yields import Yields

__all__ = ["LearnedJoint"]


@dataclass(frozen=True, eq=False)
class LearnedJoint:
    """Which bin an event is in: none where it fails a cut.

    Parameters
    ----------
    joint : Joint
        The declaration.
    point : ndarray of float64, shape (parameters,)
        Thresholds.
    bins : LearnedBins
        Bins of events that pass.
    """

    joint: Joint
    point: NDArray[np.float64]
    bins: LearnedBins

    @property
    def bin_shape(self) -> tuple[int, ...]:
        """Numbers of bins along the axes."""
        return self.bins.bin_shape

    def index(self, values: Sequence[Any]) -> NDArray[np.int64]:
        """Number of the bin of every event, -1 for none; of one array per column of the declaration.

        Fixed requirements are not looked at: events that fail one have no weight where they were collected.
        """
        n = self.joint.n_what
        found = self.bins.index(list(values[:n]))
        return np.where(self.joint.passing(values[n:], self.point), found, -1)

    def yields(self, tables: EventTables) -> Yields:
        """Count events that were collected by the declaration: one point."""
        return hard_yields(self, tables, self.joint.spec)  # type: ignore[arg-type]
