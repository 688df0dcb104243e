"""Samples: where events come from, what they weigh, how they vary, and which of them learn.

What to use when: :class:`Samples` declares an analysis; ``samples.collect(features)`` reads it into
:class:`EventTables`, plain numpy arrays that every engine takes; :class:`Split` and :class:`Folds` decide
which events learn and which judge; :class:`FromSpec` takes a sample out of a ROOT dataset specification.
"""

from __future__ import annotations

from gradcut.samples.event_table import EventTable
from gradcut.samples.reclustering import recluster
from gradcut.samples.samples import Samples
from gradcut.samples.sources import FromSpec, SourceSpec
from gradcut.samples.splits import Folds, Partition, Split
from gradcut.samples.tables import EventTables, Provenance, VariationGroup
from gradcut.samples.totals import Totals
from gradcut.samples.variations import NOMINAL

__all__ = [
    "NOMINAL",
    "EventTable",
    "EventTables",
    "Folds",
    "FromSpec",
    "Partition",
    "Provenance",
    "Samples",
    "SourceSpec",
    "Split",
    "Totals",
    "VariationGroup",
    "recluster",
]
