"""Whether a constraint can be met at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from gradcut.errors import UnattainableError
from gradcut.fitting.starts import open_values
from gradcut.objectives.base import ROUNDING

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.fitting.events import HardEvents
    from gradcut.objectives import Objective

__all__ = ["check_attainable"]


def check_attainable(events: HardEvents, objective: Objective, fixed: Mapping[int, float]) -> None:
    """Raise where even open cuts do not meet the constraint of an objective, and say what loses the signal.

    Parameters
    ----------
    events : HardEvents
        All events.
    objective : Objective
        The objective.
    fixed : mapping of int to float
        Parameters that are not learned.

    Raises
    ------
    UnattainableError
        If fixed requirements, missing values and fixed parameters lose more than is allowed.
    """
    values = open_values(events.spec)
    for parameter, value in fixed.items():
        values[parameter] = value
    yields = events.yields(values[None])
    constrained = objective.constrained(yields)
    if constrained is None or constrained.excess[0] >= -ROUNDING:
        return
    layout = events.layout
    signals = layout.process_indices("signal")
    total = float(layout.total_sum_w[:, signals].sum())
    reached = float(yields.moments.sum_w[0, :, signals, 0].sum()) / total
    target = reached - float(constrained.excess[0])
    losses = _losses(events, values, signals, total)
    raise UnattainableError(
        "no cuts keep that much of the signal",
        given=f"a signal efficiency of {target:.6g}",
        allowed=f"up to {reached:.6g}",
        where="lost with all cuts open that are learned: "
        + ", ".join(f"{loss:.2%} by {cause}" for cause, loss in losses.items() if loss > 0),
        hint="a lower target, fewer requirements, missing='pass' or other values of fixed parameters",
    )


def _losses(
    events: HardEvents, values: NDArray[np.float64], signals: list[int], total: float
) -> dict[str, float]:
    """Fraction of the signal that each cause loses by itself."""
    spec = events.spec
    causes = {"fixed requirements": 1.0} | {
        f"cut '{cut}' (missing values, or fixed)": 0.0 for cut in spec.cuts
    }
    for number, segment in enumerate(events.segments):
        if segment.at[1] not in signals or segment.at[2] != 0:
            continue
        causes["fixed requirements"] -= float(segment.weights.sum()) / total
        for cut, name in enumerate(list(causes)[1:]):
            lost = segment.weights[~events.passed(number, cut, values)]
            causes[name] += float(lost.sum()) / total
    return {cause: loss for cause, loss in causes.items() if loss > ROUNDING}
