"""Whether a constraint can be met at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from gradcut.errors import DataError, UnattainableError
from gradcut.fitting.decisions import passed_by_requirement
from gradcut.fitting.starts import closed_values, open_values
from gradcut.objectives.base import ROUNDING

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.fitting.events import HardEvents
    from gradcut.objectives import Objective

__all__ = ["check_attainable"]


def check_attainable(events: HardEvents, objective: Objective, fixed: Mapping[int, float]) -> None:
    """Raise where no cuts can meet a constraint, and say what loses the events.

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
        If open cuts, for a signal efficiency, or closed ones, for a background budget, do not meet it: fixed
        requirements, missing values and fixed parameters lose, or keep, more than is allowed.
    DataError
        If they leave no signal, or no background, at all.
    """
    values = _with(open_values(events.spec), fixed)
    yields = events.yields(values[None])
    closed = closed_values(events.spec)
    tightest = None if closed is None else events.yields(_with(closed, fixed)[None])
    shortfall = objective.shortfall(yields, tightest)
    if shortfall is not None:
        raise UnattainableError(
            shortfall.problem,
            given=shortfall.given,
            allowed=shortfall.allowed,
            where=_losses(events, values, events.layout.process_indices(shortfall.role))
            if shortfall.at_open
            else "with all cuts closed that are learned: missing values that pass, and fixed cuts",
            hint=shortfall.hint,
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


def _with(values: NDArray[np.float64], fixed: Mapping[int, float]) -> NDArray[np.float64]:
    values[list(fixed)] = list(fixed.values())
    return values


def _total(events: HardEvents, processes: list[int]) -> float:
    return float(events.layout.total_sum_w[:, processes].sum())


def _losses(events: HardEvents, values: NDArray[np.float64], processes: list[int]) -> str:
    """Fraction of some processes that each cause loses by itself."""
    spec = events.spec
    total = _total(events, processes)
    labels: dict[int, str] = {}
    for cut, label in enumerate(spec.cuts):
        number = events.requirement_of(cut)
        labels[number] = f"{labels[number]}, '{label}'" if number in labels else f"cut '{label}'"
    causes = {"fixed requirements": 1.0} | {
        f"{label} (missing values, or fixed)": 0.0 for _, label in sorted(labels.items())
    }
    for segment in events.segments:
        if segment.at[1] not in processes or segment.at[2] != 0:
            continue
        causes["fixed requirements"] -= float(segment.weights.sum()) / total
        met = passed_by_requirement(spec, segment, values)
        for name, (_, passed) in zip(list(causes)[1:], met, strict=True):
            causes[name] += float(segment.weights[~passed].sum()) / total
    known = [f"{loss:.2%} by {cause}" for cause, loss in causes.items() if loss > ROUNDING]
    return "lost with all cuts open that are learned: " + ", ".join(known)
