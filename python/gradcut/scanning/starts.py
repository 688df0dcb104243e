"""Where a scan starts: the signal that may be lost, shared out among the cuts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradcut.fitting.scaling import weighted_quantiles
from gradcut.fitting.shares import shared_out
from gradcut.kernel_spec import KINDS
from gradcut.randomness import stream

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.engines.segments import Segment
    from gradcut.kernel_spec import KernelSpec
    from gradcut.scanning.quantile_map import QuantileMap

__all__ = ["starts"]

#: Concentration of the random shares: below one, so that most starts favour some of the cuts.
CONCENTRATION = 0.5
#: Scores by which a cut that has nothing to cut on is away from its feature.
AWAY = 2.0


def starts(
    spec: KernelSpec,
    coordinates: QuantileMap,
    signal: list[Segment],
    targets: NDArray[np.float64],
    n_starts: int,
    seed: int,
) -> NDArray[np.float64]:
    """Scores of shape (starts, working points, parameters).

    The first start shares the loss equally, the others at random; all working points of a start share it in
    the same way. A window loses on both sides; a veto lies where it is drawn.
    """
    generator = stream(seed, "scan starts")
    levels = np.linspace(0, 1, 513)
    quantiles = []
    for cut in range(spec.n_cuts):
        values, weights = zip(*(segment.flat(cut) for segment in signal), strict=True)
        positive = np.maximum(np.concatenate(weights), 0)
        quantiles.append(weighted_quantiles(np.concatenate(values), positive, levels))
    n, rows = len(spec.parameters), []
    ends = [(c, p, is_low) for c in range(spec.n_cuts) for p, is_low in _ends(spec, c)]
    for number in range(n_starts):
        alike = number == 0
        share = np.full(len(ends), 1.0) if alike else generator.dirichlet(np.full(len(ends), CONCENTRATION))
        share = share / share.sum()
        middle = np.full(spec.n_cuts, 0.5) if alike else generator.uniform(0.1, 0.9, spec.n_cuts)
        family = np.zeros((len(targets), n))
        kept = None
        if spec.tree is not None:
            kept = shared_out(spec, targets, None if alike else generator, CONCENTRATION)
        for (cut, parameter, is_low), part in zip(ends, share, strict=True):
            lost = 1 - targets**part
            if kept is not None:
                lost = (1 - kept[cut]) / (1 if spec.low[cut] < 0 or spec.high[cut] < 0 else 2)
            if spec.kinds[cut] == KINDS["veto"]:
                level = middle[cut] + (-lost if is_low else lost)
            else:
                level = lost if is_low else 1 - lost
            family[:, parameter] = np.interp(level, levels, quantiles[cut])
        scores = coordinates.free(np.nan_to_num(family))
        for cut, parameter, is_low in ends:
            # A smooth cut at the only value of a feature would lose half of everything.
            if quantiles[cut][0] == quantiles[cut][-1] and spec.kinds[cut] != KINDS["veto"]:
                open_low, open_high = coordinates.lowest - AWAY, coordinates.highest + AWAY
                scores[:, parameter] = (open_low if is_low else open_high)[parameter]
        rows.append(scores)
    return np.array(rows)


def _ends(spec: KernelSpec, cut: int) -> list[tuple[int, bool]]:
    found = [(int(spec.low[cut]), True), (int(spec.high[cut]), False)]
    return [(parameter, is_low) for parameter, is_low in found if parameter >= 0]
