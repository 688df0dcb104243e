"""Events of learned bins, for pictures: columns and weights by process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.results.binning_result import BinningResult
    from gradcut.samples import Samples

__all__ = ["ProcessEvents", "events_of"]


@dataclass(frozen=True)
class ProcessEvents:
    """Nominal events of a process, of all channels.

    Parameters
    ----------
    process, role : str
        Which.
    columns : tuple of ndarray of float64
        What is binned.
    weights : ndarray of float64
        Of the full sample.
    variance_scale : ndarray of float64
        What a squared weight counts for in the variance.
    """

    process: str
    role: str
    columns: tuple[NDArray[np.float64], ...]
    weights: NDArray[np.float64]
    variance_scale: NDArray[np.float64]


def events_of(result: BinningResult, samples: Samples) -> list[ProcessEvents]:
    """Collect the columns of the bins of signals and backgrounds, in the order of the samples."""
    from gradcut.binning.bins_spec import BinsSpec
    from gradcut.binning.filling import Events

    expressions = result.bins.expressions
    tables = samples.collect(expressions, sentinels=result.provenance["sentinels"])
    events = Events(tables, BinsSpec("axes", "logistic", tuple(expressions), (0,) * len(expressions)))
    found = []
    for number, (process, role) in enumerate(zip(events.layout.processes, events.layout.roles, strict=True)):
        own = [s for s in events.segments if s.at[1] == number and s.at[2] == 0]
        if role not in ("signal", "background") or not own:
            continue
        columns = tuple(
            np.concatenate([np.asarray(s.columns[i], dtype=np.float64) for s in own])
            for i in range(len(expressions))
        )
        weights = np.concatenate([np.asarray(s.weights, dtype=np.float64) for s in own])
        scale = np.concatenate([np.full(s.n_events, s.variance_scale) for s in own])
        found.append(ProcessEvents(process, role, columns, weights, scale))
    return found
