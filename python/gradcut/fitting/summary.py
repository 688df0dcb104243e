"""What a result says about its cuts, all of it with hard cuts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradcut.fitting.polish import score
from gradcut.fitting.starts import open_values
from gradcut.results.rows import ProcessRow, ThresholdRow

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.fitting.events import HardEvents
    from gradcut.objectives import Objective
    from gradcut.samples import EventTables
    from gradcut.yields import Yields

__all__ = ["column_types", "process_rows", "threshold_rows", "warnings_of"]

#: Thresholds whose objective is this fraction below that of the learned one are as good.
WITHIN = 0.01
#: Candidates of a scan for that interval.
SCAN = 512
#: A process with fewer entries than this after the cuts is named.
SCARCE = 10


def threshold_rows(
    events: HardEvents,
    objective: Objective,
    values: NDArray[np.float64],
    start: NDArray[np.float64],
    missing: dict[str, int],
) -> tuple[ThresholdRow, ...]:
    """One row per threshold, from the events that were learned from."""
    spec, wide = events.spec, open_values(events.spec)
    at = float(score(events, objective, values[None])[0])
    rows = []
    for parameter, name in enumerate(spec.parameters):
        cuts = [c for c in range(spec.n_cuts) if parameter in (spec.low[c], spec.high[c])]
        without = values.copy()
        for cut in cuts:
            for index in (spec.low[cut], spec.high[cut]):
                if index >= 0:
                    without[index] = wide[index]
        low, high = _interval(events, objective, parameter, values, at)
        rows.append(
            ThresholdRow(
                name=name,
                cut=", ".join(spec.cuts[c] for c in cuts),
                start=float(start[parameter]),
                learned=float(values[parameter]),
                low=low,
                high=high,
                without=float(objective.hard(events.yields(without[None]))[0]),
                is_open=bool(values[parameter] == wide[parameter]),
                missing=sum(missing[spec.cuts[c]] for c in cuts),
            )
        )
    return tuple(rows)


def _interval(
    events: HardEvents, objective: Objective, parameter: int, values: NDArray[np.float64], at: float
) -> tuple[float, float]:
    """Range around the learned threshold in which the objective stays within one percent."""
    candidates = events.candidates(parameter)
    if len(candidates) > SCAN:
        candidates = candidates[np.unique(np.linspace(0, len(candidates) - 1, SCAN).astype(np.int64))]
    scores = objective.sign * objective.hard(events.sweep(parameter, values, candidates))
    good = scores >= at - WITHIN * abs(at)
    below = np.flatnonzero(~good & (candidates < values[parameter]))
    above = np.flatnonzero(~good & (candidates > values[parameter]))
    inside = candidates[(below[-1] + 1 if len(below) else 0) : (above[0] if len(above) else len(candidates))]
    low, high = (inside[0], inside[-1]) if len(inside) else (values[parameter], values[parameter])
    return float(min(low, values[parameter])), float(max(high, values[parameter]))


def process_rows(tables: EventTables, used: Yields, unused: Yields | None) -> tuple[ProcessRow, ...]:
    """One row per channel and process."""
    layout = used.layout
    rows = []
    for c, channel in enumerate(layout.channels):
        for p, process in enumerate(layout.processes):
            if not layout.present[c, p, 0]:
                continue
            judged = None if unused is None else [float(m[0, c, p, 0].sum()) for m in unused.moments]
            totals = tables[channel, process].totals
            rows.append(
                ProcessRow(
                    channel=channel,
                    process=process,
                    role=layout.roles[p],
                    before=totals.sum_w,
                    before_entries=totals.entries,
                    used=float(used.moments.sum_w[0, c, p, 0].sum()),
                    unused=None if judged is None else judged[1],
                    unused_error=None if judged is None else float(np.sqrt(judged[2])),
                    unused_entries=None if judged is None else round(judged[0]),
                )
            )
    return tuple(rows)


def warnings_of(rows: tuple[ProcessRow, ...], few: tuple[str, ...], unused: float | None) -> tuple[str, ...]:
    """What a reader of the result should know."""
    found = [
        f"process '{process}' has fewer than 50 events: it is not divided, the same events learn and judge"
        for process in few
    ]
    found += [
        f"process '{row.process}' has {row.unused_entries} unused entries left after the cuts (channel "
        f"'{row.channel}'); its variance has its floor"
        for row in rows
        if row.role == "background" and row.unused_entries is not None and row.unused_entries < SCARCE
    ]
    if unused is not None and not np.isfinite(unused):
        found.append("on the unused events the objective does not exist: too few are left after the cuts")
    return tuple(found)


def column_types(tables: EventTables, features: dict[str, str]) -> dict[str, str]:
    """Types of columns that are features by themselves, where all processes agree.

    Parameters
    ----------
    tables : EventTables
        The events.
    features : dict of str to str
        Name of the feature to the column that it is.
    """
    found: dict[str, str] = {}
    for feature, column in features.items():
        index = tables.features.index(feature)
        types = {table.features()[index].dtype.name for table in tables.values()}
        if len(types) == 1:
            found[column] = types.pop()
    return found
