"""The efficiency loss of CABIN: cuts for a target signal efficiency."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from gradcut.errors import DeclarationError
from gradcut.objectives.base import Direction, Objective

if TYPE_CHECKING:
    import torch
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
    of a role together, over all channels and bins. The efficiency reached is below the target by about
    ``beta / (2 alpha)`` times the slope of ``log eps_b``: 0.001 with the defaults.

    References
    ----------
    CABIN, "Optimizing Cuts with Gradient Descent", eqs. 5 and 6.
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
            indices = layout.process_indices(role)
            total = float(layout.total_sum_w[:, indices].sum()) if indices else 0.0
            if total <= 0:
                raise DeclarationError(
                    f"an efficiency needs a {role} with a positive yield",
                    given=", ".join(
                        f"{p} ({r})" for p, r in zip(layout.processes, layout.roles, strict=True)
                    ),
                    hint=f"samples.add(..., role='{role}')",
                )

    def efficiencies(self, yields: Yields) -> tuple[Any, Any]:
        """Efficiency of signal and background per point, numpy or torch like the yields."""
        found = []
        for role in ("signal", "background"):
            total = float(yields.layout.total_sum_w[:, yields.layout.process_indices(role)].sum())
            selected = yields.moments.sum_w[:, :, yields.layout.process_indices(role), 0]
            found.append(selected.sum((1, 2, 3)) / total)
        return found[0], found[1]

    def _least(self, layout: YieldsLayout) -> float:
        """Background efficiency that an event of mean weight has: less is not known to be less."""
        indices = layout.process_indices("background")
        floor = np.sqrt(np.sum((layout.mean_weight[:, indices]) ** 2))
        return float(floor / layout.total_sum_w[:, indices].sum())

    def hard(self, yields: Yields) -> NDArray[np.float64]:
        """See :meth:`Objective.hard`."""
        eps_s, eps_b = self.efficiencies(yields)
        term = eps_b
        if self.background == "log":
            term = np.log(np.maximum(eps_b, 0) + self._least(yields.layout))
        return np.asarray(self.alpha * (self.target - eps_s) ** 2 + self.beta * term, dtype=np.float64)

    def soft(self, yields: Yields) -> torch.Tensor:
        """See :meth:`Objective.soft`."""
        eps_s, eps_b = self.efficiencies(yields)
        term = eps_b
        if self.background == "log":
            term = (eps_b.clamp(min=0) + self._least(yields.layout)).log()
        loss: torch.Tensor = self.alpha * (self.target - eps_s) ** 2 + self.beta * term
        return loss

    def annealed(self, fraction: float) -> EfficiencyLoss:
        """See :meth:`Objective.annealed`: the target pulls gently at first, so that cuts trade places."""
        eased = copy(self)
        eased.alpha = self.alpha * EASED ** max(1 - fraction, 0.0)
        return eased

    def penalty(self, standardised: torch.Tensor) -> torch.Tensor | None:
        """See :meth:`Objective.penalty`; eq. 6."""
        return self.gamma * (standardised**2).mean(1) if self.gamma else None
