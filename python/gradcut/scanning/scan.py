"""Learning cuts at many signal efficiencies together."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from gradcut.checks import is_integer, is_number
from gradcut.engines import collect
from gradcut.errors import DeclarationError
from gradcut.expressions.nodes import Column
from gradcut.fitting.attainable import check_attainable
from gradcut.fitting.events import HardEvents
from gradcut.fitting.make_engine import engine_maker
from gradcut.fitting.parts import Parts
from gradcut.fitting.settings import Settings, check_fixed, partition_of
from gradcut.fitting.summary import column_types, warnings_of_few
from gradcut.objectives import EfficiencyLoss
from gradcut.results.metadata import metadata
from gradcut.results.rows import FoldRow
from gradcut.results.scan_result import ScanResult, WorkingPoint
from gradcut.samples import Folds
from gradcut.scanning.descent import Schedule
from gradcut.scanning.directions import loosening
from gradcut.scanning.efficiencies import Efficiencies
from gradcut.scanning.judged import judged
from gradcut.scanning.learner import Interrupted, ScanLearner

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.engines.base import Precision
    from gradcut.fitting.parts import Plan
    from gradcut.kernel_spec import KernelSpec
    from gradcut.results.scan_result import Efficiency
    from gradcut.samples import Samples, Split
    from gradcut.scanning.learner import WorkingPoints
    from gradcut.selection import Selection

__all__ = ["scan_cuts"]


def scan_cuts(
    selection: Selection,
    samples: Samples,
    *,
    efficiencies: Sequence[float],
    nested: bool = False,
    smoothness: float = 0.0,
    cut_size: float = 0.0,
    folds: int | Folds | None = None,
    split: Split | None = None,
    starts: int = 6,
    max_steps: int = 120,
    seed: int = 0,
    fix: Mapping[str, float] | None = None,
    engine: Literal["cpu", "torch"] = "cpu",
    device: str = "cpu",
    precision: Precision = "float32",
    n_threads: int | None = None,
    reader: Literal["auto", "root", "uproot"] = "auto",
    progress: Callable[[str, int, float], object] | None = None,
) -> ScanResult:
    """Learn the cuts with the least background at each of several signal efficiencies.

    Parameters
    ----------
    selection : Selection
        Its ``?`` are learned.
    samples : Samples
        Signal and background, with an identity (``gc.Samples(event=...)``) or folds by an expression.
    efficiencies : sequence of float
        Wanted signal efficiencies, between 0 and 1, relative to what the requirement of the samples keeps.
    nested : bool, default False
        Whether every working point keeps all events of the tighter ones: no cut tightens as the efficiency
        rises.
    smoothness : float, default 0
        How much thresholds should lie on a line with those of the neighbouring working points (CABIN eq. 7,
        in normal scores of the features); 0.05 is a good value where it is wanted.
    cut_size : float, default 0
        How much thresholds should lie in the middle of their features (CABIN eq. 6, in normal scores); with
        it no side of a cut is opened.
    folds : int or Folds, optional
        Cross-validation that judges; default two folds. The cuts of the result learn from all events.
    split : Split, optional
        Instead: train and select learn, test judges.
    starts : int, default 6
        Starts of the descent; each shares out the signal that may be lost among the cuts in its own way.
    max_steps : int, default 120
        Steps of the descent.
    seed : int, default 0
        Of the starts, and of the folds where only their number is given.
    fix : mapping of str to float, optional
        Parameters that are not learned.
    engine, device, precision, n_threads, reader
        As for :func:`gradcut.fit_cuts`.
    progress : callable, optional
        Called after every step with the events that are learned from, the step, and the mean soft background
        efficiency.

    Returns
    -------
    ScanResult
        One working point per efficiency. Ctrl-C returns the best so far, marked.

    Raises
    ------
    DeclarationError
        If selection, samples and settings do not fit together.
    UnattainableError
        If a wanted efficiency is above that of the open cuts.
    DataError
        If events cannot be used.

    Notes
    -----
    All starts of all working points descend together, in normal scores of the features, towards the least
    logarithm of the background efficiency on the surface of constant signal efficiency, while the smooth
    steps narrow. Then every working point is brought to its target on the hard cuts exactly: to the nearest
    weighted number of signal events that can be had. Sides of cuts that do not help are opened.

    References
    ----------
    M. Hance and J. Robles, "Learning Selection Cuts With Gradients" (CABIN), section 3, eqs. 5 to 7; the
    background enters by its logarithm and the target as a constraint instead of a penalty.
    """
    began = time.time(), time.process_time()
    if folds is not None and split is not None:
        raise DeclarationError(
            "events are divided in one way", given="folds and split", allowed="one of them"
        )
    targets = _checked_targets(efficiencies)
    for name, number in (("smoothness", smoothness), ("cut_size", cut_size)):
        if not is_number(number) or not 0 <= number < np.inf:
            raise DeclarationError(f"{name} is a number from 0 on", given=repr(number))
    if not isinstance(nested, (bool, np.bool_)):
        raise DeclarationError("nested is True or False", given=repr(nested))
    settings = Settings(
        partition=partition_of(2 if folds is None and split is None else folds, split, seed),
        starts=_at_least(starts, 1, "starts"),
        max_steps=_at_least(max_steps, 12, "max_steps"),
        seed=int(seed),
        fixed=check_fixed(fix or {}, selection),
        engine=engine,
        device=device,
        precision=precision,
        n_threads=n_threads,
        reader=reader,
    )
    spec = selection.kernel_spec()
    loosening(spec)
    tables = collect(selection, samples, split=settings.partition, reader=reader)
    fixed = {spec.parameters.index(name): value for name, value in settings.fixed.items()}
    everything = HardEvents(spec, tables)
    Efficiencies(everything.layout)
    check_attainable(everything, EfficiencyLoss(float(targets[-1])), fixed)

    learner = ScanLearner(
        spec=spec,
        targets=targets,
        make_engine=engine_maker(spec, settings, widths=False),
        schedule=Schedule.of(settings.max_steps),
        fixed=fixed,
        n_starts=settings.starts,
        seed=settings.seed,
        smoothness=float(smoothness),
        cut_size=float(cut_size),
        is_nested=bool(nested),
        progress=progress,
    )
    plain = {c.label: c.feature.name for c in selection.cuts if isinstance(c.feature, Column)}
    types = column_types(tables, plain)

    def named(values: NDArray[np.float64]) -> dict[str, float]:
        return dict(zip(spec.parameters, values.tolist(), strict=True))

    def snapped(values: NDArray[np.float64]) -> NDArray[np.float64]:
        free = {**selection.snap(named(values), types), **settings.fixed}
        return np.array([free[name] for name in spec.parameters])

    parts = Parts(tables, settings.partition)
    plans = parts.plans()
    final, learned, interrupted = _learn(learner, parts, plans, settings)
    values = np.array([snapped(row) for row in final.values])
    cuts = [np.array([snapped(row) for row in one.values]) for one in learned]
    used_tables = tables if isinstance(settings.partition, Folds) else parts.scaled(plans[0].base, "used")
    used = judged(spec, [(used_tables, values)])
    unused = None if len(cuts) < len(plans) else _unused(spec, parts, plans, cuts)
    provenance = {
        "samples": json.loads(json.dumps(samples.describe(), default=str)),
        "settings": {
            **settings.describe(),
            "nested": bool(nested),
            "smoothness": float(smoothness),
            "cut_size": float(cut_size),
        },
        "event": list(samples.event_columns),
    }
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
                    if isinstance(settings.partition, Folds)
                ),
                provenance=provenance,
            )
            for at, target in enumerate(targets)
        ),
        status="interrupted" if interrupted else "finished",
        warnings=(*warnings_of_few(parts.few), *_warnings(targets, used, everything, interrupted)),
        provenance=provenance,
        metadata=metadata(began),
    )


def _learn(
    learner: ScanLearner, parts: Parts, plans: tuple[Plan, ...], settings: Settings
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


def _warnings(
    targets: NDArray[np.float64], used: list[Efficiency], events: HardEvents, interrupted: bool
) -> tuple[str, ...]:
    indices = events.layout.process_indices("signal")
    totals = events.layout.total_sum_w[:, indices].sum()
    event = float(events.layout.mean_weight[:, indices].max() / totals)
    found = [
        f"target {target:g}: the nearest signal efficiency that these cuts can have is {one.signal:.6g}"
        for target, one in zip(targets, used, strict=True)
        if abs(one.signal - target) > event and not interrupted
    ]
    return tuple(found)


def _checked_targets(efficiencies: Sequence[float]) -> NDArray[np.float64]:
    try:
        targets = np.array(sorted(float(value) for value in efficiencies))
    except (TypeError, ValueError) as error:
        raise DeclarationError(
            "efficiencies are a list of numbers", given=repr(efficiencies)[:80], allowed="[0.5, 0.8, 0.9]"
        ) from error
    if not len(targets) or not np.all((targets > 0) & (targets < 1)):
        raise DeclarationError(
            "signal efficiencies lie between 0 and 1",
            given=", ".join(f"{value:g}" for value in targets) or "none",
            allowed="such as [0.5, 0.8, 0.9]",
        )
    if np.any(np.diff(targets) < 1e-9):
        raise DeclarationError(
            "a signal efficiency is wanted twice", given=", ".join(f"{value:g}" for value in targets)
        )
    return targets


def _at_least(value: int, least: int, name: str) -> int:
    if not is_integer(value) or value < least:
        raise DeclarationError(f"{name} is an integer from {least} on", given=repr(value))
    return int(value)
