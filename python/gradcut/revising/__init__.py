"""Learned cuts made fit for use: useless ones opened, thresholds rounded, and how stable they are."""

from __future__ import annotations

from gradcut.revising.bootstrap import bootstrap
from gradcut.revising.prune import prune
from gradcut.revising.rounding import rounded

__all__ = ["bootstrap", "prune", "rounded"]
