"""Soft and hard histograms with derivatives inside the event loop, and the bin of every event."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gradcut.binning.bins_spec import BINS_KINDS, BinsSpec
from gradcut.errors import DeclarationError
from gradcut.kernel_spec import STEPS
from gradcut.rdf.booked import Booked
from gradcut.rdf.distributed import DistributedNode
from gradcut.rdf.library import load
from gradcut.rdf.moments import PRECISIONS, Precision, choice
from gradcut.rdf.nodes import as_node, check_columns, translated
from gradcut.rdf.views import view

__all__ = ["BookedBins", "book_bin_moments", "book_bin_vjp", "define_bin", "soft_bins"]


class BookedBins(Booked[NDArray[np.float64]]):
    """Sums in bins that an event loop will compute; see :func:`book_bin_moments` and :func:`book_bin_vjp`."""

    def _convert(self, variation: str) -> NDArray[np.float64]:
        moments = self._handle.Get(variation)
        points, bins, parameters = (int(n) for n in (moments.fNPoints, moments.fNBins, moments.fNParameters))
        shape = (points, parameters) if parameters else (points, 3, bins)
        address = int(load().GradCut.PythonSupport.Address(moments))
        values: NDArray[np.float64] = view(address, shape, np.float64, owner=self._handle).copy()
        return values

    def spread(self) -> tuple[int, int, int]:
        """Return the numbers of events, of tasks and of processing slots that the nominal loop had."""
        self.value()
        moments = self._handle.Get("nominal")
        return int(moments.fNEvents), int(moments.fNTasks), int(moments.fNSlots)


def book_bin_moments(
    node: Any,
    spec: BinsSpec,
    columns: Sequence[str],
    weight: str | None,
    parameters: ArrayLike,
    *,
    precision: Precision = "float32",
) -> BookedBins:
    """Book the moments of the weights in every bin, at several points in one pass.

    Parameters
    ----------
    node : RDataFrame node
        The events.
    spec : BinsSpec
        The bins.
    columns : sequence of str
        One per column of the spec, of any arithmetic type: numbers, or vectors of them. A vector fills once
        per object, with the weight of the event; vectors have one length in an event, and numbers beside
        them are repeated.
    weight : str or None
        The weight column; None for weight 1.
    parameters : array_like of shape (n_points, n_parameters) or (n_parameters,)
        In the order of ``spec.parameters``, in the units of the columns.
    precision : {"float32", "float64"}, default "float32"
        Arithmetic of the kernel; sums are accumulated in double in any case. With ``"float32"`` a column that
        is not float is shifted in double before it is cast.

    Returns
    -------
    BookedBins
        ``value()`` is an ndarray of shape (n_points, 3, n_bins): entries, sums of weights and of their
        squares. Events with NaN in a column are in no bin.

    Raises
    ------
    DeclarationError
        If the parameters do not fit the bins.
    DataError
        If a column does not exist or holds no numbers; during the loop, if vectors differ in length.
    """
    return _book(node, spec, columns, weight, parameters, precision, None)


def book_bin_vjp(
    node: Any,
    spec: BinsSpec,
    columns: Sequence[str],
    weight: str | None,
    parameters: ArrayLike,
    cotangents: ArrayLike,
    *,
    precision: Precision = "float32",
) -> BookedBins:
    """Book the gradient of the moments contracted with cotangents.

    Parameters
    ----------
    node, spec, columns, weight, parameters, precision
        As for :func:`book_bin_moments`.
    cotangents : array_like of shape (n_points, 3, n_bins) or (3, n_bins)
        What each moment of each bin counts.

    Returns
    -------
    BookedBins
        ``value()`` is an ndarray of shape (n_points, n_parameters).
    """
    given = np.ascontiguousarray(cotangents, np.float64)
    return _book(node, spec, columns, weight, parameters, precision, given)


def define_bin(node: Any, name: str, spec: BinsSpec, columns: Sequence[str], parameters: ArrayLike) -> Any:
    """Define the hard bin of each event, whatever the step of the spec is.

    Parameters
    ----------
    node : RDataFrame node
        The events.
    name : str
        Name of the new column: an int, or an ``RVec<int>`` where a column is a vector.
    spec : BinsSpec
        The bins.
    columns : sequence of str
        One per column of the spec, as for :func:`book_bin_moments`.
    parameters : array_like of shape (n_parameters,)
        One point.

    Returns
    -------
    RNode
        The node with the column. Comparisons are those of C++ in double; -1 stands for NaN.
    """
    names = list(columns)
    bins = soft_bins(spec, parameters)
    root, rnode = load(), as_node(node, distributed=True)
    check_columns(rnode, names)
    if isinstance(rnode, DistributedNode):
        return rnode.define_bin(name, spec, names, parameters)
    with translated(f"column '{name}'"):
        return root.GradCut.DefineBin(rnode, name, bins, names)


def _book(
    node: Any,
    spec: BinsSpec,
    columns: Sequence[str],
    weight: str | None,
    parameters: ArrayLike,
    precision: Precision,
    cotangents: NDArray[np.float64] | None,
) -> BookedBins:
    names = list(columns)
    bins = soft_bins(spec, parameters)
    root, rnode = load(), as_node(node)
    check_columns(rnode, [*names, *([weight] if weight is not None else [])])
    is_double = choice("precision", precision, PRECISIONS)
    shape = (int(bins.fNPoints), 3, spec.n_bins)
    if cotangents is not None and cotangents.shape not in (shape, shape[1:] if shape[0] == 1 else shape):
        raise DeclarationError(
            "the cotangents do not fit the bins", given=f"shape {cotangents.shape}", allowed=str(shape)
        )
    size, address = (0, 0) if cotangents is None else (cotangents.size, cotangents.ctypes.data)
    with translated("bins"):
        booked = root.GradCut.PythonSupport.BookBins(
            rnode, bins, names, weight or "", is_double, size, address
        )
    return BookedBins(booked)


def soft_bins(spec: BinsSpec, parameters: ArrayLike) -> Any:
    """Make the C++ ``GradCut::SoftBins`` of a spec at some points."""
    points = np.atleast_2d(np.ascontiguousarray(parameters, np.float64))
    if points.ndim != 2 or points.shape[1] != len(spec.parameters):
        raise DeclarationError(
            "the parameters do not fit the bins",
            given=f"shape {points.shape}",
            allowed=f"(n_points, {len(spec.parameters)})",
        )
    n_edges = np.array(spec.n_edges, np.uint32)
    root = load()
    try:
        return root.GradCut.PythonSupport.MakeSoftBins(
            BINS_KINDS[spec.kind],
            STEPS[spec.step],
            len(spec.columns),
            *(len(n_edges), n_edges.ctypes.data),
            spec.n_bins,
            spec.local_width,
            spec.reflect,
            *(*points.shape, points.ctypes.data),
        )
    except root.std.invalid_argument as error:
        text = str(error.what()).rsplit("GradCut::SoftBins: ", 1)[-1]
        raise DeclarationError(f"these are no bins: {text}") from error
