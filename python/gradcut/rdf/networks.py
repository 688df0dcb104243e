"""Trained networks inside the event loop: their outputs as columns, and bins of them block by block."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from gradcut.binning.bins_spec import BinsSpec
from gradcut.errors import DeclarationError
from gradcut.networks.evaluating import kernel_arguments
from gradcut.rdf.bins import BookedBins, soft_bins
from gradcut.rdf.distributed import DistributedNode
from gradcut.rdf.features import define_features
from gradcut.rdf.library import load
from gradcut.rdf.moments import PRECISIONS, Precision, choice
from gradcut.rdf.nodes import as_node, check_columns, translated

if TYPE_CHECKING:
    from gradcut.networks import Network

__all__ = ["book_network_moments", "define_network"]


def define_network(
    node: Any,
    name: str,
    network: Network,
    columns: Sequence[str] | None = None,
    *,
    largest: bool = False,
    precision: Precision = "float32",
) -> Any:
    """Define the outputs of a trained network, by compiled code to which its weights are data.

    Parameters
    ----------
    node : RDataFrame node
        The events.
    name : str
        Name of the new column: a double, or an ``RVec<double>`` where there are several outputs.
    network : Network
        Inputs and layers.
    columns : sequence of str, optional
        One per input, numbers with NaN where missing; by default the expressions of the network, which are
        defined where they are no columns by themselves.
    largest : bool, default False
        Define the number of the largest output instead, an int: the first of equal ones, -1 for none.
    precision : {"float32", "float64"}, default "float32"
        Arithmetic of the layers. Inputs are scaled in double in any case.

    Returns
    -------
    RNode
        The node with the column. It varies with what it is made of (``Vary``).

    Raises
    ------
    DataError
        If a column does not exist or is no number.
    """
    root, rnode = load(), as_node(node, distributed=True)
    is_double = choice("precision", precision, PRECISIONS)
    rnode, read = _columns(rnode, name, network, columns)
    if isinstance(rnode, DistributedNode):
        return rnode.define_network(name, network, read, is_double=is_double, largest=largest)
    with translated(f"column '{name}'"):
        return root.GradCut.PythonSupport.DefineNetwork(rnode, name, _made(network), read, is_double, largest)


def book_network_moments(
    node: Any,
    network: Network,
    spec: BinsSpec,
    weight: str | None,
    parameters: ArrayLike,
    *,
    columns: Sequence[str] | None = None,
    precision: Precision = "float32",
) -> BookedBins:
    """Book the moments of the weights in bins of the outputs of a network, evaluated on blocks of events.

    Half the time of :func:`define_network` or less, with the same outputs to the bit.

    Parameters
    ----------
    node : RDataFrame node
        The events.
    network : Network
        Inputs and layers.
    spec : BinsSpec
        The bins, hard or smooth, with one column per output: edges of an output, or a hard softmax for the
        number of the largest.
    weight : str or None
        The weight column; None for weight 1.
    parameters : array_like of shape (n_points, n_parameters) or (n_parameters,)
        In the order of ``spec.parameters``.
    columns : sequence of str, optional
        One per input, as for :func:`define_network`.
    precision : {"float32", "float64"}, default "float32"
        Arithmetic of the layers. Bins are filled in double.

    Returns
    -------
    BookedBins
        ``value()`` is an ndarray of shape (n_points, 3, n_bins): entries, sums of weights and of their
        squares; ``variations()`` those of every variation. Events with NaN outputs are in no bin.

    Raises
    ------
    DeclarationError
        If the parameters do not fit the bins, or the bins the outputs.
    DataError
        If a column does not exist or is no number.
    """
    if len(spec.columns) != network.n_outputs:
        raise DeclarationError(
            "the bins do not fit the network",
            given=f"bins of {len(spec.columns)} columns",
            allowed=f"one per output, {network.n_outputs}",
        )
    bins = soft_bins(spec, parameters)
    root, rnode = load(), as_node(node)
    is_double = choice("precision", precision, PRECISIONS)
    prefix = str(root.GradCut.FreshColumnName("network"))
    rnode, read = _columns(rnode, prefix, network, columns)
    check_columns(rnode, [weight] if weight is not None else [])
    with translated("bins of a network"):
        booked = root.GradCut.PythonSupport.BookNetwork(
            rnode, _made(network), bins, read, weight or "", is_double
        )
    return BookedBins(booked)


def _columns(node: Any, name: str, network: Network, columns: Sequence[str] | None) -> tuple[Any, list[str]]:
    if columns is None:
        return define_features(node, name, network.expressions.values(), network.sentinels)
    names = list(columns)
    if len(names) != network.n_inputs:
        raise DeclarationError(
            "one column per input is needed", given=f"{len(names)}", allowed=", ".join(network.expressions)
        )
    check_columns(node, names)
    return node, names


def _made(network: Network) -> Any:
    """Make the C++ ``GradCut::Network``."""
    given = kernel_arguments(network)
    layers = network.layers
    sizes = np.array([(layer.n_in, layer.n_out) for layer in layers], np.uint64)
    codes = np.array(given["activations"], np.int32)
    slopes = np.array(given["slopes"], np.float64)
    weights = np.concatenate([layer.weight.ravel() for layer in layers])
    biases = np.concatenate([layer.bias for layer in layers])
    return load().GradCut.PythonSupport.MakeNetwork(
        *(network.n_inputs, network.centre.ctypes.data, network.scale.ctypes.data, network.clip),
        *(len(network.flagged), given["flagged"].ctypes.data),
        *(len(layers), sizes.ctypes.data, codes.ctypes.data, slopes.ctypes.data),
        *(weights.ctypes.data, biases.ctypes.data),
    )
