"""The contract of the engines of bins, and that their formulas are those of the slow loop."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from contracts.bin_engines import BinEngineContract
from contracts.bins import BinsContract
from contracts.bins_oracle import BinsCase
from engines import toy
from gradcut import Samples
from gradcut.binning.bins_spec import BinsSpec
from gradcut.binning.cells import Cells
from gradcut.binning.filling import Events
from gradcut.engines import CellsEngine, CpuBinsEngine, Engine
from gradcut.yields import Moments


def in_memory(spec: BinsSpec, features: list[str], samples: Samples) -> Any:
    return samples.collect(dict(zip(spec.columns, features, strict=True)))


def cell_per_event(spec: BinsSpec, tables: Any, precision: Any) -> Engine:
    """The engine of cells in which every event is alone, so that nothing is lost."""
    events = Events(tables, spec)
    firsts = np.cumsum([0, *(segment.n_events for segment in events.segments)])
    labels = [np.arange(a, b) for a, b in pairwise(firsts)]
    position = np.array(
        [np.concatenate([s.columns[i] for s in events.segments]) for i in range(len(spec.columns))],
        dtype=np.float64,
    )
    rows = events.filled(labels, [np.zeros(len(label), int) for label in labels], int(firsts[-1]), ())
    return CellsEngine(spec, Cells(events.layout, position, rows, np.zeros(0)), precision=precision)


def torch_engine(
    spec: BinsSpec, tables: Any, precision: Any, device: str = "cpu", chunk: int = 512
) -> Engine:
    from gradcut.engines import TorchBinsEngine

    return TorchBinsEngine(spec, tables, device=device, precision=precision, chunk=chunk)


def cuda_engine(spec: BinsSpec, tables: Any, precision: Any) -> Engine:
    return torch_engine(spec, tables, precision, "cuda", 1000)


def cpu_engine(spec: BinsSpec, tables: Any, precision: Any) -> Engine:
    return CpuBinsEngine(spec, tables, precision=precision, n_threads=1)


class Formulas(BinsContract):
    """The tests of the kernels through an engine: one process with the events of a case."""

    make: Any
    precision = "float64"

    def engine(self, case: BinsCase) -> Engine:
        names = tuple(f"x{k}" for k in range(len(case.columns)))
        spec = BinsSpec(
            case.kind,
            case.step,
            names,
            case.n_edges,
            case.n_components,
            case.local_width,
            case.reflect,
        )
        samples = Samples(weight="w")
        # A last event without values is in no bin; its weight keeps the total of the process positive.
        columns = {n: np.append(c, c.dtype.type(np.nan)) for n, c in zip(names, case.columns, strict=True)}
        columns["w"] = np.append(case.weights, case.weights.dtype.type(1e6))
        samples.add("all", columns, role="background")
        return type(self).make(spec, samples.collect(list(names)), self.precision)

    def moments(self, case: BinsCase) -> np.ndarray:
        engine = self.engine(case)
        yields = (engine.hard_yields if case.step == "hard" else engine.yields)(case.parameters)
        return np.stack([m.reshape(case.n_points, case.n_bins) for m in yields.moments], axis=1)

    def vjp(self, case: BinsCase, cotangents: np.ndarray) -> np.ndarray:
        evaluation = self.engine(case).evaluate(case.parameters)
        shape = evaluation.yields.moments.sum_w.shape
        return evaluation.vjp(Moments(*(cotangents[:, m].reshape(shape) for m in range(3))))

    @pytest.mark.parametrize("n", [0, 1, 1030])
    @pytest.mark.parametrize("variety", ["local reflect", "product", "mixture"])
    def test_any_number_of_events(self, variety: str, n: int) -> None:
        super().test_any_number_of_events(variety, n)


class TestCpuFormulas(Formulas):
    make = staticmethod(cpu_engine)


@pytest.mark.torch
class TestTorchFormulas(Formulas):
    coupling = 1.0
    make = staticmethod(torch_engine)


@pytest.mark.torch
class TestTorchFormulasInSinglePrecision(Formulas):
    coupling = 1.0
    make = staticmethod(torch_engine)
    precision, dtype, tolerance = "float32", np.float32, 2e-6


@pytest.mark.torch
@pytest.mark.cuda
class TestCudaFormulasInSinglePrecision(Formulas):
    coupling = 1.0
    make = staticmethod(cuda_engine)
    precision, dtype, tolerance = "float32", np.float32, 2e-6


@pytest.fixture(scope="module")
def in_arrays() -> Samples:
    return toy.samples({name: toy.columns(*spec) for name, spec in toy.PROCESSES.items()})


class InMemory(BinEngineContract):
    of_tables: Any

    @pytest.fixture
    def samples(self, in_arrays: Samples) -> Samples:
        return in_arrays

    def make(self, spec: BinsSpec, features: list[str], samples: Samples, precision: Any) -> Engine:
        return type(self).of_tables(spec, in_memory(spec, features, samples), precision)


class TestCpu(InMemory):
    of_tables = staticmethod(cpu_engine)


class TestCells(InMemory):
    of_tables = staticmethod(cell_per_event)


@pytest.mark.torch
class TestTorch(InMemory):
    of_tables = staticmethod(torch_engine)


@pytest.mark.torch
@pytest.mark.cuda
class TestCuda(InMemory):
    of_tables = staticmethod(cuda_engine)


@pytest.fixture(scope="module")
def in_files(ROOT: Any, tmp_path_factory: pytest.TempPathFactory) -> Samples:  # noqa: N803
    folder = tmp_path_factory.mktemp("bins")
    files = {}
    for name, spec in toy.PROCESSES.items():
        files[name] = f"{folder / name}.root:events"
        ROOT.RDF.FromNumpy(toy.columns(*spec)).Snapshot("events", f"{folder / name}.root")
    return toy.samples(files)


@pytest.mark.root
class TestEventLoop(BinEngineContract):
    @pytest.fixture
    def samples(self, in_files: Samples) -> Samples:
        return in_files

    def make(self, spec: BinsSpec, features: list[str], samples: Samples, precision: Any) -> Engine:
        from gradcut.engines import EventLoopBinsEngine

        return EventLoopBinsEngine(spec, features, samples, precision=precision)
