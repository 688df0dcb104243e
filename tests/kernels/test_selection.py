"""The compiled selection kernels, in both precisions and every instruction set of this processor."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from contracts.oracle import Case
from contracts.selection import KINDS, SelectionContract
from gradcut import _kernels
from gradcut.kernel_spec import HIGH_INCLUSIVE, LOW_INCLUSIVE, MISSING_PASSES, STEPS
from gradcut.kernel_spec import KINDS as KIND_CODES


@pytest.fixture(params=["baseline", "avx2", "avx512"], autouse=True)
def instruction_set(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param not in _kernels.instruction_sets():
        pytest.skip(f"this processor has no {request.param}")
    before = _kernels.instruction_set()
    _kernels.use_instruction_set(request.param)
    assert _kernels.instruction_set() == request.param
    yield request.param
    _kernels.use_instruction_set(before)


def arguments(case: Case) -> dict[str, object]:
    """Arguments of the kernels in their own codes."""
    flags = (
        LOW_INCLUSIVE * np.array(case.inclusive_low, dtype=np.uint8)
        + HIGH_INCLUSIVE * np.array(case.inclusive_high, dtype=np.uint8)
        + MISSING_PASSES * np.array(case.missing_passes, dtype=np.uint8)
    )
    return {
        "step": STEPS[case.step],
        "kinds": np.array([KIND_CODES[kind] for kind in case.kinds], dtype=np.uint8),
        "flags": flags.astype(np.uint8),
        "low": np.ascontiguousarray(case.low),
        "high": np.ascontiguousarray(case.high),
        "width": np.ascontiguousarray(case.width),
    }


def moments(case: Case, derivatives: int) -> np.ndarray:
    columns = [np.ascontiguousarray(c) for c in case.columns]
    weights = np.ascontiguousarray(case.weights)
    return _kernels.selection_moments(columns, weights, **arguments(case), derivatives=derivatives)


class TestDouble(SelectionContract):
    dtype = np.float64
    tolerance = 1e-12

    def moments(self, case: Case, derivatives: int = 2) -> np.ndarray:
        return moments(case, derivatives)


class TestFloat(SelectionContract):
    dtype = np.float32
    #: The promise of the fast version: deviations below 1e-6 of the sum of absolute weights.
    tolerance = 1e-6

    def moments(self, case: Case, derivatives: int = 2) -> np.ndarray:
        return moments(case, derivatives)

    @pytest.mark.parametrize("size", [1e-30, 1e-20, 1e20, 1e30])
    def test_weights_of_any_size(self, size: float) -> None:
        case = self.case("logistic", ("above", "window"))
        scaled = case.changed(weights=(case.weights.astype(np.float64) * size).astype(np.float32))
        factor = np.array([1, size, size**2])[None, :, None]
        np.testing.assert_allclose(self.moments(scaled) / factor, self.moments(case), rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("step", ["logistic", "gaussian", "hard"])
class TestViews:
    """The other entry points say the same as the moments."""

    def case(self, step: str, dtype: type) -> Case:
        contract = TestDouble() if dtype is np.float64 else TestFloat()
        return contract.case(step, (*KINDS, "above"), n=700, points=3)

    def test_vjp_is_the_jacobian_contracted(self, step: str, dtype: type) -> None:
        case = self.case(step, dtype)
        cotangents = np.random.default_rng(5).normal(size=(3, 3))
        for level in (1, 2):
            gradient = _kernels.selection_vjp(
                case.columns, case.weights, **arguments(case), cotangents=cotangents, derivatives=level
            )
            jacobian = moments(case, level)[:, :, 1:].reshape(3, 3, 3, len(case.kinds))
            expected = np.einsum("pm,pmsk->psk", cotangents, jacobian)
            tolerance = 1e-11 if dtype is np.float64 else 1e-4
            np.testing.assert_allclose(gradient, expected, rtol=tolerance, atol=tolerance * 100)
            if level == 1:
                assert not gradient[:, 2].any()

    def test_memberships_weighted_and_summed_are_the_moments(self, step: str, dtype: type) -> None:
        case = self.case(step, dtype)
        p = _kernels.selection_membership(case.columns, len(case.weights), **arguments(case)).astype(
            np.float64
        )
        assert p.shape == (3, len(case.weights))
        assert np.all((p >= 0) & (p <= 1 + 1e-6))
        w = case.weights.astype(np.float64)
        expected = np.stack([(p * w**m).sum(axis=1) for m in range(3)], axis=1)
        np.testing.assert_allclose(
            moments(case, 0)[:, :, 0], expected, rtol=1e-12 if dtype is np.float64 else 1e-5
        )


def test_float_sums_of_a_million_events_stay_within_the_promise() -> None:
    rng = np.random.default_rng(3)
    n = 1_000_000
    columns = [rng.normal(size=n).astype(np.float32) for _ in range(5)]
    case = Case(
        "logistic",
        ("above",) * 5,
        np.full((1, 5), -1.0),
        np.zeros((1, 5)),
        np.full((1, 5), 0.2),
        columns,
        rng.uniform(0.5, 1.5, n).astype(np.float32),
    )
    wide = case.changed(
        columns=[c.astype(np.float64) for c in columns], weights=case.weights.astype(np.float64)
    )
    np.testing.assert_allclose(moments(case, 2)[0, :, :6], moments(wide, 2)[0, :, :6], rtol=2e-6)


def test_same_input_gives_the_same_bits() -> None:
    case = TestFloat().case("gaussian", KINDS, n=5000)
    np.testing.assert_array_equal(moments(case, 2), moments(case, 2))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"width": np.array([[0.0]])}, "a width is not positive"),
        ({"width": np.array([[np.nan]])}, "a width is not positive"),
        ({"kinds": np.array([9], dtype=np.uint8)}, "a kind is not one of"),
        ({"step": 7}, "step is not one of"),
        ({"low": np.zeros((2, 1))}, r"shape \(points, cuts\)"),
        ({"flags": np.zeros(2, dtype=np.uint8)}, "flags and kinds differ in length"),
    ],
)
def test_wrong_arguments_are_refused(change: dict[str, object], message: str) -> None:
    case = TestDouble().case("logistic", ("above",), points=1)
    with pytest.raises(ValueError, match=message):
        _kernels.selection_moments(case.columns, case.weights, **{**arguments(case), **change})


def test_columns_of_other_length_are_refused() -> None:
    case = TestDouble().case("logistic", ("above",), points=1)
    with pytest.raises(ValueError, match="columns and weights differ in length"):
        _kernels.selection_moments([case.columns[0][:-1]], case.weights, **arguments(case))


def test_unknown_instruction_set_is_refused() -> None:
    with pytest.raises(ValueError, match="'sse9' is not available here"):
        _kernels.use_instruction_set("sse9")
