"""Bins: of one column by edges, of several by products or mixtures; learned, and applied."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradcut.binning.axis import Binning, ProductBinning
    from gradcut.binning.bins_spec import BinsSpec
    from gradcut.binning.fit import fit_binning
    from gradcut.binning.limits import BinLimits
    from gradcut.binning.mixture import MixtureBinning
    from gradcut.binning.softmax import SoftmaxBinning

__all__ = [
    "BinLimits",
    "Binning",
    "BinsSpec",
    "MixtureBinning",
    "ProductBinning",
    "SoftmaxBinning",
    "fit_binning",
]

_MODULE_OF = {
    "BinLimits": "limits",
    "Binning": "axis",
    "BinsSpec": "bins_spec",
    "MixtureBinning": "mixture",
    "ProductBinning": "axis",
    "SoftmaxBinning": "softmax",
    "fit_binning": "fit",
}


def __getattr__(name: str) -> object:
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'gradcut.binning' has no attribute '{name}'")
    value = getattr(importlib.import_module(f"gradcut.binning.{_MODULE_OF[name]}"), name)
    globals()[name] = value
    return value
