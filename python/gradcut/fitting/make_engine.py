"""The engine that the settings of a fit ask for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from gradcut.engines import CpuEngine
from gradcut.extras import need

if TYPE_CHECKING:
    from gradcut.engines.base import SelectionEngine
    from gradcut.fitting.settings import Settings
    from gradcut.kernel_spec import KernelSpec
    from gradcut.samples import EventTables

__all__ = ["engine_maker"]


def engine_maker(
    spec: KernelSpec, settings: Settings, *, widths: bool = True
) -> Callable[[EventTables], SelectionEngine]:
    """Return what makes an engine of events.

    Parameters
    ----------
    spec : KernelSpec
        The selection.
    settings : Settings
        With engine, device, precision and threads.
    widths : bool, default True
        Whether the widths of the smooth steps are differentiated, too.
    """
    if settings.engine == "torch":
        need("torch", "engine='torch'")

    def make(events: EventTables) -> SelectionEngine:
        if settings.engine == "torch":
            from gradcut.engines import TorchEngine

            return TorchEngine(spec, events, device=settings.device, precision=settings.precision)
        return CpuEngine(
            spec, events, precision=settings.precision, n_threads=settings.n_threads, widths=widths
        )

    return make
