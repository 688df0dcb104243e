"""A small analysis with everything that engines must get right, as arrays and as numbers a loop can check."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcut import Samples, Selection


def columns(n: int, seed: int, shift: float) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    met = rng.gamma(2.0, 80.0, n).astype(np.float32) + np.float32(shift)
    mass = rng.normal(91 + shift / 10, 15, n)  # a double
    met[::37] = np.nan
    return {
        "met": met,
        "met_JES_up": (met * np.float32(1.1)).astype(np.float32),
        "met_JES_down": (met * np.float32(0.9)).astype(np.float32),
        "mass": mass,
        "dphi": rng.uniform(-3.2, 3.2, n).astype(np.float32),
        "n_jet": rng.integers(0, 6, n).astype(np.int32),
        "presel": (rng.random(n) > 0.2).astype(np.int32),
        "region": rng.integers(0, 2, n).astype(np.int32),
        "weight": rng.normal(1.0, 0.4, n).astype(np.float32),
        "sf_up": rng.normal(1.2, 0.4, n).astype(np.float32),
        "sf_down": rng.normal(0.8, 0.4, n).astype(np.float32),
        "event": np.arange(n, dtype=np.int64) * 7 + seed,
    }


PROCESSES = {"susy": (700, 1, 60.0), "ww": (1500, 2, 0.0), "top": (900, 3, -10.0)}
SELECTION = Selection("met > ?met", "60 < mass < 120", "abs(dphi) < ?", "!(? < mass < ?)", "n_jet >= ?")


def samples(sources: dict[str, Any]) -> Samples:
    """The analysis, on any kind of source."""
    result = Samples(weight="weight", event="event", require="presel == 1")
    for name in PROCESSES:
        role = "signal" if name == "susy" else "background"
        absent = ("SF",) if name == "ww" else ()
        for channel, region in (("SR", "region == 0"), ("CR", "region == 1")):
            if name == "susy" and channel == "CR":
                continue
            result.add(
                name,
                sources[name],
                role=role,
                channel=channel,
                require=region,
                absent=absent,
                **({"xsec": 2.0, "lumi": 300.0, "sumw": "auto"} if name == "top" else {}),
            )
    result.vary("JES", suffix=("_JES_up", "_JES_down"))
    result.vary("SF", weight=("sf_up", "sf_down"))
    return result


def slow_hard_yields(
    name: str, channel: str, variation: str, values: dict[str, float]
) -> tuple[float, float, float]:
    """Entries, yield and variance by a loop over events."""
    c = columns(*PROCESSES[name])
    factor = 600.0 / float(np.sum(c["weight"].astype(np.float64))) if name == "top" else 1.0
    sums = [0.0, 0.0, 0.0]
    for i in range(len(c["event"])):
        met = float(
            c["met" + variation.replace("JES:", "_JES_") if variation.startswith("JES") else "met"][i]
        )
        weight = float(c["weight"][i])
        if variation.startswith("SF") and name != "ww":
            weight = float(c[variation.replace("SF:", "sf_")][i])
        if c["presel"][i] != 1 or c["region"][i] != (0 if channel == "SR" else 1):
            continue
        mass = float(c["mass"][i])
        passes = (
            met > values["met"]
            and 60 < mass < 120
            and abs(float(c["dphi"][i])) < values["abs(dphi)"]
            and not values["mass:low"] < mass < values["mass:high"]
            and float(c["n_jet"][i]) >= values["n_jet"]
        )
        if passes:
            sums = [sums[0] + (weight != 0), sums[1] + weight * factor, sums[2] + (weight * factor) ** 2]
    return sums[0], sums[1], sums[2]


VALUES = {"met": 150.25, "abs(dphi)": 2.0, "mass:low": 85.0, "mass:high": 97.0, "n_jet": 1.5}
WIDTHS = [20.0, 0.3, 4.0, 0.7]
POINT = [*(VALUES[name] for name in SELECTION.parameters), *WIDTHS]
