"""Engines: where events live, and how their yields and derivatives are summed.

What to use when:

* events fit into memory: :class:`CpuEngine` (compiled kernels, no torch needed);
* the same on a GPU: :class:`TorchEngine`;
* files of any size: :class:`EventLoopEngine` (ROOT, nothing kept in memory);
* the same on a cluster: :class:`DaskEngine`.

Of bins they are :class:`CpuBinsEngine`, :class:`TorchBinsEngine`, :class:`EventLoopBinsEngine` and
:class:`DaskBinsEngine`;
:class:`CellsEngine` has events that were summed into fine cells, which is what bins are learned from.

All fulfil the contract of :class:`Engine`; :func:`differentiable_yields` connects any of them to torch. Names
are imported when they are first used: ROOT and torch are loaded only by the engines that need them.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradcut.cluster.engines import DaskBinsEngine, DaskEngine
    from gradcut.engines.autograd import differentiable_yields
    from gradcut.engines.base import Engine, Evaluation
    from gradcut.engines.bins.cells import CellsEngine
    from gradcut.engines.bins.cpu import CpuBinsEngine
    from gradcut.engines.bins.event_loop import EventLoopBinsEngine
    from gradcut.engines.bins.torch_engine import TorchBinsEngine
    from gradcut.engines.collected import collect
    from gradcut.engines.cpu import CpuEngine
    from gradcut.engines.event_loop import EventLoopEngine
    from gradcut.engines.torch_engine import TorchEngine

__all__ = [
    "CellsEngine",
    "CpuBinsEngine",
    "CpuEngine",
    "DaskBinsEngine",
    "DaskEngine",
    "Engine",
    "Evaluation",
    "EventLoopBinsEngine",
    "EventLoopEngine",
    "TorchBinsEngine",
    "TorchEngine",
    "collect",
    "differentiable_yields",
]

_MODULE_OF = {
    "CellsEngine": "engines.bins.cells",
    "CpuBinsEngine": "engines.bins.cpu",
    "CpuEngine": "engines.cpu",
    "DaskBinsEngine": "cluster.engines",
    "DaskEngine": "cluster.engines",
    "Engine": "engines.base",
    "Evaluation": "engines.base",
    "EventLoopBinsEngine": "engines.bins.event_loop",
    "EventLoopEngine": "engines.event_loop",
    "TorchBinsEngine": "engines.bins.torch_engine",
    "TorchEngine": "engines.torch_engine",
    "collect": "engines.collected",
    "differentiable_yields": "engines.autograd",
}


def __getattr__(name: str) -> object:
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'gradcut.engines' has no attribute '{name}'")
    value = getattr(importlib.import_module(f"gradcut.{_MODULE_OF[name]}"), name)
    globals()[name] = value
    return value
