"""A learned observable: frozen, readable, applicable."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.errors import DeclarationError
from gradcut.results.binning_result import BinningResult
from gradcut.results.restart_row import RestartRow

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.binning.learned import LearnedBins
    from gradcut.networks import Network
    from gradcut.observables.learned import LearnedObservable
    from gradcut.observables.observable import Observable
    from gradcut.tables import Block

__all__ = ["ObservableResult"]


@dataclass(frozen=True, eq=False)
class ObservableResult(BinningResult):
    """The result of :func:`gradcut.fit_observable`: a network, and the bins of its output.

    It can do everything that learned bins can: ``define``, ``index``, ``histogram``, ``templates``, ``plot``.

    Parameters
    ----------
    restarts : tuple of RestartRow
        The networks that were trained, of all events with folds; the best was kept.

    Notes
    -----
    ``binning`` is the :class:`gradcut.Observable`, ``starts`` are the values of the restarts, and ``history``
    has the hard objective on the events to choose by whenever it was looked at.
    """

    restarts: tuple[RestartRow, ...] = ()

    binning: Observable  # type: ignore[assignment]
    bins: LearnedObservable

    @property
    def divided(self) -> LearnedBins:
        """Bins of the output."""
        return self.bins.bins

    @property
    def network(self) -> Network:
        """The trained network as plain data: ``result.network.save("network.json")``.

        Raises
        ------
        DeclarationError
            If it cannot be written as layers, naming the one that cannot.
        """
        return self.bins.network

    def values(self, columns: Mapping[str, NDArray[Any]], *, folds: bool = False) -> NDArray[np.float64]:
        """Return the observable of events.

        Parameters
        ----------
        columns : mapping of str to ndarray of shape (n_events,)
            The columns that it reads; with ``folds`` those of the event identity, too.
        folds : bool, default False
            Of the network of the fold that did not see the event.

        Returns
        -------
        ndarray of float64, shape (n_events,), or (n_events, n_bins) with ``histogram="softmax"``
            Between 0 and 1; of a softmax the logits of the bins. NaN for events with a missing input.
        """
        from gradcut.results.observable_apply import values

        return values(self, columns, folds=folds)

    def define_output(self, node: Any, name: str | None = None, *, folds: bool = False) -> Any:
        """Define the observable as a column, by compiled code; needs ROOT, not torch.

        Parameters
        ----------
        node : RDataFrame node
            The events.
        name : str, optional
            Name of the new column; default that of the observable.
        folds : bool, default False
            As for :meth:`values`.

        Returns
        -------
        RNode
            The node with the column, a number per event, or with ``histogram="softmax"`` a vector.
            Variations of the inputs by ``Vary`` are honoured.
        """
        from gradcut.results.observable_apply import define_output

        return define_output(self, node, name, folds=folds)

    def header(self, path: str | os.PathLike[str], function: str = "gradcut_observable") -> None:
        """Write a C++ header that needs nothing but the standard library.

        Parameters
        ----------
        path : path
            The file.
        function : str, default "gradcut_observable"
            Name of the function of the observable, as :func:`gradcut.networks.write_header` describes it.
        """
        from gradcut.networks.header import write_header

        write_header(self.network, path, function)

    def onnx(self, path: str | os.PathLike[str]) -> None:
        """Write the network, with its scaling, as an ONNX file; needs the extra ``onnx``.

        Parameters
        ----------
        path : path
            The file.
        """
        from gradcut.networks.onnx import write_onnx

        write_onnx(self.network, path)

    def channel(self, name: str) -> BinningResult:
        """All channels have the same observable."""
        raise DeclarationError("all channels have the same observable", given=repr(name))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the result as JSON (``gradcut/results/observable_result.schema.json``): weights are numbers.

        Parameters
        ----------
        path : path
            File to write; replaced as a whole.
        """
        from gradcut.results.observable_json import save

        save(self, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> ObservableResult:
        """Read what :meth:`save` wrote; see :meth:`BinningResult.load`."""
        from gradcut.results.observable_json import load

        return load(path)

    def blocks(self) -> list[Block]:
        """What there is to say, as tables and paragraphs."""
        from gradcut.results.observable_text import blocks

        return blocks(self)
