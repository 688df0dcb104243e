"""What the compiled selection kernels need to know about a selection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["KINDS", "MAX_CUTS", "STEPS", "KernelSpec"]

#: Codes of ``GradCutStep`` in ``gradcut/kernels/Selection.h``.
STEPS = {"hard": 0, "logistic": 1, "gaussian": 2}
#: Codes of ``GradCutKind``.
KINDS = {"above": 0, "below": 1, "window": 2, "veto": 3}
#: Bits of ``GradCutSelection::fFlags``.
LOW_INCLUSIVE, HIGH_INCLUSIVE, MISSING_PASSES = 1, 2, 4
#: ``GRADCUT_MAX_CUTS``.
MAX_CUTS = 128


@dataclass(frozen=True, eq=False)  # arrays have no truth value that == could return
class KernelSpec:
    """A selection with K cuts and its map from parameters to thresholds.

    Parameters
    ----------
    step : str
        ``"logistic"``, ``"gaussian"`` or ``"hard"``.
    kinds, flags : ndarray of uint8, shape (K,)
        Codes of the kernel library.
    low, high : ndarray of int64, shape (K,)
        Index into ``parameters`` of each cut's thresholds, -1 where a cut has none. Cuts that share a
        parameter hold the same index.
    parameters : tuple of str
        Names of the thresholds.
    cuts : tuple of str
        Labels of the cuts; the widths are the parameters ``"<cut>:width"``.
    """

    step: str
    kinds: NDArray[np.uint8]
    flags: NDArray[np.uint8]
    low: NDArray[np.int64]
    high: NDArray[np.int64]
    parameters: tuple[str, ...]
    cuts: tuple[str, ...]

    @property
    def n_cuts(self) -> int:
        """Number of cuts."""
        return len(self.kinds)
