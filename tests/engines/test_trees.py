"""Alternatives, object counts and thresholds that depend on the event, through every engine in memory."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradcut import Samples, Selection
from gradcut.engines import collect
from gradcut.engines.cpu import CpuEngine
from gradcut.jagged import Jagged
from gradcut.yields import Moments

SELECTIONS = {
    "alternatives": ("met > ? || (ht > ? && trigger == 1)", "!(? < mll < ?)"),
    "opposite": ("!(met > ? && ht < ?)",),
    "count": ("count(jet_pt > ?pt && abs(jet_eta) < ?eta) >= 2", "met > ?"),
    "few": ("count(jet_pt > ?pt) < 3", "any(jet_pt > ?lead && npv < 30)"),
    "exactly": ("count(jet_pt > ?pt || jet_tag == 1) == 2",),
    "every": ("all(jet_pt > ?pt)",),
    "line": ("met > ?a + ?b * npv - 3", "ht > ?"),
    "line of objects": ("count(jet_pt > ?a + ?b * abs(jet_eta)) >= 1",),
    "categories": ("(region == 0 && met > ?m0) || (region == 1 && met > ?m1)",),
}
VALUES = {
    "met": 60.0,
    "ht": 200.0,
    "mll:low": 80.0,
    "mll:high": 100.0,
    "pt": 32.0,
    "eta": 1.9,
    "lead": 55.0,
    "a": 35.0,
    "b": 0.6,
    "m0": 50.0,
    "m1": 80.0,
}


def columns(n: int = 400, seed: int = 1) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    lengths = rng.poisson(2.5, n)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    found = {
        "met": rng.exponential(60, n).astype(np.float32),
        "ht": rng.exponential(200, n),
        "mll": rng.normal(91, 10, n),
        "npv": rng.integers(10, 60, n),
        "trigger": rng.integers(0, 2, n),
        "region": rng.integers(0, 2, n),
        "w": rng.normal(1, 0.5, n),
        "jet_pt": Jagged(rng.exponential(40, offsets[-1]).astype(np.float32), offsets),
        "jet_eta": Jagged(rng.normal(0, 2, offsets[-1]).astype(np.float32), offsets),
        "jet_tag": Jagged(rng.integers(0, 2, offsets[-1]), offsets),
    }
    found["met"][::41] = np.nan
    found["ht"][::37] = -999.0
    found["jet_pt"].values[::23] = np.nan
    return found


def engines(spec: Any, tables: Any, precision: Any) -> list[Any]:
    found: list[Any] = [CpuEngine(spec, tables, precision=precision, n_threads=2)]
    try:
        from gradcut.engines.torch_engine import TorchEngine
    except ImportError:
        return found
    return [*found, TorchEngine(spec, tables, device="cpu", precision=precision, chunk=64)]


def point_of(selection: Selection, spec: Any, width: float) -> np.ndarray:
    values = [VALUES[name] for name in selection.parameters]
    return np.array([[*values, *[width] * spec.n_cuts]])


@pytest.mark.parametrize("missing", ["fail", "pass"])
@pytest.mark.parametrize("name", SELECTIONS)
def test_hard_limit_of_trees_is_the_mask_of_the_selection(name: str, missing: Any) -> None:
    events = columns()
    selection = Selection(*SELECTIONS[name], missing=missing, sentinels=[-999])
    samples = Samples(weight="w", sentinels=[-999])
    samples.add("all", events, role="background")
    spec = selection.kernel_spec()
    tables = collect(selection, samples)
    passed = selection.mask(events, {n: VALUES[n] for n in selection.parameters})
    expected = [passed.sum(), events["w"][passed].sum(), (events["w"][passed] ** 2).sum()]
    assert 0 < expected[0] < 400
    for engine in engines(spec, tables, "float64"):
        hard = engine.hard_yields(point_of(selection, spec, 1.0)).moments
        np.testing.assert_allclose([m.item() for m in hard], expected, rtol=1e-12)
        narrow = engine.yields(point_of(selection, spec, 1e-7)).moments
        np.testing.assert_allclose([m.item() for m in narrow], expected, rtol=1e-9)


@pytest.mark.parametrize("step", ["logistic", "gaussian"])
@pytest.mark.parametrize("name", SELECTIONS)
def test_derivatives_of_trees_are_finite_differences_in_every_engine(name: str, step: Any) -> None:
    selection = Selection(*SELECTIONS[name], sentinels=[-999], step=step)
    samples = Samples(weight="w", sentinels=[-999])
    samples.add("all", columns(seed=2), role="background")
    spec = selection.kernel_spec()
    tables = collect(selection, samples)
    point = point_of(selection, spec, 7.0)
    values, gradients = [], []
    for engine in engines(spec, tables, "float64"):
        yields = engine.yields(point)
        unit = np.ones_like(yields.moments.sum_w)
        gradient = engine.vjp(Moments(0 * unit, unit, 0 * unit))[0]
        for k in range(point.shape[1]):
            h, moved = 1e-5, []
            for sign in (1, -1):
                shifted = point.copy()
                shifted[0, k] += sign * h
                moved.append(engine.evaluate(shifted).yields.moments.sum_w.item())
            assert gradient[k] == pytest.approx((moved[0] - moved[1]) / (2 * h), rel=1e-5, abs=1e-6)
        values.append(yields.moments.sum_w.item())
        gradients.append(gradient)
    np.testing.assert_allclose(values, values[0], rtol=1e-12)
    np.testing.assert_allclose(
        gradients, np.broadcast_to(gradients[0], np.shape(gradients)), rtol=1e-9, atol=1e-9
    )


@pytest.mark.parametrize("name", ["alternatives", "count", "line"])
def test_trees_in_single_precision_are_near_those_in_double(name: str) -> None:
    selection = Selection(*SELECTIONS[name], sentinels=[-999])
    samples = Samples(weight="w", sentinels=[-999])
    samples.add("all", columns(seed=3), role="background")
    spec = selection.kernel_spec()
    tables = collect(selection, samples)
    point = point_of(selection, spec, 7.0)
    exact = engines(spec, tables, "float64")[0].yields(point).moments.sum_w.item()
    for engine in engines(spec, tables, "float32"):
        assert engine.yields(point).moments.sum_w.item() == pytest.approx(exact, abs=1e-6 * 500)


def test_sums_of_trees_do_not_depend_on_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    selection = Selection(*SELECTIONS["count"])
    samples = Samples(weight="w")
    samples.add("all", columns(seed=4), role="background")
    spec = selection.kernel_spec()
    tables = collect(selection, samples)
    point = point_of(selection, spec, 5.0)
    whole = CpuEngine(spec, tables, precision="float64").yields(point).moments.sum_w.item()
    monkeypatch.setattr("gradcut.engines.cpu.TASK", 33)
    parts = CpuEngine(spec, tables, precision="float64").yields(point).moments.sum_w.item()
    assert parts == pytest.approx(whole, rel=1e-13)
