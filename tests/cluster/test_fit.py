"""Cuts learned on a cluster of two processes, of which one is killed, are those of the event loop."""

from __future__ import annotations

import os
import signal
from typing import Any

import numpy as np
import pytest

import gradcut as gc
from gradcut.errors import DeclarationError

pytestmark = [pytest.mark.root, pytest.mark.dask]


@pytest.fixture(scope="module")
def samples(ROOT: Any, tmp_path_factory: pytest.TempPathFactory) -> gc.Samples:  # noqa: N803
    folder, result = tmp_path_factory.mktemp("fit"), gc.Samples(weight="w", event="event")
    for seed, (name, role, at, n) in enumerate((("s", "signal", 1.0, 3000), ("b", "background", 0.0, 5000))):
        rng = np.random.default_rng(seed)
        columns = {
            **{f"x{k}": rng.normal(at * (1 + k / 2), 1, n) for k in range(2)},
            "w": np.full(n, 0.01 if role == "signal" else 0.2),
            "event": np.arange(n, dtype=np.int64) * 2 + seed,
        }
        ROOT.RDF.FromNumpy(columns).Snapshot("events", str(folder / f"{name}.root"))
        result.add(name, f"{folder / name}.root:events", role=role)
    return result


def test_a_worker_killed_during_a_fit_changes_nothing(samples: gc.Samples, two_workers: Any) -> None:
    settings = {"split": gc.Split(train=0.5, select=0.2, test=0.3, seed=1), "starts": 2, "max_steps": 6}
    selection, killed = gc.Selection("x0 > ?", "x1 > ?"), []

    def kill(progress: Any) -> None:
        if not killed and progress.task == "pass 2":
            killed.append(next(iter(two_workers.run(os.getpid).values())))
            os.kill(killed[0], signal.SIGKILL)

    cluster = gc.fit_cuts(selection, samples, engine="dask", client=two_workers, progress=kill, **settings)
    local = gc.fit_cuts(selection, samples, engine="event-loop", **settings)
    assert len(killed) == 1
    assert killed[0] not in two_workers.run(os.getpid).values()
    assert cluster.values == local.values
    assert cluster.scores.unused == local.scores.unused > 0
    assert cluster.provenance["passes"]["by"] == "dask"


def test_what_a_cluster_does_not_fit_is_refused(samples: gc.Samples, client: Any) -> None:
    selection = gc.Selection("x0 > ?")
    with pytest.raises(DeclarationError, match=r"(?s)engine='dask' does not learn with folds"):
        gc.fit_cuts(selection, samples, engine="dask", client=client, folds=2)
    arrays = gc.Samples(event="event")
    arrays.add("s", {"x0": np.zeros(9), "event": np.arange(9)}, role="signal")
    with pytest.raises(DeclarationError, match=r"(?s)workers of a cluster read files.*arrays in memory"):
        gc.fit_cuts(selection, arrays, engine="dask", client=client)
