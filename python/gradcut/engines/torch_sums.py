"""Sums over chunks of events on a device of torch, forth and back."""

from __future__ import annotations

import abc
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch

from gradcut.engines.base import Engine, Evaluation, Precision, precision_of, stack_cotangents
from gradcut.engines.moments import as_doubles
from gradcut.engines.segments import (
    Converter,
    Segment,
    copy_nominal_where_absent,
    gather_from_absent,
    segments_of,
)
from gradcut.errors import DeclarationError
from gradcut.jagged import Jagged
from gradcut.yields import Moments, Yields

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gradcut.binning.bins_spec import BinsSpec
    from gradcut.kernel_spec import KernelSpec
    from gradcut.samples.tables import EventTables

__all__ = ["Batch", "Shape", "TorchSums"]


@dataclass(frozen=True)
class _OnDevice:
    segment: Segment
    columns: list[torch.Tensor]
    begins: list[torch.Tensor]
    powers: torch.Tensor
    offsets: NDArray[np.float64]


class Shape(NamedTuple):
    """What the columns of an engine are."""

    #: The first columns, from which something may be subtracted.
    n_shifted: int
    #: The first column of every collection of objects.
    objects: tuple[int, ...]


class Batch(NamedTuple):
    """Some events on the device."""

    columns: list[torch.Tensor]
    #: Where the objects of every event begin, per collection.
    begins: list[torch.Tensor]
    #: ``[w != 0], w, w^2``, shape (3, events).
    powers: torch.Tensor


class TorchSums(Engine):
    """What engines of torch have in common: where events lie, and two passes over chunks of them.

    Subclasses say how parameters become slots, numbers that columns are compared with, and what the moments
    of a chunk are. Derivatives in slots are those of the sums, chunk by chunk, with the cotangents of the
    whole sums: exact for all events at constant memory.
    """

    @abc.abstractmethod
    def _slots(self, points: NDArray[np.float64], offsets: NDArray[np.float64]) -> NDArray[np.float64]:
        """Slots, shape (points, slots), for columns from which offsets were subtracted."""

    @abc.abstractmethod
    def _sums(self, batch: Batch, slots: torch.Tensor, *, hard: bool) -> torch.Tensor:
        """Moments of some events, shape (points, 3, bins), in double."""

    @abc.abstractmethod
    def _pull_back(self, gradient: NDArray[np.float64]) -> NDArray[np.float64]:
        """Derivatives in the parameters of derivatives in the slots."""

    def _chunk(
        self, columns: list[torch.Tensor], begins: list[torch.Tensor], part: slice
    ) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
        """Columns of some events, and where the objects of each begin."""
        return [column[part] for column in columns], begins

    @abc.abstractmethod
    def _declare(self, spec: Any, tables: EventTables) -> Shape:
        """Set specification and layout."""

    #: Events per chunk unless it is said.
    default_chunk = 1 << 20

    def __init__(
        self,
        spec: KernelSpec | BinsSpec,
        tables: EventTables,
        *,
        device: str = "cuda",
        precision: Precision = "float32",
        chunk: int | None = None,
    ) -> None:
        shape = self._declare(spec, tables)
        chunk = self.default_chunk if chunk is None else chunk
        if isinstance(chunk, bool) or not isinstance(chunk, int) or chunk < 1:
            raise DeclarationError("a chunk is a number of events from 1 on", given=repr(chunk))
        self.device, self.chunk = _device(device), chunk
        self.dtype = torch.float32 if precision_of(precision) is np.float32 else torch.float64
        mover = _Mover(Converter(precision_of(precision)), self.device, shape.n_shifted)
        self._segments = [mover.move(segment, shape.objects) for segment in segments_of(tables, spec)]

    def _evaluate(self, points: NDArray[np.float64], *, hard: bool) -> Evaluation:
        return _TorchEvaluation(self, points, hard)

    def slots_of(self, on_device: _OnDevice, points: NDArray[np.float64]) -> torch.Tensor:
        """Slots of a segment on the device."""
        return torch.from_numpy(self._slots(points, on_device.offsets)).to(self.device, self.dtype)

    def chunks(self, on_device: _OnDevice) -> list[slice]:
        """The chunks of a segment."""
        return [slice(i, i + self.chunk) for i in range(0, on_device.segment.n_events, self.chunk)]

    def chunk_sums(self, on_device: _OnDevice, part: slice, slots: torch.Tensor) -> torch.Tensor:
        """Moments of a chunk, shape (points, 3, bins), in double."""
        columns, begins = self._chunk(on_device.columns, on_device.begins, part)
        return self._sums(Batch(columns, begins, on_device.powers[:, part]), slots, hard=False)

    def hard_chunk_sums(self, on_device: _OnDevice, part: slice, points: NDArray[np.float64]) -> torch.Tensor:
        """Moments of the hard limit, in double from the columns: what lies on the device may be rounded."""
        segment = on_device.segment
        columns = [_values(as_doubles(column[part])) for column in segment.columns]
        moved = [torch.from_numpy(_writable(column)).to(self.device) for column in columns]
        powers = _powers(segment.weights[part]).to(self.device)
        slots = torch.from_numpy(self._slots(points, np.zeros_like(on_device.offsets))).to(self.device)
        begins = [begin - begin[0] for begin in (b[part.start : part.stop + 1] for b in on_device.begins)]
        return self._sums(Batch(moved, begins, powers), slots, hard=True)


