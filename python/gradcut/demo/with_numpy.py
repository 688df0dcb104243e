"""The cuts on plain arrays: masks and sums of numpy, nothing of gradcut's kernels or of RDataFrame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gradcut.demo.counted import Counted, Sums
from gradcut.demo.search import FILES, VARIATIONS, sample_folder

if TYPE_CHECKING:
    from gradcut.results import CutResult

__all__ = ["count", "read"]

Columns = dict[str, NDArray[Any]]


def read(*, uproot: bool) -> dict[str, Columns]:
    """Return all columns of every process, read by uproot or by ROOT."""
    return {
        process: _with_uproot(str(sample_folder() / file))
        if uproot
        else _with_root(str(sample_folder() / file))
        for process, file in FILES.items()
    }


def _with_uproot(path: str) -> Columns:
    import uproot

    with uproot.open(path) as file:
        columns: Columns = file["events"].arrays(library="np")
    return columns


def _with_root(path: str) -> Columns:
    from gradcut.rdf import book_collect, load

    frame = load().RDataFrame("events", path)
    columns = book_collect(frame, [str(name) for name in frame.GetColumnNames()]).value()
    return {name: np.array(values) for name, values in columns.items()}


def count(events: dict[str, Columns], fit: CutResult | None) -> Counted:
    """Count what passes the preselection and the cuts in every variation; without a fit, no cuts."""
    before, after = {}, {}
    for process, columns in events.items():
        for variation, (suffix, weight) in VARIATIONS.items():

            def column(name: str, columns: Columns = columns, suffix: str = suffix) -> NDArray[Any]:
                return columns.get(f"{name}{suffix}", columns[name])

            passed = column("presel") == 1
            weights = columns[weight].astype(np.float64)
            if variation == "nominal":
                before[process] = Sums.of(weights[passed])
            if fit is not None:
                passed = passed & fit.mask({name: column(name) for name in fit.selection.columns})
            after[process, variation] = Sums.of(weights[passed])
    return Counted(before, after)
