"""What workers do: open a range of entries once, and sum it as often as they are asked to.

Everything here is called in the worker's process, one task at a time (ROOT), with plain data.
"""

from __future__ import annotations

import functools
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from gradcut.cluster.chunks import Chunk, FileEntries, entries_of
from gradcut.cluster.versions import Versions, check_versions, versions
from gradcut.errors import DeclarationError, GradcutError, RootError
from gradcut.samples.reading import ROOT_LOCK

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gradcut.engines.runners import Bookable
    from gradcut.samples.opened import OpenedSource
    from gradcut.samples.source_sums import SourceSums
    from gradcut.samples.streamed import StreamedTag

__all__ = [
    "Answer",
    "Common",
    "Counting",
    "Lengths",
    "Plan",
    "Question",
    "Summing",
    "count",
    "look_up",
    "sum_up",
]

T = TypeVar("T")

#: Ranges that a worker keeps open: what is booked on them needs no new RDataFrame then.
_OPENED = 32

#: Smallest and largest number of weights in an event, per vector column of a source.
Lengths = tuple[tuple[int, int], ...]


class Common(NamedTuple):
    """What every task is told: who it works for."""

    versions: Versions
    #: Instruction set of the kernels, empty to be asked for it.
    instructions: str


class Plan(NamedTuple):
    """A pickled ``SourcePlan``, and its pickled source, which several plans can share."""

    source: bytes
    plan: bytes


class Question(NamedTuple):
    """Sums that are wanted of a variation of one of the plans of a source."""

    plan: int
    number: int
    #: Variations as the source calls them.
    tags: tuple[str, ...]
    request: Bookable


class Counting(NamedTuple):
    """What is the same for all chunks of a source: the plans that read it."""

    common: Common
    plans: tuple[Plan, ...]


class Summing(NamedTuple):
    """What is the same for all chunks of a source, in a pass."""

    common: Common
    plans: tuple[Plan, ...]
    lengths: tuple[Lengths, ...]
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What comes back from a task: what was wanted or a user's error, and by whom.

    Parameters
    ----------
    value : object
        What was wanted.
    error : GradcutError or None
        What is wrong with the declaration or the events: another try would not help.
    instructions : tuple of str
        The instruction set that was used, then all that the worker has.
    """

    value: Any
    error: GradcutError | None
    instructions: tuple[str, ...]


def look_up(common: Common, file: tuple[str, str]) -> Answer:
    """Entries and clusters of a file and its tree, a :class:`FileEntries`."""

    def looked_up() -> FileEntries:
        return entries_of(*file)

    return _answered(common, looked_up)


def count(shared: Counting, chunk: Chunk) -> Answer:
    """Sums that normalise and split, a :class:`SourceSums` per plan."""

    def counted() -> list[SourceSums]:
        from gradcut.samples.streaming import counted as counted_here

        found = counted_here([_opened(plan, chunk) for plan in shared.plans])
        if max(one.read for one in found) > chunk.end - chunk.begin:
            raise DeclarationError(
                "the 'prepare' function reads other events than those of the RDataFrame that it is given",
                where=f"{chunk.file}, entries {chunk.begin} to {chunk.end}",
                hint="return rdf.Define(...), rdf.Filter(...), ... of its argument",
            )
        return found

    return _answered(shared.common, counted)


def sum_up(shared: Summing, chunk: Chunk) -> Answer:
    """Sums per question, a dict of the wanted variations each."""

    def summed() -> list[dict[str, NDArray[np.float64]]]:
        from gradcut.engines.runners import Asked, LocalRunner

        tags = [_tags(plan, chunk, own) for plan, own in zip(shared.plans, shared.lengths, strict=True)]
        asked = [Asked(tags[one.plan][one.number], one.request, one.tags) for one in shared.questions]
        return LocalRunner().run(asked)

    return _answered(shared.common, summed)


def _answered(common: Common, work: Callable[[], Any]) -> Answer:
    """Do the work of a task, and hold errors of the user apart from those of the machine."""
    try:
        check_versions(common.versions, versions(), _where())
        used = _use_instructions(common.instructions)
        with ROOT_LOCK:
            return Answer(work(), None, used)
    except RootError as error:
        # A file server that does not answer, for instance: worth another try, perhaps elsewhere.
        raise _plain(error) from None
    except GradcutError as error:
        return Answer(None, _plain(error), ())


def _plain(error: GradcutError) -> GradcutError:
    """An error that can be pickled: those of C++ that it came from cannot."""
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)


def _use_instructions(wanted: str) -> tuple[str, ...]:
    from gradcut import _kernels

    known = tuple(_kernels.instruction_sets())
    if wanted in known and _kernels.instruction_set() != wanted:
        _kernels.use_instruction_set(wanted)
    return str(_kernels.instruction_set()), *known


def _where() -> str:
    from distributed import get_worker

    return f"worker {get_worker().address}"


@functools.lru_cache(maxsize=_OPENED)
def _base(source: bytes, chunk: Chunk) -> Any:
    """RDataFrame of a range of entries of a source, prepared."""
    from gradcut.rdf import library
    from gradcut.samples.readers.root_nodes import prepared

    root = library.load()
    specification = root.RDF.Experimental.RDatasetSpec()
    specification.AddSample(("chunk", chunk.tree, chunk.file))
    specification.WithGlobalRange((chunk.begin, chunk.end))
    prepare = _unpickled(source, "a 'prepare' function").prepare
    return prepared(root.RDataFrame(specification), prepare, chunk.file)


@functools.lru_cache(maxsize=_OPENED)
def _opened(plan: Plan, chunk: Chunk) -> OpenedSource:
    from gradcut.samples.opened import OpenedSource

    return OpenedSource(_unpickled(plan.plan, "what a sample is made of"), _base(plan.source, chunk))


@functools.lru_cache(maxsize=_OPENED)
def _tags(plan: Plan, chunk: Chunk, lengths: Lengths) -> tuple[StreamedTag, ...]:
    return _opened(plan, chunk).tags(lengths)


def _unpickled(pickled: bytes, what: str) -> Any:
    try:
        return pickle.loads(pickled)
    except (ImportError, AttributeError) as error:
        raise GradcutError(
            f"{what} cannot be imported on a worker",
            given=str(error),
            where=_where(),
            hint="install its module there, or client.upload_file('its_module.py')",
        ) from error
