"""Observed events of channels as one row of bins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from gradcut.errors import DataError, close_matches

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from gradcut.stats.spec import Channel

__all__ = ["all_bins"]


def all_bins(channels: Sequence[Channel], given: ArrayLike | Mapping[str, ArrayLike]) -> NDArray[np.float64]:
    """Events of all bins, channel after channel, shape (..., bins).

    Parameters
    ----------
    channels : sequence of Channel
        In the order of their names.
    given : array_like or mapping of str to array_like
        The bins of every channel by name, or all of them.

    Raises
    ------
    DataError
        If channels are missing, bins do not fit, or numbers are negative or not finite.
    """
    main = np.asarray(_joined(channels, given) if isinstance(given, Mapping) else given, dtype=np.float64)
    if main.ndim == 0 or main.shape[-1] != sum(channel.n_bins for channel in channels):
        raise DataError(
            "observations do not fit the bins",
            given=f"shape {main.shape}",
            allowed=f"{sum(c.n_bins for c in channels)} bins: "
            + ", ".join(f"'{c.name}': {c.n_bins}" for c in channels),
        )
    if not (np.isfinite(main).all() and (main >= 0).all()):
        raise DataError("observations are finite numbers from 0 on")
    return main


def _joined(channels: Sequence[Channel], given: Mapping[str, ArrayLike]) -> NDArray[np.float64]:
    parts = []
    for channel in channels:
        if channel.name not in given:
            raise DataError(
                f"no observations for channel '{channel.name}'",
                given=", ".join(given),
                hint=close_matches(channel.name, given),
            )
        part = np.asarray(given[channel.name], dtype=np.float64)
        if part.ndim == 0 or part.shape[-1] != channel.n_bins:
            raise DataError(
                "observations do not fit the bins",
                where=f"channel '{channel.name}'",
                given=f"shape {part.shape}",
                allowed=f"{channel.n_bins} bins",
            )
        parts.append(part)
    return np.concatenate(parts, axis=-1)
