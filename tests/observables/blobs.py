"""Gaussian blobs of the thesis (7.4.1): a signal, a background, and the background varied up and down."""

from __future__ import annotations

import numpy as np

import gradcut as gc

#: Means of the thesis' notebook.
MEANS = {"signal": (-1.0, 1.0), "background": (1.0, -1.0), "up": (2.5, 2.0), "down": (-2.5, -1.5)}


def blob(which: str, n: int, total: float, seed: int) -> dict[str, np.ndarray]:
    """Events of a blob with equal weights."""
    number = list(MEANS).index(which)
    z = np.random.default_rng([seed, number]).normal(size=(n, 2)) + MEANS[which]
    return {
        "x": z[:, 0],
        "y": z[:, 1],
        "weight": np.full(n, total / n),
        "event": np.arange(n) + 10**8 * (4 * seed + number),
    }


def blobs(n: int, seed: int) -> gc.Samples:
    """Samples with ``n`` events per blob: 20 signal and 100 background events expected."""
    samples = gc.Samples(weight="weight", event="event")
    samples.add("signal", blob("signal", n, 20.0, seed), role="signal")
    samples.add("background", blob("background", n, 100.0, seed), role="background")
    samples.vary("shape", files={"background": (blob("up", n, 100.0, seed), blob("down", n, 100.0, seed))})
    return samples


def by_suffix(n: int, seed: int) -> gc.Samples:
    """Variations by columns and by weights, a normalisation, and a signal without variations."""
    random = np.random.default_rng(seed)
    samples = gc.Samples(weight="weight", event="event")
    for number, (name, role, mean) in enumerate(
        (("signal", "signal", 1.0), ("ww", "background", -1.0), ("top", "background", 0.0))
    ):
        x, y = random.normal(mean, 1.0, n), random.normal(0.0, 1.0, n)
        w = random.uniform(0.5, 1.5, n) * 60 / n
        columns = {"x": x, "y": y, "weight": w, "event": np.arange(n) + number * 10**6}
        if role == "background":
            columns |= {
                "x_JES_up": x + 0.2,
                "x_JES_down": x - 0.2,
                "weight_up": 1.1 * w,
                "weight_down": 0.9 * w,
            }
        norm = 0.1 if name == "ww" else None
        samples.add(name, columns, role=role, norm_uncertainty=norm)
    backgrounds = ["ww", "top"]
    samples.vary("JES", suffix=("_JES_up", "_JES_down"), processes=backgrounds)
    samples.vary("SF", weight=("weight_up", "weight_down"), processes=backgrounds)
    return samples
