"""Fits whose passes over the events are made by a cluster."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradcut.cluster.runner import DaskRunner
from gradcut.cluster.sources import check_sources
from gradcut.out_of_core.cuts import check_possible, run
from gradcut.out_of_core.summed import SummedPasses
from gradcut.regions import Regions

if TYPE_CHECKING:
    from gradcut.fitting.settings import Settings
    from gradcut.fitting.tasks import Progress
    from gradcut.objectives import Objective
    from gradcut.results import CutResult
    from gradcut.samples import Samples
    from gradcut.selection import Selection

__all__ = ["fit_cuts_on_cluster"]


def fit_cuts_on_cluster(
    selection: Selection | Regions,
    samples: Samples,
    objective: Objective,
    settings: Settings,
    checkpoint: Path | None,
    progress: Callable[[Progress], object] | None,
    client: Any,
) -> CutResult:
    """``gc.fit_cuts(..., engine="dask")``.

    Raises
    ------
    DeclarationError
        For what is learned from events in memory only, and samples that cannot be sent to a cluster.
    """
    check_possible(selection, settings)
    check_sources(samples)
    runner = DaskRunner(client)

    def opened(
        selection: Selection, samples: Samples, settings: Settings, parts: tuple[str, ...]
    ) -> SummedPasses:
        return SummedPasses(
            *(selection, samples, settings.partition, parts),
            precision=settings.precision,
            runner=runner,
            who="dask",
        )

    if isinstance(selection, Regions):
        raise TypeError("regions were refused")
    return run(selection, samples, objective, settings, checkpoint, progress, opened)
