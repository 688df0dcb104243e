"""``gc.fit_binning``."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from gradcut.binning.axis import Binning, ProductBinning
from gradcut.binning.channels import ChannelBinning, is_learned
from gradcut.binning.limits import BinLimits
from gradcut.binning.mixture import MixtureBinning
from gradcut.binning.settings import METHODS, BinSettings, Method
from gradcut.binning.softmax import SoftmaxBinning
from gradcut.checks import is_integer
from gradcut.errors import DeclarationError
from gradcut.fitting.settings import partition_of
from gradcut.objectives import AsimovSignificance, Objective

if TYPE_CHECKING:
    from gradcut.binning.channels import OneBinning
    from gradcut.fitting.tasks import Progress
    from gradcut.results.binning_result import BinningResult
    from gradcut.samples import Folds, Samples, Split

__all__ = ["fit_binning"]


def fit_binning(
    binning: OneBinning | Mapping[str, OneBinning],
    samples: Samples,
    *,
    objective: Objective | None = None,
    method: Method = "gradient",
    limits: BinLimits | None = None,
    folds: int | Folds | None = None,
    split: Split | None = None,
    starts: int = 8,
    max_steps: int = 120,
    trials: int = 60,
    seed: int = 0,
    aggregate: bool = True,
    n_threads: int | None = None,
    reader: Literal["auto", "root", "uproot"] = "auto",
    checkpoint: str | os.PathLike[str] | None = None,
    progress: Callable[[Progress], object] | None = None,
) -> BinningResult:
    """Learn bins.

    Parameters
    ----------
    binning : Binning, ProductBinning, MixtureBinning, SoftmaxBinning, or a mapping of channels to them
        What is divided, and into how many bins; of several numbers the best is taken on events that were not
        learned from. In a mapping every channel of the samples has bins of its own, and those of equal names
        are shared: they are learned together, may bin different expressions, and may be given edges.
    samples : Samples
        The events, with an identity (``gc.Samples(event=...)``) or a split by an expression.
    objective : Objective, optional
        What is made better; default :class:`gradcut.objectives.AsimovSignificance`.
    method : {"gradient", "exact", "bayesian"}, default "gradient"
        Descent with smooth bins, then exact moves of hard ones, for any objective; the optimum by dynamic
        programming, for one axis and objectives that add over bins; trials led by a Gaussian process, for
        objectives without derivatives.
    limits : BinLimits, optional
        What every hard bin has to have on the events that it is learned from.
    folds, split
        As for :func:`gradcut.fit_cuts`.
    starts : int, default 8
        Starts of every descent; all are evaluated together.
    max_steps : int, default 120
        Steps of every descent.
    trials : int, default 60
        Trials of ``method="bayesian"``.
    seed : int, default 0
        Of random starts, and of the split where only a number of folds is given.
    aggregate : bool, default True
        Descend on sums of events in fine cells; else on the events themselves. Soft yields along axes differ
        by less than 4e-4 of the yield of the process, gradients by less than 5% of the largest where steps
        are sharpest; yields of mixtures by some 1e-3, or 1e-1 for variations that move events far. Hard bins
        are counted alike. With 400k events a step of the descent takes 51, 6 and 9 times as long on events
        (axis, product, mixture), the whole fit 3, 2.3 and 1.1 times.
    n_threads : int, optional
        Threads of the kernels where events themselves are descended on.
    reader : {"auto", "root", "uproot"}, default "auto"
        Who reads files.
    checkpoint : path, optional
        File to write every ten seconds and after each task; one that exists is continued.
    progress : callable, optional
        Called after every step with a :class:`gradcut.fitting.Progress`.

    Returns
    -------
    BinningResult
        Frozen. Ctrl-C returns the best so far, with the status ``"interrupted"``.

    Raises
    ------
    DeclarationError
        If binning, samples, objective or settings do not fit together; a method that cannot do it says why.
    DataError
        If events cannot be used: no values, or all in one point.
    UnattainableError
        If no bins keep to the limits, saying which one fails and by how much.

    Notes
    -----
    Edges are in order by construction: the parts of the range are a softmax of free numbers, in a coordinate
    of the column. Smooth steps are as wide as a part of the bin that an event is in, half of it at first and
    a twenty-fifth in the end, unless a width is given or learned. Hard bins are then brought to the limits,
    and single edges moved, as long as that improves the objective; of all starts the best hard bins are kept.
    Mixtures start from partitions by Lloyd's iteration, and the best of outputs from biases of zero, those of
    equal shares, and random ones.

    Of ``method="bayesian"``, which needs BoTorch (the extra ``bayes``), every trial is a set of hard bins,
    brought to the limits; it is kept in the history with its value and its parameters, and in the checkpoint,
    so that nothing of it is lost. Edges divide shares of the signal, or the coordinate that was asked for; of
    mixtures, weights and means are tried around a start. The best trials are then improved as above: ``best``
    in the history is the value before that.

    What is quoted as unused are hard bins on events that chose nothing.

    References
    ----------
    "Learning to bin", arXiv:2601.07756; binned KDE: thesis 7.2.3; Z^2 adds over bins: thesis eq. 7.1;
    BoTorch: arXiv:1910.06403.
    """
    declared = ChannelBinning(binning) if isinstance(binning, Mapping) else binning
    if not isinstance(declared, (Binning, ProductBinning, MixtureBinning, SoftmaxBinning, ChannelBinning)):
        raise DeclarationError(
            "bins are declared",
            given=repr(binning)[:80],
            allowed="gc.Binning('bdt', 5), a product of several, gc.MixtureBinning, gc.SoftmaxBinning",
        )
    if not (declared.learned if isinstance(declared, ChannelBinning) else is_learned(declared)):
        raise DeclarationError(
            "nothing is left open in the bins", given=repr(binning), hint="gc.Binning('bdt', 5)"
        )
    target = AsimovSignificance() if objective is None else objective
    if not isinstance(target, Objective):
        raise DeclarationError(
            "an objective has a direction",
            given=repr(objective),
            hint="gc.objectives.maximise(f) for a function f of Yields that is better when larger",
        )
    if isinstance(declared, ChannelBinning) and target.sees_axes:
        raise DeclarationError(
            "an objective that looks along an axis of the bins needs the same bins in all channels",
            given=repr(target),
            hint="gc.fit_binning(one_binning, samples, ...)",
        )
    if method not in METHODS:
        raise DeclarationError("unknown method", given=repr(method), allowed=", ".join(map(repr, METHODS)))
    if folds is not None and split is not None:
        raise DeclarationError(
            "events are divided in one way", given="folds and split", allowed="one of them"
        )
    if limits is not None and not isinstance(limits, BinLimits):
        raise DeclarationError(
            "limits are gc.BinLimits", given=repr(limits)[:80], hint="limits=gc.BinLimits(min_background=1)"
        )
    for name, value, least in (("starts", starts, 1), ("max_steps", max_steps, 6), ("trials", trials, 2)):
        if not is_integer(value) or value < least:
            raise DeclarationError(f"{name} is an integer from {least} on", given=repr(value))
    settings = BinSettings(
        method=method,
        limits=limits if limits else None,
        partition=partition_of(folds, split, seed),
        starts=starts,
        max_steps=max_steps,
        trials=trials,
        seed=seed,
        aggregate=bool(aggregate),
        n_threads=n_threads,
        reader=reader,
    )
    from gradcut.binning.run import run

    return run(
        declared, samples, target, settings, None if checkpoint is None else Path(checkpoint), progress
    )
