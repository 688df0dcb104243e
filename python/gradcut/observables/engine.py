"""The engine of a neural observable: yields of its bins, and their derivatives in network and edges."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
import torch

from gradcut.binning.cells import layout_with
from gradcut.engines.base import Engine, Evaluation, stack_cotangents
from gradcut.engines.segments import copy_nominal_where_absent, gather_from_absent
from gradcut.errors import DeclarationError
from gradcut.observables.passes import Passes
from gradcut.observables.soft_histogram import Pull, SoftHistogram, hard_memberships
from gradcut.yields import Moments, Yields

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import ArrayLike, NDArray

    from gradcut.observables.rows import Rows

__all__ = ["Gate", "ObservableEngine"]


class Gate(Protocol):
    """Cuts before an observable."""

    @property
    def n_free(self) -> int:
        """Number of parameters."""

    @property
    def names(self) -> tuple[str, ...]:
        """Their names."""

    def passing(self, free: torch.Tensor, rows: Rows, width: float, *, hard: bool) -> list[torch.Tensor]:
        """Memberships in the selection, in double, one tensor per block of rows."""

    def pull(
        self, free: torch.Tensor, rows: Rows, width: float, cotangents: list[torch.Tensor]
    ) -> NDArray[np.float64]:
        """Derivatives in the parameters of derivatives in the smooth memberships."""

    def confine(self, free: torch.Tensor, width: float) -> None:
        """Bring parameters back to where they mean something, in place."""


class ObservableEngine(Engine):
    """Yields of the histogram of a network's output.

    Parameters
    ----------
    passes : Passes
        The network.
    histogram : SoftHistogram
        Its bins.
    rows : Rows
        The events.
    edges : ndarray of shape (bins - 1,), optional
        Inner edges that are given. Without, the last parameters are free numbers, one per bin, that edges
        follow from; a softmax has none.
    gate : Gate, optional
        Cuts before the observable: memberships of its bins are multiplied with that in the selection.

    Notes
    -----
    Parameters are those of the network, then those of the edges, then those of the gate. The gradient is that
    of all events, exact, at constant memory (:class:`gradcut.observables.passes.Passes`); sums are in double.
    """

    def __init__(
        self,
        passes: Passes,
        histogram: SoftHistogram,
        rows: Rows,
        edges: NDArray[np.float64] | None = None,
        gate: Gate | None = None,
    ) -> None:
        shape = (histogram.n_bins,) if rows.n_places == 1 else (histogram.n_bins, rows.n_places)
        super().__init__(layout_with(rows.layout, shape))
        self.passes, self.histogram, self.rows, self.gate = passes, histogram, rows, gate
        self.given = None if edges is None else torch.from_numpy(np.asarray(edges, dtype=np.float64))
        #: Width of the smooth steps in mean widths of bins, or the temperature.
        self.width = 0.45

    @property
    def n_free_edges(self) -> int:
        """Parameters that edges follow from."""
        return 0 if self.histogram.kind == "softmax" or self.given is not None else self.histogram.n_bins

    @property
    def n_beside(self) -> int:
        """Parameters beside those of the network: of edges, then of the gate."""
        return self.n_free_edges + (0 if self.gate is None else self.gate.n_free)

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters."""
        edges = (f"edges[{i}]" for i in range(self.n_free_edges))
        return (*self.passes.names, *edges, *(() if self.gate is None else self.gate.names))

    def confine(self, beside: torch.Tensor) -> None:
        """Bring the parameters beside those of the network back to where they mean something, in place."""
        if self.gate is not None:
            self.gate.confine(beside[self.n_free_edges :], self.width)

    def edges(self, point: NDArray[np.float64]) -> NDArray[np.float64]:
        """Inner edges at a point, between 0 and 1; none of a softmax."""
        return np.asarray(self._edges(torch.from_numpy(point)).numpy())

    def on(self, rows: Rows) -> ObservableEngine:
        """Return the same on other events of the same layout."""
        made = copy(self)
        made.rows, made._last = rows, None
        return made

    def outputs(self, point: NDArray[np.float64]) -> Iterator[tuple[slice, torch.Tensor]]:
        """Outputs of the network at a point, chunk by chunk."""
        yield from self.passes.outputs(self.theta(torch.from_numpy(point)), self.rows.inputs)

    def _edges(self, point: torch.Tensor) -> torch.Tensor:
        if self.histogram.kind == "softmax":
            return torch.zeros(0, dtype=torch.float64)
        return self.given if self.given is not None else self.histogram.edges_of(self._free_edges(point))

    def _free_edges(self, point: torch.Tensor) -> torch.Tensor:
        begin = self.passes.n_parameters
        return point[begin : begin + self.n_free_edges]

    def _free_gate(self, point: torch.Tensor) -> torch.Tensor:
        return point[self.passes.n_parameters + self.n_free_edges :]

    def passing(self, point: torch.Tensor, *, hard: bool) -> list[torch.Tensor] | None:
        """Memberships in the selection, per block of events; None without a gate."""
        if self.gate is None:
            return None
        return self.gate.passing(self._free_gate(point), self.rows, self.width, hard=hard)

    def theta(self, point: torch.Tensor) -> torch.Tensor:
        """The parameters of the network at a point."""
        return point[: self.passes.n_parameters]

    def _checked(self, points: ArrayLike) -> NDArray[np.float64]:
        made = np.atleast_2d(np.asarray(points, dtype=np.float64))
        n = self.passes.n_parameters + self.n_beside
        if made.ndim != 2 or made.shape[1] != n:
            raise DeclarationError(
                "points do not have the shape of the parameters",
                given=str(np.shape(points)),
                allowed=f"(points, {n})",
            )
        return np.ascontiguousarray(made)

    def _evaluate(self, points: NDArray[np.float64], *, hard: bool) -> Evaluation:
        return _Evaluation(self, points, hard=hard)

    def moments_of(self, sums: NDArray[np.float64]) -> Yields:
        """Yields from sums of shape (points, 3, channels, processes, variations, bins)."""
        values = np.moveaxis(sums, 1, 0).copy()
        copy_nominal_where_absent(self.layout, values[0], values[1], values[2])
        return Yields(self.layout, Moments(*values))


