"""Signal, background and the variance of the background, of yields in numpy or torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gradcut.errors import DeclarationError

if TYPE_CHECKING:
    from gradcut.yields import Yields, YieldsLayout

__all__ = ["Background"]


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

    def sums(self, yields: Yields) -> tuple[Any, Any, Any]:
        """Signal, background and variance of the background, each of shape (points, channels, bins)."""
        layout = yields.layout
        signal, background = layout.process_indices("signal"), layout.process_indices("background")
        sum_w = yields.moments.sum_w
        s = sum_w[:, :, signal, 0].sum(2)
        b = sum_w[:, :, background, 0].sum(2)
        variance = (self.relative * b) ** 2
        if self.mc_stat:
            variance = variance + yields.floored_variance()[:, :, background, 0].sum(2)
        if self.systematics:
            for process in background:
                uncertainty = layout.norm_uncertainty[process]
                variance = variance + (uncertainty * sum_w[:, :, process, 0]) ** 2
            for tags in _groups(layout).values():
                varied = [sum_w[:, :, background, tag].sum(2) for tag in tags]
                shift = (varied[0] - varied[1]) / 2 if len(tags) == 2 else varied[0] - b
                variance = variance + shift**2
        return s, b, variance

    def check_variations(self, layout: YieldsLayout) -> None:
        """Refuse variations of which the spread has no single form."""
        for name, tags in _groups(layout).items():
            labels = [layout.variations[tag] for tag in tags]
            if len(tags) > 2 or not all(label.endswith((":up", ":down")) for label in labels):
                raise DeclarationError(
                    "replicas and envelopes cannot be added to sigma_b",
                    given=f"'{name}': {len(tags)} variations",
                    allowed="variations up and down",
                    hint="systematics='ignore' leaves all of them out",
                )


def _groups(layout: YieldsLayout) -> dict[str, list[int]]:
    """Positions of the tags of every variation, by its name."""
    groups: dict[str, list[int]] = {}
    for index, tag in enumerate(layout.variations[1:], start=1):
        groups.setdefault(tag.rsplit(":", 1)[0], []).append(index)
    return groups
