"""An objective of all channels, as a function of the bins of some of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.objectives.base import Objective
from gradcut.side_by_side import joined, joined_layout, part_of
from gradcut.yields import Moments, Yields

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.objectives.base import Direction
    from gradcut.yields import YieldsLayout

__all__ = ["InChannels"]


class InChannels(Objective):
    """The objective of a whole analysis, with the bins of other channels as they are.

    Parameters
    ----------
    objective : Objective
        Of all channels.
    layout : YieldsLayout
        Of all channels, of one bin.
    parts : sequence of Yields
        Hard yields of one point, of some of the channels each.
    number : int
        Which of the parts is the one that yields are given of; what stands there does not matter.
    """

    def __init__(
        self, objective: Objective, layout: YieldsLayout, parts: Sequence[Yields], number: int
    ) -> None:
        self.objective, self.layout, self.parts, self.number = objective, layout, tuple(parts), number
        self.name = objective.name
        self.direction: Direction = objective.direction
        self._layouts: dict[tuple[str, ...], YieldsLayout] = {}

    def whole(self, yields: Yields) -> Yields:
        """Yields of all channels, every bin a channel by itself."""
        parts = [*self.parts[: self.number], yields, *self.parts[self.number + 1 :]]
        labels = yields.layout.bins
        if labels not in self._layouts:
            self._layouts[labels] = joined_layout(self.layout, [part.layout for part in parts])
        return joined(self._layouts[labels], parts)

    def gradient(self, yields: Yields) -> tuple[NDArray[np.float64], Moments]:
        """See :meth:`Objective.gradient`."""
        whole = self.whole(yields)
        value, cotangents = self.objective.gradient(whole)
        layouts = [part.layout for part in self.parts]
        layouts[self.number] = yields.layout
        return value, Moments(*(part_of(m, whole.layout, layouts, self.number) for m in cotangents))

    def hard(self, yields: Yields) -> NDArray[np.float64]:
        """See :meth:`Objective.hard`."""
        return self.objective.hard(self.whole(yields))

    def contributions(self, yields: Yields) -> NDArray[np.float64] | None:
        """See :meth:`Objective.contributions`: of the bins of these channels."""
        found = self.objective.contributions(self.whole(yields))
        if found is None:
            return None
        first = sum(len(one.layout.channels) * len(one.layout.bins) for one in self.parts[: self.number])
        shape = (yields.n_points, len(yields.layout.channels), len(yields.layout.bins))
        return found[:, first : first + shape[1] * shape[2]].reshape(shape)

    @property
    def ties(self) -> str:
        """See :meth:`Objective.ties`."""
        return self.objective.ties

    @property
    def steadies(self) -> bool:
        """See :attr:`Objective.steadies`."""
        return self.objective.steadies

    def annealed(self, fraction: float) -> Objective:
        """See :meth:`Objective.annealed`."""
        return InChannels(self.objective.annealed(fraction), self.layout, self.parts, self.number)

    def check(self, layout: YieldsLayout) -> None:
        """See :meth:`Objective.check`; it was checked with all channels."""

    def check_final(self, yields: Yields) -> None:
        """See :meth:`Objective.check_final`."""
        self.objective.check_final(self.whole(yields))

    def describe(self) -> dict[str, Any]:
        """See :meth:`Objective.describe`."""
        return self.objective.describe()
