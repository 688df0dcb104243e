"""The compiled kernels of bins, in both precisions and every instruction set of this processor."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from contracts.bins import (
    STEPS,
    VARIETIES,
    BinsContract,
    axes_case,
    exact_memberships,
    make_case,
    mixture_case,
)
from contracts.bins_oracle import BinsCase
from gradcut import _kernels
from gradcut.binning.bins_spec import BINS_KINDS, BinsSpec
from gradcut.kernel_spec import STEPS as STEP_CODES


@pytest.fixture(params=["baseline", "avx2", "avx512"], autouse=True)
def instruction_set(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param not in _kernels.instruction_sets():
        pytest.skip(f"this processor has no {request.param}")
    before = _kernels.instruction_set()
    _kernels.use_instruction_set(request.param)
    assert _kernels.instruction_set() == request.param
    yield request.param
    _kernels.use_instruction_set(before)


def arguments(case: BinsCase) -> dict[str, object]:
    """Arguments of the kernels in their own codes."""
    return {
        "kind": BINS_KINDS[case.kind],
        "step": STEP_CODES[case.step],
        "n_edges": np.array(case.n_edges, dtype=np.uint32),
        "n_bins": case.n_bins,
        "local_width": case.local_width,
        "reflect": case.reflect,
        "parameters": np.ascontiguousarray(case.parameters),
    }


def contiguous(case: BinsCase) -> list[np.ndarray]:
    return [np.ascontiguousarray(c) for c in case.columns]


class Kernels(BinsContract):
    def moments(self, case: BinsCase) -> np.ndarray:
        return _kernels.bins_moments(contiguous(case), np.ascontiguousarray(case.weights), **arguments(case))

    def vjp(self, case: BinsCase, cotangents: np.ndarray) -> np.ndarray:
        weights = np.ascontiguousarray(case.weights)
        return _kernels.bins_vjp(contiguous(case), weights, cotangents, **arguments(case))


class TestDouble(Kernels):
    dtype = np.float64
    tolerance = 1e-13


class TestFloat(Kernels):
    dtype = np.float32
    #: The promise of the fast version: deviations below 2e-6 of the sum of absolute weights.
    tolerance = 2e-6

    @pytest.mark.parametrize("size", [1e-30, 1e-20, 1e20, 1e30])
    @pytest.mark.parametrize("variety", ["axis", "mixture"])
    def test_weights_of_any_size(self, variety: str, size: float) -> None:
        case = self.case(variety)
        scaled = case.changed(weights=(case.weights.astype(np.float64) * size).astype(np.float32))
        factor = np.array([1, size, size**2])[None, :, None]
        np.testing.assert_allclose(self.moments(scaled) / factor, self.moments(case), rtol=1e-4, atol=1e-4)
        cotangents = self.cotangents(case)
        got = self.vjp(scaled, cotangents / factor)
        np.testing.assert_allclose(got, self.vjp(case, cotangents), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("step", [*STEPS, "hard"])
@pytest.mark.parametrize("variety", VARIETIES)
class TestViews:
    """The other entry points say the same as the moments."""

    def test_memberships_equal_the_slow_loop(self, variety: str, step: str, dtype: type) -> None:
        case = make_case(variety, step, n=35, dtype=dtype)
        case.columns[0][7] = np.nan
        p = _kernels.bins_membership(contiguous(case), **arguments(case))
        assert p.dtype == dtype
        assert np.all(p >= 0)
        tolerance = 3e-14 if dtype is np.float64 else 6e-6
        np.testing.assert_allclose(p, exact_memberships(case), rtol=0, atol=tolerance)

    def test_gradient_of_memberships_is_that_of_moments(self, variety: str, step: str, dtype: type) -> None:
        case = make_case(variety, step, n=300, dtype=dtype)
        case.columns[0][7] = np.nan
        cotangents = np.random.default_rng(4).normal(size=(2, 3, case.n_bins))
        powers = np.stack([case.weights.astype(np.float64) ** m for m in range(3)])
        combined = np.einsum("pmb,mi->pbi", cotangents, powers).astype(dtype)
        got = _kernels.bins_membership_vjp(contiguous(case), combined, **arguments(case))
        expected = _kernels.bins_vjp(contiguous(case), case.weights, cotangents, **arguments(case))
        tolerance = 1e-12 if dtype is np.float64 else 2e-4
        np.testing.assert_allclose(got, expected, rtol=tolerance, atol=100 * tolerance)

    def test_index_is_the_hard_bin(self, variety: str, step: str, dtype: type) -> None:
        case = make_case(variety, step, n=300, dtype=dtype)
        case.columns[0][7] = np.nan
        index = _kernels.bins_index(contiguous(case), **arguments(case))
        p = _kernels.bins_membership(contiguous(case), **arguments(case.changed(step="hard")))
        assert index.dtype == np.int32
        expected = np.where(p.any(axis=1), p.argmax(axis=1), -1)
        np.testing.assert_array_equal(index, expected)
        assert np.all(index[:, 7] == -1)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(("k", "d"), [(1, 1), (4, 1), (3, 3), (2, 4), (40, 6), (3, 16)])
def test_mixtures_of_any_size(k: int, d: int, dtype: type) -> None:
    case = mixture_case("logistic", 12, np.random.default_rng(5), 1, k, d)
    case = case.changed(columns=[c.astype(dtype) for c in case.columns], weights=case.weights.astype(dtype))
    cotangents = np.random.default_rng(6).normal(size=(1, 3, k))
    settings = arguments(case)
    got = _kernels.bins_vjp(contiguous(case), case.weights, cotangents, **settings)

    def objective(parameters: np.ndarray) -> float:
        wide = [c.astype(np.float64) for c in case.columns]
        w = case.weights.astype(np.float64)
        sums = _kernels.bins_moments(wide, w, **{**settings, "parameters": parameters})
        return float((sums * cotangents).sum())

    chosen = np.unique(np.linspace(0, case.parameters.shape[1] - 1, 40).astype(int))
    for index in chosen:
        shift = np.zeros_like(case.parameters)
        shift[0, index] = 1e-5
        expected = (objective(case.parameters + shift) - objective(case.parameters - shift)) / 2e-5
        assert got[0, index] == pytest.approx(expected, rel=1e-6, abs=1e-6 if dtype is np.float64 else 5e-4)


def test_many_bins_of_an_axis() -> None:
    x = np.random.default_rng(7).normal(size=3000)
    edges = np.linspace(-3, 3, 1001)
    spec = BinsSpec("axes", "hard", ("x",), n_edges=(1001,))
    case = BinsCase("axes", "hard", np.append(edges, 0.1)[None], [x], np.ones(3000), n_edges=spec.n_edges)
    counts = np.histogram(x, np.concatenate([[-np.inf], edges, [np.inf]]))[0]
    np.testing.assert_array_equal(
        _kernels.bins_moments(case.columns, case.weights, **arguments(case))[0, 0], counts
    )
    soft = case.changed(step="gaussian", parameters=np.append(edges, 1e-7)[None])
    got = _kernels.bins_moments(case.columns, case.weights, **arguments(soft))[0, 0]
    assert np.abs(got - counts).max() < 1.0
    assert got.sum() == pytest.approx(3000)


def test_equal_edges_make_empty_bins_and_finite_derivatives() -> None:
    for dtype in (np.float64, np.float32):
        for options in ({}, {"local_width": True}, {"reflect": True}):
            case = axes_case("logistic", 50, np.random.default_rng(8), 1, n_edges=(4,), **options)
            case.parameters[0, :4] = [0.0, 0.5, 0.5, 1.0]
            case = case.changed(columns=[case.columns[0].astype(dtype)], weights=case.weights.astype(dtype))
            case.columns[0][:3] = [0.0, 0.5, 1.0]
            p = _kernels.bins_membership(case.columns, **arguments(case))
            assert not p[0, 2].any()
            gradient = _kernels.bins_vjp(case.columns, case.weights, np.ones((1, 3, 5)), **arguments(case))
            assert np.all(np.isfinite(gradient))


def test_ties_go_to_the_first_bin() -> None:
    for columns, case in (
        ([np.array([1.0, np.inf])] * 3, make_case("softmax").changed(n_components=3)),
        ([np.array([0.0])], make_case("mixture").changed(n_components=3)),
    ):
        size = 4 if case.kind == "softmax" else 10
        parameters = np.zeros((1, size))
        parameters[:, -1] = 1
        if case.kind == "mixture":
            parameters[:, 6:9] = 1
        tied = case.changed(parameters=parameters, columns=columns)
        assert not _kernels.bins_index(columns, **arguments(tied)).any()
        p = _kernels.bins_membership(columns, **arguments(tied))
        np.testing.assert_allclose(p, 1 / 3)


def test_infinite_outputs_win_or_lose() -> None:
    for dtype in (np.float64, np.float32):
        columns = [np.array([np.inf, -np.inf], dtype=dtype), np.array([0, 0], dtype=dtype)]
        case = make_case("softmax").changed(
            n_components=2, columns=columns, parameters=np.array([[0.0, 0, 1]])
        )
        p = _kernels.bins_membership(columns, **arguments(case))
        np.testing.assert_allclose(p[0], [[1, 0], [0, 1]], atol=1e-30)


def test_an_empty_component_gets_nothing() -> None:
    case = make_case("mixture", "logistic")
    parameters = case.parameters.copy()
    parameters[:, 1] = -np.inf
    p = _kernels.bins_membership(case.columns, **arguments(case.changed(parameters=parameters)))
    np.testing.assert_allclose(p[:, 1], 0, atol=1e-300)
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-14)


def test_float_sums_of_many_events_stay_within_the_promise() -> None:
    for variety in ("axis", "mixture"):
        case = make_case(variety, n=200_000, dtype=np.float32, points=1)
        case = case.changed(weights=np.abs(case.weights))
        wide = case.changed(
            columns=[c.astype(np.float64) for c in case.columns], weights=case.weights.astype(np.float64)
        )
        expected = TestDouble().moments(wide)
        np.testing.assert_allclose(TestFloat().moments(case), expected, rtol=3e-6)
        cotangents = np.random.default_rng(9).normal(size=(1, 3, case.n_bins))
        size = 2e-5 * expected.sum()
        got = TestFloat().vjp(case, cotangents)
        np.testing.assert_allclose(got, TestDouble().vjp(wide, cotangents), rtol=0, atol=size)


def test_same_input_gives_the_same_bits() -> None:
    case = make_case("mixture", n=5000, dtype=np.float32)
    kernels = TestFloat()
    np.testing.assert_array_equal(kernels.moments(case), kernels.moments(case))


AXIS, MIXTURE, SOFTMAX = make_case("axis"), make_case("mixture"), make_case("softmax")


@pytest.mark.parametrize(
    ("case", "change", "message"),
    [
        (AXIS, {"parameters": np.array([[0.0, 2, 1, 3, 1]])}, "edges decrease"),
        (AXIS, {"parameters": np.array([[0.0, 1, 2, 3, 0]])}, "a width is not positive"),
        (AXIS, {"parameters": np.array([[0.0, 1, 2, np.nan, 1]])}, "a parameter is not finite"),
        (AXIS, {"parameters": np.zeros((1, 4))}, r"shape \(points, parameters of the bins\)"),
        (AXIS, {"n_bins": 4}, r"n edges make n \+ 1 bins"),
        (AXIS, {"n_edges": np.array([1023], dtype=np.uint32), "n_bins": 5}, r"n edges make n \+ 1 bins"),
        (AXIS, {"n_edges": np.array([4096], dtype=np.uint32)}, "1 to 1024 bins"),
        (AXIS, {"n_edges": np.array([1], dtype=np.uint32), "reflect": True}, "at least two edges"),
        (AXIS, {"n_edges": np.array([4, 4], dtype=np.uint32)}, "a number per column of axes"),
        (MIXTURE, {"kind": 5}, "kind is not one of"),
        (AXIS, {"step": 7}, "step is not one of"),
        (MIXTURE, {"reflect": True}, "only axes have"),
        (MIXTURE, {"n_bins": 200}, "at most 128 components"),
        (MIXTURE, {"parameters": np.zeros((1, 19))}, "a temperature is not positive"),
        (MIXTURE, {"parameters": np.eye(1, 19, 18)}, "diagonal element of a precision factor"),
        (SOFTMAX, {"n_bins": 3}, "one column per bin"),
    ],
)
def test_wrong_arguments_are_refused(case: BinsCase, change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        _kernels.bins_moments(case.columns, case.weights, **{**arguments(case), **change})


def test_arrays_of_other_shapes_are_refused() -> None:
    settings = arguments(SOFTMAX)
    with pytest.raises(ValueError, match="columns differ in length"):
        _kernels.bins_index([*SOFTMAX.columns[:-1], SOFTMAX.columns[0][:-1]], **settings)
    with pytest.raises(ValueError, match="columns and weights differ in length"):
        _kernels.bins_moments(SOFTMAX.columns, SOFTMAX.weights[:-1], **settings)
    with pytest.raises(ValueError, match=r"cotangents need the shape \(points, 3, bins\)"):
        _kernels.bins_vjp(SOFTMAX.columns, SOFTMAX.weights, np.zeros((2, 3, 5)), **settings)
    with pytest.raises(ValueError, match=r"cotangents need the shape \(points, bins, events\)"):
        _kernels.bins_membership_vjp(SOFTMAX.columns, np.zeros((2, 4, 5)), **settings)
    with pytest.raises(TypeError):
        _kernels.bins_index([c.astype(np.int64) for c in SOFTMAX.columns], **settings)
