"""Cuts on ten Gaussian features at ten signal efficiencies, beside the best cuts that there are.

    python3 macros/gc102_gaussTargets.py [folder for the pictures]

The Gaussian study of the CABIN paper (M. Hance and J. Robles, "Learning Selection Cuts With Gradients"): ten
independent features, signal and background of other means and widths each. Every number of such cuts is known
from formulas, so that nothing here depends on how the test sample came out. The pictures are those of the
paper: cuts against the wanted efficiency, what was reached against it, background against signal.
What it is about is asserted at the end. Needs no ROOT.
"""

from __future__ import annotations

import sys
from math import erfc, sqrt
from pathlib import Path

import numpy as np

import gradcut as gc

TARGETS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.93, 0.95)
FEATURES = 10
EVENTS = 20_000
#: Mean and width of every feature: the background's are 0 and 1.
DRAWN = np.random.default_rng(2)
MEANS, WIDTHS = DRAWN.uniform(0.1, 1.2, FEATURES), DRAWN.uniform(0.8, 1.25, FEATURES)


def samples() -> gc.Samples:
    """Draw the events that are learned from."""
    rng = np.random.default_rng(1)
    made = gc.Samples(event="event")
    for number, role in enumerate(("signal", "background")):
        means, widths = (MEANS, WIDTHS) if role == "signal" else (np.zeros(FEATURES), np.ones(FEATURES))
        columns = rng.normal(means, widths, (EVENTS, FEATURES)).astype(np.float32)
        table = {f"f{k}": columns[:, k] for k in range(FEATURES)}
        made.add(role, {**table, "event": np.arange(EVENTS) + number * EVENTS}, role=role)
    return made


def above(thresholds: np.ndarray) -> np.ndarray:
    """Part of a unit Gaussian above thresholds."""
    return np.vectorize(lambda t: 0.5 * erfc(t / sqrt(2)))(thresholds)


def true_efficiencies(thresholds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Signal and background efficiency of cuts of shape (working points, features)."""
    signal = above((thresholds - MEANS) / WIDTHS)
    return signal.prod(axis=1), above(thresholds).prod(axis=1)


def limit(signal: np.ndarray) -> np.ndarray:
    """Least background efficiency that any such cuts have at some signal efficiencies.

    For every price of signal each feature has its own best cut, whatever the others do; what these cuts lose
    at most, over all prices, no others can undercut (Lagrange).
    """
    t = np.linspace(-6, 5, 4401)
    log_b = np.log(above(t))
    log_s = np.log(above((t[:, None] - MEANS) / WIDTHS))
    prices = np.geomspace(0.5, 60, 1200)
    best = np.array([(log_b[:, None] - price * log_s).min(axis=0).sum() for price in prices])
    return np.exp((best[:, None] + prices[:, None] * np.log(signal)).max(axis=0))


def main(folder: Path) -> None:
    """Learn, draw, compare."""
    selection = gc.Selection(*(f"f{k} > ?" for k in range(FEATURES)))
    scan = gc.scan_cuts(selection, samples(), efficiencies=TARGETS, nested=True, smoothness=0.05, seed=1)
    print(scan)

    thresholds = np.array(list(scan.thresholds().values())).T
    signal, background = true_efficiencies(thresholds)
    ratio = background / limit(signal)
    for target, s, b, r in zip(TARGETS, signal, background, ratio, strict=True):
        print(
            f"{target:.2f}: truly {s:.4f} of the signal, {b:.2e} of the background, {r:.3f} times the limit"
        )

    scan.plot(folder)
    known = np.linspace(0.15, 0.97, 200)
    gc.report.plot_roc(scan, folder / "roc.png", compare={"best cuts there are": (known, limit(known))})
    scan.save(folder / "scan.json")
    print(f"cuts and pictures in {folder}")

    used = np.array([point.used.signal for point in scan])
    assert np.abs(used - TARGETS).max() <= 1 / EVENTS  # met to the event
    assert np.abs(signal - TARGETS).max() < 0.015  # and truly, as far as 20,000 events can say
    assert np.all(thresholds[1:] <= thresholds[:-1])  # no cut tightens as the efficiency rises
    assert ratio.min() > 1 - 1e-6
    assert np.median(ratio) < 1.06
    assert ratio.max() < 1.25


if __name__ == "__main__":
    where = Path(sys.argv[1] if len(sys.argv) > 1 else "gc102")
    where.mkdir(parents=True, exist_ok=True)
    main(where)
