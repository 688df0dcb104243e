"""Selections: requirements of which some leave a number open."""

from __future__ import annotations

from gradcut.selection.cuts import Cut, LearnedCut, Requirement
from gradcut.selection.selection import Selection

__all__ = ["Cut", "LearnedCut", "Requirement", "Selection"]
