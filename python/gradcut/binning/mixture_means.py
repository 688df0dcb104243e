"""Means of a mixture that stay on the simplex, or in ranges, by construction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gradcut.binning.mixture_parameters import Mixtures

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.binning.mixture import MixtureBinning
    from gradcut.binning.mixture_problem import MixtureProblem

__all__ = ["MeanDomain", "domain_of", "inside", "inside_alike", "outside_by"]

#: How far inside of its domain a start is, as a part of it: on the boundary nothing could move.
MARGIN = 1e-3
#: A free number over the argument of the softmax or the logistic function: with it, steps in free numbers are
#: about as right for means as they are for weights and covariances.
PACE = 0.1
#: Factor by which means of one covariance are drawn together until they are inside.
DRAWN = 1.25


@dataclass(frozen=True, eq=False)
class MeanDomain:
    """Where means may be, in the units in which a mixture is learned.

    Parameters
    ----------
    ranges : tuple of ndarray of float64, each of shape (columns,), or None
        Where they begin and how long they are; None for the simplex, whose columns are positive and at most
        one together.
    centre, scale : ndarray of float64, shape (columns,)
        What was subtracted from the columns, and what they were divided by.
    """

    ranges: tuple[NDArray[np.float64], NDArray[np.float64]] | None
    centre: NDArray[np.float64]
    scale: NDArray[np.float64]

    def means(self, free: NDArray[np.float64]) -> NDArray[np.float64]:
        """Means of free numbers: their softmax, with a last one that is zero, or their logistic function."""
        if self.ranges is None:
            columns = _softmax(free / PACE)
        else:
            low, span = self.ranges
            columns = low + span * _logistic(free / PACE)
        return np.asarray((columns - self.centre) / self.scale)

    def free(self, means: NDArray[np.float64]) -> NDArray[np.float64]:
        """Free numbers of means inside."""
        columns = means * self.scale + self.centre
        if self.ranges is None:
            return np.asarray(PACE * (np.log(columns) - np.log(1 - columns.sum(-1, keepdims=True))))
        low, span = self.ranges
        share = (columns - low) / span
        return np.asarray(PACE * np.log(share / (1 - share)))

    def pull_back(self, free: NDArray[np.float64], gradient: NDArray[np.float64]) -> NDArray[np.float64]:
        """Derivatives in the free numbers of derivatives in the means."""
        by_column = gradient / self.scale
        if self.ranges is None:
            share = _softmax(free / PACE)
            return np.asarray(share * (by_column - (share * by_column).sum(-1, keepdims=True)) / PACE)
        share = _logistic(free / PACE)
        return np.asarray(by_column * self.ranges[1] * share * (1 - share) / PACE)

    def projected(self, means: NDArray[np.float64]) -> NDArray[np.float64]:
        """Means brought inside, those that are inside as they were."""
        columns = means * self.scale + self.centre
        if self.ranges is None:
            full = np.concatenate([columns, 1 - columns.sum(-1, keepdims=True)], axis=-1)
            full = np.maximum(full, MARGIN)
            columns = (full / full.sum(-1, keepdims=True))[..., :-1]
        else:
            low, span = self.ranges
            columns = np.clip(columns, low + MARGIN * span, low + (1 - MARGIN) * span)
        return np.asarray((columns - self.centre) / self.scale)


def domain_of(problem: MixtureProblem, binning: MixtureBinning) -> MeanDomain | None:
    """Return where the means of a declaration may be; None for anywhere."""
    if binning.means == "free":
        return None
    if binning.means == "simplex":
        return MeanDomain(None, problem.centre, problem.scale)
    low, high = np.array(binning.means).T
    return MeanDomain((low, high - low), problem.centre, problem.scale)


def inside(mixtures: Mixtures, domain: MeanDomain) -> Mixtures:
    """Mixtures whose means have been brought inside, covariances and weights as they were."""
    means = domain.projected(mixtures.means)
    return mixtures._replace(shifts=(mixtures.factors @ means[..., None])[..., 0])


def inside_alike(mixtures: Mixtures, domain: MeanDomain) -> Mixtures:
    """Mixtures of one covariance with the same regions and with means inside.

    Regions are bounded by planes, whose slopes are the inverse covariance times differences of means: means
    that are drawn together by a factor, to a point inside, need a covariance that is smaller by it.
    """
    means = mixtures.means
    middle = means.mean(1, keepdims=True)
    # The middle of the events may be outside, or on the boundary: half of the way from there inwards.
    goal = (domain.projected(np.zeros_like(middle)) + domain.means(np.zeros_like(middle))) / 2
    factor = 1.0
    drawn = goal + (means - middle)
    while not np.allclose(domain.projected(drawn), drawn, rtol=0, atol=1e-12):
        factor *= DRAWN
        drawn = goal + (means - middle) / factor
    factors = mixtures.factors * np.sqrt(factor)
    shifts = (factors @ drawn[..., None])[..., 0]
    weights = mixtures.log_weights + ((shifts**2).sum(-1) - (mixtures.shifts**2).sum(-1)) / 2
    return Mixtures(weights, shifts, factors)


def outside_by(binning: MixtureBinning, means: NDArray[np.float64]) -> float:
    """How far means are outside of where the declaration has them, in the unit of the columns."""
    if binning.means == "free":
        return 0.0
    if binning.means == "simplex":
        return float(max((-means).max(), (means.sum(1) - 1).max(), 0.0))
    low, high = np.array(binning.means).T
    return float(max((low - means).max(), (means - high).max(), 0.0))


def _softmax(free: NDArray[np.float64]) -> NDArray[np.float64]:
    """Softmax with one more number that is zero, whose share is left out."""
    largest = np.maximum(free.max(-1, keepdims=True), 0.0)
    powers = np.exp(free - largest)
    return np.asarray(powers / (powers.sum(-1, keepdims=True) + np.exp(-largest)))


def _logistic(free: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-np.clip(free, -500, 500))))
