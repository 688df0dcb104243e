"""Several selections that are learned together: regions with thresholds of their own and shared ones."""

from __future__ import annotations

from gradcut.regions.regions import Regions

__all__ = ["Regions"]
