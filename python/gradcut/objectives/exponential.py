"""An exponential fitted to the sidebands of a window, what it says of the window, and derivatives of that."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    _Array = NDArray[np.float64]

__all__ = ["ExponentialFit", "SidebandFit"]

#: Steepest slopes, per length of everything that the fit sees; beyond nothing is left on the far side.
STEEPEST = 60.0
#: Below this the closed forms lose digits, and series have them all.
SMALL = 0.05
TINY = 1e-30


class SidebandFit(NamedTuple):
    """Background in the window, each array of the shape of the fits."""

    background: _Array
    #: Variance of the background: that of a fit to data, and the same once more in proportion of the MC's.
    variance: _Array
    #: ``l`` of ``exp(-l x)``.
    slope: _Array


class _Interval(NamedTuple):
    """Integral of ``exp(-l x)`` over intervals: its logarithm, and derivatives of that in ``l``."""

    log: _Array
    first: _Array
    second: _Array


class _Made(NamedTuple):
    """A fit; derivatives are in the slope per length of everything."""

    total: _Array
    #: Yields and the flat one, which the slope is fitted to.
    seen: _Array
    slope: _Array
    #: ``R`` of the notes, and the derivative of its logarithm.
    ratio: _Array
    d: _Array
    #: ``D^2 / v``, and its derivative.
    spread: _Array
    d_spread: _Array
    #: Variance of the background without that of the simulation, over ``R^2``.
    size: _Array
    #: Derivatives of the slope in the yields, by the implicit function theorem.
    slope_by_count: _Array


class ExponentialFit:
    """Binned maximum likelihood of ``A exp(-l x)`` in sidebands, extrapolated to a window.

    Parameters
    ----------
    sidebands : ndarray, shape (sidebands, 2)
        Ends of their bins.
    window : tuple of (float, float)
        Ends of the window.

    Notes
    -----
    The yields ``n_m`` are taken as those of Poisson variables. With ``e_m(l)`` the integral of the
    exponential over a bin, ``E`` over all sidebands and ``W`` over the window, the likelihood is one of the
    total ``N``, which fixes ``A``, and one of the slope: ``sum n_m (e_m'/e_m - E'/E) = 0``. The two are
    independent. Then ``b = N R`` with ``R = W / E``, and from the Fisher information ``sigma_b^2 = b^2 (1 / N
    + D^2 / (N v))`` with ``D = W'/W - E'/E`` and ``v`` the variance of ``e_m'/e_m`` over the sidebands.
    """

    def __init__(self, sidebands: NDArray[np.float64], window: tuple[float, float]) -> None:
        ends = np.concatenate([np.asarray(sidebands, dtype=np.float64).reshape(-1), window])
        self._start, self._length = float(ends.min()), float(np.ptp(ends))
        self._low, self._high = (np.asarray(sidebands[:, i], dtype=np.float64) for i in (0, 1))
        self._window = np.array([window[0]]), np.array([window[1]])

    def fit(self, n: _Array, variance: _Array, extra: _Array) -> SidebandFit:
        """Fit every row; arguments as for :meth:`pull_back`."""
        one = self._made(n, variance, extra)
        total_variance = one.ratio**2 * one.size * (1 + variance / one.seen)
        return SidebandFit(one.total * one.ratio, total_variance, one.slope)

    def pull_back(
        self, n: _Array, variance: _Array, extra: _Array, d_background: _Array, d_variance: _Array
    ) -> tuple[_Array, _Array]:
        """Derivatives in the yields of the sidebands and in their variance.

        Parameters
        ----------
        n : ndarray, shape (..., sidebands)
            Yields. For the slope negative ones count as none.
        variance : ndarray, shape (...)
            MC variance of all sidebands together.
        extra : ndarray, broadcast to (...)
            Flat yield that is added for the slope, so that it exists where there is nothing else.
        d_background, d_variance : ndarray, shape (...)
            Derivatives of a number in background and variance.
        """
        one = self._made(n, variance, extra)
        mc, by_variance = 1 + variance / one.seen, d_variance * one.ratio**2
        leverage = one.total / one.seen * one.spread
        by_total = d_background * one.ratio + by_variance * mc * ((one.total > 0) + 2 * leverage)
        by_seen = -by_variance * (leverage * one.total / one.seen * mc + one.size * variance / one.seen**2)
        by_slope = d_background * one.total * one.ratio * one.d
        by_slope = by_slope + by_variance * mc * (
            2 * one.d * one.size + one.total**2 / one.seen * one.d_spread
        )
        by_count = by_slope[..., None] * one.slope_by_count + by_seen[..., None]
        return by_total[..., None] + np.where(n > 0, by_count, 0.0), by_variance * one.size / one.seen

    def _made(self, n: _Array, variance: _Array, extra: _Array) -> _Made:
        flat = (self._high - self._low) / (self._high - self._low).sum()
        counts = np.maximum(n, 0.0) + np.asarray(extra)[..., None] * flat
        seen, total = np.maximum(counts.sum(-1), TINY), n.sum(-1)
        slope = self._slope(counts)
        side, window = self._interval(slope, self._low, self._high), self._interval(slope, *self._window)
        part, mean, off, v = _parts(side)
        within = (part * side.second).sum(-1)
        d, dd = window.first[..., 0] - mean, window.second[..., 0] - within - v
        dv = (part * off**3).sum(-1) + 2 * (part * off * side.second).sum(-1)
        curvature = (counts * ((within + v)[..., None] - side.second)).sum(-1)
        is_free = (np.abs(slope) < STEEPEST * (1 - 1e-9)) & (curvature > 1e-12 * seen * v)
        spread = d**2 / v
        return _Made(
            total=total,
            seen=seen,
            slope=slope / self._length,
            ratio=np.exp(window.log[..., 0] - _log_sum(side.log)),
            d=d,
            spread=spread,
            d_spread=(2 * d * dd - spread * dv) / v,
            size=np.maximum(total, 0) + total**2 * spread / seen,
            slope_by_count=np.where(
                is_free[..., None], off / np.where(is_free, curvature, 1.0)[..., None], 0.0
            ),
        )

    def _slope(self, counts: _Array) -> _Array:
        """Slopes, per :attr:`_length`: Newton's iteration between bounds that close in on the zero."""
        shape = counts.shape[:-1]
        lower, upper, slope = np.full(shape, -STEEPEST), np.full(shape, STEEPEST), np.zeros(shape)
        for _ in range(100):
            side = self._interval(slope, self._low, self._high)
            part, _, off, v = _parts(side)
            score = (counts * off).sum(-1)
            within = (part * side.second).sum(-1)
            curvature = (counts * ((within + v)[..., None] - side.second)).sum(-1)
            lower, upper = np.where(score > 0, slope, lower), np.where(score > 0, upper, slope)
            new = slope + score / np.where(curvature > 0, curvature, np.inf)
            new = np.where((curvature > 0) & (new >= lower) & (new <= upper), new, (lower + upper) / 2)
            new = np.where(score == 0, slope, new)
            # Newton's steps converge quadratically: what is left is far smaller than the last of them.
            done = np.abs(new - slope).max(initial=0.0) < 1e-9
            slope = new
            if done:
                break
        return slope

    def _interval(self, slope: _Array, low: _Array, high: _Array) -> _Interval:
        """Integrals over intervals, in units of :attr:`_length` from :attr:`_start` on."""
        a, b = (low - self._start) / self._length, (high - self._start) / self._length
        centre, half = (a + b) / 2, (b - a) / 2
        u = slope[..., None] * half
        log, first, second = _log_sinhc(u)
        return _Interval(
            np.log(2 * half) - slope[..., None] * centre + log, half * first - centre, half**2 * second
        )


