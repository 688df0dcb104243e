"""What is binned, as a file holds it: what programs without Python compute.

It follows from the declaration and the sentinels, and stands beside these in the file so that a reader needs
no guards against missing values: only to render trees (``GradCut::LoadBins`` in C++). A file in which they do
not agree is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gradcut.binning.channels import ChannelBinning
from gradcut.errors import SchemaError
from gradcut.expressions.guards import guard_feature
from gradcut.expressions.json_form import to_json

if TYPE_CHECKING:
    from gradcut.binning.channels import OneBinning
    from gradcut.observables.observable import Observable

    #: Whatever columns are read for.
    AnyBinning = OneBinning | ChannelBinning | Observable

__all__ = ["check_features", "features"]


def features(binning: AnyBinning, sentinels: Sequence[float]) -> list[dict[str, Any]]:
    """Return the number of every column of the bins, and the condition that an event has none.

    Parameters
    ----------
    binning : Binning, ProductBinning, MixtureBinning, SoftmaxBinning, ChannelBinning or Observable
        The declaration.
    sentinels : sequence of float
        Numbers that stand for a missing value.

    Returns
    -------
    list of dict
        Per channel, or once where all have the same bins, and per column of the bins, in their order: the
        channel or None, ``value`` and ``absent`` as trees, the latter None where NaN tells it.
    """
    by_channel = binning.by_channel if isinstance(binning, ChannelBinning) else {None: binning}
    made = []
    for channel, one in by_channel.items():
        for expression in one.expressions:
            value, absent = guard_feature(expression, sentinels=sentinels)
            trees = {"value": to_json(value), "absent": None if absent is None else to_json(absent)}
            made.append({"channel": channel, **trees})
    return made


def check_features(content: Mapping[str, Any], binning: AnyBinning, where: str) -> None:
    """Check that what other programs compute is what this one computes.

    Parameters
    ----------
    content : mapping
        Of the file.
    binning : Binning, ProductBinning, MixtureBinning, SoftmaxBinning, ChannelBinning or Observable
        The declaration in it.
    where : str
        The file.

    Raises
    ------
    SchemaError
        Where the features of the file are not those of its declaration.
    """
    if content["features"] != features(binning, content["provenance"]["sentinels"]):
        raise SchemaError(
            "the features are not those of the declaration and the sentinels",
            where=f"{where}, features",
            hint="a file is made by save, not by hand",
        )
