"""From the parameters of a selection to the thresholds of its cuts, and derivatives back."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gradcut.errors import DeclarationError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from gradcut.kernel_spec import KernelSpec

__all__ = ["ParameterMap", "Thresholds"]


class Thresholds(NamedTuple):
    """Per point and cut, of shape (points, cuts); zero where a cut has no such threshold."""

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    width: NDArray[np.float64]
    #: Of shape (points, terms): what the columns of terms are multiplied with.
    terms: NDArray[np.float64]

    def minus(self, offsets: NDArray[np.float64]) -> Thresholds:
        """Thresholds of cuts from whose columns something was subtracted."""
        return self._replace(low=self.low - offsets, high=self.high - offsets)


class ParameterMap:
    """The vector of parameters: all thresholds, then one width per cut.

    Parameters
    ----------
    spec : KernelSpec
        The selection.
    """

    def __init__(self, spec: KernelSpec) -> None:
        self.spec = spec
        self.names: tuple[str, ...] = (*spec.parameters, *(f"{cut}:width" for cut in spec.cuts))
        n, k = len(spec.parameters), spec.n_cuts
        # Rows: parameters; columns: the slots low_1..low_K, high_1..high_K, width_1..width_K, terms.
        matrix = np.zeros((n + k, 3 * k + spec.n_terms))
        for slot, index in enumerate((spec.low, spec.high)):
            for cut in np.flatnonzero(index >= 0):
                matrix[index[cut], slot * k + cut] = 1
        matrix[n + np.arange(k), 2 * k + np.arange(k)] = 1
        if spec.tree is not None:
            matrix[spec.tree.term_parameters, 3 * k + np.arange(spec.n_terms)] = 1
        self._matrix = matrix

    def check(self, points: ArrayLike) -> NDArray[np.float64]:
        """Parameter points as a float64 array of shape (points, parameters).

        Raises
        ------
        DeclarationError
            If the shape is another, a number is not finite, a width not positive, or a window inverted.
        """
        try:
            array = np.atleast_2d(np.asarray(points, dtype=np.float64))
        except (TypeError, ValueError) as error:
            raise DeclarationError(
                "parameter points are an array of numbers",
                given=repr(points)[:80],
                allowed=f"(points, {len(self.names)}): " + ", ".join(self.names),
            ) from error
        if array.ndim != 2 or array.shape[1] != len(self.names):
            raise DeclarationError(
                "parameter points have the wrong shape",
                given=str(np.shape(points)),
                allowed=f"(points, {len(self.names)}): " + ", ".join(self.names),
            )
        bad = np.argwhere(~np.isfinite(array))
        if len(bad):
            point, at = bad[0]
            raise DeclarationError(
                "a parameter is not finite",
                given=str(array[point, at]),
                where=f"'{self.names[at]}' at point {point}",
            )
        widths = array[:, len(self.spec.parameters) :]
        if (widths <= 0).any():
            point, cut = np.argwhere(widths <= 0)[0]
            raise DeclarationError(
                "a width is not positive",
                given=str(widths[point, cut]),
                where=f"'{self.spec.cuts[cut]}:width'",
            )
        low, high = self._slots(array)[:2]
        both = (self.spec.low >= 0) & (self.spec.high >= 0)
        inverted = np.argwhere((low > high) & both)
        if len(inverted):
            point, cut = inverted[0]
            raise DeclarationError(
                "the lower edge of a window or veto lies above the upper one",
                given=f"{low[point, cut]:g} and {high[point, cut]:g}",
                where=f"cut '{self.spec.cuts[cut]}' at point {point}",
            )
        return array

    def thresholds(self, points: NDArray[np.float64]) -> Thresholds:
        """Thresholds and widths of the cuts at checked points."""
        return self._slots(points)

    def _slots(self, points: NDArray[np.float64]) -> Thresholds:
        k = self.spec.n_cuts
        parts = np.split(points @ self._matrix, [k, 2 * k, 3 * k], axis=1)
        return Thresholds(*(np.ascontiguousarray(part) for part in parts))

    def pull_back(self, slots: NDArray[np.float64]) -> NDArray[np.float64]:
        """Derivatives in the slots (last axis, 3 cuts + terms) as derivatives in the parameters."""
        return np.asarray(slots @ self._matrix.T)
