"""What learned regions in several columns have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.engines.bins.base import kernel_arguments

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.binning.bins_spec import BinsSpec

__all__ = ["LearnedRegions"]


class LearnedRegions(ABC):
    """Bins that the kernels tell by the largest of several logits."""

    @property
    @abstractmethod
    def spec(self) -> BinsSpec:
        """The bins for the kernels."""

    @property
    @abstractmethod
    def point(self) -> NDArray[np.float64]:
        """Parameters of the kernels, with temperature one."""

    @property
    def bin_shape(self) -> tuple[int, ...]:
        """Number of bins."""
        return (self.spec.n_bins,)

    @abstractmethod
    def placed(self, values: Sequence[NDArray[Any]]) -> list[NDArray[np.float64]]:
        """Coordinates that the kernels take, of values of all columns."""

    @abstractmethod
    def logits(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Logits of the bins at coordinates of shape (columns, n), shape (bins, n)."""

    def index(self, values: Sequence[NDArray[Any]]) -> NDArray[np.int64]:
        """Number of the bin of every event, -1 where a value is missing."""
        from gradcut._kernels import bins_index

        columns: list[Any] = self.placed(values)
        found = bins_index(columns, **kernel_arguments(self.spec, self.point[None], hard=True))
        return np.asarray(found[0], dtype=np.int64)
