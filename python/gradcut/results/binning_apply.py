"""Learned bins on arrays, on RDataFrame nodes and on samples."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from gradcut.binning.common import in_common, in_common_code
from gradcut.binning.learned import LearnedEdges
from gradcut.errors import DeclarationError
from gradcut.expressions.features import feature_values
from gradcut.results.folds import define_fold_of, fold_of
from gradcut.samples.of_channel import of_channel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.expressions.nodes import Expression
    from gradcut.results.binning_result import BinningResult
    from gradcut.samples import Samples
    from gradcut.yields import Yields

__all__ = ["axis", "define", "histogram", "index", "model", "read_columns", "templates", "values_of"]


def index(
    result: BinningResult, columns: Mapping[str, NDArray[Any]], *, folds: bool = False
) -> NDArray[np.int64]:
    """See :meth:`gradcut.BinningResult.index`."""
    values = values_of(result, columns)
    if not folds:
        return result.bins.index(values)
    number, shape = fold_of(result, columns), result.fold_shape
    found = np.full(len(number), -1, dtype=np.int64)
    for fold, row in enumerate(result.folds):
        own = in_common(row.bins.index(values), row.bins.bin_shape, shape)
        found = np.where(number == fold, own, found)
    return found


def values_of(result: BinningResult, columns: Mapping[str, NDArray[Any]]) -> list[NDArray[np.float64]]:
    """Evaluate what is binned, NaN where it is missing."""
    sentinels = result.provenance["sentinels"]
    return [feature_values(one, columns, sentinels) for one in result.bins.expressions.values()]


def define(result: BinningResult, node: Any, name: str, *, folds: bool = False) -> Any:
    """See :meth:`gradcut.BinningResult.define`."""
    from gradcut.rdf.nodes import as_node

    rnode = as_node(node, distributed=True)
    rnode, read = read_columns(result, rnode, name)
    if not folds:
        return result.bins.defined(rnode, name, read)
    rnode, fold = define_fold_of(result, rnode)
    code = "-1"
    for number, row in reversed(list(enumerate(result.folds))):
        own = f"_gradcut_{name}_{number}"
        rnode = row.bins.defined(rnode, own, read)
        common = in_common_code(own, row.bins.bin_shape, result.fold_shape)
        code = f"{fold} == {number} ? {common} : ({code})"
    return rnode.Define(name, code)


def read_columns(result: BinningResult, node: Any, name: str) -> tuple[Any, list[str]]:
    """Define the numbers that are binned where they are no columns by themselves."""
    from gradcut.rdf.features import define_features

    return define_features(node, name, result.bins.expressions.values(), result.provenance["sentinels"])


def model(result: BinningResult, name: str, title: str) -> tuple[Any, ...]:
    """See :meth:`gradcut.BinningResult.model`."""
    bins = result.divided
    own = name or "_".join("".join(c if c.isalnum() else "_" for c in one) for one in bins.expressions)
    if isinstance(bins, LearnedEdges) and len(bins.edges) <= 2:
        text = title or ";" + ";".join(bins.expressions)
        axes: list[Any] = []
        for edges in bins.edges:
            axes += [len(edges) - 1, array("d", edges.tolist())]
        return (own, text, *axes)
    return own, title or ";bin", result.n_bins, -0.5, result.n_bins - 0.5


def histogram(
    result: BinningResult, node: Any, weight: str | None, *, name: str, title: str, folds: bool
) -> Any:
    """See :meth:`gradcut.BinningResult.histogram`."""
    bins = result.divided
    number = f"_gradcut_bin_of_{name}" if name else "_gradcut_bin_of"
    inside = define(result, node, number, folds=folds)
    weights = [] if weight is None else [weight]
    own, text, *shape = model(result, name, title)
    if isinstance(bins, LearnedEdges) and len(bins.edges) == 1 and not folds:
        edges = bins.edges[0]
        centres = ", ".join(repr(float(c)) for c in (edges[:-1] + edges[1:]) / 2)
        # The middle of its bin stands for an event, also for one beyond the ends of the range.
        placed = inside.Filter(f"{number} >= 0").Define(
            f"{number}_x", f"static const double middle[] = {{{centres}}}; return middle[{number}];"
        )
        return placed.Histo1D((own, text, *shape), f"{number}_x", *weights)
    n = int(np.prod(result.fold_shape if folds else bins.bin_shape, dtype=np.int64))
    flat = (own, text or ";bin", n, -0.5, n - 0.5)
    return inside.Filter(f"{number} >= 0").Histo1D(flat, number, *weights)


def axis(result: BinningResult, name: str | None) -> Any:
    """See :meth:`gradcut.BinningResult.axis`."""
    from gradcut.extras import need

    need("hist", "result.axis()")
    from hist.axis import Variable

    found = result.axis_edges
    if name is None and len(found) != 1:
        raise DeclarationError("there are several axes", given=", ".join(found), hint="result.axis('...')")
    chosen = next(iter(found)) if name is None else name
    if chosen not in found:
        raise DeclarationError(f"no axis is called '{chosen}'", allowed=", ".join(found))
    return Variable(found[chosen], name=chosen, label=chosen)


def templates(
    result: BinningResult,
    samples: Samples,
    *,
    folds: bool,
    reader: Literal["auto", "root", "uproot"],
    unblind: bool,
) -> Yields:
    """See :meth:`gradcut.BinningResult.templates`."""
    if result.channels:
        from gradcut.side_by_side import joined_yields

        return joined_yields(
            {
                name: templates(result.channel(name), samples, folds=folds, reader=reader, unblind=unblind)
                for name in result.channels
            }
        )
    from gradcut.binning.bins_spec import BinsSpec
    from gradcut.binning.hard import hard_yields, pooled
    from gradcut.fitting.parts import Parts
    from gradcut.results.folds import partition_of

    expressions: dict[str, Expression] = result.bins.expressions
    spec = BinsSpec("axes", "logistic", tuple(expressions), (0,) * len(expressions))
    sentinels = result.provenance["sentinels"]
    channel = result.provenance.get("channel")
    if channel is not None:
        samples = of_channel(samples, channel)
    if not folds:
        tables = samples.collect(expressions, sentinels=sentinels, reader=reader, unblind=unblind)
        return hard_yields(result.bins, tables, spec)
    partition = partition_of(result)
    tables = samples.collect(
        expressions, split=partition, sentinels=sentinels, reader=reader, unblind=unblind
    )
    parts = Parts(tables, partition)
    found = [
        hard_yields(row.bins, parts.unscaled(plan.test, plan.name), spec)
        for row, plan in zip(result.folds, parts.plans(), strict=True)
        if plan.test is not None
    ]
    return pooled(found, hard_yields(result.bins, tables, spec).layout)
