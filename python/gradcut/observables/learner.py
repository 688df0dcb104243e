"""Trains networks on the events of a plan and keeps the best."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from gradcut.binning.hard import hard_yields
from gradcut.binning.learned import LearnedEdges, LearnedWith
from gradcut.binning.learned_softmax import LearnedSoftmax
from gradcut.engines.segments import layout_of, segments_of
from gradcut.errors import DataError
from gradcut.fitting.parts import Plan, Round
from gradcut.fitting.tasks import Progress
from gradcut.observables.batches import few_entries
from gradcut.observables.engine import ObservableEngine
from gradcut.observables.from_module import ordered, outputs_of
from gradcut.observables.learned import LearnedObservable, binning_of
from gradcut.observables.mlp import make_module
from gradcut.observables.passes import Passes
from gradcut.observables.refining import refined
from gradcut.observables.rows import Rows
from gradcut.observables.scaling import scaling_of
from gradcut.observables.soft_histogram import SoftHistogram
from gradcut.observables.training import Training, width_of
from gradcut.observables.training_state import TrainingState
from gradcut.randomness import stream
from gradcut.results.restart_row import RestartRow
from gradcut.yields import Moments

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.fitting.journal import Journal
    from gradcut.fitting.parts import Parts
    from gradcut.objectives import Objective
    from gradcut.observables.engine import Gate
    from gradcut.observables.observable import Observable
    from gradcut.observables.scaling import Scaling
    from gradcut.observables.settings import TrainingSettings
    from gradcut.samples import EventTables
    from gradcut.yields import Yields

__all__ = ["Learner", "StoppedEarly", "Trained", "Work"]

#: Part of the events that chooses when to stop, where the split says nothing about it.
CHOOSING = 0.25
_DTYPES = {"float32": torch.float32, "float64": torch.float64, "bfloat16": torch.float32}


@dataclass(frozen=True)
class Trained:
    """The best network of a plan."""

    bins: LearnedObservable
    #: Objective with hard bins on the events that it was learned from and chosen by.
    value: float
    #: Soft yields at the end of the training, in the bins of the result.
    soft: Yields
    restarts: tuple[RestartRow, ...]
    #: Effective entries per bin and batch of processes that have too few.
    few: dict[str, float]

    def with_soft(self) -> LearnedWith:
        """The same as what tables of bins are made of."""
        return LearnedWith(self.bins, self.value, self.soft, ())


class StoppedEarly(Exception):  # noqa: N818  (nothing went wrong)
    """Ctrl-C: the best network so far.

    Parameters
    ----------
    trained : Trained
        The network.
    """

    def __init__(self, trained: Trained) -> None:
        super().__init__("interrupted")
        self.trained = trained


@dataclass(frozen=True)
class Learner:
    """Trains networks.

    Parameters
    ----------
    observable, objective, settings
        What is trained, for what, and how.
    journal : Journal
        What has been done.
    progress : callable, optional
        Called after every step.
    sentinels : tuple of float
        Numbers that stand for a missing value.
    """

    observable: Observable
    objective: Objective
    settings: TrainingSettings
    journal: Journal
    progress: Callable[[Progress], object] | None
    sentinels: tuple[float, ...]

    @contextlib.contextmanager
    def threads(self) -> Iterator[None]:
        """Threads of torch while the networks train."""
        before = torch.get_num_threads()
        if self.settings.n_threads is not None:
            torch.set_num_threads(self.settings.n_threads)
        try:
            yield
        finally:
            torch.set_num_threads(before)

    def learn(self, plan: Plan, parts: Parts) -> Trained:
        """Train all restarts of a plan and keep the best.

        Parameters
        ----------
        plan : Plan
            Which events learn, and which choose.
        parts : Parts
            Divides the events.

        Raises
        ------
        StoppedEarly
            On Ctrl-C.
        DataError
            If no training came to a network.
        """
        chosen = plan.rounds[0] if plan.rounds[0].name == "train" else _divided(plan)
        learn, judge = parts.scaled(chosen.learn, "train"), parts.scaled(chosen.select, "select")
        base = parts.scaled(plan.base, plan.name)
        work = self._work(plan.name, learn, judge)
        states: list[TrainingState] = []
        try:
            for number in range(self.settings.restarts):
                states.append(work.state(number))
                work.train(number, states[-1])
        except KeyboardInterrupt:
            done = [state for state in states if state.has_best]
            if not done:
                raise
            raise StoppedEarly(self._made(work, states, base, refine=False)) from None
        self.journal.save()
        return self._made(work, states, base, refine=self.settings.refine_edges)

    def _work(self, name: str, learn: EventTables, judge: EventTables) -> Work:
        return Work(self, name, learn, judge)

    @staticmethod
    def _best(work: Work, states: list[TrainingState]) -> tuple[int, tuple[RestartRow, ...]]:
        rows = tuple(work.row(number, state) for number, state in enumerate(states))
        usable = [i for i, state in enumerate(states) if state.has_best and np.isfinite(state.merit)]
        if not usable:
            raise DataError(
                "no training came to a network whose hard bins have an objective",
                given="; ".join(f"{row.ended or 'best value ' + format(row.chosen_by, 'g')}" for row in rows),
                hint="fewer bins, more events to choose by, a lower rate, or another start: seed=...",
            )
        return max(usable, key=lambda i: states[i].merit), rows

    def _made(self, work: Work, states: list[TrainingState], base: EventTables, *, refine: bool) -> Trained:
        best, rows = self._best(work, states)
        bins = work.bins(best, states[best])
        if refine:
            try:
                bins = refined(
                    bins, work.learn, work.judge, self.objective, self.settings, self.journal, work.name
                )
            except KeyboardInterrupt:
                raise StoppedEarly(self._made(work, states, base, refine=False)) from None
        value = float(self.objective.hard(hard_yields(bins, base, self.observable.spec))[0])
        return Trained(bins, value, work.soft(best, states[best], bins), rows, work.few())


class Work:
    """The events of a plan, and the networks on them."""

    def __init__(self, learner: Learner, name: str, learn: EventTables, judge: EventTables) -> None:
        self.learner, self.name, self.learn, self.judge = learner, name, learn, judge
        observable, settings = learner.observable, learner.settings
        self.scaling = self._scaling(learn)
        device, dtype = torch.device(settings.device), _DTYPES[settings.precision]
        self.rows, self.judges = (self._rows(tables, device, dtype) for tables in (learn, judge))
        self.histogram = SoftHistogram(observable.histogram, observable.n_bins)
        self._modules: dict[int, torch.nn.Module] = {}
        #: Of the outputs that are bins, by network.
        self._orders: dict[int, list[int]] = {}

    def _scaling(self, tables: EventTables) -> Scaling:
        observable = self.learner.observable
        return scaling_of(observable, layout_of(tables), list(segments_of(tables, observable.spec)))

    def _rows(self, tables: EventTables, device: torch.device, dtype: torch.dtype) -> Rows:
        return Rows.of(self.learner.observable, tables, self.scaling, device, dtype)

    def _passes(self, number: int) -> Passes:
        settings = self.learner.settings
        if number not in self._modules:
            seed = int(stream(settings.seed, f"{self.name}, network {number}").integers(2**31))
            module = make_module(self.learner.observable, self.scaling.n_inputs, seed)
            self._modules[number] = module.to(settings.device, _DTYPES[settings.precision])
        room = None if settings.memory is None else int(settings.memory)
        return Passes(self._modules[number], room=room, half=settings.precision == "bfloat16")

    def _edges(self) -> NDArray[np.float64] | None:
        given, n = self.learner.observable.edges, self.learner.observable.n_bins
        if given == "learned":
            return None
        return np.asarray(given, dtype=np.float64) if isinstance(given, tuple) else np.arange(1, n) / n

    def engine(self, number: int, rows: Rows) -> ObservableEngine:
        """The network of a restart on some events."""
        return ObservableEngine(self._passes(number), self.histogram, rows, self._edges())

    def _beside(self, number: int) -> NDArray[np.float64]:
        """Where parameters beside those of the network start."""
        return np.zeros(self.engine(number, self.rows).n_beside)

    def key(self, number: int) -> str:
        """Name of a training."""
        return f"{self.name}, network {number}"

    def state(self, number: int) -> TrainingState:
        """Where the training of a restart is."""
        journal = self.learner.journal
        state = journal.get(self.key(number), TrainingState.stored)
        if state is None:
            engine = self.engine(number, self.rows)
            state = TrainingState(np.concatenate([engine.passes.initial().numpy(), self._beside(number)]))
            journal.descents[self.key(number)] = state
        return state

    def train(self, number: int, state: TrainingState) -> None:
        """Train a restart, or continue."""
        learner, settings = self.learner, self.learner.settings
        engine = self.engine(number, self.rows)
        judges = engine.on(self.judges)
        training = Training(
            engine, judges, learner.observable, learner.objective, settings, settings.seed * 1009 + number
        )
        key = self.key(number)

        def report(now: TrainingState, width: float, soft: float, hard: dict[str, float] | None) -> None:
            if hard is not None:
                learner.journal.history.append(
                    {"task": key, "step": now.step, "width": width, "best": soft, **hard}
                )
            learner.journal.save(now=False)
            if learner.progress is not None:
                shown = (
                    soft
                    if not now.has_best
                    else (now.merit if settings.loss is None and learner.objective.sign > 0 else -now.merit)
                )
                learner.progress(Progress(key, now.step, training.n_steps, width, shown))

        training.run(state, report)
        learner.journal.save()

    def row(self, number: int, state: TrainingState) -> RestartRow:
        """What became of a restart."""
        sign = -1.0 if self.learner.settings.loss is not None else self.learner.objective.sign
        return RestartRow(number, float(sign * state.merit), state.best_step, state.step, state.ended)

    def bins(self, number: int, state: TrainingState) -> LearnedObservable:
        """The network at its best, with its own bins."""
        learner = self.learner
        engine = self.engine(number, self.rows)
        module = copy.deepcopy(engine.passes.module).cpu()
        weights = torch.from_numpy(state.best[: engine.passes.n_parameters])
        torch.nn.utils.vector_to_parameters(weights.to(next(module.parameters())), module.parameters())
        for name, buffer in module.named_buffers():
            if name in state.best_buffers:
                buffer.copy_(torch.from_numpy(np.asarray(state.best_buffers[name])))
        outputs = outputs_of(module, learner.observable, self.scaling, learner.sentinels)
        declared = binning_of(learner.observable)
        if learner.observable.histogram == "softmax":
            n = learner.observable.n_bins
            own: LearnedEdges | LearnedSoftmax = LearnedSoftmax(declared, tuple(range(n)), np.zeros(n))  # type: ignore[arg-type]
        else:
            axes = [np.concatenate([[0.0], engine.edges(state.best), [1.0]])]
            if learner.observable.alongside is not None:
                axes.append(np.asarray(learner.observable.alongside.edges))
            own = LearnedEdges(declared, tuple(axes))  # type: ignore[arg-type]
        made = LearnedObservable(learner.observable, outputs, own)
        if learner.observable.histogram == "softmax":
            # Those of different networks mean the same then.
            self._orders[number] = self._by_purity(made)
            made = replace(made, outputs=ordered(made.outputs, self._orders[number]))
        return made

    def _by_purity(self, learned: LearnedObservable) -> list[int]:
        """Outputs in the order of their part of signal."""
        yields = hard_yields(learned, self._filled(), learned.observable.spec)
        s, b = (yields.total(role).sum_w[0].sum(0) for role in ("signal", "background"))
        total = s + b
        purity = np.where(total > 0, s / np.where(total > 0, total, 1.0), -1.0)
        return [int(i) for i in np.argsort(purity, kind="stable")]

    def _filled(self) -> EventTables:
        """Events that are learned from, with what the observable is of."""
        return self.learn

    def soft(
        self,
        number: int,
        state: TrainingState,
        bins: LearnedObservable,
        gate: Gate | None = None,
        of_gate: Sequence[float] | NDArray[np.float64] = (),
    ) -> Yields:
        """Soft yields with the last width in the bins of the result, of the events that were learned from."""
        learner = self.learner
        edges = bins.bins.edges[0][1:-1] if isinstance(bins.bins, LearnedEdges) else None
        engine = ObservableEngine(self._passes(number), self.histogram, self.rows, edges, gate)
        engine.width = width_of(learner.observable, 1.0)
        engine.passes.module.eval()
        weights = state.best[: engine.passes.n_parameters]
        yields = engine.evaluate(np.concatenate([weights, of_gate])).yields
        order = self._orders.get(number, slice(None))
        return replace(yields, moments=Moments(*(moment[..., order] for moment in yields.moments)))

    def few(self) -> dict[str, float]:
        """Processes with too few events in a batch."""
        settings = self.learner.settings
        if settings.batch is None:
            return {}
        parts = max(1, round(self.rows.n_rows / settings.batch))
        return few_entries(self.rows, parts, self.learner.observable.n_bins)


def _divided(plan: Plan) -> Round:
    """Divide the events of a plan into those that train and those that choose."""
    return Round(
        "train",
        learn=lambda part, uniform: np.logical_and(plan.base(part, uniform), uniform >= CHOOSING),
        select=lambda part, uniform: np.logical_and(plan.base(part, uniform), uniform < CHOOSING),
    )
