"""Thresholds that a menu can have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from gradcut.checks import is_number
from gradcut.errors import DeclarationError, close_matches

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.triggers.events import MenuEvents

__all__ = ["Limits", "candidates_of", "check_limits"]

#: A threshold with more steps than this over its events is not one that is written by hand.
MOST = 100_000

Limits = Mapping[str, tuple[float, float]]


def check_limits(
    parameters: Sequence[str],
    steps: Mapping[str, float],
    bounds: Mapping[str, tuple[float, float]],
    fixed: Mapping[str, float],
) -> None:
    """Check steps, bounds and fixed values, which belong to parameters and do not contradict each other."""
    for where, given in (("steps", steps), ("bounds", bounds), ("fix", fixed)):
        for name in given:
            if name not in parameters:
                raise DeclarationError(
                    f"no threshold is called '{name}'", where=where, hint=close_matches(name, parameters)
                )
    for name, step in steps.items():
        if not is_number(step) or not 0 < step < np.inf:
            raise DeclarationError(f"the step of '{name}' is a positive number", given=repr(step))
    for name, value in fixed.items():
        if not is_number(value) or np.isnan(value):
            raise DeclarationError(f"the value of '{name}' is a number", where="fix", given=repr(value))
        if name in bounds:
            raise DeclarationError(f"'{name}' is fixed and has bounds", given=f"{value!r}, {bounds[name]!r}")
    for name, ends in bounds.items():
        if (
            not isinstance(ends, (tuple, list))
            or len(ends) != 2
            or not all(is_number(end) and not np.isnan(end) for end in ends)
        ):
            raise DeclarationError(
                f"the bounds of '{name}' are two numbers", given=repr(ends), allowed="(20, 60)"
            )
        low, high = ends
        if low > high:
            raise DeclarationError(
                f"the bounds of '{name}' contradict each other", given=f"{low:g} to {high:g}"
            )
        width = steps.get(name)
        if width is not None and np.floor(high / width + 1e-9) < np.ceil(low / width - 1e-9):
            raise DeclarationError(
                f"no step of '{name}' lies within its bounds",
                given=f"{low:g} to {high:g} in steps of {width:g}",
            )


def candidates_of(
    events: MenuEvents,
    parameters: Sequence[str],
    steps: Mapping[str, float],
    bounds: Mapping[str, tuple[float, float]],
    fixed: Mapping[str, float],
) -> list[NDArray[np.float64]]:
    """Increasing candidates of every threshold, turned so that larger ones are tighter.

    Multiples of a step from the smallest feature to beyond the largest of the zero-bias events; without a
    step all values between two zero-bias events, the loosest and the tightest one that there are.
    """
    found = []
    for number, name in enumerate(parameters):
        sign = events.signs[number]
        if name in fixed:
            found.append(np.array([sign * fixed[name]]))
            continue
        low, high = sorted(sign * end for end in bounds.get(name, (-np.inf, np.inf)))
        values = _values(events, number)
        step = steps.get(name)
        if step is not None:
            found.append(_multiples(name, values, step, low, high))
            continue
        middles = values[:-1] + (values[1:] - values[:-1]) / 2
        ends = np.array([low if np.isfinite(low) else -np.inf, high if np.isfinite(high) else np.inf])
        found.append(np.unique(np.concatenate([middles[(middles > low) & (middles < high)], ends])))
    return found


def _values(events: MenuEvents, parameter: int) -> NDArray[np.float64]:
    """Values that zero-bias events are cut at, sorted."""
    chosen = [
        feature[line.eligible]
        for process in events.zero_bias
        for line in process.lines
        for own, feature in zip(line.parameters, line.features, strict=True)
        if own == parameter
    ]
    values = np.unique(np.concatenate(chosen))
    return np.asarray(values[np.isfinite(values)])


def _multiples(
    name: str, values: NDArray[np.float64], step: float, low: float, high: float
) -> NDArray[np.float64]:
    ends = (values[0], values[-1]) if len(values) else (0.0, 0.0)
    first = low if np.isfinite(low) else ends[0]
    last = high if np.isfinite(high) else max(ends[1] + step, first)
    numbers = np.ceil(first / step - 1e-9), np.floor(last / step + 1e-9)
    if numbers[1] - numbers[0] > MOST:
        raise DeclarationError(
            f"'{name}' has more than {MOST} steps",
            given=f"{first:g} to {last:g} in steps of {step:g}",
            hint="a larger step, or bounds",
        )
    # Ten digits: 0.1 * 3 is not 0.3, which is what a menu holds.
    return np.round(np.arange(numbers[0], numbers[1] + 1) * step, 10) + 0.0
