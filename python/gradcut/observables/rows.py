"""Events as rows of a matrix on a device: what a network is trained on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from gradcut.engines.segments import layout_of, segments_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from gradcut.binning.bins_spec import BinsSpec
    from gradcut.engines.segments import Segment
    from gradcut.observables.observable import Observable
    from gradcut.observables.scaling import Scaling
    from gradcut.samples import EventTables
    from gradcut.yields import YieldsLayout

__all__ = ["Block", "Rows", "Variant"]

#: Events of a block whose powers of weights are kept from step to step: where time counts, memory does not.
FEW = 1 << 14


@dataclass(frozen=True)
class Variant:
    """A variation that uses the inputs of a block."""

    #: Position on the axes (channels, processes, variations).
    at: tuple[int, int, int]
    #: Factor from the sum of squared weights to the variance in the full sample.
    variance_scale: float


@dataclass(frozen=True, eq=False)
class Block:
    """Events of one process in one channel, with one set of inputs: rows that belong together.

    Parameters
    ----------
    table : tuple of int
        Channel, process, and 0, or one more for every variation by files: blocks of one table have the same
        events in the same order.
    rows : slice
        Where they are.
    weights : Tensor of float64, shape (events, variants)
        Their weights in every variation that uses these inputs.
    variants : tuple of Variant
        These variations.
    place : Tensor of int64, shape (events,), or None
        Bin along the axis beside the observable.
    cuts : object, optional
        What cuts before the observable are compared with; ``part(index)`` gives that of some events.
    """

    table: tuple[int, int, int]
    rows: slice
    weights: torch.Tensor
    variants: tuple[Variant, ...]
    place: torch.Tensor | None
    cuts: Any = None

    def powers(self, rows: slice, n_places: int) -> torch.Tensor:
        """``[w != 0], w, w^2`` of every variant, shape (events, places * 3 * variants)."""
        if len(self.weights) > FEW:
            return self._powers(rows, n_places)
        if "all" not in self._known:
            self._known["all"] = self._powers(slice(None), n_places)
        return self._known["all"][rows]

    def _powers(self, rows: slice, n_places: int) -> torch.Tensor:
        w = self.weights[rows]
        powers = torch.cat([(w != 0).double(), w, w * w], 1)
        if self.place is None:
            return powers
        spread = torch.zeros((len(w), n_places, powers.shape[1]), dtype=torch.float64, device=w.device)
        spread[torch.arange(len(w), device=w.device), self.place[rows]] = powers
        return spread.flatten(1)

    @cached_property
    def _known(self) -> dict[str, torch.Tensor]:
        return {}


@dataclass(frozen=True, eq=False)
class Rows:
    """All events of some tables.

    Parameters
    ----------
    layout : YieldsLayout
        Axes of their yields, of one bin.
    inputs : Tensor of float32, shape (rows, inputs)
        Standardised.
    blocks : tuple of Block
        What the rows are, in order.
    n_places : int
        Bins along the axis beside the observable; 1 without.
    """

    layout: YieldsLayout
    inputs: torch.Tensor
    blocks: tuple[Block, ...]
    n_places: int

    @classmethod
    def of(
        cls,
        observable: Observable,
        tables: EventTables,
        scaling: Scaling,
        device: torch.device,
        dtype: torch.dtype,
        *,
        spec: BinsSpec | None = None,
        cuts: Callable[[Sequence[Any]], Any] | None = None,
    ) -> Rows:
        """Lay out collected events.

        Parameters
        ----------
        observable : Observable
            Names the columns.
        tables : EventTables
            The events, collected with ``observable.columns``.
        scaling : Scaling
            Of the inputs.
        device, dtype
            Where the inputs are kept, and in which precision.
        spec : BinsSpec, optional
            All columns of the events, where there are others behind those of the observable.
        cuts : callable, optional
            Makes of these others what blocks have as ``cuts``.
        """
        layout, n = layout_of(tables), len(observable.names)
        groups: dict[tuple[Any, ...], list[Segment]] = {}
        for segment in segments_of(tables, observable.spec if spec is None else spec):
            groups.setdefault((*segment.at[:2], *map(id, segment.columns)), []).append(segment)
        own_tables: dict[tuple[int, int], dict[int, int]] = {}
        blocks, inputs, begin = [], [], 0
        for (c, p, *_), segments in groups.items():
            # Variations by files have weights of other events: their number is that of their own arrays.
            numbers = own_tables.setdefault((c, p), {})
            table = numbers.setdefault(_identity(tables, layout, segments[0]), len(numbers))
            columns = [np.asarray(x) for x in segments[0].columns[: len(observable.columns)]]
            others = segments[0].columns[len(observable.columns) :]
            weights = np.stack([s.weights for s in segments], axis=1)
            known = scaling.known(columns[:n])
            place = None
            if observable.alongside is not None:
                number = _place(observable, columns)
                known &= number >= 0
                place = torch.from_numpy(np.where(known, number, 0)).to(device)
            inputs.append(torch.from_numpy(scaling.standardised(columns[:n])).to(device, dtype))
            blocks.append(
                Block(
                    (c, p, table),
                    slice(begin, begin + len(known)),
                    torch.from_numpy(np.where(known[:, None], weights, 0.0)).to(device),
                    tuple(Variant(s.at, s.variance_scale) for s in segments),
                    place,
                    None if cuts is None else cuts(others),
                )
            )
            begin += len(known)
        n_places = 1 if observable.alongside is None else observable.alongside.n_bins
        matrix = (
            torch.cat(inputs) if inputs else torch.zeros((0, scaling.n_inputs), dtype=dtype, device=device)
        )
        return cls(layout, matrix, tuple(blocks), n_places)

    def nominal(self) -> Rows:
        """Return the nominal events alone, without variations."""
        kept = [
            (block, [j for j, variant in enumerate(block.variants) if variant.at[2] == 0])
            for block in self.blocks
        ]
        if all(len(own) == len(block.variants) for block, own in kept):
            return self
        blocks, inputs, begin = [], [], 0
        for block, own in kept:
            if not own:
                continue
            n = block.rows.stop - block.rows.start
            inputs.append(self.inputs[block.rows])
            blocks.append(
                replace(
                    block,
                    rows=slice(begin, begin + n),
                    weights=block.weights[:, own],
                    variants=tuple(block.variants[j] for j in own),
                )
            )
            begin += n
        return replace(self, inputs=torch.cat(inputs), blocks=tuple(blocks))

    @property
    def n_rows(self) -> int:
        """Number of rows: of events times different inputs."""
        return len(self.inputs)

    @property
    def is_signal(self) -> NDArray[np.bool_]:
        """Whether the process of each block is a signal."""
        return np.array([self.layout.roles[block.table[1]] == "signal" for block in self.blocks])


def _identity(tables: EventTables, layout: YieldsLayout, segment: Segment) -> int:
    """What tells the table of a variation by files from that of the others."""
    c, p, v = segment.at
    table = tables[layout.channels[c], layout.processes[p]]
    return id(table.table(layout.variations[v]))


def _place(observable: Observable, columns: list[NDArray[Any]]) -> NDArray[np.int64]:
    """Bin along the axis beside the observable, -1 for none."""
    from gradcut.binning.learned import LearnedEdges

    axis = observable.alongside
    assert axis is not None
    assert axis.edges is not None
    which = list(observable.columns).index(f"alongside {axis.name}")
    return LearnedEdges(axis, (np.asarray(axis.edges, dtype=np.float64),)).index([columns[which]])
