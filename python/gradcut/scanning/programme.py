"""The programme of a scan: read, learn, judge, and put the result together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from gradcut.engines import collect
from gradcut.expressions.nodes import Column
from gradcut.fitting.attainable import check_attainable
from gradcut.fitting.events import HardEvents
from gradcut.fitting.parts import Parts
from gradcut.fitting.summary import column_types, warnings_of_few
from gradcut.objectives import EfficiencyLoss
from gradcut.results.metadata import metadata
from gradcut.results.rows import FoldRow
from gradcut.results.scan_result import ScanResult, WorkingPoint
from gradcut.samples import Folds
from gradcut.scanning.efficiencies import Efficiencies
from gradcut.scanning.exact import HardTarget
from gradcut.scanning.judged import judged
from gradcut.scanning.learner import Interrupted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.fitting.parts import Plan
    from gradcut.fitting.settings import Settings
    from gradcut.kernel_spec import KernelSpec
    from gradcut.results.certificate import Certificate
    from gradcut.results.scan_result import Efficiency
    from gradcut.samples import EventTables, Samples
    from gradcut.scanning.learner import WorkingPoints
    from gradcut.selection import Selection

    Certify = Callable[[HardEvents, NDArray[np.float64], NDArray[np.float64]], tuple[Certificate, ...]]

__all__ = ["Learner", "run"]


class Learner(Protocol):
    """Learns working points from events."""

    def learn(self, tables: EventTables, name: str) -> WorkingPoints:
        """Learn from some events, with a name for them."""


def run(
    selection: Selection,
    samples: Samples,
    settings: Settings,
    targets: NDArray[np.float64] | None,
    make_learner: Callable[[KernelSpec], Learner],
    *,
    began: tuple[float, float],
    details: Mapping[str, Any],
    method: Mapping[str, Any] | None = None,
    certify: Certify | None = None,
) -> ScanResult:
    """Learn working points from all events and from those outside of each fold, and judge them.

    Parameters
    ----------
    selection, samples, settings
        As declared.
    targets : ndarray of shape (working points,), or None
        Wanted signal efficiencies, rising; without them those that are reached on the used events.
    make_learner : callable
        From the selection to what learns.
    began : tuple of float
        Time and CPU seconds when it was called.
    details : mapping
        Further settings, for the provenance.
    method : mapping, optional
        Another method than that of :func:`gradcut.scan_cuts`, with its name.
    certify : callable, optional
        From the events that were learned from, thresholds and targets to a certificate per working point.
    """
    spec = selection.kernel_spec()
    tables = collect(selection, samples, split=settings.partition, reader=settings.reader)
    everything = HardEvents(spec, tables)
    Efficiencies(everything.layout)
    fixed = {spec.parameters.index(name): value for name, value in settings.fixed.items()}
    if targets is not None:
        check_attainable(everything, EfficiencyLoss(float(targets[-1])), fixed)
    plain = {c.label: c.feature.name for c in selection.cuts if isinstance(c.feature, Column)}
    types = column_types(tables, plain)

    def named(values: NDArray[np.float64]) -> dict[str, float]:
        return dict(zip(spec.parameters, values.tolist(), strict=True))

    def snapped(values: NDArray[np.float64]) -> NDArray[np.float64]:
        free = {**selection.snap(named(values), types), **settings.fixed}
        return np.array([free[name] for name in spec.parameters])

    parts = Parts(tables, settings.partition)
    plans = parts.plans()
    final, learned, interrupted = _learn(make_learner(spec), parts, plans, settings)
    values = np.array([snapped(row) for row in final.values])
    cuts = [np.array([snapped(row) for row in one.values]) for one in learned]
    by_folds = isinstance(settings.partition, Folds)
    used_tables = tables if by_folds else parts.scaled(plans[0].base, "used")
    used = judged(spec, [(used_tables, values)])
    used_events = HardEvents(spec, used_tables)
    unused = None if len(cuts) < len(plans) else _unused(spec, parts, plans, cuts)
    if targets is None:
        targets = np.array([one.signal for one in used])
    provenance = {
        "samples": samples.describe(),
        "settings": {**settings.describe(), **details},
        "event": list(samples.event_columns),
        **({} if method is None else {"method": dict(method)}),
    }
    warnings = () if interrupted else _missed(targets, used, used_events)
    certificates = None if certify is None or interrupted else certify(used_events, values, targets)
    return ScanResult(
        selection=selection,
        points=tuple(
            WorkingPoint(
                selection=selection,
                target=float(target),
                values=named(values[at]),
                used=used[at],
                unused=None if unused is None else unused[at],
                folds=tuple(
                    FoldRow(named(rows[at]), float(one.background[at]), "scan")
                    for one, rows in zip(learned, cuts, strict=True)
                    if by_folds
                ),
                certificate=None if certificates is None else certificates[at],
                provenance=provenance,
            )
            for at, target in enumerate(targets)
        ),
        status="interrupted" if interrupted else "finished",
        warnings=(*warnings_of_few(parts.few), *warnings),
        provenance=provenance,
        metadata=metadata(began),
    )


def _learn(
    learner: Learner, parts: Parts, plans: tuple[Plan, ...], settings: Settings
) -> tuple[WorkingPoints, list[WorkingPoints], bool]:
    """Working points to keep, those that judge, and whether it was interrupted."""
    by_folds = isinstance(settings.partition, Folds)
    try:
        tables = parts.tables if by_folds else parts.scaled(plans[0].base, "used")
        final = learner.learn(tables, "all events" if by_folds else "train")
    except Interrupted as stop:
        return stop.points, [], True
    if not by_folds:
        return final, [final], False
    learned: list[WorkingPoints] = []
    try:
        learned.extend(learner.learn(parts.scaled(plan.base, plan.name), plan.name) for plan in plans)
    except (Interrupted, KeyboardInterrupt):
        return final, [], True
    return final, learned, False


def _unused(
    spec: KernelSpec, parts: Parts, plans: tuple[Plan, ...], cuts: list[NDArray[np.float64]]
) -> list[Efficiency] | None:
    """Efficiencies on events that chose nothing; None where there are none."""
    given = []
    for plan, values in zip(plans, cuts, strict=True):
        if plan.test is None:
            return None
        # Folds add up to all events; a part to test with stands for them.
        divided = parts.unscaled if len(plans) > 1 else parts.scaled
        given.append((divided(plan.test, plan.name), values))
    return judged(spec, given)


def _missed(targets: NDArray[np.float64], used: list[Efficiency], events: HardEvents) -> tuple[str, ...]:
    event = HardTarget(events, Efficiencies(events.layout).totals["signal"]).event
    return tuple(
        f"target {target:g} is missed: the signal efficiency of these cuts is {one.signal:.6g}"
        for target, one in zip(targets, used, strict=True)
        if abs(one.signal - target) > event
    )
