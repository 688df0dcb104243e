"""How much a fit depends on the events that there happened to be."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.checks import is_integer
from gradcut.engines import collect
from gradcut.errors import DataError, DeclarationError, UnattainableError
from gradcut.fitting.events import HardEvents
from gradcut.randomness import stream
from gradcut.results.bootstrap_result import Bootstrap, BootstrapProgress, Replica
from gradcut.results.metadata import metadata
from gradcut.revising.origin import Origin
from gradcut.revising.resampling import in_bag, out_of_bag
from gradcut.samples import Folds, Split
from gradcut.samples.collected_samples import CollectedSamples

if TYPE_CHECKING:
    from gradcut.objectives import Objective
    from gradcut.results import CutResult
    from gradcut.samples import EventTables, Samples

__all__ = ["bootstrap"]

_LOGGER = logging.getLogger(__name__)


def bootstrap(
    result: CutResult,
    n: int,
    seed: int,
    settings: dict[str, Any],
    samples: Samples | None,
    objective: Objective | None,
    progress: Callable[[BootstrapProgress], object] | None,
) -> Bootstrap:
    """Fit to resampled events; see :meth:`gradcut.CutResult.bootstrap`."""
    began = time.time(), time.process_time()
    for name, value, least in (("n", n, 1), ("seed", seed, 0)):
        if not is_integer(value) or value < least:
            raise DeclarationError(f"{name} is an integer from {least} on", given=repr(value))
    origin = Origin.of(result, samples, objective, "bootstrap")
    split = _undivided(origin.partition)
    tables = collect(result.selection, origin.samples, split=split, reader=origin.reader)
    changes = {"split": split, **settings, **({} if objective is None else {"objective": objective})}
    replicas: list[Replica] = []
    failures: list[str] = []
    interrupted = False
    try:
        for number in range(n):
            key = int(stream(seed, f"replica {number}").integers(2**63))
            try:
                replica = _replica(result, origin, tables, key, changes)
            except (DataError, UnattainableError) as error:
                _LOGGER.warning("replica %d of the bootstrap cannot be fitted: %s", number, error)
                failures.append(f"replica {number}: {error.problem}")
                continue
            if replica is None:
                interrupted = True
                break
            replicas.append(replica)
            if progress is not None:
                progress(BootstrapProgress(number + 1, n, replica))
    except KeyboardInterrupt:
        interrupted = True
    return Bootstrap(
        selection=result.selection,
        values=dict(result.values),
        scores=result.scores,
        replicas=tuple(replicas),
        wanted=n,
        seed=int(seed),
        status="interrupted" if interrupted else "finished",
        failures=tuple(failures),
        settings=settings,
        metadata=metadata(began),
    )


def _replica(
    result: CutResult, origin: Origin, tables: EventTables, key: int, changes: dict[str, Any]
) -> Replica | None:
    """One fit to events that occur, judged by those that do not; None where it was interrupted."""
    given = CollectedSamples(origin.samples, in_bag(tables, key))
    fit = result.refit(samples=given, **changes)
    if fit.status == "interrupted":
        return None
    others = HardEvents(result.selection.kernel_spec(), out_of_bag(tables, key))
    values = np.array([[fit.values[name] for name in result.selection.parameters]])
    unused = float(origin.objective.hard(others.yields(values))[0])
    return Replica(values=dict(fit.values), used=fit.scores.used, unused=unused)


def _undivided(partition: Folds | Split) -> Split:
    """The division for the cuts of all events alone: of folds the last one chooses how sharp they are."""
    if isinstance(partition, Split):
        return partition
    if partition.by is None:
        return Split(1 - 1 / partition.k, 1 / partition.k, 0.0, seed=partition.seed)
    last = partition.k - 1
    return Split(by=partition.by, train=tuple(range(last)), select=(last,), test=(), seed=partition.seed)
