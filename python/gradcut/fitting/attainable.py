"""Whether a constraint can be met at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from gradcut.errors import DataError, UnattainableError
from gradcut.fitting.starts import open_values
from gradcut.objectives.base import ROUNDING

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.fitting.events import HardEvents
    from gradcut.objectives import Objective

__all__ = ["check_attainable"]


def check_attainable(events: HardEvents, objective: Objective, fixed: Mapping[int, float]) -> None:
    """Raise where even open cuts keep too little, and say what loses the events.

    Parameters
    ----------
    events : HardEvents
        All events.
    objective : Objective
        The objective, which may have a constraint.
    fixed : mapping of int to float
        Parameters that are not learned.

    Raises
    ------
    UnattainableError
        If fixed requirements, missing values and fixed parameters lose more of the signal than is allowed.
    DataError
        If they leave no signal, or no background, at all.
    """
    values = open_values(events.spec)
    for parameter, value in fixed.items():
        values[parameter] = value
    yields = events.yields(values[None])
    constrained = objective.constrained(yields)
    if constrained is not None and constrained.excess[0] < -ROUNDING:
        signals = events.layout.process_indices("signal")
        reached = float(yields.moments.sum_w[0, :, signals, 0].sum()) / _total(events, signals)
        raise UnattainableError(
            "no cuts keep that much of the signal",
            given=f"a signal efficiency of {reached - float(constrained.excess[0]):.6g}",
            allowed=f"up to {reached:.6g}",
            where=_losses(events, values, signals),
            hint="a lower target, fewer requirements, missing='pass' or other values of fixed parameters",
        )
    for role in ("signal", "background"):
        processes = events.layout.process_indices(role)
        if processes and not yields.moments.entries[0, :, processes, 0].any():
            raise DataError(
                f"no event of the {role} is left, even with all cuts open that are learned",
                given=", ".join(events.layout.processes[p] for p in processes),
                where=_losses(events, values, processes),
                hint="check the columns and sentinels, or missing='pass'",
            )


def _total(events: HardEvents, processes: list[int]) -> float:
    return float(events.layout.total_sum_w[:, processes].sum())


def _losses(events: HardEvents, values: NDArray[np.float64], processes: list[int]) -> str:
    """Fraction of some processes that each cause loses by itself."""
    spec = events.spec
    total = _total(events, processes)
    causes = {"fixed requirements": 1.0} | {
        f"cut '{cut}' (missing values, or fixed)": 0.0 for cut in spec.cuts
    }
    for number, segment in enumerate(events.segments):
        if segment.at[1] not in processes or segment.at[2] != 0:
            continue
        causes["fixed requirements"] -= float(segment.weights.sum()) / total
        for cut, name in enumerate(list(causes)[1:]):
            lost = segment.weights[~events.passed(number, cut, values)]
            causes[name] += float(lost.sum()) / total
    known = [f"{loss:.2%} by {cause}" for cause, loss in causes.items() if loss > ROUNDING]
    return "lost with all cuts open that are learned: " + ", ".join(known)
