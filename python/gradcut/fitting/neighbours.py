"""Thresholds that are neighbours: kept in order, and drawn together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradcut.fitting.isotonic import increasing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.kernel_spec import KernelSpec

__all__ = ["contraction_gradient", "in_order", "is_contracted", "limits"]


def in_order(spec: KernelSpec, thresholds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Nearest thresholds, the last axis the parameters, of which monotone chains are so."""
    found: NDArray[np.float64] = thresholds.copy()
    for chain in spec.chains:
        if chain.sign and np.isfinite(found[..., chain.parameters]).all():
            along = chain.sign * np.moveaxis(found[..., chain.parameters], -1, 0)
            rows = increasing(along.reshape(len(along), -1)).reshape(along.shape)
            found[..., chain.parameters] = np.moveaxis(chain.sign * rows, 0, -1)
    return found


def limits(spec: KernelSpec, parameter: int, values: NDArray[np.float64]) -> tuple[float, float]:
    """Lowest and highest value of a threshold that keep its monotone chain in order."""
    low, high = -np.inf, np.inf
    for chain in spec.chains:
        if not chain.sign or parameter not in chain.parameters:
            continue
        at = chain.parameters.index(parameter)
        before, after = chain.parameters[:at][-1:], chain.parameters[at + 1 :][:1]
        if chain.sign < 0:
            before, after = after, before
        low = max([low, *(float(values[p]) for p in before)])
        high = min([high, *(float(values[p]) for p in after)])
    return low, high


def is_contracted(spec: KernelSpec) -> bool:
    """Whether thresholds are drawn together, which yields know nothing of."""
    return any(chain.contraction for chain in spec.chains)


def contraction_gradient(spec: KernelSpec, standardised: NDArray[np.float64]) -> NDArray[np.float64]:
    """Derivatives of the contractive term in thresholds of shape (points, parameters).

    The term is the weight times the mean squared difference of neighbours.
    """
    gradient = np.zeros_like(standardised)
    for chain in spec.chains:
        if chain.contraction:
            steps = np.diff(standardised[:, chain.parameters], axis=1)
            slope = 2 * chain.contraction * steps / steps.shape[1]
            gradient[:, chain.parameters[1:]] += slope
            gradient[:, chain.parameters[:-1]] -= slope
    return gradient
