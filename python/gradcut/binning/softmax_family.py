"""The softmax of outputs as regions: biases in units of the typical lead of the largest output."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gradcut.binning.bins_spec import BinsSpec
from gradcut.binning.close_cells import close_cells
from gradcut.binning.learned_softmax import LearnedSoftmax

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.binning.cells import Cells
    from gradcut.binning.limits import BinLimits
    from gradcut.binning.mixture_problem import MixtureProblem
    from gradcut.binning.softmax import SoftmaxBinning
    from gradcut.objectives import Objective

__all__ = ["SoftmaxFamily", "Softmaxes"]

#: Rounds towards equal shares of the events, and how far each goes.
ROUNDS, PACE = 60, 0.5
#: Spread of random biases, and by how much a trial may change one, in typical leads.
SPREAD, REACH = 1.0, 2.0


class Softmaxes(NamedTuple):
    """Several sets of as many outputs with their biases."""

    #: Biases, shape (points, outputs).
    log_weights: NDArray[np.float64]
    #: Which columns the outputs are, shape (points, outputs).
    outputs: NDArray[np.int64]

    def logits(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Logits at positions of shape (columns, n), shape (points, outputs, n)."""
        return np.asarray(x[self.outputs] + self.log_weights[..., None])


class SoftmaxFamily:
    """Outputs of a network, one bin each.

    Parameters
    ----------
    problem : MixtureProblem
        The events, of a :class:`gradcut.binning.softmax.SoftmaxBinning`.
    """

    ordered = False
    n_refined = 2

    def __init__(self, problem: MixtureProblem) -> None:
        self.problem = problem
        self.binning: SoftmaxBinning = problem.binning  # type: ignore[assignment]
        self._unit = float(problem.scale[0])

    @property
    def given(self) -> Softmaxes | None:
        """Biases that were given."""
        biases = self.binning.biases
        if biases is None:
            return None
        return self._all((np.asarray(biases) + self.problem.centre)[None] / self._unit)

    def n_regions(self, free: NDArray[np.float64]) -> int:
        """Number of outputs."""
        return int(free.shape[1])

    def starts(
        self, n_bins: int, objective: Objective, limits: BinLimits | None, count: int, seed: int
    ) -> Softmaxes:
        """Outputs as they are, with equal shares of signals and background, and at random."""
        x = self.problem.cells.position
        size = self.problem.sizes / self.problem.sizes.sum()
        even = np.zeros(n_bins)
        for _ in range(ROUNDS):
            share = np.bincount((x + even[:, None]).argmax(0), size, n_bins)
            even -= PACE * np.clip(np.log(np.maximum(share, 1e-6) * n_bins), -1, 1)
        plain = self.problem.centre / self._unit
        rng = np.random.default_rng(seed)
        rows = [plain, even, np.zeros(n_bins)]
        rows += [even + SPREAD * rng.normal(size=n_bins) for _ in range(count - len(rows))]
        return self._all(np.stack(rows[:count]))

    def free_of(self, regions: Softmaxes) -> NDArray[np.float64]:
        """The biases."""
        return regions.log_weights

    def of_free(self, free: NDArray[np.float64]) -> Softmaxes:
        """All outputs with these biases."""
        return self._all(free)

    def points(self, regions: Softmaxes, temperatures: NDArray[np.float64]) -> NDArray[np.float64]:
        """Parameters of the kernels."""
        return np.hstack([regions.log_weights, temperatures[:, None]])

    def pull_back(
        self, free: NDArray[np.float64], regions: Softmaxes, gradient: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Derivatives in the biases, of which a common one decides nothing."""
        by_bias = gradient[:, :-1]
        return np.asarray(by_bias - by_bias.mean(1, keepdims=True))

    def spec(self, regions: Softmaxes) -> BinsSpec:
        """The outputs that are left, of one set."""
        names = tuple(self.binning.names[i] for i in regions.outputs[0])
        return BinsSpec("softmax", "logistic", names, n_components=len(names))

    def learned(self, regions: Softmaxes, temperature: float | None) -> LearnedSoftmax:
        """Biases in the unit of the coordinates; their mean is zero where they are not given."""
        outputs = regions.outputs[0]
        biases = regions.log_weights[0] * self._unit - self.problem.centre[outputs]
        declared = self.binning.biases
        biases = biases - biases.mean() if declared is None else np.asarray(declared)[outputs]
        return LearnedSoftmax(
            self.binning,
            tuple(int(i) for i in outputs),
            biases,
            None if temperature is None else temperature * self._unit,
        )

    def closer(self, regions: Softmaxes, seed: int) -> Cells:
        """Cells of many outputs are coarse: others, by how far outputs are behind the largest one."""
        return close_cells(self.problem, regions, seed)

    def n_moves(self, regions: Softmaxes) -> int:
        """One bias less than there are."""
        return int(regions.log_weights.shape[1]) - 1

    def moved(self, regions: Softmaxes, point: NDArray[np.float64]) -> Softmaxes:
        """Biases around a start."""
        change = np.concatenate([[0.0], REACH * (2 * point.reshape(-1) - 1)])
        return regions._replace(log_weights=regions.log_weights + change)

    def named(self, regions: Softmaxes) -> dict[str, float]:
        """Biases by output."""
        found = self.learned(regions, None)
        return {
            f"bias:{self.binning.names[i]}": float(bias)
            for i, bias in zip(found.outputs, found.biases, strict=True)
        }

    def _all(self, biases: NDArray[np.float64]) -> Softmaxes:
        outputs = np.broadcast_to(np.arange(biases.shape[1]), biases.shape)
        return Softmaxes(biases, outputs)
