"""Bins that differ between channels."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gradcut.binning.axis import Binning, ProductBinning
from gradcut.binning.bins_spec import BinsSpec
from gradcut.binning.mixture import MixtureBinning
from gradcut.binning.softmax import SoftmaxBinning
from gradcut.errors import DeclarationError

if TYPE_CHECKING:
    from gradcut.expressions.nodes import Expression

__all__ = ["BinGroup", "ChannelBinning", "OneBinning", "is_learned"]

#: Bins of one channel.
OneBinning = Binning | ProductBinning | MixtureBinning | SoftmaxBinning


_KINDS = (Binning, ProductBinning, MixtureBinning, SoftmaxBinning)


@dataclass(frozen=True)
class BinGroup:
    """Channels that have the same bins.

    Parameters
    ----------
    name : str
        Of the bins.
    binning : Binning, ProductBinning, MixtureBinning or SoftmaxBinning
        As declared for the first of the channels.
    channels : tuple of str
        The channels.
    """

    name: str
    binning: OneBinning
    channels: tuple[str, ...]


class ChannelBinning:
    """Bins of every channel; channels whose bins have equal names share them.

    Parameters
    ----------
    by_channel : mapping of str to Binning, ProductBinning, MixtureBinning or SoftmaxBinning
        The bins of each channel. Those of one name are learned together; they may bin different expressions,
        and are the same in everything else.
    """

    def __init__(self, by_channel: Mapping[str, OneBinning]) -> None:
        where = "bins by channel"
        for channel, binning in by_channel.items():
            if not isinstance(channel, str) or not isinstance(binning, _KINDS):
                raise DeclarationError(
                    "bins by channel are those of names of channels",
                    given=f"{channel!r}: {binning!r}"[:80],
                    allowed="{'SR': gc.Binning('bdt', 5), 'CR': gc.Binning('mjj', 3)}",
                    where=where,
                )
        if not by_channel:
            raise DeclarationError("no channel has bins", where=where, hint="{'SR': gc.Binning('bdt', 5)}")
        self.by_channel: dict[str, OneBinning] = dict(by_channel)
        named: dict[str, list[str]] = {}
        for channel, binning in self.by_channel.items():
            named.setdefault(_name(binning), []).append(channel)
        self.groups = tuple(
            BinGroup(name, self.by_channel[channels[0]], tuple(channels)) for name, channels in named.items()
        )
        for group in self.groups:
            for channel in group.channels[1:]:
                _check_same(group, channel, self.by_channel[channel])
        _check_whole(self.groups)

    @property
    def learned(self) -> bool:
        """Whether anything is learned."""
        return any(is_learned(group.binning) for group in self.groups)

    @property
    def expressions(self) -> dict[str, tuple[Expression, ...]]:
        """What is binned in every channel."""
        return {channel: binning.expressions for channel, binning in self.by_channel.items()}

    @property
    def spec(self) -> BinsSpec:
        """Labels of the columns that are collected: the first one of every channel, the second one, ..."""
        most = max(len(one.expressions) for one in self.by_channel.values())
        return BinsSpec("axes", "logistic", tuple(f"column {i}" for i in range(most)), (0,) * most)

    @property
    def choices(self) -> list[tuple[int, ...]]:
        """Numbers of bins of the learned axes of all groups to choose from."""
        every = itertools.product(*(group.binning.choices for group in self.groups))
        return [tuple(itertools.chain(*one)) for one in every]

    def divided(self, choice: tuple[int, ...]) -> list[tuple[int, ...]]:
        """One choice for every group."""
        found, at = [], 0
        for group in self.groups:
            n = len(group.binning.choices[0])
            found.append(choice[at : at + n])
            at += n
        return found

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "kind": "channels",
            "by_channel": {channel: binning.to_json() for channel, binning in self.by_channel.items()},
        }

    def __repr__(self) -> str:
        return "{" + ", ".join(f"{channel!r}: {one!r}" for channel, one in self.by_channel.items()) + "}"


def is_learned(binning: OneBinning) -> bool:
    """Whether bins of a channel have anything to learn."""
    return not isinstance(binning, (Binning, ProductBinning)) or any(axis.learned for axis in binning.axes)


def _names(binning: OneBinning) -> tuple[str, ...]:
    if isinstance(binning, (Binning, ProductBinning)):
        return tuple(axis.name for axis in binning.axes)
    return binning.names


def _name(binning: OneBinning) -> str:
    return ", ".join(_names(binning))


def _settings(binning: OneBinning) -> Any:
    """What shared bins have to have in common."""
    if isinstance(binning, (Binning, ProductBinning)):
        return [{k: v for k, v in axis.to_json().items() if k != "expression"} for axis in binning.axes]
    return {k: v for k, v in binning.to_json().items() if k != "expressions"}


def _check_same(group: BinGroup, channel: str, binning: OneBinning) -> None:
    if _settings(binning) != _settings(group.binning):
        raise DeclarationError(
            "bins of equal names are the same bins, and these differ",
            given=f"'{group.channels[0]}': {group.binning!r}, '{channel}': {binning!r}",
            where=f"'{group.name}'",
            hint="give those of one channel another name: gc.Binning(..., name='...')",
        )


def _check_whole(groups: tuple[BinGroup, ...]) -> None:
    """Axes are shared with the whole product that they are part of, or not at all."""
    seen: dict[str, str] = {}
    for group in groups:
        for name in _names(group.binning):
            if name in seen:
                raise DeclarationError(
                    "bins are shared between channels as a whole, not an axis of a product",
                    given=f"'{name}' in '{seen[name]}' and in '{group.name}'",
                    hint="give it another name in one of them: gc.Binning(..., name='...')",
                )
            seen[name] = group.name
