"""Events of several columns in cells, in units in which regions are learned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gradcut.binning.cells import Cells
from gradcut.binning.filling import Events
from gradcut.binning.tree_cells import grown
from gradcut.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.binning.mixture import MixtureBinning
    from gradcut.binning.softmax import SoftmaxBinning
    from gradcut.samples import EventTables

__all__ = ["MixtureProblem"]

#: Splits on the way to a cell: two to this power is the number of cells.
DEPTH = 14


@dataclass(frozen=True, eq=False)
class MixtureProblem:
    """Events in cells.

    Parameters
    ----------
    binning : MixtureBinning or SoftmaxBinning
        The declaration.
    tables : EventTables
        The events.
    cells : Cells
        Positions are those of the coordinates less ``centre``, over ``scale``.
    centre, scale : ndarray of float64, shape (columns,)
        Where signals and background together are, and how wide they are spread; see ``binning.units``.
    sizes : ndarray of float64, shape (cells,)
        How much there is of signals and background, each of which counts alike.
    """

    binning: MixtureBinning | SoftmaxBinning
    tables: EventTables
    cells: Cells
    centre: NDArray[np.float64]
    scale: NDArray[np.float64]
    sizes: NDArray[np.float64]

    @classmethod
    def of(cls, binning: MixtureBinning | SoftmaxBinning, tables: EventTables, seed: int) -> MixtureProblem:
        """Sum events into cells.

        Raises
        ------
        DataError
            If no event has all values, or all are in one point.
        """
        events = Events(tables, binning.spec)
        layout = events.layout
        columns = [binning.placed(segment.columns) for segment in events.segments]
        x: list[NDArray[np.float64]] = []
        w: list[NDArray[np.float64]] = []
        groups = [[p] for p in layout.process_indices("signal")] + [layout.process_indices("background")]
        for group in groups:
            chosen = [
                i for i, s in enumerate(events.segments) if s.at[2] == 0 and s.at[1] in group and s.n_events
            ]
            if not chosen:
                continue
            place = np.concatenate([np.stack(columns[i], axis=1) for i in chosen])
            size = np.concatenate([np.abs(events.segments[i].weights) for i in chosen])
            good = np.isfinite(place).all(1) & (size > 0)
            if good.any():
                x.append(place[good])
                w.append(size[good] / size[good].sum())
        if not x:
            raise DataError(
                "no event has all values",
                where=", ".join(binning.names),
                given="NaN, infinite or of weight zero in all signal and background events",
            )
        place, size = np.concatenate(x), np.concatenate(w) / len(w)
        centre, scale = binning.units(place, size)
        varies = scale > 1e-9 * np.abs(centre)
        if not varies.all():
            flat = [name for name, one in zip(binning.names, varies, strict=True) if not one]
            raise DataError("all events are in one point, there is nothing to divide", where=", ".join(flat))
        place = (place - centre) / scale
        tree = grown(place.T, size, DEPTH, seed)
        cell_of = tree.cell(place.T)
        total = np.bincount(cell_of, size, 1 << DEPTH)
        position = np.array([np.bincount(cell_of, size * p, 1 << DEPTH) for p in place.T])
        used = np.flatnonzero(total > 0)
        number = np.full((1 << DEPTH) + 1, -1, dtype=np.int64)  # the last one is that of -1
        number[used] = np.arange(len(used))
        labels = [
            number[tree.cell([(c - m) / s for c, m, s in zip(own, centre, scale, strict=True)])]
            for own in columns
        ]
        nothing = [np.zeros(len(label), dtype=np.int64) for label in labels]
        rows = events.filled(labels, nothing, len(used), ())
        cells = Cells(layout, position[:, used] / total[used], rows, np.zeros(0))
        return cls(binning, tables, cells, centre, scale, np.asarray(total[used], dtype=np.float64))
