"""Sums that scale the parts of a split to the full yield."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gradcut.engines.parameters import Thresholds
from gradcut.engines.runners import Asked, Bookable, BookSelection
from gradcut.out_of_core.division import BookFeatures, BookInPart
from gradcut.samples.readers.checks import part_without_events
from gradcut.samples.readers.root_graph import NO_CUTS
from gradcut.samples.streamed import Streams
from gradcut.samples.variations import NOMINAL, FileVariation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.engines.runners import Runner
    from gradcut.out_of_core.division import Division
    from gradcut.samples import Samples
    from gradcut.samples.streamed import Stream

__all__ = ["EVERYTHING", "scaled_parts"]

_NOTHING = np.empty((1, 0))
#: The moments of all weights.
EVERYTHING = BookFeatures(
    (), BookSelection(NO_CUTS, Thresholds(_NOTHING, _NOTHING, _NOTHING, _NOTHING), "float64", "none")
)


class _Scale(NamedTuple):
    """What a part is to the whole."""

    entries: int
    #: Factor of the weights, and what sums of their squares are multiplied with beside it.
    weights: float
    variance: float


def scaled_parts(
    streams: Streams, division: Division, parts: Sequence[str], samples: Samples, runner: Runner
) -> dict[str, Streams]:
    """Streams of whole samples with the factors and totals of each part; one pass.

    Their nodes are those of all events: :class:`gradcut.out_of_core.division.BookInPart` chooses.

    Raises
    ------
    DataError
        If a process has no events in a part.
    """
    own = {tag for one in samples.variations if isinstance(one, FileVariation) for tag in one.tags}
    wanted: list[Bookable] = [
        EVERYTHING,
        *(BookInPart(division, part, EVERYTHING, before=True) for part in parts),
    ]
    keys, asked = [], []
    for number, stream in enumerate(streams.streams):
        for streamed in stream.tags:
            if streamed.tag == NOMINAL or streamed.tag in own:
                keys += [(number, streamed.tag, of) for of in ("whole", *parts)]
                asked += [Asked(streamed, request, (streamed.tag,)) for request in wanted]
    found = {key: one[key[1]][0, :, 0] for key, one in zip(keys, runner.run(asked), strict=True)}
    made: dict[str, Streams] = {}
    for part in parts:
        scaled = []
        for number, stream in enumerate(streams.streams):
            scales = {
                tag: _scale(part, stream, found[number, tag, "whole"], found[number, tag, part])
                for at, tag, of in keys
                if at == number and of == part
            }
            scaled.append(_scaled(stream, scales))
        made[part] = Streams(tuple(scaled), streams.groups)
    return made


def _scaled(stream: Stream, scales: dict[str, _Scale]) -> Stream:
    nominal = scales[NOMINAL]
    return replace(
        stream,
        factors={tag: f * scales.get(tag, nominal).weights for tag, f in stream.factors.items()},
        variance_scales={
            tag: f * scales.get(tag, nominal).variance for tag, f in stream.variance_scales.items()
        },
        totals=replace(stream.totals, entries=nominal.entries, mean_w=stream.totals.sum_w / nominal.entries),
    )


def _scale(part: str, stream: Stream, whole: NDArray[np.float64], inside: NDArray[np.float64]) -> _Scale:
    (n_all, all_w, all_w2), (entries, sum_w, sum_w2) = whole.tolist(), inside.tolist()
    factor = all_w / sum_w if sum_w != 0 else 0.0
    if entries == 0 or factor <= 0:  # the sum of all is not zero: that was checked
        where = f"{stream.process.where}, part '{part}'"
        raise part_without_events(int(entries), sum_w, int(n_all), where)
    return _Scale(int(entries), factor, all_w2 / (factor**2 * sum_w2))
