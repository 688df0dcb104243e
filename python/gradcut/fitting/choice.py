"""How sharp the smooth cuts should be, and whether hard steps after them help: judged on other events."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gradcut.fitting.descent import STAGES

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["VARIANTS", "Variant", "choose", "promising"]

#: Exact hard steps must improve the objective by this fraction on events that they did not use.
GAIN = 0.01
#: Scores further below the best than this fraction count as that far.
REACH = 0.1
#: Stage that is preferred, and by which fraction per squared distance from it a better stage must improve.
MIDDLE, PRIOR = 3, 0.01


class Variant(NamedTuple):
    """One way to make hard cuts of a descent."""

    #: Stage of the descent, from 0 on.
    stage: int
    #: Whether exact steps of the hard cuts follow.
    exact: bool

    def __str__(self) -> str:
        return f"stage {self.stage + 1}" + (", exact steps" if self.exact else "")


#: Every way that is tried, the exact one last.
VARIANTS = (*(Variant(stage, exact=False) for stage in range(STAGES)), Variant(STAGES - 1, exact=True))


def choose(pooled: NDArray[np.float64], rounds: NDArray[np.float64], unit: float, gain: float = GAIN) -> int:
    """Choose a variant by its scores on events that were not learned from.

    Parameters
    ----------
    pooled : ndarray of shape (variants,)
        Score with the yields of all rounds together; larger is better.
    rounds : ndarray of shape (rounds, variants)
        Score in each round.
    unit : float
        Difference of scores that stands for one hundred percent.
    gain : float, optional
        Fraction by which exact steps must improve the pooled score.

    Returns
    -------
    int
        Position in ``VARIANTS``.

    Notes
    -----
    A parabola through the stages is compared, not the scores: the true objective changes slowly with the
    width, its fluctuations do not, and the largest of many fluctuating numbers is no guide. The fourth stage
    is preferred, by four percent to the second and the last. Exact steps must improve the best of all stages,
    and be better than each of them in every round.
    """
    unit = unit if 0 < unit < np.inf else 1.0
    pooled = np.where(np.isfinite(pooled), pooled, _worst(pooled, unit))
    # What is far from the best says nothing about the differences close to it.
    clipped = np.maximum(pooled, pooled.max() - REACH * unit)
    stage = np.arange(STAGES) - MIDDLE
    trend = np.polyval(np.polyfit(stage, clipped[:STAGES], 2), stage)
    best, exact = int(np.argmax(trend - PRIOR * unit * stage**2)), len(VARIANTS) - 1
    is_better = pooled[exact] > pooled[:exact].max() + gain * unit
    return exact if is_better and all(promising(one) for one in rounds) else best


def promising(scores: NDArray[np.float64]) -> bool:
    """Say whether exact steps were better than every stage in a round."""
    return bool(scores[-1] > scores[:-1].max())


def _worst(scores: NDArray[np.float64], unit: float) -> float:
    """What stands for a score that does not exist: clearly below all that do."""
    known = scores[np.isfinite(scores)]
    return float(known.min() - np.ptp(known) - unit) if len(known) else 0.0
