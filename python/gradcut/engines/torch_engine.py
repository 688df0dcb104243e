"""Events in the memory of a GPU (or the CPU), sums in plain torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from gradcut.engines.base import (
    Evaluation,
    Precision,
    SelectionEngine,
    precision_of,
    stack_cotangents,
)
from gradcut.engines.moments import as_doubles, objects_of
from gradcut.engines.segments import (
    Converter,
    Segment,
    copy_nominal_where_absent,
    gather_from_absent,
    layout_of,
    segments_of,
)
from gradcut.engines.torch_tree import tree_membership, with_terms
from gradcut.errors import DeclarationError
from gradcut.jagged import Jagged
from gradcut.kernel_spec import HIGH_INCLUSIVE, KINDS, LOW_INCLUSIVE, MISSING_PASSES
from gradcut.yields import Moments, Yields

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.engines.parameters import Thresholds
    from gradcut.kernel_spec import KernelSpec
    from gradcut.samples.tables import EventTables

__all__ = ["TorchEngine"]


@dataclass(frozen=True)
class _OnDevice:
    segment: Segment
    columns: list[torch.Tensor]
    #: Where the objects of every event begin, per collection.
    begins: list[torch.Tensor]
    #: ``[w != 0], w, w^2``, shape (3, events).
    powers: torch.Tensor
    offsets: NDArray[np.float64]


class TorchEngine(SelectionEngine):
    """Yields of events on a device of torch.

    Parameters
    ----------
    spec : KernelSpec
        The selection.
    tables : EventTables
        The events, with one feature per cut.
    device : str, default "cuda"
        Where the events are kept.
    precision : {"float32", "float64"}, default "float32"
        Precision of memberships; sums over chunks are in double.
    chunk : int, default 2**20
        Events per chunk: bounds the memory beside the events themselves.

    Notes
    -----
    The gradient takes a second pass, chunk by chunk, with the cotangents of the whole sums: exact for all
    events at constant memory.
    """

    def __init__(
        self,
        spec: KernelSpec,
        tables: EventTables,
        *,
        device: str = "cuda",
        precision: Precision = "float32",
        chunk: int = 1 << 20,
    ) -> None:
        if isinstance(chunk, bool) or not isinstance(chunk, int) or chunk < 1:
            raise DeclarationError("a chunk is a number of events from 1 on", given=repr(chunk))
        super().__init__(spec, layout_of(tables))
        self.device, self.chunk = _device(device), chunk
        self.dtype = torch.float32 if precision_of(precision) is np.float32 else torch.float64
        mover = _Mover(Converter(precision_of(precision)), self.device)
        self._segments = [mover.move(segment, spec) for segment in segments_of(tables, spec)]

    def _evaluate(self, points: NDArray[np.float64], *, hard: bool) -> Evaluation:
        return _TorchEvaluation(self, points, hard)

    def slots_of(self, on_device: _OnDevice, thresholds: Thresholds) -> torch.Tensor:
        """Thresholds, widths and terms on the device, shape (points, 3 cuts + terms)."""
        stacked = np.hstack(thresholds.minus(on_device.offsets))
        return torch.from_numpy(stacked).to(self.device, self.dtype)

    def chunks(self, on_device: _OnDevice) -> list[slice]:
        """The chunks of a segment."""
        return [slice(i, i + self.chunk) for i in range(0, on_device.segment.n_events, self.chunk)]

    def chunk_sums(self, on_device: _OnDevice, part: slice, slots: torch.Tensor) -> torch.Tensor:
        """Moments of a chunk, shape (points, 3), in double."""
        columns, begins = self._chunk(on_device, on_device.columns, part)
        return self._sums(columns, begins, on_device.powers[:, part], slots, hard=False)

    def hard_chunk_sums(
        self, on_device: _OnDevice, part: slice, slots: tuple[NDArray[np.float64], ...]
    ) -> torch.Tensor:
        """Moments of the hard cuts: what lies on the device may be rounded, so in double from the columns."""
        segment = on_device.segment
        columns = [_values(as_doubles(column[part])) for column in segment.columns]
        moved = [torch.from_numpy(_writable(column)).to(self.device) for column in columns]
        powers = _powers(segment.weights[part]).to(self.device)
        stacked = torch.from_numpy(np.hstack(slots)).to(self.device)
        begins = [begin - begin[0] for begin in (b[part.start : part.stop + 1] for b in on_device.begins)]
        return self._sums(moved, begins, powers, stacked, hard=True)

    def _chunk(
        self, on_device: _OnDevice, columns: list[torch.Tensor], part: slice
    ) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
        """Columns of some events, and where the objects of each begin."""
        tree = self.spec.tree
        begins = [begin[part.start : part.stop + 1] for begin in on_device.begins]
        collections = [-1] * len(columns) if tree is None else tree.collections.tolist()
        chosen = [
            column[part] if c < 0 else column[int(begins[c][0]) : int(begins[c][-1])]
            for column, c in zip(columns, collections, strict=True)
        ]
        return chosen, [begin - begin[0] for begin in begins]

    def _sums(
        self,
        columns: list[torch.Tensor],
        begins: list[torch.Tensor],
        powers: torch.Tensor,
        slots: torch.Tensor,
        *,
        hard: bool,
    ) -> torch.Tensor:
        n, tree = self.spec.n_cuts, self.spec.tree
        lows, highs, widths, terms = torch.tensor_split(slots, [n, 2 * n, 3 * n], dim=1)

        def leaf(k: int) -> torch.Tensor:
            x, low, high, width = columns[k], lows[:, k, None], highs[:, k, None], widths[:, k, None]
            if tree is not None and k in tree.term_cuts:
                end, missing = with_terms(tree, k, low if self.spec.has_low(k) else high, terms, columns)
                low, high = (end, high) if self.spec.has_low(k) else (low, end)
                x = x if missing is None else torch.where(missing, torch.full_like(x, torch.nan), x)
            return _membership(self.spec, k, x[None], low, high, width, hard=hard)

        if tree is not None:
            p = tree_membership(tree, leaf, columns, begins)
        else:
            p = torch.ones((len(slots), 1), device=self.device, dtype=slots.dtype)
            for k in range(n):
                p = p * leaf(k)
        return (p[:, None, :] * powers[None]).sum(-1, dtype=torch.float64)


class _Mover:
    """Brings segments to a device; a column that several variations share is there once."""

    def __init__(self, convert: Converter, device: torch.device) -> None:
        self._convert, self._device = convert, device
        self._moved: dict[int, torch.Tensor] = {}

    def move(self, segment: Segment, spec: KernelSpec) -> _OnDevice:
        converted, offsets = self._convert.all(segment.columns, spec.n_cuts)
        columns = []
        for column, original in zip(converted, segment.columns, strict=True):
            # The converter keeps both arrays alive, so the id stays that of this column.
            if id(original) not in self._moved:
                self._moved[id(original)] = torch.from_numpy(_writable(_values(column))).to(self._device)
            columns.append(self._moved[id(original)])
        begins = []
        for names in objects_of(spec):
            first: Any = segment.columns[spec.columns.index(names[0])]
            begins.append(torch.from_numpy(_writable(first.offsets)).to(self._device))
        powers = _powers(segment.weights)
        dtype = torch.float32 if self._convert.dtype is np.float32 else torch.float64
        return _OnDevice(segment, columns, begins, powers.to(self._device, dtype), offsets)


def _values(column: Any) -> NDArray[Any]:
    return column.values if isinstance(column, Jagged) else np.asarray(column)


def _writable(array: NDArray[Any]) -> NDArray[Any]:
    """Return an array that torch takes: one that it could write to, which it never does."""
    return array if array.flags.writeable else array.copy()


def _powers(weights: NDArray[np.float64]) -> torch.Tensor:
    return torch.from_numpy(np.stack([(weights != 0).astype(np.float64), weights, weights**2]))


def _device(name: str) -> torch.device:
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError, TypeError, NotImplementedError) as error:
        raise DeclarationError(
            "torch cannot use this device",
            given=repr(name),
            allowed="'cpu'" + (", 'cuda'" if torch.cuda.is_available() else ""),
            where=str(error).strip().splitlines()[0][:200],
        ) from error
    return device


class _TorchEvaluation(Evaluation):
    def __init__(self, engine: TorchEngine, points: NDArray[np.float64], hard: bool) -> None:
        self._engine, self._points = engine, points
        thresholds = engine.map.thresholds(points)
        values = np.zeros((3, len(points), *engine.layout.shape))
        with torch.no_grad():
            for on_device in engine._segments:
                slots = engine.slots_of(on_device, thresholds)
                total = torch.zeros((len(points), 3), device=engine.device, dtype=torch.float64)
                for part in engine.chunks(on_device):
                    if hard:
                        total += engine.hard_chunk_sums(on_device, part, thresholds)
                    else:
                        total += engine.chunk_sums(on_device, part, slots)
                c, p, v = on_device.segment.at
                values[:, :, c, p, v, 0] = total.T.cpu().numpy()
                values[2, :, c, p, v, 0] *= on_device.segment.variance_scale
        copy_nominal_where_absent(engine.layout, values)
        self.yields = Yields(engine.layout, Moments(*values))

    def vjp(self, cotangents: Moments) -> NDArray[np.float64]:
        engine = self._engine
        thresholds = engine.map.thresholds(self._points)
        shape = (len(self._points), *engine.layout.shape)
        full = stack_cotangents(cotangents, shape)
        full = gather_from_absent(engine.layout, full)
        gradient = np.zeros((len(self._points), 3 * engine.spec.n_cuts + engine.spec.n_terms))
        for on_device in engine._segments:
            c, p, v = on_device.segment.at
            scale = np.array([1.0, 1.0, on_device.segment.variance_scale])[:, None]
            cotangent = torch.from_numpy((full[:, :, c, p, v, 0] * scale).T.copy()).to(engine.device)
            slots = engine.slots_of(on_device, thresholds).requires_grad_()
            total = torch.zeros_like(slots, dtype=torch.float64)
            for part in engine.chunks(on_device) if engine.spec.n_cuts else ():
                sums = engine.chunk_sums(on_device, part, slots)
                total += torch.autograd.grad(
                    sums, slots, cotangent, allow_unused=True, materialize_grads=True
                )[0]
            gradient += total.cpu().numpy()
        return engine.map.pull_back(gradient)


def _argument(x: torch.Tensor, edge: torch.Tensor, width: torch.Tensor, limit: float) -> torch.Tensor:
    """``(x - edge) / width``; far away, where every step is flat, a constant.

    Clamping alone would not do: the gradient of what was clamped is zero times infinity for infinite ``x``.
    """
    far = (x - edge).detach() / width.detach()
    near = far.abs() < limit
    return torch.where(near, (torch.where(near, x, edge.detach()) - edge) / width, far.clamp(-limit, limit))


def _membership(
    spec: KernelSpec,
    k: int,
    x: torch.Tensor,
    low: torch.Tensor,
    high: torch.Tensor,
    width: torch.Tensor,
    *,
    hard: bool,
) -> torch.Tensor:
    """Membership in one cut (formulas: ``gradcut/kernels/Selection.h``)."""
    flags, kind = int(spec.flags[k]), int(spec.kinds[k])
    known = ~torch.isnan(x)
    x = torch.where(
        known, x, torch.zeros_like(x)
    )  # no NaN may enter the graph: its gradient would be NaN too
    if hard:
        above = x >= low if flags & LOW_INCLUSIVE else x > low
        below = x <= high if flags & HIGH_INCLUSIVE else x < high
        inside = {KINDS["above"]: above, KINDS["below"]: below}.get(kind, above & below)
        p = (inside ^ (kind == KINDS["veto"])).to(low.dtype)
    else:
        step = torch.sigmoid if spec.step == "logistic" else torch.special.ndtr
        limit = 80.0 if spec.step == "logistic" else 12.0
        u_low, u_high = _argument(x, low, width, limit), _argument(x, high, width, limit)
        if kind == KINDS["above"]:
            p = step(u_low)
        elif kind == KINDS["below"]:
            p = step(-u_high)
        elif kind == KINDS["veto"]:
            p = step(-u_low) + step(u_high)
        else:
            flip = torch.where(u_low + u_high > 0, -1.0, 1.0).to(low.dtype)
            p = flip * (step(flip * u_low) - step(flip * u_high))
    missing = 1.0 if flags & MISSING_PASSES else 0.0
    return torch.where(known, p, torch.full_like(p, missing))
