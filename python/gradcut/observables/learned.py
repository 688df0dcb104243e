"""A learned observable: which bin of its histogram an event is in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from gradcut.binning.axis import Binning, ProductBinning
from gradcut.binning.learned import LearnedEdges
from gradcut.binning.learned_softmax import LearnedSoftmax
from gradcut.binning.softmax import SoftmaxBinning
from gradcut.errors import DeclarationError
from gradcut.networks import Network

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.binning.bins_spec import BinsSpec
    from gradcut.expressions.nodes import Expression
    from gradcut.observables.observable import Observable

__all__ = ["LearnedObservable", "Outputs", "binning_of"]


class Outputs(Protocol):
    """What gives the outputs of events: a network as plain data, or a module of torch."""

    @property
    def n_outputs(self) -> int:
        """Number of outputs."""

    def evaluate(self, columns: Sequence[NDArray[Any]]) -> NDArray[np.float64]:
        """Outputs, shape (events, outputs), of one array per input, NaN where missing."""


def binning_of(observable: Observable) -> Binning | ProductBinning | SoftmaxBinning:
    """Bins of the outputs of an observable, as if they were columns."""
    if observable.histogram == "softmax":
        names = [f"{observable.name}_{i}" for i in range(observable.n_bins)]
        return SoftmaxBinning(names, names=names)
    bins = Binning(observable.name, observable.n_bins, range=(0.0, 1.0), name=observable.name)
    return bins if observable.alongside is None else bins * observable.alongside


@dataclass(frozen=True, eq=False)
class LearnedObservable:
    """A network and the bins of its output.

    Parameters
    ----------
    observable : Observable
        The declaration.
    outputs : Network, or module outputs
        The trained network, its last layer a sigmoid unless its outputs are bins.
    bins : LearnedEdges or LearnedSoftmax
        Bins of the outputs, as :func:`binning_of` declares them.
    """

    observable: Observable
    outputs: Outputs
    bins: LearnedEdges | LearnedSoftmax

    @property
    def network(self) -> Network:
        """The network as plain data.

        Raises
        ------
        DeclarationError
            If it cannot be written as layers.
        """
        if isinstance(self.outputs, Network):
            return self.outputs
        raise self.outputs.refusal  # type: ignore[attr-defined]

    @property
    def expressions(self) -> dict[str, Expression]:
        """What is read of an event, by name."""
        return self.observable.columns

    @property
    def bins_spec(self) -> BinsSpec:
        """Names of the outputs, and of what stands beside them."""
        return binning_of(self.observable).spec

    @property
    def bin_shape(self) -> tuple[int, ...]:
        """Numbers of bins along the axes."""
        return self.bins.bin_shape

    def values(self, values: Sequence[NDArray[Any]]) -> NDArray[np.float64]:
        """Outputs of events, shape (events, outputs), of one array per expression."""
        return self.outputs.evaluate(list(values[: len(self.observable.names)]))

    def index(self, values: Sequence[NDArray[Any]]) -> NDArray[np.int64]:
        """Number of the bin of every event, -1 for none; of one array per expression."""
        outputs = self.values(values)
        beside = list(values[len(self.observable.names) :])
        return self.bins.index([*outputs.T, *beside])

    def defined_outputs(self, node: Any, name: str, read: Sequence[str]) -> Any:
        """Define the output as a column, or several as a vector, on an RDataFrame node."""
        from gradcut.rdf import define_network

        return define_network(node, name, self.network, list(read[: len(self.observable.names)]))

    def defined(self, node: Any, name: str, read: Sequence[str]) -> Any:
        """Define the number of the bin on an RDataFrame node, of one column per expression."""
        own = f"_gradcut_{name}_of_network"
        node = self.defined_outputs(node, own, read)
        columns = [own]
        if self.outputs.n_outputs > 1:
            columns = [f"{own}{i}" for i in range(self.outputs.n_outputs)]
            for i, column in enumerate(columns):
                node = node.Define(column, f"{own}[{i}]")
        return self.bins.defined(node, name, [*columns, *read[len(self.observable.names) :]])

    def declared_as(self, binning: Observable) -> LearnedObservable:
        """The same network and bins, of another declaration of equal inputs."""
        return replace(self, observable=binning)

    def to_json(self) -> dict[str, Any]:
        """Return what has been learned as plain data."""
        return {"kind": "observable", "network": self.network.to_json(), "bins": self.bins.to_json()}

    @classmethod
    def from_json(cls, observable: Observable, plain: Mapping[str, Any]) -> LearnedObservable:
        """Read what :meth:`to_json` gave."""
        network = Network.from_json(plain["network"])
        if tuple(network.expressions.items()) != tuple(zip(observable.names, observable.inputs, strict=True)):
            raise DeclarationError(
                "the network has other inputs than the declaration",
                given=", ".join(network.expressions),
                allowed=", ".join(observable.names),
            )
        if network.n_outputs != observable.n_outputs:
            raise DeclarationError(
                "the network has another number of outputs",
                given=str(network.n_outputs),
                allowed=str(observable.n_outputs),
            )
        declared = binning_of(observable)
        bins: LearnedEdges | LearnedSoftmax = (
            LearnedSoftmax.from_json(declared, plain["bins"])
            if isinstance(declared, SoftmaxBinning)
            else LearnedEdges.from_json(declared, plain["bins"])
        )
        if bins.bin_shape != observable.shape:
            raise DeclarationError(
                "there are other bins than were declared",
                given=str(bins.bin_shape),
                allowed=str(observable.shape),
            )
        return cls(observable, network, bins)
