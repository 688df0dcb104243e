"""Templates up and down from the yields of a variation, and derivatives back. All act bin by bin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from gradcut.stats.template_rows import RowKind

__all__ = ["both_sides", "pull_back_sides"]

_Array = NDArray[np.float64]


def both_sides(kind: RowKind, given: _Array, nominal: _Array, size: _Array) -> tuple[_Array, _Array]:
    """Return the templates at +1 and at -1.

    Parameters
    ----------
    kind : str
        How they are made.
    given : ndarray, shape (points, rows, tags, bins)
        Yields of the tags of each variation.
    nominal : ndarray, shape (points, rows, bins)
        Yields of their samples.
    size : ndarray, shape (rows, 1)
        Relative sizes, of scaled ones.
    """
    if kind == "pair":
        return given[:, :, 0], given[:, :, 1]
    if kind == "mirror":
        return given[:, :, 0], 2 * nominal - given[:, :, 0]
    if kind == "envelope":
        return np.maximum(given.max(2), nominal), np.minimum(given.min(2), nominal)
    shift = size * nominal if kind == "scaled" else _spread(kind, given, nominal)[0]
    return nominal + shift, nominal - shift


def _spread(kind: RowKind, given: _Array, nominal: _Array) -> tuple[_Array, _Array, float]:
    """Standard deviation or sum in quadrature, what it is one of, and the factor before its squares."""
    replicas = kind == "replicas"
    apart = given - (given.mean(2) if replicas else nominal)[:, :, None]
    factor = 1 / (given.shape[2] - 1) if replicas else 1.0
    return np.sqrt(factor * (apart**2).sum(2)), apart, factor


def pull_back_sides(
    kind: RowKind, given: _Array, nominal: _Array, size: _Array, d_up: _Array, d_down: _Array
) -> tuple[_Array, _Array | None]:
    """Derivatives in ``given`` and ``nominal`` of a number with these derivatives in the templates.

    None where nothing depends on nominal.

    Where all replicas agree their spread has a kink, and where members of an envelope do: one side counts.
    """
    if kind == "pair":
        return np.stack([d_up, d_down], 2), None
    if kind == "mirror":
        return (d_up - d_down)[:, :, None], 2 * d_down
    d_given, d_nominal = np.zeros(given.shape), np.zeros(nominal.shape)
    if kind == "envelope":
        for side, outer, at in (
            (d_up, given.max(2) > nominal, given.argmax(2)),
            (d_down, given.min(2) < nominal, given.argmin(2)),
        ):
            chosen = np.zeros_like(given)
            np.put_along_axis(chosen, at[:, :, None], np.where(outer, side, 0.0)[:, :, None], axis=2)
            d_given += chosen
            d_nominal += np.where(outer, 0.0, side)
    else:
        d_shift, d_nominal = d_up - d_down, d_up + d_down
        if kind == "scaled":
            return d_given, d_nominal + size * d_shift
        shift, apart, factor = _spread(kind, given, nominal)
        slope = factor * d_shift / np.where(shift > 0, shift, np.inf)
        d_given = slope[:, :, None] * apart
        if kind == "hessian":
            d_nominal = d_nominal - d_given.sum(2)
    return d_given, d_nominal
