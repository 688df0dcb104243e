"""By how much bins change the shape of the background along an axis, and the derivatives of that."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Sculpting", "sculpting"]

#: Added to parts before their logarithm: nothing along the axis anywhere is no difference.
LEAST = 1e-30


class Sculpting(NamedTuple):
    """Divergences of shapes."""

    #: Sum over channels and bins, shape (points,); between 0 and 1.
    value: NDArray[np.float64]
    #: Divergence of each bin, shape (points, channels, bins).
    of_bins: NDArray[np.float64]
    #: Derivatives of the sum in the yields, shape (points, channels, bins, bins along the axis).
    slopes: NDArray[np.float64]


def sculpting(n: NDArray[np.float64], extra: NDArray[np.float64], *, equal: bool) -> Sculpting:
    """Jensen-Shannon divergence between the shape in each bin and that of all bins of the channel.

    Parameters
    ----------
    n : ndarray, shape (points, channels, bins, bins along the axis)
        Yields; negative ones count as none.
    extra : ndarray, shape (channels,)
        Yield of the shape of all bins that is added to each bin before its shape is taken. With the weight of
        an event, a bin in which the events have run out has no shape of its own.
    equal : bool
        Whether each bin counts the same; else as its share of all yields.

    Notes
    -----
    ``JS(p, q) = (KL(p | m) + KL(q | m)) / 2`` with ``m = (p + q) / 2``, in bits.

    References
    ----------
    J. Lin, "Divergence measures based on the Shannon entropy", IEEE Trans. Inf. Theory 37 (1991) 145.
    """
    positive = np.maximum(n, 0.0)
    kappa = np.maximum(extra, 1e-12 * (positive.sum((2, 3)).max(initial=0.0) + LEAST))[None, :, None, None]
    in_bin = positive.sum(3, keepdims=True)
    in_channel = np.maximum(in_bin.sum(2, keepdims=True), LEAST)
    q = positive.sum(2, keepdims=True) / in_channel
    p = (positive + kappa * q) / (in_bin + kappa)
    log_p, log_q = (np.log2((one + LEAST) / ((p + q) / 2 + LEAST)) for one in (p, q))
    divergence = ((p * log_p + q * log_q) / 2).sum(3)

    everything = np.maximum(in_bin.sum((1, 2), keepdims=True), LEAST)
    share = (in_bin / everything)[..., 0]
    if equal:
        share = np.full(share.shape, 1 / (share.shape[1] * share.shape[2]))
    value = (share * divergence).sum((1, 2))

    by_p = share[..., None] * log_p / 2
    by_q = (share[..., None] * log_q / 2 + by_p * kappa / (in_bin + kappa)).sum(2, keepdims=True)
    slopes = (by_p - (by_p * p).sum(3, keepdims=True)) / (in_bin + kappa)
    slopes = slopes + (by_q - (by_q * q).sum(3, keepdims=True)) / in_channel
    if not equal:
        slopes = slopes + ((divergence - value[:, None, None]) / everything[..., 0])[..., None]
    return Sculpting(value, divergence, np.where(n > 0, slopes, 0.0))
