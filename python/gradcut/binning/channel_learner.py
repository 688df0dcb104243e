"""Bins that differ between channels, learned in turns for the objective of all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from gradcut.binning.axis import Binning
from gradcut.binning.channels import is_learned
from gradcut.binning.collecting import of_group
from gradcut.binning.filling import Events
from gradcut.binning.hard import hard_yields
from gradcut.binning.in_channels import InChannels
from gradcut.binning.learned import LearnedEdges, LearnedWith, StoppedEarly
from gradcut.binning.learned_channels import LearnedChannels
from gradcut.binning.learned_mixture import LearnedMixture
from gradcut.binning.learned_softmax import LearnedSoftmax
from gradcut.binning.mixture import MixtureBinning
from gradcut.binning.softmax import SoftmaxBinning
from gradcut.engines.segments import layout_of
from gradcut.errors import UnattainableError
from gradcut.side_by_side import joined, joined_layout

if TYPE_CHECKING:
    from gradcut.binning.channels import BinGroup, ChannelBinning
    from gradcut.binning.choose import Learner
    from gradcut.binning.learned import LearnedBins
    from gradcut.objectives import Objective
    from gradcut.samples import EventTables
    from gradcut.yields import Yields, YieldsLayout

__all__ = ["ChannelLearner"]

#: Turns of all groups where the objective ties bins together, and the relative gain that ends them.
TURNS, ENOUGH = 5, 1e-5

#: Makes what learns the bins of one group for an objective.
Learners = Callable[["BinGroup", "Objective"], "Learner"]


@dataclass(frozen=True)
class ChannelLearner:
    """Learns the bins of every group of channels, with those of all others as they are.

    Parameters
    ----------
    binning : ChannelBinning
        The declaration.
    objective : Objective
        Of all channels.
    learners : callable
        Makes what learns one group.

    Notes
    -----
    Groups start as one bin each. Where the objective adds over bins they know nothing of each other, and one
    turn is the answer; else they take turns until none gains.
    """

    binning: ChannelBinning
    objective: Objective
    learners: Learners

    def learn(
        self, name: str, tables: EventTables, choices: Sequence[tuple[int, ...]]
    ) -> dict[tuple[int, ...], LearnedWith]:
        """Learn every number of bins from some events; those that cannot be had are left out."""
        found: dict[tuple[int, ...], LearnedWith] = {}
        refused: UnattainableError | None = None
        turns = _Turns(self, name, tables)
        for choice in choices:
            try:
                found[choice] = turns.learned(choice)
            except UnattainableError as error:
                refused = error
        if not found and refused is not None:
            raise refused
        return found


@dataclass
class _Turns:
    """The groups of some events."""

    learner: ChannelLearner
    name: str
    tables: EventTables
    own: list[EventTables] = field(init=False)
    layout: YieldsLayout = field(init=False)
    #: What was learned of a group with some numbers of bins, where it does not depend on the others.
    known: dict[tuple[int, tuple[int, ...]], LearnedWith] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.own = [of_group(self.tables, group) for group in self.learner.binning.groups]
        self.layout = layout_of(self.tables)

    def learned(self, choice: tuple[int, ...]) -> LearnedWith:
        groups, objective = self.learner.binning.groups, self.learner.objective
        bins = [_unlearned(group, own) for group, own in zip(groups, self.own, strict=True)]
        parts = [self._yields(i, one) for i, one in enumerate(bins)]
        soft: list[Yields | None] = list(parts)
        value = -np.inf
        shares = self.learner.binning.divided(choice)
        for turn in range(TURNS if objective.ties else 1):
            before = value
            for i, group in enumerate(groups):
                if not is_learned(group.binning):
                    continue
                try:
                    learned = self._of_group(i, shares[i], parts, turn)
                except StoppedEarly as stopped:
                    bins[i], parts[i] = stopped.learned.bins, self._yields(i, stopped.learned.bins)
                    raise StoppedEarly(self._together(bins, parts, [None])) from None
                now = objective.sign * learned.value
                if turn == 0 or now > value:
                    bins[i], soft[i], value = learned.bins, learned.soft, now
                    parts[i] = self._yields(i, learned.bins)
            if value - before <= ENOUGH * abs(value):
                break
        return self._together(bins, parts, soft)

    def _of_group(self, i: int, share: tuple[int, ...], parts: list[Yields], turn: int) -> LearnedWith:
        if (i, share) in self.known:
            return self.known[i, share]
        learner = self.learner
        group = learner.binning.groups[i]
        seen = InChannels(learner.objective, self.layout, parts, i)
        task = f"{self.name}, '{group.name}'" + (f", turn {turn + 1}" if turn else "")
        found = learner.learners(group, seen).learn(task, self.own[i], [share])[share]
        if not learner.objective.ties:
            self.known[i, share] = found
        return found

    def _yields(self, i: int, bins: LearnedBins) -> Yields:
        return hard_yields(bins, self.own[i], self.learner.binning.groups[i].binning.spec)

    def _together(
        self, bins: list[LearnedBins], parts: list[Yields], soft: Sequence[Yields | None]
    ) -> LearnedWith:
        smooth = [one for one in soft if one is not None]
        whole = self._joined(parts)
        return LearnedWith(
            LearnedChannels(self.learner.binning, tuple(bins)),
            float(self.learner.objective.hard(whole)[0]),
            self._joined(smooth) if len(smooth) == len(parts) else None,
            (),
        )

    def _joined(self, parts: Sequence[Yields]) -> Yields:
        return joined(joined_layout(self.layout, [part.layout for part in parts]), parts)


def _unlearned(group: BinGroup, tables: EventTables) -> LearnedBins:
    """One bin, or what is given."""
    binning = group.binning
    if isinstance(binning, SoftmaxBinning):
        return LearnedSoftmax(binning, (0,), np.zeros(1))
    if isinstance(binning, MixtureBinning):
        n = len(binning.expressions)
        return LearnedMixture(binning, np.zeros(1), np.zeros((1, n)), np.eye(n)[None])
    learned = [axis for axis in binning.axes if axis.learned]
    given = [np.asarray(axis.edges) for axis in binning.axes if not axis.learned]
    events = Events(tables, binning.spec)
    ends = [events.axis(i, axis) for i, axis in enumerate(learned)]
    edges = (*(np.array([axis.low, axis.high]) for axis in ends), *given)
    if not learned:
        return LearnedEdges(binning, edges)
    one = binning.with_bins(1) if isinstance(binning, Binning) else binning.with_bins([1] * len(learned))
    return LearnedEdges(one, edges)
