"""Small analyses of which the best cuts are known."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcut import Samples


def columns(seed: int, n: int, weight: float, **features: Any) -> dict[str, np.ndarray]:
    """Events; a feature is (mean, width) of a Gaussian, or a function of generator and number."""
    rng = np.random.default_rng(seed)
    made = {
        name: (rng.normal(*how, n) if isinstance(how, tuple) else how(rng, n)).astype(np.float32)
        for name, how in features.items()
    }
    return {**made, "w": np.full(n, weight), "event": np.arange(n, dtype=np.int64) + 1_000_000 * seed}


def samples(signal: dict[str, np.ndarray], *backgrounds: dict[str, np.ndarray]) -> Samples:
    made = Samples(weight="w", event="event")
    made.add("signal", signal, role="signal")
    for number, background in enumerate(backgrounds):
        made.add(f"background {number}", background, role="background")
    return made


def uniform(rng: np.random.Generator, n: int) -> np.ndarray:
    return rng.uniform(0, 1, n)
