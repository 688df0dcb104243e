"""A small analysis in ROOT files: an infinite tail of its size is the same file given again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

import gradcut as gc

SELECTION = ("x > ?", "? < y < ?", "z <= ?")
N = 6000


def write(ROOT: Any, folder: Path, *, n: int = N) -> dict[str, str]:  # noqa: N803 (the name users know)
    """Write a signal and a background, some events of which have no value of ``z``."""
    files = {}
    for seed, (name, shift) in enumerate((("signal", 1.0), ("background", 0.0))):
        rng = np.random.default_rng(seed)
        z = rng.normal(-shift, 1, n)
        z[rng.uniform(size=n) < 0.05] = np.nan
        columns = {
            "x": rng.normal(shift, 1, n).astype(np.float32),
            "y": rng.normal(0, 1.0 / (1 + shift), n).astype(np.float32),
            "z": z,
            "w": rng.uniform(0.5, 1.5, n) * (0.02 if name == "signal" else 0.2),
            "up": rng.uniform(0.5, 2.0, n) * (0.02 if name == "signal" else 0.2),
            "event": np.arange(n, dtype=np.int64) + seed * n,
        }
        files[name] = str(folder / f"{name}.root")
        ROOT.RDF.FromNumpy(columns).Snapshot("events", files[name], list(columns))
    return files


def samples(files: dict[str, str], *, varied: bool = False) -> gc.Samples:
    made = gc.Samples(weight="w", event="event", require="x > -3")
    for name in ("signal", "background"):
        made.add(name, files[name], role=name)
    if varied:
        made.vary("scale", weight="up")
    return made
