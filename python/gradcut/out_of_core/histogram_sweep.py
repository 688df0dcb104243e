"""Hard yields along one threshold from the N-1 histogram of its feature."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradcut.kernel_spec import HIGH_INCLUSIVE, KINDS, LOW_INCLUSIVE, MISSING_PASSES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.kernel_spec import KernelSpec
    from gradcut.out_of_core.passes import Sweep

__all__ = ["edges_of", "is_histogram", "swept"]


def is_histogram(spec: KernelSpec, parameter: int) -> bool:
    """Whether one histogram has the yields at all values of a threshold.

    It does for a threshold of one cut in a product of cuts that keeps what is inside; vetoes, alternatives,
    objects, and thresholds of several cuts are summed candidate by candidate.
    """
    users = spec.users(parameter)
    if spec.tree is not None or len(users) != 1:
        return False
    cut = users[0]
    return bool(spec.kinds[cut] != KINDS["veto"]) and not int(spec.flags[cut]) & MISSING_PASSES


def edges_of(spec: KernelSpec, request: Sweep) -> NDArray[np.float64]:
    """Edges of the histogram: the candidates, and the other end of a window."""
    low, high = _ends(spec, request)
    found = np.concatenate([low, high])
    return np.unique(found[np.isfinite(found)])


def swept(
    spec: KernelSpec, request: Sweep, edges: NDArray[np.float64], cells: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Moments per candidate, of shape (3, candidates, channels, processes, variations, 1).

    Parameters
    ----------
    spec : KernelSpec
        The selection.
    request : Sweep
        What is swept.
    edges : ndarray
        As :func:`edges_of` made them.
    cells : ndarray of shape (3, 1, channels, processes, variations, len(edges) + 1)
        The histogram.
    """
    low, high = _ends(spec, request)
    # Cell i begins at edge i - 1. An infinite end lets in all cells on its side.
    first = np.where(np.isneginf(low), 0, np.searchsorted(edges, low) + 1)
    last = np.where(np.isposinf(high), len(edges) + 1, np.searchsorted(edges, high) + 1)
    running = np.concatenate([np.zeros_like(cells[..., :1]), np.cumsum(cells, axis=-1)], axis=-1)
    sums = running[..., np.maximum(last, first)] - running[..., first]
    return np.asarray(np.moveaxis(sums[:, 0], -1, 1)[..., None])


def _ends(spec: KernelSpec, request: Sweep) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where each candidate's cut begins and ends, as edges of half-open cells: ``edge <= x``."""
    cut = spec.users(request.parameter)[0]
    points = np.repeat(request.thresholds[None], len(request.candidates), axis=0)
    points[:, request.parameter] = request.candidates
    low, high = np.full(len(points), -np.inf), np.full(len(points), np.inf)
    if spec.low[cut] >= 0:
        low = points[:, spec.low[cut]]
        low = low if int(spec.flags[cut]) & LOW_INCLUSIVE else np.nextafter(low, np.inf)
        low = np.where(np.isneginf(points[:, spec.low[cut]]), -np.inf, low)
    if spec.high[cut] >= 0:
        high = points[:, spec.high[cut]]
        high = np.nextafter(high, np.inf) if int(spec.flags[cut]) & HIGH_INCLUSIVE else high
    return low, high
