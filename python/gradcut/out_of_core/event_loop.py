"""Fits by ROOT's event loop in this process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

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

__all__ = ["fit_cuts_in_files"]


def fit_cuts_in_files(
    selection: Selection | Regions,
    samples: Samples,
    objective: Objective,
    settings: Settings,
    checkpoint: Path | None,
    progress: Callable[[Progress], object] | None,
) -> CutResult:
    """``gc.fit_cuts(..., engine="event-loop")``.

    Raises
    ------
    DeclarationError
        For what is learned from events in memory only.
    """
    check_possible(selection, settings)
    if isinstance(selection, Regions):
        raise TypeError("regions were refused")
    return run(selection, samples, objective, settings, checkpoint, progress, _opened)


def _opened(
    selection: Selection, samples: Samples, settings: Settings, parts: tuple[str, ...]
) -> SummedPasses:
    return SummedPasses(selection, samples, settings.partition, parts, precision=settings.precision)
