"""Results that were not learned, for exporters that do not care."""

from __future__ import annotations

from typing import Any

import numpy as np

import gradcut as gc
from gradcut.binning.learned import LearnedEdges
from gradcut.results.rows import Scores


def binning_result(edges: list[float], flow: Any = "open", sentinels: tuple[float, ...] = (-999.0,)) -> Any:
    """Bins of the column ``score``."""
    binning = gc.Binning("score", edges=edges, flow=flow)
    return gc.BinningResult(
        binning=binning,
        bins=LearnedEdges(binning, (np.array(edges),)),
        scores=Scores("Z", "maximise", 1.0, None, None),
        rows=(),
        choices=(),
        starts=(),
        folds=(),
        missing={},
        status="finished",
        message="",
        warnings=(),
        history=(),
        provenance={"sentinels": list(sentinels)},
    )
