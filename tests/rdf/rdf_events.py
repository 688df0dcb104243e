"""Events of every column type, as arrays and as files with many small clusters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from gradcut.kernel_spec import KINDS, KernelSpec

N_EVENTS = 4000
#: Names of the kinds of cuts that ``selection`` makes from columns x, y, z.
CUTS = {"x": "above", "y": "below", "z": "window"}


def make_events(n: int = N_EVENTS, seed: int = 1) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    events = {name: rng.normal(size=n).astype(np.float32) for name in "xyz"}
    events["d"] = rng.normal(3e6, 2.0, n)
    events["i"] = rng.integers(-3, 9, n).astype(np.int32)
    events["b"] = rng.integers(0, 2, n).astype(bool)
    events["w"] = (rng.uniform(0.5, 1.5, n) * np.where(rng.random(n) < 0.1, -1, 1)).astype(np.float32)
    events["wd"] = rng.uniform(0.5, 1.5, n)
    events["event"] = np.arange(n, dtype=np.uint64) + np.uint64(10_000_000_000)
    return events


def spec_of(kinds: list[str], step: str = "logistic") -> KernelSpec:
    n = len(kinds)
    codes = np.array([KINDS[kind] for kind in kinds], np.uint8)
    names = tuple(f"c{k}" for k in range(n))
    return KernelSpec(step, codes, np.zeros(n, np.uint8), np.arange(n), np.arange(n), names, names)


def points_of(n_cuts: int, n_points: int = 1, seed: int = 2) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    low = rng.uniform(-1, 0, (n_points, n_cuts))
    return low, low + rng.uniform(0.5, 2, (n_points, n_cuts)), rng.uniform(0.1, 0.5, (n_points, n_cuts))


def write_file(ROOT: Any, events: dict[str, np.ndarray], path: Path, kind: str) -> str:  # noqa: N803
    """Write a TTree or an RNTuple "events" with at least eight clusters."""
    options = ROOT.RDF.RSnapshotOptions()
    n = len(next(iter(events.values())))
    if kind == "rntuple":
        options.fOutputFormat = ROOT.RDF.ESnapshotOutputFormat.kRNTuple
        options.fApproxZippedClusterSize = 4000
        options.fMaxUnzippedClusterSize = 8000
        options.fInitialUnzippedPageSize = 64
        options.fMaxUnzippedPageSize = 1024
    else:
        options.fAutoFlush = max(n // 10, 1)
    ROOT.RDF.FromNumpy(events).Snapshot("events", str(path), list(events), options)
    return str(path)
