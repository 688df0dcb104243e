"""Learn the numbers that a high-energy-physics selection leaves open.

Importing this package loads neither ROOT nor torch nor numpy: every name is imported when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradcut import cabin, engines, export, objectives, rdf, report, stats, triggers
    from gradcut._build_info import VERSION as __version__
    from gradcut.binning import (
        BinLimits,
        Binning,
        MixtureBinning,
        ProductBinning,
        SoftmaxBinning,
        fit_binning,
    )
    from gradcut.errors import (
        DataError,
        DeclarationError,
        ExportError,
        GradcutError,
        RootError,
        SchemaError,
        UnattainableError,
    )
    from gradcut.expressions import Cpp
    from gradcut.fitting import fit_cuts
    from gradcut.flat import FlatPoint, flat_working_point
    from gradcut.jagged import Jagged
    from gradcut.joint import fit
    from gradcut.observables import CrossEntropy, Observable, fit_observable
    from gradcut.regions import Regions
    from gradcut.results import BinningResult, CutResult, JointResult, ObservableResult, ScanResult
    from gradcut.samples import EventTables, Folds, FromSpec, Samples, Split
    from gradcut.scanning import scan_cuts
    from gradcut.selection import Chain, Cut, Selection, VaryingCut
    from gradcut.state import FitState
    from gradcut.yields import Moments, Yields, YieldsLayout

__all__ = [
    "BinLimits",
    "Binning",
    "BinningResult",
    "Chain",
    "Cpp",
    "CrossEntropy",
    "Cut",
    "CutResult",
    "DataError",
    "DeclarationError",
    "EventTables",
    "ExportError",
    "FitState",
    "FlatPoint",
    "Folds",
    "FromSpec",
    "GradcutError",
    "Jagged",
    "JointResult",
    "MixtureBinning",
    "Moments",
    "Observable",
    "ObservableResult",
    "ProductBinning",
    "Regions",
    "RootError",
    "Samples",
    "ScanResult",
    "SchemaError",
    "Selection",
    "SoftmaxBinning",
    "Split",
    "UnattainableError",
    "VaryingCut",
    "Yields",
    "YieldsLayout",
    "__version__",
    "cabin",
    "engines",
    "export",
    "fit",
    "fit_binning",
    "fit_cuts",
    "fit_observable",
    "flat_working_point",
    "objectives",
    "rdf",
    "report",
    "scan_cuts",
    "stats",
    "triggers",
]

#: Module -> the public names that it has.
_HOMES = {
    "binning": (
        "BinLimits",
        "Binning",
        "MixtureBinning",
        "ProductBinning",
        "SoftmaxBinning",
        "fit_binning",
    ),
    "errors": (
        "DataError",
        "DeclarationError",
        "ExportError",
        "GradcutError",
        "RootError",
        "SchemaError",
        "UnattainableError",
    ),
    "expressions": ("Cpp",),
    "fitting": ("fit_cuts",),
    "flat": ("FlatPoint", "flat_working_point"),
    "jagged": ("Jagged",),
    "joint": ("fit",),
    "observables": ("CrossEntropy", "Observable", "fit_observable"),
    "regions": ("Regions",),
    "results": ("BinningResult", "CutResult", "JointResult", "ObservableResult", "ScanResult"),
    "samples": ("EventTables", "Folds", "FromSpec", "Samples", "Split"),
    "scanning": ("scan_cuts",),
    "selection": ("Chain", "Cut", "Selection", "VaryingCut"),
    "state": ("FitState",),
    "yields": ("Moments", "Yields", "YieldsLayout"),
}
_MODULE_OF = {name: module for module, names in _HOMES.items() for name in names}
_MODULES = ("cabin", "engines", "export", "objectives", "rdf", "report", "stats", "triggers")


def __getattr__(name: str) -> object:
    if name == "__version__":
        value: object = importlib.import_module("gradcut._build_info").VERSION
    elif name in _MODULES:
        value = importlib.import_module(f"gradcut.{name}")
    elif name in _MODULE_OF:
        value = getattr(importlib.import_module(f"gradcut.{_MODULE_OF[name]}"), name)
    else:
        raise AttributeError(f"module 'gradcut' has no attribute '{name}'")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
