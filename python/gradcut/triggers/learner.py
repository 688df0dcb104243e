"""Who learns, chooses and learns again, for a menu."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from gradcut.randomness import stream
from gradcut.triggers.candidates import candidates_of
from gradcut.triggers.search import Problem, exchanged, shared_out
from gradcut.triggers.sweep import sweep
from gradcut.triggers.wanted import Value

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.triggers.events import MenuEvents

__all__ = ["MenuLearner", "Progress"]

#: Halvings of the search for where a menu has its rate.
HALVINGS = 40


@dataclass(frozen=True)
class Progress:
    """Where the learning of a menu is.

    Parameters
    ----------
    task : str
        What is being learned from, and which start.
    value : float
        Mean or worst efficiency there.
    """

    task: str
    value: float


@dataclass(frozen=True)
class MenuLearner:
    """Learns thresholds within a total rate.

    Parameters
    ----------
    parameters : sequence of str
        Names of the thresholds.
    budget, largest, value
        As in :class:`gradcut.triggers.search.Problem`.
    softer : tuple of callable
        Values that lead to it.
    limits : tuple of mapping
        Steps, bounds and fixed values.
    n_starts, seed : int
        Shares to start from.
    progress : callable, optional
        Told of every cycle.
    """

    parameters: Sequence[str]
    budget: float
    largest: NDArray[np.float64]
    value: Value
    softer: tuple[Value, ...]
    limits: tuple[Mapping[str, float], Mapping[str, tuple[float, float]], Mapping[str, float]]
    n_starts: int
    seed: int
    progress: Callable[[Progress], object] | None

    def problem(self, events: MenuEvents) -> Problem:
        """What is wanted, on some events; those that no menu within the rate accepts are left out."""
        candidates = candidates_of(events, self.parameters, *self.limits)
        candidates = [self._useful(events, p, c) for p, c in enumerate(candidates)]
        few = events.within(np.array([c[0] for c in candidates]))
        return Problem(few, candidates, self.budget, self.largest, self.value)

    def _useful(
        self, events: MenuEvents, parameter: int, candidates: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Candidates of a threshold at which no line exceeds the rate by itself, as far as that is known."""
        lines = [n for n, one in enumerate(events.zero_bias[0].lines) if parameter in one.parameters]
        own = events.zero_bias[0].lines[lines[0]].parameters
        if len(lines) > 1 or len(own) > 1 or any((one.weights < 0).any() for one in events.zero_bias):
            return candidates
        thresholds = np.zeros(len(self.parameters))
        rate = sweep(events, parameter, thresholds, candidates).lines[lines[0]]
        too_much = rate > min(self.budget, self.largest[lines[0]]) * (1 + 1e-9)
        return candidates[min(int(too_much.sum()), len(candidates) - 1) :]

    def learn(
        self, train: MenuEvents, select: MenuEvents, base: MenuEvents
    ) -> tuple[NDArray[np.float64], str, bool]:
        """Learn from train, choose with select, learn again from both.

        Returns
        -------
        thresholds : ndarray of shape (parameters,)
            Turned so that larger ones are tighter; within the rate on ``base``.
        message : str
            How they were made.
        interrupted : bool
            Whether the user stopped it.
        """
        shares = self._shares(len(base.accepted))
        whole = self.problem(base)
        found = [(shared_out(whole, shares[0]), "equal shares")]
        best = found[0][0]
        try:
            number, thresholds = self._chosen(train, select, shares)
            starts = [shared_out(whole, shares[number]), self._moved(whole, thresholds)]
            results = []
            for which, start in zip(("shares", "learned"), starts, strict=True):

                def report(places: NDArray[np.int64], merit: float, which: str = which) -> None:
                    nonlocal best
                    if merit > self._merit(whole, best):
                        best = places.copy()
                    self._tell(f"all events, from {which}", merit)

                results.append(self._climbed(whole, start, report))
            best = max(results, key=lambda one: one[1])[0]
        except KeyboardInterrupt:
            return whole.thresholds(best), "interrupted: the best thresholds so far", True
        how = "equal shares" if number == 0 else f"random shares {number}"
        message = (
            f"exchanges from {how} of the rate, the best of {len(shares)} starts on events that were not "
            "learned from; no exchange of two thresholds that was tried is better where it learned"
        )
        return whole.thresholds(best), message, False

    def _climbed(
        self, problem: Problem, places: NDArray[np.int64], report: Callable[[NDArray[np.int64], float], None]
    ) -> tuple[NDArray[np.int64], float]:
        """Exchange for the softer values first, then for the one that is wanted, from the best on the way."""
        found = [places]
        for value in self.softer:
            softer = replace(problem, value=value)

            def told(at: NDArray[np.int64], _: float) -> None:
                report(at, self._merit(problem, at))

            found.append(exchanged(softer, found[-1], told)[0])
        best = max(found, key=lambda at: self._merit(problem, at))
        return exchanged(problem, best, report)

    def _shares(self, n_lines: int) -> NDArray[np.float64]:
        """Shares of the rate: equal, then random ones."""
        random = stream(self.seed, "shares").dirichlet(np.ones(n_lines), self.n_starts - 1)
        return np.vstack([np.full(n_lines, 1 / n_lines), random.reshape(self.n_starts - 1, n_lines)])

    def _chosen(
        self, train: MenuEvents, select: MenuEvents, shares: NDArray[np.float64]
    ) -> tuple[int, NDArray[np.float64]]:
        """Number and thresholds of the start that is the best on other events, at the same rate."""
        problem, other = self.problem(train), self.problem(select)
        found, merits = [], []
        for number, share in enumerate(shares):
            told = partial(self._told, f"train, start {number}")
            places, _ = self._climbed(problem, shared_out(problem, share), told)
            thresholds = problem.thresholds(places)
            merits.append(self._merit(other, self._moved(other, thresholds)))
            found.append(thresholds)
        best = int(np.argmax(merits))
        return best, found[best]

    def _moved(self, problem: Problem, thresholds: NDArray[np.float64]) -> NDArray[np.int64]:
        """Places of thresholds, tightened together until the rate is kept, or loosened until it is used up.

        All move by the same factor in the number of their candidates that are tighter.
        """
        last = np.array([len(c) - 1 for c in problem.candidates])
        at = np.array([np.searchsorted(c, t) for c, t in zip(problem.candidates, thresholds, strict=True)])
        beyond = np.maximum(last - np.minimum(at, last), 0.5)

        def places(logarithm: float) -> NDArray[np.int64]:
            moved: NDArray[np.float64] = np.clip(np.round(last - beyond * np.exp(logarithm)), 0, last)
            return moved.astype(np.int64)

        low, high = -25.0, 25.0  # tight, loose
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            good = self._merit(problem, places(middle)) > -np.inf
            low, high = (middle, high) if good else (low, middle)
        return places(low)

    @staticmethod
    def _merit(problem: Problem, places: NDArray[np.int64]) -> float:
        return float(problem.merit(problem.counted(places))[0])

    def _told(self, task: str, _: NDArray[np.int64], value: float) -> None:
        self._tell(task, value)

    def _tell(self, task: str, value: float) -> None:
        if self.progress is not None:
            self.progress(Progress(task, value))
