"""One fit for all tests of what is done with results."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gradcut.results import CutResult
from revising.toy_cuts import CUTS, SELECTION, fitted, toy, with_cuts, z_used


@pytest.fixture(scope="session")
def cuts() -> CutResult:
    made = with_cuts(fitted(SELECTION, toy()), CUTS)
    return replace(made, scores=replace(made.scores, used=z_used(CUTS)))