class _Sums:
    """Sums over the events at one point, which chunks are added to."""

    def __init__(self, engine: ObservableEngine, point: NDArray[np.float64], *, hard: bool) -> None:
        self.engine, self.hard = engine, hard
        self.point = torch.from_numpy(point)
        self.edges = engine._edges(self.point).to(engine.rows.inputs.device)
        self.passing = engine.passing(self.point, hard=hard)
        self.width = engine.width
        self._of_blocks: dict[int, torch.Tensor] = {}
        self._kept: dict[int, _Chunk] = {}

    def add(self, rows: slice, outputs: torch.Tensor, keep: bool = False) -> None:
        """Add a chunk, in double; ``keep`` what the way back needs of it."""
        chunk = self.chunk(rows, outputs)
        if keep:
            self._kept[rows.start] = chunk
        for part in chunk.parts:
            powers = part.powers
            if self.passing is not None:
                powers = powers * self.passing[part.number][part.of_block, None]
            found = chunk.memberships[:, part.of_chunk].double() @ powers
            known = self._of_blocks.get(part.number)
            self._of_blocks[part.number] = found if known is None else known + found

    def chunk(self, rows: slice, outputs: torch.Tensor) -> _Chunk:
        """Memberships of a chunk: what was kept of it, or new ones."""
        if rows.start in self._kept:
            return self._kept.pop(rows.start)
        histogram, pull = self.engine.histogram, None
        if self.hard:
            p = hard_memberships(histogram.kind, histogram.n_bins, outputs, self.edges)
        else:
            p, pull = histogram.memberships(outputs, self.edges, self.width)
        return _Chunk(p, pull, list(_parts(self.engine.rows, rows)))

    @property
    def bytes_per_row(self) -> int:
        """What is kept of a row in memberships, slopes and powers of weights."""
        columns = max((block.weights.shape[1] for block in self.engine.rows.blocks), default=0)
        of_powers = 8 * 3 * columns * self.engine.rows.n_places
        return 4 * self.engine.rows.inputs.element_size() * self.engine.histogram.n_bins + of_powers

    def placed(self) -> NDArray[np.float64]:
        """The sums in their places, shape (3, channels, processes, variations, bins)."""
        engine = self.engine
        total = np.zeros((3, *engine.layout.shape))
        for number, found in self._of_blocks.items():
            block = engine.rows.blocks[number]
            shape = engine.histogram.n_bins, engine.rows.n_places, 3, len(block.variants)
            shaped = found.cpu().numpy().reshape(shape)
            for j, variant in enumerate(block.variants):
                c, p, v = variant.at
                own = shaped[:, :, :, j].transpose(2, 0, 1).reshape(3, -1)
                total[:, c, p, v] += own * np.array([1.0, 1.0, variant.variance_scale])[:, None]
        return total


