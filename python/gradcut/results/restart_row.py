"""What became of one training of a network."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["RestartRow"]


@dataclass(frozen=True)
class RestartRow:
    """One network of several that were trained.

    Parameters
    ----------
    number : int
        Which.
    chosen_by : float
        Hard objective on the events to choose by, at its best step; of a classifier its loss.
    best_step, steps : int
        When that was, and how many steps there were, those of the warm-up included.
    ended : str
        Why it ended before its last step; empty if it did not.
    """

    number: int
    chosen_by: float
    best_step: int
    steps: int
    ended: str
