"""Gaussian mixtures as regions, in the units in which they are learned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradcut.binning.bins_spec import BinsSpec
from gradcut.binning.learned_mixture import LearnedMixture
from gradcut.binning.limits import BinLimits
from gradcut.binning.lloyd import lloyd
from gradcut.binning.mixture_means import domain_of, inside, inside_alike
from gradcut.binning.mixture_parameters import (
    Mixtures,
    free_of,
    mixtures_of,
    points_of,
    pull_back,
    scaled,
)
from gradcut.binning.mixture_starts import Worth, by_moments
from gradcut.binning.region_hard import labels_of, within_limits
from gradcut.binning.regions import at, typical_lead

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.binning.cells import Cells
    from gradcut.binning.mixture import MixtureBinning
    from gradcut.binning.mixture_problem import MixtureProblem
    from gradcut.objectives import Objective

__all__ = ["MixtureFamily"]

#: Restarts of Lloyd's iteration, and how often it is begun; half as often as there are starts, at least.
RESTARTS, MIN_SEEDS = 8, 3
#: Starts whose hard objective is behind the best one by more than this part are not followed.
BEHIND = 0.04
#: Effective entries of the background in every region of a start, where no other limit is given.
LEAST_ENTRIES = 4.0
#: By how much a trial may change a logit, in typical leads of the most likely component, everywhere and per
#: spread of the events.
REACH = 0.3


class MixtureFamily:
    """Mixtures of some events.

    Parameters
    ----------
    problem : MixtureProblem
        The events, of a :class:`gradcut.binning.mixture.MixtureBinning`.
    """

    given: Mixtures | None = None
    ordered = True
    n_refined = 1

    def __init__(self, problem: MixtureProblem) -> None:
        self.problem = problem
        self.binning: MixtureBinning = problem.binning  # type: ignore[assignment]
        self.domain = domain_of(problem, self.binning)

    def n_regions(self, free: NDArray[np.float64]) -> int:
        """Number of components."""
        d = len(self.binning.names)
        return int(free.shape[1] // (1 + d + d * (d + 1) // 2))

    def starts(
        self, n_bins: int, objective: Objective, limits: BinLimits | None, count: int, seed: int
    ) -> Mixtures:
        """Mixtures that come close to partitions by Lloyd's iteration."""
        cells, sizes, domain = self.problem.cells, self.problem.sizes, self.domain
        kept = limits or BinLimits(min_entries=LEAST_ENTRIES)
        worth = Worth(cells, sizes, objective)
        found: list[tuple[int, float, Mixtures]] = []
        for number in range(max(MIN_SEEDS, count // 2)):
            labels = lloyd(cells, objective, n_bins, limits, restarts=RESTARTS, seed=seed + number).labels
            own_covariance = by_moments(cells, sizes, labels, n_bins, shared=False)
            alike = [by_moments(cells, sizes, labels, n_bins, shared=True), worth.mixture(labels, n_bins)]
            if domain is not None:
                own_covariance = inside(own_covariance, domain)
                alike = [inside_alike(one, domain) for one in alike]
            for made in (own_covariance, *alike):
                mixture = within_limits(made, cells, kept)
                own = mixture.log_weights.shape[1]
                yields = cells.partition(labels_of(mixture, cells)[None], own)
                found.append((own, float(objective.sign * objective.hard(yields)[0]), mixture))
        # Those that kept all their regions, the best first; what is far behind does not catch up.
        found.sort(key=lambda one: one[:2], reverse=True)
        most, best, _ = found[0]
        chosen = [m for own, value, m in found if own == most and value >= best - BEHIND * abs(best)]
        mixtures = Mixtures(*(np.concatenate(arrays) for arrays in zip(*chosen[:count], strict=True)))
        return scaled(mixtures, self._lead(mixtures))

    def free_of(self, regions: Mixtures) -> NDArray[np.float64]:
        """Free numbers; where means have a domain, those of the means are in the place of the shifts."""
        free = free_of(regions)
        if self.domain is not None:
            self._of_means(free, regions)[...] = self.domain.free(self.domain.projected(regions.means))
        return free

    def of_free(self, free: NDArray[np.float64]) -> Mixtures:
        """The mixtures of free numbers."""
        mixtures = mixtures_of(free, self.n_regions(free), len(self.binning.names))
        if self.domain is None:
            return mixtures
        means = self.domain.means(self._of_means(free, mixtures))
        return mixtures._replace(shifts=(mixtures.factors @ means[..., None])[..., 0])

    def points(self, regions: Mixtures, temperatures: NDArray[np.float64]) -> NDArray[np.float64]:
        """Parameters of the kernels."""
        return points_of(regions, temperatures)

    def pull_back(
        self, free: NDArray[np.float64], regions: Mixtures, gradient: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Derivatives in the free numbers of derivatives in the parameters of the kernels."""
        if self.domain is None:
            return pull_back(regions, gradient)
        found = pull_back(regions, gradient, at_means=True)
        by_mean = self._of_means(found, regions)
        by_mean[...] = self.domain.pull_back(self._of_means(free, regions), by_mean)
        return found

    def spec(self, regions: Mixtures) -> BinsSpec:
        """The mixture for the kernels."""
        k = regions.log_weights.shape[1]
        return BinsSpec("mixture", "logistic", self.binning.names, n_components=k)

    def learned(self, regions: Mixtures, temperature: float | None) -> LearnedMixture:
        """The mixture in the coordinates of the declaration."""
        problem = self.problem
        factors = regions.factors[0] / problem.scale
        means = regions.means[0] * problem.scale + problem.centre
        # The determinant of the scale is the same for all.
        weights = regions.log_weights[0] - regions.log_weights[0].max()
        return LearnedMixture(self.binning, weights, means, factors)

    def closer(self, regions: Mixtures, seed: int) -> Cells | None:
        """None: few columns are divided finely enough."""
        return None

    def n_moves(self, regions: Mixtures) -> int:
        """Bins less one, times columns and one."""
        _, k, d = regions.shifts.shape
        return int((k - 1) * (d + 1))

    def moved(self, regions: Mixtures, point: NDArray[np.float64]) -> Mixtures:
        """Add planes ``a_k + b_k x`` to the logits of all components but the first.

        It changes their weights and means and leaves their covariances.
        """
        factors, shifts = regions.factors[0], regions.shifts[0]
        k, d = shifts.shape
        planes = np.zeros((k, d + 1))
        planes[1:] = REACH * (2 * point.reshape(k - 1, d + 1) - 1)
        # log w - |A x - c|^2 / 2 + a + b x is complete with c' = c + A^-T b.
        change = np.linalg.solve(np.swapaxes(factors, 1, 2), planes[:, 1:, None])[..., 0]
        weights = regions.log_weights[0] + planes[:, 0] + (shifts * change).sum(1) + (change**2).sum(1) / 2
        found = Mixtures(weights[None], (shifts + change)[None], factors[None])
        return found if self.domain is None else inside(found, self.domain)

    def named(self, regions: Mixtures) -> dict[str, float]:
        """Weights and means, in the coordinates of the declaration."""
        means = regions.means[0] * self.problem.scale + self.problem.centre
        shown = {f"log_weight:{k}": float(w) for k, w in enumerate(regions.log_weights[0])}
        for k, mean in enumerate(means):
            names = zip(self.binning.names, mean, strict=True)
            shown.update((f"mean:{k}:{name}", float(one)) for name, one in names)
        return shown

    def _of_means(self, numbers: NDArray[np.float64], regions: Mixtures) -> NDArray[np.float64]:
        """View of the part of free numbers that means are made of, shape (points, components, columns)."""
        _, k, d = regions.shifts.shape
        return numbers[:, k : k + k * d].reshape(len(numbers), k, d)

    def _lead(self, mixtures: Mixtures) -> NDArray[np.float64]:
        """Typical lead of the most likely component, per start."""
        found = []
        for point in range(len(mixtures.log_weights)):
            logits = at(mixtures, point).logits(self.problem.cells.position)[0]
            if len(logits) == 1:
                found.append(1.0)
                continue
            top = np.partition(logits, -2, axis=0)[-2:]
            lead = typical_lead(top[1] - top[0], self.problem.sizes)
            found.append(max(lead, 1e-9))
        return np.array(found)
