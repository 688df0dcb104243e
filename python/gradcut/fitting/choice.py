"""How sharp the smooth cuts should be, and whether hard steps after them help: judged on other events."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gradcut.fitting.descent import STAGES

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["VARIANTS", "Variant", "choose"]

#: A hard step must improve the objective by this fraction on events that it did not use.
GAIN = 0.01
#: Scores further below the best than this fraction count as that far.
REACH = 0.1
#: Fraction of the objective, per squared distance from the middle stage, that a better stage must gain.
PRIOR = 0.005


class Variant(NamedTuple):
    """One way to make hard cuts of a descent."""

    #: Stage of the descent, from 0 on.
    stage: int
    #: What is done to its thresholds: nothing, a common shift, or exact sweeps.
    step: str

    def __str__(self) -> str:
        return f"stage {self.stage + 1}" + (f", {self.step}" if self.step else "")


#: Every way that is tried.
VARIANTS = (
    *(Variant(stage, "") for stage in range(STAGES)),
    *(Variant(stage, "shifted") for stage in range(STAGES)),
    Variant(STAGES - 1, "exact sweeps"),
)


def choose(pooled: NDArray[np.float64], rounds: NDArray[np.float64]) -> int:
    """Choose a variant by its scores on events that were not learned from.

    Parameters
    ----------
    pooled : ndarray of shape (variants,)
        Score with the yields of all rounds together; larger is better.
    rounds : ndarray of shape (rounds, variants)
        Score in each round.

    Returns
    -------
    int
        Position in ``VARIANTS``.

    Notes
    -----
    A parabola through the stages is compared, not the scores: the true objective changes slowly with the
    width, its fluctuations do not, and the largest of many fluctuating numbers is no guide. Widths in the
    middle are preferred by up to three percent. A common shift must
    improve the stages by one percent on average, exact sweeps the best of all by one percent and in every
    round.
    """
    pooled = np.where(np.isfinite(pooled), pooled, _worst(pooled))
    top = pooled.max()
    # What is far from the best says nothing about the differences close to it.
    clipped = np.maximum(pooled, top - REACH * abs(top))
    plain, moved = clipped[:STAGES], clipped[STAGES : 2 * STAGES]
    best = int(np.argmax(_trend(plain)))
    if moved.mean() > plain.mean() + GAIN * abs(top):
        best = STAGES + int(np.argmax(_trend(moved)))
    sweeps = len(VARIANTS) - 1
    others = pooled[:sweeps].max()
    if pooled[sweeps] > others + GAIN * abs(others) and bool(np.all(rounds[:, sweeps] > rounds[:, best])):
        best = sweeps
    return best


def _worst(scores: NDArray[np.float64]) -> float:
    """What stands for a score that does not exist: clearly below all that do."""
    known = scores[np.isfinite(scores)]
    return float(known.min() - (np.ptp(known) + abs(known.min()) + 1.0)) if len(known) else 0.0


def _trend(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Parabola through the scores of the stages, less what speaks against the first and last ones."""
    stage = np.arange(len(scores)) - (len(scores) - 1) / 2
    trend = np.polyval(np.polyfit(stage, scores, 2), stage)
    return np.asarray(trend - PRIOR * abs(scores.mean()) * stage**2)
