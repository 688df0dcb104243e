"""What a notebook shows of a result: its tables, and its main picture where something can draw it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradcut.errors import DeclarationError
from gradcut.report.page.markup import as_html
from gradcut.report.page.pictures import embedded

if TYPE_CHECKING:
    from gradcut.results.shown import Shown

__all__ = ["notebook"]


def notebook(result: Shown) -> str:
    """Return HTML: tables, and one picture."""
    return as_html(result.blocks()) + _picture(result)


def _picture(result: Any) -> str:
    from gradcut.report import plot_bins, plot_overview, plot_thresholds
    from gradcut.results.binning_result import BinningResult
    from gradcut.results.cut_result import CutResult
    from gradcut.results.scan_result import ScanResult

    with tempfile.TemporaryDirectory(prefix="gradcut-notebook-") as folder:
        target = Path(folder)
        try:
            if isinstance(result, CutResult) and result.pictures:
                files = [plot_overview(result, target / f"overview.{kind}") for kind in ("svg", "png")]
            elif isinstance(result, ScanResult):
                files = [plot_thresholds(result, target / f"thresholds.{kind}") for kind in ("svg", "png")]
            elif isinstance(result, BinningResult) and not result.channels:
                files = [
                    file for file in plot_bins(result, target, formats=("svg", "png")) if file.stem == "bins"
                ]
            else:
                return ""
        except DeclarationError:
            # Without matplotlib the tables are what there is.
            return ""
        return "".join(embedded(files, target).values())
