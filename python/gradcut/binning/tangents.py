"""What a cell is worth in a bin: the gradient of the objective at the bin, times what is in the cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.binning.cells import Cells
    from gradcut.objectives.base import Objective
    from gradcut.yields import Yields

__all__ = ["Tangents"]


class Tangents:
    """Cells, an objective and a number of bins; labels have the shape (starts, cells).

    Parameters
    ----------
    cells : Cells
        What is divided.
    objective : Objective
        What for.
    n_bins : int
        Into how many bins.
    shown : ndarray of shape (rows, cells), optional
        What cells are judged by instead of what is in them.
    """

    def __init__(
        self, cells: Cells, objective: Objective, n_bins: int, shown: NDArray[np.float64] | None = None
    ) -> None:
        self.cells, self.objective, self.n_bins = cells, objective, n_bins
        flat = cells.rows.reshape(-1, cells.n_cells)
        #: Sums as a matrix of shape (rows, cells); the rows of bins with given edges are rows of their own.
        self.rows = flat if shown is None else shown
        self._used = np.flatnonzero(np.abs(self.rows).sum(1) > 0)

    def sums(self, labels: NDArray[np.int64]) -> NDArray[np.float64]:
        """Sums in all bins, shape (starts, bins, rows)."""
        n_starts = len(labels)
        flat = (labels + self.n_bins * np.arange(n_starts)[:, None]).ravel()
        made = np.zeros((n_starts, self.n_bins, len(self.rows)))
        for row in self._used:
            weights = np.broadcast_to(self.rows[row], labels.shape).ravel()
            made[:, :, row] = np.bincount(flat, weights, n_starts * self.n_bins).reshape(n_starts, -1)
        return made

    def yields_of(self, sums: NDArray[np.float64]) -> Yields:
        """Yields of sums of shape (points, bins, rows)."""
        shaped = sums.reshape((*sums.shape[:2], *self.cells.rows.shape[:5]))
        return self.cells.made(np.moveaxis(shaped, (0, 1), (1, 5)))

    def yields(self, labels: NDArray[np.int64]) -> Yields:
        """Yields of all bins."""
        return self.yields_of(self.sums(labels))

    def merit(self, labels: NDArray[np.int64]) -> NDArray[np.float64]:
        """Hard value per start, better when larger."""
        merit = self.objective.sign * self.objective.hard(self.yields(labels))
        return np.where(np.isnan(merit), -np.inf, merit)

    def slopes(self, yields: Yields) -> NDArray[np.float64]:
        """Derivatives of the merit in what is in each bin, shape (starts, bins, rows)."""
        _, cotangents = self.objective.gradient(yields)
        given = np.array([np.broadcast_to(c, yields.moments.sum_w.shape) for c in cotangents])
        given = given.reshape(
            (*given.shape[:-1], -1, self.cells.n_fixed)
        )  # (3, points, c, p, v, bins, fixed)
        moved = np.moveaxis(given, (1, 5), (0, 1))
        return self.objective.sign * moved.reshape((*moved.shape[:2], -1))

    def worth(self, labels: NDArray[np.int64]) -> NDArray[np.float64]:
        """Worth of each cell in each bin, shape (starts, bins, cells)."""
        slopes = self.slopes(self.yields(labels))
        n_starts, _, n_rows = slopes.shape
        used = np.flatnonzero(np.abs(slopes).reshape(-1, n_rows).max(0, initial=0) > 0)
        flat = slopes.reshape(-1, n_rows)[:, used] @ self.rows[used]
        return flat.reshape(n_starts, self.n_bins, -1)

    def assigned(self, labels: NDArray[np.int64]) -> NDArray[np.int64]:
        """Each cell in the bin where it is worth most; bins that lose all of them take the worst placed."""
        worth = self.worth(labels)
        made = worth.argmax(1)
        for start, own in enumerate(made):
            missing = np.setdiff1d(np.arange(self.n_bins), own)
            if len(missing):
                lost = self._alone() - worth[start].max(0)
                own[np.argsort(-lost, kind="stable")[: len(missing)]] = missing
        return np.asarray(made, dtype=np.int64)

    def _alone(self) -> NDArray[np.float64]:
        """What each cell is worth in a bin of its own, when all are."""
        return np.asarray((self.own_slopes() * self.rows.T).sum(1))

    def own_slopes(self) -> NDArray[np.float64]:
        """Slopes of every cell as a bin of its own, shape (cells, rows)."""
        if not hasattr(self, "_own"):
            slopes = self.slopes(self.yields_of(self.rows.T[None]))[0]
            self._own = np.where(np.isfinite(slopes), slopes, 0.0)
        return self._own

    def starts(self, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """Labels to start from: bins along ratios of signals to background, and around cells that differ."""
        made = [self._along_ratio(rng, number) for number in range((count + 2) // 3)]
        made += [self._around_cells(rng) for _ in range(count - len(made))]
        return np.array(made, dtype=np.int64)

    def _along_ratio(self, rng: np.random.Generator, number: int) -> NDArray[np.int64]:
        """Bins of equal shares of signal and background along the ratio of a mixture of signals."""
        layout, sum_w = self.cells.layout, self.cells.sums[1][:, :, 0].sum(0)
        signals = np.array([sum_w[p] for p in layout.process_indices("signal")])
        background = np.maximum(sum_w[layout.process_indices("background")].sum(0), 0)
        share = rng.dirichlet(np.ones(len(signals))) if number else np.full(len(signals), 1 / len(signals))
        size = np.maximum(signals, 0) / np.maximum(signals.sum(1, keepdims=True), 1e-300)
        mixed = share @ size
        ratio = mixed / np.maximum(background, 1e-9 * max(background.sum(), 1e-300) / len(background))
        order = np.argsort(ratio, kind="stable")
        power = (0.5, 0.0, 1.0)[number % 3]
        mass = np.cumsum((mixed**power * (background / max(background.sum(), 1e-300)) ** (1 - power))[order])
        labels = np.empty(len(order), dtype=np.int64)
        labels[order] = (self.n_bins * mass / mass[-1] * (1 - 1e-12)).astype(np.int64)
        return labels.clip(0, self.n_bins - 1)

    def _around_cells(self, rng: np.random.Generator) -> NDArray[np.int64]:
        """Bins around cells drawn one after the other, where those before lose most (k-means++)."""
        own = self.own_slopes()
        alone = self._alone()
        best = np.full(self.cells.n_cells, -np.inf)
        labels = np.zeros(self.cells.n_cells, dtype=np.int64)
        chances = np.abs(self.rows).sum(0)
        for k in range(self.n_bins):
            total = chances.sum()
            at = int(rng.choice(len(best), p=chances / total if total > 0 else None))
            worth = own[at] @ self.rows
            labels[worth > best] = k
            best = np.maximum(best, worth)
            chances = np.maximum(alone - best, 0.0)
        return labels
