"""Where fits start: wide open, at given selections, and at random quantiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradcut.kernel_spec import KINDS
from gradcut.randomness import stream

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.fitting.scaling import Scaling
    from gradcut.kernel_spec import KernelSpec

__all__ = ["closed_values", "open_values", "starts"]


def open_values(spec: KernelSpec) -> NDArray[np.float64]:
    """Thresholds with which every cut is open; of a veto, both ends at plus infinity."""
    values = np.zeros(len(spec.parameters))
    for cut in range(spec.n_cuts):
        if spec.kinds[cut] == KINDS["veto"]:
            values[spec.low[cut]], values[spec.high[cut]] = np.inf, np.inf
            continue
        if spec.low[cut] >= 0:
            values[spec.low[cut]] = -np.inf
        if spec.high[cut] >= 0:
            values[spec.high[cut]] = np.inf
    return values


def closed_values(spec: KernelSpec) -> NDArray[np.float64] | None:
    """Thresholds with which cuts keep nothing but missing values that pass.

    None where a threshold that closes one cut opens another.
    """
    values = np.full(len(spec.parameters), np.nan)
    for cut in range(spec.n_cuts):
        if spec.kinds[cut] == KINDS["window"]:
            wanted = ((spec.low[cut], np.inf), (spec.high[cut], np.inf))
        else:
            outward = -1.0 if spec.kinds[cut] == KINDS["veto"] else 1.0
            wanted = ((spec.low[cut], outward * np.inf), (spec.high[cut], -outward * np.inf))
        for at, closed in wanted:
            if at >= 0 and values[at] == -closed:
                return None
            if at >= 0:
                values[at] = closed
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
            for index, level in ((spec.low[cut], low), (spec.high[cut], high)):
                if index >= 0:
                    row[index] = np.interp(level, scaling.levels, scaling.quantiles[cut])
        rows.append(scaling.within(scaling.standardise(row)))
    return np.array(rows)
