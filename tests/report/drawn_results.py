"""Results to draw, made by hand: no fit, no events."""

from __future__ import annotations

from typing import Any

import numpy as np

import gradcut as gc
from gradcut.results import CutResult, FoldRow, ProcessRow, Scores, ThresholdRow
from gradcut.results.pictures import CutPicture, Histogram, ThresholdScan

INF = float("inf")
EDGES = tuple(float(edge) for edge in range(0, 210, 10))
N = len(EDGES) - 1


def histogram(process: str, role: str, centre: float, total: float, **changes: Any) -> Histogram:
    """A Gaussian peak; a tenth of the events passes all other cuts."""
    x = (np.arange(N + 2) - 0.5) * 10
    sums = total * np.exp(-((x - centre) ** 2) / 2 / 30**2) / 7.5
    given: dict[str, Any] = {
        "channel": "all",
        "process": process,
        "role": role,
        "before": tuple(sums.tolist()),
        "before_w2": tuple((0.1 * sums).tolist()),
        "others": tuple((sums / 10).tolist()),
        "others_w2": tuple((0.01 * sums).tolist()),
        "missing": (0.0, 0.0),
    }
    return Histogram(**{**given, **changes})


HISTOGRAMS = (
    histogram("signal", "signal", 150, 10),
    histogram("top", "background", 50, 900),
    histogram("a process with a very long name, as they are", "background", 80, 300),
)


def scan(parameter: str, at: float, unused: bool = True) -> ThresholdScan:
    thresholds = np.linspace(EDGES[0], EDGES[-1], 60)
    used = 3 * np.exp(-((thresholds - at) ** 2) / 2 / 60**2)
    used[-3:] = -INF
    return ThresholdScan(
        parameter,
        tuple(thresholds.tolist()),
        tuple(used.tolist()),
        tuple((0.9 * used).tolist()) if unused else None,
    )


def row(name: str, cut: str, learned: float, low: float, high: float, **changes: Any) -> ThresholdRow:
    given: dict[str, Any] = {
        "name": name,
        "cut": cut,
        "start": 70.0,
        "learned": learned,
        "low": low,
        "high": high,
        "without": 1.0,
        "without_unused": 0.9,
        "alone": 2.0,
        "is_open": False,
        "missing": 0,
    }
    return ThresholdRow(**{**given, **changes})


#: One of every kind: a cut, a window, a veto with one end, a cut that is open.
SELECTION = gc.Selection("met > ?", "? <= abs(mll) < ?", "!(? < dr < ?)", "jet_pt < ?")
ROWS = (
    row("met", "met", 110.0, 95.0, 130.0),
    row("abs(mll):low", "abs(mll)", 60.0, -INF, 70.0),
    row("abs(mll):high", "abs(mll)", 160.0, 150.0, INF),
    row("dr:low", "dr", -INF, -INF, 20.0, start=-INF),
    row("dr:high", "dr", 90.0, 80.0, 100.0, missing=7),
    row("jet_pt", "jet_pt", INF, 120.0, INF, is_open=True, start=INF),
)


def picture(cut: str, kind: str, *scans: ThresholdScan) -> CutPicture:
    return CutPicture(cut, kind, EDGES, HISTOGRAMS, scans)


def result(**changes: Any) -> CutResult:
    """A result of two folds."""
    values = {one.name: one.learned for one in ROWS}
    given: dict[str, Any] = {
        "selection": SELECTION,
        "values": values,
        "scores": Scores("Z", "maximise", 3.0, 2.7, 2.9),
        "thresholds": ROWS,
        "processes": (
            ProcessRow("all", "signal", "signal", 10.0, 1000, 5.0, 4.9, 0.1, 490, 0.0115),
            ProcessRow("all", "top", "background", 900.0, 9000, 1.5, 0.0, 0.0, 0, 0.1148),
        ),
        "folds": (FoldRow(values, 3.1, "stage 3"), FoldRow({**values, "met": 120.0}, 2.9, "stage 4")),
        "column_types": {},
        "status": "finished",
        "message": "smooth cuts 0.26 widths of their feature broad",
        "warnings": ("process 'top' has 0 unused entries left after the cuts; its variance has its floor",),
        "history": tuple(
            {"task": task, "step": step, "width": 8.0 / step, "best": step**0.5}
            for task in ("fold 0", "fold 1", "all events")
            for step in (10, 20, 30)
        ),
        "pictures": (
            picture("met", "above", scan("met", 110)),
            picture("abs(mll)", "window", scan("abs(mll):low", 60), scan("abs(mll):high", 160)),
            picture("dr", "veto", scan("dr:low", 0), scan("dr:high", 90)),
            picture("jet_pt", "below", scan("jet_pt", 300)),
        ),
        "provenance": {"settings": {"fixed": {}}, "event": ["event"]},
        "metadata": {},
    }
    return CutResult(**{**given, **changes})
