"""Batch normalisation in networks that see all events at once: its statistics are fixed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from gradcut.observables.rows import Rows

__all__ = ["calibrated", "training_mode"]

#: So many rows give the statistics.
SAMPLE = 20_000


def _layers(module: torch.nn.Module) -> list[torch.nn.Module]:
    # The common base of all kinds of batch normalisation.
    return [part for part in module.modules() if isinstance(part, torch.nn.modules.batchnorm._NormBase)]


def training_mode(module: torch.nn.Module) -> None:
    """Let random masks work, but keep the statistics of a batch normalisation.

    Chunks of events are of one process, whose own mean would take away what tells it from others.
    """
    module.train()
    for layer in _layers(module):
        layer.eval()


def calibrated(module: torch.nn.Module, rows: Rows, seed: int) -> None:
    """Set the statistics of a batch normalisation to those of a sample of the events, layer by layer at once.

    Parameters
    ----------
    module : torch.nn.Module
        The network; changed in place.
    rows : Rows
        Events; every block gives the same number of rows.
    seed : int
        Of the sample.
    """
    layers = _layers(module)
    if not layers:
        return
    random = torch.Generator().manual_seed(seed)
    each = max(2, SAMPLE // max(1, len(rows.blocks)))
    chosen = []
    for block in rows.blocks:
        n = block.rows.stop - block.rows.start
        chosen.append(block.rows.start + torch.randperm(n, generator=random)[:each])
    index = torch.cat(chosen).to(rows.inputs.device)
    momenta = [getattr(layer, "momentum", None) for layer in layers]
    for layer in layers:
        layer.reset_running_stats()  # type: ignore[operator]
        layer.momentum = None  # type: ignore[assignment]
        layer.train()
    with torch.no_grad():
        module(rows.inputs[index])
    for layer, momentum in zip(layers, momenta, strict=True):
        layer.momentum = momentum  # type: ignore[assignment]
        layer.eval()
