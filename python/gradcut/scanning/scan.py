"""Learning cuts at many signal efficiencies together."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from gradcut.checks import is_integer, is_number
from gradcut.errors import DeclarationError
from gradcut.fitting.make_engine import engine_maker
from gradcut.fitting.settings import Settings, check_fixed, partition_of
from gradcut.regions import Regions
from gradcut.scanning.certify import Certification
from gradcut.scanning.descent import Schedule
from gradcut.scanning.directions import loosening
from gradcut.scanning.learner import ScanLearner
from gradcut.scanning.programme import run
from gradcut.scanning.task import ScanSettings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.engines.base import Precision
    from gradcut.kernel_spec import KernelSpec
    from gradcut.results.scan_result import ScanResult
    from gradcut.samples import Folds, Samples, Split
    from gradcut.selection import Selection

__all__ = ["checked_targets", "scan_cuts"]


def scan_cuts(
    selection: Selection,
    samples: Samples,
    *,
    efficiencies: Sequence[float],
    nested: bool = False,
    smoothness: float = 0.0,
    cut_size: float = 0.0,
    certificate: bool = True,
    folds: int | Folds | None = None,
    split: Split | None = None,
    starts: int | None = None,
    max_steps: int = 100,
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
    certificate : bool, default True
        Whether every working point says what the best exchange of two thresholds would still gain on the
        events that it learned from; it costs about a tenth of the time.
    folds : int or Folds, optional
        Cross-validation that judges; default two folds. The cuts of the result learn from all events.
    split : Split, optional
        Instead: train and select learn, test judges.
    starts : int, optional
        Starts of the descent; each shares out the signal that may be lost among the cuts in its own way.
        Default 8 for ten efficiencies or more, up to 24 for fewer.
    max_steps : int, default 100
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
    if isinstance(selection, Regions):
        raise DeclarationError(
            "working points are those of one selection",
            given=repr(selection),
            hint="gc.fit_cuts(regions, samples, objective=gc.objectives.EfficiencyLoss(0.7))",
        )
    targets = checked_targets(efficiencies)
    for name, number in (("smoothness", smoothness), ("cut_size", cut_size)):
        if not is_number(number) or not 0 <= number < np.inf:
            raise DeclarationError(f"{name} is a number from 0 on", given=repr(number))
    for name, flag in (("nested", nested), ("certificate", certificate)):
        if not isinstance(flag, (bool, np.bool_)):
            raise DeclarationError(f"{name} is True or False", given=repr(flag))
    if str(engine) in ("event-loop", "auto"):
        raise DeclarationError(
            f"working points are learned from events in memory, not with engine={engine!r}",
            allowed="'cpu', 'torch'",
            hint="gc.fit_cuts(..., objective=gc.objectives.EfficiencyLoss(0.7), engine='event-loop') for one "
            "efficiency, or a part of the events (require=...)",
        )
    settings = Settings(
        partition=partition_of(2 if folds is None and split is None else folds, split, seed),
        starts=min(max(80 // len(targets), 8), 24) if starts is None else _at_least(starts, 1, "starts"),
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
    fixed = {spec.parameters.index(name): value for name, value in settings.fixed.items()}

    def make_learner(spec: KernelSpec) -> ScanLearner:
        how = ScanSettings(
            spec=spec,
            targets=targets,
            make_engine=engine_maker(spec, settings, widths=False),
            schedule=Schedule.of(settings.max_steps, len(targets)),
            fixed=fixed,
            n_starts=settings.starts,
            seed=settings.seed,
            smoothness=float(smoothness),
            cut_size=float(cut_size),
            is_nested=bool(nested),
        )
        return ScanLearner(how, progress)

    details = {
        "nested": bool(nested),
        "smoothness": float(smoothness),
        "cut_size": float(cut_size),
        "certificate": bool(certificate),
    }
    certify = Certification(fixed, bool(nested), float(smoothness), float(cut_size)) if certificate else None
    return run(
        selection, samples, settings, targets, make_learner, began=began, details=details, certify=certify
    )


def checked_targets(efficiencies: Sequence[float]) -> NDArray[np.float64]:
    """Return the wanted efficiencies, rising."""
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
