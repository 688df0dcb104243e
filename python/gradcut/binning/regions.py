"""What regions in several columns have in common: mixtures, and the softmax of outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeAlias, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.binning.bins_spec import BinsSpec
    from gradcut.binning.cells import Cells
    from gradcut.binning.learned import LearnedBins
    from gradcut.binning.limits import BinLimits
    from gradcut.binning.mixture_parameters import Mixtures
    from gradcut.binning.mixture_problem import MixtureProblem
    from gradcut.binning.softmax_family import Softmaxes
    from gradcut.objectives import Objective

__all__ = ["Family", "R", "Regions", "at", "family_of", "typical_lead", "without"]


R = TypeVar("R", "Mixtures", "Softmaxes")
#: Several sets of as many regions: named tuples of arrays whose first two axes are points and regions.
Regions: TypeAlias = "Mixtures | Softmaxes"


def at(regions: R, point: int) -> R:
    """One set of regions, with the axis of points kept."""
    made: R = type(regions)._make(array[point : point + 1] for array in regions)
    return made


def without(regions: R, bins: list[int]) -> R:
    """The same without some regions: others take what was theirs."""
    made: R = type(regions)._make(np.delete(array, bins, axis=1) for array in regions)
    return made


class Family(Protocol, Generic[R]):
    """One kind of regions: its free numbers, its starts, and the bins that are made of them."""

    @property
    def given(self) -> R | None:
        """Regions that are not learned but given; None for others."""

    @property
    def n_refined(self) -> int:
        """How many of the best starts are finished event by event; the best of these is taken."""

    @property
    def ordered(self) -> bool:
        """Whether bins are put in the order of their part of signal."""

    def n_regions(self, free: NDArray[np.float64]) -> int:
        """Number of regions of free numbers."""

    def starts(self, n_bins: int, objective: Objective, limits: BinLimits | None, count: int, seed: int) -> R:
        """Regions to start from; their logits are in units of the typical lead of the largest one."""

    def free_of(self, regions: R) -> NDArray[np.float64]:
        """Free numbers, shape (points, numbers)."""

    def of_free(self, free: NDArray[np.float64]) -> R:
        """The regions of free numbers."""

    def points(self, regions: R, temperatures: NDArray[np.float64]) -> NDArray[np.float64]:
        """Parameters of the kernels with a temperature per point."""

    def pull_back(
        self, free: NDArray[np.float64], regions: R, gradient: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Derivatives in the free numbers of derivatives in the parameters of the kernels."""

    def spec(self, regions: R) -> BinsSpec:
        """The bins for the kernels; its columns are those that are read."""

    def learned(self, regions: R, temperature: float | None) -> LearnedBins:
        """Bins in the units of the declaration, of one set of regions."""

    def closer(self, regions: R, seed: int) -> Cells | None:
        """Cells that are fine where one set of regions meet; None where those of the problem are."""

    def n_moves(self, regions: R) -> int:
        """How many numbers a trial around a start takes."""

    def moved(self, regions: R, point: NDArray[np.float64]) -> R:
        """Regions at a point of the unit cube around a start, which is its centre."""

    def named(self, regions: R) -> dict[str, float]:
        """What a trial is, in the units of the declaration."""


def family_of(problem: MixtureProblem) -> Family[Any]:
    """Return the kind of regions that were declared."""
    from gradcut.binning.mixture_family import MixtureFamily
    from gradcut.binning.softmax import SoftmaxBinning
    from gradcut.binning.softmax_family import SoftmaxFamily

    return SoftmaxFamily(problem) if isinstance(problem.binning, SoftmaxBinning) else MixtureFamily(problem)


def typical_lead(lead: NDArray[np.float64], size: NDArray[np.float64]) -> float:
    """Median of leads, each of which counts as much as there is."""
    order = np.argsort(lead)
    running = np.cumsum(size[order])
    return float(lead[order][np.searchsorted(running, running[-1] / 2)])
