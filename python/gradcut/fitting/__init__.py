"""Fits: from a declaration and samples to a frozen result.

What to use when: :func:`fit_cuts` for the thresholds of a :class:`gradcut.Selection`.

torch is loaded when a fit runs, not by the import.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradcut.fitting.cuts import fit_cuts
    from gradcut.fitting.tasks import Progress

__all__ = ["Progress", "fit_cuts"]

_MODULE_OF = {"Progress": "tasks", "fit_cuts": "cuts"}


def __getattr__(name: str) -> object:
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'gradcut.fitting' has no attribute '{name}'")
    value = getattr(importlib.import_module(f"gradcut.fitting.{_MODULE_OF[name]}"), name)
    globals()[name] = value
    return value
