"""What a result says about its cuts, all of it with hard cuts."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from gradcut.fitting.constraint import met
from gradcut.fitting.starts import neutral_values, open_values
from gradcut.fitting.tasks import scaling_of
from gradcut.jagged import Jagged
from gradcut.objectives.base import ROUNDING
from gradcut.results.rows import ProcessRow, ThresholdRow
from gradcut.yields import YieldsLayout

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.fitting.events import HardEvents
    from gradcut.fitting.judging import Unused
    from gradcut.objectives import Objective
    from gradcut.samples import EventTables
    from gradcut.yields import Yields

__all__ = [
    "column_types",
    "process_rows",
    "threshold_rows",
    "warnings_of",
    "warnings_of_few",
    "warnings_of_missed",
]

#: Thresholds whose objective is this fraction below that of the learned one are as good.
WITHIN = 0.01
#: Candidates of a pass of the scan for that interval.
SCAN = 512
#: A process with fewer entries than this after the cuts is named.
SCARCE = 10


def threshold_rows(
    events: HardEvents,
    unused: Unused | None,
    objective: Objective,
    values: NDArray[np.float64],
    start: NDArray[np.float64],
    missing: dict[str, int],
    fixed: Collection[str] = (),
) -> tuple[ThresholdRow, ...]:
    """One row per threshold, from the events that were learned from and those that were not.

    Under a constraint the objective without a cut, and with it alone, is that of the other cuts moved to
    where they meet it again; those of ``fixed`` parameters stay. Unused events cannot say what that would be.
    """
    spec, wide, absent = events.spec, open_values(events.spec), neutral_values(events.spec)
    again = partial(_at_constraint, events, objective, fixed)
    comparable = unused is not None and not objective.is_constrained
    rows = []
    for parameter, name in enumerate(spec.parameters):
        cuts = spec.users(parameter)
        ends = sorted({p for c in cuts for p in spec.parameters_of(c)})
        low, high = _interval(events, objective, parameter, values)
        points = np.array([_replaced(values, ends, absent), _replaced(absent, ends, values)])
        without, alone = objective.hard(events.yields(again(points)))
        opened = partial(_replaced, ends=ends, others=absent)
        rows.append(
            ThresholdRow(
                name=name,
                cut=", ".join(spec.cuts[c] for c in cuts),
                start=float(start[parameter]),
                learned=float(values[parameter]),
                low=low,
                high=high,
                without=float(without),
                without_unused=float(objective.hard(unused.yields(opened))[0])
                if comparable and unused is not None
                else None,
                alone=float(alone),
                is_open=bool(values[parameter] == wide[parameter]),
                missing=sum(missing[spec.cuts[c]] for c in cuts),
            )
        )
    return tuple(rows)


def _at_constraint(
    events: HardEvents, objective: Objective, fixed: Collection[str], points: NDArray[np.float64]
) -> NDArray[np.float64]:
    if not objective.is_constrained:
        return points
    free = np.array([name not in fixed for name in events.spec.parameters])
    return met(events, objective, scaling_of(events, {}), points, free)


def _replaced(
    values: NDArray[np.float64], ends: list[int], others: NDArray[np.float64]
) -> NDArray[np.float64]:
    changed: NDArray[np.float64] = values.copy()
    changed[ends] = others[ends]
    return changed


def _interval(
    events: HardEvents, objective: Objective, parameter: int, values: NDArray[np.float64]
) -> tuple[float, float]:
    """Range around the learned threshold in which the objective stays within one percent."""
    at = float(objective.penalised(events.yields(values[None]))[0])

    def is_good(candidates: NDArray[np.float64]) -> NDArray[np.bool_]:
        increasing = np.sort(candidates)
        scores = objective.penalised(events.sweep(parameter, values, increasing))
        return np.asarray(scores >= at - WITHIN * abs(at))[np.searchsorted(increasing, candidates)]

    candidates, learned = events.candidates(parameter, values), float(values[parameter])
    below, above = candidates[candidates < learned][::-1], candidates[candidates > learned]
    return _reach(is_good, below, learned), _reach(is_good, above, learned)


def _reach(
    is_good: Callable[[NDArray[np.float64]], NDArray[np.bool_]],
    outward: NDArray[np.float64],
    learned: float,
) -> float:
    """Last of some thresholds before the first that is worse, going away from the learned one.

    In two passes: where there are many, every nth, then all between the last good and the first bad one.
    """
    reached = learned
    while len(outward):
        at = np.unique(np.linspace(0, len(outward) - 1, min(len(outward), SCAN)).astype(np.int64))
        bad = np.flatnonzero(~is_good(outward[at]))
        first = int(bad[0]) if len(bad) else len(at)
        if first:
            reached = float(outward[at[first - 1]])
        if len(bad) == 0 or len(at) == len(outward):
            break
        outward = outward[(at[first - 1] + 1 if first else 0) : at[first] + 1]
    return reached


def process_rows(
    everything: EventTables | YieldsLayout, used: Yields, unused: Yields | None
) -> tuple[ProcessRow, ...]:
    """One row per channel and process.

    Parameters
    ----------
    everything : EventTables or YieldsLayout
        All events, or where they are in files what is known of them: the yields before the selection.
    used, unused : Yields
        After it.
    """
    layout, floor = used.layout, np.sqrt(used.variance_floor())
    rows = []
    for c, channel in enumerate(layout.channels):
        for p, process in enumerate(layout.processes):
            if not layout.present[c, p, 0]:
                continue
            judged = None if unused is None else [float(m[0, c, p, 0].sum()) for m in unused.moments]
            if isinstance(everything, YieldsLayout):
                before, entries = float(everything.total_sum_w[c, p]), int(everything.total_entries[c, p])
            else:
                totals = everything[channel, process].totals
                before, entries = totals.sum_w, totals.entries
            rows.append(
                ProcessRow(
                    channel=channel,
                    process=process,
                    role=layout.roles[p],
                    before=before,
                    before_entries=entries,
                    used=float(used.moments.sum_w[0, c, p, 0].sum()),
                    unused=None if judged is None else judged[1],
                    unused_error=None if judged is None else float(np.sqrt(judged[2])),
                    unused_entries=None if judged is None else round(judged[0]),
                    floor=float(floor[c, p]),
                )
            )
    return tuple(rows)


def warnings_of_few(few: tuple[str, ...]) -> list[str]:
    """What a reader should know of processes that have few events."""
    return [
        f"process '{process}' has fewer than 50 events: it is not divided, the same events learn and judge"
        for process in few
    ]


def warnings_of_missed(objective: Objective, used: Yields) -> tuple[str, ...]:
    """What a reader should know where the constraint is not met on the events learned from."""
    constrained = objective.constrained(used)
    if constrained is None or constrained.excess[0] >= -ROUNDING:
        return ()
    return (
        f"the {objective.constraint} is missed by {-float(constrained.excess[0]):.3g} where it was learned",
    )


def warnings_of(rows: tuple[ProcessRow, ...], few: tuple[str, ...], unused: float | None) -> tuple[str, ...]:
    """What a reader of the result should know."""
    found = warnings_of_few(few)
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
        given = [table.features()[index] for table in tables.values()]
        columns = [c.values if isinstance(c, Jagged) else c for c in given]
        # A column without any value, such as that of a cut of another region, says nothing.
        types = {c.dtype.name for c in columns if c.dtype.kind != "f" or not np.isnan(c).all()}
        if len(types) == 1:
            found[column] = types.pop()
    return found
