"""Selections: requirements of which some leave a number open."""

from __future__ import annotations

from gradcut.selection.cuts import Cut, LearnedCut
from gradcut.selection.selection import Selection
from gradcut.selection.tree import Requirement

__all__ = ["Cut", "LearnedCut", "Requirement", "Selection"]
