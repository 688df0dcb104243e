"""One fit for all tests of results."""

from __future__ import annotations

import pytest

import gradcut as gc
from fitting.toy_samples import samples
from gradcut.objectives import AsimovSignificance
from gradcut.results import CutResult
from results.toy_results import BACKGROUND, SIGNAL


@pytest.fixture(scope="session")
def fit() -> CutResult:
    return gc.fit_cuts(
        gc.Selection("x > ?", "abs(y) < 3", "y < ?", "noise > ?"),
        samples(SIGNAL, BACKGROUND),
        objective=AsimovSignificance(0.2),
        folds=2,
        starts=3,
        max_steps=36,
        n_threads=1,
    )
