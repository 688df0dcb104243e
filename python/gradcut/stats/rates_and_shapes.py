"""Templates up and down as the inputs of histosys and normsys modifiers, with derivatives back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from gradcut.stats.template_checks import Kept
    from gradcut.stats.template_rows import VariedRow

__all__ = ["RatesAndShapes"]

_Array = NDArray[np.float64]
_Indices = NDArray[np.intp]


class RatesAndShapes:
    """Writes variations into the inputs of a likelihood.

    Parameters
    ----------
    varied : sequence of VariedRow
        The variations, in the order of their templates.
    kept : sequence of Kept
        What each of them became.
    start : callable
        Where the inputs of a modifier start: ``start(row, "histosys")`` or ``start(row, "normsys")``.
    n_samples, n_bins : int
        Numbers of samples, and of bins of each.
    """

    def __init__(
        self,
        varied: Sequence[VariedRow],
        kept: Sequence[Kept],
        start: Callable[[VariedRow, str], int],
        n_samples: int,
        n_bins: int,
    ) -> None:
        self._sample_of = _indices(row.sample for row in varied)
        self._onto_samples = (np.arange(n_samples)[:, None] == self._sample_of).astype(np.float64)
        shaped = [m for m, one in enumerate(kept) if one.shape]
        rated = [m for m, one in enumerate(kept) if one.rate]
        self._shaped, self._rated = _indices(shaped), _indices(rated)
        up_at = _indices(start(varied[m], "histosys") for m in shaped)[:, None] + np.arange(n_bins)
        self._shapes_at = up_at, up_at + n_bins
        self._rate_at = _indices(start(varied[m], "normsys") for m in rated)
        #: Shapes that are told apart from their rates: their positions among the shapes, and among all.
        self._divided = _indices(i for i, m in enumerate(shaped) if is_divided(varied[m]))
        self._divided_of = self._shaped[self._divided]
        self._plain = len(shaped) == len(varied) and not rated and not len(self._divided)

    def write(self, into: _Array, nominal: _Array, sides: Sequence[_Array]) -> list[_Array]:
        """Write templates at +1 and -1 into inputs, and return their rates relative to nominal."""
        if not len(self._sample_of):
            return []
        if self._plain:
            for at, side in zip(self._shapes_at, sides, strict=True):
                into[:, at] = side
            return []
        below = nominal.sum(-1)[:, self._sample_of]
        rates = [np.asarray(side.sum(-1) / below) for side in sides]
        for i, (side, rate) in enumerate(zip(sides, rates, strict=True)):
            shape = side[:, self._shaped]
            shape[:, self._divided] /= rate[:, self._divided_of, None]
            into[:, self._shapes_at[i]] = shape
            into[:, self._rate_at + i] = rate[:, self._rated]
        return rates

    def pull_back(
        self, cotangents: _Array, nominal: _Array, sides: Sequence[_Array], rates: Sequence[_Array]
    ) -> tuple[list[_Array], _Array | float]:
        """Derivatives in both templates, and in nominal, of a number with these derivatives in the inputs."""
        d_shapes = [cotangents.take(at, 1) for at in self._shapes_at]
        if self._plain:
            return d_shapes, 0.0
        below = nominal.sum(-1)[:, self._sample_of]
        d_sides, d_nominal = [], np.zeros(nominal.shape[:2])
        for i, (side, rate, d_shape) in enumerate(zip(sides, rates, d_shapes, strict=True)):
            d_rate = np.zeros(rate.shape)
            d_rate[:, self._rated] = cotangents[:, self._rate_at + i]
            of = rate[:, self._divided_of]
            d_shape[:, self._divided] /= of[..., None]
            d_rate[:, self._divided_of] -= (d_shape[:, self._divided] * side[:, self._divided_of]).sum(
                -1
            ) / of
            d_side = np.zeros(side.shape)
            d_side[:, self._shaped] = d_shape
            d_sides.append(d_side + (d_rate / below)[..., None])
            d_nominal -= (d_rate * rate / below) @ self._onto_samples.T
        return d_sides, d_nominal[..., None]


def is_divided(row: VariedRow) -> bool:
    """Whether the shape of a variation is told apart from its rate."""
    return row.form == "split" and row.kind != "scaled"


def _indices(of: object) -> _Indices:
    return np.array(list(of), dtype=np.intp)  # type: ignore[call-overload]
