"""Learned bins that differ between channels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from gradcut.binning.labels import bin_labels
from gradcut.errors import DeclarationError, close_matches

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gradcut.binning.channels import ChannelBinning
    from gradcut.binning.learned import LearnedBins
    from gradcut.expressions.nodes import Expression

__all__ = ["LearnedChannels"]


@dataclass(frozen=True, eq=False)
class LearnedChannels:
    """Bins of every channel.

    Parameters
    ----------
    binning : ChannelBinning
        The declaration.
    groups : tuple of LearnedBins
        The bins of each of its groups of channels.
    """

    binning: ChannelBinning
    groups: tuple[LearnedBins, ...]

    @cached_property
    def by_channel(self) -> dict[str, LearnedBins]:
        """The bins of every channel, of the expressions declared for it."""
        found = {
            channel: bins.declared_as(self.binning.by_channel[channel])
            for group, bins in zip(self.binning.groups, self.groups, strict=True)
            for channel in group.channels
        }
        return {channel: found[channel] for channel in self.binning.by_channel}

    @property
    def bin_shape(self) -> tuple[int, ...]:
        """Numbers of bins along the axes of all groups."""
        return tuple(n for bins in self.groups for n in bins.bin_shape)

    @property
    def places(self) -> list[tuple[str, str]]:
        """Channel and label of all bins, in the order of yields that are side by side."""
        return [
            (channel, label)
            for group, bins in zip(self.binning.groups, self.groups, strict=True)
            for channel in group.channels
            for label in bin_labels(bins.bin_shape)
        ]

    def of(self, channel: str) -> LearnedBins:
        """Bins of one channel.

        Raises
        ------
        DeclarationError
            If no channel is called so.
        """
        if channel not in self.by_channel:
            raise DeclarationError(
                f"no channel is called '{channel}'",
                allowed=", ".join(self.by_channel),
                hint=close_matches(channel, list(self.by_channel)),
            )
        return self.by_channel[channel]

    @property
    def expressions(self) -> dict[str, Expression]:
        """Which they are depends on the channel."""
        raise self.of_one()

    def index(self, values: Sequence[NDArray[Any]]) -> NDArray[np.int64]:
        """Which bin it is depends on the channel."""
        raise self.of_one()

    def defined(self, node: Any, name: str, read: Sequence[str]) -> Any:
        """Which bin it is depends on the channel."""
        raise self.of_one()

    def of_one(self) -> DeclarationError:
        """What to do where the bins of one channel are needed."""
        return DeclarationError(
            "bins differ between channels",
            given=", ".join(self.by_channel),
            hint=f"name one: result.channel('{next(iter(self.by_channel))}')",
        )

    def declared_as(self, binning: Any) -> LearnedBins:
        """They are those of their own declaration."""
        raise self.of_one()

    def to_json(self) -> dict[str, Any]:
        """Return what has been learned as plain data."""
        return {
            "kind": "channels",
            "by_channel": {channel: bins.to_json() for channel, bins in self.by_channel.items()},
        }

    @classmethod
    def of_channels(cls, binning: ChannelBinning, by_channel: Mapping[str, LearnedBins]) -> LearnedChannels:
        """Bins of the groups of a declaration, of those of every channel."""
        return cls(binning, tuple(by_channel[group.channels[0]] for group in binning.groups))
