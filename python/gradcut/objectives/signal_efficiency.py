"""The signal that is kept, as an objective by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.objectives.base import Direction, Objective
from gradcut.objectives.roles import total_yield
from gradcut.yields import Moments

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.yields import Yields, YieldsLayout

__all__ = ["SignalEfficiency"]


class SignalEfficiency(Objective):
    """Signal after the selection over signal before it, all processes, channels and bins together.

    By itself it opens every cut; it is meant for what has a limit:
    ``SignalEfficiency().within(max_background=12.5)``, and, for the worst of several signals,
    ``SeveralSignals(SignalEfficiency(), "worst").within(max_background=12.5)``.
    """

    name = "signal efficiency"
    direction: Direction = "maximise"

    def describe(self) -> dict[str, Any]:
        """See :meth:`Objective.describe`."""
        return {"kind": "signal_efficiency"}

    @property
    def grows(self) -> bool:
        """See :meth:`Objective.grows`."""
        return True

    def check(self, layout: YieldsLayout) -> None:
        """See :meth:`Objective.check`."""
        total_yield(layout, "signal")

    def hard(self, yields: Yields) -> NDArray[np.float64]:
        """See :meth:`Objective.hard`."""
        return np.asarray(self.contributions(yields).sum((1, 2)), dtype=np.float64)

    def contributions(self, yields: Yields) -> NDArray[np.float64]:
        """See :meth:`Objective.contributions`."""
        selected = yields.moments.sum_w[:, :, yields.layout.process_indices("signal"), 0].sum(2)
        return np.asarray(selected / total_yield(yields.layout, "signal"), dtype=np.float64)

    @property
    def ties(self) -> str:
        """See :meth:`Objective.ties`."""
        return ""

    def gradient(self, yields: Yields) -> tuple[NDArray[np.float64], Moments]:
        """See :meth:`Objective.gradient`."""
        made = Moments(*(np.zeros(moment.shape) for moment in yields.moments))
        for process in yields.layout.process_indices("signal"):
            made.sum_w[:, :, process, 0] = 1 / total_yield(yields.layout, "signal")
        return self.hard(yields), made
