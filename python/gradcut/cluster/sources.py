"""Which samples can be read by other processes, and what these need to know of them."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

from gradcut.cluster.tasks import Plan
from gradcut.errors import DeclarationError, located
from gradcut.samples.sources import FileSource, FromSpec

if TYPE_CHECKING:
    from gradcut.samples import Samples
    from gradcut.samples.opened import OpenedSource
    from gradcut.samples.process import Process

__all__ = ["check_sources", "files_of", "pickled"]


#: Kinds of sources that live in one process, and what to do.
_LOCAL = {
    "arrays": ("arrays in memory", "leave the engine out for events in memory, or write them into files"),
    "rdataframe": (
        "an RDataFrame node",
        "samples.add(name, 'files_*.root:tree', prepare=function_of_a_module); 'event-loop' reads nodes",
    ),
}


def check_sources(samples: Samples) -> None:
    """Refuse what does not lie in files, before anything is opened.

    Raises
    ------
    DeclarationError
        For arrays and nodes.
    """
    for process in samples.describe()["processes"]:
        where = f"process '{process['process']}', channel '{process['channel']}'"
        _check_kind(process["source"]["kind"], where)


def _check_kind(kind: str, where: str) -> None:
    if kind in _LOCAL:
        given, hint = _LOCAL[kind]
        raise DeclarationError("workers of a cluster read files", where=where, given=given, hint=hint)


def files_of(process: Process) -> tuple[tuple[str, str], ...]:
    """Return the files of a process and their trees.

    Raises
    ------
    DeclarationError
        If they cannot be divided.
    """
    source = process.source
    if isinstance(source, FromSpec) and source.only_root:
        raise DeclarationError(
            "a dataset specification with friends or a range is not divided into chunks",
            where=process.where,
            given=", ".join(source.only_root),
            hint="write the columns of the friends into the files, or use engine='event-loop'",
        )
    if not isinstance(source, (FileSource, FromSpec)):
        _check_kind("rdataframe", process.where)
        return ()
    return source.files


def pickled(source: OpenedSource) -> Plan:
    """How workers open a source.

    Raises
    ------
    DeclarationError
        If its ``prepare`` function cannot be pickled.
    """
    process = source.plan.process
    try:
        return Plan(_dumped(process.source), _dumped(source.plan))
    except DeclarationError as error:
        raise located(error, process.where) from error


def _dumped(thing: object) -> bytes:
    import cloudpickle

    try:
        # By value where a function is the script's or the notebook's own, by name where a module has it.
        dumped: bytes = cloudpickle.dumps(thing)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise DeclarationError("a sample cannot be sent to a cluster", given=str(error)[:200]) from error
    return dumped
