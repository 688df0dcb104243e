"""Pictures of results, drawn from what the result carries: no events, ROOT or torch are needed.

What to use when: :func:`plot` for a folder with everything of a fit, :func:`plot_scan` of a scan,
:func:`plot_bins` of bins; the others for single files.

matplotlib and mplhep are loaded by the first picture, not by the import.
"""

from __future__ import annotations

from gradcut.report.bin_plots import plot_bins
from gradcut.report.plots import plot, plot_cut, plot_history, plot_overview
from gradcut.report.scan_plots import plot_efficiencies, plot_roc, plot_scan, plot_thresholds

__all__ = [
    "plot",
    "plot_bins",
    "plot_cut",
    "plot_efficiencies",
    "plot_history",
    "plot_overview",
    "plot_roc",
    "plot_scan",
    "plot_thresholds",
]
