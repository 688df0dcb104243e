"""Learn the thresholds of a trigger menu within 100 kHz, and hand its lines to RDataFrame.

    python3 macros/gc104_triggerMenu.py [folder for the menu]

Zero-bias events and two signals are made here, correlated and with heavy tails; copy this, declare your
own. What it is about is asserted at the end: the menu keeps to its rate, RDataFrame accepts the same
events, and the signals gain over a menu in which every line has the same share of the rate.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import ROOT

import gradcut as gc

RATE, BUNCHES = 100e3, 2340


def events(n: int, electron: float, muon: float, ht: float, first: int) -> ROOT.RDataFrame:
    """Make events of which all quantities grow with a common activity."""
    rng = np.random.default_rng(first)
    activity = rng.pareto(4.0, n) + 0.5
    columns = {"eg_pt": electron, "mu_pt": muon, "ht": ht}
    made = {name: scale * activity * rng.exponential(1, n) for name, scale in columns.items()}
    made["event"] = np.arange(n) + first
    return ROOT.RDF.FromNumpy(made)


def main(folder: Path) -> None:
    """Declare, learn, apply, compare."""
    # What you have: zero-bias events, of which all together are the crossings of 2340 bunches, and signals.
    zero_bias = events(200_000, 2.0, 0.6, 15.0, 0)
    signals = {"wenu": events(8000, 20.0, 0.6, 30.0, 10**7), "susy": events(8000, 6.0, 3.0, 120.0, 2 * 10**7)}
    samples = gc.Samples(event="event")
    samples.add("zero bias", zero_bias, role="background", **gc.triggers.crossings(BUNCHES))
    for name, frame in signals.items():
        samples.add(name, frame, role="signal")

    # The lines, what they may cost together, and the steps in which a menu holds thresholds.
    lines = {"EG": gc.Selection("eg_pt > ?"), "MU": gc.Selection("mu_pt > ?"), "HT": gc.Selection("ht > ?")}
    steps = {"EG.eg_pt": 0.5, "MU.mu_pt": 0.5, "HT.ht": 5.0}
    menu = gc.triggers.learn_menu(lines, samples, rate=RATE, combine="worst", steps=steps, starts=2, seed=1)
    print(menu)
    menu.save(folder / "menu.json")

    # The same with equal shares: every line has a third of the rate by itself.
    ranked = {k: np.sort(v)[::-1] for k, v in zero_bias.AsNumpy(["eg_pt", "mu_pt", "ht"]).items()}
    third = int(RATE / 3 / (BUNCHES * 11245.5) * 200_000)
    equal = {
        f"{name}.{k}": float(ranked[k][third]) for name, k in (("EG", "eg_pt"), ("MU", "mu_pt"), ("HT", "ht"))
    }
    plain = gc.triggers.count_menu(lines, samples, equal, combine="worst")
    learned = gc.triggers.count_menu(lines, samples, menu.values, combine="worst")
    print(f"worst efficiency: equal shares {plain.used.value:.4f}, learned {learned.used.value:.4f}")

    # Back to RDataFrame: the lines as columns, the union as a filter.
    frame = signals["susy"]
    for name in lines:
        frame = menu.line(name).define(frame, f"pass_{name}")
    any_line = frame.Filter("pass_EG || pass_MU || pass_HT").Count()
    accepted = menu.apply(signals["susy"]).Count()

    assert menu.used.total.value <= RATE
    assert abs(learned.used.total.value - RATE) < 3 * learned.used.total.error
    assert accepted.GetValue() == any_line.GetValue()
    assert abs(accepted.GetValue() / 8000 - learned.used.signals[1].efficiency.value) < 1e-9
    assert learned.used.value > 1.05 * plain.used.value


if __name__ == "__main__":
    where = Path(sys.argv[1] if len(sys.argv) > 1 else "gc104")
    where.mkdir(parents=True, exist_ok=True)
    main(where)
