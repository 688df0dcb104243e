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

__all__ = ["BinsEngine", "check_points", "kernel_arguments", "shifted"]


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
        super().__init__(layout)
        self.spec = spec

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters."""
        return self.spec.parameters

    def _checked(self, points: ArrayLike) -> NDArray[np.float64]:
        return check_points(self.spec, points)


def check_points(spec: BinsSpec, points: ArrayLike) -> NDArray[np.float64]:
    """Parameter points of bins as an array of shape (points, parameters).

    Raises
    ------
    DeclarationError
        If the shape is another, a number is not finite, edges do not increase, or a width or temperature is
        not positive.
    """
    names = spec.parameters
    array = np.atleast_2d(np.asarray(points, dtype=np.float64))
    if array.ndim != 2 or array.shape[1] != len(names):
        raise DeclarationError(
            "parameter points have the wrong shape",
            given=str(np.shape(points)),
            allowed=f"(points, {len(names)}): " + ", ".join(names)[:200],
        )
    bad = np.argwhere(~np.isfinite(array))
    if len(bad):
        point, at = bad[0]
        raise DeclarationError(
            "a parameter is not finite",
            given=str(array[point, at]),
            where=f"'{names[at]}' at point {point}",
        )
    positive = [i for i, name in enumerate(names) if name == "temperature" or name.endswith(":width")]
    small = np.argwhere(array[:, positive] <= 0)
    if len(small):
        point, at = small[0]
        raise DeclarationError(
            "a width or temperature is not positive",
            given=str(array[point, positive[at]]),
            where=f"'{names[positive[at]]}' at point {point}",
        )
    first = 0
    for label, n in zip(spec.columns, spec.n_edges, strict=False):
        edges = array[:, first : first + n]
        if (np.diff(edges, axis=1) < 0).any():
            point = int(np.argwhere(np.diff(edges, axis=1) < 0)[0, 0])
            raise DeclarationError(
                "edges do not increase",
                given=", ".join(f"{edge:g}" for edge in edges[point]),
                where=f"'{label}' at point {point}",
            )
        first += n
    checked: NDArray[np.float64] = np.ascontiguousarray(array)
    return checked


def shifted(spec: BinsSpec, points: NDArray[np.float64], offsets: Sequence[float]) -> NDArray[np.float64]:
    """Parameters of columns from which something was subtracted."""
    if not any(offsets):
        return points
    moved: NDArray[np.float64] = points.copy()
    k, d = spec.n_components, len(spec.columns)
    if spec.kind == "axes":
        first = 0
        for n, offset in zip(spec.n_edges, offsets, strict=True):
            moved[:, first : first + n] -= offset
            first += n
    elif spec.kind == "mixture":
        moved[:, k : k + k * d] -= np.tile(np.asarray(offsets), k)
    else:
        moved[:, :k] += np.asarray(offsets)
    return moved


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
