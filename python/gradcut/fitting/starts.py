"""Where fits start: wide open, at given selections, and at random quantiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradcut.fitting.signs import cut_signs, loosening_signs
from gradcut.kernel_spec import KINDS
from gradcut.randomness import stream

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.fitting.scaling import Scaling
    from gradcut.kernel_spec import KernelSpec

__all__ = ["closed_values", "neutral_values", "open_values", "starts"]


def open_values(spec: KernelSpec) -> NDArray[np.float64]:
    """Thresholds with which every cut is open; of a veto, both ends at plus infinity."""
    return _extreme(spec, cut_signs(spec))


def closed_values(spec: KernelSpec) -> NDArray[np.float64] | None:
    """Thresholds with which cuts keep nothing but missing values that pass.

    None where a threshold that closes one cut opens another.
    """
    if not loosening_signs(spec).all():
        return None
    return _extreme(spec, -cut_signs(spec))


def neutral_values(spec: KernelSpec) -> NDArray[np.float64]:
    """Thresholds with which every cut is as if it were not there.

    That is an open one, except for an alternative of others: one that nothing passes.
    """
    signs = cut_signs(spec).copy()
    if spec.tree is not None:
        signs[spec.tree.alternatives] *= -1
    return _extreme(spec, signs)


def _extreme(spec: KernelSpec, signs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Thresholds of cuts that everything passes, or nothing where the sign is negative."""
    values = np.zeros(len(spec.parameters))
    for cut in range(spec.n_cuts):
        low, high = -np.inf, np.inf
        if spec.kinds[cut] == KINDS["veto"]:
            low, high = (np.inf, np.inf) if signs[cut] >= 0 else (-np.inf, np.inf)
        elif signs[cut] < 0:
            low, high = (np.inf, np.inf) if spec.kinds[cut] == KINDS["window"] else (np.inf, -np.inf)
        if spec.low[cut] >= 0:
            values[spec.low[cut]] = low
        if spec.high[cut] >= 0:
            values[spec.high[cut]] = high
        if spec.tree is not None:
            of_terms = spec.tree.term_parameters[spec.tree.term_cuts == cut]
            values[of_terms] = low if spec.has_low(cut) else high
    return values


def starts(
    spec: KernelSpec, scaling: Scaling, n_random: int, given: list[NDArray[np.float64]], seed: int
) -> NDArray[np.float64]:
    """Thresholds in widths from the median, shape (starts, parameters): open, given ones, then random.

    A random start keeps between 50% and 99% of the events per cut, drawn alike for all its cuts so that
    loose and tight selections both occur; windows lose as much on either side, vetoes cover as much.
    """
    generator = stream(seed, "starts")
    rows = [scaling.within(scaling.standardise(open_values(spec)))]
    rows += [scaling.within(scaling.standardise(values)) for values in given]
    for _ in range(n_random):
        tightness = generator.uniform(0.02, 0.5)
        row = np.zeros(len(spec.parameters))
        for cut in range(spec.n_cuts):
            lost = tightness * generator.uniform(0.0, 1.0)
            low, high = (lost, 1 - lost)
            if spec.kinds[cut] == KINDS["window"]:
                low, high = lost / 2, 1 - lost / 2
            elif spec.kinds[cut] == KINDS["veto"]:
                middle = generator.uniform(0.2, 0.8)
                low, high = max(middle - lost / 2, 0.0), min(middle + lost / 2, 1.0)
            if spec.tree is not None and spec.tree.alternatives[cut]:
                low, high = 1 - lost, lost  # what others keep as well has to be tight
            for index, level in ((spec.low[cut], low), (spec.high[cut], high)):
                if index >= 0:
                    row[index] = np.interp(level, scaling.levels, scaling.quantiles[cut])
            level = low if spec.has_low(cut) else high
            for index, share in scaling.shares(cut):
                row[index] = share * np.interp(level, scaling.levels, scaling.quantiles[cut])
        rows.append(scaling.within(scaling.standardise(row)))
    return np.array(rows)
