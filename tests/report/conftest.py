"""The fit that pictures from files are drawn of."""

from __future__ import annotations

from results.conftest import fit

__all__ = ["fit"]
