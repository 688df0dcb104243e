"""Regions by trial: weights, and means of mixtures, around a start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.binning.bayesian import Search, Trial
from gradcut.binning.region_hard import improved, labels_of, within_limits
from gradcut.binning.regions import at
from gradcut.objectives import AsimovSignificance, SeveralSignals

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.binning.limits import BinLimits
    from gradcut.binning.mixture_problem import MixtureProblem
    from gradcut.binning.region_learner import RegionLearner
    from gradcut.binning.regions import Family
    from gradcut.objectives import Objective
    from gradcut.yields import YieldsLayout

__all__ = ["RegionTrials", "guide"]

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


class RegionTrials:
    """Regions as points of a unit cube, whose centre is the start.

    Parameters
    ----------
    learner : RegionLearner
        Objective and limits.
    family : Family
        What a point is.
    problem : MixtureProblem
        The events.
    starts : Mixtures or Softmaxes
        Of these the best is started from; in leads of its largest logit.
    """

    def __init__(
        self, learner: RegionLearner, family: Family[Any], problem: MixtureProblem, starts: Any
    ) -> None:
        self.learner, self.family, self.problem = learner, family, problem
        self.limits: BinLimits | None = learner.settings.limits
        labels = starts.logits(problem.cells.position).argmax(1)
        yields = problem.cells.partition(labels, starts.log_weights.shape[1])
        values = learner.objective.sign * learner.objective.hard(yields)
        self.start = at(starts, int(np.argmax(np.nan_to_num(values, nan=-np.inf))))

    @property
    def centre(self) -> NDArray[np.float64]:
        """The point of the start, shape (1, numbers)."""
        return np.full((1, self.family.n_moves(self.start)), 0.5)

    def evaluate(self, point: NDArray[np.float64]) -> Trial:
        """Try one point."""
        mixture, cells = self.family.moved(self.start, point), self.problem.cells
        labels, n_bins = labels_of(mixture, cells), len(mixture.log_weights[0])
        yields = cells.partition(labels[None], n_bins)
        excess = 0.0 if not self.limits else float(self.limits.excess(yields).min())
        kept = within_limits(mixture, cells, self.limits)
        yields = cells.partition(labels_of(kept, cells)[None], len(kept.log_weights[0]))
        value = float(self.learner.objective.hard(yields)[0])
        if self.limits and float(self.limits.excess(yields).min()) < 0:
            value = float("nan")
        return Trial(value, excess, self.family.named(mixture))

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

    def best(self, search: Search) -> list[Any]:
        """Regions of the best trials, within the limits, weights moved as long as that is better."""
        points = self.centre
        if points.size and search.trials.step:
            points = search.trials.points[search.trials.order(search.sign)[:POLISHED]]
        cells, objective = self.problem.cells, self.learner.objective
        kept = [within_limits(self.family.moved(self.start, point), cells, self.limits) for point in points]
        return [improved(one, cells, objective, self.limits) for one in kept]