class _Mover:
    """Brings segments to a device; a column that several variations share is there once."""

    def __init__(self, convert: Converter, device: torch.device, n_shifted: int) -> None:
        self._convert, self._device, self._n_shifted = convert, device, n_shifted
        self._moved: dict[int, torch.Tensor] = {}

    def move(self, segment: Segment, firsts: Sequence[int]) -> _OnDevice:
        converted, offsets = self._convert.all(segment.columns, self._n_shifted)
        columns = []
        for column, original in zip(converted, segment.columns, strict=True):
            # The converter keeps both arrays alive, so the id stays that of this column.
            if id(original) not in self._moved:
                self._moved[id(original)] = torch.from_numpy(_writable(_values(column))).to(self._device)
            columns.append(self._moved[id(original)])
        begins = []
        for first in firsts:
            objects: Any = segment.columns[first]
            begins.append(torch.from_numpy(_writable(objects.offsets)).to(self._device))
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
    def __init__(self, engine: TorchSums, points: NDArray[np.float64], hard: bool) -> None:
        self._engine, self._points = engine, points
        values = np.zeros((3, len(points), *engine.layout.shape))
        with torch.no_grad():
            for on_device in engine._segments:
                slots = engine.slots_of(on_device, points)
                shape = (len(points), 3, values.shape[-1])
                total = torch.zeros(shape, device=engine.device, dtype=torch.float64)
                for part in engine.chunks(on_device):
                    if hard:
                        total += engine.hard_chunk_sums(on_device, part, points)
                    else:
                        total += engine.chunk_sums(on_device, part, slots)
                c, p, v = on_device.segment.at
                values[:, :, c, p, v] = total.transpose(0, 1).cpu().numpy()
                values[2, :, c, p, v] *= on_device.segment.variance_scale
        copy_nominal_where_absent(engine.layout, values)
        self.yields = Yields(engine.layout, Moments(*values))

    def vjp(self, cotangents: Moments) -> NDArray[np.float64]:
        engine = self._engine
        full = stack_cotangents(cotangents, (len(self._points), *engine.layout.shape))
        full = gather_from_absent(engine.layout, full)
        gradient: NDArray[np.float64] | None = None
        for on_device in engine._segments:
            c, p, v = on_device.segment.at
            scale = np.array([1.0, 1.0, on_device.segment.variance_scale])[:, None, None]
            moved = np.ascontiguousarray(np.swapaxes(full[:, :, c, p, v] * scale, 0, 1))
            cotangent = torch.from_numpy(moved).to(engine.device)
            slots = engine.slots_of(on_device, self._points).requires_grad_()
            total = torch.zeros_like(slots, dtype=torch.float64)
            for part in engine.chunks(on_device):
                sums = engine.chunk_sums(on_device, part, slots)
                if sums.requires_grad:  # nothing is learned without a threshold or an edge
                    total += torch.autograd.grad(
                        sums, slots, cotangent, allow_unused=True, materialize_grads=True
                    )[0]
            found = total.detach().cpu().numpy()
            gradient = found if gradient is None else gradient + found
        return np.zeros(self._points.shape) if gradient is None else engine._pull_back(gradient)
