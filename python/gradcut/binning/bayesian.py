"""Bayesian optimisation: trials in a unit cube, one after the other, each where most is to be expected."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gradcut.binning.bayesian_model import proposed, sobol
from gradcut.fitting.tasks import Progress

if TYPE_CHECKING:
    from gradcut.binning.settings import BinSettings
    from gradcut.fitting.journal import Journal

__all__ = ["Search", "Trial", "Trials"]

#: Trials at points of a Sobol sequence: at least, and as a part of all.
LEAST_FIRST, PART_FIRST = 4, 3


@dataclass(frozen=True)
class Trial:
    """What one set of hard bins is like.

    Parameters
    ----------
    value : float
        Of the objective, of bins that were brought to the limits; NaN where that is not possible.
    excess : float
        By how much the bins met the tightest limit as they were tried, see :meth:`BinLimits.excess`.
    shown : mapping of str to float
        The parameters, for the history.
    """

    value: float
    excess: float
    shown: Mapping[str, float]


@dataclass
class Trials:
    """Everything that was tried, as plain data; the next trial follows from it."""

    points: NDArray[np.float64]
    values: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    excess: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))

    @property
    def step(self) -> int:
        """Number of trials."""
        return len(self.values)

    @classmethod
    def stored(cls, arrays: Mapping[str, NDArray[np.float64]], plain: Mapping[str, Any]) -> Trials:
        """Trials from what :meth:`arrays` and :meth:`plain` gave."""
        made = cls(arrays["points"], arrays["values"], arrays["excess"])
        if not len(made.points) == len(made.excess) == made.step == int(plain["step"]):
            raise ValueError("trials and their values are not as many")
        return made

    def arrays(self) -> dict[str, NDArray[Any]]:
        """All arrays by name, for a checkpoint."""
        return {"points": self.points, "values": self.values, "excess": self.excess}

    def plain(self) -> dict[str, int]:
        """All numbers by name, for a checkpoint."""
        return {"step": self.step}

    def add(self, point: NDArray[np.float64], trial: Trial) -> None:
        """Append a trial."""
        self.points = np.vstack([self.points, point[None]])
        self.values = np.append(self.values, trial.value)
        self.excess = np.append(self.excess, trial.excess)

    def merits(self, sign: float) -> NDArray[np.float64]:
        """How good they are, finite; impossible bins are worse than all others, by what they miss."""
        known = np.isfinite(self.values)
        if not known.any():
            return np.maximum(self.excess, -1e3)
        merits = np.where(known, sign * self.values, 0.0)
        worst, best = merits[known].min(), merits[known].max()
        unit = max(float(best - worst), 1e-3 * abs(float(best)), 1e-12)
        missed = np.clip(-self.excess, 0.0, 1.0)
        return np.asarray(np.where(known, merits, worst - unit * missed))

    def best(self, sign: float) -> float:
        """Best value so far; NaN without one."""
        known = self.values[np.isfinite(self.values)]
        return float(sign * (sign * known).max()) if len(known) else float("nan")

    def order(self, sign: float) -> NDArray[np.int64]:
        """Trials, the best first."""
        return np.argsort(-self.merits(sign), kind="stable")


@dataclass(frozen=True)
class Search:
    """A search for the best point of a unit cube.

    Parameters
    ----------
    name : str
        Of the search, in the journal.
    first : ndarray of float64, shape (points, numbers)
        To be tried first.
    evaluate : callable
        From a point to a :class:`Trial`.
    sign : float
        Factor that makes values better when larger.
    settings : BinSettings
        How many trials, and the seed.
    journal : Journal
        What has been done.
    progress : callable, optional
        Called after every trial.
    """

    name: str
    first: NDArray[np.float64]
    evaluate: Callable[[NDArray[np.float64]], Trial]
    sign: float
    settings: BinSettings
    journal: Journal
    progress: Callable[[Progress], object] | None

    @property
    def trials(self) -> Trials:
        """What has been tried."""
        found = self.journal.get(self.name, Trials.stored)
        if found is None:
            found = Trials(np.zeros((0, self.first.shape[1])))
            self.journal.descents[self.name] = found
        return found

    def run(self) -> Trials:
        """Make the trials that are left."""
        trials, wanted = self.trials, self.settings.trials
        if trials.step >= wanted:
            return trials
        beginning = self._beginning()
        while trials.step < wanted:
            number = trials.step
            if number < len(beginning):
                point = beginning[number]
            else:
                point = proposed(trials.points, trials.merits(self.sign), self._seed(number))
            trial = self.evaluate(point)
            trials.add(point, trial)
            best = trials.best(self.sign)
            self.journal.history.append(
                {
                    "task": self.name,
                    "step": trials.step,
                    "width": 0.0,
                    "value": trial.value,
                    "excess": trial.excess,
                    "best": best,
                    **trial.shown,
                }
            )
            # A trial may be what takes long: each is kept.
            self.journal.save()
            if self.progress is not None:
                self.progress(Progress(self.name, trials.step, wanted, 0.0, best))
        return trials

    def _beginning(self) -> NDArray[np.float64]:
        d = self.first.shape[1]
        number = max(LEAST_FIRST, min(2 * d + 2, self.settings.trials // PART_FIRST)) - len(self.first)
        return np.vstack([self.first, sobol(max(number, 1), d, self._seed(0))])

    def _seed(self, number: int) -> int:
        return int(np.random.default_rng([self.settings.seed, number]).integers(2**31))
