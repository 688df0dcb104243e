"""What is known of samples that stay in files: per process and variation a node, columns and factors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from gradcut.errors import DeclarationError
from gradcut.samples.process import Process
from gradcut.samples.tables import VariationGroup
from gradcut.samples.totals import Totals
from gradcut.samples.variations import NOMINAL

if TYPE_CHECKING:
    from gradcut.samples.opened import OpenedSource

__all__ = ["Stream", "StreamedTag", "Streams"]


@dataclass(frozen=True, slots=True)
class StreamedTag:
    """Events of one variation.

    Parameters
    ----------
    tag : str
        The variation.
    node : RDataFrame node
        Events that pass the requirement and belong to the part of the split.
    features : tuple of str
        Their columns.
    weight : str or None
        Column of the weight; None where it is constant.
    constant : float
        The constant weight, 1 where there is a column.
    vary : tuple of str
        Tags of the node's ``Vary``, which the same action can be asked for.
    source : OpenedSource
        What it is a variation of.
    number : int
        Its place in ``source.tags(...)``.
    """

    tag: str
    node: Any
    features: tuple[str, ...]
    weight: str | None
    constant: float
    vary: tuple[str, ...]
    source: OpenedSource
    number: int

    def __reduce__(self) -> NoReturn:
        # ROOT would try to write the node into a buffer, and crash.
        raise DeclarationError(
            "events of RDataFrame cannot leave their process",
            hint="make the engine or the stream anew there: Samples of files can be pickled",
        )


@dataclass(frozen=True, slots=True)
class Stream:
    """A process in a channel.

    Parameters
    ----------
    process : Process
        As declared.
    tags : tuple of StreamedTag
        Its variations, nominal first.
    factors : dict of str to float
        Per tag, what weights are multiplied with: normalisation and split.
    variance_scales : dict of str to float
        Per tag, what the sum of squared weights is multiplied with to be that of the full sample.
    totals : Totals
        Nominal sums after the requirement, of the part, normalised and scaled to the full yield.
    mean_weight : float
        Mean absolute weight of one event of the full sample.
    """

    process: Process
    tags: tuple[StreamedTag, ...]
    factors: dict[str, float]
    variance_scales: dict[str, float]
    totals: Totals
    mean_weight: float

    @property
    def all_tags(self) -> tuple[str, ...]:
        """Tags of this process, those of a ``Vary`` included."""
        return tuple(dict.fromkeys(name for tag in self.tags for name in (tag.tag, *tag.vary)))


@dataclass(frozen=True, slots=True)
class Streams:
    """All processes, and the variations that at least one of them has.

    Parameters
    ----------
    streams : tuple of Stream
        In the order in which they were added.
    groups : tuple of VariationGroup
        The tags of each variation.
    """

    streams: tuple[Stream, ...]
    groups: tuple[VariationGroup, ...]

    @property
    def variations(self) -> tuple[str, ...]:
        """All tags, nominal first."""
        return (NOMINAL, *(tag for group in self.groups for tag in group.tags))