def _parts(side: _Interval) -> tuple[_Array, ...]:
    """Parts of the sidebands in each bin; mean, deviations and variance of the first derivatives."""
    part = np.exp(side.log - _log_sum(side.log)[..., None])
    mean = (part * side.first).sum(-1)
    off = side.first - mean[..., None]
    return part, mean, off, np.maximum((part * off**2).sum(-1), TINY)


def _log_sum(logs: _Array) -> _Array:
    most = logs.max(-1)
    return np.asarray(most + np.log(np.exp(logs - most[..., None]).sum(-1)))


def _log_sinhc(u: _Array) -> tuple[_Array, _Array, _Array]:
    """``ln(sinh(u) / u)`` and its first two derivatives; the first is Langevin's function."""
    small = np.abs(u) < SMALL
    x, s = np.where(small, 1.0, np.abs(u)), np.where(small, u, 0.0) ** 2
    log = x + np.log(-np.expm1(-2 * x) / (2 * x))
    first = np.sign(u) * (1 / np.tanh(x) - 1 / x)
    second = 1 / x**2 - (2 * np.exp(-x) / -np.expm1(-2 * x)) ** 2
    return (
        np.where(small, s / 6 - s**2 / 180 + s**3 / 2835, log),
        np.where(small, u * (1 / 3 - s / 45 + 2 * s**2 / 945 - s**3 / 4725), first),
        np.where(small, 1 / 3 - s / 15 + 2 * s**2 / 189 - s**3 / 675, second),
    )
