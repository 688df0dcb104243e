"""Who reads a source, with what it needs kept between planning and reading."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from gradcut.errors import DeclarationError
from gradcut.expressions import has_cpp
from gradcut.samples.columns import Schema
from gradcut.samples.readers.chunks import Chunk, collect_chunks, columns_of
from gradcut.samples.readers.memory import Immediate
from gradcut.samples.readers.plan import Pending, ReadPlan
from gradcut.samples.sources import ArraySource, FileSource, FromSpec, NodeSource, Reader, Source

__all__ = ["ROOT_LOCK", "NodeCache", "begin", "chunks_of", "run_booked", "warn_about_few_clusters"]


#: Held while ROOT books or runs: RDataFrame's loops let other Python threads run, and crash where two of them
#: use it at once.
ROOT_LOCK = threading.RLock()


class NodeCache:
    """Makes the RDataFrame of a source once, for its schema, its ``Vary`` and its reading."""

    def __init__(self) -> None:
        self._opened: dict[int, Source] = {}
        self._schemas: dict[int, Schema] = {}

    def opened(self, source: Source, reader: Reader) -> Source:
        """Return the source with its RDataFrame made, where ROOT reads it."""
        if reader == "root" and id(source) not in self._opened:
            if not isinstance(source, (FileSource, FromSpec, NodeSource)):
                raise DeclarationError("ROOT cannot read this source", given=type(source).__name__)
            self._opened[id(source)] = _Opened(source, source.node())
        return self._opened.get(id(source), source)

    def schema(self, source: Source, reader: Reader) -> Schema:
        """Return the columns of a source."""
        if id(source) not in self._schemas:
            self._schemas[id(source)] = self.opened(source, reader).schema(reader)
        return self._schemas[id(source)]

    def variations(self, source: Source, reader: Reader) -> dict[str, tuple[str, ...]]:
        """Return the names and tags of the ``Vary`` of a source, none where ROOT does not read it."""
        if reader != "root":
            return {}
        from gradcut.samples.readers.root_nodes import variations_of_node

        opened = self.opened(source, reader)
        return variations_of_node(opened.node()) if isinstance(opened, _Opened) else {}

    def check_files(self, source: Source, reader: Reader, plan: ReadPlan) -> None:
        """Check that the files of a source agree about the columns that ROOT will read."""
        if reader != "root" or not isinstance(source, (FileSource, FromSpec)):
            return
        from gradcut.samples.readers.agreement import check_files_agree

        # What a user's function or C++ reads is not known.
        known = not source.prepare and not any(
            has_cpp(part) for part in (*(q.expression for q in plan.quantities), *sum(plan.requirements, ()))
        )
        check_files_agree(source.files, columns_of(plan) if known else None, where=plan.where)


class _Opened(NodeSource):
    """A source whose RDataFrame has been made; described as the source that it was."""

    def __init__(self, source: Source, node: Any) -> None:
        super().__init__(node)
        self.describe = source.describe  # type: ignore[method-assign]
        self.files = source.files if isinstance(source, (FileSource, FromSpec)) else ()
        #: Nothing was defined, filtered or joined on the way from the files.
        self.is_as_stored = isinstance(source, FileSource) and source.prepare is None


def begin(source: Source, plan: ReadPlan, reader: Reader) -> Pending:
    """Book the reading of a source; only ROOT's event loop waits for :func:`run_booked`."""
    if isinstance(source, _Opened) and source.is_as_stored:
        from gradcut.samples.readers.plain_files import chunks_of_plain_files, plain_files

        if files := plain_files(source.files, plan):
            return Immediate(lambda: collect_chunks(plan, chunks_of_plain_files(files, plan)))
    if isinstance(source, NodeSource):
        from gradcut.samples.readers.root_reader import book_plan

        warn_about_few_clusters(source, plan.where)
        return book_plan(source.node(), plan)
    chunks = chunks_of(source, plan)
    return Immediate(lambda: collect_chunks(plan, chunks))


def warn_about_few_clusters(source: Source, where: str) -> None:
    """Log, once, that the files of a source cannot keep all threads of an event loop busy."""
    if isinstance(source, _Opened):
        from gradcut.samples.reclustering import warn_about_few_clusters as warn

        warn(source.files, where)


def chunks_of(source: Source, plan: ReadPlan) -> Iterable[tuple[int, Chunk]]:
    """Return the columns of a plan chunk by chunk, from arrays or with uproot from files."""
    if isinstance(source, ArraySource):
        return [(source.n_events, source.columns)]
    if isinstance(source, (FileSource, FromSpec)):
        from gradcut.samples.readers.uproot_files import chunks_with_uproot

        return chunks_with_uproot(source.files, plan)
    raise DeclarationError("this source cannot be read", given=type(source).__name__)


class HasBooked(Protocol):
    """Something that an event loop computes."""

    @property
    def booked(self) -> Sequence[Any]:
        """What ``gradcut.rdf.run`` has to run, empty where nothing is left to run."""


def run_booked(pending: Sequence[HasBooked]) -> None:
    """Run the event loops of all sources that ROOT reads, together."""
    booked = [handle for one in pending for handle in one.booked]
    if booked:
        from gradcut.rdf import run

        run(*booked)
