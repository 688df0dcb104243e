"""Working points: cuts at many signal efficiencies, learned together.

What to use when: :func:`scan_cuts` for background rejection at given signal efficiencies;
:func:`gradcut.fit_cuts` for everything else that an analysis may want of its cuts.
"""

from __future__ import annotations

from gradcut.scanning.scan import scan_cuts

__all__ = ["scan_cuts"]
