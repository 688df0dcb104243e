"""Hard scores of changed cuts on the events of a fit, used and unused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gradcut.engines import collect
from gradcut.fitting.events import HardEvents
from gradcut.fitting.judging import Unused
from gradcut.fitting.parts import Parts
from gradcut.samples import Folds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.kernel_spec import KernelSpec
    from gradcut.objectives import Objective
    from gradcut.results import CutResult
    from gradcut.revising.origin import Origin
    from gradcut.yields import Yields

__all__ = ["CutSet", "Judge"]


class CutSet(NamedTuple):
    """Thresholds of a result."""

    values: NDArray[np.float64]
    #: Those that did not see each fold; empty without folds.
    folds: tuple[NDArray[np.float64], ...]

    @classmethod
    def of(cls, result: CutResult) -> CutSet:
        """Take those of a result."""
        names = result.selection.parameters
        return cls(
            np.array([result.values[name] for name in names]),
            tuple(np.array([row.values[name] for name in names]) for row in result.folds),
        )


@dataclass(frozen=True)
class Judge:
    """The events of a fit, divided as they were.

    Parameters
    ----------
    origin : Origin
        What the fit was made of.
    spec : KernelSpec
        The selection.
    parts : Parts
        All events, and how they are divided.
    used : HardEvents
        Those that the values of the result were learned from.
    bases : tuple of HardEvents
        Per fold those that its cuts were learned from.
    pool : Unused or None
        Events that chose nothing, with the cuts of the result; None where it quotes nothing of them.
    """

    origin: Origin
    spec: KernelSpec
    parts: Parts
    used: HardEvents
    bases: tuple[HardEvents, ...]
    pool: Unused | None

    @classmethod
    def of(cls, result: CutResult, origin: Origin) -> Judge:
        """Read the events of a result, and divide them.

        Raises
        ------
        DeclarationError, DataError
            As :func:`gradcut.fit_cuts`, if samples and result do not fit together or events cannot be used.
        """
        spec = result.selection.kernel_spec()
        tables = collect(result.selection, origin.samples, split=origin.partition, reader=origin.reader)
        parts = Parts(tables, origin.partition)
        plans, cuts = parts.plans(), CutSet.of(result)
        is_folded = isinstance(origin.partition, Folds)
        learned = cuts.folds if is_folded else (cuts.values,)
        used = tables if is_folded else parts.scaled(plans[0].base, plans[0].name)
        judge = cls(
            origin=origin,
            spec=spec,
            parts=parts,
            used=HardEvents(spec, used),
            bases=tuple(
                HardEvents(spec, parts.scaled(plan.base, plan.name)) for plan in plans[: len(cuts.folds)]
            ),
            pool=None if result.scores.unused is None else Unused.of(parts, plans, learned, spec),
        )
        judge.objective.check(judge.used.layout)
        return judge

    @property
    def objective(self) -> Objective:
        """What is judged."""
        return self.origin.objective

    def unused(self, cuts: CutSet) -> Unused | None:
        """The events that chose nothing, with these cuts."""
        if self.pool is None:
            return None
        values = cuts.folds or (cuts.values,)
        judged = zip(self.pool.judged, values, strict=True)
        return replace(self.pool, judged=tuple((events, own) for (events, _), own in judged))

    def value_used(self, cuts: CutSet) -> float:
        """Objective on the events that were learned from."""
        return self._value(self.used.yields(cuts.values[None]))

    def value_unused(self, cuts: CutSet) -> float | None:
        """Objective on the others."""
        unused = self.unused(cuts)
        return None if unused is None else self._value(unused.yields())

    def scores(self, trials: Sequence[CutSet], *, on_unused: bool) -> NDArray[np.float64]:
        """Objective of several sets of cuts, better when larger."""
        found = [self._yields(cuts, on_unused=on_unused) for cuts in trials]
        return np.array([np.nan if y is None else self.objective.penalised(y)[0] for y in found])

    def _yields(self, cuts: CutSet, *, on_unused: bool) -> Yields | None:
        if not on_unused:
            return self.used.yields(cuts.values[None])
        unused = self.unused(cuts)
        return None if unused is None else unused.yields()

    def _value(self, yields: Yields) -> float:
        return float(self.objective.hard(yields)[0])
