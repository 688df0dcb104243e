"""A cutflow booked on an RDataFrame: a chain of named filters, with sums after each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gradcut.errors import GradcutError, RootError, located
from gradcut.expressions import Number
from gradcut.results.apply import filters_on
from gradcut.results.cutflow.plan import Counted, requirement_labels, weight_of
from gradcut.results.cutflow.rows import Sums
from gradcut.samples.readers.root_graph import RootGraph
from gradcut.samples.readers.root_nodes import first_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gradcut.results.cuts import Cuts
    from gradcut.samples.collect import Job

__all__ = ["RootCounting"]


class RootCounting:
    """Books filters, sums and ROOT's own report on the node of a process; nothing runs yet.

    Parameters
    ----------
    result : Cuts
        The cuts.
    job : Job
        A process whose source ROOT reads.
    folds : bool
        As for :meth:`gradcut.results.Cuts.apply`.

    Raises
    ------
    DataError, RootError
        If ROOT does not accept a column or a condition.
    """

    def __init__(self, result: Cuts, job: Job, *, folds: bool) -> None:
        self._where = job.process.where
        weight = weight_of(job)
        self._constant = weight.value if isinstance(weight, Number) else 1.0
        try:
            self._book(result, job, folds)
        except GradcutError as error:
            raise located(error, self._where) from error
        except Exception as error:  # cppyy turns every C++ exception into one of its own
            raise RootError(
                "ROOT does not accept what is to be counted", where=self._where, given=first_line(error)
            ) from error

    def _book(self, result: Cuts, job: Job, folds: bool) -> None:
        from gradcut.rdf import library

        graph = RootGraph(library.load().RDF.AsRNode(job.source.node()))  # type: ignore[attr-defined]
        plan = job.resolved.plan
        weight = graph.quantity(plan.quantities[plan.weight])
        absolute = None if weight is None else graph.define(f"std::abs(static_cast<double>({weight}))")
        self._labels = requirement_labels(job)
        self._booked = [(graph.totals(None), graph.totals(weight))]
        requirement = plan.requirements[job.resolved.universes[0].requirement]
        for part, (label, _) in zip(requirement, self._labels[1:], strict=True):
            graph.node = graph.node.Filter(graph.condition((part,)), label)
            self._booked.append((graph.totals(None), graph.totals(weight)))
        self._absolute = graph.totals(absolute)
        graph.node, filters = filters_on(result, graph.node, folds=folds)
        for code, label in filters:
            graph.node = graph.node.Filter(code, label)
            self._labels.append((label, "cut"))
            self._booked.append((graph.totals(None), graph.totals(weight)))
        self._report = graph.node.Report()

    @property
    def booked(self) -> Sequence[Any]:
        """What ``gradcut.rdf.run`` has to run."""
        return [*(one for pair in self._booked for one in pair), self._absolute]

    def finish(self) -> Counted:
        """Return the sums, after the event loop."""
        sums = []
        for all_of_them, weighted in self._booked:
            _, sum_w, sum_w2 = (float(value) for value in weighted.value()[0, :, 0])
            entries = int(all_of_them.value()[0, 0, 0])
            sums.append(Sums(entries, sum_w * self._constant, sum_w2 * self._constant**2))
        told = [(int(cut.GetPass()), int(cut.GetAll())) for cut in self._report.GetValue()]
        # Named filters of the user's own come before ours.
        ours = told[len(told) - (len(sums) - 1) :]
        absolute = float(self._absolute.value()[0, 1, 0]) * abs(self._constant)
        return Counted(self._labels, sums, [None, *ours], absolute)
