"""``gc.fit_observable``."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from gradcut.binning.limits import BinLimits
from gradcut.errors import DeclarationError
from gradcut.extras import need
from gradcut.fitting.settings import partition_of
from gradcut.objectives import AsimovSignificance, Objective
from gradcut.observables.cross_entropy import CrossEntropy
from gradcut.observables.observable import Observable
from gradcut.observables.settings import TrainingSettings

if TYPE_CHECKING:
    from gradcut.fitting.tasks import Progress
    from gradcut.results.observable_result import ObservableResult
    from gradcut.samples import Folds, Samples, Split

__all__ = ["checked", "fit_observable"]


def fit_observable(
    observable: Observable,
    samples: Samples,
    *,
    objective: Objective | None = None,
    loss: CrossEntropy | None = None,
    warm_up: CrossEntropy | None = CrossEntropy(),  # noqa: B008 (frozen)
    warm_up_steps: int = 100,
    steps: int = 300,
    batch: int | None = None,
    rate: float = 2e-3,
    weight_decay: float = 0.0,
    check_every: int = 10,
    patience: int | None = None,
    restarts: int = 3,
    limits: BinLimits | None = None,
    watch: Sequence[Objective] = (),
    refine_edges: bool = True,
    folds: int | Folds | None = None,
    split: Split | None = None,
    seed: int = 0,
    device: str = "cpu",
    precision: Literal["float32", "float64", "bfloat16"] = "float32",
    memory: float | None = None,
    n_threads: int | None = None,
    reader: Literal["auto", "root", "uproot"] = "auto",
    checkpoint: str | os.PathLike[str] | None = None,
    progress: Callable[[Progress], object] | None = None,
) -> ObservableResult:
    """Train a network on what the analysis is for, through histogram, likelihood and test statistic.

    Parameters
    ----------
    observable : Observable
        Inputs, network and histogram.
    samples : Samples
        The events with all their variations, and an identity (``gc.Samples(event=...)``) or a split by an
        expression.
    objective : Objective, optional
        What is made better, of the yields in the bins; default
        :class:`gradcut.objectives.AsimovSignificance`. It decides when to stop, which network is kept and
        where edges stand, whatever the loss is.
    loss : CrossEntropy, optional
        Train a classifier instead: the same network, the same bins, the same judges, but the gradient of the
        cross-entropy, which then decides when to stop, too.
    warm_up : CrossEntropy or None, default CrossEntropy()
        What the first steps follow; None begins with the objective at once. There is none for a softmax.
    warm_up_steps, steps : int, default 100, 300
        Steps of the warm-up, and after it.
    batch : int, optional
        Rows (events times different inputs) of a step; default all of them, for the exact gradient.
    rate : float, default 2e-3
        First step size of Adam; it falls along a cosine. Edges move ten times as fast.
    weight_decay : float, default 0
        Of AdamW (Loshchilov and Hutter, arXiv:1711.05101), per step and rate.
    check_every : int, default 10
        Every so many steps hard bins are judged on the events to choose by.
    patience : int, optional
        Stop when these have not improved for so many steps.
    restarts : int, default 3
        Networks to train from different parameters; the best on the events to choose by is kept.
    limits : BinLimits, optional
        What every hard bin has to have on the events that the network learns from.
    watch : sequence of Objective, optional
        Other objectives, whose hard values are written into the history by their names whenever hard bins are
        judged; they decide nothing.
    refine_edges : bool, default True
        Whether edges for hard bins are learned after the training, too, and taken where they are better.
    folds, split
        As for :func:`gradcut.fit_cuts`. A quarter of the events that a fold may use choose when to stop.
    seed : int, default 0
        Of parameters, batches and, where only a number of folds is given, the split.
    device : str, default "cpu"
        Device of torch, such as ``"cuda"``.
    precision : {"float32", "float64", "bfloat16"}, default "float32"
        Of the network; bins and statistics are in double.
    memory : float, optional
        Bytes of activations that may be kept between the two passes of a step; default 256 MB, on a GPU 16
        GB. What does not fit is computed twice.
    n_threads : int, optional
        Threads of torch; default as it is.
    reader : {"auto", "root", "uproot"}, default "auto"
        Who reads files.
    checkpoint : path, optional
        File to write every ten seconds and after each network; one that exists is continued.
    progress : callable, optional
        Called after every step with a :class:`gradcut.fitting.Progress`; its ``best`` is the hard objective
        on the events to choose by.

    Returns
    -------
    ObservableResult
        Frozen. Ctrl-C returns the best so far, with the status ``"interrupted"``.

    Raises
    ------
    DeclarationError
        If observable, samples, objective or settings do not fit together, naming what does not.
    DataError
        If events cannot be used, or no training came to a network.
    UnattainableError
        If no edges keep to the limits.

    Notes
    -----
    The gradient is that of all events, exact, at constant memory: yields are summed over chunks, the
    objective is differentiated in them, and that derivative is taken back through each chunk. So the
    objective sees the whole analysis, with every variation that is declared. A training whose numbers stop
    being finite ends there; the result says which, and uses the last good state.

    What is quoted as unused are hard bins on events that chose nothing.

    References
    ----------
    neos: arXiv:2203.05570; INFERNO: arXiv:1806.04743; thesis 7.3, 7.4, 7.6.
    """
    if not isinstance(observable, Observable):
        raise DeclarationError(
            "an observable is declared",
            given=repr(observable)[:80],
            allowed='gc.Observable(["met", "mll"], bins=5)',
        )
    need("torch", "gc.fit_observable")
    target, settings = checked(
        observable,
        objective,
        loss=loss,
        warm_up=warm_up,
        limits=limits,
        watch=watch,
        folds=folds,
        split=split,
        seed=seed,
        warm_up_steps=warm_up_steps,
        steps=steps,
        batch=batch,
        rate=rate,
        weight_decay=weight_decay,
        check_every=check_every,
        patience=patience,
        restarts=restarts,
        refine_edges=bool(refine_edges),
        device=device,
        precision=precision,
        memory=memory,
        n_threads=n_threads,
        reader=reader,
    )
    from gradcut.observables.run import run

    return run(
        observable, samples, target, settings, None if checkpoint is None else Path(checkpoint), progress
    )


def checked(
    observable: Observable,
    objective: Objective | None,
    *,
    loss: CrossEntropy | None,
    warm_up: CrossEntropy | None,
    limits: BinLimits | None,
    folds: int | Folds | None,
    split: Split | None,
    seed: int,
    watch: Sequence[Objective] = (),
    **others: Any,
) -> tuple[Objective, TrainingSettings]:
    """Objective and settings of a training, checked; arguments are those of :func:`fit_observable`."""
    target = AsimovSignificance() if objective is None else objective
    if not isinstance(target, Objective):
        raise DeclarationError(
            "an objective has a direction",
            given=repr(objective),
            hint="gc.objectives.maximise(f) for a function f of Yields that is better when larger; "
            "a classifier is trained by loss=gc.CrossEntropy()",
        )
    if target.is_constrained:
        raise DeclarationError(
            "a network has no constraints to keep to", given=repr(target), hint="limits=gc.BinLimits(...)"
        )
    if limits is not None and not isinstance(limits, BinLimits):
        raise DeclarationError(
            "limits are gc.BinLimits", given=repr(limits)[:80], hint="limits=gc.BinLimits(min_background=1)"
        )
    for name, value in (("loss", loss), ("warm_up", warm_up)):
        if value is not None and not isinstance(value, CrossEntropy):
            raise DeclarationError(f"{name} is a gc.CrossEntropy, or None", given=repr(value)[:80])
    for other in watch:
        if not isinstance(other, Objective):
            raise DeclarationError("what is watched are objectives", given=repr(other)[:80])
    if folds is not None and split is not None:
        raise DeclarationError(
            "events are divided in one way", given="folds and split", allowed="one of them"
        )
    if observable.histogram == "softmax" and loss is not None:
        raise DeclarationError(
            "the outputs of a softmax are bins, and no classifier",
            given=repr(loss),
            hint="histogram='logistic'",
        )
    settings = TrainingSettings(
        loss=loss,
        limits=limits if limits else None,
        watch=tuple(watch),
        partition=partition_of(folds, split, seed),
        warm_up=None if observable.histogram == "softmax" else warm_up,
        seed=seed,
        **others,
    )
    return target, settings
