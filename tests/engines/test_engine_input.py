"""What engines refuse, what they share, and that hard cuts are compared in the types of the columns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradcut as gc
from gradcut.engines import CpuEngine, collect
from gradcut.engines.base import Engine
from gradcut.errors import DeclarationError

SELECTION = gc.Selection("f > ?", "d < ?", "big > ?", "flag < ?", "small >= ?")


def data(n: int = 3000) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(12)
    return {
        "f": rng.normal(0, 5, n).astype(np.float32),
        "d": rng.normal(1e6, 1, n),  # steps of float are 0.06 here
        "big": rng.integers(0, 2**60, n),
        "flag": rng.random(n) < 0.3,
        "small": rng.integers(0, 9, n).astype(np.uint8),
        "w": rng.normal(1.0, 1.0, n),
    }


def tables_of(columns: dict[str, np.ndarray], selection: gc.Selection = SELECTION) -> Any:
    samples = gc.Samples(weight="w")
    samples.add("a", columns, role="background")
    return collect(selection, samples)


def check_hard_yields(make: Any, precision: str) -> None:
    columns = data()
    engine: Engine = make(SELECTION.kernel_spec(), tables_of(columns), precision=precision)
    rng = np.random.default_rng(3)
    for i in range(25):
        # The neighbours of a value: a comparison in another type than the column's decides otherwise.
        values = {
            "f": float(np.nextafter(float(columns["f"][i]), rng.choice([-99, 99]))),
            "d": float(np.nextafter(columns["d"][i], rng.choice([0, 9e9]))),
            "big": float(columns["big"][i]) * 0.1,
            "flag": 0.5,
            "small": 3.0,
        }
        mask = SELECTION.mask(columns, values)
        got = engine.hard_yields([*values.values(), 1, 1, 1, 1, 1]).moments
        assert got.entries[0, 0, 0, 0, 0] == mask.sum()
        assert got.sum_w[0, 0, 0, 0, 0] == pytest.approx(columns["w"][mask].sum(), rel=1e-12)


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_hard_yields_of_the_cpu_engine_are_those_of_the_mask(precision: str) -> None:
    check_hard_yields(CpuEngine, precision)


@pytest.mark.torch
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_hard_yields_of_the_torch_engine_are_those_of_the_mask(precision: str) -> None:
    from functools import partial

    from gradcut.engines import TorchEngine

    check_hard_yields(partial(TorchEngine, device="cpu", chunk=1000), precision)


@pytest.mark.torch
def test_torch_engine_bad_settings_say_what_is_allowed() -> None:
    from gradcut.engines import TorchEngine

    tables = tables_of(data(50))
    with pytest.raises(DeclarationError, match=r"(?s)torch cannot use this device.*'teapot'.*'cpu'"):
        TorchEngine(SELECTION.kernel_spec(), tables, device="teapot")
    with pytest.raises(DeclarationError, match=r"(?s)a chunk is a number of events from 1 on.*0"):
        TorchEngine(SELECTION.kernel_spec(), tables, device="cpu", chunk=0)


@pytest.mark.torch
def test_torch_engine_takes_arrays_that_cannot_be_written_to() -> None:
    from gradcut.engines import TorchEngine

    columns = data(50)
    for column in columns.values():
        column.flags.writeable = False
    engine = TorchEngine(SELECTION.kernel_spec(), tables_of(columns), device="cpu")
    assert engine.yields([0, 1e6, 0, 1, 3, 1, 1, 1, 1, 1]).moments.entries.sum() > 0


@pytest.mark.parametrize("given", [0, -2, True, 1.5])
def test_number_of_threads_is_checked(given: Any) -> None:
    with pytest.raises(DeclarationError, match="threads is an integer from 1 on"):
        CpuEngine(SELECTION.kernel_spec(), tables_of(data(50)), n_threads=given)


def test_tables_of_another_selection_are_refused() -> None:
    tables = tables_of(data(50))
    for text in ("f > ?", "d < ?", "f < ? && d > ? && small > ?"):
        with pytest.raises(DeclarationError, match=r"(?s)collected for another selection.*engines.collect"):
            CpuEngine(gc.Selection(text).kernel_spec(), tables)


def test_column_shared_by_variations_is_converted_once() -> None:
    columns = data(50)
    columns |= {"f_up": columns["f"] * 2, "w_up": columns["w"] * 2}
    samples = gc.Samples(weight="w")
    samples.add("a", columns, role="background")
    samples.vary("F", suffix="_up")
    engine = CpuEngine(SELECTION.kernel_spec(), collect(SELECTION, samples))
    nominal, up = (ready.columns for ready in engine._prepared)
    assert up[0] is not nominal[0]
    assert all(one is other for one, other in zip(nominal[1:], up[1:], strict=True))


def test_doubles_too_large_for_a_float_are_beyond_every_cut() -> None:
    columns = data(60)
    columns["d"][:20], columns["d"][20:40] = 1.5e308, -1.5e308
    spec, tables = SELECTION.kernel_spec(), tables_of(columns)
    point = [-100, 1e6, -1, 2, -1, 1, 0.5, 1, 0.1, 0.1]
    single, double = (CpuEngine(spec, tables, precision=p).yields(point) for p in ("float32", "float64"))
    np.testing.assert_allclose(single.moments.entries, double.moments.entries, rtol=1e-5)


@pytest.mark.parametrize(("offset", "spread"), [(0, 1), (1e3, 10), (1e5, 10), (1e6, 3), (1.6e9, 1000)])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_single_precision_keeps_its_promise_for_features_of_large_offset(
    offset: float, spread: float, kind: Any
) -> None:
    n = 20000
    columns = {"x": np.random.default_rng(4).normal(offset, spread, n).astype(kind), "w": np.ones(n)}
    selection = gc.Selection("x > ?")
    spec, tables = selection.kernel_spec(), tables_of(columns, selection)
    point = [offset + 0.3123 * spread, 0.05 * spread]
    double, single = (CpuEngine(spec, tables, precision=p).evaluate(point) for p in ("float64", "float32"))
    assert abs(single.yields.moments.sum_w - double.yields.moments.sum_w).max() < 1e-6 * n
    ones = gc.Moments(*(np.ones_like(m) for m in double.yields.moments))
    np.testing.assert_allclose(single.vjp(ones), double.vjp(ones), rtol=1e-4)


def test_sentinels_of_the_samples_must_be_known_to_the_selection() -> None:
    samples = gc.Samples(weight="w", sentinels=-999)
    samples.add("a", data(50), role="background")
    with pytest.raises(
        DeclarationError, match=r"(?s)sentinels that the selection does not.*\[-1.0, -999.0\]"
    ):
        collect(gc.Selection("f > ?", sentinels=-1), samples)
    assert collect(gc.Selection("f > ?", sentinels=[-999, -1]), samples).features == ("f",)


@pytest.mark.torch
def test_second_derivatives_and_flat_points_are_refused() -> None:
    import torch

    from gradcut.engines import differentiable_yields

    engine = CpuEngine(SELECTION.kernel_spec(), tables_of(data(50)))
    points = torch.tensor([[0.0, 1e6, 0, 1, 3, 1, 1, 1, 1, 1]], dtype=torch.float64, requires_grad=True)
    total = differentiable_yields(engine, points).moments.sum_w.sum() ** 2
    (gradient,) = torch.autograd.grad(total, points, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        gradient.sum().backward()
    with pytest.raises(DeclarationError, match=r"(?s)axes \(points, parameters\).*points\[None\]"):
        differentiable_yields(engine, points[0])


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ("abc", "parameter points are an array of numbers"),
        ([[1, 2], [3]], "parameter points are an array of numbers"),
        (None, "parameter points have the wrong shape"),
        ([[np.inf] * 10], "a parameter is not finite"),
        ([0] * 10, "a width is not positive"),
    ],
)
def test_points_that_are_none_say_what_is_allowed(points: Any, message: str) -> None:
    engine = CpuEngine(SELECTION.kernel_spec(), tables_of(data(50)))
    with pytest.raises(DeclarationError, match=message):
        engine.yields(points)


def test_things_given_in_each_others_place_are_named() -> None:
    tables = tables_of(data(50))
    spec: Any = SELECTION.kernel_spec()
    wrong: Any = SELECTION
    with pytest.raises(DeclarationError, match=r"(?s)Selection.*selection.kernel_spec\(\)"):
        CpuEngine(wrong, tables)
    with pytest.raises(DeclarationError, match=r"(?s)collected events.*dict.*engines.collect"):
        CpuEngine(spec, {})  # type: ignore[arg-type]
    engine = CpuEngine(spec, tables)
    yields = engine.yields([0, 1e6, 0, 1, 3, 1, 1, 1, 1, 1])
    with pytest.raises(DeclarationError, match=r"(?s)cotangents.*\(7,\).*points, channels"):
        engine.vjp(gc.Moments(np.ones(7), 1, 1))
    with pytest.raises(DeclarationError, match=r"(?s)no such point.*5.*0 to 0 of 1"):
        yields.at(5)
    assert yields.at(-1).n_points == 1
    with pytest.raises(DeclarationError, match=r"(?s)unknown role.*'bckg'.*signal, background, data"):
        yields.total("bckg")
    with pytest.raises(DeclarationError, match=r"(?s)unknown process 'b'.*known names: a"):
        tables.role("b")


@pytest.mark.parametrize("values", [{"f": None}, {"f": "3"}, {"f": np.ones(3)}, [3]])
def test_values_of_parameters_that_are_no_numbers_are_refused(values: Any) -> None:
    with pytest.raises(DeclarationError, match=r"is not a number|are a mapping"):
        gc.Selection("f > ?").mask(data(5), values)


@pytest.mark.torch
def test_torch_engine_differentiates_inside_a_backward_pass() -> None:
    import torch

    from gradcut.engines import TorchEngine, differentiable_yields

    spec, tables = SELECTION.kernel_spec(), tables_of(data(200))
    gradients = []
    for engine in (CpuEngine(spec, tables), TorchEngine(spec, tables, device="cpu")):
        points = torch.tensor([[0.0, 1e6, 0, 1, 3, 1, 1, 1, 1, 1]], dtype=torch.float64, requires_grad=True)
        differentiable_yields(engine, points).moments.sum_w.sum().backward()
        gradients.append(points.grad.numpy())
    np.testing.assert_allclose(gradients[0], gradients[1], rtol=1e-4, atol=1e-4)
