"""Cuts with their thresholds, and everything that can be done with them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.expressions import Expression
    from gradcut.jagged import Jagged
    from gradcut.results.cutflow import Cutflow
    from gradcut.results.rows import FoldRow
    from gradcut.samples import Samples
    from gradcut.selection import Selection

__all__ = ["Cuts"]


class Cuts:
    """What results have in common that are cuts.

    Attributes
    ----------
    selection : Selection
        What was declared.
    values : dict of str to float
        One number per parameter.
    folds : tuple of FoldRow
        Cuts that did not see one fold; empty without folds.
    provenance : dict
        How events were divided, among others.
    """

    selection: Selection
    values: Mapping[str, float]
    folds: tuple[FoldRow, ...]
    provenance: Mapping[str, Any]

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
        """Return all requirements as one C++ condition, for ``Filter``.

        ``TTree::Draw`` has a language of its own: ``export(path, "ttree")``.
        """
        codes = [code for code, _ in self.filters]
        return codes[0] if len(codes) == 1 else " && ".join(f"({code})" for code in codes)

    def export(self, path: str | os.PathLike[str], format: str | None = None, **options: Any) -> Any:
        """Write the cuts as a file of another program; see :func:`gradcut.export.export`."""
        from gradcut.export import export

        return export(self, path, format, **options)

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
