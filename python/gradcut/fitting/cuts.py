"""Learning the thresholds of a selection."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from gradcut.errors import DeclarationError
from gradcut.fitting.settings import Settings, check_fixed, partition_of
from gradcut.objectives import AsimovSignificance, Objective

if TYPE_CHECKING:
    from gradcut.engines.base import Precision
    from gradcut.fitting.tasks import Progress
    from gradcut.regions import Regions
    from gradcut.results import CutResult
    from gradcut.samples import Folds, Samples, Split
    from gradcut.selection import Selection

__all__ = ["fit_cuts"]


def fit_cuts(
    selection: Selection | Regions,
    samples: Samples,
    *,
    objective: Objective | None = None,
    folds: int | Folds | None = None,
    split: Split | None = None,
    starts: int = 8,
    max_steps: int = 96,
    seed: int = 0,
    fix: Mapping[str, float] | None = None,
    engine: Literal["cpu", "torch", "event-loop", "dask", "auto"] = "cpu",
    device: str = "cpu",
    client: Any = None,
    precision: Precision = "float32",
    n_threads: int | None = None,
    reader: Literal["auto", "root", "uproot"] = "auto",
    checkpoint: str | os.PathLike[str] | None = None,
    progress: Callable[[Progress], object] | None = None,
) -> CutResult:
    """Learn the thresholds of a selection by gradient.

    Parameters
    ----------
    selection : Selection or Regions
        Its ``?`` are learned; those of several regions together.
    samples : Samples
        The events, with an identity (``gc.Samples(event=...)``) or a split by an expression.
    objective : Objective, optional
        What is made better; default :class:`gradcut.objectives.AsimovSignificance`.
    folds : int or Folds, optional
        Cross-validation: per fold cuts that did not see it, whose pooled yields are the number to quote, and
        cuts from all events, which are the values of the result.
    split : Split, optional
        Instead: train and select learn, test judges. Default without either: ``Split(seed=seed)``.
    starts : int, default 8
        Starts of every descent: wide open, peeled, and random ones; all are evaluated together.
    max_steps : int, default 96
        Steps of every descent, in six stages of decreasing width.
    seed : int, default 0
        Of the random starts, and of the split where only a number of folds is given.
    fix : mapping of str to float, optional
        Parameters that are not learned, such as ``{"met": 350}``; infinite ones open a cut.
    engine : {"cpu", "torch", "event-loop", "dask", "auto"}, default "cpu"
        Who sums the events: the compiled kernels, or torch on ``device``; ROOT's event loop over files of any
        size, of which only some events are ever in memory; the same on the workers of a Dask cluster;
        ``"auto"``: the event loop where the events would take more than half of the memory that is free,
        else the kernels.
    device : str, default "cpu"
        Device of torch, such as ``"cuda"``.
    client : distributed.Client, optional
        Of the cluster of engine ``"dask"``; by default the one that was made last.
    precision : {"float32", "float64"}, default "float32"
        Of the smooth cuts while fitting; hard cuts are always exact.
    n_threads : int, optional
        Threads of the compiled kernels; the result does not depend on it.
    reader : {"auto", "root", "uproot"}, default "auto"
        Who reads files.
    checkpoint : path, optional
        File to write every ten seconds and at the end of each task; one that exists is continued and gives
        the result of a fit that was never stopped, bit for bit.
    progress : callable, optional
        Called after every step with a :class:`gradcut.fitting.Progress`.

    Returns
    -------
    CutResult
        Frozen. Ctrl-C returns the best so far, with the status ``"interrupted"``.

    Raises
    ------
    DeclarationError
        If selection, samples, objective or settings do not fit together.
    DataError
        If events cannot be used, or the total background left is not positive at the end.
    UnattainableError
        If no cuts keep as much of the signal, or as little of the background, as the objective asks for.

    Notes
    -----
    Thresholds are in widths from the median of their feature, of which signal and background together each
    count one half. Adam moves all starts at once while the smooth steps narrow from 0.8 to 0.08 widths; broad
    ones see about 10,000 events of each process, sharp ones all. How sharp is best is decided on events that
    were not learned from: sharper cuts follow more of the fluctuations. So is whether exact steps of the hard
    cuts improve them. Then all events of the fold learn in that way, and cuts that bring less than 0.2% are
    opened. No number quoted as unused is from events that decided anything.

    Under a constraint all hard cuts keep to it on the events that they learn from, and are compared there;
    exact steps are then exchanges: one threshold is loosened, another tightened. A target efficiency alone
    (:class:`gradcut.objectives.EfficiencyLoss`) is learned as :func:`gradcut.scan_cuts` learns it, by one
    descent per set of cuts with three times as many starts; the hard cuts keep the least signal that meets
    it. With ``gamma``, for regions, and for thresholds that depend on the event or loosen one cut and tighten
    another, it is a constraint.

    Limits (:meth:`gradcut.objectives.Objective.within`) on an objective that has a best value of its own are
    looked at when cuts have been learned without them: where they hold nothing changes, elsewhere the hard
    cuts are moved to them, and compared with those of descents within the limits.

    With the event loop, cuts are learned so from some 200,000 events per process, chosen by the hash of their
    identity, and then improved by at most 15 passes over all events: Newton's method on smooth cuts, N-1
    histograms around hard ones that are zoomed until no threshold moves, the choice between these ways on
    events to select with, and a last pass that makes every number. The checkpoint has every pass.

    References
    ----------
    M. Hance and J. Robles, "Learning Selection Cuts With Gradients" (CABIN), eqs. 3-6.
    """
    if folds is not None and split is not None:
        raise DeclarationError(
            "events are divided in one way", given="folds and split", allowed="one of them"
        )
    target = AsimovSignificance() if objective is None else objective
    if not isinstance(target, Objective):
        raise DeclarationError(
            "an objective has a direction",
            given=repr(objective),
            allowed="gc.objectives.AsimovSignificance(...), EfficiencyLoss(...), maximise(f), minimise(f)",
            hint="gc.objectives.maximise(f) for a function f of Yields that is better when larger",
        )
    for name, value, least in (("starts", starts, 1), ("max_steps", max_steps, 6)):
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise DeclarationError(f"{name} is an integer from {least} on", given=repr(value))
    if not selection.parameters:
        raise DeclarationError(
            "nothing is left open in the selection", given=repr(selection), hint="write '?' for a threshold"
        )
    if engine not in ("cpu", "torch", "event-loop", "dask", "auto"):
        raise DeclarationError(
            "unknown engine", given=repr(engine), allowed="'cpu', 'torch', 'event-loop', 'dask', 'auto'"
        )
    if engine == "auto":
        from gradcut.out_of_core.size import choose_engine

        choice = choose_engine(samples, len(selection.parameters))
        made = fit_cuts(
            *(selection, samples),
            objective=target,
            folds=folds,
            split=split,
            starts=starts,
            max_steps=max_steps,
            seed=seed,
            fix=fix,
            engine=choice.engine,
            device=device,
            precision=precision,
            n_threads=n_threads,
            reader=reader,
            checkpoint=checkpoint,
            progress=progress,
        )
        # How much memory was free belongs to the run, not to what was learned.
        return replace(made, metadata={**made.metadata, "engine": f"{choice.engine}: {choice.why}"})
    settings = Settings(
        partition=partition_of(folds, split, seed),
        starts=starts,
        max_steps=max_steps,
        seed=seed,
        fixed=check_fixed(fix or {}, selection),
        engine=engine,
        device=device,
        precision=precision,
        n_threads=n_threads,
        reader=reader,
    )
    path = None if checkpoint is None else Path(checkpoint)
    if engine == "event-loop":
        from gradcut.out_of_core.event_loop import fit_cuts_in_files

        return fit_cuts_in_files(selection, samples, target, settings, path, progress)
    if engine == "dask":
        from gradcut.cluster.fits import fit_cuts_on_cluster

        return fit_cuts_on_cluster(selection, samples, target, settings, path, progress, client)
    from gradcut.fitting.run import run

    return run(selection, samples, target, settings, path, progress)
