"""The contract of every engine, and that all of them say the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from contracts.oracle import Case
from contracts.selection import SLOTS, SelectionContract
from gradcut import Samples
from gradcut.engines.base import Engine
from gradcut.engines.cpu import CpuEngine
from gradcut.kernel_spec import HIGH_INCLUSIVE, LOW_INCLUSIVE, MISSING_PASSES, KernelSpec
from gradcut.kernel_spec import KINDS as KIND_CODES
from gradcut.yields import Moments


def cpu(spec: KernelSpec, tables: Any, precision: Any) -> Engine:
    return CpuEngine(spec, tables, precision=precision)


def plain_torch(spec: KernelSpec, tables: Any, precision: Any) -> Engine:
    from gradcut.engines.torch_engine import TorchEngine

    return TorchEngine(spec, tables, device="cpu", precision=precision, chunk=64)


def cuda_torch(spec: KernelSpec, tables: Any, precision: Any) -> Engine:
    from gradcut.engines.torch_engine import TorchEngine

    return TorchEngine(spec, tables, device="cuda", precision=precision, chunk=1000)


def tables_of(case: Case) -> Any:
    """One process with the events of a case, as arrays."""
    columns = {f"x{k}": c for k, c in enumerate(case.columns)} | {"w": case.weights}
    samples = Samples(weight="w")
    samples.add("all", columns, role="background")
    return samples.collect([f"x{k}" for k in range(case.n_cuts)])


def spec_of(case: Case) -> KernelSpec:
    kinds = np.array([KIND_CODES[kind] for kind in case.kinds], dtype=np.uint8)
    flags = (
        LOW_INCLUSIVE * np.array(case.inclusive_low, dtype=np.uint8)
        + HIGH_INCLUSIVE * np.array(case.inclusive_high, dtype=np.uint8)
        + MISSING_PASSES * np.array(case.missing_passes, dtype=np.uint8)
    ).astype(np.uint8)
    has = {"low": [k != "below" for k in case.kinds], "high": [k != "above" for k in case.kinds]}
    names: list[str] = []
    index = {}
    for slot in ("low", "high"):
        index[slot] = np.full(case.n_cuts, -1, dtype=np.int64)
        for k in range(case.n_cuts):
            if has[slot][k]:
                index[slot][k] = len(names)
                names.append(f"x{k}:{slot}")
    return KernelSpec(
        step=case.step if case.step != "hard" else "logistic",
        kinds=kinds,
        flags=flags,
        low=index["low"],
        high=index["high"],
        parameters=tuple(names),
        cuts=tuple(f"x{k}" for k in range(case.n_cuts)),
    )


def points_of(case: Case, spec: KernelSpec) -> np.ndarray:
    thresholds = np.zeros((case.n_points, len(spec.parameters)))
    for slot in ("low", "high"):
        index = getattr(spec, slot)
        thresholds[:, index[index >= 0]] = getattr(case, slot)[:, index >= 0]
    return np.hstack([thresholds, case.width])


class EngineContract(SelectionContract):
    """The tests of the kernels, through an engine: moments from ``yields``, derivatives from ``vjp``."""

    make: Callable[[KernelSpec, Any, str], Engine]
    precision: str = "float64"

    def moments(self, case: Case, derivatives: int = 2) -> np.ndarray:
        if len(case.weights) == 0:
            return np.zeros((case.n_points, 3, 1 + 3 * case.n_cuts))  # samples without events are refused
        spec = spec_of(case)
        engine = type(self).make(spec, tables_of(case), self.precision)
        points = points_of(case, spec)
        result = np.zeros((case.n_points, 3, 1 + 3 * case.n_cuts))
        if case.step == "hard":
            yields = engine.hard_yields(points)
            result[:, :, 0] = np.stack([m.reshape(case.n_points) for m in yields.moments], axis=1)
            return result
        yields = engine.yields(points)
        result[:, :, 0] = np.stack([m.reshape(case.n_points) for m in yields.moments], axis=1)
        if derivatives:
            for m in range(3):
                unit = [np.full_like(yields.moments.sum_w, float(i == m)) for i in range(3)]
                gradient = engine.vjp(Moments(*unit))
                for slot in ("low", "high"):
                    index = getattr(spec, slot)
                    cuts = np.flatnonzero(index >= 0)
                    result[:, m, 1 + SLOTS.index(slot) * case.n_cuts + cuts] = gradient[:, index[cuts]]
                if derivatives == 2:
                    result[:, m, 1 + 2 * case.n_cuts :] = gradient[:, len(spec.parameters) :]
        return result


class TestCpuDouble(EngineContract):
    make = staticmethod(cpu)


class TestCpuFloat(EngineContract):
    make = staticmethod(cpu)
    precision, dtype, tolerance = "float32", np.float32, 1e-6


@pytest.mark.torch
class TestTorchDouble(EngineContract):
    make = staticmethod(plain_torch)


@pytest.mark.torch
class TestTorchFloat(EngineContract):
    make = staticmethod(plain_torch)
    precision, dtype, tolerance = "float32", np.float32, 1e-6


@pytest.mark.torch
@pytest.mark.cuda
class TestCudaDouble(EngineContract):
    make = staticmethod(cuda_torch)


@pytest.mark.torch
@pytest.mark.cuda
class TestCudaFloat(EngineContract):
    make = staticmethod(cuda_torch)
    precision, dtype, tolerance = "float32", np.float32, 1e-6
