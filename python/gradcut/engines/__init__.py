"""Engines: where events live, and how their yields and derivatives are summed.

What to use when:

* events fit into memory: :class:`~gradcut.engines.cpu.CpuEngine` (compiled kernels, no torch needed);
* the same on a GPU: :class:`~gradcut.engines.torch_engine.TorchEngine`;
* files of any size: :class:`~gradcut.engines.event_loop.EventLoopEngine` (ROOT, nothing kept in memory).

All fulfil the contract of :class:`~gradcut.engines.base.Engine`.
"""
