"""Which learner learns which bins."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from gradcut.binning.edge_learner import EdgeLearner
from gradcut.binning.mixture import MixtureBinning
from gradcut.binning.mixture_learner import MixtureLearner

if TYPE_CHECKING:
    from gradcut.binning.axis import Binning, ProductBinning
    from gradcut.binning.settings import BinSettings
    from gradcut.fitting.journal import Journal
    from gradcut.fitting.tasks import Progress
    from gradcut.objectives import Objective

__all__ = ["learner_of"]


def learner_of(
    binning: Binning | ProductBinning | MixtureBinning,
    objective: Objective,
    settings: BinSettings,
    journal: Journal,
    progress: Callable[[Progress], object] | None,
) -> EdgeLearner | MixtureLearner:
    """Return what learns these bins."""
    if isinstance(binning, MixtureBinning):
        return MixtureLearner(binning, objective, settings, journal, progress)
    return EdgeLearner(binning, objective, settings, journal, progress)
