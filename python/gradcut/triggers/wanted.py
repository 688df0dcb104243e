"""What a menu is to be good for: several signals in one number."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Literal

import numpy as np

from gradcut.checks import is_number
from gradcut.errors import DeclarationError, close_matches

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Combine", "Value", "combination", "softened"]

Combine = Literal["mean", "worst"]
#: From efficiencies of shape (signals, points) to what is best when largest.
Value = Callable[["NDArray[np.float64]"], "NDArray[np.float64]"]

#: Widths of soft minima on the way to the worst, in units of the mean efficiency.
SOFTNESS = (0.1, 0.02)


def combination(combine: Combine, weights: Mapping[str, float] | None, signals: Sequence[str]) -> Value:
    """Return the function of efficiencies, shape (signals, points), that is best when largest.

    Raises
    ------
    DeclarationError
        If the combination is not known, or weights are not those of signals.
    """
    if combine not in ("mean", "worst"):
        raise DeclarationError("unknown combination", given=repr(combine), allowed="'mean', 'worst'")
    if combine == "worst":
        if weights is not None:
            raise DeclarationError("the worst of several signals has no weights", given=repr(dict(weights)))
        return lambda efficiencies: np.asarray(efficiencies.min(0))
    for name, weight in (weights or {}).items():
        if name not in signals:
            raise DeclarationError(f"no signal is called '{name}'", hint=close_matches(name, signals))
        if not is_number(weight) or not 0 <= weight < np.inf:
            raise DeclarationError(f"the weight of '{name}' is a number from 0 on", given=repr(weight))
    shares = np.array([float((weights or {}).get(name, 1.0)) for name in signals])
    if shares.sum() <= 0:
        raise DeclarationError("the weights of all signals are zero", given=repr(dict(weights or {})))
    shares = shares / shares.sum()
    return lambda efficiencies: np.asarray(shares @ efficiencies)


def softened(combine: Combine) -> tuple[Value, ...]:
    """Values that lead to the one that is wanted.

    Where several signals are the worst, no exchange of two thresholds helps all of them; it helps a minimum
    that is soft.
    """
    return () if combine == "mean" else tuple(partial(_soft_minimum, width) for width in SOFTNESS)


def _soft_minimum(width: float, efficiencies: NDArray[np.float64]) -> NDArray[np.float64]:
    unit = width * np.maximum(efficiencies.mean(0), 1e-9)
    least = efficiencies.min(0)
    return np.asarray(least - unit * np.log(np.exp(-(efficiencies - least) / unit).mean(0)))
