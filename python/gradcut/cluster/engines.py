"""Engines whose events are summed by the workers of a Dask cluster."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gradcut.cluster.runner import CHUNK, DaskRunner
from gradcut.cluster.sources import check_sources
from gradcut.engines.bins.event_loop import EventLoopBinsEngine
from gradcut.engines.event_loop import EventLoopEngine

if TYPE_CHECKING:
    from gradcut.binning.bins_spec import BinsSpec
    from gradcut.engines.base import Precision
    from gradcut.expressions.nodes import Expression
    from gradcut.samples import Samples
    from gradcut.samples.splits import Partition
    from gradcut.selection import Selection

__all__ = ["DaskBinsEngine", "DaskEngine"]


class DaskEngine(EventLoopEngine):
    """Yields of events that stay in their files, summed on a cluster.

    Parameters
    ----------
    selection : Selection
        The selection.
    samples : Samples
        Files, which the workers see under the same names, with ``prepare`` functions that can be pickled.
    client : distributed.Client, optional
        The client; by default the one that was made last.
    chunk : int, default 500000
        About how many entries a task reads, whole clusters of the file where they are smaller.
    split, part, precision, unblind
        As for :class:`gradcut.engines.EventLoopEngine`.

    Raises
    ------
    DeclarationError
        For arrays, RDataFrame nodes, and functions that cannot be pickled; if there is no client.
    GradcutError
        If workers have other versions, or die again and again.

    Notes
    -----
    Sums are merged in the order of the entries: the same chunks give the same bits, whoever summed them and
    whoever died meanwhile. Where every file is one chunk these are the bits of the event loop on one thread.
    Making the engine takes one pass over the events, every evaluation another.
    """

    def __init__(
        self,
        selection: Selection,
        samples: Samples,
        *,
        client: Any = None,
        chunk: int = CHUNK,
        split: Partition | None = None,
        part: str | None = None,
        precision: Precision = "float32",
        unblind: bool = False,
    ) -> None:
        runner = DaskRunner(client, chunk)
        check_sources(samples)
        super().__init__(
            *(selection, samples),
            split=split,
            part=part,
            precision=precision,
            unblind=unblind,
            runner=runner,
        )


class DaskBinsEngine(EventLoopBinsEngine):
    """Yields in bins of events that stay in their files, summed on a cluster.

    Parameters
    ----------
    spec : BinsSpec
        The bins.
    features : sequence of str or Expression
        One per column of the spec.
    samples, client, chunk
        As for :class:`DaskEngine`.
    precision, split, part, unblind
        As for :class:`gradcut.engines.EventLoopBinsEngine`.

    Notes
    -----
    As for :class:`DaskEngine`; the ``vjp`` of an evaluation takes a pass of its own.
    """

    def __init__(
        self,
        spec: BinsSpec,
        features: Sequence[str | Expression],
        samples: Samples,
        *,
        client: Any = None,
        chunk: int = CHUNK,
        precision: Precision = "float32",
        split: Partition | None = None,
        part: str | None = None,
        unblind: bool = False,
    ) -> None:
        runner = DaskRunner(client, chunk)
        check_sources(samples)
        super().__init__(
            *(spec, features, samples),
            precision=precision,
            split=split,
            part=part,
            unblind=unblind,
            runner=runner,
        )
