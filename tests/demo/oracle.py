"""The search once more, in numpy alone: what the demonstration must find at its cuts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import mpmath
import numpy as np

FILES = {"slepton": "signal.root", "ww": "ww.root", "ttbar": "ttbar.root"}
ABOVE = ("met", "jet_pt", "dphi_l2_met", "mt_l2")
BELOW = ("dphi_l1_met", "mt_l1", "dr_ll")
VARIATIONS = ("nominal", "JES:up", "JES:down", "SOFT:up", "SOFT:down", "LEPSF:up", "LEPSF:down")
Columns = Mapping[str, np.ndarray]


def read(folder: Path, columns: Sequence[str] | None = None) -> dict[str, dict[str, np.ndarray]]:
    import uproot

    return {
        name: uproot.open(f"{folder / file}:events").arrays(columns, library="np")
        for name, file in FILES.items()
    }


def passing(columns: Columns, cuts: Mapping[str, float], variation: str = "nominal") -> np.ndarray:
    suffix = "_" + variation.replace(":", "_")
    get = {name: columns.get(name + suffix, columns[name]) for name in ("presel", *ABOVE, *BELOW)}
    passed = get["presel"] == 1
    for name in ABOVE:
        passed &= get[name].astype(float) > cuts[name]
    for name in BELOW:
        passed &= get[name].astype(float) < cuts[name]
    return passed


def weights(columns: Columns, variation: str = "nominal") -> np.ndarray:
    name = "weight_" + variation.replace(":", "_")
    return columns.get(name, columns["weight"]).astype(float)


def significance(events: Mapping[str, Columns], cuts: Mapping[str, float]) -> float:
    """Equation 20 of G. Cowan's note of 2012, sigma_b from everything that is declared."""

    def total(name: str, variation: str = "nominal") -> float:
        return math.fsum(weights(events[name], variation)[passing(events[name], cuts, variation)])

    s, b = total("slepton"), total("ww") + total("ttbar")
    variance = (0.2 * b) ** 2 + (0.05 * total("ww")) ** 2 + (0.06 * total("ttbar")) ** 2
    for name in ("ww", "ttbar"):
        w = weights(events[name])
        before = w[events[name]["presel"] == 1]
        floor = (-math.log(1 - math.erf(1 / math.sqrt(2))) * before.mean()) ** 2
        variance += max(math.fsum(w[passing(events[name], cuts)] ** 2), floor)
    for kind in ("JES", "SOFT", "LEPSF"):
        up, down = (sum(total(n, f"{kind}:{side}") for n in ("ww", "ttbar")) for side in ("up", "down"))
        variance += ((up - down) / 2) ** 2
    s, b, v = mpmath.mpf(s), mpmath.mpf(b), mpmath.mpf(variance)
    first = (s + b) * mpmath.log((s + b) * (b + v) / (b**2 + (s + b) * v))
    second = b**2 / v * mpmath.log(1 + v * s / (b * (b + v)))
    return float(mpmath.sqrt(2 * (first - second)))
