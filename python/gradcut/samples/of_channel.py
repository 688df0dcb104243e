"""Samples of one channel."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING

from gradcut.errors import DeclarationError

if TYPE_CHECKING:
    from gradcut.samples.samples import Samples

__all__ = ["of_channel"]


def of_channel(samples: Samples, channel: str) -> Samples:
    """Return the samples with the processes of one channel only; nothing is read."""
    if channel not in samples.channels:
        raise DeclarationError(
            f"the samples have no channel '{channel}'", allowed=", ".join(samples.channels)
        )
    chosen = copy(samples)
    chosen._processes = {key: one for key, one in samples._processes.items() if key[0] == channel}
    return chosen
