"""Cutflows: what is left after every cut, with weights, beside ROOT's own report.

ROOT is loaded where it reads the events, not by the import.
"""

from __future__ import annotations

from gradcut.results.cutflow.rows import Cutflow, CutflowRow, Efficiency, ProcessCutflow, VariedYield

__all__ = ["Cutflow", "CutflowRow", "Efficiency", "ProcessCutflow", "VariedYield"]
