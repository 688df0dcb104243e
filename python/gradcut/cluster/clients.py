"""A Dask client: found, and given tasks whose results come back in order."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

from gradcut.cluster.tasks import Answer
from gradcut.cluster.versions import SAME_ENVIRONMENT
from gradcut.errors import DeclarationError, GradcutError
from gradcut.extras import need

__all__ = ["Tasks", "client_or_default", "explained"]

_LOGGER = logging.getLogger(__name__)

#: How often a task is tried again after ROOT stopped it; that of a worker that died is Dask's
#: ``distributed.scheduler.allowed-failures``.
_RETRIES = 2


def client_or_default(client: Any) -> Any:
    """Return a client of ``dask.distributed``.

    Parameters
    ----------
    client : distributed.Client or None
        None: the one that was made last.

    Raises
    ------
    GradcutError
        If Dask is not installed.
    DeclarationError
        If there is none, or it is something else or asynchronous.
    """
    need("distributed", "engine 'dask'")
    import distributed

    if client is None:
        try:
            client = distributed.default_client()  # type: ignore[no-untyped-call]
        except ValueError as error:
            raise DeclarationError(
                "there is no Dask client",
                hint="client = dask.distributed.Client(cluster); client=client where there are several",
            ) from error
    if not isinstance(client, distributed.Client) or client.asynchronous:
        raise DeclarationError(
            "this is no client of Dask that can be waited for",
            given=repr(client)[:80],
            allowed="a dask.distributed.Client, not asynchronous",
        )
    return client


class Tasks:
    """Tasks for the workers of a client.

    Parameters
    ----------
    client : distributed.Client
        The client.
    """

    def __init__(self, client: Any) -> None:
        self.client = client
        #: Instruction sets that all workers seen so far have, the narrowest first; None before the first.
        self.instructions: list[str] | None = None
        self._told = False

    def run(
        self, function: Callable[[Any, Any], Answer], groups: Sequence[tuple[Any, Sequence[Any]]]
    ) -> list[list[Any]]:
        """Run a function on every task of every group, and return the values in their order.

        Parameters
        ----------
        function : callable
            Of what the tasks of a group share, and of one of them.
        groups : sequence of (shared, tasks)
            Shared things are sent once per worker; the cluster makes them anew where a worker dies.

        Raises
        ------
        GradcutError
            What a task found wrong, the first in their order; or that workers cannot run it at all.
        """
        held = [self.client.submit(_same, shared, pure=False) for shared, _ in groups]
        pairs = [(future, task) for future, (_, tasks) in zip(held, groups, strict=True) for task in tasks]
        if not pairs:
            return [[] for _ in groups]
        name = f"gradcut-{function.__name__}"
        futures = self.client.map(function, *zip(*pairs, strict=True), pure=False, retries=_RETRIES, key=name)
        try:
            answers: list[Answer] = self.client.gather(futures)
        except BaseException as error:
            # What is left of a pass that was interrupted or failed would keep the workers busy.
            self.client.cancel(futures, force=True)
            if not isinstance(error, Exception):
                raise
            raise explained(error) from error
        for answer in answers:
            if answer.error is not None:
                raise answer.error
        self._see(answers)
        values = iter(answer.value for answer in answers)
        return [[next(values) for _ in tasks] for _, tasks in groups]

    def _see(self, answers: Sequence[Answer]) -> None:
        """Remember which instruction sets there are, and say once where sums were made by several."""
        if self.instructions is None:
            self.instructions = list(answers[0].instructions[1:])
        for answer in answers:
            self.instructions = [name for name in self.instructions if name in answer.instructions[1:]]
        used = sorted({answer.instructions[0] for answer in answers})
        if len(used) > 1 and not self._told:
            self._told = True
            _LOGGER.warning(
                "workers have different processors (%s): from the next pass on all use what each has; until "
                "then the last digits depend on who summed what",
                ", ".join(used),
            )


def _same(shared: Any) -> Any:
    return shared


def explained(error: Exception) -> Exception:
    """What went wrong with the workers, in words that say what to do."""
    import distributed

    if isinstance(error, GradcutError):
        return error
    if isinstance(error, distributed.KilledWorker):
        return GradcutError(
            "workers of the cluster died again and again over the same events",
            given=str(error).split("\n")[0][:300],
            hint="look into their logs (memory limit of the batch system? a damaged file?); smaller chunks "
            "(chunk=...) need less memory",
        )
    if isinstance(error, ImportError):
        return GradcutError(
            "a worker lacks a package that the client has",
            given=str(error),
            hint=SAME_ENVIRONMENT,
        )
    return error