class _Evaluation(Evaluation):
    """Yields at some points; of a single one, graphs are kept for the first way back."""

    def __init__(self, engine: ObservableEngine, points: NDArray[np.float64], *, hard: bool) -> None:
        self.engine = engine
        self._sums = [_Sums(engine, point, hard=hard) for point in points]
        self._steps = None
        for sums in self._sums:
            theta = engine.theta(sums.point)
            if len(points) == 1 and not hard:
                self._steps = engine.passes.steps(theta, engine.rows.inputs, sums.add, sums.bytes_per_row)
                continue
            for rows, outputs in engine.passes.outputs(theta, engine.rows.inputs):
                sums.add(rows, outputs)
        values = np.stack([sums.placed() for sums in self._sums], axis=1)
        copy_nominal_where_absent(engine.layout, values)
        self.yields = Yields(engine.layout, Moments(*values))

    def vjp(self, cotangents: Moments) -> NDArray[np.float64]:
        """See :meth:`Evaluation.vjp`."""
        engine = self.engine
        shape = (len(self._sums), *engine.layout.shape)
        gathered = gather_from_absent(engine.layout, stack_cotangents(cotangents, shape))
        found = []
        for number, sums in enumerate(self._sums):
            back = _Back(sums, gathered[:, number])
            steps, self._steps = self._steps, None
            theta = (
                steps.back(back.outputs)
                if steps is not None
                else engine.passes.again(engine.theta(sums.point), engine.rows.inputs, back.outputs)
            )
            found.append(np.concatenate([theta.numpy(), back.beside()]))
        return np.stack(found)


class _Back:
    """From derivatives in yields to those in outputs and edges."""

    def __init__(self, sums: _Sums, cotangents: NDArray[np.float64]) -> None:
        self.engine, self.sums = sums.engine, sums
        engine = sums.engine
        device = engine.rows.inputs.device
        shape = (3, engine.histogram.n_bins, engine.rows.n_places)
        self.of_blocks = []
        for block in engine.rows.blocks:
            own = np.stack(
                [
                    cotangents[:, v.at[0], v.at[1], v.at[2]].reshape(shape)
                    * np.array([1.0, 1.0, v.variance_scale])[:, None, None]
                    for v in block.variants
                ],
                axis=-1,
            )
            flat = own.transpose(1, 2, 0, 3).reshape(engine.histogram.n_bins, -1)
            self.of_blocks.append(torch.from_numpy(np.ascontiguousarray(flat)).to(device))
        self._in_edges = torch.zeros(len(sums.edges), dtype=torch.float64, device=device)
        self._in_passing = None if sums.passing is None else [torch.zeros_like(s) for s in sums.passing]

    def outputs(self, rows: slice, outputs: torch.Tensor) -> torch.Tensor:
        """Derivatives in the outputs of a chunk."""
        p, pull, parts = self.sums.chunk(rows, outputs)
        if pull is None:
            raise TypeError("hard bins have no derivatives")
        d = torch.zeros_like(p)
        for number, of_chunk, of_block, powers in parts:
            own = self.of_blocks[number] @ powers.T
            if self.sums.passing is not None and self._in_passing is not None:
                self._in_passing[number][of_block] = (p[:, of_chunk].double() * own).sum(0)
                own = own * self.sums.passing[number][of_block]
            d[:, of_chunk] = own.to(p.dtype)
        found = pull(d)
        if len(self._in_edges):
            self._in_edges += found.edges
        return found.outputs

    def beside(self) -> NDArray[np.float64]:
        """Derivatives in the parameters of edges and gate, after all outputs."""
        return np.concatenate([self._edges(), self._gate()])

    def _edges(self) -> NDArray[np.float64]:
        engine = self.engine
        if not engine.n_free_edges:
            return np.zeros(0)
        free = engine._free_edges(self.sums.point)
        return np.asarray(engine.histogram.pull_edges(free, self._in_edges.cpu()).numpy())

    def _gate(self) -> NDArray[np.float64]:
        engine = self.engine
        if engine.gate is None or self._in_passing is None:
            return np.zeros(0)
        free = engine._free_gate(self.sums.point)
        return engine.gate.pull(free, engine.rows, self.sums.width, self._in_passing)


class _Part(NamedTuple):
    """Rows of a block in a chunk: the block's number, where they are in both, and powers of their weights."""

    number: int
    of_chunk: slice
    of_block: slice
    powers: torch.Tensor


class _Chunk(NamedTuple):
    """Memberships of a chunk of rows, and the way back from them where they are soft."""

    memberships: torch.Tensor
    pull: Callable[[torch.Tensor], Pull] | None
    parts: list[_Part]


def _parts(rows: Rows, chunk: slice) -> Iterator[_Part]:
    """Blocks that have rows in a chunk."""
    for number, block in enumerate(rows.blocks):
        begin, end = max(chunk.start, block.rows.start), min(chunk.stop, block.rows.stop)
        if begin < end:
            of_block = slice(begin - block.rows.start, end - block.rows.start)
            yield _Part(
                number,
                slice(begin - chunk.start, end - chunk.start),
                of_block,
                block.powers(of_block, rows.n_places),
            )
