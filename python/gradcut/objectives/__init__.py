"""Objectives: what a fit makes as large or as small as it can.

What to use when:

* a counting experiment, or a few independent ones: :class:`AsimovSignificance`;
* several bins or channels whose uncertainties are correlated: :class:`CorrelatedSignificance`;
* an exclusion, a discovery or a limit with all uncertainties profiled: :class:`CLs`, :class:`DiscoveryP0`,
  :class:`ProfileSignificance`, :class:`UpperLimit`;
* what is measured with all uncertainties in the fit: :class:`SignalStrengthUncertainty`; beside it
  :class:`NuisanceConstraint`, :class:`GeneralisedVariance`, :class:`Gaussianity`;
* a signal of unknown cross-section: :class:`PunziSignificance`; a small one beside a large background:
  :class:`SignalOverRootBackground`;
* several signals, alternatives or each the background of the others, their mean, the worst, the product:
  :class:`SeveralSignals`;
* cuts for a given signal efficiency, as for an object's working points: :class:`EfficiencyLoss`;
* a background budget or a purity floor: ``.within(max_background=12.5)``, ``.within(min_purity=0.8)`` of
  any of these, or of :class:`SignalEfficiency`, the most signal;
* a resonance on a falling spectrum, with its background from sidebands: :class:`Sideband`;
* bins that leave the mass shape of the background alone: :class:`Decorrelated`;
* anything else: :func:`maximise` or :func:`minimise` with a function of :class:`gradcut.Yields`.

torch is loaded by the first soft value, not by the import: hard values need numpy only.
"""

from __future__ import annotations

from gradcut.objectives.asimov import AsimovSignificance
from gradcut.objectives.base import Direction, Objective, Sum
from gradcut.objectives.correlated import CorrelatedSignificance
from gradcut.objectives.decorrelated import Decorrelated
from gradcut.objectives.efficiency import EfficiencyLoss
from gradcut.objectives.figures_of_merit import PunziSignificance, SignalOverRootBackground
from gradcut.objectives.function import FunctionObjective, maximise, minimise
from gradcut.objectives.hypothesis import CLs, DiscoveryP0, ProfileSignificance, UpperLimit
from gradcut.objectives.inference import (
    Gaussianity,
    GeneralisedVariance,
    NuisanceConstraint,
    SignalStrengthUncertainty,
)
from gradcut.objectives.likelihood import LikelihoodObjective
from gradcut.objectives.several_signals import SeveralSignals
from gradcut.objectives.sideband import Sideband
from gradcut.objectives.signal_efficiency import SignalEfficiency
from gradcut.objectives.within import Within

__all__ = [
    "AsimovSignificance",
    "CLs",
    "CorrelatedSignificance",
    "Decorrelated",
    "Direction",
    "DiscoveryP0",
    "EfficiencyLoss",
    "FunctionObjective",
    "Gaussianity",
    "GeneralisedVariance",
    "LikelihoodObjective",
    "NuisanceConstraint",
    "Objective",
    "ProfileSignificance",
    "PunziSignificance",
    "SeveralSignals",
    "Sideband",
    "SignalEfficiency",
    "SignalOverRootBackground",
    "SignalStrengthUncertainty",
    "Sum",
    "UpperLimit",
    "Within",
    "maximise",
    "minimise",
]
