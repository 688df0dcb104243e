"""Learned bins: frozen, readable, applicable."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from gradcut.binning.common import common_shape
from gradcut.binning.learned import LearnedBins, LearnedEdges
from gradcut.binning.learned_channels import LearnedChannels
from gradcut.errors import DeclarationError
from gradcut.results.bin_rows import BinRow
from gradcut.results.rows import Scores
from gradcut.results.shown import Shown

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from gradcut.binning.channels import ChannelBinning, OneBinning
    from gradcut.binning.choose import Choice
    from gradcut.samples import Samples
    from gradcut.tables import Block
    from gradcut.yields import Yields

__all__ = ["BinningResult", "FoldBins"]


@dataclass(frozen=True)
class FoldBins:
    """Bins that did not see one fold.

    Parameters
    ----------
    bins : LearnedBins
        The bins.
    used : float
        Objective with hard bins on the events that they were learned from.
    """

    bins: LearnedBins
    used: float


@dataclass(frozen=True, eq=False)
class BinningResult(Shown):
    """The result of :func:`gradcut.fit_binning`.

    Parameters
    ----------
    binning : Binning, ProductBinning, MixtureBinning, SoftmaxBinning or ChannelBinning
        What was declared.
    bins : LearnedBins
        What was learned; with folds, from all events.
    scores : Scores
        The objective: hard on used and on unused events, and soft.
    rows : tuple of BinRow
        Yields of every bin, hard and soft.
    choices : tuple of Choice
        Numbers of bins that were tried.
    starts : tuple of float
        Hard objective that every start came to.
    folds : tuple of FoldBins
        With folds, per fold the bins that did not see it.
    missing : dict of str to int
        Events without a value, per column.
    status : {"finished", "interrupted"}
        How the fit ended.
    message : str
        How the bins were made.
    warnings : tuple of str
        What to know before using them.
    history : tuple of dict
        Records of the steps: task, step, width, best soft objective.
    provenance : dict
        Samples, objective, settings and event identity, as plain data.
    metadata : dict
        Time, host and versions; not part of the content.
    """

    binning: OneBinning | ChannelBinning
    bins: LearnedBins
    scores: Scores
    rows: tuple[BinRow, ...]
    choices: tuple[Choice, ...]
    starts: tuple[float, ...]
    folds: tuple[FoldBins, ...]
    missing: Mapping[str, int]
    status: Literal["finished", "interrupted"]
    message: str
    warnings: tuple[str, ...]
    history: tuple[Mapping[str, float | str], ...]
    provenance: Mapping[str, Any]
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def n_bins(self) -> int:
        """Number of bins; of all channels together where they differ."""
        if isinstance(self.bins, LearnedChannels):
            return len(self.bins.places)
        return int(np.prod(self.bins.bin_shape, dtype=np.int64))

    @property
    def channels(self) -> tuple[str, ...]:
        """Channels that have bins of their own; none where all have the same."""
        return tuple(self.bins.by_channel) if isinstance(self.bins, LearnedChannels) else ()

    def channel(self, name: str) -> BinningResult:
        """Return the bins of one channel as a result that can be applied, drawn and saved by itself.

        Parameters
        ----------
        name : str
            The channel.

        Returns
        -------
        BinningResult
            With the rows of the channel; scores and choices are those of all channels. Its templates are
            counted in this channel only.

        Raises
        ------
        DeclarationError
            If all channels have the same bins, or none is called so.
        """
        from gradcut.results.binning_channel import of_channel

        return of_channel(self, name)

    @property
    def fold_shape(self) -> tuple[int, ...]:
        """Numbers of bins along the axes with ``folds=True``, the largest of all folds.

        Folds may have chosen different numbers of bins; the last ones of each are the same then.
        """
        return common_shape([row.bins.bin_shape for row in self.folds] or [self.bins.bin_shape])

    @property
    def axis_edges(self) -> dict[str, list[float]]:
        """Edges of every axis, the ends of its range included.

        Raises
        ------
        DeclarationError
            If the bins have no edges, as those of a mixture.
        """
        bins = self._edges()
        return {axis.name: edges.tolist() for axis, edges in zip(bins.binning.axes, bins.edges, strict=True)}

    @property
    def edges(self) -> list[float]:
        """Edges of the only axis, the ends of its range included.

        Raises
        ------
        DeclarationError
            If there are several axes, or bins without edges.
        """
        found = self.axis_edges
        if len(found) != 1:
            raise DeclarationError(
                "there are several axes", given=", ".join(found), hint="result.axis_edges['...']"
            )
        return next(iter(found.values()))

    def index(self, columns: Mapping[str, NDArray[Any]], *, folds: bool = False) -> NDArray[np.int64]:
        """Say which bin each event is in.

        Parameters
        ----------
        columns : mapping of str to ndarray of shape (n_events,)
            The columns that the bins read; with ``folds`` those of the event identity, too.
        folds : bool, default False
            Bins of the fold that did not see the event, instead of ``bins``.

        Returns
        -------
        ndarray of int64, shape (n_events,)
            Numbers from 0 on, -1 for events in no bin: without a value, or outside of the histogram.
        """
        from gradcut.results.binning_apply import index

        return index(self, columns, folds=folds)

    def define(self, node: Any, name: str = "bin", *, folds: bool = False) -> Any:
        """Define the number of the bin as a column; needs ROOT, not torch.

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
        from gradcut.results.binning_apply import define

        return define(self, node, name, folds=folds)

    def model(self, name: str = "", title: str = "") -> tuple[Any, ...]:
        """Return the arguments of a ``TH1DModel``, or of a ``TH2DModel`` for two axes.

        Parameters
        ----------
        name, title : str
            Of the histogram; default the name of the binning.

        Returns
        -------
        tuple
            ``(name, title, n, edges)``, for ``df.Histo1D(fit.model(), "bdt", "weight")``; with two axes
            ``(name, title, n_x, edges_x, n_y, edges_y)``. Without edges, the bins are those of the column of
            :meth:`define`.

        Notes
        -----
        Events beyond the ends of the range are in the flow bins of such a histogram; :meth:`histogram` counts
        them where they belong.
        """
        from gradcut.results.binning_apply import model

        return model(self, name, title)

    def histogram(
        self, node: Any, weight: str | None = None, *, name: str = "", title: str = "", folds: bool = False
    ) -> Any:
        """Book a histogram; needs ROOT, not torch.

        Parameters
        ----------
        node : RDataFrame node
            The events.
        weight : str, optional
            The weight column.
        name, title : str
            Of the histogram.
        folds : bool, default False
            As for :meth:`index`.

        Returns
        -------
        RResultPtr
            Of a ``TH1D`` with the learned edges where there is one axis, and no folds; else with one bin per
            number of :meth:`define`. Events in no bin are not in it.
        """
        from gradcut.results.binning_apply import histogram

        return histogram(self, node, weight, name=name, title=title, folds=folds)

    def axis(self, name: str | None = None) -> Any:
        """Return a ``hist.axis.Variable`` with the learned edges; needs hist.

        Parameters
        ----------
        name : str, optional
            Which axis; may be left out where there is only one.
        """
        from gradcut.results.binning_apply import axis

        return axis(self, name)

    def templates(
        self,
        samples: Samples,
        *,
        folds: bool = False,
        reader: Literal["auto", "root", "uproot"] = "auto",
        unblind: bool = False,
    ) -> Yields:
        """Count samples in the bins, in every variation.

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
            One point, hard, from all events: ``yields.of("ttbar", variation="JES:up").sum_w[0]``. Channels
            with bins of their own are side by side, as :meth:`gradcut.stats.Model.from_yields` takes them.
        """
        from gradcut.results.binning_apply import templates

        return templates(self, samples, folds=folds, reader=reader, unblind=unblind)

    def header(self, path: str | os.PathLike[str], function: str = "gradcut_bin") -> None:
        """Write a C++ header that needs nothing but the standard library.

        Parameters
        ----------
        path : path
            The file.
        function : str, default "gradcut_bin"
            Name of the function: one double per column in the order of ``bins.expressions``, to the number of
            the bin, -1 for none.
        """
        from gradcut.results.binning_header import write_header

        write_header(self, path, function)

    def export(self, path: str | os.PathLike[str], format: str | None = None, **options: Any) -> Any:
        """Write the bins as a file of another program; see :func:`gradcut.export.export`."""
        from gradcut.export import export

        return export(self, path, format, **options)

    def plot(
        self,
        folder: str | os.PathLike[str],
        samples: Samples | None = None,
        *,
        formats: Iterable[str] = ("png",),
    ) -> tuple[Path, ...]:
        """Draw the bins; see :func:`gradcut.report.plot_bins`."""
        from gradcut.report import plot_bins

        return plot_bins(self, folder, samples, formats=formats)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the result as JSON (``gradcut/results/binning_result.schema.json``).

        Parameters
        ----------
        path : path
            File to write; replaced as a whole.
        """
        from gradcut.results.binning_json import save

        save(self, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> BinningResult:
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
        from gradcut.results.binning_json import load

        return load(path)

    @property
    def divided(self) -> LearnedBins:
        """What says which bin a value is in; of an observable the bins of its output."""
        return self.bins

    def _edges(self) -> LearnedEdges:
        bins = self.divided
        if isinstance(bins, LearnedChannels):
            raise bins.of_one()
        if not isinstance(bins, LearnedEdges):
            kind = bins.to_json()["kind"]
            raise DeclarationError(
                f"the bins of a {kind} have no edges", hint="result.define(df, 'bin') numbers them"
            )
        return bins

    def blocks(self) -> list[Block]:
        """What there is to say, as tables and paragraphs."""
        from gradcut.results.binning_text import blocks

        return blocks(self)
