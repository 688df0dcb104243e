"""Trains networks together with the cuts before them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from gradcut.engines.segments import layout_of, segments_of
from gradcut.engines.torch_selection import CutColumns
from gradcut.fitting.events import HardEvents
from gradcut.fitting.starts import starts
from gradcut.fitting.tasks import scaling_of
from gradcut.joint.found import Found, StoppedJoint
from gradcut.joint.gate import CutGate
from gradcut.joint.learned import LearnedJoint
from gradcut.joint.polishing import with_better_cuts, with_better_edges
from gradcut.joint.starting import cheap_cuts
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
    cuts, the second with those that are best for everything that passes in one bin, others at random.
    """

    joint: Joint
    cut_settings: JointSettings

    @property
    def free(self) -> NDArray[np.bool_]:
        """Which thresholds are learned."""
        return np.array([name not in self.cut_settings.fixed for name in self.joint.kernel.parameters])

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
        best, rows = self._best(work, states)
        learned = LearnedJoint(self.joint, work.thresholds(states[best]), work.bins(best, states[best]))
        try:
            if refine:
                learned = with_better_cuts(learned, work.learn, work.judge, self.objective, self.free)
                learned = with_better_edges(
                    learned, work.learn, work.judge, self.objective, self.settings, self.journal, work.name
                )
        except KeyboardInterrupt:
            raise StoppedEarly(self._made(work, states, base, refine=False)) from None
        value = float(self.objective.hard(learned.yields(base))[0])
        soft = work.soft_behind(best, states[best], learned)
        start = work.start(best)
        return _TrainedBehind(learned, value, soft, rows, work.few(), start)  # type: ignore[arg-type]


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
        self._first: NDArray[np.float64] | None = None
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
        return np.concatenate([edges, self._starts()[number]])

    def start(self, number: int) -> NDArray[np.float64]:
        """Thresholds that a restart began with."""
        return self.gate.thresholds(self._starts()[number])

    def _starts(self) -> NDArray[np.float64]:
        if self._first is None:
            self._first = self._made_starts()
        return self._first

    def _made_starts(self) -> NDArray[np.float64]:
        learner, scaling = self.learner, self.gate.scaling
        n = learner.settings.restarts
        given = []
        if n > 1:
            given.append(
                cheap_cuts(
                    learner.joint,
                    self.learn,
                    learner.cut_settings,
                    learner.journal,
                    learner.progress,
                    self.name,
                )
            )
        rows = starts(self.gate.spec, scaling, max(0, n - 2), given, learner.settings.seed)
        return scaling.free(rows)

    def thresholds(self, state: TrainingState) -> NDArray[np.float64]:
        """Hard thresholds at the best point of a training."""
        return self.gate.thresholds(state.best[-self.gate.n_free :])

    def _filled(self) -> EventTables:
        return behind_cuts(self.learn, self.learner.joint, None)

    def soft_behind(self, number: int, state: TrainingState, learned: LearnedJoint) -> Yields:
        """Soft yields with the last widths at the cuts and bins of the result."""
        bins: LearnedObservable = learned.bins  # type: ignore[assignment]
        return self.soft(number, state, bins, self.gate, self.gate.free_of(learned.point))
