"""Regions learned from events, mixtures or a softmax: by gradient, then hard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.binning import positive
from gradcut.binning.bayesian_regions import RegionTrials, guide
from gradcut.binning.bins_spec import BinsSpec
from gradcut.binning.hard import hard_yields
from gradcut.binning.learned import LearnedWith, StoppedEarly
from gradcut.binning.mixture_problem import MixtureProblem
from gradcut.binning.placed_events import PlacedEvents
from gradcut.binning.region_hard import improved, labels_of, stricter, within_limits, without_empty
from gradcut.binning.regions import Family, at, family_of, without
from gradcut.engines.bins.cells import CellsEngine
from gradcut.errors import UnattainableError
from gradcut.fitting.descent import DescentState
from gradcut.fitting.tasks import Progress
from gradcut.yields import Moments

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.binning.cells import Cells
    from gradcut.binning.learned import LearnedBins
    from gradcut.binning.mixture import MixtureBinning
    from gradcut.binning.settings import BinSettings
    from gradcut.binning.softmax import SoftmaxBinning
    from gradcut.engines.base import Engine, Precision
    from gradcut.fitting.journal import Journal
    from gradcut.objectives import Objective
    from gradcut.samples import EventTables
    from gradcut.yields import Yields

__all__ = ["RegionLearner"]

#: Makes an engine of bins, in single or double precision.
Engines = Callable[[BinsSpec, "Precision"], "Engine"]

#: Temperatures at the start and at the end, in units of the typical lead of the most likely component.
TEMPERATURES = (0.1, 0.01)
#: Steps of Adam at temperature one, in logits.
RATE = 0.02
#: Weight of missed limits beside a relative change of the objective, at the end.
PENALTY = 3.0
#: Rounds on closer cells at most, as long as regions improve by this part.
ROUNDS, STILL = 8, 1e-4
#: Limits are asked of cells up to so many times as firmly, until events keep to them.
STRICTEST = 2.0
#: Largest temperature that is learned, in the same units, and steps of its free number.
HOTTEST, TEMPERATURE_RATES = 10.0, (0.15, 0.02)


@dataclass(frozen=True)
class RegionLearner:
    """Learns regions; see :class:`gradcut.binning.edge_learner.EdgeLearner` for the parameters."""

    binning: MixtureBinning | SoftmaxBinning
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
                one = OneFit(self, family_of(problem), problem, engines, counts[0])
                found[counts] = one.learned(f"{name}, {counts[0]} bins")
            except UnattainableError as error:
                refused = error
        if not found and refused is not None:
            raise refused
        return found

    def _engines(self, problem: MixtureProblem) -> Engines:
        """Who sums in any number of regions: cells, or the events themselves."""
        settings = self.settings
        names = list(self.binning.names)
        if settings.aggregate or settings.method == "bayesian":
            cells = problem.cells
            return lambda spec, precision: CellsEngine(
                spec, cells.of_columns([names.index(one) for one in spec.columns]), precision=precision
            )
        placed = PlacedEvents.of_mixture(problem)
        return lambda spec, precision: placed.of_columns([names.index(one) for one in spec.columns]).engine(
            spec, precision, settings.n_threads
        )


@dataclass(frozen=True)
class OneFit:
    """Regions of one number, from some events."""

    learner: RegionLearner
    family: Family[Any]
    problem: MixtureProblem
    engines: Engines
    n_bins: int

    def learned(self, name: str) -> LearnedWith:
        """Learn."""
        if self.family.given is not None:
            return self._given(self.family.given)
        if self.learner.settings.method == "bayesian":
            return self._tried(name)
        return self._descended(name)

    def _descended(self, name: str) -> LearnedWith:
        learner, settings, family = self.learner, self.learner.settings, self.family
        journal = learner.journal
        state = journal.get(name, DescentState.stored)
        if state is None:
            starts = self._starts(learner.objective)
            free = family.free_of(starts)
            if self._learns_temperature:
                first = positive.free_of(np.full((len(free), 1), TEMPERATURES[0]), TEMPERATURES[1], HOTTEST)
                free = np.hstack([free, first])
            state = DescentState(free)
            journal.descents[name] = state
        # Limits may have left fewer regions than were asked for.
        engine = self.engines(family.spec(self._regions(state)), "float32")
        try:
            while state.step < settings.max_steps:
                best, temperature = self._step(engine, state)
                if state.step % 10 == 0 or state.step == settings.max_steps:
                    journal.history.append(
                        {"task": name, "step": state.step, "width": temperature, "best": best}
                    )
                journal.save(now=False)
                if learner.progress is not None:
                    learner.progress(Progress(name, state.step, settings.max_steps, temperature, best))
        except KeyboardInterrupt:
            raise StoppedEarly(self._finished(state)) from None
        journal.save()
        return self._finished(state)

    def _tried(self, name: str) -> LearnedWith:
        trials = RegionTrials(
            self.learner, self.family, self.problem, self._starts(guide(self.problem.cells.layout))
        )
        search = trials.search(name)
        try:
            if search.first.size:
                search.run()
        except KeyboardInterrupt:
            raise StoppedEarly(self._best(trials.best(search), None)) from None
        return self._best(trials.best(search), None)

    def _given(self, regions: Any) -> LearnedWith:
        """What was given, as it is: only regions without events are dropped."""
        kept = without_empty(regions, self.problem.cells)
        bins = self.family.learned(kept, None)
        limits = self.learner.settings.limits
        yields = self._hard(bins)
        if limits is not None and limits.excess(yields).min() < 0:
            worst = int(np.argmin(limits.excess(yields)[0]))
            raise UnattainableError(
                "the bins that were given do not keep to the limits",
                given=f"bin {worst} misses them by {-float(limits.excess(yields).min()):.3g} of their value",
                allowed=str(limits),
                hint="biases='learned', or lower limits",
            )
        value = float(self.learner.objective.hard(yields)[0])
        declared = self.learner.binning.temperature
        own = TEMPERATURES[1] if isinstance(declared, str) else declared / float(self.problem.scale[0])
        return LearnedWith(self._with_temperature(kept, own), value, self._soft(kept, own), ())

    def _starts(self, objective: Objective) -> Any:
        settings = self.learner.settings
        return self.family.starts(self.n_bins, objective, settings.limits, settings.starts, settings.seed)

    @property
    def _learns_temperature(self) -> bool:
        return self.learner.binning.temperature == "learned"

    def _regions(self, state: DescentState) -> Any:
        return self.family.of_free(state.free[:, :-1] if self._learns_temperature else state.free)

    def _annealed(self, step: int) -> float:
        first, last = TEMPERATURES
        return float(first * (last / first) ** (step / max(self.learner.settings.max_steps - 1, 1)))

    def _temperatures(self, state: DescentState) -> NDArray[np.float64]:
        """Temperature of every start, in typical leads."""
        declared = self.learner.binning.temperature
        if declared == "learned":
            return positive.of_free(state.free[:, -1], TEMPERATURES[1], HOTTEST)
        if declared == "annealed":
            return np.full(len(state.free), self._annealed(state.step))
        return np.full(len(state.free), declared / self.problem.scale[0])

    def _step(self, engine: Engine, state: DescentState) -> tuple[float, float]:
        temperatures = self._temperatures(state)
        soft, gradient = self.gradient(engine, state)
        rates = np.full((1, state.free.shape[1]), RATE * self._annealed(state.step))
        if self._learns_temperature:
            first, last = TEMPERATURE_RATES
            rates[:, -1] = first * (last / first) ** self._fraction(state)
        vars(state).update(vars(state.moved(gradient, rate=rates)))
        best = int(np.argmax(self.learner.objective.sign * soft))
        return float(soft[best]), float(temperatures[best])

    def gradient(
        self, engine: Engine, state: DescentState
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Soft value per start, and derivatives of what is minimised in the free numbers."""
        objective, limits = self.learner.objective, self.learner.settings.limits
        fraction, regions = self._fraction(state), self._regions(state)
        evaluation = engine.evaluate(self.family.points(regions, self._temperatures(state)))
        soft, cotangents = objective.annealed(fraction).gradient(evaluation.yields)
        unit = np.maximum(np.abs(soft), 1e-12)[:, None, None, None, None]
        total = [-objective.sign * np.asarray(c) / unit for c in cotangents]
        if limits is not None:
            _, missed = limits.penalty(evaluation.yields)
            weight = PENALTY * (0.1 + 0.9 * fraction)
            total = [a + weight * np.asarray(b) for a, b in zip(total, missed, strict=True)]
        in_parameters = evaluation.vjp(Moments(*total))
        if not self._learns_temperature:
            return soft, self.family.pull_back(state.free, regions, in_parameters)
        own = self.family.pull_back(state.free[:, :-1], regions, in_parameters)
        slope = positive.slope(state.free[:, -1:], TEMPERATURES[1], HOTTEST)
        return soft, np.hstack([own, in_parameters[:, -1:] * slope])

    def _fraction(self, state: DescentState) -> float:
        return state.step / max(self.learner.settings.max_steps - 1, 1)

    def _finished(self, state: DescentState) -> LearnedWith:
        """The best hard regions of all starts."""
        cells, limits = self.problem.cells, self.learner.settings.limits
        regions, temperatures = self._regions(state), self._temperatures(state)
        if self.learner.binning.temperature == "annealed":
            temperatures[:] = TEMPERATURES[1]
        kept = [within_limits(at(regions, point), cells, limits) for point in range(len(state.free))]
        made = [improved(one, cells, self.learner.objective, limits) for one in kept]
        return self._best(made, temperatures)

    def _best(self, made: Sequence[Any], temperatures: NDArray[np.float64] | None) -> LearnedWith:
        """The best of hard regions, with soft yields at their temperatures where there are any."""
        cells, limits, objective = self.problem.cells, self.learner.settings.limits, self.learner.objective
        values = []
        for one in made:
            yields = cells.partition(labels_of(one, cells)[None], len(one.log_weights[0]))
            values.append(float(objective.hard(yields)[0]))
            if limits is not None and limits.excess(yields).min() < 0:
                values[-1] = -objective.sign * np.inf
        best = int(np.argmax(objective.sign * np.array(values)))
        if not np.isfinite(values[best]):
            raise UnattainableError(
                f"no {self.n_bins} regions were found that keep to the limits",
                allowed=str(limits),
                hint="fewer bins, or lower limits",
            )
        order = np.argsort(-objective.sign * np.array(values), kind="stable")
        several = [int(at) for at in order[: self.family.n_refined] if np.isfinite(values[at])]
        refined = {at: self._refined(made[at]) for at in several}
        best = max(refined, key=lambda at: self._merit(refined[at]))
        chosen = refined[best]
        if len(refined) > 1:  # those that went on from where cells were too coarse
            for start, regions in refined.items():
                values[start] = objective.sign * self._merit(regions)
        if self.family.ordered:
            order = self._order(cells.partition(labels_of(chosen, cells)[None], len(chosen.log_weights[0])))
            chosen = chosen._make(array[:, order] for array in chosen)
        temperature = None if temperatures is None else float(temperatures[best])
        bins = self._with_temperature(chosen, temperature)
        value = float(objective.hard(self._hard(bins))[0])
        soft = None if temperature is None else self._soft(chosen, temperature)
        return LearnedWith(bins, value, soft, tuple(values))

    def _refined(self, regions: Any) -> Any:
        """Regions that keep to the limits event by event, weights moved where cells are too coarse for it."""
        learner, limits = self.learner, self.learner.settings.limits
        best, merit = regions, -np.inf
        for _ in range(ROUNDS):
            cells = self.family.closer(regions, learner.settings.seed)
            if cells is None:
                return self._on_events(regions, self.problem.cells)
            kept = improved(within_limits(regions, cells, limits), cells, learner.objective, limits)
            regions = self._on_events(kept, cells)
            before, now = merit, self._merit(regions)
            if now > merit:
                best, merit = regions, now
            if now <= before + STILL * abs(now):
                break
        return best

    def _on_events(self, regions: Any, cells: Cells) -> Any:
        """Regions that keep to the limits event by event: cells are where their centres are."""
        limits = self.learner.settings.limits
        if limits is None:
            return regions
        factor = 1.0
        while True:
            excess = limits.excess(self._hard(self.family.learned(regions, None)))[0]
            if excess.min() >= 0 or len(excess) == 1:
                return regions
            factor *= 1.02 - float(excess.min())
            if factor > STRICTEST:
                regions, factor = without(regions, [int(np.argmin(excess))]), 1.0
                continue
            regions = within_limits(regions, cells, stricter(limits, factor))

    def _merit(self, regions: Any) -> float:
        """How good regions are event by event."""
        objective = self.learner.objective
        return float(objective.sign * objective.hard(self._hard(self.family.learned(regions, None)))[0])

    def _hard(self, bins: LearnedBins) -> Yields:
        return hard_yields(bins, self.problem.tables, self.learner.binning.spec)

    def _order(self, yields: Yields) -> NDArray[np.int64]:
        """Bins by how much signal there is beside the background, the most last."""
        layout = yields.layout
        by_role = [
            yields.moments.sum_w[0][:, layout.process_indices(role), 0].sum((0, 1))
            for role in ("signal", "background")
        ]
        ratio = np.divide(by_role[0], by_role[1], out=np.full(len(by_role[0]), np.inf), where=by_role[1] > 0)
        return np.argsort(ratio, kind="stable")

    def _with_temperature(self, regions: Any, temperature: float | None) -> LearnedBins:
        """The bins, with the temperature where it was not annealed."""
        annealed = self.learner.binning.temperature == "annealed"
        return self.family.learned(regions, None if annealed else temperature)

    def _soft(self, regions: Any, temperature: float) -> Yields:
        points = self.family.points(regions, np.array([temperature]))
        return self.engines(self.family.spec(regions), "float64").evaluate(points).yields
