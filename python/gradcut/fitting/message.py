"""How a result came about, in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradcut.objectives.base import ROUNDING

if TYPE_CHECKING:
    from gradcut.fitting.learner import Learned
    from gradcut.objectives import Objective
    from gradcut.yields import Yields

__all__ = ["message"]


def message(
    objective: Objective, used: Yields, final: Learned | None, interrupted: bool, done: int, wanted: int
) -> str:
    """Say how the cuts were made, and how well they meet the constraint of the objective.

    Parameters
    ----------
    objective : Objective
        What was made better.
    used : Yields
        Hard yields of the cuts on the events that they learned from.
    final : Learned or None
        The cuts; None where not even the first ones were learned.
    interrupted : bool
        Whether the user stopped the fit.
    done, wanted : int
        Parts that are learned, of how many.
    """
    if final is None:
        return "interrupted while the first cuts were learned: the best thresholds seen so far"
    how = f"smooth cuts {final.width:.2f} widths of their feature broad"
    if final.variant.exact and objective.is_constrained:
        how += ", then exact exchanges: no pair of thresholds that was tried is better where it learned"
    elif final.variant.exact:
        how += ", then exact sweeps: no single threshold improves the objective where it learned"
    elif objective.is_exact:
        steps = "exchanges" if objective.is_constrained else "sweeps"
        how += f"; exact {steps} of the hard cuts were not better on other events"
    constrained = objective.constrained(used)
    if constrained is not None:
        excess = float(constrained.excess[0])
        how += (
            f"; the {objective.constraint} is {'met' if excess >= -ROUNDING else 'missed'}, by {excess:+.2g}"
        )
    if interrupted:
        return f"interrupted with {done} of {wanted} parts learned: the cuts of the last one ({how})"
    return how
