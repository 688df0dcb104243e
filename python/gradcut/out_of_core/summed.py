"""Passes by event loops: everything that a pass is asked for is booked, then every file is read once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.binning.bins_spec import BinsSpec
from gradcut.engines.collected import features_of
from gradcut.engines.loops import COARSE, check_finite, layout_of_streams, place, powers
from gradcut.engines.moments import objects_of
from gradcut.engines.parameters import ParameterMap
from gradcut.engines.runners import Asked, Bookable, BookBins, BookSelection, LocalRunner
from gradcut.engines.segments import assemble, copy_nominal_where_absent
from gradcut.errors import DeclarationError
from gradcut.out_of_core.division import BookFeatures, BookInPart, BookWithoutOne, Division
from gradcut.out_of_core.histogram_sweep import edges_of, is_histogram, swept
from gradcut.out_of_core.parts import EVERYTHING, scaled_parts
from gradcut.out_of_core.passes import Cells, Hard, Missing, Request, Soft, Sums

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.engines.base import Precision
    from gradcut.engines.runners import Runner
    from gradcut.engines.segments import Row
    from gradcut.samples import Samples
    from gradcut.samples.splits import Partition
    from gradcut.selection import Selection
    from gradcut.yields import YieldsLayout

__all__ = ["SummedPasses"]

#: Stands for an infinite threshold: no finite value is beyond it.
_LARGEST = float(np.finfo(np.float64).max)
#: What is booked for a request, and what makes its sums of the sums of every variation.
_Plan = tuple[list[Bookable], Callable[[list[list["Row"]]], Sums]]


class SummedPasses:
    """Sums over events in their files.

    Parameters
    ----------
    selection : Selection
        The selection.
    samples : Samples
        Files or RDataFrame nodes.
    partition : Split or Folds, optional
        What divides the events.
    parts : sequence of str
        What will be asked for; see :class:`gradcut.out_of_core.passes.Passes`.
    precision : {"float32", "float64"}, default "float32"
        Of the smooth cuts.
    runner : Runner, optional
        Who runs the loops; by default this process.
    who : str, default "event-loop"
        Its name.

    Notes
    -----
    Two loops are run at once, for the sums that normalise and divide. Memory does not depend on the number of
    events.
    """

    def __init__(
        self,
        selection: Selection,
        samples: Samples,
        partition: Partition | None,
        parts: Sequence[str],
        *,
        precision: Precision = "float32",
        runner: Runner | None = None,
        who: str = "event-loop",
    ) -> None:
        self.who, self.precision, self.spec = who, precision, selection.kernel_spec()
        self._runner = LocalRunner() if runner is None else runner
        self.map = ParameterMap(self.spec)
        features = features_of(selection, samples)
        n_columns = len(self.spec.columns)
        self._division = Division(
            partition, samples.event_columns, n_columns, n_fixed=len(features) - n_columns
        )
        if partition is not None and partition.expression is not None:
            features["which part"] = partition.expression
        elif partition is not None and not samples.event_columns:
            raise DeclarationError(
                "dividing events by a hash needs their identity", hint='gc.Samples(event=["run", "event"])'
            )
        streams = samples.stream(
            features,
            sentinels=selection.sentinels,
            objects=objects_of(self.spec),
            counting=self._runner.count,
        )
        whole = layout_of_streams(streams)
        self.n_events = int(whole.total_entries.sum())
        self._streams = scaled_parts(streams, self._division, parts, samples, self._runner)
        self._layouts = {part: layout_of_streams(found) for part, found in self._streams.items()}

    def layout(self, part: str) -> YieldsLayout:
        """Axes and totals of a part."""
        return self._layouts[part]

    def run(self, requests: Sequence[Request]) -> list[Sums]:
        """Ask for everything at once, so that every file is read once, and return the sums."""
        numbers: dict[tuple[str, bytes], int] = {}
        plans = [self._plan(request, numbers) for request in requests]
        asked, owners = [], []
        for request, (bookables, _) in zip(requests, plans, strict=True):
            for bookable in bookables:
                for stream in self._streams[request.part].streams:
                    for streamed in stream.tags:
                        asked.append(Asked(streamed, bookable, (streamed.tag, *streamed.vary)))
                        owners.append((stream, streamed))
        found = iter(zip(owners, self._runner.run(asked), strict=True))
        answers = []
        for request, (bookables, finish) in zip(requests, plans, strict=True):
            layout = self._layouts[request.part]
            n = sum(len(stream.tags) for stream in self._streams[request.part].streams)
            answers.append(finish([list(_rows(layout, [next(found) for _ in range(n)])) for _ in bookables]))
        return answers

    def _plan(self, request: Request, numbers: dict[tuple[str, bytes], int]) -> _Plan:
        if isinstance(request, Soft):
            points = self.map.check(request.points)
            return [self._points(request.part, points, hard=False)], lambda rows: self._sums(
                request.part, len(points), rows[0], soft=True
            )
        if isinstance(request, Hard):
            return self._hard(request.part, request.thresholds)
        if isinstance(request, Missing):
            return self._missing(request, numbers)
        if isinstance(request, Cells):
            return self._cells(request, numbers)
        if not is_histogram(self.spec, request.parameter):
            points = np.repeat(request.thresholds[None], len(request.candidates), axis=0)
            points[:, request.parameter] = request.candidates
            return self._hard(request.part, points)
        edges, cut = edges_of(self.spec, request), self.spec.users(request.parameter)[0]
        booked, finish = self._cells(Cells(request.part, (cut,), (edges,), request.thresholds), numbers)
        return booked, lambda rows: Sums(swept(self.spec, request, edges, finish(rows).moments))

    def _hard(self, part: str, thresholds: NDArray[np.float64]) -> _Plan:
        finite = np.clip(thresholds, -_LARGEST, _LARGEST)
        points = np.hstack([finite, np.ones((len(finite), self.spec.n_cuts))])
        booked = [self._points(part, points, hard=True)]
        return booked, lambda rows: self._sums(part, len(points), rows[0], soft=False)

    def _points(self, part: str, points: NDArray[np.float64], *, hard: bool) -> Bookable:
        at = self.map.thresholds(points)
        largest = np.maximum(np.abs(at.low), np.abs(at.high))
        coarse = hard or bool(np.any(largest > COARSE * at.width))
        return BookInPart(
            self._division,
            part,
            BookSelection(
                replace(self.spec, step="hard") if hard else self.spec,
                at,
                "float64" if coarse else self.precision,
                "none" if hard else "all",
            ),
        )

    def _sums(self, part: str, n_points: int, rows: list[Row], *, soft: bool) -> Sums:
        found = assemble(self._layouts[part], self.map, n_points, iter(rows))
        return Sums(np.stack(list(found.yields.moments)), found.jacobian if soft else None)

    def _cells(self, request: Cells, numbers: dict[tuple[str, bytes], int]) -> _Plan:
        sizes = tuple(len(edges) for edges in request.edges)
        names = tuple(self.spec.columns[feature] for feature in request.features)
        bins = BinsSpec("axes", "hard", names, n_edges=sizes)
        booked: Bookable
        if request.thresholds is None:
            point = np.concatenate([*request.edges, np.ones(len(sizes))])[None]
            booked = BookInPart(
                self._division, request.part, BookFeatures(request.features, BookBins(bins, point, "float64"))
            )
        else:
            number = _number(numbers, request.part, request.thresholds)
            booked = BookWithoutOne(
                *(self._division, request.part, self.spec, request.thresholds, number),
                *(request.features[0], bins, request.edges[0]),
            )
        return [booked], lambda rows: Sums(self._binned(request.part, rows[0], bins.n_bins))

    def _missing(self, request: Missing, numbers: dict[tuple[str, bytes], int]) -> _Plan:
        """What all events have, less those with a value."""
        part, at = request.part, request.thresholds
        edge, cuts = np.zeros(1), range(self.spec.n_cuts)
        bins = BinsSpec("axes", "hard", ("x",), n_edges=(1,))
        known = BookBins(bins, np.array([[0.0, 1.0]]), "float64")
        booked: list[Bookable] = []
        if at is not None:
            place = self._division, part, self.spec, at, _number(numbers, part, at)
            booked += [BookWithoutOne(*place, cut, bins, edge) for cut in cuts]
            booked += [BookWithoutOne(*place, cut, bins, edge, counted=True) for cut in cuts]
        else:
            for before in (True, False):
                booked += [
                    BookInPart(self._division, part, BookFeatures((cut,), known), before=before)
                    for cut in cuts
                ]
                booked.append(BookInPart(self._division, part, EVERYTHING, before=before))

        def finish(rows: list[list[Row]]) -> Sums:
            sums = [self._binned(part, one, one[0][2].shape[2]).sum(-1, keepdims=True) for one in rows]
            n = len(cuts)
            if at is not None:
                return Sums(np.concatenate([a - b for a, b in zip(sums[n:], sums[:n], strict=True)], axis=1))
            found = [
                np.concatenate([every - one for one in some], axis=1)
                for some, every in ((sums[:n], sums[n]), (sums[n + 1 : -1], sums[-1]))
            ]
            return Sums(np.concatenate(found, axis=-1))

        return booked, finish

    def _binned(self, part: str, rows: list[Row], n_bins: int) -> NDArray[np.float64]:
        layout = self._layouts[part]
        moments = np.zeros((3, 1, *layout.shape[:3], n_bins))
        for (c, p, v), scale, sums in rows:
            moments[:, :, c, p, v] = np.moveaxis(sums, 1, 0) * np.array([1.0, 1.0, scale])[:, None, None]
        copy_nominal_where_absent(layout, moments)
        return moments


def _number(numbers: dict[tuple[str, bytes], int], part: str, thresholds: NDArray[np.float64]) -> int:
    """Tell the sets of thresholds of a pass apart, per part."""
    key = part, thresholds.tobytes()
    return numbers.setdefault(key, sum(one == part for one, _ in numbers))


def _rows(layout: YieldsLayout, found: list[Any]) -> Iterator[Row]:
    for (stream, streamed), by_tag in found:
        for tag, sums in by_tag.items():
            check_finite(sums[:, 1], stream, tag)
            scale = stream.variance_scales[streamed.tag]
            yield place(layout, stream, tag), scale, sums * powers(stream, streamed)
