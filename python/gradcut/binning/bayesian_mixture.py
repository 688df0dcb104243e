"""Mixtures by trial: weights and means around a start."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradcut.binning.bayesian import Search, Trial
from gradcut.binning.mixture_hard import improved, labels_of, within_limits
from gradcut.binning.mixture_parameters import Mixtures
from gradcut.objectives import AsimovSignificance, SeveralSignals

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.binning.limits import BinLimits
    from gradcut.binning.mixture_learner import MixtureLearner
    from gradcut.binning.mixture_problem import MixtureProblem
    from gradcut.objectives import Objective
    from gradcut.yields import YieldsLayout

__all__ = ["MixtureTrials", "guide"]

#: By how much a trial may change a logit, in typical leads of the most likely component, everywhere and per
#: spread of the events.
REACH = 0.3
#: So many of the best trials are brought to where no weight can be improved.
POLISHED = 3


def guide(layout: YieldsLayout) -> Objective:
    """The objective that the start is made for: a significance, which has the derivatives that it takes.

    The one that is searched for may have none.
    """
    one = AsimovSignificance(mc_stat=False)
    if len(layout.process_indices("signal")) < 2:
        return one
    return SeveralSignals(one, "product", others="background")


class MixtureTrials:
    """Mixtures as points of a unit cube.

    The start is the centre of the cube. A point adds planes ``a_k + b_k x`` to the logits of all components
    but the first, which changes their weights and means and leaves their covariances: bins less one, times
    columns and one, is how many numbers that takes.

    Parameters
    ----------
    learner : MixtureLearner
        Objective and limits.
    problem : MixtureProblem
        The events.
    starts : Mixtures
        Of these the best is started from; in leads of its most likely component.
    """

    def __init__(self, learner: MixtureLearner, problem: MixtureProblem, starts: Mixtures) -> None:
        self.learner, self.problem = learner, problem
        self.limits: BinLimits | None = learner.settings.limits
        labels = starts.logits(problem.cells.position).argmax(1)
        yields = problem.cells.partition(labels, starts.log_weights.shape[1])
        values = learner.objective.sign * learner.objective.hard(yields)
        self.start = starts.at(int(np.argmax(np.nan_to_num(values, nan=-np.inf))))

    @property
    def centre(self) -> NDArray[np.float64]:
        """The point of the start, shape (1, numbers)."""
        _, k, d = self.start.shifts.shape
        return np.full((1, (k - 1) * (d + 1)), 0.5)

    def mixture(self, point: NDArray[np.float64]) -> Mixtures:
        """The mixture of a point."""
        factors, shifts = self.start.factors[0], self.start.shifts[0]
        k, d = shifts.shape
        planes = np.zeros((k, d + 1))
        planes[1:] = REACH * (2 * point.reshape(k - 1, d + 1) - 1)
        # log w - |A x - c|^2 / 2 + a + b x is complete with c' = c + A^-T b.
        moved = np.linalg.solve(np.swapaxes(factors, 1, 2), planes[:, 1:, None])[..., 0]
        weights = self.start.log_weights[0] + planes[:, 0] + (shifts * moved).sum(1) + (moved**2).sum(1) / 2
        return Mixtures(weights[None], (shifts + moved)[None], factors[None])

    def evaluate(self, point: NDArray[np.float64]) -> Trial:
        """Try one point."""
        mixture, cells = self.mixture(point), self.problem.cells
        labels, n_bins = labels_of(mixture, cells), len(mixture.log_weights[0])
        yields = cells.partition(labels[None], n_bins)
        excess = 0.0 if not self.limits else float(self.limits.excess(yields).min())
        kept = within_limits(mixture, cells, self.limits)
        yields = cells.partition(labels_of(kept, cells)[None], len(kept.log_weights[0]))
        value = float(self.learner.objective.hard(yields)[0])
        if self.limits and float(self.limits.excess(yields).min()) < 0:
            value = float("nan")
        return Trial(value, excess, self._named(mixture))

    def search(self, name: str) -> Search:
        """The search, to be run."""
        learner = self.learner
        return Search(
            name,
            self.centre,
            self.evaluate,
            learner.objective.sign,
            learner.settings,
            learner.journal,
            learner.progress,
        )

    def best(self, search: Search) -> list[Mixtures]:
        """Regions of the best trials, within the limits, weights moved as long as that is better."""
        points = self.centre
        if points.size and search.trials.step:
            points = search.trials.points[search.trials.order(search.sign)[:POLISHED]]
        cells, objective = self.problem.cells, self.learner.objective
        kept = [within_limits(self.mixture(point), cells, self.limits) for point in points]
        return [improved(one, cells, objective, self.limits) for one in kept]

    def _named(self, mixture: Mixtures) -> dict[str, float]:
        """Weights and means, in the coordinates of the declaration."""
        names, problem = self.learner.binning.names, self.problem
        means = mixture.means[0] * problem.scale + problem.centre
        shown = {f"log_weight:{k}": float(w) for k, w in enumerate(mixture.log_weights[0])}
        for k, mean in enumerate(means):
            shown.update((f"mean:{k}:{name}", float(one)) for name, one in zip(names, mean, strict=True))
        return shown
