"""A result with thresholds of our choice, and its objective written again in plain numpy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

import gradcut as gc
from fitting.toy_samples import columns, samples
from gradcut.results import CutResult

SIGNAL = columns(11, 2000, 0.02, x=(1.2, 1), y=(-0.5, 1), noise=(0, 1), dull=(0, 1))
BACKGROUND = columns(12, 4000, 0.3, x=(-0.5, 1), y=(0.5, 1), noise=(0, 1), dull=(0, 1))
#: Two folds that anyone can tell apart.
FOLDS = gc.Folds(2, by="event % 2")
OBJECTIVE = gc.objectives.AsimovSignificance(0.2, mc_stat=False)
SELECTION = gc.Selection("x > ?", "? < y < ?", "noise > ?", "dull < ?")
#: Of all events, then of those outside of each fold.
CUTS = (
    {"x": 0.737, "y:low": -2.913, "y:high": 0.823, "noise": -1.871, "dull": 2.213},
    {"x": 0.691, "y:low": -2.783, "y:high": 0.778, "noise": -1.913, "dull": 2.177},
    {"x": 0.783, "y:low": -2.991, "y:high": 0.891, "noise": -1.793, "dull": 2.291},
)


def toy() -> gc.Samples:
    return samples(SIGNAL, BACKGROUND)


def fitted(selection: gc.Selection, given: gc.Samples, **settings: object) -> CutResult:
    """As quick a fit as there is: its thresholds are replaced."""
    quick: dict[str, object] = {
        "objective": OBJECTIVE,
        "folds": FOLDS,
        "starts": 1,
        "max_steps": 6,
        "n_threads": 1,
    }
    return gc.fit_cuts(selection, given, **{**quick, **settings})  # type: ignore[arg-type]


def with_cuts(fit: CutResult, cuts: tuple[dict[str, float], ...]) -> CutResult:
    folds = tuple(replace(row, values=own) for row, own in zip(fit.folds, cuts[1:], strict=True))
    return replace(fit, values=cuts[0], folds=folds)


def asimov(s: float, b: float, relative: float = 0.2) -> float:
    """ATL-PHYS-PUB-2020-025, eq. 1, with n = s + b."""
    v, n = (relative * b) ** 2, s + b
    return float(
        np.sqrt(2 * (n * np.log(n * (b + v) / (b**2 + n * v)) - b**2 / v * np.log(1 + v * s / (b * (b + v)))))
    )


def passes(events: dict[str, np.ndarray], cuts: dict[str, float]) -> np.ndarray:
    x, y, noise, dull = (events[name].astype(np.float64) for name in ("x", "y", "noise", "dull"))
    inside = (x > cuts["x"]) & (y > cuts["y:low"]) & (y < cuts["y:high"])
    return inside & (noise > cuts["noise"]) & (dull < cuts["dull"])


def z_used(cuts: tuple[dict[str, float], ...]) -> float:
    s, b = (events["w"][passes(events, cuts[0])].sum() for events in (SIGNAL, BACKGROUND))
    return asimov(float(s), float(b))


def z_unused(cuts: tuple[dict[str, float], ...]) -> float:
    """Each event by the cuts that did not see it."""
    sums = []
    for events in (SIGNAL, BACKGROUND):
        odd = events["event"] % 2 == 1
        kept = np.where(odd, passes(events, cuts[2]), passes(events, cuts[1]))
        sums.append(float(events["w"][kept].sum()))
    return asimov(*sums)
