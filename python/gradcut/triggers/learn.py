"""Learning the thresholds of a menu within one total rate."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Literal

import numpy as np

from gradcut.checks import is_integer, is_number
from gradcut.errors import DataError, DeclarationError, UnattainableError
from gradcut.fitting.parts import Parts
from gradcut.fitting.settings import describe_partition, partition_of
from gradcut.fitting.summary import warnings_of_few
from gradcut.results.metadata import metadata
from gradcut.samples import Split
from gradcut.triggers.candidates import check_limits
from gradcut.triggers.count import unused_variations
from gradcut.triggers.counts import MenuCounts, count
from gradcut.triggers.events import MenuEvents, features_of_lines
from gradcut.triggers.learner import MenuLearner, Progress
from gradcut.triggers.lines import Line, directions, lines_of, selections_of
from gradcut.triggers.menu import Menu
from gradcut.triggers.wanted import Combine, combination, softened

if TYPE_CHECKING:
    from gradcut.samples import EventTables, Samples
    from gradcut.selection import Selection

__all__ = ["learn_menu"]


def learn_menu(
    lines: Mapping[str, Line | Selection],
    samples: Samples,
    *,
    rate: float,
    combine: Combine = "mean",
    weights: Mapping[str, float] | None = None,
    steps: Mapping[str, float] | None = None,
    bounds: Mapping[str, tuple[float, float]] | None = None,
    fix: Mapping[str, float] | None = None,
    split: Split | None = None,
    starts: int = 4,
    seed: int = 0,
    reader: Literal["auto", "root", "uproot"] = "auto",
    progress: Callable[[Progress], object] | None = None,
) -> Menu:
    """Learn the thresholds of all lines together: the most signal within one total rate.

    Parameters
    ----------
    lines : mapping of str to Line or Selection
        The menu. Every ``?`` is the threshold of a one-sided cut; a named one (``?pt``) is the same in all
        lines that have it, others are called ``<line>.<name>``, such as ``EG.eg_pt``.
    samples : Samples
        Zero-bias events as background, of which the weights add up to a rate in Hz (:func:`crossings`), and
        signals, with an identity (``gc.Samples(event=...)``) or a split by an expression. Variations do not
        enter.
    rate : float
        Largest rate of all lines together, in Hz.
    combine : {"mean", "worst"}, default "mean"
        What is made as large as possible: the mean of the efficiencies of all signals, or the worst of them.
    weights : mapping of str to float, optional
        Weights of the signals in the mean; default 1.
    steps : mapping of str to float, optional
        Thresholds that a menu holds in steps, such as ``{"EG.eg_pt": 0.5}``: they are learned as multiples.
    bounds : mapping of str to (float, float), optional
        Smallest and largest value of a threshold.
    fix : mapping of str to float, optional
        Thresholds that are not learned.
    split : Split, optional
        Train and select learn, test judges; default ``Split(seed=seed)``.
    starts : int, default 4
        Ways to share out the rate between the lines at first: equal ones, and random ones.
    seed : int, default 0
        Of the random shares, and of the split where none is given.
    reader : {"auto", "root", "uproot"}, default "auto"
        Who reads files.
    progress : callable, optional
        Called after every cycle of exchanges with a :class:`gradcut.triggers.learner.Progress`.

    Returns
    -------
    Menu
        Frozen. Ctrl-C returns the best so far, with the status ``"interrupted"``.

    Raises
    ------
    DeclarationError
        If lines, samples and settings do not fit together, or bounds contradict each other.
    DataError
        If events cannot be used, or a signal passes no line however loose.
    UnattainableError
        If even the tightest thresholds exceed the rate, or it is below that of a single zero-bias event.

    Notes
    -----
    From each start, one threshold is moved and another one set to its exact best within the rate, pair by
    pair, until no pair that is tried improves the menu; with all other thresholds fixed an event is accepted
    in steps along the remaining one, so that all its candidates are counted in one pass. The hard union of
    the lines counts throughout, prescales included: a smooth one would count correlated lines twice. Of what
    the starts find, the best on the events to select with is taken, after all thresholds are moved together
    to the rate there; train and select events together then learn from where it is, and from its shares.
    """
    began = time.time(), time.process_time()
    declared = lines_of(lines)
    selections = selections_of(declared)
    directions(selections)
    if not selections.parameters:
        raise DeclarationError("nothing is left open in any line", hint="write '?' for a threshold")
    if not is_number(rate) or not 0 < rate < np.inf:
        raise DeclarationError("a total rate is a positive number of Hz", given=repr(rate))
    if not is_integer(starts) or starts < 1:
        raise DeclarationError("starts is an integer from 1 on", given=repr(starts))
    limits = dict(steps or {}), dict(bounds or {}), dict(fix or {})
    check_limits(selections.parameters, *limits)
    if len(limits[2]) == len(selections.parameters):
        raise DeclarationError("all thresholds are fixed: nothing is left to learn", where="fix")
    partition = partition_of(None, split, seed)
    if not isinstance(partition, Split):
        raise RuntimeError("a menu is learned with a split")
    tables = samples.collect(
        features_of_lines(selections, samples),
        split=partition,
        sentinels=selections.sentinels,
        reader=reader,
    )
    parts = Parts(tables, partition)
    (plan,) = parts.plans()

    def events_of(part: EventTables) -> MenuEvents:
        return MenuEvents(declared, selections, part)

    whole, used = events_of(tables), events_of(parts.scaled(plan.base, "learned from"))
    whole.check()
    value = combination(combine, weights, [one.name for one in whole.signals])
    learner = MenuLearner(
        parameters=selections.parameters,
        budget=float(rate),
        largest=np.array([line.max_rate or np.inf for line in declared.values()]),
        value=value,
        softer=softened(combine),
        limits=limits,
        n_starts=starts,
        seed=seed,
        progress=progress,
    )
    _check(whole, used, learner, list(declared))
    first = plan.rounds[0]
    single = "select" not in partition.parts
    rounds = (
        events_of(parts.scaled(first.learn, first.name)),
        events_of(parts.scaled(first.select, first.name)),
    )
    thresholds, message, interrupted = learner.learn(*rounds, used)
    judged = None
    if plan.test is not None:
        judged = count(events_of(parts.scaled(plan.test, "test")), list(declared), thresholds, value)
    counted = count(used, list(declared), thresholds, value)
    values = whole.signs * thresholds + 0.0
    return Menu(
        lines=declared,
        values=dict(zip(selections.parameters, values.tolist(), strict=True)),
        budget=float(rate),
        combine=combine,
        weights=None if weights is None else dict(weights),
        used=counted,
        unused=judged,
        status="interrupted" if interrupted else "finished",
        message=message + ("; half of the events chose" if single else ""),
        warnings=(
            *warnings_of_few(parts.few),
            *_warnings(counted, judged, float(rate)),
            *unused_variations(samples),
        ),
        provenance={
            "samples": samples.describe(),
            "event": list(samples.event_columns),
            "settings": {
                "rate": float(rate),
                "steps": limits[0],
                "bounds": {name: list(ends) for name, ends in limits[1].items()},
                "fixed": {name: repr(v) for name, v in limits[2].items()},
                "partition": describe_partition(partition),
                "starts": starts,
                "seed": seed,
            },
        },
        metadata=metadata(began),
    )


def _check(whole: MenuEvents, used: MenuEvents, learner: MenuLearner, lines: list[str]) -> None:
    """Check that the rate can be kept to, and that every signal has something to pass."""
    weights = np.concatenate([one.weights for one in used.zero_bias])
    least = float(np.abs(weights[weights != 0]).min())
    if learner.budget < least:
        raise UnattainableError(
            "the total rate is below that of a single zero-bias event",
            given=f"{learner.budget:.6g} Hz",
            allowed=f"from {least:.6g} Hz on",
            hint="more zero-bias events, or a higher rate",
        )
    problem = learner.problem(used)
    tightest = np.array([len(c) - 1 for c in problem.candidates])
    swept = problem.counted(tightest)
    names = learner.parameters
    if swept.rate[0] > learner.budget * (1 + 1e-9):
        raise UnattainableError(
            "even the tightest thresholds exceed the total rate",
            given=f"{learner.budget:.6g} Hz",
            allowed=f"from {float(swept.rate[0]):.6g} Hz on",
            where=", ".join(
                f"{n} at {whole.signs[i] * problem.candidates[i][-1]:g}" for i, n in enumerate(names)
            ),
            hint="wider bounds, larger prescales of lines without '?', or a higher rate",
        )
    over = np.flatnonzero(swept.lines[:, 0] > learner.largest * (1 + 1e-9))
    if len(over):
        raise UnattainableError(
            "even the tightest thresholds exceed the max_rate of a line",
            given=f"{learner.largest[over[0]]:.6g} Hz",
            allowed=f"from {float(swept.lines[over[0], 0]):.6g} Hz on",
            where=f"line '{lines[over[0]]}'",
            hint="wider bounds, a larger prescale, or a higher max_rate",
        )
    loosest = np.array([c[0] for c in problem.candidates])
    for one in whole.signals:
        if not one.passed(loosest).any():
            raise DataError(
                "a signal passes no line, even at the loosest thresholds",
                given=f"'{one.name}'",
                hint="check its columns and sentinels, bounds, and what is fixed in the lines",
            )


def _warnings(counted: MenuCounts, judged: MenuCounts | None, budget: float) -> tuple[str, ...]:
    total, error, found = counted.total.value, counted.total.error, []
    if total > budget * (1 + 1e-9):
        found.append(f"the total rate of {total:.6g} Hz exceeds the budget of {budget:.6g} Hz")
    if error > 0.05 * budget:
        found.append(f"the total rate is known to {error / budget:.0%} only: use more zero-bias events")
    if judged is not None and judged.total.value > budget + 3 * judged.total.error:
        found.append("on unused events the total rate is more than three standard deviations over the budget")
    return tuple(found)
