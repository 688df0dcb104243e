"""The efficiency loss of CABIN: cuts for a target signal efficiency."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from gradcut.errors import DeclarationError
from gradcut.objectives.base import ROUNDING, Constrained, Direction, Objective, Shortfall
from gradcut.objectives.roles import total_yield
from gradcut.yields import Moments

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.yields import Yields, YieldsLayout

__all__ = ["EfficiencyLoss"]

#: Fraction of ``alpha`` at the first step of a fit.
EASED = 0.02


class EfficiencyLoss(Objective):
    """Least background at a target signal efficiency.

    Parameters
    ----------
    target : float
        Signal efficiency, selected over total before the selection, between 0 and 1.
    alpha : float, default 1000
        Weight of the squared distance to the target.
    beta : float, default 1
        Weight of the background term.
    gamma : float, default 0
        Weight of the mean squared threshold, in widths from the median, while fitting (eq. 6).
    background : {"log", "linear"}, default "log"
        ``beta log(eps_b)`` presses as much on the last percent of background as on the first. ``"linear"``
        is ``beta eps_b``, as in the paper.

    Notes
    -----
    ``alpha (target - eps_s)^2 + beta eps_b + gamma / m sum_k t_k^2``. The efficiencies are of all processes
    of a role together, over all channels and bins. This leads the smooth cuts, which end below the target by
    about ``beta / (2 alpha)`` times the slope of ``log eps_b``: 0.001 with the defaults. The hard cuts of a
    fit keep the least signal that is not below the target, of the events that they learned from.

    References
    ----------
    M. Hance and J. Robles, "Learning Selection Cuts With Gradients" (CABIN), eqs. 5 and 6.
    """

    name = "efficiency loss"
    direction: Direction = "minimise"

    def __init__(
        self,
        target: float,
        *,
        alpha: float = 1000.0,
        beta: float = 1.0,
        gamma: float = 0.0,
        background: Literal["log", "linear"] = "log",
    ) -> None:
        if isinstance(target, bool) or not isinstance(target, (int, float)) or not 0 < target < 1:
            raise DeclarationError(
                "a target efficiency lies between 0 and 1", given=repr(target), allowed="such as 0.8"
            )
        for name, value in (("alpha", alpha), ("beta", beta), ("gamma", gamma)):
            if not isinstance(value, (int, float)) or not 0 <= value < np.inf:
                raise DeclarationError(f"{name} is a number from 0 on", given=repr(value))
        if background not in ("log", "linear"):
            raise DeclarationError(
                "unknown background term", given=repr(background), allowed="'log', 'linear'"
            )
        self.target, self.alpha, self.beta, self.gamma = (
            float(target),
            float(alpha),
            float(beta),
            float(gamma),
        )
        self.background = background

    def describe(self) -> dict[str, Any]:
        """See :meth:`Objective.describe`."""
        return {
            "kind": "efficiency_loss",
            "target": self.target,
            "alpha": self.alpha,
            "beta": self.beta,
            "gamma": self.gamma,
            "background": self.background,
        }

    def check(self, layout: YieldsLayout) -> None:
        """See :meth:`Objective.check`."""
        for role in ("signal", "background"):
            total_yield(layout, role)

    def efficiencies(self, yields: Yields) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Efficiency of signal and background per point."""
        found = []
        for role in ("signal", "background"):
            indices = yields.layout.process_indices(role)
            selected = yields.moments.sum_w[:, :, indices, 0].sum((1, 2, 3))
            found.append(np.asarray(selected / total_yield(yields.layout, role)))
        return found[0], found[1]

    def constrained(self, yields: Yields) -> Constrained | None:
        """See :meth:`Objective.constrained`: the efficiency of the signal, and log that of the background."""
        if not self.is_constrained:
            return None
        eps_s, eps_b = self.efficiencies(yields)
        return Constrained(eps_s - self.target, np.log(np.maximum(eps_b, 0) + self._least(yields.layout)))

    @property
    def is_constrained(self) -> bool:
        """See :meth:`Objective.is_constrained`: not without a pull to the target."""
        return self.alpha > 0

    def shortfall(self, widest: Yields, tightest: Yields | None) -> Shortfall | None:
        """See :meth:`Objective.shortfall`: open cuts keep the most signal."""
        if not self.is_constrained:
            return None
        reached = float(self.efficiencies(widest)[0][0])
        if reached - self.target >= -ROUNDING:
            return None
        return Shortfall(
            problem="no cuts keep that much of the signal",
            given=f"a signal efficiency of {self.target:.6g}",
            allowed=f"up to {reached:.6g}",
            hint="a lower target, fewer requirements, missing='pass' or other values of fixed parameters",
            role="signal",
            at_open=True,
        )

    @property
    def uses_up(self) -> bool:
        """See :meth:`Objective.uses_up`."""
        return self.is_constrained

    def unit(self, merit: float) -> float:
        """See :meth:`Objective.unit`: merits are logarithms."""
        return 1.0 if self.is_constrained else abs(merit)

    @property
    def is_exact(self) -> bool:
        """See :meth:`Objective.is_exact`: not where the size of the cuts counts."""
        return not self.gamma

    def _least(self, layout: YieldsLayout) -> float:
        """Background efficiency that an event of mean weight has: less is not known to be less."""
        indices = layout.process_indices("background")
        floor = np.sqrt(np.sum((layout.mean_weight[:, indices]) ** 2))
        return float(floor / layout.total_sum_w[:, indices].sum())

    @property
    def ties(self) -> str:
        """See :meth:`Objective.ties`."""
        return "the square of the distance to its target is one of all bins together"

    def hard(self, yields: Yields) -> NDArray[np.float64]:
        """See :meth:`Objective.hard`."""
        eps_s, eps_b = self.efficiencies(yields)
        term = eps_b
        if self.background == "log":
            term = np.log(np.maximum(eps_b, 0) + self._least(yields.layout))
        return np.asarray(self.alpha * (self.target - eps_s) ** 2 + self.beta * term, dtype=np.float64)

    def gradient(self, yields: Yields) -> tuple[NDArray[np.float64], Moments]:
        """See :meth:`Objective.gradient`."""
        eps_s, eps_b = self.efficiencies(yields)
        slope = np.full(len(eps_b), self.beta)
        if self.background == "log":
            slope = np.where(eps_b < 0, 0.0, self.beta / (np.maximum(eps_b, 0) + self._least(yields.layout)))
        slopes = {"signal": -2 * self.alpha * (self.target - eps_s), "background": slope}
        made = Moments(*(np.zeros(moment.shape) for moment in yields.moments))
        for role, derivative in slopes.items():
            per_yield = derivative[:, None, None] / total_yield(yields.layout, role)
            for process in yields.layout.process_indices(role):
                made.sum_w[:, :, process, 0] = per_yield
        return self.hard(yields), made

    def annealed(self, fraction: float) -> EfficiencyLoss:
        """See :meth:`Objective.annealed`: the target pulls gently at first, so that cuts trade places."""
        eased = copy(self)
        eased.alpha = self.alpha * EASED ** max(1 - fraction, 0.0)
        return eased

    def penalty(
        self, standardised: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        """See :meth:`Objective.penalty`; eq. 6."""
        if not self.gamma:
            return None
        return self.gamma * (standardised**2).mean(1), 2 * self.gamma / standardised.shape[1] * standardised
