"""The likelihood of yields, laid out once for all points of a fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gradcut.yields import Moments, Yields

if TYPE_CHECKING:
    from collections.abc import Hashable

    from gradcut.stats import Model, TemplateOptions
    from gradcut.yields import YieldsLayout

__all__ = ["ModelMemory", "Remembered"]

#: How many layouts are remembered: learning, hard steps and other folds have one each.
SIZE = 8


@dataclass(eq=False)
class Remembered:
    """A model of one layout.

    Parameters
    ----------
    model : Model
        What it has of parameters and modifiers depends on the layout only; its own numbers mean nothing.
    negligible : tuple of str, optional
        Modifiers that are left out while learning; None before that was decided.
    """

    model: Model
    negligible: tuple[str, ...] | None = None


class ModelMemory:
    """Models by the layout of yields.

    Parameters
    ----------
    options : TemplateOptions
        How yields become models; nothing is pruned.
    """

    def __init__(self, options: TemplateOptions) -> None:
        self.options = options
        self._known: dict[Hashable, Remembered] = {}
        self._last: tuple[YieldsLayout, Remembered] | None = None

    def __reduce__(self) -> tuple[type[ModelMemory], tuple[TemplateOptions]]:
        return ModelMemory, (self.options,)

    def of(self, layout: YieldsLayout) -> Remembered:
        """The model of a layout."""
        if self._last is not None and self._last[0] is layout:
            return self._last[1]
        key = _key(layout)
        if key not in self._known:
            from gradcut.stats import Model

            while len(self._known) >= SIZE:
                self._known.pop(next(iter(self._known)))
            self._known[key] = Remembered(Model.from_yields(_uniform(layout), self.options))
        self._last = layout, self._known[key]
        return self._last[1]


def _key(layout: YieldsLayout) -> Hashable:
    """All that a model's structure, and the floor of its templates, follow from."""
    return (
        layout.channels,
        layout.processes,
        layout.variations,
        layout.bins,
        layout.bin_shape,
        layout.roles,
        layout.norm_uncertainty,
        layout.present.tobytes(),
        layout.mean_weight.tobytes(),
        tuple(sorted(layout.variation_kinds.items())),
    )


def _uniform(layout: YieldsLayout) -> Yields:
    """Yields of one point without any variation, of which a model can be laid out."""
    events = np.broadcast_to(np.ones(layout.shape), (1, *layout.shape))
    return Yields(layout, Moments(events, events, events))
