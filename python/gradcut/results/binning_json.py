"""Learned bins as a JSON file, and back, strictly."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from gradcut.binning.axis import Binning, ProductBinning
from gradcut.binning.channels import ChannelBinning, OneBinning
from gradcut.binning.choose import Choice
from gradcut.binning.learned import LearnedBins, LearnedEdges
from gradcut.binning.learned_channels import LearnedChannels
from gradcut.binning.learned_mixture import LearnedMixture
from gradcut.binning.learned_softmax import LearnedSoftmax
from gradcut.binning.mixture import MixtureBinning
from gradcut.binning.softmax import SoftmaxBinning
from gradcut.errors import DeclarationError, SchemaError
from gradcut.results.bin_rows import BinRow
from gradcut.results.binning_result import BinningResult, FoldBins
from gradcut.results.document import numbers, read, with_infinities, write
from gradcut.results.rows import Scores
from gradcut.results.saved_features import check_features, features

if TYPE_CHECKING:
    from gradcut.observables.observable import Observable

__all__ = ["content_of", "fields_of", "from_document", "load", "save"]

_FORMAT = "gradcut-binning-result"
_KINDS: dict[str, type[OneBinning]] = {
    "axis": Binning,
    "product": ProductBinning,
    "mixture": MixtureBinning,
    "softmax": SoftmaxBinning,
}


def save(result: BinningResult, path: str | os.PathLike[str]) -> None:
    """Write a result; see :meth:`gradcut.BinningResult.save`."""
    write(path, _FORMAT, content_of(result), result.metadata)


def content_of(result: BinningResult) -> dict[str, Any]:
    """What a file has of a result."""
    return {
        "binning": result.binning.to_json(),
        "features": features(result.binning, result.provenance["sentinels"]),
        "bins": result.bins.to_json(),
        "scores": asdict(result.scores),
        "rows": [asdict(row) for row in result.rows],
        "choices": [{**asdict(choice), "bins": list(choice.bins)} for choice in result.choices],
        "starts": list(result.starts),
        "folds": [{"bins": row.bins.to_json(), "used": row.used} for row in result.folds],
        "missing": dict(result.missing),
        "status": result.status,
        "message": result.message,
        "warnings": list(result.warnings),
        "history": [dict(record) for record in result.history],
        "provenance": dict(result.provenance),
    }


def load(path: str | os.PathLike[str]) -> BinningResult:
    """Read a result; see :meth:`gradcut.BinningResult.load`."""
    where = str(path)
    return from_document(read(path, _FORMAT, "fit_binning", "binning_result"), where)


def from_document(document: Mapping[str, Any], where: str) -> BinningResult:
    """Make the result of a document that has been checked against its schema.

    Parameters
    ----------
    document : mapping
        The file.
    where : str
        Its name, for messages.
    """
    binning = _declared(document["content"]["binning"])

    def bins(plain: dict[str, Any]) -> LearnedBins:
        return _bins(binning, plain, where)

    return BinningResult(**fields_of(document, binning, bins, where))


def fields_of(
    document: Mapping[str, Any],
    binning: OneBinning | ChannelBinning | Observable,
    bins: Callable[[dict[str, Any]], LearnedBins],
    where: str,
) -> dict[str, Any]:
    """Fields of a result from a document that its schema allows.

    Parameters
    ----------
    document : mapping
        The file.
    binning : Binning, ProductBinning, MixtureBinning, SoftmaxBinning, ChannelBinning or Observable
        Its declaration.
    bins : callable
        Reads learned bins.
    where : str
        The file, for messages.
    """
    content = document["content"]
    check_features(content, binning, where)
    return {
        "binning": binning,
        "bins": bins(content["bins"]),
        "scores": Scores(**numbers(content["scores"])),
        "rows": tuple(
            BinRow.from_json({**with_infinities(row), "channel": row["channel"], "bin": row["bin"]})
            for row in content["rows"]
        ),
        "choices": tuple(
            Choice(tuple(one["bins"]), with_infinities(one["learned"]), with_infinities(one["chosen_by"]))
            for one in content["choices"]
        ),
        "starts": tuple(with_infinities(content["starts"])),
        "folds": tuple(FoldBins(bins(row["bins"]), with_infinities(row["used"])) for row in content["folds"]),
        "missing": content["missing"],
        "status": content["status"],
        "message": content["message"],
        "warnings": tuple(content["warnings"]),
        "history": tuple(numbers(record) for record in content["history"]),
        "provenance": content["provenance"],
        "metadata": document["metadata"],
    }


def _declared(plain: dict[str, Any]) -> OneBinning | ChannelBinning:
    if plain["kind"] == "channels":
        return ChannelBinning({channel: _one(own) for channel, own in plain["by_channel"].items()})
    return _one(plain)


def _one(plain: dict[str, Any]) -> OneBinning:
    return _KINDS[plain["kind"]].from_json(plain)


def _bins(binning: OneBinning | ChannelBinning, plain: dict[str, Any], where: str) -> LearnedBins:
    """Bins of a file, which have to be those of its declaration."""
    if isinstance(binning, ChannelBinning):
        of_channels = plain.get("by_channel", {})
        if set(of_channels) != set(binning.by_channel):
            raise SchemaError(
                "the bins are not those of the channels of the declaration",
                given=", ".join(of_channels) or plain["kind"],
                allowed=", ".join(binning.by_channel),
                where=f"{where}, bins",
            )
        own = {
            channel: _bins(one, of_channels[channel], f"{where}, channel '{channel}'")
            for channel, one in binning.by_channel.items()
        }
        return LearnedChannels.of_channels(binning, own)
    own_kind = binning.to_json()["kind"]
    if plain["kind"] != (own_kind if own_kind in ("mixture", "softmax") else "edges"):
        raise SchemaError(
            "the bins are not those of the declaration", given=plain["kind"], where=f"{where}, bins"
        )
    try:
        if isinstance(binning, MixtureBinning):
            return LearnedMixture.from_json(binning, plain)
        if isinstance(binning, SoftmaxBinning):
            return LearnedSoftmax.from_json(binning, plain)
        return LearnedEdges.from_json(binning, plain)
    except (DeclarationError, ValueError) as error:
        raise SchemaError("the bins of the file make no sense", given=str(error), where=where) from error
