"""Which learner learns which bins."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from gradcut.binning.channel_learner import ChannelLearner
from gradcut.binning.channels import BinGroup, ChannelBinning
from gradcut.binning.edge_learner import EdgeLearner
from gradcut.binning.mixture import MixtureBinning
from gradcut.binning.region_learner import RegionLearner
from gradcut.binning.softmax import SoftmaxBinning

if TYPE_CHECKING:
    from gradcut.binning.channels import OneBinning
    from gradcut.binning.choose import Learner
    from gradcut.binning.settings import BinSettings
    from gradcut.fitting.journal import Journal
    from gradcut.fitting.tasks import Progress
    from gradcut.objectives import Objective

__all__ = ["learner_of"]


def learner_of(
    binning: OneBinning | ChannelBinning,
    objective: Objective,
    settings: BinSettings,
    journal: Journal,
    progress: Callable[[Progress], object] | None,
) -> Learner:
    """Return what learns these bins."""
    if isinstance(binning, ChannelBinning):

        def of_group(group: BinGroup, seen: Objective) -> Learner:
            return learner_of(group.binning, seen, settings, journal, progress)

        return ChannelLearner(binning, objective, of_group)
    if isinstance(binning, (MixtureBinning, SoftmaxBinning)):
        return RegionLearner(binning, objective, settings, journal, progress)
    return EdgeLearner(binning, objective, settings, journal, progress)
