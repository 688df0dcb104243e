"""Median discovery significance of counting experiments."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gradcut import _kernels
from gradcut.errors import DeclarationError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["AsimovSignificances", "asimov_significance"]


class AsimovSignificances(NamedTuple):
    """Significance of every bin and its derivatives, arrays of the shape of the yields."""

    z: NDArray[np.float64]
    d_s: NDArray[np.float64]
    d_b: NDArray[np.float64]
    d_sigma_b: NDArray[np.float64]

    @property
    def combined(self) -> float:
        """All bins in quadrature, ``sqrt(sum Z_b^2)``."""
        return float(np.sqrt(np.sum(self.z**2)))


def asimov_significance(s: ArrayLike, b: ArrayLike, sigma_b: ArrayLike = 0.0) -> AsimovSignificances:
    """Median discovery significance of counting experiments with uncertain background.

    Parameters
    ----------
    s, b : array_like
        Expected signal and background yields, in events; broadcast against each other. A negative signal
        gives a negative significance.
    sigma_b : array_like, default 0
        Absolute uncertainty of ``b``, in events. Zero gives the known-background formula.

    Returns
    -------
    AsimovSignificances
        Per bin the significance and its derivatives in ``s``, ``b`` and ``sigma_b``. They are finite for
        ``s = 0`` and in the limit ``sigma_b -> 0``. With ``b = 0`` the significance is infinite without an
        uncertainty and 0 with one.

    Raises
    ------
    DeclarationError
        If shapes do not broadcast; if any ``b``, ``sigma_b`` or ``s + b`` is negative, or a number is not
        finite (the message names the bins).

    References
    ----------
    G. Cowan, "Discovery sensitivity for a counting experiment with background uncertainty" (2012);
    ATL-PHYS-PUB-2020-025; without uncertainty eq. 97 of G. Cowan et al., arXiv:1007.1727 (thesis eq. 7.1).

    Examples
    --------
    >>> from gradcut.stats import asimov_significance
    >>> round(asimov_significance(10, 100, 20).combined, 4)
    0.4345
    """
    try:
        arrays = np.broadcast_arrays(*(np.asarray(x, dtype=np.float64) for x in (s, b, sigma_b)))
    except (TypeError, ValueError) as error:
        raise DeclarationError(
            "yields are arrays of numbers that broadcast against each other",
            given=", ".join(
                f"{name}: {np.shape(x)}" for name, x in (("s", s), ("b", b), ("sigma_b", sigma_b))
            ),
        ) from error
    flat = [np.ascontiguousarray(array).reshape(-1) for array in arrays]
    with np.errstate(invalid="ignore"):
        total = flat[0] + flat[1] + flat[2]
        bad = ~((flat[1] >= 0) & (flat[0] + flat[1] >= 0) & (flat[2] >= 0) & np.isfinite(total))
    if bad.any():
        bins = np.flatnonzero(bad)
        first = bins[0]
        raise DeclarationError(
            "yields outside the domain of the Asimov significance",
            given=f"s = {flat[0][first]:g}, b = {flat[1][first]:g}, sigma_b = {flat[2][first]:g}",
            allowed="finite numbers, b >= 0, s + b >= 0, sigma_b >= 0",
            where="bins " + ", ".join(map(str, bins[:10])) + (" ..." if len(bins) > 10 else ""),
            hint="merge bins until the background is positive",
        )
    return AsimovSignificances(*(out.reshape(arrays[0].shape) for out in _kernels.asimov_significance(*flat)))
