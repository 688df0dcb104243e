"""Runs event loops on the workers of a Dask cluster, range of entries by range."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gradcut.cluster.chunks import Chunk, FileEntries, chunks_of
from gradcut.cluster.clients import Tasks, client_or_default
from gradcut.cluster.sources import files_of, pickled
from gradcut.cluster.tasks import Common, Counting, Lengths, Plan, Question, Summing, count, look_up, sum_up
from gradcut.cluster.versions import versions
from gradcut.errors import DeclarationError
from gradcut.samples.readers.checks import empty_sample
from gradcut.samples.source_sums import merged
from gradcut.samples.variations import NOMINAL

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gradcut.engines.runners import Asked
    from gradcut.samples.opened import OpenedSource
    from gradcut.samples.source_sums import SourceSums

__all__ = ["CHUNK", "DaskRunner"]

_LOGGER = logging.getLogger(__name__)

#: Entries of a chunk: some tenths of a second of work, a hundred times what handing it out costs.
CHUNK = 500_000


@dataclass(frozen=True, eq=False)
class _Known:
    """A source that was opened, and how workers open it."""

    source: OpenedSource
    plan: Plan
    lengths: Lengths


class DaskRunner:
    """Event loops on the workers of a cluster; see :class:`gradcut.engines.runners.Runner`.

    Parameters
    ----------
    client : distributed.Client, optional
        The client; by default the one that was made last.
    chunk : int, default 500000
        About how many entries a task reads. Sums are merged in the order of the entries: they depend on this
        number, and not on how many workers there are and who did what.

    Notes
    -----
    Samples with the same files and ``prepare`` (channels) are read together.
    """

    def __init__(self, client: Any = None, chunk: int = CHUNK) -> None:
        if not isinstance(chunk, int) or isinstance(chunk, bool) or chunk < 1:
            raise DeclarationError(
                "'chunk' is the number of entries that a task reads", given=repr(chunk), allowed="1 or more"
            )
        self._tasks, self._chunk = Tasks(client_or_default(client)), chunk
        self._files: dict[tuple[str, str], FileEntries] = {}
        self._chunks: dict[bytes, tuple[Chunk, ...]] = {}
        self._known: dict[int, _Known] = {}

    def count(self, sources: Sequence[OpenedSource]) -> list[SourceSums]:
        """Sums that normalise and split, per source."""
        plans = [pickled(source) for source in sources]
        files = [files_of(source.plan.process) for source in sources]
        self._divide({plan.source: own for plan, own in zip(plans, files, strict=True)})
        found: dict[Plan, list[SourceSums]] = {plan: [] for plan in plans}
        by_source = {plan.source: tuple(p for p in found if p.source == plan.source) for plan in plans}
        groups = [(Counting(self._common, own), self._chunks[key]) for key, own in by_source.items()]
        for (shared, _), values in zip(groups, self._tasks.run(count, groups), strict=True):
            for answer in values:
                for plan, sums in zip(shared.plans, answer, strict=True):
                    found[plan].append(sums)
        result = []
        for plan, source in zip(plans, sources, strict=True):
            if not found[plan]:
                raise empty_sample(source.plan.process.where)
            result.append(merged(found[plan]))
            self._known[id(source)] = _Known(source, plan, result[-1].lengths)
        return result

    def run(self, asked: Sequence[Asked]) -> list[dict[str, NDArray[np.float64]]]:
        """Sums per question and wanted variation; every file is read once."""
        by_source: dict[bytes, list[int]] = {}
        for number, one in enumerate(asked):
            by_source.setdefault(self._of(one).plan.source, []).append(number)
        groups = [
            (self._summing([asked[number] for number in numbers]), self._chunks[key])
            for key, numbers in by_source.items()
        ]
        found: list[dict[str, NDArray[np.float64]]] = [{} for _ in asked]
        for numbers, values in zip(by_source.values(), self._tasks.run(sum_up, groups), strict=True):
            for answer in values:
                for number, sums in zip(numbers, answer, strict=True):
                    _add(found[number], sums)
        return [
            {tag: sums[_name(tag, one)] for tag in one.tags} for one, sums in zip(asked, found, strict=True)
        ]

    def _of(self, one: Asked) -> _Known:
        return self._known[id(one.streamed.source)]

    def _summing(self, asked: Sequence[Asked]) -> Summing:
        """Questions to one source."""
        known = list({id(one.streamed.source): self._of(one) for one in asked}.values())
        questions = tuple(
            Question(
                known.index(self._of(one)),
                one.streamed.number,
                tuple(_name(tag, one) for tag in one.tags),
                one.request,
            )
            for one in asked
        )
        plans, lengths = (tuple(one.plan for one in known), tuple(one.lengths for one in known))
        return Summing(self._common, plans, lengths, questions)

    @property
    def _common(self) -> Common:
        instructions = self._tasks.instructions
        return Common(versions(), instructions[-1] if instructions else "")

    def _divide(self, sources: dict[bytes, tuple[tuple[str, str], ...]]) -> None:
        """Find out how many entries files have, where that is not known yet."""
        wanted = list(dict.fromkeys(file for files in sources.values() for file in files))
        new = [file for file in wanted if file not in self._files]
        (found,) = self._tasks.run(look_up, [(self._common, new)])
        self._files |= zip(new, found, strict=True)
        for key, files in sources.items():
            self._chunks[key] = tuple(chunks_of([self._files[file] for file in files], self._chunk))
        _LOGGER.info("%d files in %d chunks", len(wanted), sum(len(self._chunks[key]) for key in sources))


def _add(total: dict[str, NDArray[np.float64]], more: dict[str, NDArray[np.float64]]) -> None:
    for tag, sums in more.items():
        total[tag] = total[tag] + sums if tag in total else sums


def _name(tag: str, one: Asked) -> str:
    """What a source calls a variation: nominal, where it is the sample of that variation."""
    return NOMINAL if tag == one.streamed.tag and one.streamed.number == 0 else tag
