"""Histograms of one cut, summed over channels and ready to be drawn."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from gradcut.report.style import BACKGROUNDS, SIGNALS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from gradcut.results.pictures import CutPicture

__all__ = ["BAND", "Layer", "Stack", "colours_of"]

#: Where the highest bin is this many times the median one the scale is logarithmic, over so much at most.
STEEP, LONGEST = 30.0, 1e6


@dataclass(frozen=True)
class Layer:
    """One process: sums per bin, flow bins added to the first and last bin."""

    process: str
    role: str
    sum_w: NDArray[np.float64]
    sum_w2: NDArray[np.float64]


@dataclass(frozen=True)
class Stack:
    """All processes of a cut, before the cuts or with all others applied.

    Parameters
    ----------
    edges : ndarray of shape (n_bins + 1,)
        Edges of the bins.
    backgrounds, signals : list of Layer
        Backgrounds from small to large.
    scale : float
        Factor that signals are drawn with.
    """

    edges: NDArray[np.float64]
    backgrounds: list[Layer]
    signals: list[Layer]
    scale: float

    @classmethod
    def of(cls, picture: CutPicture, which: Literal["before", "others"]) -> Stack:
        """Sum the histograms of a picture over its channels."""
        layers: dict[str, Layer] = {}
        for histogram in picture.histograms:
            sums = [_with_flow(getattr(histogram, name)) for name in (which, f"{which}_w2")]
            known = layers.get(histogram.process)
            if known is not None:
                sums = [known.sum_w + sums[0], known.sum_w2 + sums[1]]
            layers[histogram.process] = Layer(histogram.process, histogram.role, *sums)
        backgrounds = [layer for layer in layers.values() if layer.role == "background"]
        signals = [layer for layer in layers.values() if layer.role == "signal"]
        order = _yields(picture)
        backgrounds.sort(key=lambda layer: order[layer.process])
        return cls(np.asarray(picture.edges), backgrounds, signals, _scale(backgrounds, signals))

    @property
    def background(self) -> NDArray[np.float64]:
        """Sum of the backgrounds per bin."""
        total: NDArray[np.float64] = np.sum([layer.sum_w for layer in self.backgrounds], axis=0)
        return total

    def draw(self, axes: Axes, colours: dict[str, str], *, linewidth: float = 2.0) -> None:
        """Draw the backgrounds stacked with their MC uncertainty, and the signals over them."""
        for layer, below in zip(self.backgrounds, self._running(), strict=True):
            axes.stairs(
                below + layer.sum_w, self.edges, baseline=below, fill=True, color=colours[layer.process], lw=0
            )
        total = self.background
        error = np.sqrt(np.sum([layer.sum_w2 for layer in self.backgrounds], axis=0))
        axes.stairs(total + error, self.edges, baseline=total - error, fill=True, **BAND)
        for layer in self.signals:
            colour = colours[layer.process]
            axes.stairs(layer.sum_w * self.scale, self.edges, color=colour, linewidth=linewidth)
        self._limits(axes, total + error)

    def _running(self) -> list[NDArray[np.float64]]:
        sums = [np.zeros(len(self.edges) - 1)]
        for layer in self.backgrounds:
            sums.append(sums[-1] + layer.sum_w)
        return sums[:-1]

    def _limits(self, axes: Axes, highest: NDArray[np.float64]) -> None:
        drawn = [self.background, *(layer.sum_w * self.scale for layer in self.signals)]
        top = max(float(values.max(initial=0.0)) for values in (highest, *drawn))
        axes.set_xlim(self.edges[0], self.edges[-1])
        if not top > 0:
            axes.set_ylim(0, 1)
            return
        filled = np.concatenate([values[values > 0] for values in drawn])
        if top / float(np.median(filled)) > STEEP:
            low = max(float(filled.min()) / 2, float(np.quantile(filled, 0.1)) / 5, top / LONGEST)
            axes.set_yscale("log")
            axes.set_ylim(low, top * (top / low) ** 0.12)
        else:
            lowest = min(0.0, *(float(values.min(initial=0.0)) for values in drawn))
            axes.set_ylim(1.1 * lowest, 1.15 * top)


#: The MC uncertainty of the background.
BAND: dict[str, Any] = {"facecolor": "none", "edgecolor": "0.25", "hatch": "//////", "linewidth": 0}


def colours_of(picture: CutPicture) -> dict[str, str]:
    """Colour of every process, the same in all pictures of a result."""
    found: dict[str, str] = {}
    for role, colours in (("background", BACKGROUNDS), ("signal", SIGNALS)):
        names = dict.fromkeys(h.process for h in picture.histograms if h.role == role)
        found |= {name: colours[i % len(colours)] for i, name in enumerate(names)}
    return found


def _yields(picture: CutPicture) -> dict[str, float]:
    """Yields before the cuts, by which all stacks of a cut are ordered."""
    found: dict[str, float] = {}
    for histogram in picture.histograms:
        found[histogram.process] = found.get(histogram.process, 0.0) + sum(histogram.before)
    return found


def _with_flow(sums: tuple[float, ...]) -> NDArray[np.float64]:
    values = np.array(sums[1:-1])
    values[0] += sums[0]
    values[-1] += sums[-1]
    return values


def _scale(backgrounds: list[Layer], signals: list[Layer]) -> float:
    """Round factor that brings the largest signal to about the height of the background, at least 1."""
    signal = max((float(layer.sum_w.max(initial=0.0)) for layer in signals), default=0.0)
    background = float(np.sum([layer.sum_w for layer in backgrounds], axis=0).max()) if backgrounds else 0.0
    if not (signal > 0 and background > 0):
        return 1.0
    ratio = background / signal
    if ratio < 2:
        return 1.0
    power = 10.0 ** math.floor(math.log10(ratio))
    return max(step * power for step in (1.0, 2.0, 5.0) if step * power <= ratio)
