"""What engines of bins have in common: their parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.engines.base import Engine
from gradcut.errors import DeclarationError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from gradcut.binning.bins_spec import BinsSpec
    from gradcut.yields import YieldsLayout

__all__ = [
    "BinsEngine",
    "check_bins",
    "check_points",
    "kernel_arguments",
    "shape_of",
    "shifted",
    "size_over_width",
]


class BinsEngine(Engine):
    """An engine of bins; its parameters are those of :class:`gradcut.binning.BinsSpec`, as kernels take them.

    Parameters
    ----------
    spec : BinsSpec
        The bins.
    layout : YieldsLayout
        The axes of the yields, with these bins.
    """

    def __init__(self, spec: BinsSpec, layout: YieldsLayout) -> None:
        check_bins(spec)
        super().__init__(layout)
        self.spec = spec

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters."""
        return self.spec.parameters

    def _checked(self, points: ArrayLike) -> NDArray[np.float64]:
        return check_points(self.spec, points)


def shape_of(spec: BinsSpec) -> tuple[int, ...]:
    """Numbers of bins of the axes, or of the one axis of a mixture or softmax."""
    return tuple(n + 1 for n in spec.n_edges) if spec.kind == "axes" else (spec.n_components,)


def check_bins(spec: BinsSpec) -> None:
    """Check what does not depend on parameters.

    Raises
    ------
    DeclarationError
        If there is no bin, reflection without two edges to reflect at, or a softmax of other columns.
    """
    if spec.n_bins < 1:
        raise DeclarationError("there are no bins", given=repr(spec))
    if spec.reflect and min(spec.n_edges, default=0) < 2:
        raise DeclarationError("reflection needs at least two edges", given=f"{min(spec.n_edges, default=0)}")
    if spec.kind == "softmax" and len(spec.columns) != spec.n_components:
        raise DeclarationError(
            "a softmax has one column per bin",
            given=f"{len(spec.columns)} columns, {spec.n_components} bins",
        )


def check_points(spec: BinsSpec, points: ArrayLike) -> NDArray[np.float64]:
    """Parameter points of bins as an array of shape (points, parameters).

    Raises
    ------
    DeclarationError
        If the shape is another, a number is not finite, edges do not increase, or a width, a temperature or a
        precision is not positive.
    """
    names = spec.parameters
    array = np.atleast_2d(np.asarray(points, dtype=np.float64))
    if array.ndim != 2 or array.shape[1] != len(names):
        raise DeclarationError(
            "parameter points have the wrong shape",
            given=str(np.shape(points)),
            allowed=f"(points, {len(names)}): " + ", ".join(names)[:200],
        )

    def refuse(bad: NDArray[np.bool_], what: str) -> None:
        if bad.any():
            point, at = np.argwhere(bad)[0]
            raise DeclarationError(what, given=str(array[point, at]), where=f"'{names[at]}' at point {point}")

    refuse(~np.isfinite(array), "a parameter is not finite")
    refuse((array <= 0) & _positive(spec), "a width, temperature or precision is not positive")
    for label, edges in zip(spec.columns, _edges(spec, array), strict=False):
        falls = (np.diff(edges, axis=1) < 0).any(1)
        if falls.any():
            point = int(np.flatnonzero(falls)[0])
            raise DeclarationError(
                "edges do not increase",
                given=", ".join(f"{edge:g}" for edge in edges[point]),
                where=f"'{label}' at point {point}",
            )
    checked: NDArray[np.float64] = np.ascontiguousarray(array)
    return checked


def shifted(spec: BinsSpec, points: NDArray[np.float64], offsets: Sequence[float]) -> NDArray[np.float64]:
    """Parameters of columns from which something was subtracted."""
    if not any(offsets):
        return points
    moved: NDArray[np.float64] = points.copy()
    if spec.kind == "softmax":
        moved[:, : spec.n_components] += np.asarray(offsets)
    elif spec.kind == "mixture":
        _means(spec, moved)[...] -= np.asarray(offsets)
    else:
        for edges, offset in zip(_edges(spec, moved), offsets, strict=True):
            edges -= offset
    return moved


def size_over_width(spec: BinsSpec, points: NDArray[np.float64]) -> float:
    """How large the largest edge, mean or output is beside the width of its step."""
    if spec.kind == "softmax":
        return float((np.abs(points[:, :-1]) / points[:, -1:]).max())
    if spec.kind == "mixture":
        precise = np.abs(_factors(spec, points)).max(axis=(1, 2)) / np.sqrt(points[:, -1])
        return float((np.abs(_means(spec, points)).max(axis=(1, 2)) * precise).max())
    largest = 0.0
    widths = points[:, sum(spec.n_edges) :]
    for edges, width in zip(_edges(spec, points), widths.T, strict=True):
        narrowest = np.diff(edges, axis=1).min(1) if spec.local_width and edges.shape[1] > 1 else 1.0
        if edges.shape[1]:
            step = np.maximum(width * narrowest, 1e-300)
            largest = max(largest, float((np.abs(edges).max(1) / step).max()))
    return largest


def kernel_arguments(spec: BinsSpec, points: NDArray[np.float64], *, hard: bool = False) -> dict[str, Any]:
    """Arguments of the compiled kernels."""
    from gradcut.binning.bins_spec import BINS_KINDS
    from gradcut.kernel_spec import STEPS

    return {
        "kind": BINS_KINDS[spec.kind],
        "step": STEPS["hard"] if hard else STEPS[spec.step],
        "n_edges": np.asarray(spec.n_edges, dtype=np.uint32),
        "n_bins": spec.n_bins,
        "local_width": spec.local_width,
        "reflect": spec.reflect,
        "parameters": np.ascontiguousarray(points),
    }


def _positive(spec: BinsSpec) -> NDArray[np.bool_]:
    """Which parameters have to be positive."""
    positive = np.zeros((1, len(spec.parameters)), dtype=np.bool_)
    if spec.kind == "axes":
        positive[:, sum(spec.n_edges) :] = True
    else:
        positive[:, -1] = True
    if spec.kind == "mixture":
        row, column = np.tril_indices(len(spec.columns))
        _factors(spec, positive)[:, :, row == column] = True
    return positive


def _edges(spec: BinsSpec, points: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Views of the edges of every axis, each of shape (points, edges)."""
    if spec.kind != "axes":
        return []
    return np.split(points[:, : sum(spec.n_edges)], np.cumsum(spec.n_edges)[:-1], axis=1)


def _means(spec: BinsSpec, points: NDArray[Any]) -> NDArray[Any]:
    """View of the means of a mixture, shape (points, components, columns)."""
    k, d = spec.n_components, len(spec.columns)
    return points[:, k : k + k * d].reshape(len(points), k, d)


def _factors(spec: BinsSpec, points: NDArray[Any]) -> NDArray[Any]:
    """View of the triangles of a mixture, shape (points, components, numbers)."""
    k, d = spec.n_components, len(spec.columns)
    return points[:, k + k * d : -1].reshape(len(points), k, -1)
