"""Signal, background and the variance of the background, and derivatives back to the yields."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gradcut.errors import DeclarationError
from gradcut.yields import Moments

if TYPE_CHECKING:
    from gradcut.yields import Yields, YieldsLayout

_Array = NDArray[np.float64]

__all__ = ["Background", "variation_groups"]


class Background:
    """What enters the variance of the background in a bin.

    Parameters
    ----------
    relative : float
        Relative uncertainty of the total.
    mc_stat : bool
        Whether the floored MC variances are added.
    systematics : bool
        Whether normalisation uncertainties and variations are added.
    """

    def __init__(self, relative: float, mc_stat: bool, systematics: bool) -> None:
        self.relative, self.mc_stat, self.systematics = relative, mc_stat, systematics

    def sums(self, yields: Yields) -> tuple[_Array, _Array, _Array]:
        """Signal, background and variance of the background, each of shape (points, channels, bins)."""
        layout = yields.layout
        signal, background = layout.process_indices("signal"), layout.process_indices("background")
        sum_w = yields.moments.sum_w
        s, b = _total(sum_w, signal), _total(sum_w, background)
        variance = (self.relative * b) ** 2
        if self.mc_stat:
            variance = variance + _total(yields.floored_variance(), background)
        if self.systematics:
            for process in background:
                uncertainty = layout.norm_uncertainty[process]
                variance = variance + (uncertainty * sum_w[:, :, process, 0]) ** 2
            for shift, _ in self._shifts(yields):
                variance = variance + shift**2
        return s, b, variance

    def pull_back(self, yields: Yields, ds: _Array, db: _Array, dvariance: _Array) -> Moments:
        """Derivatives in the moments of a number with these derivatives in the sums."""
        layout = yields.layout
        background = layout.process_indices("background")
        entries, sum_w, variance = (np.zeros(moment.shape) for moment in yields.moments)
        for process in layout.process_indices("signal"):
            sum_w[:, :, process, 0] += ds
        total = _total(yields.moments.sum_w, background)
        for process in background:
            sum_w[:, :, process, 0] += db + 2 * self.relative**2 * total * dvariance
        if self.mc_stat:
            floored = yields.moments.variance < yields.floored_variance()
            for process in background:
                variance[:, :, process, 0] += np.where(floored[:, :, process, 0], 0.0, dvariance)
        if self.systematics:
            for process in background:
                slope = 2 * layout.norm_uncertainty[process] ** 2 * yields.moments.sum_w[:, :, process, 0]
                sum_w[:, :, process, 0] += slope * dvariance
            for shift, factors in self._shifts(yields):
                for tag, factor in factors.items():
                    for process in background:
                        sum_w[:, :, process, tag] += 2 * shift * factor * dvariance
        return Moments(entries, sum_w, variance)

    def _shifts(self, yields: Yields) -> Iterator[tuple[_Array, dict[int, float]]]:
        """By how much each variation moves the background, and which tags that is made of."""
        background = yields.layout.process_indices("background")
        for tags in variation_groups(yields.layout).values():
            factors = {tags[0]: 0.5, tags[1]: -0.5} if len(tags) == 2 else {tags[0]: 1.0, 0: -1.0}
            sum_w = yields.moments.sum_w
            yield np.asarray(sum(f * _total(sum_w, background, tag) for tag, f in factors.items())), factors

    def check_variations(self, layout: YieldsLayout) -> None:
        """Refuse variations of which the spread has no single form."""
        for name, tags in variation_groups(layout).items():
            labels = [layout.variations[tag] for tag in tags]
            if len(tags) > 2 or not all(label.endswith((":up", ":down")) for label in labels):
                raise DeclarationError(
                    "replicas and envelopes cannot be added to sigma_b",
                    given=f"'{name}': {len(tags)} variations",
                    allowed="variations up and down",
                    hint="systematics='ignore' leaves all of them out",
                )


def _total(moment: _Array, processes: list[int], tag: int = 0) -> _Array:
    """Sum over some processes, shape (points, channels, bins)."""
    return np.asarray(moment[:, :, processes, tag].sum(2))


def variation_groups(layout: YieldsLayout) -> dict[str, list[int]]:
    """Positions of the tags of every variation, by its name."""
    groups: dict[str, list[int]] = {}
    for index, tag in enumerate(layout.variations[1:], start=1):
        groups.setdefault(tag.rsplit(":", 1)[0], []).append(index)
    return groups
