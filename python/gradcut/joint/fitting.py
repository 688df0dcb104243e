"""``gc.fit``: cuts, and bins or an observable of the events that pass, learned together."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from gradcut.binning.axis import Binning, ProductBinning
from gradcut.binning.limits import BinLimits
from gradcut.binning.mixture import MixtureBinning
from gradcut.binning.softmax import SoftmaxBinning
from gradcut.checks import is_integer
from gradcut.errors import DeclarationError, close_matches
from gradcut.extras import need
from gradcut.fitting.neighbours import is_contracted
from gradcut.fitting.settings import check_fixed, partition_of
from gradcut.joint.declared import Joint
from gradcut.joint.settings import JointSettings
from gradcut.objectives import AsimovSignificance, Objective
from gradcut.observables.fit import checked, fit_observable
from gradcut.observables.observable import Observable
from gradcut.selection import Selection

if TYPE_CHECKING:
    from gradcut.binning.channels import OneBinning
    from gradcut.fitting.tasks import Progress
    from gradcut.results.joint_result import JointResult
    from gradcut.samples import Folds, Samples, Split

__all__ = ["fit"]

#: What is a setting of a network only.
_OF_NETWORK = (
    *("warm_up", "warm_up_steps", "steps", "batch", "rate", "weight_decay", "check_every", "patience"),
    *("restarts", "refine_edges", "device", "precision", "memory"),
)


def fit(
    selection: Selection,
    what: Observable | OneBinning,
    samples: Samples,
    *,
    objective: Objective | None = None,
    limits: BinLimits | None = None,
    fix: Mapping[str, float] | None = None,
    folds: int | Folds | None = None,
    split: Split | None = None,
    starts: int = 8,
    max_steps: int = 96,
    turns: int = 3,
    seed: int = 0,
    n_threads: int | None = None,
    reader: Literal["auto", "root", "uproot"] = "auto",
    checkpoint: str | os.PathLike[str] | None = None,
    progress: Callable[[Progress], object] | None = None,
    **training: Any,
) -> JointResult:
    """Learn cuts together with what is filled with the events that pass.

    Parameters
    ----------
    selection : Selection
        Its ``?`` are learned. Alternatives, counts of objects and thresholds that depend on the event are
        welcome.
    what : Observable, Binning, ProductBinning, MixtureBinning or SoftmaxBinning
        A network of columns with the bins of its output, or bins of columns; bins with given edges stay.
    samples : Samples
        The events, with an identity (``gc.Samples(event=...)``) or a split by an expression.
    objective : Objective, optional
        What is made better, of the yields in the bins behind the cuts; default
        :class:`gradcut.objectives.AsimovSignificance`.
    limits : BinLimits, optional
        What every hard bin has to have on the events that it is learned from.
    fix : mapping of str to float, optional
        Thresholds that are not learned; infinite ones open a cut.
    folds, split
        As for :func:`gradcut.fit_cuts`.
    starts, max_steps : int, default 8, 96
        Starts and steps of descents to thresholds.
    turns : int, default 3
        Of bins of columns: so many times cuts are learned for given bins, and bins for given cuts.
    seed : int, default 0
        Of random starts and networks, and of the split where only a number of folds is given.
    n_threads : int, optional
        Threads of the kernels, or of torch.
    reader : {"auto", "root", "uproot"}, default "auto"
        Who reads files.
    checkpoint : path, optional
        File to write every ten seconds and after each task; one that exists is continued.
    progress : callable, optional
        Called after every step with a :class:`gradcut.fitting.Progress`.
    **training
        Of an observable: settings of :func:`gradcut.fit_observable`, such as ``steps``, ``rate``,
        ``restarts`` and ``warm_up``.

    Returns
    -------
    JointResult
        Frozen: cuts as filters, the bins of events that pass, both as a table and as JSON. Ctrl-C returns the
        best so far, with the status ``"interrupted"``.

    Raises
    ------
    DeclarationError
        If selection, bins, samples, objective or settings do not fit together.
    DataError
        If events cannot be used.
    UnattainableError
        If no bins behind any cuts keep to the limits.

    Notes
    -----
    An event is in a bin with the product of its memberships in all cuts and in the bin. Before a network,
    thresholds follow the same exact gradient as its weights and edges; as the steps of the bins narrow, those
    of the cuts do, from 0.4 to 0.08 widths of their features. With the bins of the trained network as they
    are, cuts are then learned again, swept exactly, and opened where that costs less than 0.2%; each step is
    kept if the events that choose agree. The first network starts with open cuts, every other with those that
    were best for the one before.

    Bins of columns and cuts are learned in turns, from open cuts and from those of one bin: each half has an
    exact and fast way to hard numbers when the other is given, which :func:`gradcut.fit_cuts` and
    :func:`gradcut.fit_binning` are made of. A turn is kept where the hard objective is better; cuts that
    leave too few events for good bins are taken back half of the way, or three quarters.

    All numbers shown are of hard cuts and hard bins; unused ones of events that chose nothing.
    """
    if not isinstance(selection, Selection):
        raise DeclarationError(
            "the cuts before bins are those of one selection",
            given=type(selection).__name__,
            allowed="gc.Selection('met > ?')",
            hint="a gc.fit for each of several regions",
        )
    if not isinstance(what, (Observable, Binning, ProductBinning, MixtureBinning, SoftmaxBinning)):
        raise DeclarationError(
            "what is filled is declared",
            given=repr(what)[:80],
            allowed="gc.Observable, gc.Binning, a product of several, gc.MixtureBinning, gc.SoftmaxBinning",
            hint="bins that differ between channels: gc.fit_binning behind the cuts of gc.fit_cuts",
        )
    if not selection.parameters:
        raise DeclarationError(
            "nothing is left open in the selection",
            given=repr(selection),
            hint="write '?' for a threshold; or require it of the samples, and gc.fit_observable or "
            "gc.fit_binning",
        )
    if selection.either:
        raise DeclarationError(
            "windows of which a fit opens one end are learned by gc.fit_cuts only",
            given=", ".join(" or ".join(pair) for pair in selection.either),
            hint="two selections, one for each direction",
        )
    fixed = check_fixed(fix or {}, selection)
    for name, value, least in (("starts", starts, 1), ("max_steps", max_steps, 6), ("turns", turns, 1)):
        if not is_integer(value) or value < least:
            raise DeclarationError(f"{name} is an integer from {least} on", given=repr(value))
    if limits is not None and not isinstance(limits, BinLimits):
        raise DeclarationError(
            "limits are gc.BinLimits", given=repr(limits)[:80], hint="limits=gc.BinLimits(min_background=1)"
        )
    if folds is not None and split is not None:
        raise DeclarationError(
            "events are divided in one way", given="folds and split", allowed="one of them"
        )
    target = AsimovSignificance() if objective is None else objective
    if not isinstance(target, Objective):
        raise DeclarationError(
            "an objective has a direction",
            given=repr(objective),
            hint="gc.objectives.maximise(f) for a function f of Yields that is better when larger",
        )
    if target.is_constrained:
        raise DeclarationError(
            "cuts before bins have no constraints to keep to",
            given=repr(target),
            hint="limits=gc.BinLimits(...)",
        )
    of_network = None
    for name in training:
        if name not in _OF_NETWORK or not isinstance(what, Observable):
            raise DeclarationError(
                f"unknown setting '{name}'",
                where="gc.fit" if name not in _OF_NETWORK else "gc.fit of bins, which have no network",
                hint=close_matches(name, _OF_NETWORK) if isinstance(what, Observable) else "",
            )
    if isinstance(what, Observable):
        need("torch", "gc.fit of an observable")
        if is_contracted(selection.kernel_spec()):
            raise DeclarationError(
                "chains that are drawn together are learned by gc.fit_cuts only",
                given=repr(selection),
                hint="gc.Chain(..., contraction=0)",
            )
        defaults = inspect.signature(fit_observable).parameters
        _, of_network = checked(
            what,
            target,
            limits=limits,
            folds=folds,
            split=split,
            seed=seed,
            n_threads=n_threads,
            reader=reader,
            loss=None,
            **{name: training.get(name, defaults[name].default) for name in _OF_NETWORK},
        )
    settings = JointSettings(
        limits=limits if limits else None,
        partition=partition_of(folds, split, seed),
        fixed=fixed,
        starts=starts,
        max_steps=max_steps,
        turns=turns,
        seed=seed,
        n_threads=n_threads,
        reader=reader,
        training=of_network,
    )
    from gradcut.joint.run import run

    path = None if checkpoint is None else Path(checkpoint)
    return run(Joint(selection, what), samples, target, settings, path, progress)
