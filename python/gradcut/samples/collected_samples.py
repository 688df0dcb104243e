"""Samples whose events have been collected for a selection."""

from __future__ import annotations

from gradcut.samples.samples import Samples
from gradcut.samples.tables import EventTables

__all__ = ["CollectedSamples"]


class CollectedSamples(Samples):
    """Samples whose events are in memory, for a fit to changed events.

    Parameters
    ----------
    samples : Samples
        Where they came from.
    tables : EventTables
        What they are now: as :func:`gradcut.engines.collect` gave them for the selection that is fitted.
    """

    def __init__(self, samples: Samples, tables: EventTables) -> None:
        self.__dict__.update(samples.__dict__)
        self.collected = tables
