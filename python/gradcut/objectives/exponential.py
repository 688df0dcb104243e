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
    """A fit; slopes are per length of everything."""

    counts: _Array
    total: _Array
    #: Yields and the flat one, which the slope is fitted to.
    seen: _Array
    slope: _Array
    side: _Interval
    window: _Interval
    #: Parts of the sidebands in each bin, deviations of their first derivatives, and the variance of these.
    part: _Array
    off: _Array
    v: _Array
    #: ``R`` of the notes, the derivative of its logarithm, and the square of that over ``v``.
    ratio: _Array
    d: _Array
    spread: _Array
    #: Variance of the background without that of the simulation, over ``R^2``.
    size: _Array


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
        bins = np.vstack([sidebands, window]).astype(np.float64)
        start, self._length = float(bins.min()), float(np.ptp(bins))
        low, high = ((bins - start) / self._length).T
        self._side, self._window = _Bins(low[:-1], high[:-1]), _Bins(low[-1:], high[-1:])
        # The mean at each slope, for starts near the zero; exactly the zero for bins of equal widths.
        self._start_slope = STEEPEST * np.linspace(-1, 1, 241) ** 3
        _, part, *_ = _parts(self._side.at(self._start_slope))
        self._start_centre = part @ self._side.centre

    def fit(self, n: _Array, variance: _Array, extra: _Array) -> SidebandFit:
        """Fit every row; arguments as for :meth:`pull_back`."""
        one = self._made(n, variance, extra)
        total_variance = one.ratio**2 * one.size * (1 + variance / one.seen)
        return SidebandFit(one.total * one.ratio, total_variance, one.slope / self._length)

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

        within = _dot(one.part, one.side.second)
        dd = one.window.second[..., 0] - within - one.v
        dv = _dot(one.part, one.off**3) + 2 * _dot(one.part * one.off, one.side.second)
        d_spread = (2 * one.d * dd - one.spread * dv) / one.v
        d_size = 2 * one.d * one.size + one.total**2 / one.seen * d_spread
        by_slope = d_background * one.total * one.ratio * one.d + by_variance * mc * d_size

        # How the slope follows the yields, by the implicit function theorem; not where it is at its bound.
        curvature = one.seen * (within + one.v) - _dot(one.counts, one.side.second)
        is_free = (np.abs(one.slope) < STEEPEST * (1 - 1e-9)) & (curvature > 1e-12 * one.seen * one.v)
        by_score = np.where(is_free, by_slope / np.where(is_free, curvature, 1.0), 0.0)
        by_count = by_score[..., None] * one.off + by_seen[..., None]
        return by_total[..., None] + np.where(n > 0, by_count, 0.0), by_variance * one.size / one.seen

    def _made(self, n: _Array, variance: _Array, extra: _Array) -> _Made:
        flat = self._side.half / self._side.half.sum()
        counts = np.maximum(n, 0.0) + np.asarray(extra)[..., None] * flat
        seen, total = np.maximum(counts.sum(-1), TINY), n.sum(-1)
        slope = self._slope(counts)
        side, window = self._side.at(slope), self._window.at(slope)
        log, part, mean, off, v = _parts(side)
        d = window.first[..., 0] - mean
        return _Made(
            counts=counts,
            total=total,
            seen=seen,
            slope=slope,
            side=side,
            window=window,
            part=part,
            off=off,
            v=v,
            ratio=np.exp(window.log[..., 0] - log),
            d=d,
            spread=d**2 / v,
            size=np.maximum(total, 0) + total**2 * d**2 / v / seen,
        )

    def _slope(self, counts: _Array) -> _Array:
        """Slopes, per :attr:`_length`: Newton's iteration between bounds that close in on the zero."""
        rows = counts.reshape(-1, counts.shape[-1])
        centre = rows @ self._side.centre / np.maximum(rows.sum(1), TINY)
        slope = np.interp(centre, self._start_centre[::-1], self._start_slope[::-1])
        lower, upper = np.full(len(rows), -STEEPEST), np.full(len(rows), STEEPEST)
        left = np.arange(len(rows))
        for _ in range(100):
            own, now = rows[left], slope[left]
            side = self._side.at(now)
            _, part, _, off, v = _parts(side)
            score = _dot(own, off)
            curvature = own.sum(1) * (_dot(part, side.second) + v) - _dot(own, side.second)
            lower[left], upper[left] = np.where(score > 0, (now, upper[left]), (lower[left], now))
            new = now + score / np.where(curvature > 0, curvature, np.inf)
            is_between = (curvature > 0) & (new >= lower[left]) & (new <= upper[left])
            new = np.where(is_between | (score == 0), new, (lower[left] + upper[left]) / 2)
            slope[left] = new
            # Newton's steps converge quadratically: what is left is far smaller than the last of them.
            left = left[np.abs(new - now) > 1e-9]
            if not len(left):
                break
        return np.asarray(slope.reshape(counts.shape[:-1]))


class _Bins:
    """Integrals of exponentials over intervals.

    Parameters
    ----------
    low, high : ndarray, shape (intervals,)
        Ends.
    """

    def __init__(self, low: _Array, high: _Array) -> None:
        self.centre, self.half = (low + high) / 2, (high - low) / 2
        # Equal widths, which are the rule, differ by rounding; they share what is expensive.
        self._halves, self._which = np.unique(np.round(self.half, 14), return_inverse=True)

    def at(self, slope: _Array) -> _Interval:
        """Integrals at slopes of shape (...), each of shape (..., intervals)."""
        log, first, second = (one[..., self._which] for one in _log_sinhc(slope[..., None] * self._halves))
        return _Interval(
            np.log(2 * self.half) - slope[..., None] * self.centre + log,
            self.half * first - self.centre,
            self.half**2 * second,
        )


def _parts(side: _Interval) -> tuple[_Array, ...]:
    """Logarithm of all sidebands, part of each bin; mean, deviations and variance of first derivatives."""
    most = side.log.max(-1)
    part = np.exp(side.log - most[..., None])
    total = part.sum(-1)
    part /= total[..., None]
    mean = _dot(part, side.first)
    off = side.first - mean[..., None]
    return most + np.log(total), part, mean, off, np.maximum(_dot(part * off, off), TINY)


def _dot(a: _Array, b: _Array) -> _Array:
    return np.asarray(np.einsum("...i,...i->...", a, b))


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
