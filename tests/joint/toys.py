"""Events of which cuts and bins each know something."""

from __future__ import annotations

import numpy as np

import gradcut as gc


def columns(n: int, total: float, seed: int, *, is_signal: bool) -> dict[str, np.ndarray]:
    """``u`` is for a cut, ``t`` and ``z`` for bins; independent of each other."""
    random = np.random.default_rng([seed, is_signal])
    return {
        "u": random.exponential(1.0 if is_signal else 0.45, n),
        "t": random.normal(1.0 if is_signal else 0.0, 1.0, n),
        "z": random.normal(0.8 if is_signal else 0.0, 1.0, n),
        "weight": np.full(n, total / n),
        "event": np.arange(n) + 10**8 * (2 * seed + is_signal),
    }


def simple(n: int, seed: int) -> gc.Samples:
    """40 signal and 1000 background events expected."""
    samples = gc.Samples(weight="weight", event="event")
    samples.add("signal", columns(n, 40.0, seed, is_signal=True), role="signal")
    samples.add("background", columns(n, 1000.0, seed, is_signal=False), role="background")
    return samples


def rich(n: int, seed: int) -> gc.Samples:
    """Two channels, three processes, different weights, variations by columns, by weights and by files."""
    samples = gc.Samples(weight="weight", event="event", sentinels=[-999.0])
    random = np.random.default_rng(seed)
    number = 0
    for channel in ("near", "far"):
        for name, role in (("signal", "signal"), ("ww", "background"), ("top", "background")):
            number += 1
            given = columns(
                n, 40.0 if role == "signal" else 300.0, 10 * seed + number, is_signal=role == "signal"
            )
            given["weight"] = given["weight"] * random.uniform(0.5, 1.5, n)
            given["u"][::17] = -999.0
            given["z"][::13] = np.nan
            given["ok"] = (random.random(n) < 0.9).astype(np.int32)
            if role == "background":
                lost = given["u"] == -999.0
                for tag, shift in (("up", 0.1), ("down", -0.1)):
                    given[f"u_JES_{tag}"] = np.where(lost, -999.0, given["u"] + shift)
                given |= {"t_JES_up": given["t"] + 0.2, "t_JES_down": given["t"] - 0.2}
                given |= {"weight_up": 1.2 * given["weight"], "weight_down": 0.8 * given["weight"]}
            samples.add(name, given, role=role, channel=channel)
    backgrounds = ["ww", "top"]
    samples.vary("JES", suffix=("_JES_up", "_JES_down"), processes=backgrounds)
    samples.vary("SF", weight=("weight_up", "weight_down"), processes=backgrounds)
    return samples
