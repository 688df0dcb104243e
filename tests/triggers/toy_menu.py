"""Zero-bias events and signals like those of a first-level trigger, correlated and with heavy tails."""

from __future__ import annotations

from typing import Any

import numpy as np

import gradcut as gc

#: Crossings per second of the toy.
CROSSINGS = 30e6

_SIGNALS: dict[str, dict[str, float]] = {
    "zero bias": {"eg": 2.0, "mu": 0.6, "ht": 14.0, "tail": 2.6},
    "w_enu": {"eg": 22.0, "mu": 0.6, "ht": 30.0, "tail": 6.0},
    "h_mumu": {"eg": 3.0, "mu": 18.0, "ht": 40.0, "tail": 6.0},
    "susy": {"eg": 6.0, "mu": 3.0, "ht": 120.0, "tail": 4.0},
}


def events(name: str, n: int, seed: int) -> dict[str, Any]:
    """Events of a process: pT of an electron and a muon, HT, and missing momentum that follows from them."""
    rng, how = np.random.default_rng(seed), _SIGNALS[name]
    activity = rng.pareto(how["tail"], n) + 0.5  # common to all: lines are correlated
    eg = how["eg"] * activity * rng.exponential(1, n)
    mu = how["mu"] * activity * rng.exponential(1, n)
    ht = how["ht"] * activity * rng.gamma(2, 1, n)
    met = np.hypot(0.4 * np.sqrt(ht) * rng.exponential(2, n), (0.5 * eg + 0.5 * mu) * rng.uniform(0, 1, n))
    made = {"eg_pt": eg, "mu_pt": mu, "ht": ht, "met": met}
    return {
        **{key: value.astype(np.float32) for key, value in made.items()},
        "w": np.ones(n),
        "event": np.arange(n) + 10**7 * seed,
    }


def samples(tables: dict[str, dict[str, Any]]) -> gc.Samples:
    """Weights of zero-bias events are Hz."""
    made = gc.Samples(weight="w", event="event")
    for name, one in tables.items():
        if name == "zero bias":
            made.add(name, one, role="background", **gc.triggers.crossings(rate=CROSSINGS))
        else:
            made.add(name, one, role="signal")
    return made


def toy(n: int, n_signal: int, seed: int = 1) -> dict[str, dict[str, Any]]:
    """All processes."""
    return {
        name: events(name, n if name == "zero bias" else n_signal, seed * 10 + i)
        for i, name in enumerate(_SIGNALS)
    }
