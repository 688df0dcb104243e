"""Learned cuts: frozen, readable, applicable."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from gradcut.errors import DeclarationError
from gradcut.results.cuts import Cuts
from gradcut.results.pictures import CutPicture
from gradcut.results.rows import FoldRow, ProcessRow, Scores, ThresholdRow

if TYPE_CHECKING:
    from pathlib import Path

    from gradcut.samples import Samples
    from gradcut.selection import Selection

__all__ = ["CutResult"]


@dataclass(frozen=True)
class CutResult(Cuts):
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
