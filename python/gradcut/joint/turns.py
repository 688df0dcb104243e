"""Cuts and bins of columns in turns: each by what learns it alone, with the other as it is.

Either half has an exact and fast learner of hard numbers for a given other half: sweeps and descents of cuts
in yields of fixed bins, and edges or regions of the events behind fixed cuts. One smooth descent of both
would have to be made hard afterwards, by the same steps.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from gradcut.binning.channels import is_learned
from gradcut.binning.choose import choose
from gradcut.binning.learned import LearnedEdges, LearnedWith, StoppedEarly
from gradcut.binning.learners import learner_of
from gradcut.binning.settings import BinSettings
from gradcut.engines.segments import layout_of
from gradcut.errors import DataError, UnattainableError
from gradcut.fitting.events import HardEvents
from gradcut.fitting.learner import Learner
from gradcut.fitting.starts import open_values
from gradcut.fitting.tasks import scaling_of
from gradcut.joint.descents import tasks_of
from gradcut.joint.found import Found, StoppedJoint
from gradcut.joint.in_analysis import InAnalysis
from gradcut.joint.learned import LearnedJoint
from gradcut.joint.polishing import merit_of
from gradcut.joint.tables import PartsSeen, behind_cuts, in_bins
from gradcut.objectives import AsimovSignificance

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.binning.choose import Choice
    from gradcut.binning.learned import LearnedBins
    from gradcut.fitting.journal import Journal
    from gradcut.fitting.parts import Parts, Plan
    from gradcut.fitting.tasks import Progress
    from gradcut.joint.declared import Joint
    from gradcut.joint.settings import JointSettings
    from gradcut.objectives import Objective
    from gradcut.samples import EventTables

__all__ = ["TurnsLearner"]

#: Turns end where one brings less than this part of the objective.
GAIN = 1e-3
#: Parts of the way to new cuts, the first that is better is taken.
SHARES = (1.0, 0.5, 0.25)
#: Steps of a descent to bins.
STEPS = 120


@dataclass(frozen=True)
class TurnsLearner:
    """Learns cuts, and bins of the events that pass.

    Parameters
    ----------
    joint, objective, settings
        What is learned, for what, and how.
    journal : Journal
        What has been done.
    progress : callable, optional
        Called after every step.
    parts : Parts
        Divides the events, collected by the declaration.
    """

    joint: Joint
    objective: Objective
    settings: JointSettings
    journal: Journal
    progress: Callable[[Progress], object] | None
    parts: Parts

    def learn(self, plan: Plan) -> Found:
        """Take turns from open cuts, and from those that are best in one bin; keep the better end.

        Raises
        ------
        StoppedJoint
            On Ctrl-C.
        """
        base = self.parts.scaled(plan.base, plan.name)
        found: list[Found] = []
        refused: Exception | None = None
        for start in ("open cuts", "cuts of one bin"):
            try:
                point = self._start(start, plan)
                if any(np.array_equal(point, one.start) for one in found):
                    continue
                found.append(
                    self._turns(replace(plan, name=f"{plan.name}, from {start}"), base, point, found)
                )
            except (UnattainableError, DataError) as error:
                refused = error
            except KeyboardInterrupt:
                if not found:
                    raise
                raise StoppedJoint(self._better(found)) from None
        if not found:
            assert refused is not None
            raise refused
        return replace(self._better(found), of_starts=tuple(one.value for one in found))

    def _better(self, found: list[Found]) -> Found:
        return max(found, key=lambda one: self.objective.sign * one.value)

    def _start(self, name: str, plan: Plan) -> NDArray[np.float64]:
        if name == "open cuts":
            return self._open()
        # Of an objective that looks along an axis of the bins there is no value of one bin.
        layout = layout_of(self.parts.tables)
        alone = AsimovSignificance() if self.objective.sees_axes else InAnalysis(self.objective, layout)
        return self._learned_cuts(plan, alone, f"{plan.name}, one bin, ", None)

    def _turns(self, plan: Plan, base: EventTables, start: NDArray[np.float64], others: list[Found]) -> Found:
        """Bins for cuts, cuts for these bins, and so on, as long as the hard objective gets better."""
        best: Found | None = None
        try:
            best = self._first(plan, base, start)
            for turn in range(self.settings.turns):
                before = best
                for one in self._turn(plan, turn, base, best):
                    best = self._better([best, one])
                gain = self.objective.sign * (best.value - before.value)
                if not gain > GAIN * self.objective.unit(before.value):
                    break
        except (KeyboardInterrupt, StoppedEarly) as stopped:
            if best is None and isinstance(stopped, StoppedEarly):
                learned = LearnedJoint(self.joint, start, stopped.learned.bins)
                best = self._found(base, learned, start, stopped.learned, ())
            done = [*others, *([] if best is None else [best])]
            if not done:
                raise
            raise StoppedJoint(self._better(done)) from None
        return best

    def _first(self, plan: Plan, base: EventTables, start: NDArray[np.float64]) -> Found:
        """Cuts of a start, looser ones where they leave too few events for bins, and bins behind them."""
        refused: Exception | None = None
        for back, share in enumerate(SHARES):
            point = self._between(base, self._open(), start, share)
            try:
                return self._with_bins(plan, f"0, {back}", base, point, point)
            except (UnattainableError, DataError) as error:
                refused = refused or error
        assert refused is not None
        raise refused

    def _open(self) -> NDArray[np.float64]:
        point = open_values(self.joint.kernel)
        for parameter, value in self.settings.fixed_at(self.joint.kernel).items():
            point[parameter] = value
        return point

    def _turn(self, plan: Plan, turn: int, base: EventTables, best: Found) -> Iterator[Found]:
        """Cuts for the bins so far, with these bins, and with those that are learned for them.

        Cuts that leave too few events for good bins are taken back half of the way, and half of that.
        """
        old, new = best.learned.point, self._cuts(plan, turn, best.learned)
        for back, share in enumerate(() if np.array_equal(old, new) else SHARES):
            point = self._between(base, old, new, share)
            better = False
            for one in self._trials(plan, f"{turn + 1}, {back}", base, best, point):
                better |= self.objective.sign * (one.value - best.value) > 0
                yield one
            if better:
                return

    def _trials(
        self, plan: Plan, label: str, base: EventTables, best: Found, point: NDArray[np.float64]
    ) -> Iterator[Found]:
        if self.settings.limits is None:
            yield self._found(base, replace(best.learned, point=point), best.start, None, best.choices)
        if is_learned(self.joint.what):  # type: ignore[arg-type]
            with contextlib.suppress(UnattainableError, DataError):  # too few events behind these cuts
                yield self._with_bins(plan, label, base, best.start, point)

    def _between(
        self, base: EventTables, old: NDArray[np.float64], new: NDArray[np.float64], share: float
    ) -> NDArray[np.float64]:
        """Cuts a part of the way from old ones to new ones."""
        if share == 1:
            return new
        spec = self.joint.kernel
        scaling = scaling_of(HardEvents(spec, in_bins(base, self.joint, None)), {})
        rows = scaling.within(scaling.standardise(np.array([old, new])))
        moved = (1 - share) * rows[0] + share * rows[1]
        same = old == new
        return np.where(same, new, moved * scaling.scale + scaling.centre)

    def _with_bins(
        self,
        plan: Plan,
        label: str,
        base: EventTables,
        start: NDArray[np.float64],
        point: NDArray[np.float64],
    ) -> Found:
        """Cuts, and the bins that are learned for them."""
        made, choices = self._bins(replace(plan, name=f"{plan.name}, bins {label}"), point)
        return self._found(base, LearnedJoint(self.joint, point, made.bins), start, made, choices)

    def _found(
        self,
        base: EventTables,
        learned: LearnedJoint,
        start: NDArray[np.float64],
        with_bins: LearnedWith | None,
        choices: tuple[Choice, ...],
    ) -> Found:
        value = self.objective.sign * merit_of(learned, base, self.objective)
        return Found(learned, value, start, (), None if with_bins is None else with_bins.soft, choices)

    def _bins(self, plan: Plan, point: NDArray[np.float64]) -> tuple[LearnedWith, tuple[Choice, ...]]:
        """Bins of the events behind cuts."""
        what, settings = self.joint.what, self.settings
        if not is_learned(what):  # type: ignore[arg-type]
            edges = tuple(np.asarray(axis.edges, dtype=np.float64) for axis in what.axes)  # type: ignore[union-attr]
            return LearnedWith(LearnedEdges(what, edges), np.nan, None, ()), ()  # type: ignore[arg-type]
        how = BinSettings(
            "gradient",
            settings.limits,
            settings.partition,
            settings.starts,
            STEPS,
            0,
            settings.seed,
            True,
            settings.n_threads,
            settings.reader,
        )
        seen = InAnalysis(self.objective, layout_of(self.parts.tables))
        learner = learner_of(what, seen, how, self.journal, self.progress)  # type: ignore[arg-type]
        parts = PartsSeen(self.parts, partial(behind_cuts, joint=self.joint, point=point))
        return choose(plan, parts, learner, seen, what.spec, what.choices)  # type: ignore[arg-type, union-attr]

    def _cuts(self, plan: Plan, turn: int, learned: LearnedJoint) -> NDArray[np.float64]:
        """Cuts with bins as they are."""
        seen = InAnalysis(self.objective, layout_of(self.parts.tables), learned.bin_shape)
        return self._learned_cuts(plan, seen, f"{plan.name}, cuts {turn + 1}, ", learned.bins)

    def _learned_cuts(
        self, plan: Plan, objective: Objective, prefix: str, bins: LearnedBins | None
    ) -> NDArray[np.float64]:
        tasks = tasks_of(self.joint, objective, self.settings, self.journal, self.progress, prefix)
        parts = PartsSeen(self.parts, partial(in_bins, joint=self.joint, bins=bins))
        return Learner(tasks, parts).learn(plan).values  # type: ignore[arg-type]
