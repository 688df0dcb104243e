"""Learned cuts: frozen, readable, applicable."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from gradcut.errors import DeclarationError
from gradcut.results.pictures import CutPicture
from gradcut.results.rows import FoldRow, ProcessRow, Scores, ThresholdRow

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from gradcut.expressions import Expression
    from gradcut.jagged import Jagged
    from gradcut.results.cutflow import Cutflow
    from gradcut.samples import Samples
    from gradcut.selection import Selection

__all__ = ["CutResult"]


@dataclass(frozen=True)
class CutResult:
    """The result of :func:`gradcut.fit_cuts`.

    Parameters
    ----------
    selection : Selection
        What was declared.
    values : dict of str to float
        The learned thresholds, snapped to what their columns can hold; infinite ones leave their side open.
    scores : Scores
        The objective: hard on used and on unused events, and soft.
    thresholds : tuple of ThresholdRow
        Per threshold start, result, interval within 1% and N-1.
    processes : tuple of ProcessRow
        Yields before and after.
    folds : tuple of FoldRow
        With folds, per fold the cuts that did not see it. ``values`` are those that all events give.
    column_types : dict of str to str
        Types of the columns that are cut on by themselves.
    status : {"finished", "interrupted"}
        How the fit ended.
    message : str
        How the cuts were made.
    warnings : tuple of str
        What to know before using them.
    history : tuple of dict
        Records of the steps: task, step, width, best soft objective.
    pictures : tuple of CutPicture
        Histograms and scans of every cut, for :meth:`plot`.
    provenance : dict
        Samples, objective, settings and event identity, as plain data.
    metadata : dict
        Time, host and versions; not part of the content, nor of equality.
    origin : object
        What :meth:`refit` needs; of a live result only.
    """

    selection: Selection
    values: Mapping[str, float]
    scores: Scores
    thresholds: tuple[ThresholdRow, ...]
    processes: tuple[ProcessRow, ...]
    folds: tuple[FoldRow, ...]
    column_types: Mapping[str, str]
    status: Literal["finished", "interrupted"]
    message: str
    warnings: tuple[str, ...]
    history: tuple[Mapping[str, float | str], ...]
    pictures: tuple[CutPicture, ...]
    provenance: Mapping[str, Any]
    metadata: Mapping[str, Any] = field(compare=False)
    origin: object = field(default=None, compare=False, repr=False)

    def mask(self, columns: Mapping[str, NDArray[Any] | Jagged], *, folds: bool = False) -> NDArray[Any]:
        """Decide which events pass.

        Parameters
        ----------
        columns : mapping of str to ndarray of shape (n_events,) or Jagged
            The columns that the selection reads; with ``folds`` those of the event identity, too.
        folds : bool, default False
            Select each event by the cuts of the fold that did not see it, instead of by ``values``.

        Returns
        -------
        ndarray of bool, shape (n_events,)
            The same events as :meth:`apply` keeps.
        """
        if not folds:
            return self.selection.mask(columns, self.values)
        from gradcut.results.folds import fold_of

        number = fold_of(self, columns)
        passed: NDArray[Any] = self.selection.mask(columns, self.folds[0].values) & (number == 0)
        for fold, row in enumerate(self.folds[1:], start=1):
            passed |= self.selection.mask(columns, row.values) & (number == fold)
        return passed

    @property
    def filters(self) -> list[tuple[str, str]]:
        """C++ and name of every requirement, for ``Filter(code, name)``."""
        return self.selection.filters(self.values)

    def filter_string(self) -> str:
        """Return all requirements as one C++ condition, for ``Filter`` or ``TTree::Draw``."""
        codes = [code for code, _ in self.filters]
        return codes[0] if len(codes) == 1 else " && ".join(f"({code})" for code in codes)

    def apply(self, node: Any, *, folds: bool = False) -> Any:
        """Filter an RDataFrame; needs ROOT, not torch.

        Parameters
        ----------
        node : RDataFrame node
            The events.
        folds : bool, default False
            As for :meth:`mask`.

        Returns
        -------
        RNode
            With one named Filter per requirement. Variations of the columns by ``Vary`` are honoured.
        """
        from gradcut.results.apply import apply

        return apply(self, node, folds=folds)

    def define(self, node: Any, name: str = "selected", *, folds: bool = False) -> Any:
        """Define a column that says which events pass; needs ROOT, not torch.

        Parameters
        ----------
        node : RDataFrame node
            The events.
        name : str, default "selected"
            Name of the new column, a bool.
        folds : bool, default False
            As for :meth:`mask`.

        Returns
        -------
        RNode
            The node with the column.
        """
        from gradcut.results.apply import define

        return define(self, node, name, folds=folds)

    def cutflow(
        self,
        source: Samples | Any,
        *,
        weight: str | float | Expression | None = None,
        folds: bool = False,
        variations: bool = False,
        reader: Literal["auto", "root", "uproot"] = "auto",
        unblind: bool = False,
    ) -> Cutflow:
        """Count what is left after every cut, with weights, beside ROOT's own ``Report()``.

        Everything is booked together and computed by one event loop per source.

        Parameters
        ----------
        source : Samples, RDataFrame node, file name or arrays
            Samples: every process, with its weight, requirements and normalisation. Or events of one kind, as
            :meth:`gradcut.Samples.add` takes them.
        weight : str or number, optional
            Weight per event, a column or an expression; for samples, which have their own, leave it out.
        folds : bool, default False
            As for :meth:`mask`.
        variations : bool, default False
            Add the yields after all cuts in every variation, those of ``Vary`` included. The events that
            pass the requirements are held in memory for it.
        reader, unblind
            As for :meth:`gradcut.Samples.collect`.

        Returns
        -------
        Cutflow
            ``print`` shows tables; ``to_json()`` gives plain data.

        Raises
        ------
        DeclarationError, DataError
            If something is declared wrongly or events cannot be used, as for :meth:`gradcut.Samples.collect`.

        Notes
        -----
        An efficiency is a ratio of yields, so that it stays the one that the analysis uses also with weights
        of both signs, where it may leave the range from 0 to 1. Its uncertainty holds for any weights.
        """
        from gradcut.results.cutflow.make import cutflow

        return cutflow(
            self, source, weight, folds=folds, variations=variations, reader=reader, unblind=unblind
        )

    def refit(
        self, fix: Mapping[str, float] | None = None, *, samples: Samples | None = None, **changes: Any
    ) -> CutResult:
        """Fit again with the same objective and settings, and some thresholds fixed.

        Parameters
        ----------
        fix : mapping of str to float, optional
            Parameters and their values, such as ``{"met": 350}``, in addition to those that were fixed.
        samples : Samples, optional
            Events to learn from; a result from a file needs them, a live one has those that it was made of.
        **changes
            Other arguments of :func:`gradcut.fit_cuts` that are to change, and ``selection``.

        Returns
        -------
        CutResult
            A new result. Without changes it is equal to this one.

        Raises
        ------
        DeclarationError
            If a result from a file is given no samples, or its objective is a function of the user's own,
            which no file has: give it as ``objective=``.
        """
        from gradcut.fitting.refit import refit

        return refit(self, fix or {}, samples, changes)

    def plot(
        self,
        folder: str | os.PathLike[str],
        *,
        formats: Iterable[str] = ("png",),
        labels: Mapping[str, str] | None = None,
    ) -> tuple[Path, ...]:
        """Draw every cut, an overview and the course of the fit; see :func:`gradcut.report.plot`."""
        from gradcut.report import plot

        return plot(self, folder, formats=formats, labels=labels)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the result as JSON (``gradcut/results/cut_result.schema.json``).

        Parameters
        ----------
        path : path
            File to write; replaced as a whole.

        Raises
        ------
        DeclarationError
            If the selection has C++ in it, which is never written to files.
        """
        from gradcut.results.json_form import save

        save(self, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> CutResult:
        """Read what :meth:`save` wrote.

        Parameters
        ----------
        path : path
            The file.

        Raises
        ------
        SchemaError
            If it is missing, damaged, foreign or of another version.
        """
        from gradcut.results.json_form import load

        return load(path)

    def threshold(self, name: str) -> ThresholdRow:
        """Return the row of one threshold."""
        for row in self.thresholds:
            if row.name == name:
                return row
        raise DeclarationError(
            f"unknown parameter '{name}'", allowed=", ".join(row.name for row in self.thresholds)
        )

    def __str__(self) -> str:
        from gradcut.results.text import text

        return text(self)
