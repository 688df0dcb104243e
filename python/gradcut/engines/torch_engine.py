"""Events in the memory of a GPU (or the CPU), sums in plain torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from gradcut.engines.base import Engine, Evaluation, Precision, precision_of, stack_cotangents
from gradcut.engines.segments import (
    Converter,
    Segment,
    copy_nominal_where_absent,
    layout_of,
    segments_of,
)
from gradcut.errors import DeclarationError
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
    #: ``[w != 0], w, w^2``, shape (3, events).
    powers: torch.Tensor
    offsets: NDArray[np.float64]


class TorchEngine(Engine):
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
        self._segments = [mover.move(segment) for segment in segments_of(tables, spec)]

    def _evaluate(self, points: NDArray[np.float64], *, hard: bool) -> Evaluation:
        return _TorchEvaluation(self, points, hard)

    def slots_of(self, on_device: _OnDevice, thresholds: Thresholds) -> torch.Tensor:
        """Thresholds and widths on the device, shape (3, points, cuts)."""
        low, high, width = thresholds
        stacked = np.stack([low - on_device.offsets, high - on_device.offsets, width])
        return torch.from_numpy(stacked).to(self.device, self.dtype)

    def chunks(self, on_device: _OnDevice) -> list[slice]:
        """The chunks of a segment."""
        return [slice(i, i + self.chunk) for i in range(0, on_device.segment.n_events, self.chunk)]

    def chunk_sums(self, on_device: _OnDevice, part: slice, slots: torch.Tensor) -> torch.Tensor:
        """Moments of a chunk, shape (points, 3), in double."""
        columns = [column[part] for column in on_device.columns]
        return self._sums(columns, on_device.powers[:, part], slots, hard=False)

    def hard_chunk_sums(
        self, on_device: _OnDevice, part: slice, slots: tuple[NDArray[np.float64], ...]
    ) -> torch.Tensor:
        """Moments of the hard cuts: what lies on the device may be rounded, so in double from the columns."""
        segment = on_device.segment
        columns = [torch.from_numpy(column[part].astype(np.float64)) for column in segment.columns]
        powers = _powers(segment.weights[part]).to(self.device)
        stacked = torch.from_numpy(np.stack(slots)).to(self.device)
        return self._sums([column.to(self.device) for column in columns], powers, stacked, hard=True)

    def _sums(
        self, columns: list[torch.Tensor], powers: torch.Tensor, slots: torch.Tensor, *, hard: bool
    ) -> torch.Tensor:
        p = torch.ones((slots.shape[1], 1), device=self.device, dtype=slots.dtype)
        for k, column in enumerate(columns):
            low, high, width = (slot[:, k, None] for slot in slots)
            p = p * _membership(self.spec, k, column[None], low, high, width, hard=hard)
        return (p[:, None, :] * powers[None]).sum(-1, dtype=torch.float64)


class _Mover:
    """Brings segments to a device; a column that several variations share is there once."""

    def __init__(self, convert: Converter, device: torch.device) -> None:
        self._convert, self._device = convert, device
        self._moved: dict[int, torch.Tensor] = {}

    def move(self, segment: Segment) -> _OnDevice:
        columns, offsets = [], np.zeros(len(segment.columns))
        for k, column in enumerate(segment.columns):
            converted, offsets[k] = self._convert(column)
            # The converter keeps both arrays alive, so the id stays that of this column.
            if id(column) not in self._moved:
                # torch takes no arrays that it could not write to; it never does.
                writable = converted if converted.flags.writeable else converted.copy()
                self._moved[id(column)] = torch.from_numpy(writable).to(self._device)
            columns.append(self._moved[id(column)])
        powers = _powers(segment.weights)
        dtype = torch.float32 if self._convert.dtype is np.float32 else torch.float64
        return _OnDevice(segment, columns, powers.to(self._device, dtype), offsets)


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
        full = _gather_from_absent(engine, full)
        gradient = np.zeros((3, len(self._points), engine.spec.n_cuts))
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
        return engine.map.pull_back(np.concatenate(list(gradient), axis=1))


def _gather_from_absent(engine: TorchEngine, cotangents: NDArray[Any]) -> NDArray[Any]:
    """The transpose of copying nominal numbers to absent variations: their cotangents belong to nominal."""
    present = engine.layout.present
    result: NDArray[Any] = cotangents.copy()
    for c, p, v in np.argwhere(~present & present[:, :, :1]):
        result[:, :, c, p, 0] += cotangents[:, :, c, p, v]
    return result


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
