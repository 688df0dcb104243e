"""How a result came about, in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradcut.objectives.base import ROUNDING

if TYPE_CHECKING:
    from gradcut.fitting.learned import Learned
    from gradcut.objectives import Objective
    from gradcut.yields import Yields

__all__ = ["how", "message"]


def how(objective: Objective, exact: bool, width: float) -> str:
    """Say how hard cuts were made of smooth ones of some width, in half a sentence."""
    found = f"smooth cuts {width:.2f} widths of their feature broad"
    if exact and objective.is_constrained:
        found += ", then exact exchanges: no pair of thresholds that was tried is better where it learned"
    elif exact:
        found += ", then exact sweeps: no single threshold improves the objective where it learned"
    elif objective.is_exact:
        steps = "exchanges" if objective.is_constrained else "sweeps"
        found += f"; exact {steps} of the hard cuts were not better on other events"
    return found


def message(
    objective: Objective,
    used: Yields,
    unused: Yields | None,
    final: Learned | None,
    interrupted: bool,
    done: int,
    wanted: int,
) -> str:
    """Say how the cuts were made, and how well they meet the constraint of the objective.

    Parameters
    ----------
    objective : Objective
        What was made better.
    used : Yields
        Hard yields of the cuts on the events that they learned from.
    unused : Yields or None
        The same on events that chose nothing, which need not meet the constraint.
    final : Learned or None
        The cuts; None where not even the first ones were learned.
    interrupted : bool
        Whether the user stopped the fit.
    done, wanted : int
        Parts that are learned, of how many.
    """
    if final is None:
        return "interrupted while the first cuts were learned: the best thresholds seen so far"
    made = final.how
    constrained = objective.constrained(used)
    if constrained is not None:
        excess = float(constrained.excess[0])
        made += (
            f"; the {objective.constraint} is {'met' if excess >= -ROUNDING else 'missed'}, by {excess:+.2g}"
        )
        others = None if unused is None else objective.constrained(unused)
        if others is not None:
            made += f" (unused events: {float(others.excess[0]):+.2g})"
    if interrupted:
        return f"interrupted with {done} of {wanted} parts learned: the cuts of the last one ({made})"
    return made
