"""Templates of all samples and variations from the moments of yields, forth and back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradcut.stats.smoothing import kernel, pull_back_smoothed, smoothed
from gradcut.stats.template_kinds import both_sides, pull_back_sides
from gradcut.yields import Moments

if TYPE_CHECKING:
    from gradcut.stats.template_rows import RowKind, SampleRow, VariedRow
    from gradcut.yields import YieldsLayout

__all__ = ["TemplateMaker", "Templates"]

_Array = NDArray[np.float64]


class Templates(NamedTuple):
    """Templates, or the cotangents that belong to them."""

    #: Nominal templates and their MC variances, shape (points, samples, bins).
    nominal: _Array
    variance: _Array
    #: Templates at +1 and at -1, shape (points, variations, bins).
    up: _Array
    down: _Array


class _Group(NamedTuple):
    """Variations that are made in one way of the same number of tags: a slice of all."""

    kind: RowKind
    part: slice
    #: Rows of the yields, shape (variations, tags).
    rows: NDArray[np.intp]
    #: Samples, shape (variations,).
    samples: NDArray[np.intp]
    size: _Array


class TemplateMaker:
    """Makes templates of moments.

    Parameters
    ----------
    layout : YieldsLayout
        Axes of the moments.
    samples : sequence of SampleRow
        The samples.
    varied : sequence of VariedRow
        Their variations.
    bins : sequence of int, optional
        Bins to use.
    floor : ndarray, shape (samples,)
        Least events of a template in a bin.
    variance_floor : ndarray, shape (samples,)
        Least MC variance of a template in a bin.

    Attributes
    ----------
    varied : tuple of VariedRow
        The variations in the order of the templates.
    n_bins : int
        Number of bins that are used.
    """

    def __init__(
        self,
        layout: YieldsLayout,
        samples: Sequence[SampleRow],
        varied: Sequence[VariedRow],
        bins: Sequence[int] | None,
        floor: _Array,
        variance_floor: _Array,
    ) -> None:
        self.shape, self._floor, self._least = layout.shape, floor[:, None], variance_floor[:, None]
        self.samples = tuple(samples)
        self.varied = tuple(sorted(varied, key=_way))
        self._bins = None if bins is None else np.asarray(bins, dtype=np.intp)
        self.n_bins = len(layout.bins) if self._bins is None else len(self._bins)
        self._nominal = np.array([self._row(row, 0) for row in samples], dtype=np.intp)
        self._sample_of = np.array([row.sample for row in self.varied], dtype=np.intp)
        self._floor_of = self._floor[self._sample_of]
        self._groups = tuple(self._make_groups())
        self._kernels = [
            (
                np.array([m for m, row in enumerate(self.varied) if row.smoothing == width], dtype=np.intp),
                kernel(width, self.n_bins),
            )
            for width in sorted({row.smoothing for row in self.varied} - {0.0})
        ]
        # Sums over the variations of each sample, as a product of matrices.
        self._onto_samples = (np.arange(len(samples))[:, None] == self._sample_of).astype(np.float64)

    def _row(self, sample: SampleRow, tag: int) -> int:
        _, processes, variations, _ = self.shape
        return (sample.channel * processes + sample.process) * variations + tag

    def _make_groups(self) -> list[_Group]:
        groups, first = [], 0
        for (kind, n_tags), found in groupby(self.varied, key=_way):
            rows = list(found)
            groups.append(
                _Group(
                    kind,
                    slice(first, first + len(rows)),
                    np.array(
                        [[self._row(self.samples[r.sample], tag) for tag in r.tags] for r in rows],
                        dtype=np.intp,
                    ).reshape(len(rows), n_tags),
                    np.array([r.sample for r in rows], dtype=np.intp),
                    np.array([[r.size] for r in rows]),
                )
            )
            first += len(rows)
        return groups

    def linearised(self, moments: Moments) -> tuple[Templates, Callable[[Templates], Moments]]:
        """Return the templates, and what pulls cotangents of them back to the moments."""
        sum_w = self._flat(moments.sum_w)
        raw_variance = self._flat(moments.variance).take(self._nominal, 1)
        raw = sum_w.take(self._nominal, 1)
        nominal, variance = np.maximum(raw, self._floor), np.maximum(raw_variance, self._least)
        # Sides are made of yields as they are, and raised then: a mirrored one is as far on the other side.
        given = [(sum_w.take(group.rows, 1), raw.take(group.samples, 1)) for group in self._groups]
        made = [
            both_sides(group.kind, *numbers, group.size)
            for group, numbers in zip(self._groups, given, strict=True)
        ]
        raw_sides = [_joined([pair[i] for pair in made], nominal) for i in (0, 1)]
        floored = [np.maximum(side, self._floor_of) for side in raw_sides]
        sides = [side.copy() for side in floored] if self._kernels else floored
        for which, matrix in self._kernels:
            of_sample = nominal[:, self._sample_of[which]]
            for side, before in zip(sides, floored, strict=True):
                side[:, which] = smoothed(before[:, which], of_sample, matrix)

        def pull_back(cotangents: Templates) -> Moments:
            d_nominal = cotangents.nominal
            d_sides = [cotangents.up, cotangents.down]
            for which, matrix in self._kernels:
                of_sample = nominal[:, self._sample_of[which]]
                for i, before in enumerate(floored):
                    d_varied, d_of_sample = pull_back_smoothed(
                        before[:, which], of_sample, matrix, d_sides[i][:, which]
                    )
                    d_sides[i] = d_sides[i].copy()
                    d_sides[i][:, which] = d_varied
                    d_nominal = d_nominal + self._onto_samples[:, which] @ d_of_sample
            d_moments = np.zeros((3, *sum_w.shape))
            d_raw = d_nominal * (raw > self._floor)
            if self.varied:
                d_up, d_down = (
                    d * (side > self._floor_of) for d, side in zip(d_sides, raw_sides, strict=True)
                )
            for group, numbers in zip(self._groups, given, strict=True):
                d_given, of_sample_or_none = pull_back_sides(
                    group.kind, *numbers, group.size, d_up[:, group.part], d_down[:, group.part]
                )
                # No two variations are made of the same tag of a sample.
                d_moments[1][:, group.rows] = d_given
                if of_sample_or_none is not None:
                    d_raw += self._onto_samples[:, group.part] @ of_sample_or_none
            d_moments[1][:, self._nominal] = d_raw
            d_moments[2][:, self._nominal] = cotangents.variance * (raw_variance > self._least)
            return Moments(*self._full(d_moments))

        return Templates(nominal, variance, sides[0], sides[1]), pull_back

    def _flat(self, moment: NDArray[np.float64]) -> _Array:
        """One row per channel, process and variation, with the bins that are used."""
        array = np.asarray(moment, dtype=np.float64)
        flat = array.reshape(len(array), -1, self.shape[3])
        return flat if self._bins is None else flat[:, :, self._bins]

    def _full(self, flat: _Array) -> _Array:
        if self._bins is not None:
            some, flat = flat, np.zeros((*flat.shape[:-1], self.shape[3]))
            flat[..., self._bins] = some
        return flat.reshape(3, -1, *self.shape)


def _joined(sides: list[_Array], nominal: _Array) -> _Array:
    if len(sides) == 1:
        return sides[0]
    return np.concatenate(sides, 1) if sides else nominal[:, :0]


def _way(row: VariedRow) -> tuple[RowKind, int]:
    return row.kind, len(row.tags)
