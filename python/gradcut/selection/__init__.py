"""Selections: requirements of which some leave a number open."""

from __future__ import annotations

from gradcut.selection.chains import Chain
from gradcut.selection.cuts import Cut, LearnedCut
from gradcut.selection.selection import Selection
from gradcut.selection.tree import Requirement
from gradcut.selection.varying import VaryingCut

__all__ = ["Chain", "Cut", "LearnedCut", "Requirement", "Selection", "VaryingCut"]
