"""Engines: where events live, and how their yields and derivatives are summed.

What to use when:

* events fit into memory: :class:`CpuEngine` (compiled kernels, no torch needed);
* the same on a GPU: :class:`TorchEngine`;
* files of any size: :class:`EventLoopEngine` (ROOT, nothing kept in memory).

All fulfil the contract of :class:`Engine`; :func:`differentiable_yields` connects any of them to torch. Names
are imported when they are first used: ROOT and torch are loaded only by the engines that need them.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradcut.engines.autograd import differentiable_yields
    from gradcut.engines.base import Engine, Evaluation
    from gradcut.engines.collected import collect
    from gradcut.engines.cpu import CpuEngine
    from gradcut.engines.event_loop import EventLoopEngine
    from gradcut.engines.torch_engine import TorchEngine

__all__ = [
    "CpuEngine",
    "Engine",
    "Evaluation",
    "EventLoopEngine",
    "TorchEngine",
    "collect",
    "differentiable_yields",
]

_MODULE_OF = {
    "CpuEngine": "cpu",
    "Engine": "base",
    "Evaluation": "base",
    "EventLoopEngine": "event_loop",
    "TorchEngine": "torch_engine",
    "collect": "collected",
    "differentiable_yields": "autograd",
}


def __getattr__(name: str) -> object:
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'gradcut.engines' has no attribute '{name}'")
    value = getattr(importlib.import_module(f"gradcut.engines.{_MODULE_OF[name]}"), name)
    globals()[name] = value
    return value
