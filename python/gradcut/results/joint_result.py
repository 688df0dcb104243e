"""Learned cuts with the bins of the events that pass: frozen, readable, applicable."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from gradcut.results.binning_result import BinningResult
from gradcut.results.cuts import Cuts
from gradcut.results.rows import FoldRow, Scores, ThresholdRow
from gradcut.results.shown import Shown

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.networks import Network
    from gradcut.results.bin_rows import BinRow
    from gradcut.samples import Samples
    from gradcut.selection import Selection
    from gradcut.tables import Block
    from gradcut.yields import Yields

__all__ = ["JointCuts", "JointResult"]


@dataclass(frozen=True, eq=False)
class JointCuts(Cuts):
    """The cuts of a :class:`JointResult`: masks, filters and cutflows, as those of a ``CutResult``."""

    selection: Selection
    values: Mapping[str, float]
    folds: tuple[FoldRow, ...]
    provenance: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class JointResult(Shown):
    """The result of :func:`gradcut.fit`: cuts, and bins of the events that pass.

    Parameters
    ----------
    selection : Selection
        What was declared of the cuts.
    values : dict of str to float
        One number per parameter; with folds, learned from all events.
    thresholds : tuple of ThresholdRow
        What is known of each, with the bins as they are.
    folds : tuple of FoldRow
        With folds, per fold the cuts that did not see it.
    inside : BinningResult or ObservableResult
        The bins by themselves, which know nothing of the cuts, with scores, rows, status, message, warnings,
        history, provenance and metadata of the whole fit.
    """

    selection: Selection
    values: Mapping[str, float]
    thresholds: tuple[ThresholdRow, ...]
    folds: tuple[FoldRow, ...]
    inside: BinningResult

    @property
    def cuts(self) -> JointCuts:
        """The cuts: ``mask``, ``filters``, ``filter_string``, ``apply``, ``define`` and ``cutflow``."""
        return JointCuts(self.selection, self.values, self.folds, self.provenance)

    @property
    def scores(self) -> Scores:
        """The objective: hard on used and on unused events, and soft."""
        return self.inside.scores

    @property
    def rows(self) -> tuple[BinRow, ...]:
        """Yields of every bin behind the cuts."""
        return self.inside.rows

    @property
    def status(self) -> Literal["finished", "interrupted"]:
        """How the fit ended."""
        return self.inside.status

    @property
    def message(self) -> str:
        """How cuts and bins were made."""
        return self.inside.message

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to know before using them."""
        return self.inside.warnings

    @property
    def history(self) -> tuple[Mapping[str, float | str], ...]:
        """Records of the steps."""
        return self.inside.history

    @property
    def provenance(self) -> Mapping[str, Any]:
        """Samples, objective, settings and event identity, as plain data."""
        return self.inside.provenance

    @property
    def metadata(self) -> Mapping[str, Any]:
        """Time, host and versions; not part of the content."""
        return self.inside.metadata

    @property
    def n_bins(self) -> int:
        """Number of bins."""
        return self.inside.n_bins

    @property
    def edges(self) -> list[float]:
        """Edges of the only axis; see :attr:`BinningResult.edges`."""
        return self.inside.edges

    @property
    def network(self) -> Network:
        """The trained network as plain data, where an observable was learned.

        Raises
        ------
        DeclarationError
            If it cannot be written as layers, or bins of columns were learned.
        """
        from gradcut.results.joint_apply import observable_of

        return observable_of(self).network

    def threshold(self, name: str) -> ThresholdRow:
        """Return the row of one threshold."""
        from gradcut.results.joint_apply import threshold

        return threshold(self, name)

    def index(self, columns: Mapping[str, NDArray[Any]], *, folds: bool = False) -> NDArray[np.int64]:
        """Say which bin each event is in.

        Parameters
        ----------
        columns : mapping of str to ndarray of shape (n_events,) or Jagged
            The columns that cuts and bins read; with ``folds`` those of the event identity, too.
        folds : bool, default False
            Cuts and bins of the fold that did not see the event.

        Returns
        -------
        ndarray of int64, shape (n_events,)
            Numbers from 0 on, -1 for events that fail the cuts or are in no bin.
        """
        inside = self.inside.index(columns, folds=folds)
        return np.where(self.cuts.mask(columns, folds=folds), inside, -1)

    def values_of(self, columns: Mapping[str, NDArray[Any]], *, folds: bool = False) -> NDArray[np.float64]:
        """Return the observable of events, whether they pass or not; see :meth:`ObservableResult.values`."""
        from gradcut.results.joint_apply import observable_of

        return observable_of(self).values(columns, folds=folds)

    def define(self, node: Any, name: str = "bin", *, folds: bool = False) -> Any:
        """Define the number of the bin as a column, -1 for events that fail; needs ROOT, not torch.

        Parameters
        ----------
        node : RDataFrame node
            The events.
        name : str, default "bin"
            Name of the new column, an int; the same numbers as :meth:`index`.
        folds : bool, default False
            As for :meth:`index`.

        Returns
        -------
        RNode
            The node with the column. Variations of the columns by ``Vary`` are honoured.
        """
        inside, passed = f"_gradcut_{name}_behind", f"_gradcut_{name}_passed"
        made = self.inside.define(self.cuts.define(node, passed, folds=folds), inside, folds=folds)
        return made.Define(name, f"{passed} ? int({inside}) : -1")

    def apply(self, node: Any, name: str = "bin", *, folds: bool = False) -> Any:
        """Filter a node by the cuts, and define the number of the bin of the events that are left.

        Parameters
        ----------
        node, name, folds
            As for :meth:`define`.
        """
        return self.inside.define(self.cuts.apply(node, folds=folds), name, folds=folds)

    def histogram(
        self, node: Any, weight: str | None = None, *, name: str = "", title: str = "", folds: bool = False
    ) -> Any:
        """Book a histogram of the events that pass; see :meth:`BinningResult.histogram`."""
        behind = self.cuts.apply(node, folds=folds)
        return self.inside.histogram(behind, weight, name=name, title=title, folds=folds)

    def templates(
        self,
        samples: Samples,
        *,
        folds: bool = False,
        reader: Literal["auto", "root", "uproot"] = "auto",
        unblind: bool = False,
    ) -> Yields:
        """Count samples in the bins behind the cuts, in every variation.

        Parameters
        ----------
        samples : Samples
            Any that have the columns.
        folds : bool, default False
            As for :meth:`index`.
        reader, unblind
            As for :meth:`gradcut.Samples.collect`.

        Returns
        -------
        gradcut.Yields
            One point, hard, from all events: what :meth:`gradcut.stats.Model.from_yields` takes.
        """
        from gradcut.results.joint_apply import templates

        return templates(self, samples, folds=folds, reader=reader, unblind=unblind)

    def export(self, path: str | os.PathLike[str], format: str | None = None, **options: Any) -> Any:
        """Write cuts and bins as a file of another program; see :func:`gradcut.export.export`."""
        from gradcut.export import export

        return export(self, path, format, **options)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the result as JSON (``gradcut/results/joint_result.schema.json``).

        Parameters
        ----------
        path : path
            File to write; replaced as a whole.

        Raises
        ------
        DeclarationError
            If the selection has C++ in it, or the network cannot be written as layers.
        """
        from gradcut.results.joint_json import save

        save(self, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> JointResult:
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
        from gradcut.results.joint_json import load

        return load(path)

    def blocks(self) -> list[Block]:
        """What there is to say, as tables and paragraphs."""
        from gradcut.results.joint_text import blocks

        return blocks(self)
