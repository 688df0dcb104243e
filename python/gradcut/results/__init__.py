"""Results: plain, frozen data that can be read, saved and applied with ROOT alone."""

from __future__ import annotations

from gradcut.results.cut_result import CutResult
from gradcut.results.rows import FoldRow, ProcessRow, Scores, ThresholdRow

__all__ = ["CutResult", "FoldRow", "ProcessRow", "Scores", "ThresholdRow"]
