"""What a result says about how an observable was trained, and what to know of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from gradcut.binning.summary import bin_warnings
from gradcut.networks import Network
from gradcut.observables.batches import FEW

if TYPE_CHECKING:
    from gradcut.observables.learner import Trained
    from gradcut.observables.observable import Observable
    from gradcut.observables.settings import TrainingSettings
    from gradcut.results.bin_rows import BinRow

__all__ = ["message_of", "warnings_of"]


def message_of(
    trained: Trained, observable: Observable, settings: TrainingSettings, interrupted: bool
) -> str:
    """How the observable was made."""
    best = max(trained.restarts, key=lambda row: (row.steps > 0, row.best_step))
    parts = []
    if settings.warm_up is not None and settings.warm_up_steps:
        parts.append(f"{settings.warm_up_steps} steps as a classifier")
    loss = "the objective" if settings.loss is None else "cross-entropy"
    batch = "all events" if settings.batch is None else f"batches of {settings.batch}"
    parts.append(f"up to {settings.steps} steps along {loss}, {batch} at a time")
    if len(trained.restarts) > 1:
        values = sorted(row.chosen_by for row in trained.restarts)
        parts.append(
            f"{len(values)} networks came to {values[0]:.4g} .. {values[-1]:.4g} on events to choose by"
        )
    else:
        parts.append(f"best at step {best.best_step}")
    if settings.limits is not None:
        parts.append(f"within {settings.limits}")
    if interrupted:
        parts.append("interrupted before all networks were trained")
    return "; ".join(parts)


def warnings_of(
    trained: Trained,
    rows: tuple[BinRow, ...],
    few: Sequence[str],
    judged: float | None,
    missing: Mapping[str, int],
    observable: Observable,
    settings: TrainingSettings,
) -> tuple[str, ...]:
    """What to know before using the observable."""
    lost = {} if observable.missing == "flag" else dict(missing)
    found = list(bin_warnings(rows, few, judged, lost, limited=settings.limits is not None))
    if any(lost.values()):
        found.append("missing='flag' keeps events with missing inputs")
    for process, entries in trained.few.items():
        found.append(
            f"batches of {settings.batch} have {entries:.2g} effective entries of '{process}' per bin: "
            f"gradients of fewer than {FEW:g} are mostly noise; larger batches, or batch=None"
        )
    for row in trained.restarts:
        if row.ended and not row.ended.startswith("no progress"):
            found.append(
                f"the training of network {row.number} ended early: {row.ended}; its last good state is used"
            )
    if not isinstance(trained.bins.outputs, Network):
        found.append(
            "the network cannot be written as layers: it can be evaluated here, but not saved or compiled"
        )
    return tuple(found)
