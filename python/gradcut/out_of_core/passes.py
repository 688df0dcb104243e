"""What a fit of events that are not in memory asks for: sums over all of them, several kinds in one pass.

The only thing that a learner out of core knows of its events. Whoever reads them, ROOT's event loop or the
workers of a cluster, offers :class:`Passes`; learners make requests, and a pass answers all of them together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gradcut.yields import YieldsLayout

__all__ = ["Cells", "Hard", "Missing", "Passes", "Request", "Soft", "Sums", "Sweep"]


@dataclass(frozen=True, eq=False)
class Soft:
    """Yields of smooth cuts with their Jacobian.

    Parameters
    ----------
    part : str
        Which events; see :class:`Passes`.
    points : ndarray of shape (points, parameters)
        As for ``engine.evaluate``: thresholds, then one width per cut.
    """

    part: str
    points: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Hard:
    """Yields of hard cuts.

    Parameters
    ----------
    part : str
        Which events.
    thresholds : ndarray of shape (points, thresholds)
        No widths; infinite ones open their cut.
    """

    part: str
    thresholds: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Sweep:
    """Hard yields with one threshold at each of some increasing candidates, the others as they are.

    What ``HardEvents.sweep`` gives: exact, from one histogram of the events that pass all other cuts.

    Parameters
    ----------
    part : str
        Which events.
    parameter : int
        Position of the threshold.
    thresholds : ndarray of shape (thresholds,)
        All of them.
    candidates : ndarray of shape (points,)
        Values of the one; finite.
    """

    part: str
    parameter: int
    thresholds: NDArray[np.float64]
    candidates: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Cells:
    """Sums in a grid of cells of some features: ``edge[i] <= x < edge[i + 1]``, outer cells open.

    Parameters
    ----------
    part : str
        Which events.
    features : tuple of int
        Positions of the features that are binned: cuts of a selection, or columns of bins.
    edges : tuple of ndarray
        Increasing edges per feature; n edges make n + 1 cells, the last feature running fastest. An event
        without a value (NaN) in one of them is in no cell.
    thresholds : ndarray of shape (thresholds,), optional
        Only events that pass these hard cuts; the cuts of the features themselves are left out (N-1).
        None: all events.
    """

    part: str
    features: tuple[int, ...]
    edges: tuple[NDArray[np.float64], ...]
    thresholds: NDArray[np.float64] | None = None


@dataclass(frozen=True, eq=False)
class Missing:
    """Events without a value of each feature; a point per feature.

    Two bins: before and after the fixed requirements of the selection. With thresholds one bin: events that
    pass these hard cuts, that of the feature itself left out (N-1).

    Parameters
    ----------
    part : str
        Which events.
    thresholds : ndarray of shape (thresholds,), optional
        The cuts.
    """

    part: str
    thresholds: NDArray[np.float64] | None = None


Request: TypeAlias = Soft | Hard | Sweep | Cells | Missing


@dataclass(frozen=True, eq=False)
class Sums:
    """Answer to a request: normalised, and for a part of a split scaled to the full sample.

    Parameters
    ----------
    moments : ndarray of shape (3, points, channels, processes, variations, bins)
        Entries, yields and MC variances, as in :class:`gradcut.yields.Moments`; ``bins`` are cells, else one.
        A process without a variation has its nominal sums there.
    jacobian : ndarray, optional
        For :class:`Soft`: one more axis, derivatives in thresholds and widths, as ``JacobianEvaluation`` has.
    """

    moments: NDArray[np.float64]
    jacobian: NDArray[np.float64] | None = None


class Passes(Protocol):
    """Events somewhere else, of which sums can be had.

    A part is a name of the partition (``"train"``, ``"test"``, ``"train[0]"``), several names joined by ``+``
    (``"train+select"``), or the empty text for all events. Which ones will be asked for is said when the
    passes are opened.
    """

    @property
    def n_events(self) -> int:
        """Events that a pass reads, all processes together."""

    @property
    def who(self) -> str:
        """Who reads, in a word for the result: ``"event-loop"`` or ``"dask"``."""

    def layout(self, part: str) -> YieldsLayout:
        """Axes of the yields of a part, one bin, with its totals before the cuts."""

    def run(self, requests: Sequence[Request]) -> list[Sums]:
        """Read all events once, and answer every request, in their order."""
