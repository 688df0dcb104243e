"""An objective beside a price on bins that change the mass shape of the background."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from gradcut.checks import is_number
from gradcut.errors import DeclarationError
from gradcut.objectives.axis import BinAxis
from gradcut.objectives.base import Direction, Objective
from gradcut.objectives.roles import total_yield
from gradcut.objectives.sculpting import Sculpting, sculpting
from gradcut.yields import Moments

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.yields import Yields, YieldsLayout

__all__ = ["Decorrelated"]


class Decorrelated(Objective):
    """An objective, less a weight times how much bins sculpt the background along an axis.

    Parameters
    ----------
    objective : Objective
        Of the learned bins: it sees yields summed over the axis, unless it looks along it itself, as
        :class:`Sideband` does.
    weight : float
        What a sculpting of 1 costs, in units of the objective. Exponentials that fall over 40 GeV in one bin
        and over 25 GeV in another are 0.004 apart, so that weights are large numbers.
    axis : int, default -1
        Axis of the bins, such as the mass, whose edges are given and not learned.
    bins : {"share", "equal"}, default "share"
        Whether a bin counts as its share of the background, or each the same, also those with little of it.

    Notes
    -----
    The sculpting is the Jensen-Shannon divergence, in bits, between the background's shape along the axis in
    a bin and in all bins of the channel together, averaged over bins. It is 0 where no bin changes the shape
    and at most 1. One event of mean weight with the shape of all bins is added to each bin, and negative
    yields count as none, so that bins without events sculpt nothing.
    """

    def __init__(
        self,
        objective: Objective,
        *,
        weight: float,
        axis: int = -1,
        bins: Literal["share", "equal"] = "share",
    ) -> None:
        if not isinstance(objective, Objective):
            raise DeclarationError("what is decorrelated is an objective", given=repr(objective))
        if objective.is_constrained:
            raise DeclarationError(
                "an objective with a constraint has no price beside it",
                given=repr(objective),
                hint="Decorrelated(objective, ...).within(max_background=...)",
            )
        if not is_number(weight) or not 0 < weight < np.inf:
            raise DeclarationError(
                "the weight of a sculpting is a finite number above 0",
                given=repr(weight),
                allowed="such as 10",
            )
        if bins not in ("share", "equal"):
            raise DeclarationError("unknown weighting of bins", given=repr(bins), allowed="'share', 'equal'")
        self.objective, self.weight, self.bins = objective, float(weight), bins
        self._axis = BinAxis(axis, "a decorrelation")
        self.direction: Direction = objective.direction
        self.name = f"{objective.name} {'-' if self.sign > 0 else '+'} {self.weight:g} sculpting"

    def describe(self) -> dict[str, Any]:
        """See :meth:`Objective.describe`."""
        return {
            "kind": "decorrelated",
            "objective": self.objective.describe(),
            "weight": self.weight,
            "axis": self._axis.axis,
            "bins": self.bins,
        }

    def check(self, layout: YieldsLayout) -> None:
        """See :meth:`Objective.check`."""
        total_yield(layout, "background")
        if self._axis.length(layout) < 2:
            raise DeclarationError(
                "there is no shape along an axis of one bin", given=f"bins of shape {layout.bin_shape}"
            )
        self.objective.check(layout if self.objective.sees_axes else self._axis.rest(layout))

    def check_final(self, yields: Yields) -> None:
        """See :meth:`Objective.check_final`."""
        self.objective.check_final(self._seen(yields))

    @property
    def steadies(self) -> bool:
        """See :attr:`Objective.steadies`."""
        return self.objective.steadies

    @property
    def sees_axes(self) -> bool:
        """See :meth:`Objective.sees_axes`."""
        return True

    @property
    def ties(self) -> str:
        """See :meth:`Objective.ties`."""
        return "its sculpting compares each bin with all of them"

    def sculpting(self, yields: Yields) -> NDArray[np.float64]:
        """How much the bins sculpt the background, shape (points,)."""
        return self._sculpting(yields).value

    def sculpting_of_bins(self, yields: Yields) -> NDArray[np.float64]:
        """The divergence of each bin by itself, shape (points, channels, other bins)."""
        return self._sculpting(yields).of_bins

    def hard(self, yields: Yields) -> NDArray[np.float64]:
        """See :meth:`Objective.hard`."""
        price = self.sign * self.weight * self.sculpting(yields)
        return np.asarray(self.objective.hard(self._seen(yields)) - price, dtype=np.float64)

    def gradient(self, yields: Yields) -> tuple[NDArray[np.float64], Moments]:
        """See :meth:`Objective.gradient`."""
        value, cotangents = self.objective.gradient(self._seen(yields))
        if not self.objective.sees_axes:
            cotangents = self._axis.spread(cotangents, yields.layout)
        found, price = self._sculpting(yields), self.sign * self.weight
        sum_w = cotangents.sum_w.copy()
        slopes = price * self._axis.joined(found.slopes, yields.layout)
        for process in yields.layout.process_indices("background"):
            sum_w[:, :, process, 0] -= slopes
        return value - price * found.value, Moments(cotangents.entries, sum_w, cotangents.variance)

    def _seen(self, yields: Yields) -> Yields:
        return yields if self.objective.sees_axes else self._axis.summed(yields)

    def _sculpting(self, yields: Yields) -> Sculpting:
        layout = yields.layout
        processes = layout.process_indices("background")
        nominal = np.asarray(yields.moments.sum_w[:, :, processes, 0].sum(2))
        extra = layout.mean_weight[:, processes].max(1)
        return sculpting(self._axis.split(nominal, layout), extra, equal=self.bins == "equal")
