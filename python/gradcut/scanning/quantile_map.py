"""Features as normal scores: coordinates in which all of them look alike."""

from __future__ import annotations

from dataclasses import replace
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.errors import DataError
from gradcut.fitting.scaling import balanced, balanced_weights, weighted_quantiles
from gradcut.jagged import Jagged
from gradcut.scanning.directions import loosening
from gradcut.scanning.nominal import nominal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.engines.segments import Segment
    from gradcut.kernel_spec import KernelSpec
    from gradcut.samples import EventTables

__all__ = ["QuantileMap"]

#: Nodes of the map.
NODES = 129
#: Passes of a binomial filter over the nodes: the map follows the distribution, not its fluctuations.
SMOOTHING = 8
#: The outermost nodes leave about so many events outside.
OUTSIDE = 5.0
#: Height of a step that has none, such as between equal values, in typical heights.
FLAT = 1e-6
#: So much of the signal lies beyond either end of where thresholds are looked for.
BEYOND = 5e-4
#: An open cut is this many widths of its smooth step outside of the events, more where so many of them lie at
#: the edge (this close to it, in scores) that the tail of a logistic step would lose more than that of them.
MARGIN, EDGE = 4.0, 0.05


class QuantileMap:
    """The map between a feature and its normal scores, one per cut.

    The score of a value at the quantile ``F`` of its feature, of which signal and background each count one
    half, is the standard normal quantile of ``F``; beyond the outermost nodes the map goes on as a straight
    line. A smooth step of some width in scores resolves bulk and tail alike, whatever the unit and however
    heavy the tail. Values that many events share, such as integers, lie about the middle of their share, and
    the map always rises. Cuts that share a threshold share the map of all their values together.

    Parameters
    ----------
    spec : KernelSpec
        The selection.
    segments : sequence of Segment
        Events, of which the nominal ones count.
    is_signal : sequence of bool
        Per process.

    Raises
    ------
    DataError
        If a feature has no finite value.
    """

    def __init__(self, spec: KernelSpec, segments: list[Segment], is_signal: list[bool]) -> None:
        self.spec = spec
        nominal = [segment for segment in segments if segment.at[2] == 0]
        whole = balanced_weights(nominal, is_signal)
        n_events = float(whole.sum()) ** 2 / max(float((whole**2).sum()), 1e-300)
        edge = NormalDist().inv_cdf(1 - min(OUTSIDE / max(n_events, 1.0), 0.02))
        self.scores = np.linspace(-edge, edge, NODES)
        levels = np.array([NormalDist().cdf(z) for z in self.scores])
        #: Value at each node, shape (nodes, cuts), and the slope there.
        self.nodes = np.empty((NODES, spec.n_cuts))
        for group in _groups(spec):
            found = [balanced(nominal, is_signal, cut) for cut in group]
            values, weights = (np.concatenate(arrays) for arrays in zip(*found, strict=True))
            self.nodes[:, group] = _nodes(values, weights, levels, spec.cuts[group[0]])[:, None]
        self.slopes: NDArray[np.float64] = np.asarray(np.gradient(self.nodes, self.scores, axis=0))
        self.cut_of = np.array(
            [
                next(c for c in range(spec.n_cuts) if p in (spec.low[c], spec.high[c]))
                for p in range(len(spec.parameters))
            ],
            dtype=np.int64,
        )
        #: Per parameter the sign of the direction in which its cuts keep more.
        self.loosening = loosening(spec)
        #: Scores between which thresholds matter to the signal, and how many widths of its smooth step
        #: outside of them a cut is open; per parameter.
        self.lowest, self.highest, self.margin = self._reach(nominal, is_signal)

    def transformed(self, tables: EventTables) -> EventTables:
        """Nominal events with scores (float32) in place of the features that are cut on."""
        k = self.spec.n_cuts
        found = {}
        for key, table in nominal(tables).items():
            scores = [self._scored(c, column) for c, column in enumerate(table.arrays[:k])]
            found[key] = replace(table, arrays=(*scores, *table.arrays[k:]))
        return replace(tables, tables=found, groups=())

    def _scored(self, cut: int, column: Any) -> Any:
        if isinstance(column, Jagged):
            return column.with_values(self.score(cut, column.values).astype(np.float32))
        return self.score(cut, column).astype(np.float32)

    def score(self, cut: int, values: NDArray[np.generic]) -> NDArray[np.float64]:
        """Scores of values of the feature of a cut; NaN and infinities stay what they are."""
        wide, nodes, slopes = values.astype(np.float64), self.nodes[:, cut], self.slopes[:, cut]
        found = np.interp(wide, nodes, self.scores)
        found += np.minimum(wide - nodes[0], 0) / slopes[0] + np.maximum(wide - nodes[-1], 0) / slopes[-1]
        return np.asarray(found)

    def free(self, thresholds: NDArray[np.float64]) -> NDArray[np.float64]:
        """Scores of thresholds, the last axis the parameters: the inverse of :meth:`thresholds`."""
        return np.stack([self.score(c, thresholds[..., p]) for p, c in enumerate(self.cut_of)], axis=-1)

    def thresholds(self, free: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Thresholds of scores, the last axis the parameters, and the slope of the map there."""
        inside = np.clip(free, self.scores[0], self.scores[-1])
        values, slopes = np.empty_like(free), np.empty_like(free)
        for p, cut in enumerate(self.cut_of):
            values[..., p] = np.interp(inside[..., p], self.scores, self.nodes[:, cut])
            slopes[..., p] = np.interp(inside[..., p], self.scores, self.slopes[:, cut])
        return values + (free - inside) * slopes, slopes

    def points(self, free: NDArray[np.float64], width: float) -> NDArray[np.float64]:
        """Points of an engine on transformed events: scores, then one width per cut."""
        return np.concatenate([free, np.full((len(free), self.spec.n_cuts), width)], axis=1)

    def bounds(self, width: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Scores of open thresholds: where there still is a gradient."""
        low, high = self.margin * width
        return self.lowest - low, self.highest + high

    def _reach(
        self, nominal: list[Segment], is_signal: list[bool]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        chosen = [segment for segment in nominal if is_signal[segment.at[1]]] or nominal
        levels = np.array([BEYOND, 1 - BEYOND])
        reach, margin = np.empty((2, self.spec.n_cuts)), np.full((2, self.spec.n_cuts), MARGIN)
        for cut in range(self.spec.n_cuts):
            parts = [segment.flat(cut) for segment in chosen]
            values = np.concatenate([part for part, _ in parts])
            weights = np.abs(np.concatenate([part for _, part in parts]))
            found = self.score(cut, weighted_quantiles(values, weights, levels))
            reach[:, cut] = np.where(np.isfinite(found), found, 0.0)
            if self.spec.step == "logistic":
                scores = self.score(cut, values)
                for side, near in enumerate((scores < reach[0, cut] + EDGE, scores > reach[1, cut] - EDGE)):
                    share = float(weights[near].sum()) / max(float(weights.sum()), 1e-300)
                    margin[side, cut] = max(MARGIN, float(np.log(max(share, BEYOND) / BEYOND)))
        return reach[0, self.cut_of], reach[1, self.cut_of], margin[:, self.cut_of]


def _groups(spec: KernelSpec) -> list[list[int]]:
    """Cuts that hang together by shared thresholds."""
    groups: list[tuple[set[int], list[int]]] = []
    for cut in range(spec.n_cuts):
        used = {int(p) for p in (spec.low[cut], spec.high[cut]) if p >= 0}
        joined = [group for group in groups if group[0] & used]
        groups = [group for group in groups if not group[0] & used]
        groups.append((used.union(*(g[0] for g in joined)), [*(c for g in joined for c in g[1]), cut]))
    return [cuts for _, cuts in groups]


def _nodes(
    values: NDArray[np.float64],
    weights: NDArray[np.float64],
    levels: NDArray[np.float64],
    label: str,
) -> NDArray[np.float64]:
    """Quantiles of all values together, smoothed and rising."""
    known = np.isfinite(values) & (weights > 0)
    if not known.any():
        raise DataError(
            "a feature has no finite value in any event",
            where=f"cut '{label}'",
            hint="check the column, and the sentinels",
        )
    unique, inverse = np.unique(values[known], return_inverse=True)
    share = np.bincount(inverse, weights=weights[known], minlength=len(unique))
    middle = (np.cumsum(share) - share / 2) / share.sum()
    nodes = np.interp(levels, middle, unique)
    for _ in range(SMOOTHING):
        nodes[1:-1] = 0.25 * nodes[:-2] + 0.5 * nodes[1:-1] + 0.25 * nodes[2:]
    return _rising(nodes)


def _rising(nodes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give steps without height a small one, from the middle outwards: tails must not move the bulk."""
    heights = np.diff(nodes)
    real = heights[heights > 0]
    typical = float(np.median(real)) if len(real) else max(abs(float(nodes[0])), 1.0)
    least = np.maximum(FLAT * typical, 4 * np.spacing(np.maximum(np.abs(nodes[1:]), np.abs(nodes[:-1]))))
    heights, middle = np.maximum(heights, least), len(nodes) // 2
    above = nodes[middle] + np.cumsum(heights[middle:])
    below = nodes[middle] - np.cumsum(heights[:middle][::-1])[::-1]
    return np.concatenate([below, nodes[middle : middle + 1], above])
