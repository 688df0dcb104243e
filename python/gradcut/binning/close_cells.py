"""Cells that are fine where the bins of outputs meet, however many outputs there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradcut.binning.cells import Cells
from gradcut.binning.filling import Events
from gradcut.binning.tree_cells import grown
from gradcut.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.binning.mixture_problem import MixtureProblem
    from gradcut.binning.softmax_family import Softmaxes

__all__ = ["close_cells"]

#: Splits on the way to a cell.
DEPTH = 15
#: Events are close to a boundary where the largest output leads by less than this part of its median lead.
CLOSE = 0.1


def close_cells(problem: MixtureProblem, regions: Softmaxes, seed: int) -> Cells:
    """Sum events into cells by how far outputs with their biases are behind the largest one.

    What is far from all boundaries is in few cells, and the others are where biases decide. Positions are
    those of the outputs but for what is common to all of them, which decides nothing.

    Parameters
    ----------
    problem : MixtureProblem
        The events.
    regions : Softmaxes
        One set of outputs.
    seed : int
        Of the sample that the cells are grown from, where there are many events.
    """
    events = Events(problem.tables, problem.binning.spec)
    behind = []
    for segment in events.segments:
        columns = problem.binning.placed(segment.columns)
        x = (np.stack(columns) - problem.centre[:, None]) / problem.scale[:, None]
        logits = regions.logits(x)[0]
        behind.append(logits - logits.max(0))
    nominal = [i for i, s in enumerate(events.segments) if s.at[2] == 0 and s.n_events]
    every = np.concatenate([behind[i] for i in nominal], axis=1)
    size = np.concatenate([np.abs(events.segments[i].weights).astype(np.float64) for i in nominal])
    good = np.isfinite(every).all(0) & (size > 0)
    if not good.any():
        raise DataError("no event has all values", where=", ".join(problem.binning.names))
    every = every[:, good]
    lead = -np.partition(every, -2, axis=0)[-2] if len(every) > 1 else np.ones(every.shape[1])
    near = max(CLOSE * float(np.median(lead)), 1e-12)
    # An event counts the more, the closer it is, whatever its weight: tails of the background need cells.
    tree = grown([_drawn(row, near) for row in every], 1 / (lead + near), DEPTH, seed)
    cell_of = tree.cell([_drawn(row, near) for row in every])
    total = np.bincount(cell_of, minlength=1 << DEPTH)
    used = np.flatnonzero(total)
    position = np.zeros((len(problem.centre), len(used)))
    for output, bias, row in zip(regions.outputs[0], regions.log_weights[0], every, strict=True):
        position[output] = np.bincount(cell_of, row, 1 << DEPTH)[used] / total[used] - bias
    number = np.full((1 << DEPTH) + 1, -1, dtype=np.int64)  # the last one is that of -1
    number[used] = np.arange(len(used))
    labels = [number[tree.cell([_drawn(row, near) for row in own])] for own in behind]
    nothing = [np.zeros(len(label), dtype=np.int64) for label in labels]
    rows = events.filled(labels, nothing, len(used), ())
    return Cells(events.layout, position, rows, np.zeros(0))


def _drawn(behind: NDArray[np.float64], near: float) -> NDArray[np.float64]:
    """How far an output is behind, with what is far away drawn together."""
    return np.asarray(-np.log1p(-behind / near))
