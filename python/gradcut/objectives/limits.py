"""Limits on yields: how far each is from being met, hard and smooth."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from gradcut.errors import DeclarationError
from gradcut.objectives.roles import total_yield

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.yields import Yields, YieldsLayout

__all__ = ["BackgroundBudget", "Limit", "PurityFloor", "Strain", "signal_and_background"]

#: A yield this small, in units of that before the selection, counts as none.
TINY = 1e-9


class Strain(NamedTuple):
    """How far a limit is exceeded, per point, and the derivatives of that in signal and background.

    A logarithm: 0.01 is one percent too much. Zero where the limit is met.
    """

    value: NDArray[np.float64]
    by_signal: NDArray[np.float64]
    by_background: NDArray[np.float64]


class Limit(abc.ABC):
    """What the yields after the selection have to keep to."""

    #: Name in messages.
    name: str

    @abc.abstractmethod
    def excess(self, signal: Any, background: Any, layout: YieldsLayout) -> NDArray[np.float64]:
        """By how much it is more than met, per point; negative where it is not."""

    @abc.abstractmethod
    def strain(
        self, signal: NDArray[np.float64], background: NDArray[np.float64], layout: YieldsLayout
    ) -> Strain:
        """How far it is exceeded, for a descent."""


class BackgroundBudget(Limit):
    """At most so much background.

    Parameters
    ----------
    largest : float
        Yield, or part of the yield before the selection.
    is_part : bool
        Whether it is a part.
    """

    name = "background budget"

    def __init__(self, largest: float, *, is_part: bool) -> None:
        self.largest, self.is_part = largest, is_part

    def most(self, layout: YieldsLayout) -> float:
        """Largest yield."""
        return self.largest * (total_yield(layout, "background") if self.is_part else 1.0)

    def excess(self, signal: Any, background: Any, layout: YieldsLayout) -> NDArray[np.float64]:
        """See :meth:`Limit.excess`; relative to the budget."""
        return np.asarray(1 - background / self.most(layout), dtype=np.float64)

    def strain(
        self, signal: NDArray[np.float64], background: NDArray[np.float64], layout: YieldsLayout
    ) -> Strain:
        """See :meth:`Limit.strain`."""
        most = self.most(layout)
        over = background > most
        safe = np.where(over, background, most)
        return Strain(np.log(safe / most), np.zeros(len(safe)), np.where(over, 1 / safe, 0.0))


class PurityFloor(Limit):
    """At least so much signal in all that is selected.

    Parameters
    ----------
    least : float
        Signal over signal and background.
    """

    name = "purity floor"

    def __init__(self, least: float) -> None:
        self.least = least

    def excess(self, signal: Any, background: Any, layout: YieldsLayout) -> NDArray[np.float64]:
        """See :meth:`Limit.excess`; where nothing is selected there is no purity."""
        everything = signal + background
        exists = (everything > 0) & (signal > 0)
        purity = np.divide(signal, everything, out=np.zeros(len(everything)), where=exists)
        return np.asarray(purity - self.least, dtype=np.float64)

    def strain(
        self, signal: NDArray[np.float64], background: NDArray[np.float64], layout: YieldsLayout
    ) -> Strain:
        """See :meth:`Limit.strain`; of the odds, signal over background."""
        odds = self.least / (1 - self.least)
        s_least, b_least = (TINY * total_yield(layout, role) for role in ("signal", "background"))
        s, b = np.maximum(signal, s_least), np.maximum(background, b_least)
        value = np.log(odds * b / s)
        over = value > 0
        return Strain(
            np.where(over, value, 0.0),
            np.where(over & (signal > s_least), -1 / s, 0.0),
            np.where(over & (background > b_least), 1 / b, 0.0),
        )


def signal_and_background(yields: Yields) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Nominal yields of signal and background per point, over all channels and bins."""
    found = []
    for role in ("signal", "background"):
        indices = yields.layout.process_indices(role)
        found.append(np.asarray(yields.moments.sum_w[:, :, indices, 0].sum((1, 2, 3)), dtype=np.float64))
    return found[0], found[1]


def limits_of(
    max_background: float | None, max_background_efficiency: float | None, min_purity: float | None
) -> tuple[Limit, ...]:
    """Check the limits that were given.

    Raises
    ------
    DeclarationError
        If there is none, one is no number in its range, or the background has two.
    """
    if max_background is not None and max_background_efficiency is not None:
        raise DeclarationError(
            "two budgets for one background",
            given=f"{max_background!r} events, and a part of {max_background_efficiency!r}",
            allowed="one of them",
        )
    found: list[Limit] = []
    if max_background is not None:
        largest = _between(max_background, "max_background", 0, np.inf, "a yield above 0, such as 12.5")
        found.append(BackgroundBudget(largest, is_part=False))
    if max_background_efficiency is not None:
        what = "a part between 0 and 1, such as 0.01"
        part = _between(max_background_efficiency, "max_background_efficiency", 0, 1, what)
        found.append(BackgroundBudget(part, is_part=True))
    if min_purity is not None:
        floor = _between(min_purity, "min_purity", 0, 1, "a part between 0 and 1, such as 0.8")
        found.append(PurityFloor(floor))
    if not found:
        raise DeclarationError(
            "no limit is given",
            hint="within(max_background=12.5), max_background_efficiency=0.01 or min_purity=0.8",
        )
    return tuple(found)


def _between(value: object, name: str, low: float, high: float, allowed: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low < value < high:
        raise DeclarationError(f"{name} is out of its range", given=repr(value), allowed=allowed)
    return float(value)
