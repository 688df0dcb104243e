"""Mixtures learned from events: by gradient from partitions of cells, then hard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gradcut.binning.bayesian_mixture import MixtureTrials, guide
from gradcut.binning.bins_spec import BinsSpec
from gradcut.binning.hard import hard_yields
from gradcut.binning.learned import LearnedWith, StoppedEarly
from gradcut.binning.learned_mixture import LearnedMixture
from gradcut.binning.limits import BinLimits
from gradcut.binning.lloyd import lloyd
from gradcut.binning.mixture_hard import improved, labels_of, stricter, within_limits, without
from gradcut.binning.mixture_parameters import (
    Mixtures,
    free_of,
    mixtures_of,
    points_of,
    pull_back,
    scaled,
)
from gradcut.binning.mixture_problem import MixtureProblem
from gradcut.binning.mixture_starts import Worth, by_moments
from gradcut.binning.placed_events import PlacedEvents
from gradcut.engines.bins.cells import CellsEngine
from gradcut.errors import UnattainableError
from gradcut.fitting.descent import DescentState
from gradcut.fitting.tasks import Progress
from gradcut.yields import Moments

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.binning.mixture import MixtureBinning
    from gradcut.binning.settings import BinSettings
    from gradcut.engines.base import Engine, Precision
    from gradcut.fitting.journal import Journal
    from gradcut.objectives import Objective
    from gradcut.samples import EventTables
    from gradcut.yields import Yields

__all__ = ["MixtureLearner"]

#: Makes an engine of bins, in single or double precision.
Engines = Callable[[BinsSpec, "Precision"], "Engine"]

#: Temperatures at the start and at the end, in units of the typical lead of the most likely component.
TEMPERATURES = (0.1, 0.01)
#: Steps of Adam at temperature one, in logits.
RATE = 0.02
#: Weight of missed limits beside a relative change of the objective, at the end.
PENALTY = 3.0
#: Restarts of Lloyd's iteration, and how often it is begun; half as often as there are starts, at least.
RESTARTS, MIN_SEEDS = 8, 3
#: Limits are asked of cells up to so many times as firmly, until events keep to them.
STRICTEST = 2.0
#: Starts whose hard objective is behind the best one by more than this part are not followed.
BEHIND = 0.04
#: Effective entries of the background in every region of a start, where no other limit is given.
LEAST_ENTRIES = 4.0


@dataclass(frozen=True)
class MixtureLearner:
    """Learns mixtures; see :class:`gradcut.binning.edge_learner.EdgeLearner` for the parameters."""

    binning: MixtureBinning
    objective: Objective
    settings: BinSettings
    journal: Journal
    progress: Callable[[Progress], object] | None

    def learn(
        self, name: str, tables: EventTables, choices: Sequence[tuple[int, ...]]
    ) -> dict[tuple[int, ...], LearnedWith]:
        """Learn every number of bins from some events; those that cannot be had are left out."""
        problem = MixtureProblem.of(self.binning, tables, self.settings.seed)
        engines = self._engines(problem)
        found: dict[tuple[int, ...], LearnedWith] = {}
        refused: UnattainableError | None = None
        for counts in choices:
            try:
                if self.settings.limits is not None:
                    self.settings.limits.check(problem.cells.layout, counts[0])
                task = f"{name}, {counts[0]} bins"
                if self.settings.method == "bayesian":
                    found[counts] = self._tried(task, problem, counts[0])
                else:
                    found[counts] = self._learned(task, problem, counts[0], engines)
            except UnattainableError as error:
                refused = error
        if not found and refused is not None:
            raise refused
        return found

    def _engines(self, problem: MixtureProblem) -> Engines:
        """Who sums in mixtures of any number of components: cells, or the events themselves."""
        settings = self.settings
        if settings.aggregate or settings.method == "bayesian":
            return lambda spec, precision: CellsEngine(spec, problem.cells, precision=precision)
        placed = PlacedEvents.of_mixture(problem)
        return lambda spec, precision: placed.engine(spec, precision, settings.n_threads)

    def _learned(self, name: str, problem: MixtureProblem, n_bins: int, engines: Engines) -> LearnedWith:
        settings = self.settings
        state = self.journal.get(name, DescentState.stored)
        if state is None:
            state = DescentState(free_of(self._starts(problem, n_bins)))
            self.journal.descents[name] = state
        # Limits may have left fewer components than were asked for.
        d = len(self.binning.names)
        n_bins = state.free.shape[1] // (1 + d + d * (d + 1) // 2)
        engine = engines(self._spec(n_bins), "float32")
        try:
            while state.step < settings.max_steps:
                best, temperature = self._step(engine, state, n_bins)
                if state.step % 10 == 0 or state.step == settings.max_steps:
                    self.journal.history.append(
                        {"task": name, "step": state.step, "width": temperature, "best": best}
                    )
                self.journal.save(now=False)
                if self.progress is not None:
                    self.progress(Progress(name, state.step, settings.max_steps, temperature, best))
        except KeyboardInterrupt:
            raise StoppedEarly(self._finished(problem, engines, state, n_bins)) from None
        self.journal.save()
        return self._finished(problem, engines, state, n_bins)

    def _tried(self, name: str, problem: MixtureProblem, n_bins: int) -> LearnedWith:
        guided = replace(self, objective=guide(problem.cells.layout))
        trials = MixtureTrials(self, problem, guided._starts(problem, n_bins))
        search = trials.search(name)
        try:
            if search.first.size:
                search.run()
        except KeyboardInterrupt:
            raise StoppedEarly(self._best(problem, None, trials.best(search), n_bins)) from None
        return self._best(problem, None, trials.best(search), n_bins)

    def _starts(self, problem: MixtureProblem, n_bins: int) -> Mixtures:
        """Mixtures that come close to partitions by Lloyd's iteration."""
        cells, sizes, settings = problem.cells, problem.sizes, self.settings
        limits = settings.limits or BinLimits(min_entries=LEAST_ENTRIES)
        worth = Worth(cells, sizes, self.objective)
        found: list[tuple[int, float, Mixtures]] = []
        for number in range(max(MIN_SEEDS, settings.starts // 2)):
            seed = settings.seed + number
            labels = lloyd(
                cells, self.objective, n_bins, settings.limits, restarts=RESTARTS, seed=seed
            ).labels
            for made in (
                by_moments(cells, sizes, labels, n_bins, shared=False),
                by_moments(cells, sizes, labels, n_bins, shared=True),
                worth.mixture(labels, n_bins),
            ):
                mixture = within_limits(made, cells, limits)
                own = mixture.log_weights.shape[1]
                yields = cells.partition(labels_of(mixture, cells)[None], own)
                found.append((own, float(self.objective.sign * self.objective.hard(yields)[0]), mixture))
        # Those that kept all their regions, the best first; what is far behind does not catch up.
        found.sort(key=lambda one: one[:2], reverse=True)
        most, best, _ = found[0]
        chosen = [m for own, value, m in found if own == most and value >= best - BEHIND * abs(best)]
        chosen = chosen[: settings.starts]
        mixtures = Mixtures(*(np.concatenate(arrays) for arrays in zip(*chosen, strict=True)))
        return scaled(mixtures, self._lead(problem, mixtures))

    def _lead(self, problem: MixtureProblem, mixtures: Mixtures) -> NDArray[np.float64]:
        """Typical lead of the most likely component, per start."""
        found = []
        for point in range(len(mixtures.log_weights)):
            logits = mixtures.at(point).logits(problem.cells.position)[0]
            if len(logits) == 1:
                found.append(1.0)
                continue
            top = np.partition(logits, -2, axis=0)[-2:]
            order = np.argsort(top[1] - top[0])
            running = np.cumsum(problem.sizes[order])
            at = np.searchsorted(running, running[-1] / 2)
            found.append(max(float((top[1] - top[0])[order[at]]), 1e-9))
        return np.array(found)

    def _temperature(self, step: int) -> float:
        first, last = TEMPERATURES
        return float(first * (last / first) ** (step / max(self.settings.max_steps - 1, 1)))

    def _step(self, engine: Engine, state: DescentState, n_bins: int) -> tuple[float, float]:
        fraction = state.step / max(self.settings.max_steps - 1, 1)
        temperature = self._temperature(state.step)
        mixtures = mixtures_of(state.free, n_bins, len(self.binning.names))
        evaluation = engine.evaluate(points_of(mixtures, temperature))
        soft, cotangents = self.objective.annealed(fraction).gradient(evaluation.yields)
        unit = np.maximum(np.abs(soft), 1e-12)[:, None, None, None, None]
        total = [-self.objective.sign * np.asarray(c) / unit for c in cotangents]
        if self.settings.limits is not None:
            _, missed = self.settings.limits.penalty(evaluation.yields)
            weight = PENALTY * (0.1 + 0.9 * fraction)
            total = [a + weight * np.asarray(b) for a, b in zip(total, missed, strict=True)]
        gradient = pull_back(mixtures, evaluation.vjp(Moments(*total)))
        after = state.moved(gradient, rate=RATE * temperature)
        vars(state).update(vars(after))
        return float(self.objective.sign * (self.objective.sign * soft).max()), temperature

    def _finished(
        self, problem: MixtureProblem, engines: Engines, state: DescentState, n_bins: int
    ) -> LearnedWith:
        """The best hard regions of all starts."""
        cells, limits = problem.cells, self.settings.limits
        mixtures = mixtures_of(state.free, n_bins, len(self.binning.names))
        kept = [within_limits(mixtures.at(point), cells, limits) for point in range(len(state.free))]
        return self._best(
            problem, engines, [improved(one, cells, self.objective, limits) for one in kept], n_bins
        )

    def _best(
        self, problem: MixtureProblem, engines: Engines | None, made: Sequence[Mixtures], n_bins: int
    ) -> LearnedWith:
        """The best of hard regions."""
        cells, limits, objective = problem.cells, self.settings.limits, self.objective
        values = []
        for one in made:
            yields = cells.partition(labels_of(one, cells)[None], len(one.log_weights[0]))
            values.append(float(objective.hard(yields)[0]))
            if limits is not None and limits.excess(yields).min() < 0:
                values[-1] = -objective.sign * np.inf
        best = int(np.argmax(objective.sign * np.array(values)))
        if not np.isfinite(values[best]):
            raise UnattainableError(
                f"no {n_bins} regions were found that keep to the limits",
                allowed=str(limits),
                hint="fewer bins, or lower limits",
            )
        chosen = self._on_events(problem, made[best])
        order = self._order(cells.partition(labels_of(chosen, cells)[None], len(chosen.log_weights[0])))
        chosen = Mixtures(*(array[:, order] for array in chosen))
        bins = self._in_columns(problem, chosen)
        hard = objective.hard(hard_yields(bins, problem.tables, self.binning.spec))
        soft = None if engines is None else self._soft(engines, chosen)
        return LearnedWith(bins, float(hard[0]), soft, tuple(values))

    def _on_events(self, problem: MixtureProblem, mixture: Mixtures) -> Mixtures:
        """Regions that keep to the limits event by event: cells are where their centres are."""
        limits = self.settings.limits
        if limits is None:
            return mixture
        factor = 1.0
        while True:
            yields = hard_yields(self._in_columns(problem, mixture), problem.tables, self.binning.spec)
            excess = limits.excess(yields)[0]
            if excess.min() >= 0 or len(excess) == 1:
                return mixture
            factor *= 1.02 - float(excess.min())
            if factor > STRICTEST:
                mixture, factor = without(mixture, [int(np.argmin(excess))]), 1.0
                continue
            mixture = within_limits(mixture, problem.cells, stricter(limits, factor))

    def _order(self, yields: Yields) -> NDArray[np.int64]:
        """Bins by how much signal there is beside the background, the most last."""
        layout = yields.layout
        by_role = [
            yields.moments.sum_w[0][:, layout.process_indices(role), 0].sum((0, 1))
            for role in ("signal", "background")
        ]
        ratio = np.divide(by_role[0], by_role[1], out=np.full(len(by_role[0]), np.inf), where=by_role[1] > 0)
        return np.argsort(ratio, kind="stable")

    def _spec(self, n_bins: int) -> BinsSpec:
        return BinsSpec("mixture", "logistic", self.binning.names, n_components=n_bins)

    def _soft(self, engines: Engines, mixture: Mixtures) -> Yields:
        sharpest = points_of(mixture, self._temperature(self.settings.max_steps - 1))
        return engines(self._spec(len(mixture.log_weights[0])), "float64").evaluate(sharpest).yields

    def _in_columns(self, problem: MixtureProblem, mixture: Mixtures) -> LearnedMixture:
        """The mixture in the coordinates of the declaration."""
        factors = mixture.factors[0] / problem.scale
        means = mixture.means[0] * problem.scale + problem.centre
        # The determinant of the scale is the same for all.
        return LearnedMixture(
            self.binning, mixture.log_weights[0] - mixture.log_weights[0].max(), means, factors
        )
