"""Events that chose nothing, with the cuts that did not see them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.engines.segments import layout_of
from gradcut.fitting.events import HardEvents
from gradcut.yields import Moments, Yields

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.fitting.parts import Parts, Plan
    from gradcut.kernel_spec import KernelSpec
    from gradcut.yields import YieldsLayout

__all__ = ["Unused"]


@dataclass(frozen=True)
class Unused:
    """The folds, each with the cuts of the others; or the part of a split to test with.

    Parameters
    ----------
    layout : YieldsLayout
        Of the sums of all of them, which are those of the full sample.
    judged : tuple of (HardEvents, ndarray)
        Events and thresholds.
    """

    layout: YieldsLayout
    judged: tuple[tuple[HardEvents, NDArray[np.float64]], ...]

    @classmethod
    def of(
        cls,
        parts: Parts,
        plans: Sequence[Plan],
        cuts: Sequence[NDArray[np.float64]],
        spec: KernelSpec,
    ) -> Unused | None:
        """Take the events that no plan learned from; None where there are none, or not all is learned."""
        if plans[0].test is None or len(cuts) < len(plans):
            return None
        if len(plans) == 1:
            tables = parts.scaled(plans[0].test, "test")
            return cls(layout_of(tables), ((HardEvents(spec, tables), cuts[0]),))
        judged = tuple(
            (HardEvents(spec, parts.unscaled(plan.test, plan.name)), values)
            for plan, values in zip(plans, cuts, strict=True)
            if plan.test is not None
        )
        return cls(layout_of(parts.tables), judged)

    def yields(
        self, change: Callable[[NDArray[np.float64]], NDArray[np.float64]] = lambda values: values
    ) -> Yields:
        """Hard yields of all of them together, with thresholds of which something may be changed."""
        return self._sum(lambda events, values: events.yields(change(values)[None]))

    def sweep(self, parameter: int, candidates: NDArray[np.float64]) -> Yields:
        """Hard yields of all of them together, with one threshold at each of some increasing candidates."""
        return self._sum(lambda events, values: events.sweep(parameter, values, candidates))

    def _sum(self, summed: Callable[[HardEvents, NDArray[np.float64]], Yields]) -> Yields:
        total: Any = sum(np.stack(list(summed(events, values).moments)) for events, values in self.judged)
        return Yields(self.layout, Moments(*total))
