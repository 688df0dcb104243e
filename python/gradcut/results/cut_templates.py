"""Samples counted behind learned cuts, in every variation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import numpy as np

from gradcut.engines.collected import collect
from gradcut.fitting.events import HardEvents
from gradcut.fitting.judging import Unused
from gradcut.fitting.parts import Parts
from gradcut.results.folds import partition_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.results.cut_result import CutResult
    from gradcut.samples import Samples
    from gradcut.yields import Yields

__all__ = ["templates"]


def templates(
    result: CutResult,
    samples: Samples,
    *,
    folds: bool,
    reader: Literal["auto", "root", "uproot"],
    unblind: bool,
) -> Yields:
    """See :meth:`gradcut.CutResult.templates`."""
    spec = result.selection.kernel_spec()

    def point(values: Mapping[str, float]) -> NDArray[np.float64]:
        return np.array([values[name] for name in spec.parameters])

    if not folds:
        tables = collect(result.selection, samples, reader=reader, unblind=unblind)
        return HardEvents(spec, tables).yields(point(result.values)[None])
    partition = partition_of(result)
    tables = collect(result.selection, samples, split=partition, reader=reader, unblind=unblind)
    parts = Parts(tables, partition)
    unused = Unused.of(parts, parts.plans(), [point(row.values) for row in result.folds], spec)
    assert unused is not None  # partition_of has checked that there are cuts for every fold
    return unused.yields()
