"""Objectives: what a fit makes as large or as small as it can.

What to use when:

* a counting experiment, or a few independent ones: :class:`AsimovSignificance`;
* cuts for a given signal efficiency, as for an object's working points: :class:`EfficiencyLoss`;
* anything else: :func:`maximise` or :func:`minimise` with a function of :class:`gradcut.Yields`.

torch is loaded by the first soft value, not by the import: hard values need numpy only.
"""

from __future__ import annotations

from gradcut.objectives.asimov import AsimovSignificance
from gradcut.objectives.base import Direction, Objective, Sum
from gradcut.objectives.efficiency import EfficiencyLoss
from gradcut.objectives.function import FunctionObjective, maximise, minimise

__all__ = [
    "AsimovSignificance",
    "Direction",
    "EfficiencyLoss",
    "FunctionObjective",
    "Objective",
    "Sum",
    "maximise",
    "minimise",
]
