"""Cuts by the one-to-one networks of CABIN."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from gradcut.cabin.events import StandardEvents
from gradcut.cabin.settings import BCE, TABLE_1, Settings
from gradcut.errors import DeclarationError
from gradcut.extras import need
from gradcut.fitting.settings import Settings as FitSettings
from gradcut.fitting.settings import partition_of
from gradcut.scanning.judged import judged
from gradcut.scanning.learner import Interrupted, WorkingPoints
from gradcut.scanning.programme import run
from gradcut.scanning.scan import checked_targets

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.kernel_spec import KernelSpec
    from gradcut.results import ScanResult
    from gradcut.samples import EventTables, Folds, Samples, Split
    from gradcut.selection import Selection

__all__ = ["bce_cuts", "check_settings", "fit_settings", "scan_cuts"]


def scan_cuts(
    selection: Selection,
    samples: Samples,
    *,
    efficiencies: Sequence[float],
    settings: Settings = TABLE_1,
    folds: int | Folds | None = None,
    split: Split | None = None,
    seed: int = 0,
    reader: Literal["auto", "root", "uproot"] = "auto",
    progress: Callable[[str, int, float], object] | None = None,
) -> ScanResult:
    """Learn cuts at several signal efficiencies as in the paper (section 3).

    Parameters
    ----------
    selection : Selection
        Of cuts with one threshold each, whose sides are given.
    samples : Samples
        Signal and background.
    efficiencies : sequence of float
        Wanted signal efficiencies. They are not met exactly: those that are missed by more than an event are
        among the warnings of the result.
    settings : Settings, default TABLE_1
        Those of the paper; :data:`gradcut.cabin.STABLE` is the same with less smoothness, and converges.
    folds, split, seed, reader
        As for :func:`gradcut.scan_cuts`; the seed is that of the folds, the training has no randomness.
    progress : callable, optional
        Called after every epoch, as for :func:`gradcut.scan_cuts`.

    Returns
    -------
    ScanResult
        With ``"method"`` in its provenance.

    Raises
    ------
    DeclarationError
        If there are windows, vetoes or shared thresholds, or settings do not fit together.
    """
    began = time.time(), time.process_time()
    need("torch", "gradcut.cabin")
    targets = checked_targets(efficiencies)
    check_settings(settings)

    def make_learner(spec: KernelSpec) -> _Network:
        return _Network(spec, targets, settings, progress)

    return run(
        selection,
        samples,
        fit_settings(settings, folds, split, seed, reader),
        targets,
        make_learner,
        began=began,
        details={
            "nested": False,
            "smoothness": settings.epsilon,
            "cut_size": settings.gamma,
            "certificate": False,
        },
        method={"name": "CABIN", **settings.describe()},
    )


def bce_cuts(
    selection: Selection,
    samples: Samples,
    *,
    settings: Settings = BCE,
    folds: int | Folds | None = None,
    split: Split | None = None,
    seed: int = 0,
    reader: Literal["auto", "root", "uproot"] = "auto",
    progress: Callable[[str, int, float], object] | None = None,
) -> ScanResult:
    """Learn one set of cuts by binary cross entropy (section 6.1): the baseline of the paper.

    Signal and background count one half each. No efficiency is wanted: that of the single working point of
    the result is what was reached on the used events.

    Parameters
    ----------
    selection, samples, folds, split, seed, reader, progress
        As for :func:`scan_cuts`.
    settings : Settings, default BCE
        Of which ``delta``, ``gamma`` and those of the descent count.

    Returns
    -------
    ScanResult
        With one working point.
    """
    began = time.time(), time.process_time()
    need("torch", "gradcut.cabin")
    check_settings(settings)
    alone = replace(settings, alpha=0.0, beta=0.0, epsilon=0.0)

    def make_learner(spec: KernelSpec) -> _Network:
        return _Network(spec, np.array([0.5]), alone, progress)

    return run(
        selection,
        samples,
        fit_settings(settings, folds, split, seed, reader),
        None,
        make_learner,
        began=began,
        details={"nested": False, "smoothness": 0.0, "cut_size": settings.gamma, "certificate": False},
        method={"name": "CABIN, binary cross entropy", **alone.describe()},
    )


@dataclass(frozen=True)
class _Network:
    """One one-to-one network per working point."""

    spec: KernelSpec
    targets: NDArray[np.float64]
    settings: Settings
    progress: Callable[[str, int, float], object] | None

    def learn(self, tables: EventTables, name: str) -> WorkingPoints:
        """Learn from some events."""
        from gradcut.cabin.training import one_to_one_biases

        events = StandardEvents.of(self.spec, tables)
        parameters = np.where(self.spec.low >= 0, self.spec.low, self.spec.high)

        def points(biases: NDArray[np.float64]) -> WorkingPoints:
            values = np.empty_like(biases)
            values[:, parameters] = events.thresholds(biases)
            rows = judged(self.spec, [(tables, values)])
            return WorkingPoints(
                values, np.array([row.signal for row in rows]), np.array([row.background for row in rows])
            )

        def report(epoch: int, background: float) -> None:
            if self.progress is not None:
                self.progress(name, epoch, background)

        biases, interrupted = one_to_one_biases(events, self.targets, self.settings, report)
        if interrupted:
            raise Interrupted(points(biases))
        return points(biases)


def fit_settings(
    settings: Settings,
    folds: int | Folds | None,
    split: Split | None,
    seed: int,
    reader: Literal["auto", "root", "uproot"],
) -> FitSettings:
    """Return the settings that all scans have in common."""
    if folds is not None and split is not None:
        raise DeclarationError(
            "events are divided in one way", given="folds and split", allowed="one of them"
        )
    return FitSettings(
        partition=partition_of(2 if folds is None and split is None else folds, split, seed),
        starts=1,
        max_steps=settings.epochs,
        seed=int(seed),
        fixed={},
        engine="torch",
        device="cpu",
        precision="float32",
        n_threads=None,
        reader=reader,
    )


def check_settings(settings: Settings) -> None:
    """Check that settings are those of this module."""
    if not isinstance(settings, Settings):
        raise DeclarationError(
            "settings are gc.cabin.Settings", given=repr(settings)[:80], hint="settings=cabin.TABLE_1"
        )
