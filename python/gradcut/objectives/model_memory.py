"""The likelihood of yields, laid out once for all points of a fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.yields import Moments, Yields

if TYPE_CHECKING:
    from collections.abc import Hashable

    from gradcut.stats import Model, TemplateOptions
    from gradcut.yields import YieldsLayout

__all__ = ["ModelMemory"]

#: How many layouts are remembered: learning, hard steps and other folds have one each.
SIZE = 8


class ModelMemory:
    """Models by the layout of yields.

    Parameters
    ----------
    options : TemplateOptions
        How yields become models; nothing is pruned.
    """

    def __init__(self, options: TemplateOptions) -> None:
        self.options = options
        self._known: dict[Hashable, Model] = {}
        self._last: tuple[YieldsLayout, Model] | None = None
        #: Models that are learned with. A fit has its own layout: what others decided does not matter to it.
        self._reduced: dict[int, tuple[YieldsLayout, Model]] = {}

    def __reduce__(self) -> tuple[type[ModelMemory], tuple[TemplateOptions]]:
        return ModelMemory, (self.options,)

    def of(self, layout: YieldsLayout) -> Model:
        """The model of a layout; its own numbers mean nothing, what it has follows from the layout."""
        if self._last is not None and self._last[0] is layout:
            return self._last[1]
        key = _key(layout)
        if key not in self._known:
            from gradcut.stats import Model

            _make_room(self._known)
            self._known[key] = Model.from_yields(_uniform(layout), self.options)
        self._last = layout, self._known[key]
        return self._last[1]

    def reduced(self, layout: YieldsLayout) -> Model | None:
        """What :meth:`reduce` was given."""
        found = self._reduced.get(id(layout))
        return None if found is None else found[1]

    def reduce(self, layout: YieldsLayout, model: Model) -> None:
        """Remember a model with fewer parameters for this very layout."""
        _make_room(self._reduced)
        self._reduced[id(layout)] = layout, model  # an id is its own as long as the layout is kept


def _make_room(known: dict[Any, Any]) -> None:
    while len(known) >= SIZE:
        known.pop(next(iter(known)))


def _key(layout: YieldsLayout) -> Hashable:
    """All that a model's structure, and the floor of its templates, follow from."""
    return (
        layout.channels,
        layout.processes,
        layout.variations,
        layout.bins,
        layout.bin_shape,
        layout.side_by_side,
        layout.roles,
        layout.norm_uncertainty,
        layout.present.tobytes(),
        layout.mean_weight.tobytes(),
        tuple(sorted(layout.variation_kinds.items())),
    )


def _uniform(layout: YieldsLayout) -> Yields:
    """Yields of one point without any variation, of which a model can be laid out; none below a floor."""
    events = np.full((1, *layout.shape), 1.0 + 100 * layout.mean_weight.max(initial=0.0))
    return Yields(layout, Moments(events, events, events))
