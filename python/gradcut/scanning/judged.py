"""Hard efficiencies of working points on some events, with their uncertainties."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from gradcut.fitting.events import HardEvents
from gradcut.results.scan_result import Efficiency
from gradcut.stats.efficiency import efficiency_error

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.kernel_spec import KernelSpec
    from gradcut.samples import EventTables

__all__ = ["judged"]


def judged(spec: KernelSpec, given: Iterable[tuple[EventTables, NDArray[np.float64]]]) -> list[Efficiency]:
    """Efficiencies of working points, one per row of the thresholds.

    Parameters
    ----------
    spec : KernelSpec
        The selection.
    given : iterable of (EventTables, ndarray of shape (working points, parameters))
        Events, and the thresholds that they are judged by; the sums over all of them are divided.

    Notes
    -----
    Uncertainties are those of the events that are counted here, also where these are a part that is scaled
    to stand for the full sample.
    """
    kept: dict[str, NDArray[np.float64]] = {}
    total: dict[str, NDArray[np.float64]] = {}
    for tables, values in given:
        events = HardEvents(spec, tables)
        moments = events.yields(values).moments
        for table in tables.values():
            c, p = tables.channels.index(table.channel), tables.processes.index(table.process)
            squares = moments.variance[:, c, p, 0, 0] / table.variance_scale
            sums = np.array([moments.sum_w[:, c, p, 0, 0], squares])
            whole = np.array([[table.totals.sum_w], [table.totals.sum_w2]])
            kept[table.role] = kept.get(table.role, 0.0) + sums
            total[table.role] = total.get(table.role, 0.0) + whole
    columns = []
    for role in ("signal", "background"):
        (k, k2), (t, t2) = kept[role], total[role]
        columns += [k / t, efficiency_error(k, k2, t, t2)]
    return [Efficiency(*(float(number) for number in row)) for row in np.transpose(columns)]
