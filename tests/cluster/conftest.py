"""A cluster in this process for what does not need two; the toy analysis in files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from engines import toy


@pytest.fixture(scope="session")
def client() -> Iterator[Any]:
    """Two threads of this process as workers: ROOT and what it compiled are there."""
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=2, processes=False, dashboard_address=":0"
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@pytest.fixture(scope="session")
def files(ROOT: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:  # noqa: N803
    """The toy analysis, one file per process."""
    folder = tmp_path_factory.mktemp("cluster")
    result = {}
    for name, events in toy.PROCESSES.items():
        ROOT.RDF.FromNumpy(toy.columns(*events)).Snapshot("events", f"{folder / name}.root")
        result[name] = f"{folder / name}.root:events"
    return result


@pytest.fixture(scope="session")
def two_workers() -> Iterator[Any]:
    """Two processes with one thread each."""
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client
