"""The declared identity of events, and the uniform number that follows from it."""

from __future__ import annotations

import logging

import numpy as np
from numpy.typing import NDArray

__all__ = ["event_uniform", "warn_about_duplicates"]

_LOGGER = logging.getLogger(__name__)


def event_uniform(identity: tuple[NDArray[np.uint64], ...], seed: int) -> NDArray[np.float64]:
    """Return a number uniform in [0, 1) per event, the same in every reader and in RDataFrame.

    Parameters
    ----------
    identity : tuple of ndarray of uint64, shape (n_events,)
        Event numbers, such as run and event.
    seed : int
        Another seed gives independent numbers.
    """
    from gradcut._kernels import event_hash

    return np.asarray(event_hash([np.ascontiguousarray(column) for column in identity], seed))


def warn_about_duplicates(
    identity: tuple[NDArray[np.uint64], ...], uniform: NDArray[np.float64], *, where: str
) -> int:
    """Log a warning where several events have the same identity, and return how many there are too many.

    Such events are always in the same part, so parts are uneven if the identity is not really one; and where
    copies of an event go under another identity, the parts are correlated.
    """
    order = np.argsort(uniform, kind="stable")
    same = np.ones(max(len(order) - 1, 0), dtype=bool)
    for column in identity:
        ordered = column[order]
        same &= ordered[1:] == ordered[:-1]
    extra = int(np.count_nonzero(same))
    if extra:
        _LOGGER.warning(
            "%s: %d of %d events have the identity of another event; the parts of a split are correlated "
            "unless more columns (run, lumi block) are declared as identity",
            where,
            extra,
            len(order),
        )
    return extra
