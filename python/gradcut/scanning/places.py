"""Places to which a threshold may be loosened or tightened, and what each lets in or loses."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["PLACES", "Loosened", "Tightened", "gained", "loosened", "tightened"]

#: Places to which a threshold is loosened, denser where they are near, ...
PLACES = 24
#: ... and steps by which another is tightened; in between it is interpolated.
STEPS = 96
#: Part of the signal that a threshold may be tightened to lose.
MOST = 0.6


class Loosened(NamedTuple):
    """Places of a threshold, by rising ``limits``: the threshold times the sign of its loosening."""

    limits: NDArray[np.float64]
    #: Per event outside the first place that lets it in.
    first: NDArray[np.int64]
    #: Different values of signal events up to each place from the one before.
    values: NDArray[np.int64]


class Tightened(NamedTuple):
    """Steps of a threshold, by falling limits."""

    limits: NDArray[np.float64]
    #: Per event the first step that loses it.
    first: NDArray[np.int64]
    #: Different values of signal events up to each step from the one before.
    values: NDArray[np.int64]
    #: What the steps lose of signal and of background, of shape (steps + 1,), the first without a step.
    lost: tuple[NDArray[np.float64], ...]


def loosened(need: NDArray[np.float64], is_signal: NDArray[np.bool_], highest: float) -> Loosened:
    """Places of a threshold among events that fail it alone.

    Parameters
    ----------
    need : ndarray of shape (events,)
        Limits at which they pass.
    is_signal : ndarray of bool
        Of these the places are in the middle.
    highest : float
        No place is beyond.
    """
    wanted = np.sort(need[is_signal])
    wanted = wanted[wanted < np.inf]
    limits = _between(wanted, _spaced(len(wanted), PLACES)) if len(wanted) else np.empty(0)
    limits = limits[limits <= highest]
    return Loosened(limits, np.searchsorted(limits, need, side="right"), _values(wanted, limits))


def tightened(
    need: NDArray[np.float64],
    inside: NDArray[np.bool_],
    is_signal: NDArray[np.bool_],
    weights: NDArray[np.float64],
    lowest: float,
) -> Tightened:
    """Steps of a threshold among events that pass it.

    Parameters
    ----------
    need : ndarray of shape (events,)
        Limits at which they pass.
    inside : ndarray of bool
        Events that pass all cuts; the steps are in the middle of the signal among them.
    is_signal, weights : ndarray of shape (events,)
        Of all events.
    lowest : float
        No step is beyond.
    """
    # By falling limits: from a step on, an event whose need is not below it is lost.
    wanted = np.sort(-need[inside & is_signal])
    wanted = wanted[wanted < np.inf]
    limits = np.empty(0)
    if len(wanted):
        limits = _between(wanted, _spaced(max(int(MOST * len(wanted)), 1), STEPS))
        limits = limits[-limits >= lowest]
    first, n = np.searchsorted(limits, -need, side="left"), len(limits)
    lost = []
    for chosen in (inside & is_signal, inside & ~is_signal):
        gone = np.bincount(first[chosen], weights[chosen], minlength=n + 1)[:n]
        lost.append(np.append(0.0, gone.cumsum()))
    return Tightened(-limits, first, _values(wanted, limits), tuple(lost))


def gained(
    first_in: NDArray[np.int64],
    n_in: int,
    first_out: NDArray[np.int64],
    n_out: int,
    weights: NDArray[np.float64],
) -> NDArray[np.float64]:
    """What comes in at each place and is left after each step.

    Parameters
    ----------
    first_in, first_out : ndarray of shape (events,)
        First place that lets an event in, and first step that loses it.
    n_in, n_out : int
        Places and steps; an event beyond is never let in, or never lost.
    weights : ndarray of shape (events,)
        Of the events.

    Returns
    -------
    ndarray of shape (places + 1, steps + 1)
        The first row without a place, the first column without a step.
    """
    table = np.bincount(first_in * (n_out + 1) + first_out, weights, minlength=(n_in + 1) * (n_out + 1))
    table = table.reshape(n_in + 1, n_out + 1)[:n_in].cumsum(axis=0)
    found = np.zeros((n_in + 1, n_out + 1))
    found[1:] = table.sum(axis=1)[:, None]
    found[1:, 1:] -= table[:, :n_out].cumsum(axis=1)
    return found


def _spaced(n: int, count: int) -> NDArray[np.int64]:
    """Numbers of events from 1 to n, denser where they are few."""
    return np.unique(np.ceil(n * (np.arange(1, count + 1) / count) ** 2).astype(np.int64))


def _between(ordered: NDArray[np.float64], counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Limits after so many of some ordered values, in the middle before the next other value."""
    unique = np.unique(ordered)
    at = np.searchsorted(unique, ordered[counts - 1])
    following = unique[np.minimum(at + 1, len(unique) - 1)]
    known = np.isfinite(unique[at])  # what is infinite passes open cuts
    below, above = (np.where(known, ends, 0.0) for ends in (unique[at], following))
    limits = np.where(known, below + (above - below) / 2, np.nextafter(following, -np.inf))
    # Beyond the last one.
    limits = np.where(at + 1 < len(unique), limits, np.nextafter(unique[at], np.inf))
    return np.unique(limits)


def _values(ordered: NDArray[np.float64], limits: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.diff(np.searchsorted(np.unique(ordered), limits), prepend=0)
