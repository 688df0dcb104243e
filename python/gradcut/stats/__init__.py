"""Statistics of yields.

What to use when: :func:`asimov_significance` for counting experiments whose bins are independent.
"""

from __future__ import annotations

from gradcut.stats.asimov import AsimovSignificances, asimov_significance

__all__ = ["AsimovSignificances", "asimov_significance"]
