"""Processes, channels, variations and splits through the engines."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pytest

import gradcut as gc
from engines import toy
from gradcut.engines import CpuEngine, collect
from gradcut.errors import DeclarationError, GradcutError
from gradcut.yields import EMPTY_BIN_UPPER_LIMIT, Moments


@pytest.fixture(scope="module")
def tables() -> Any:
    return collect(toy.SELECTION, toy.samples({n: toy.columns(*s) for n, s in toy.PROCESSES.items()}))


@pytest.fixture(scope="module")
def engine(tables: Any) -> CpuEngine:
    return CpuEngine(toy.SELECTION.kernel_spec(), tables, precision="float64")


def test_parameters_are_thresholds_then_widths(engine: CpuEngine) -> None:
    assert engine.parameters[:5] == ("met", "abs(dphi)", "mass:low", "mass:high", "n_jet")
    assert all(name.endswith(":width") for name in engine.parameters[5:])


def test_hard_yields_equal_a_loop_over_events(engine: CpuEngine) -> None:
    yields = engine.hard_yields(toy.POINT)
    layout = yields.layout
    assert layout.variations == ("nominal", "JES:up", "JES:down", "SF:up", "SF:down")
    assert layout.channels == ("SR", "CR")
    for process in layout.processes:
        for channel in layout.channels:
            if process == "susy" and channel == "CR":
                assert not yields.of(process, channel=channel).sum_w.any()
                continue
            for variation in layout.variations:
                got = yields.of(process, channel=channel, variation=variation)
                want = toy.slow_hard_yields(process, channel, variation, toy.VALUES)
                assert [float(m[0, 0]) for m in got] == pytest.approx(want, rel=1e-6)


def test_absent_variation_has_the_nominal_yields_and_says_so(engine: CpuEngine) -> None:
    yields = engine.yields(toy.POINT)
    ww = yields.layout.processes.index("ww")
    up = yields.layout.variations.index("SF:up")
    assert not yields.layout.present[0, ww, up]
    for moment in yields.moments:
        assert moment[0, 0, ww, up] == moment[0, 0, ww, 0] != 0


def test_gradient_of_any_function_of_the_yields_equals_finite_differences(engine: CpuEngine) -> None:
    rng = np.random.default_rng(4)
    at = np.array(toy.POINT)
    yields = engine.yields(at)
    cotangents = Moments(*(rng.normal(size=m.shape) for m in yields.moments))
    gradient = engine.vjp(cotangents)[0]
    for k in range(len(at)):
        h = 1e-5 * max(abs(at[k]), 1)
        step = np.eye(len(at))[k] * h
        both = engine.evaluate(np.stack([at + step, at - step])).yields.moments
        difference = sum(float(np.sum(c * (m[:1] - m[1:]))) for c, m in zip(cotangents, both, strict=True))
        assert gradient[k] == pytest.approx(difference / (2 * h), rel=1e-6, abs=1e-6)


def test_older_evaluation_stays_valid(engine: CpuEngine) -> None:
    first = engine.evaluate(toy.POINT)
    ones = Moments(*(np.ones_like(m) for m in first.yields.moments))
    before = first.vjp(ones)
    engine.yields(np.array(toy.POINT) * 1.1)
    np.testing.assert_array_equal(first.vjp(ones), before)


def test_vjp_before_yields_is_an_error(tables: Any) -> None:
    fresh = CpuEngine(toy.SELECTION.kernel_spec(), tables)
    with pytest.raises(GradcutError, match=r"call engine.yields\(points\) first"):
        fresh.vjp(Moments(1, 1, 1))


def test_sums_do_not_depend_on_the_number_of_threads(tables: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradcut.engines.cpu.TASK", 100)
    spec = toy.SELECTION.kernel_spec()
    results = [CpuEngine(spec, tables, n_threads=n).yields(toy.POINT).moments.sum_w for n in (1, 2, 5)]
    np.testing.assert_array_equal(results[0], results[1])
    np.testing.assert_array_equal(results[0], results[2])


def test_single_precision_agrees_within_the_promise(tables: Any, engine: CpuEngine) -> None:
    single = CpuEngine(toy.SELECTION.kernel_spec(), tables, precision="float32").yields(toy.POINT)
    double = engine.yields(toy.POINT)
    scale = double.layout.total_entries[None, :, :, None, None] * 3
    assert np.all(np.abs(single.moments.sum_w - double.moments.sum_w) <= 1e-6 * scale)


def test_narrow_widths_reach_the_hard_yields(tables: Any, engine: CpuEngine) -> None:
    narrow = [*toy.POINT[:5], *(w * 1e-7 for w in toy.WIDTHS)]
    soft, hard = engine.yields(narrow), engine.hard_yields(toy.POINT)
    np.testing.assert_allclose(soft.moments.sum_w, hard.moments.sum_w, rtol=1e-6)


def test_hard_yields_do_not_depend_on_the_precision(tables: Any, engine: CpuEngine) -> None:
    single = CpuEngine(toy.SELECTION.kernel_spec(), tables, precision="float32")
    np.testing.assert_array_equal(
        single.hard_yields(toy.POINT).moments.sum_w, engine.hard_yields(toy.POINT).moments.sum_w
    )


def test_totals_are_before_the_selection(engine: CpuEngine) -> None:
    layout = engine.layout
    c = toy.columns(*toy.PROCESSES["ww"])
    kept = (c["presel"] == 1) & (c["region"] == 0)
    ww = layout.processes.index("ww")
    weights = c["weight"][kept].astype(np.float64)
    assert layout.total_entries[0, ww] == kept.sum()
    assert layout.total_sum_w[0, ww] == pytest.approx(weights.sum())
    assert layout.mean_weight[0, ww] == pytest.approx(np.abs(weights).mean())
    assert layout.largest_weight[0, ww] == pytest.approx(np.abs(weights).max())


def test_part_of_a_split_estimates_the_full_yield_and_variance(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    many = {name: toy.columns(20 * n, seed, shift) for name, (n, seed, shift) in toy.PROCESSES.items()}
    whole = collect(toy.SELECTION, toy.samples(many), split=gc.Split(train=0.4, select=0.2, test=0.4, seed=3))
    spec = toy.SELECTION.kernel_spec()
    full = CpuEngine(spec, whole).yields(toy.POINT)
    half = CpuEngine(spec, whole.part("train")).yields(toy.POINT)
    there = full.layout.present
    ratio = half.moments.sum_w[0, ..., 0][there] / full.moments.sum_w[0, ..., 0][there]
    assert np.abs(ratio - 1).max() < 0.15
    ratio = half.moments.variance[0, ..., 0][there] / full.moments.variance[0, ..., 0][there]
    assert np.abs(ratio - 1).max() < 0.25
    # The weight of an event is on the scale of the full sample in both.
    np.testing.assert_allclose(half.layout.mean_weight, full.layout.mean_weight, rtol=0.05)


def test_exhausted_process_keeps_the_variance_of_one_event(engine: CpuEngine) -> None:
    nothing = engine.hard_yields([1e5, *toy.POINT[1:]])
    assert not nothing.moments.variance.any()
    floored = nothing.floored_variance()
    expected = (EMPTY_BIN_UPPER_LIMIT * engine.layout.mean_weight) ** 2
    np.testing.assert_allclose(floored[0, :, :, 0, 0], expected)
    susy = nothing.layout.processes.index("susy")
    assert floored[0, 1, susy, 0, 0] == 0  # susy is not in CR at all


def test_signal_and_background_are_sums_over_roles(engine: CpuEngine) -> None:
    yields = engine.yields([toy.POINT, toy.POINT])
    background = yields.total("background").sum_w
    assert background.shape == (2, 2, 1)
    parts = [yields.of(name, channel="SR").sum_w[0, 0] for name in ("ww", "top")]
    assert background[0, 0, 0] == pytest.approx(sum(parts))
    assert yields.at(1).n_points == 1


@pytest.mark.parametrize(
    ("point", "message"),
    [
        ([1.0, 2.0], r"(?s)wrong shape.*given: \(2,\).*allowed: \(points, 9\): met, abs\(dphi\)"),
        ([np.nan, *toy.POINT[1:]], r"(?s)not finite.*where: 'met' at point 0"),
        ([*toy.POINT[:5], 0.0, *toy.POINT[6:]], r"(?s)a width is not positive.*given: 0"),
        ([*toy.POINT[:2], 97.0, 85.0, *toy.POINT[4:]], r"(?s)lies above the upper one.*given: 97 and 85"),
    ],
)
def test_points_that_make_no_sense_are_refused(engine: CpuEngine, point: list[float], message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        engine.yields(point)


def test_unknown_names_are_refused_with_close_ones(engine: CpuEngine) -> None:
    yields = engine.yields(toy.POINT)
    with pytest.raises(DeclarationError, match=r"(?s)no process is called 'suzy'.*did you mean 'susy'"):
        yields.of("suzy", channel="SR")
    with pytest.raises(DeclarationError, match=r"(?s)there are several channels.*allowed: SR, CR"):
        yields.of("susy")
    with pytest.raises(DeclarationError, match="no process has the role 'data'"):
        yields.total("data")


def test_unknown_precision_is_refused(tables: Any) -> None:
    with pytest.raises(DeclarationError, match=r"(?s)unknown precision.*allowed: 'float32', 'float64'"):
        CpuEngine(toy.SELECTION.kernel_spec(), tables, precision="half")  # type: ignore[arg-type]


def test_events_of_another_selection_are_refused(tables: Any) -> None:
    other = gc.Selection(*(f"x{i} > ?" for i in range(9)))
    with pytest.raises(DeclarationError, match="were collected for another selection"):
        CpuEngine(other.kernel_spec(), tables)


@pytest.mark.torch
class TestTorch:
    def test_torch_engine_equals_the_kernels(self, tables: Any, engine: CpuEngine) -> None:
        from gradcut.engines import TorchEngine

        other = TorchEngine(toy.SELECTION.kernel_spec(), tables, device="cpu", precision="float64", chunk=200)
        points = np.array([toy.POINT, toy.POINT]) * np.array([[1.0], [1.01]])
        ours, theirs = engine.yields(points), other.yields(points)
        rng = np.random.default_rng(8)
        cotangents = Moments(*(rng.normal(size=m.shape) for m in ours.moments))
        for a, b in zip(ours.moments, theirs.moments, strict=True):
            np.testing.assert_allclose(b, a, rtol=1e-11, atol=1e-9)
        np.testing.assert_allclose(other.vjp(cotangents), engine.vjp(cotangents), rtol=1e-9, atol=1e-9)
        np.testing.assert_array_equal(
            other.hard_yields(points).moments.sum_w.round(9),
            engine.hard_yields(points).moments.sum_w.round(9),
        )

    def test_autograd_through_an_engine_is_its_vjp(self, engine: CpuEngine) -> None:
        import torch

        from gradcut.engines import differentiable_yields

        points = torch.tensor([toy.POINT, toy.POINT], dtype=torch.float64, requires_grad=True)

        def loss(p: torch.Tensor) -> torch.Tensor:
            yields = differentiable_yields(engine, p)
            s, b = (yields.total(role).sum_w[:, 0, 0] for role in ("signal", "background"))
            return s / torch.sqrt(b + yields.floored_variance().sum())

        assert torch.autograd.gradcheck(loss, (points,), eps=1e-4, atol=1e-6, rtol=1e-4)
