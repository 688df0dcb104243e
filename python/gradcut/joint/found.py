"""Cuts and bins of one plan, and what is known of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gradcut.binning.choose import Choice
    from gradcut.joint.learned import LearnedJoint
    from gradcut.observables.learner import Trained
    from gradcut.yields import Yields

__all__ = ["Found", "StoppedJoint"]


@dataclass(frozen=True)
class Found:
    """Cuts and bins that were learned from some events."""

    learned: LearnedJoint
    #: Hard objective on them.
    value: float
    #: Thresholds of the start that led here.
    start: NDArray[np.float64]
    #: Hard objective that every start came to.
    of_starts: tuple[float, ...]
    #: Smooth yields in the bins of the result; None where the last step was a hard one.
    soft: Yields | None = None
    choices: tuple[Choice, ...] = ()
    #: What is known of the training of a network.
    trained: Trained | None = None


class StoppedJoint(Exception):  # noqa: N818  (nothing went wrong)
    """Ctrl-C: the best so far.

    Parameters
    ----------
    found : Found
        Cuts and bins.
    """

    def __init__(self, found: Found) -> None:
        super().__init__("interrupted")
        self.found = found
