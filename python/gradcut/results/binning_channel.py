"""The result of one channel, of bins that differ between channels."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gradcut.binning.channels import ChannelBinning
from gradcut.binning.learned_channels import LearnedChannels
from gradcut.errors import DeclarationError

if TYPE_CHECKING:
    from gradcut.results.binning_result import BinningResult, FoldBins

__all__ = ["of_channel"]


def of_channel(result: BinningResult, name: str) -> BinningResult:
    """See :meth:`gradcut.BinningResult.channel`."""
    if not isinstance(result.bins, LearnedChannels) or not isinstance(result.binning, ChannelBinning):
        raise DeclarationError(
            "all channels have the same bins",
            given=f"channel '{name}'",
            hint="use the result itself; gc.fit_binning({'SR': ..., 'CR': ...}, ...) learns bins by channel",
        )
    bins = result.bins.of(name)
    names = list(bins.expressions)
    group = next(group.name for group in result.binning.groups if name in group.channels)
    return replace(
        result,
        binning=result.binning.by_channel[name],
        bins=bins,
        rows=tuple(row for row in result.rows if row.channel == name),
        choices=(),
        folds=tuple(_fold(row, name) for row in result.folds),
        missing={column: count for column, count in result.missing.items() if column in names},
        history=tuple(one for one in result.history if f", '{group}'" in str(one["task"])),
        provenance={**result.provenance, "channel": name},
    )


def _fold(row: FoldBins, name: str) -> FoldBins:
    return replace(row, bins=row.bins.of(name)) if isinstance(row.bins, LearnedChannels) else row
