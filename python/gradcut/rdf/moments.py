"""Soft yields with derivatives, computed inside the event loop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gradcut.errors import DeclarationError
from gradcut.kernel_spec import STEPS, KernelSpec
from gradcut.rdf.booked import Booked
from gradcut.rdf.library import load
from gradcut.rdf.nodes import as_node, check_columns, translated
from gradcut.rdf.views import view

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "PRECISIONS",
    "BookedMoments",
    "Derivatives",
    "Precision",
    "book_soft_moments",
    "choice",
    "soft_selection",
]

Precision = Literal["float32", "float64"]
Derivatives = Literal["none", "thresholds", "all"]
PRECISIONS: Mapping[str, bool] = {"float32": False, "float64": True}
_DERIVATIVES: Mapping[str, int] = {"none": 0, "thresholds": 1, "all": 2}


class BookedMoments(Booked[NDArray[np.float64]]):
    """Moments that an event loop will compute; see :func:`book_soft_moments`."""

    def _convert(self, variation: str) -> NDArray[np.float64]:
        moments = self._handle.Get(variation)
        points, cuts, terms = int(moments.fNPoints), int(moments.fNCuts), int(moments.fNTerms)
        address = int(load().GradCut.PythonSupport.Address(moments))
        values: NDArray[np.float64] = view(
            address, (points, 3, 1 + 3 * cuts + terms), np.float64, owner=self._handle
        ).copy()
        return values

    def spread(self) -> tuple[int, int, int]:
        """Return the numbers of events, of tasks and of processing slots that the nominal loop had."""
        self.value()
        moments = self._handle.Get("nominal")
        return int(moments.fNEvents), int(moments.fNTasks), int(moments.fNSlots)


def book_soft_moments(
    node: Any,
    spec: KernelSpec,
    columns: Sequence[str],
    weight: str | None,
    low: ArrayLike,
    high: ArrayLike,
    width: ArrayLike,
    *,
    precision: Precision = "float32",
    derivatives: Derivatives = "thresholds",
    offsets: ArrayLike | None = None,
    terms: ArrayLike | None = None,
) -> BookedMoments:
    """Book the moments of the weights under a soft selection, at several points in one pass.

    Parameters
    ----------
    node : RDataFrame node
        The events.
    spec : KernelSpec
        The cuts, and how they are combined.
    columns : sequence of str
        One per column of the spec, of any arithmetic type: numbers, or for those of a collection of objects
        vectors with as many objects in every event.
    weight : str or None
        The weight column; None for weight 1.
    low, high, width : array_like of shape (n_points, n_cuts) or (n_cuts,)
        Thresholds and widths, in the units of the columns. What a cut does not use is not read.
    precision : {"float32", "float64"}, default "float32"
        Arithmetic of the kernel; sums are accumulated in double in any case. With ``"float32"`` a column that
        is not float has its offset subtracted in double before it is cast.
    derivatives : {"none", "thresholds", "all"}, default "thresholds"
        ``"all"`` adds the derivatives in the widths.
    offsets : array_like of shape (n_cuts,), optional
        See `precision`; by default the thresholds of the first point. Thresholds are given unshifted.
    terms : array_like of shape (n_points, n_terms) or (n_terms,), optional
        What the columns of terms are multiplied with, where the spec has any.

    Returns
    -------
    BookedMoments
        ``value()`` is an ndarray of shape (n_points, 3, 1 + 3 n_cuts + n_terms): per point and moment
        (entries, sum of weights, sum of squared weights) the value and its derivatives in low, high, width
        and terms.

    Raises
    ------
    DeclarationError
        If shapes do not match.
    DataError
        If a column does not exist or is no number; during the loop, if columns of a collection have
        different numbers of objects in an event.
    """
    names = list(columns)
    selection = soft_selection(spec, low, high, width)
    tree = _soft_tree(spec, terms, int(selection.fNPoints))
    root, rnode = load(), as_node(node)
    check_columns(rnode, [*names, *([weight] if weight is not None else [])])
    is_double = choice("precision", precision, PRECISIONS)
    level = choice("derivatives", derivatives, _DERIVATIVES)
    shifts = [] if offsets is None else np.asarray(offsets, np.float64).ravel().tolist()
    with translated("soft moments"):
        booked = root.GradCut.PythonSupport.BookSoftMoments(
            rnode, selection, tree, names, weight or "", is_double, level, shifts, list(spec.columns)
        )
    return BookedMoments(booked)


def soft_selection(spec: KernelSpec, low: ArrayLike, high: ArrayLike, width: ArrayLike) -> Any:
    """Make the C++ ``GradCut::SoftSelection`` of a kernel spec at some points.

    Raises
    ------
    DeclarationError
        If the shapes do not fit, or a number makes no sense.
    """
    points = [np.atleast_2d(np.asarray(values, np.float64)) for values in (low, high, width)]
    shapes = {values.shape for values in points}
    if len(shapes) != 1 or points[0].ndim != 2 or points[0].shape[1] != spec.n_cuts:
        raise DeclarationError(
            "low, high and width do not fit the selection",
            given=f"shapes {', '.join(str(values.shape) for values in points)}",
            allowed=f"(n_points, {spec.n_cuts}) for all three",
        )
    kinds, flags = (np.ascontiguousarray(codes, np.uint8) for codes in (spec.kinds, spec.flags))
    low_, high_, width_ = (np.ascontiguousarray(values) for values in points)
    root = load()
    try:
        return root.GradCut.PythonSupport.MakeSoftSelection(
            STEPS[spec.step],
            points[0].shape[0],
            spec.n_cuts,
            *(array.ctypes.data for array in (kinds, flags, low_, high_, width_)),
        )
    except root.std.invalid_argument as error:
        text = str(error.what()).rsplit("GradCut::SoftSelection: ", 1)[-1]
        raise DeclarationError(f"this is no selection: {text}") from error


def _soft_tree(spec: KernelSpec, terms: ArrayLike | None, n_points: int) -> Any:
    """Make the C++ ``GradCut::SoftTree`` of a kernel spec, an empty one for a product of cuts."""
    root = load()
    if spec.tree is None:
        return root.GradCut.SoftTree()
    given = np.empty((n_points, 0)) if terms is None else np.atleast_2d(np.asarray(terms, np.float64))
    if given.shape != (n_points, spec.n_terms):
        raise DeclarationError(
            "the values of terms do not fit the selection",
            given=f"shape {given.shape}",
            allowed=f"({n_points}, {spec.n_terms})",
        )
    tree = spec.tree
    arrays: list[NDArray[Any]] = [
        np.ascontiguousarray(tree.nodes, np.uint8),
        *(
            np.ascontiguousarray(numbers, np.int32)
            for numbers in (tree.arguments, tree.upper, tree.collections, tree.term_cuts, tree.term_columns)
        ),
        np.ascontiguousarray(given),
    ]
    nodes, arguments, upper, collections, cuts, columns, values = (array.ctypes.data for array in arrays)
    return root.GradCut.PythonSupport.MakeSoftTree(
        *(len(tree.nodes), nodes, arguments, upper),
        *(len(tree.collections), collections),
        *(spec.n_terms, cuts, columns, n_points, values),
    )


def choice(setting: str, given: str, allowed: Mapping[str, Any]) -> Any:
    """Return what a setting stands for; a DeclarationError names the choices."""
    if given not in allowed:
        names = ", ".join(f'"{name}"' for name in allowed)
        raise DeclarationError(f"{setting} is not one of the choices", given=repr(given), allowed=names)
    return allowed[given]
