"""Everything that a result says about its cuts, from one pass over all events with hard cuts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gradcut.fitting.pictures import POINTS, kind_name, rounded
from gradcut.fitting.starts import neutral_values, open_values
from gradcut.fitting.summary import WITHIN
from gradcut.out_of_core.passes import Cells, Hard, Missing, Soft, Sweep
from gradcut.results.pictures import CutPicture, Histogram, ThresholdScan
from gradcut.results.rows import ThresholdRow
from gradcut.yields import Moments, Yields

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gradcut.fitting.scaling import Scaling
    from gradcut.kernel_spec import KernelSpec
    from gradcut.objectives import Objective
    from gradcut.out_of_core.passes import Passes, Request, Sums

__all__ = ["CutNumbers", "cut_numbers", "final_requests"]

#: Candidates between which the interval of a threshold ends, and widths to either side that they reach.
STEPS, REACH = 201, 4.0


class CutNumbers(NamedTuple):
    """What was found."""

    used: Yields
    unused: Yields | None
    soft: float
    thresholds: tuple[ThresholdRow, ...]
    pictures: tuple[CutPicture, ...]


class _Asked(NamedTuple):
    """Requests by what they are for."""

    requests: list[Request]
    places: dict[tuple[str, int], int]

    def add(self, what: str, number: int, request: Request) -> None:
        self.places[what, number] = len(self.requests)
        self.requests.append(request)


def final_requests(
    spec: KernelSpec,
    scaling: Scaling,
    values: NDArray[np.float64],
    edges: Sequence[NDArray[np.float64]],
    width: float,
    used: str,
    unused: str | None,
) -> _Asked:
    """Ask for everything that is quoted.

    Parameters
    ----------
    spec : KernelSpec
        The cuts.
    scaling : Scaling
        Widths of the features.
    values : ndarray of shape (thresholds,)
        The result.
    edges : sequence of ndarray
        Per cut the bins of its picture.
    width : float
        Of the smooth cuts.
    used, unused : str
        Parts that were learned from, and that judge.
    """
    asked = _Asked([], {})
    absent = neutral_values(spec)
    points = [values]
    for parameter in range(len(spec.parameters)):
        ends = sorted({p for c in spec.users(parameter) for p in spec.parameters_of(c)})
        for base, others in ((values, absent), (absent, values)):
            point = base.copy()
            point[ends] = others[ends]
            points.append(point)
        asked.add("interval", parameter, Sweep(used, parameter, values, _around(scaling, values, parameter)))
    row = scaling.within(scaling.standardise(values[None]))
    asked.add("used", 0, Hard(used, np.array(points)))
    asked.add("soft", 0, Soft(used, scaling.points(row, width)))
    asked.add("missing", 0, Missing(""))
    asked.add("missing others", 0, Missing("", values))
    if unused is not None:
        asked.add("unused", 0, Hard(unused, np.array([values, *points[1::2]])))
    for cut in range(spec.n_cuts):
        asked.add("before", cut, Cells("", (cut,), (edges[cut],)))
        asked.add("others", cut, Cells("", (cut,), (edges[cut],), values))
        for parameter in (int(p) for p in (spec.low[cut], spec.high[cut]) if p >= 0):
            for what, part in (("scan", used), ("judged", unused)):
                if part is not None:
                    found = _scanned(spec, values, parameter, cut, edges[cut])
                    if len(found):
                        asked.add(what, parameter, Sweep(part, parameter, values, found))
    return asked


def cut_numbers(
    passes: Passes,
    spec: KernelSpec,
    objective: Objective,
    values: NDArray[np.float64],
    start: NDArray[np.float64],
    asked: _Asked,
    sums: list[Sums],
    parts: tuple[str, str | None],
) -> CutNumbers:
    """Make the rows of what a pass found.

    Parameters
    ----------
    passes : Passes
        Whose axes the sums have.
    spec, objective, values
        What was learned.
    start : ndarray of shape (thresholds,)
        Where the start that won began.
    asked, sums
        Requests of :func:`final_requests`, and the answers.
    parts : tuple of str
        Used and unused.
    """

    def of(what: str, number: int, part: str) -> Yields:
        return Yields(passes.layout(part), Moments(*sums[asked.places[what, number]].moments))

    used_part, unused_part = parts
    used = of("used", 0, used_part)
    scores = objective.hard(used)
    judged = None
    if unused_part is not None and not objective.is_constrained:
        judged = objective.hard(of("unused", 0, unused_part))
    lost, wide = sums[asked.places["missing", 0]].moments, open_values(spec)
    at = float(objective.penalised(_point(used, 0))[0])
    rows = []
    for parameter, name in enumerate(spec.parameters):
        request = asked.requests[asked.places["interval", parameter]]
        found = objective.penalised(of("interval", parameter, used_part))
        good = found >= at - WITHIN * abs(at)
        low, high = _reached(request.candidates, good, float(values[parameter]))  # type: ignore[union-attr]
        cuts = spec.users(parameter)
        rows.append(
            ThresholdRow(
                name=name,
                cut=", ".join(spec.cuts[c] for c in cuts),
                start=float(start[parameter]),
                learned=float(values[parameter]),
                low=low,
                high=high,
                without=float(scores[1 + 2 * parameter]),
                without_unused=None if judged is None else float(judged[1 + parameter]),
                alone=float(scores[2 + 2 * parameter]),
                is_open=bool(values[parameter] == wide[parameter]),
                missing=round(float(lost[0, cuts, :, :, 0, 0].sum())),
            )
        )
    soft = objective.hard(of("soft", 0, used_part))
    return CutNumbers(
        _point(used, 0),
        None if unused_part is None else _point(of("unused", 0, unused_part), 0),
        float(soft[0]),
        tuple(rows),
        tuple(_picture(spec, objective, cut, asked, sums, of, parts) for cut in range(spec.n_cuts)),
    )


def _picture(spec, objective, cut, asked, sums, of, parts) -> CutPicture:  # type: ignore[no-untyped-def]
    before, others = of("before", cut, ""), of("others", cut, "")
    layout = before.layout
    edges = asked.requests[asked.places["before", cut]].edges[0]
    lost = sums[asked.places["missing", 0]].moments[1, cut, :, :, 0, 1]
    lost_others = sums[asked.places["missing others", 0]].moments[1, cut, :, :, 0, 0]
    histograms, scans = [], []
    for c, channel in enumerate(layout.channels):
        for p, process in enumerate(layout.processes):
            if layout.present[c, p, 0]:
                histograms.append(
                    Histogram(
                        *(channel, process, layout.roles[p]),
                        before=tuple(rounded(before.moments.sum_w[0, c, p, 0])),
                        before_w2=tuple(rounded(before.moments.variance[0, c, p, 0])),
                        others=tuple(rounded(others.moments.sum_w[0, c, p, 0])),
                        others_w2=tuple(rounded(others.moments.variance[0, c, p, 0])),
                        missing=(float(lost[c, p]), float(lost_others[c, p])),
                    )
                )
    for parameter in (int(p) for p in (spec.low[cut], spec.high[cut]) if p >= 0):
        name = spec.parameters[parameter]
        if ("scan", parameter) not in asked.places:
            scans.append(ThresholdScan(name, (), (), None if parts[1] is None else ()))
            continue
        values = asked.requests[asked.places["scan", parameter]].candidates
        used = objective.hard(of("scan", parameter, parts[0]))
        judged = None if parts[1] is None else objective.hard(of("judged", parameter, parts[1]))
        scans.append(
            ThresholdScan(
                name,
                tuple(values.tolist()),
                tuple(rounded(used)),
                None if judged is None else tuple(rounded(judged)),
            )
        )
    kind = kind_name(int(spec.kinds[cut]))
    return CutPicture(spec.cuts[cut], kind, tuple(edges.tolist()), tuple(histograms), tuple(scans))


def _point(yields: Yields, at: int) -> Yields:
    return Yields(yields.layout, Moments(*(moment[at : at + 1] for moment in yields.moments)))


def _around(scaling: Scaling, values: NDArray[np.float64], parameter: int) -> NDArray[np.float64]:
    """Candidates around a threshold, or over the range of its feature where it is open."""
    centre, scale = float(scaling.centre[parameter]), float(scaling.scale[parameter])
    at = float(values[parameter])
    if not np.isfinite(at):
        low, high = (scale * float(end[parameter]) + centre for end in (scaling.lowest, scaling.highest))
        return _in_window(scaling, values, parameter, np.linspace(low, high, STEPS))
    found = at + REACH * scale * np.linspace(-1, 1, STEPS)
    return _in_window(scaling, values, parameter, np.unique(np.append(found, at)))


def _in_window(
    scaling: Scaling, values: NDArray[np.float64], parameter: int, found: NDArray[np.float64]
) -> NDArray[np.float64]:
    for low, high in scaling.pairs:
        if parameter == low:
            found = found[found <= values[high]]
        elif parameter == high:
            found = found[found >= values[low]]
    return found if len(found) else np.clip(values[[parameter]], -1e300, 1e300)


def _reached(candidates: NDArray[np.float64], good: NDArray[np.bool_], learned: float) -> tuple[float, float]:
    """Last candidates before the first that is worse, going away from the learned threshold."""
    ends = []
    for outward in (np.flatnonzero(candidates < learned)[::-1], np.flatnonzero(candidates > learned)):
        bad = np.flatnonzero(~good[outward])
        n = int(bad[0]) if len(bad) else len(outward)
        ends.append(float(candidates[outward[n - 1]]) if n else learned)
    return ends[0], ends[1]


def _scanned(
    spec: KernelSpec, values: NDArray[np.float64], parameter: int, cut: int, edges: NDArray[np.float64]
) -> NDArray[np.float64]:
    found = np.linspace(edges[0], edges[-1], POINTS)
    if np.isfinite(values[parameter]):
        found = np.unique(np.append(found, values[parameter]))
    if spec.low[cut] >= 0 and spec.high[cut] >= 0:  # the ends of a window or veto stay in order
        is_low = spec.low[cut] == parameter
        other = values[spec.high[cut] if is_low else spec.low[cut]]
        found = found[found <= other if is_low else found >= other]
    return np.asarray(found)
