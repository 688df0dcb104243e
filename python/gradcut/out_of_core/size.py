"""Whether events fit into memory: how many there are, what each takes, what is free."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from gradcut.errors import RootError
from gradcut.samples.sources import FileSource, FromSpec
from gradcut.samples.variations import FileVariation

if TYPE_CHECKING:
    from gradcut.samples import Samples

__all__ = ["Choice", "choose_engine", "free_memory"]

_logger = logging.getLogger(__name__)

#: Columns in double, beside the features, that every event has: weights, entry, identity, split, masks.
BESIDE = 6
#: Copies of the columns at the peak of a fit: those of the parts, and the kernels' own.
COPIES = 4
#: The part of the free memory that a fit may take.
SHARE = 0.5


class Choice(NamedTuple):
    """Which engine, and why."""

    engine: Literal["cpu", "event-loop"]
    why: str


def choose_engine(samples: Samples, n_features: int) -> Choice:
    """Choose between events in memory and in their files, and log it.

    Parameters
    ----------
    samples : Samples
        What is read.
    n_features : int
        Numbers that are needed of every event.
    """
    events = _events(samples)
    if events is None:
        choice = Choice("cpu", "events are in memory, or only a loop could count them")
    else:
        tags = 1 + sum(max(1, len(one.tags)) for one in samples.variations)
        need = 8.0 * events * (n_features + BESIDE + tags) * COPIES
        free = free_memory()
        known = f"{events} events of {n_features} features need about {need / 1e9:.2g} GB"
        limit = "unknown" if free is None else f"{free / 1e9:.2g} GB"
        if free is not None and need > SHARE * free:
            choice = Choice("event-loop", f"{known}, more than half of the {limit} that are free")
        else:
            choice = Choice("cpu", f"{known}; free: {limit}")
    _logger.info("engine='%s': %s", choice.engine, choice.why)
    return choice


def free_memory() -> float | None:
    """Bytes that can be had without swapping; None where the system does not say."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    for line in lines:
        if line.startswith("MemAvailable:"):
            return float(line.split()[1]) * 1024
    return None


def _events(samples: Samples) -> int | None:
    """Entries of all files; None where a source is none, or ROOT is not there to count."""
    sources = [process.source for process in samples._processes.values() if process.role != "data"]
    for variation in samples.variations:
        if isinstance(variation, FileVariation):
            sources += [one for some in variation.sources.values() for one in some]
    if not all(isinstance(source, (FileSource, FromSpec)) for source in sources):
        return None
    try:
        return sum(_entries(source) for source in sources if isinstance(source, (FileSource, FromSpec)))
    except RootError:
        return None


def _entries(source: FileSource | FromSpec) -> int:
    from gradcut.samples.readers.root_graph import RootGraph
    from gradcut.samples.readers.root_nodes import node_of_files

    return int(RootGraph(node_of_files(source.files)).totals(None).value()[0, 0, 0])
