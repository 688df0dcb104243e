"""Rates and efficiencies of a whole menu with one threshold at every candidate: exact, in one pass."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.triggers.events import MenuEvents, ProcessEvents

__all__ = ["Swept", "accepted", "sweep"]


class Swept(NamedTuple):
    """A menu at some points."""

    #: Rate of all lines together, shape (points,).
    rate: NDArray[np.float64]
    #: Rate of each line after its prescale, shape (lines, points).
    lines: NDArray[np.float64]
    #: Efficiency of each signal, shape (signals, points).
    efficiencies: NDArray[np.float64]


def accepted(passed: NDArray[np.bool_], parts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probability that an event is accepted by at least one of independently prescaled lines.

    Parameters
    ----------
    passed : ndarray of bool, shape (lines, n_events)
        Which line each event passes.
    parts : ndarray of shape (lines,)
        Part of the passing events that a line accepts.
    """
    missed = np.ones(passed.shape[1])
    for one, part in zip(passed, parts, strict=True):
        missed *= np.where(one, 1 - part, 1.0)
    return 1 - missed


def sweep(
    events: MenuEvents, parameter: int, thresholds: NDArray[np.float64], candidates: NDArray[np.float64]
) -> Swept:
    """Count a menu with one threshold at each of some increasing candidates, the others as they are.

    With the others fixed, an event passes each line that has this threshold up to a place among the
    candidates, so that its probability to be accepted falls in steps at these places: all candidates cost one
    sum over the events and one cumulative sum.
    """
    n = len(candidates)
    rate, lines = np.zeros(n), np.zeros((len(events.accepted), n))
    for process in events.zero_bias:
        total, own = _one(process, events.accepted, parameter, thresholds, candidates, own=True)
        rate += total
        lines += own
    efficiencies = [
        _one(process, events.accepted, parameter, thresholds, candidates, own=False)[0] / process.total
        for process in events.signals
    ]
    return Swept(rate, lines, np.array(efficiencies).reshape(len(events.signals), n))


def _one(
    process: ProcessEvents,
    parts: NDArray[np.float64],
    parameter: int,
    thresholds: NDArray[np.float64],
    candidates: NDArray[np.float64],
    *,
    own: bool,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    n, weights = len(candidates), process.weights
    rest = np.ones(len(weights))
    lines = np.zeros((len(parts), n))
    places, missing = [], []
    for number, (line, part) in enumerate(zip(process.lines, parts, strict=True)):
        passed = line.passed(thresholds, but=parameter)
        if parameter not in line.parameters:
            rest[passed] *= 1 - part
            if own:
                lines[number] = part * weights[passed].sum()
            continue
        place = np.where(passed, line.place(parameter, candidates), 0)
        if own:
            lines[number] = _above(place, part * weights, n)
        places.append(place)
        missing.append(1 - part)
    total = np.full(n, float((weights * (1 - rest)).sum()))
    # From the line that an event passes the longest down: what the next one adds to those before it.
    if len(places) == 1:
        return total + _above(places[0], weights * rest * (1 - missing[0]), n), lines
    order = np.argsort(-np.array(places), axis=0, kind="stable")
    sorted_places = np.take_along_axis(np.array(places), order, axis=0)
    missed = np.ones(len(weights))
    for place, factor in zip(sorted_places, np.array(missing)[order], strict=True):
        total += _above(place, weights * rest * missed * (1 - factor), n)
        missed = missed * factor
    return total, lines


def _above(place: NDArray[np.int64], weights: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Sums of the weights of events whose place lies above each of n candidates."""
    counts = np.bincount(place, weights=weights, minlength=n + 1)
    return np.asarray(counts[::-1].cumsum()[::-1][1 : n + 1])
