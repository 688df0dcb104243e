"""Thresholds in widths from the median of their feature, and windows whose ends cannot cross."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gradcut.errors import DataError
from gradcut.fitting.neighbours import in_order
from gradcut.kernel_spec import KINDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.engines.segments import Segment
    from gradcut.kernel_spec import KernelSpec

__all__ = ["Scaling", "balanced", "balanced_weights", "two_sided", "weighted_quantiles"]


def weighted_quantiles(
    values: NDArray[np.generic], weights: NDArray[np.float64], levels: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Quantiles of weighted values; entries that are not finite and weights of zero do not count."""
    wide = values.astype(np.float64)
    known = np.isfinite(wide) & (weights > 0)
    order = np.argsort(wide[known], kind="stable")
    ordered, sums = wide[known][order], np.cumsum(weights[known][order])
    if not len(ordered):
        return np.full(len(levels), np.nan)
    at = np.searchsorted(sums, levels * sums[-1])
    return np.asarray(ordered[np.minimum(at, len(ordered) - 1)])


def two_sided(spec: KernelSpec) -> list[int]:
    """Cuts with two thresholds."""
    return [k for k in range(spec.n_cuts) if spec.kinds[k] in (KINDS["window"], KINDS["veto"])]


class Scaling:
    """The map from free numbers of order one to thresholds and widths.

    Parameters
    ----------
    spec : KernelSpec
        The selection.
    segments : sequence of Segment
        Events, of which the nominal ones count. Signal and background have equal weight together, so that
        the scale is right where the decision is.
    is_signal : sequence of bool
        Per process.
    fixed : mapping of int to float, optional
        Thresholds that are not free, by their position; infinite ones are open.

    Raises
    ------
    DataError
        If a feature has no finite value.

    Notes
    -----
    A threshold is ``centre + scale * z``; centre is the median and scale half the central 68% of the feature
    of the first cut that uses it. The free number of a window's upper end is the logarithm of its distance
    from the lower one, so the ends never cross.
    """

    def __init__(
        self,
        spec: KernelSpec,
        segments: list[Segment],
        is_signal: list[bool],
        fixed: Mapping[int, float] | None = None,
    ) -> None:
        self.spec = spec
        k, n = spec.n_cuts, len(spec.parameters)
        self.levels = np.concatenate([[0.0], np.linspace(0.005, 0.995, 199), [1.0]])
        self.quantiles = np.zeros((k, len(self.levels)))
        nominal = [segment for segment in segments if segment.at[2] == 0]
        for cut in range(k):
            values, weights = balanced(nominal, is_signal, cut)
            self.quantiles[cut] = weighted_quantiles(values, weights, self.levels)
        if np.isnan(self.quantiles).any():
            cut = int(np.argwhere(np.isnan(self.quantiles))[0, 0])
            raise DataError(
                "a feature has no finite value in any event",
                where=f"cut '{spec.cuts[cut]}'",
                hint="check the column, and the sentinels",
            )
        low, middle, high = (self._at(level) for level in (0.16, 0.5, 0.84))
        spread = np.where(high > low, (high - low) / 2, self._at(1.0) - self._at(0.0))
        self.cut_scale = np.where(spread > 0, spread, np.maximum(np.abs(middle), 1.0))
        self.cut_of = np.array([self.first_cut(i) for i in range(n)], dtype=np.int64)
        self.centre, self.scale = middle[self.cut_of], self.cut_scale[self.cut_of]
        # Where a one-sided cut is tight it may go to the last event.
        kinds = spec.kinds[self.cut_of]
        first, last = np.where(kinds == KINDS["below"], 0, 1), np.where(kinds == KINDS["above"], -1, -2)
        self.lowest = (self.quantiles[self.cut_of, first] - self.centre) / self.scale
        self.highest = (self.quantiles[self.cut_of, last] - self.centre) / self.scale
        self.pairs = [(int(spec.low[c]), int(spec.high[c])) for c in two_sided(spec)]
        self._shares = {cut: _shares(spec, nominal, is_signal, cut) for cut in range(k)}
        self.is_slope = np.zeros(n, dtype=np.bool_)
        for cut, shares in self._shares.items():
            for parameter, share, size in shares:
                self._scale_term(parameter, cut, share, size)
        for chain in spec.chains:
            self._scale_alike(chain.parameters)
        #: By how much thresholds move when all cuts are loosened together: parts of one such that it moves
        #: alike for all events, or not at all where they cannot.
        self.steps = self.scale.copy()
        for cut, shares in self._shares.items():
            if shares:
                factors = [np.nan_to_num(values) for values in _factors(spec, nominal, is_signal, cut)[1]]
                moved = np.tensordot([share for _, share, _ in shares], factors, axes=1)
                even = bool((moved > 0).all())
                for parameter, share, _ in shares:
                    self.steps[parameter] = self.cut_scale[cut] * share if even and share > 0 else 0.0
        # The ends of a window that shares one with a window of another feature have units of their own.
        alike = [pair for pair in self.pairs if self.cut_of[pair[0]] == self.cut_of[pair[1]]]
        self._upper = {high: low for low, high in reversed(alike)}
        self.fixed = {
            p: float(
                np.clip((value - self.centre[p]) / self.scale[p], self.lowest[p] - 1, self.highest[p] + 1)
            )
            for p, value in (fixed or {}).items()
        }

    def _scale_term(self, parameter: int, cut: int, share: float, size: float) -> None:
        """Scale a part of a threshold by its share in a constant one and the size of its factor."""
        reach = self.quantiles[cut, -1] - self.quantiles[cut, 0]
        middle = float(self._at(0.5)[cut])
        self.centre[parameter] = share * middle
        self.scale[parameter] = self.cut_scale[cut] / size
        if share > CONSTANT:
            ends = self.quantiles[cut, 0], self.quantiles[cut, -1]
        else:
            ends = self.centre[parameter] - reach / size, self.centre[parameter] + reach / size
            self.is_slope[parameter] = True
        self.lowest[parameter], self.highest[parameter] = (
            (float(end) - self.centre[parameter]) / self.scale[parameter] for end in ends
        )

    def _scale_alike(self, parameters: list[int]) -> None:
        """Neighbours move alike when all cuts are loosened together."""
        ends = [self.centre + edge * self.scale for edge in (self.lowest, self.highest)]
        self.scale[parameters] = self.scale[parameters].mean()
        for edge, end in zip((self.lowest, self.highest), ends, strict=True):
            edge[parameters] = ((end - self.centre) / self.scale)[parameters]

    def in_order(self, free: NDArray[np.float64]) -> NDArray[np.float64]:
        """Nearest free numbers with which monotone chains are so."""
        if not any(chain.sign for chain in self.spec.chains):
            return free
        thresholds = self.thresholds(free) * self.scale + self.centre
        return self.free(self.standardise(in_order(self.spec, thresholds)))

    def shares(self, cut: int) -> list[tuple[int, float]]:
        """Parameters of the parts of a threshold, with what each is where the whole is one."""
        return [(parameter, share) for parameter, share, _ in self._shares[cut]]

    def _at(self, level: float) -> NDArray[np.float64]:
        return np.asarray(self.quantiles[:, int(np.argmin(np.abs(self.levels - level)))])

    def first_cut(self, parameter: int) -> int:
        """First cut that uses a threshold."""
        return self.spec.users(parameter)[0]

    def thresholds(self, free: NDArray[np.float64]) -> NDArray[np.float64]:
        """Thresholds in widths from the median, shape (points, parameters), of free numbers."""
        return self._forward(free)[0]

    def _forward(self, free: NDArray[np.float64]) -> tuple[NDArray[np.float64], list[NDArray[np.bool_]]]:
        """Thresholds, and per pair where its moving end was held by the other one."""
        made = np.array(free, dtype=np.float64)
        for high, low in self._upper.items():
            made[:, high] = made[:, low] + np.exp(made[:, high])
        for parameter, value in self.fixed.items():
            made[:, parameter] = value
        held = []
        for moving, other, side in self._ordered():
            limit = self._carried(made[:, other], other, moving)
            is_held = side * (made[:, moving] - limit) < 0
            made[is_held, moving] = limit[is_held]
            held.append(is_held)
        return made, held

    def _carried(self, values: NDArray[np.float64], one: int, other: int) -> NDArray[np.float64]:
        """Standardised values of one threshold in the widths of another."""
        if self.cut_of[one] == self.cut_of[other]:
            return values
        wide = values * self.scale[one] + self.centre[one]
        return np.asarray((wide - self.centre[other]) / self.scale[other])

    def _ordered(self) -> list[tuple[int, int, int]]:
        """Per pair the end that yields, the other one, and the side of it where it has to be.

        Where an end is fixed, or windows share ends, they could cross in spite of the logarithm.
        """
        return [(low, high, -1) if high in self.fixed else (high, low, 1) for low, high in self.pairs]

    def pull_back(self, free: NDArray[np.float64], gradient: NDArray[np.float64]) -> NDArray[np.float64]:
        """Derivatives in thresholds, widths from the median, as derivatives in the free numbers."""
        back = np.array(gradient, dtype=np.float64)
        for (moving, other, _), held in reversed(
            list(zip(self._ordered(), self._forward(free)[1], strict=True))
        ):
            back[held, other] += back[held, moving] * (self.scale[other] / self.scale[moving])
            back[held, moving] = 0.0
        back[:, list(self.fixed)] = 0.0
        for high, low in reversed(self._upper.items()):
            back[:, low] += back[:, high]
            back[:, high] *= np.exp(free[:, high])
        return back

    def free(self, standardised: NDArray[np.float64]) -> NDArray[np.float64]:
        """Free numbers of thresholds in widths from the median: the inverse of :meth:`thresholds`."""
        free = np.array(standardised, dtype=np.float64)
        for high, low in self._upper.items():
            free[:, high] = np.log(np.maximum(standardised[:, high] - standardised[:, low], 1e-3))
        return free

    def bounds(self, margin: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Smallest and largest free numbers.

        A cut is open ``margin`` widths outside of the central 99% of its feature. It goes no further: in the
        empty tail of a feature no gradient would bring it back.
        """
        low, high = self.lowest - margin, self.highest + margin
        for upper in self._upper:
            low[upper], high[upper] = (
                np.log(1e-3),
                np.log(self.highest[upper] - self.lowest[upper] + 2 * margin),
            )
        return low, high

    def standardise(self, thresholds: NDArray[np.float64]) -> NDArray[np.float64]:
        """Thresholds in widths from the median; infinities stay."""
        return np.asarray((thresholds - self.centre) / self.scale)

    def within(self, standardised: NDArray[np.float64]) -> NDArray[np.float64]:
        """Thresholds of which those at infinity lie just outside of the events, and no window is inverted."""
        # An open threshold is far out everywhere: what it changes by from event to event does not matter.
        finite = np.where(np.isinf(standardised) & self.is_slope, 0.0, standardised)
        rows = np.clip(finite, self.lowest - 1.0, self.highest + 1.0)
        for low, high in self.pairs:  # an open veto
            rows[..., low] = np.minimum(rows[..., low], self._carried(rows[..., high], high, low))
        return np.asarray(rows)

    def points(self, standardised: NDArray[np.float64], width: float) -> NDArray[np.float64]:
        """Points of an engine: thresholds in the units of their features, then widths."""
        thresholds = standardised * self.scale + self.centre
        for _ in self.pairs:  # rounding, and pairs that hang together
            for low, high in self.pairs:
                thresholds[:, low] = np.minimum(thresholds[:, low], thresholds[:, high])
        return np.hstack([thresholds, np.tile(width * self.cut_scale, (len(standardised), 1))])


#: A part of a threshold that is more than this where the whole is one is a constant or a knot, not a slope.
CONSTANT = 0.5


def _factors(
    spec: KernelSpec, segments: list[Segment], is_signal: list[bool], cut: int
) -> tuple[list[int], list[NDArray[np.float64]], NDArray[np.float64]]:
    """Parts of a threshold: parameters, factors of every event or object, and the weights of these."""
    if spec.tree is None:
        return [], [], np.empty(0)
    _, weights = balanced(segments, is_signal, cut)
    parameters, factors = [], []
    constant = int(spec.low[cut] if spec.has_low(cut) else spec.high[cut])
    if constant >= 0:
        parameters.append(constant)
        factors.append(np.ones(len(weights)))
    for t in np.flatnonzero(spec.tree.term_cuts == cut):
        parameters.append(int(spec.tree.term_parameters[t]))
        factors.append(balanced(segments, is_signal, int(spec.tree.term_columns[t]))[0])
    return parameters, factors, weights


def _shares(
    spec: KernelSpec, segments: list[Segment], is_signal: list[bool], cut: int
) -> list[tuple[int, float, float]]:
    """Parts of a threshold: parameter, its share in a constant one, and the typical size of its factor."""
    if not spec.varies(cut):
        return []
    parameters, columns, weights = _factors(spec, segments, is_signal, cut)
    for parameter, column in zip(parameters, columns, strict=True):
        infinite = int(np.isinf(column).sum())
        if infinite:
            raise DataError(
                f"what '{spec.parameters[parameter]}' is multiplied with is infinite",
                given=f"{infinite} of {len(column)} events or objects",
                where=f"the threshold of '{spec.cuts[cut]}'",
                hint="require that it is finite",
            )
    factors = np.nan_to_num(np.array(columns), nan=0.0)
    root = np.sqrt(weights)
    shares = np.linalg.lstsq((factors * root).T, root, rcond=None)[0]
    sizes = np.sqrt((factors**2 * weights).sum(1) / max(float(weights.sum()), 1e-300))
    for parameter, size in zip(parameters, sizes, strict=True):
        if size == 0:
            raise DataError(
                f"no event depends on '{spec.parameters[parameter]}', part of the threshold of "
                f"'{spec.cuts[cut]}'",
                hint="choose knots where there are events",
            )
    return [
        (parameter, float(share), float(size))
        for parameter, share, size in zip(parameters, shares, sizes, strict=True)
    ]


def balanced(
    segments: list[Segment], is_signal: list[bool], column: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Values of a column, of events or objects, with :func:`balanced_weights`."""
    whole = balanced_weights(segments, is_signal)
    if not segments:
        return np.empty(0), whole
    bounds = np.cumsum([0, *(segment.n_events for segment in segments)])
    found = [
        replace(segment, weights=whole[first:last]).flat(column)
        for segment, first, last in zip(segments, bounds[:-1], bounds[1:], strict=True)
    ]
    values, weights = zip(*found, strict=True)
    return np.concatenate(values), np.concatenate(weights)


def balanced_weights(segments: list[Segment], is_signal: list[bool]) -> NDArray[np.float64]:
    """Absolute weights, signal and background normalised to one each."""
    sums = dict.fromkeys((True, False), 0.0)
    for segment in segments:
        sums[is_signal[segment.at[1]]] += float(np.abs(segment.weights).sum())
    return np.concatenate(
        [np.abs(segment.weights) / max(sums[is_signal[segment.at[1]]], 1e-300) for segment in segments]
    )
