"""Results: plain, frozen data that can be read, saved and applied with ROOT alone."""

from __future__ import annotations

from gradcut.results.binning_result import BinningResult, FoldBins
from gradcut.results.bootstrap_result import Bootstrap, BootstrapProgress, Replica
from gradcut.results.cut_result import CutResult
from gradcut.results.cuts import Cuts
from gradcut.results.joint_result import JointCuts, JointResult
from gradcut.results.observable_result import ObservableResult
from gradcut.results.restart_row import RestartRow
from gradcut.results.rows import FoldRow, ProcessRow, Scores, ThresholdRow
from gradcut.results.scan_result import ScanResult, WorkingPoint

__all__ = [
    "BinningResult",
    "Bootstrap",
    "BootstrapProgress",
    "CutResult",
    "Cuts",
    "FoldBins",
    "FoldRow",
    "JointCuts",
    "JointResult",
    "ObservableResult",
    "ProcessRow",
    "Replica",
    "RestartRow",
    "ScanResult",
    "Scores",
    "ThresholdRow",
    "WorkingPoint",
]
