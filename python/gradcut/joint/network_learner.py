"""Trains networks together with the cuts before them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from gradcut.engines.segments import layout_of, segments_of
from gradcut.engines.torch_selection import CutColumns
from gradcut.fitting.events import HardEvents
from gradcut.fitting.starts import open_values
from gradcut.fitting.tasks import scaling_of
from gradcut.joint.descents import tasks_of
from gradcut.joint.found import Found, StoppedJoint
from gradcut.joint.gate import CutGate
from gradcut.joint.in_analysis import InAnalysis
from gradcut.joint.learned import LearnedJoint
from gradcut.joint.polishing import merit_of, with_better_cuts, with_better_edges
from gradcut.joint.tables import behind_cuts, in_bins
from gradcut.observables.engine import ObservableEngine
from gradcut.observables.learner import Learner, StoppedEarly, Trained, Work
from gradcut.observables.rows import Rows
from gradcut.observables.scaling import scaling_of as scaling_of_inputs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.fitting.parts import Parts, Plan
    from gradcut.joint.declared import Joint
    from gradcut.joint.settings import JointSettings
    from gradcut.observables.learned import LearnedObservable
    from gradcut.observables.scaling import Scaling
    from gradcut.observables.training_state import TrainingState
    from gradcut.results.restart_row import RestartRow
    from gradcut.samples import EventTables
    from gradcut.yields import Yields

__all__ = ["NetworkLearner"]


@dataclass(frozen=True)
class NetworkLearner(Learner):
    """Trains networks behind cuts.

    Parameters
    ----------
    joint : Joint
        The declaration.
    cut_settings : JointSettings
        Of the cuts.

    Notes
    -----
    Thresholds, network and edges follow one gradient, that of all events. The first network starts with open
    cuts, every other with those that were best for the bins of the best network before it.
    """

    joint: Joint
    cut_settings: JointSettings

    def found(self, plan: Plan, parts: Parts) -> Found:
        """Train all networks of a plan and keep the best.

        Raises
        ------
        StoppedJoint
            On Ctrl-C.
        """
        try:
            return self._found(self.learn(plan, parts))
        except StoppedEarly as stopped:
            raise StoppedJoint(self._found(stopped.trained)) from None

    @staticmethod
    def _found(trained: Trained) -> Found:
        assert isinstance(trained, _TrainedBehind)
        learned: LearnedJoint = trained.bins  # type: ignore[assignment]
        of_starts = tuple(row.chosen_by for row in trained.restarts)
        return Found(learned, trained.value, trained.start, of_starts, trained.soft, (), trained)

    def _work(self, name: str, learn: EventTables, judge: EventTables) -> Work:
        return _JointWork(self, name, learn, judge)

    def _made(self, work: Work, states: list[TrainingState], base: EventTables, *, refine: bool) -> Trained:
        assert isinstance(work, _JointWork)
        _, rows = self._best(work, states)
        # Where edges are to stay cuts are learned again all the same.
        polish = refine or not self.settings.refine_edges
        try:
            best = work.best(polish=polish)
            learned = work.hard(best, polish=polish)
            if refine:
                learned = with_better_edges(
                    learned, work.learn, work.judge, self.objective, self.settings, self.journal, work.name
                )
        except KeyboardInterrupt:
            best = work.best(polish=False)
            raise StoppedEarly(self._counted(work, best, work.hard(best, polish=False), base, rows)) from None
        return self._counted(work, best, learned, base, rows)

    def _counted(
        self,
        work: _JointWork,
        best: int,
        learned: LearnedJoint,
        base: EventTables,
        rows: tuple[RestartRow, ...],
    ) -> Trained:
        value = float(self.objective.hard(learned.yields(base))[0])
        soft = work.soft_behind(best, learned)
        return _TrainedBehind(learned, value, soft, rows, work.few(), work.start(best))  # type: ignore[arg-type]


@dataclass(frozen=True)
class _TrainedBehind(Trained):
    """The best network of a plan, and the cuts that its training began with."""

    start: NDArray[np.float64]


class _JointWork(Work):
    """Events with what is cut on, and the networks on them."""

    learner: NetworkLearner

    def __init__(self, learner: NetworkLearner, name: str, learn: EventTables, judge: EventTables) -> None:
        joint = learner.joint
        fixed = learner.cut_settings.fixed_at(joint.kernel)
        scaling = scaling_of(HardEvents(joint.kernel, in_bins(learn, joint, None)), fixed)
        self.gate = CutGate(joint.kernel, scaling, fixed, learner.observable.histogram)
        self._states: dict[int, TrainingState] = {}
        self._hardened: dict[int, LearnedJoint] = {}
        super().__init__(learner, name, learn, judge)

    def _scaling(self, tables: EventTables) -> Scaling:
        observable, behind = self.learner.observable, behind_cuts(tables, self.learner.joint, None)
        return scaling_of_inputs(observable, layout_of(behind), list(segments_of(behind, observable.spec)))

    def _rows(self, tables: EventTables, device: torch.device, dtype: torch.dtype) -> Rows:
        joint = self.learner.joint
        return Rows.of(
            self.learner.observable,
            tables,
            self.scaling,
            device,
            dtype,
            spec=joint.spec,
            cuts=lambda columns: CutColumns.of(joint.kernel, columns, device),
        )

    def engine(self, number: int, rows: Rows) -> ObservableEngine:
        """The network of a restart on some events, behind the cuts."""
        return ObservableEngine(self._passes(number), self.histogram, rows, self._edges(), self.gate)

    def _beside(self, number: int) -> NDArray[np.float64]:
        """Edges of equal bins, and the thresholds of a start."""
        edges = np.zeros(self.engine(number, self.rows).n_free_edges)
        return np.concatenate([edges, self.gate.free_of(self.start(number))])

    def start(self, number: int) -> NDArray[np.float64]:
        """Thresholds that a network begins with: open ones, then those for the bins of the best before it."""
        if number == 0:
            return self.gate.with_fixed(open_values(self.gate.spec))
        return self.hard(self.best(before=number)).point

    def train(self, number: int, state: TrainingState) -> None:
        """Train a network, or continue."""
        self._states[number] = state
        super().train(number, state)

    def hard(self, number: int, *, polish: bool = True) -> LearnedJoint:
        """Hard cuts and bins at the best point of a training; cuts better ones, where they were learned.

        Parameters
        ----------
        number : int
            The network.
        polish : bool, default True
            Whether to learn cuts for its bins now.
        """
        if number in self._hardened:
            return self._hardened[number]
        state, learner = self._states[number], self.learner
        point = self.gate.thresholds(state.best[-self.gate.n_free :])
        learned = LearnedJoint(learner.joint, point, self.bins(number, state))
        if not polish:
            return learned
        seen = InAnalysis(learner.objective, layout_of(self.learn), learned.bin_shape)
        tasks = tasks_of(
            learner.joint, seen, learner.cut_settings, learner.journal, learner.progress, "cuts, "
        )
        self._hardened[number] = with_better_cuts(
            learned, self.learn, self.judge, learner.objective, tasks, self.key(number)
        )
        return self._hardened[number]

    def best(self, *, before: int | None = None, polish: bool = True) -> int:
        """Which network, of all or of those before one, is best with hard cuts on the events that choose."""
        usable = [n for n, s in self._states.items() if s.has_best and (before is None or n < before)]
        judged = {
            n: merit_of(self.hard(n, polish=polish), self.judge, self.learner.objective) for n in usable
        }
        return max(usable, key=lambda n: judged[n])

    def _filled(self) -> EventTables:
        return behind_cuts(self.learn, self.learner.joint, None)

    def soft_behind(self, number: int, learned: LearnedJoint) -> Yields:
        """Soft yields with the last widths at the cuts and bins of the result."""
        bins: LearnedObservable = learned.bins  # type: ignore[assignment]
        return self.soft(number, self._states[number], bins, self.gate, self.gate.free_of(learned.point))
