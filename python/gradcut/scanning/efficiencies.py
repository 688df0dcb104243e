"""Efficiencies of signal and background with their gradients, from any engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gradcut.objectives.roles import total_yield
from gradcut.yields import Moments

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.engines.base import SelectionEngine
    from gradcut.yields import Yields, YieldsLayout

__all__ = ["Efficiencies", "Gradients"]


class Gradients(NamedTuple):
    """Efficiencies at some points and their derivatives in the thresholds."""

    #: Shape (points,).
    signal: NDArray[np.float64]
    background: NDArray[np.float64]
    #: Shape (points, thresholds).
    d_signal: NDArray[np.float64]
    d_background: NDArray[np.float64]


class Efficiencies:
    """Efficiencies of the roles: selected over total yield, all processes and channels of a role together.

    Parameters
    ----------
    layout : YieldsLayout
        Axes and totals.

    Raises
    ------
    DeclarationError
        If there is no signal or no background, or one of positive total yield.
    """

    def __init__(self, layout: YieldsLayout) -> None:
        self.layout = layout
        self.totals = {role: total_yield(layout, role) for role in ("signal", "background")}
        self._indices = {role: layout.process_indices(role) for role in self.totals}

    def of(self, yields: Yields, role: str) -> NDArray[np.float64]:
        """Efficiency of a role, shape (points,)."""
        selected = yields.moments.sum_w[:, :, self._indices[role], 0]
        return np.asarray(selected.sum((1, 2, 3)) / self.totals[role])

    def gradients(self, engine: SelectionEngine, points: NDArray[np.float64]) -> Gradients:
        """Soft efficiencies of both roles and their derivatives, in one pass over the events."""
        evaluation = engine.evaluate(points)
        n = len(engine.spec.parameters)
        found = []
        for role in ("signal", "background"):
            # The engine may have nominal alone, where the layout has variations.
            cotangent = np.zeros((1, *evaluation.yields.layout.shape))
            cotangent[:, :, self._indices[role], 0] = 1 / self.totals[role]
            zero = np.zeros(1)
            found.append(evaluation.vjp(Moments(zero, cotangent, zero))[:, :n])
        yields = evaluation.yields
        return Gradients(self.of(yields, "signal"), self.of(yields, "background"), *found)
