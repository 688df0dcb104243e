"""A cutflow in numpy, of arrays or of files that uproot reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.errors import GradcutError, located
from gradcut.expressions import Column, Expression, Number, evaluate
from gradcut.expressions.arrays import truth
from gradcut.jagged import Jagged
from gradcut.results.cutflow.plan import Counted, requirement_labels, weight_of
from gradcut.results.cutflow.rows import Sums
from gradcut.results.folds import fold_columns, fold_of
from gradcut.samples.readers.plan import Quantity, ReadPlan
from gradcut.samples.reading import chunks_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.results.cuts import Cuts
    from gradcut.samples.collect import Job

__all__ = ["ArrayCounting"]


class ArrayCounting:
    """Counts chunk by chunk when it is finished.

    Parameters
    ----------
    result : Cuts
        The cuts.
    job : Job
        A process whose source is arrays, or files for uproot.
    folds : bool
        As for :meth:`gradcut.results.Cuts.mask`.
    """

    def __init__(self, result: Cuts, job: Job, *, folds: bool) -> None:
        self._result, self._job, self._folds = result, job, folds
        plan, schema = job.resolved.plan, job.schema
        self._weight = weight_of(job)
        self._requirements = plan.requirements[job.resolved.universes[0].requirement]
        vectors = [name for name in result.selection.columns if schema.is_vector(name)]
        sets = [row.values for row in result.folds] if folds else [result.values]
        #: Per set of cuts its conditions, with their labels.
        self._cuts = [result.selection.bind(values, vectors=vectors) for values in sets]
        wanted: list[Expression] = [self._weight, *self._requirements]
        wanted += [condition for cuts in self._cuts for _, condition in cuts]
        wanted += [Column(name) for name in (fold_columns(result) if folds else ())]
        self._plan = ReadPlan(tuple(Quantity(tree) for tree in wanted), (), (), 0, job.process.where)

    @property
    def booked(self) -> Sequence[Any]:
        """Nothing to run."""
        return ()

    def finish(self) -> Counted:
        """Read and return the sums."""
        labels = requirement_labels(self._job)
        labels += [(label, "cut") for label in self._labels()]
        moments, absolute = np.zeros((len(labels), 3)), 0.0
        try:
            for n_events, chunk in chunks_of(self._job.source, self._plan):
                counted, chunk_absolute = self._count(chunk, n_events)
                moments += counted
                absolute += chunk_absolute
        except GradcutError as error:
            raise located(error, self._job.process.where) from error
        sums = [Sums(int(entries), float(sum_w), float(sum_w2)) for entries, sum_w, sum_w2 in moments]
        return Counted(labels, sums, [None] * len(sums), absolute)

    def _labels(self) -> list[str]:
        """Labels of the cuts, as those of the filters."""
        if not self._folds:
            return [label for label, _ in self._cuts[0]]
        names = []
        for position, requirement in enumerate(self._result.selection.requirements):
            alike = all(cuts[position][1] == self._cuts[0][position][1] for cuts in self._cuts)
            names.append(requirement.label if alike else f"{requirement.label} per fold")
        return names

    def _count(
        self, chunk: Mapping[str, NDArray[Any] | Jagged], n_events: int
    ) -> tuple[NDArray[np.float64], float]:
        weights = _per_event(self._weight, chunk, n_events)
        fold = fold_of(self._result, chunk) if self._folds else np.zeros(n_events, dtype=np.int64)
        passed = np.ones(n_events, dtype=np.bool_)
        rows = [_moments(weights, passed)]
        for condition in self._requirements:
            passed &= truth(_per_event(condition, chunk, n_events))
            rows.append(_moments(weights, passed))
        absolute = float(np.abs(weights[passed]).sum())
        for position in range(len(self._cuts[0])):
            kept = np.zeros(n_events, dtype=np.bool_)
            for number, cuts in enumerate(self._cuts):
                kept |= truth(_per_event(cuts[position][1], chunk, n_events)) & (fold == number)
            passed &= kept
            rows.append(_moments(weights, passed))
        return np.array(rows), absolute


def _per_event(tree: Expression, chunk: Mapping[str, NDArray[Any] | Jagged], n_events: int) -> NDArray[Any]:
    if isinstance(tree, Number):
        return np.full(n_events, tree.value)
    values = np.asarray(evaluate(tree, chunk))
    return values if values.dtype == np.bool_ else values.astype(np.float64)


def _moments(weights: NDArray[Any], passed: NDArray[np.bool_]) -> tuple[float, float, float]:
    kept = weights[passed]
    return float(len(kept)), float(kept.sum()), float(np.square(kept).sum())
