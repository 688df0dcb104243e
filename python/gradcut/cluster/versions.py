"""What client and workers have to have in common, so that a sum does not depend on who made it."""

from __future__ import annotations

import platform
from dataclasses import asdict, dataclass

from gradcut import _build_info
from gradcut.errors import GradcutError

__all__ = ["SAME_ENVIRONMENT", "Versions", "check_versions", "versions"]

#: What to do where workers are not as the client.
SAME_ENVIRONMENT = (
    "start the workers in the environment of the client; with dask-jobqueue: "
    "job_script_prologue=['source .../activate']"
)


@dataclass(frozen=True, slots=True)
class Versions:
    """Versions that decide about the events and the sums.

    Parameters
    ----------
    gradcut, root, python : str
        ROOT's is the one that gradcut was built with, which it insists on.
    """

    gradcut: str
    root: str
    python: str


def versions() -> Versions:
    """Return those of this process."""
    return Versions(
        _build_info.VERSION,
        _build_info.ROOT_VERSION or "none",
        ".".join(platform.python_version_tuple()[:2]),
    )


def check_versions(client: Versions, worker: Versions, where: str) -> None:
    """Check that a worker can work for a client.

    Parameters
    ----------
    client, worker : Versions
        Of both.
    where : str
        The worker, for messages.

    Raises
    ------
    GradcutError
        Naming what differs.
    """
    mine, theirs = asdict(client), asdict(worker)
    different = [name for name in mine if mine[name] != theirs[name]]
    if different:
        raise GradcutError(
            "a worker has other versions than the client",
            where=where,
            given=", ".join(f"{name} {theirs[name]}" for name in different),
            allowed=", ".join(f"{name} {mine[name]}" for name in different),
            hint=SAME_ENVIRONMENT,
        )
