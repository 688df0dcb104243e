"""What weights may not be."""

from __future__ import annotations

import logging

import numpy as np
from numpy.typing import NDArray

from gradcut.errors import DataError
from gradcut.samples.totals import Totals

__all__ = ["check_nominal", "check_varied", "check_weights_finite"]

_LOGGER = logging.getLogger(__name__)

#: A varied yield that differs from nominal by more than this factor is more likely a mistake.
_SUSPICIOUS = 5.0


def check_weights_finite(
    weights: NDArray[np.float64], mask: NDArray[np.bool_], entries: NDArray[np.int64], *, where: str
) -> None:
    """Check the weights of events that pass.

    Raises
    ------
    DataError
        If one is NaN or infinite; the message has the number of events and the first entry.
    """
    bad = mask & ~np.isfinite(weights)
    if bad.any():
        first = int(np.flatnonzero(bad)[0])
        raise DataError(
            "weights are NaN or infinite",
            where=where,
            given=f"{np.count_nonzero(bad)} of {np.count_nonzero(mask)} events, "
            f"the first ({weights[first]}) is entry {entries[first]}",
            hint="require what makes them finite, or mend them where they are made",
        )


def check_nominal(totals: Totals, n_read: int, *, where: str) -> None:
    """Check that the events that pass can be normalised and split.

    Raises
    ------
    DataError
        If nothing passes, all weights are zero, or their sum is not positive.
    """
    if totals.entries == 0:
        raise DataError(
            "no event passes the requirement",
            where=where,
            given=f"0 of {n_read} events that were read",
            hint="check the requirement; leave the process out of this channel if it has no events there",
        )
    if totals.sum_w2 == 0:
        raise DataError("all weights are zero", where=where, given=f"{totals.entries} events")
    if totals.sum_w <= 0:
        raise DataError(
            "the total weight of a process is not positive",
            where=where,
            given=f"{totals.sum_w:g} from {totals.entries} events",
            allowed="negative weights, as long as the total stays positive",
            hint="a process that is subtracted belongs into the model of the fit, not into the sample",
        )


def check_varied(varied: Totals, nominal: Totals, tag: str, *, where: str) -> None:
    """Warn about a variation whose total is far from nominal: weights that were factors, or the reverse."""
    ratio = varied.sum_w / nominal.sum_w
    if not 1 / _SUSPICIOUS < ratio < _SUSPICIOUS:
        _LOGGER.warning(
            "%s: variation '%s' has %.4g times the nominal yield; "
            "weights that multiply the nominal one are declared with relative=True",
            where,
            tag,
            ratio,
        )
