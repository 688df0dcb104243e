"""Histograms of the features and scans of the thresholds, for the pictures of a result."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gradcut.fitting.binning import Group, edges_of
from gradcut.fitting.decisions import passed_by_requirement
from gradcut.kernel_spec import KINDS
from gradcut.results.pictures import CutPicture, Histogram, ThresholdScan

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from gradcut.engines.segments import Segment
    from gradcut.fitting.events import HardEvents
    from gradcut.fitting.judging import Unused
    from gradcut.objectives import Objective
    from gradcut.results import ThresholdRow

__all__ = ["POINTS", "edges_of_cut", "kind_name", "pictures", "rounded"]

#: Points of a scan.
POINTS = 60
#: About so many events of a process tell the range of a feature.
ENOUGH = 50_000
_KIND_NAMES = {code: name for name, code in KINDS.items()}


def pictures(
    everything: HardEvents,
    used: HardEvents,
    unused: Unused | None,
    objective: Objective,
    values: NDArray[np.float64],
    rows: tuple[ThresholdRow, ...],
) -> tuple[CutPicture, ...]:
    """One picture per cut that is the same for all events; of objects, of those of the passing events.

    Parameters
    ----------
    everything : HardEvents
        All events, for the histograms.
    used : HardEvents
        Those that were learned from, for the scans.
    unused : Unused or None
        Those that were not, each with its cuts.
    objective : Objective
        What is scanned.
    values : ndarray of shape (parameters,)
        The thresholds.
    rows : tuple of ThresholdRow
        Their rows: a picture shows the interval, too.
    """
    spec = used.spec
    passing = _Passing(everything, values)
    found = []
    varying = set() if spec.tree is None else set(spec.tree.term_cuts.tolist())
    for cut in (c for c in range(spec.n_cuts) if c not in varying):
        parameters = [int(p) for p in (spec.low[cut], spec.high[cut]) if p >= 0]
        limits = [limit for p in parameters for limit in (rows[p].learned, rows[p].low, rows[p].high)]
        edges = _edges(passing, cut, limits)
        found.append(
            CutPicture(
                cut=spec.cuts[cut],
                kind=kind_name(int(spec.kinds[cut])),
                edges=tuple(edges.tolist()),
                histograms=tuple(
                    _histogram(everything, n, cut, passing.others(n, cut), edges) for n in passing.nominal
                ),
                scans=tuple(
                    _scan(used, unused, objective, values, parameter, cut, edges) for parameter in parameters
                ),
            )
        )
    return tuple(found)


def kind_name(kind: int) -> str:
    """Name of a kind of cuts, as pictures have it."""
    return _KIND_NAMES[kind]


def edges_of_cut(
    events: HardEvents, values: NDArray[np.float64], cut: int, limits: Iterable[float]
) -> NDArray[np.float64]:
    """Bins of the picture of a cut, from events that stand for all of them.

    Parameters
    ----------
    events : HardEvents
        The events.
    values : ndarray of shape (parameters,)
        The thresholds.
    cut : int
        Whose feature is shown.
    limits : iterable of float
        What lies inside the range.
    """
    return _edges(_Passing(events, values), cut, limits)


class _Passing:
    """Which events of the nominal segments meet which requirements, found once."""

    def __init__(self, events: HardEvents, values: NDArray[np.float64]) -> None:
        self.events = events
        self.nominal = [n for n, segment in enumerate(events.segments) if segment.at[2] == 0]
        self._failed = {
            n: [~met for _, met in passed_by_requirement(events.spec, events.segments[n], values)]
            for n in self.nominal
        }
        self._count = {n: np.sum(failed, axis=0, dtype=np.uint8) for n, failed in self._failed.items()}

    def others(self, number: int, cut: int) -> NDArray[np.bool_]:
        """Events of a segment that meet all other requirements."""
        return np.asarray(self._count[number] == self._failed[number][self.events.requirement_of(cut)])

    def role(self, number: int) -> str:
        """Role of the process of a segment."""
        return _role(self.events, number)


def _edges(passing: _Passing, cut: int, limits: Iterable[float]) -> NDArray[np.float64]:
    segments = passing.events.segments
    groups = []
    for is_signal in (True, False):
        parts = []
        for n in passing.nominal:
            if (passing.role(n) == "signal") == is_signal:
                some = slice(None, None, max(1, segments[n].n_events // ENOUGH))
                few = replace(
                    segments[n],
                    columns=tuple(column[some] for column in segments[n].columns),
                    weights=segments[n].weights[some],
                )
                values, weights = few.flat(cut)
                # Every nth event stands for n of them.
                absolute = np.abs(weights) * (segments[n].n_events / max(few.n_events, 1))
                parts.append((values, absolute, few.spread(cut, passing.others(n, cut)[some])))
        if parts:
            groups.append(Group(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True))))
    integers = all(segments[n].columns[cut].dtype.kind in "biu" for n in passing.nominal)
    return edges_of(groups, limits, integers=integers)


def _role(events: HardEvents, number: int) -> str:
    return events.layout.roles[events.segments[number].at[1]]


def _histogram(
    events: HardEvents, number: int, cut: int, others: NDArray[np.bool_], edges: NDArray[np.float64]
) -> Histogram:
    segment, layout = events.segments[number], events.layout
    before, before_w2, missing = _filled(segment, cut, np.ones_like(others), edges)
    after, after_w2, missing_after = _filled(segment, cut, others, edges)
    return Histogram(
        channel=layout.channels[segment.at[0]],
        process=layout.processes[segment.at[1]],
        role=_role(events, number),
        before=before,
        before_w2=before_w2,
        others=after,
        others_w2=after_w2,
        missing=(missing, missing_after),
    )


def _filled(
    segment: Segment, cut: int, chosen: NDArray[np.bool_], edges: NDArray[np.float64]
) -> tuple[tuple[float, ...], tuple[float, ...], float]:
    """Sums of weights and squared weights per bin, flow bins at the ends, and the yield without a value."""
    column, weights = segment.flat(cut)
    kept = segment.spread(cut, chosen)
    column, weights = column[kept], weights[kept]
    absent = np.isnan(column)
    bins = np.searchsorted(edges, column[~absent], side="right")
    sums = (
        np.bincount(bins, weights=term, minlength=len(edges) + 1).astype(np.float64)
        for term in (weights[~absent], weights[~absent] ** 2)
    )
    first, second = (tuple(rounded(values)) for values in sums)
    return first, second, rounded(weights[absent].sum()[None])[0]


def _scan(
    used: HardEvents,
    unused: Unused | None,
    objective: Objective,
    values: NDArray[np.float64],
    parameter: int,
    cut: int,
    edges: NDArray[np.float64],
) -> ThresholdScan:
    spec = used.spec
    candidates = np.linspace(edges[0], edges[-1], POINTS)
    if np.isfinite(values[parameter]):
        candidates = np.unique(np.append(candidates, values[parameter]))
    if spec.low[cut] >= 0 and spec.high[cut] >= 0:  # the ends of a window or veto stay in order
        is_low = spec.low[cut] == parameter
        other = values[spec.high[cut] if is_low else spec.low[cut]]
        candidates = candidates[candidates <= other if is_low else candidates >= other]
    if len(candidates) == 0:  # an open veto has both ends at infinity
        return ThresholdScan(spec.parameters[parameter], (), (), None if unused is None else ())
    judged = None if unused is None else objective.hard(unused.sweep(parameter, candidates))
    return ThresholdScan(
        parameter=spec.parameters[parameter],
        thresholds=tuple(candidates.tolist()),
        used=tuple(rounded(objective.hard(used.sweep(parameter, values, candidates)))),
        unused=None if judged is None else tuple(rounded(judged)),
    )


def rounded(values: NDArray[np.float64]) -> list[float]:
    """Seven digits: pictures need no more, and files stay small."""
    return [float(f"{value:.7g}") for value in values]
