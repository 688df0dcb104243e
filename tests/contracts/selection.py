"""What every implementation of a soft selection has to fulfil: kernels, engines, the event loop."""

from __future__ import annotations

import numpy as np
import pytest

from contracts import oracle
from contracts.oracle import Case

SLOTS = ("low", "high", "width")
KINDS = ("above", "below", "window", "veto")
STEPS = ("logistic", "gaussian")


def random_case(
    step: str, kinds: tuple[str, ...], n: int, seed: int, dtype: type = np.float64, points: int = 2
) -> Case:
    rng = np.random.default_rng(seed)
    low = rng.normal(-0.5, 0.4, (points, len(kinds)))
    return Case(
        step=step,
        kinds=kinds,
        low=low.astype(np.float32).astype(np.float64),
        high=(low + rng.uniform(0.2, 1.5, low.shape)).astype(np.float32).astype(np.float64),
        width=rng.uniform(0.05, 0.5, low.shape).astype(np.float32).astype(np.float64),
        columns=[rng.normal(size=n).astype(dtype) for _ in kinds],
        weights=rng.normal(0.7, 0.6, n).astype(dtype),
    )


class SelectionContract:
    """Subclasses give ``moments``, ``dtype`` and tolerances and inherit the tests.

    ``moments(case, derivatives)`` returns an array of shape (points, 3, 1 + 3 cuts). Deviations are
    measured against the same moment with absolute weights: a sum that cancels has no relative precision.
    """

    dtype: type = np.float64
    tolerance = 1e-12
    #: Finite differences of the oracle are good to about this.
    derivative_tolerance = 1e-7

    def moments(self, case: Case, derivatives: int = 2) -> np.ndarray:
        raise AssertionError("a contract test needs an implementation")

    def case(self, step: str, kinds: tuple[str, ...], n: int = 150, seed: int = 1, points: int = 2) -> Case:
        return random_case(step, kinds, n, seed, self.dtype, points)

    def scale(self, case: Case) -> np.ndarray:
        """Size that a deviation of each moment is compared with."""
        w = np.abs(case.weights.astype(np.float64))
        return np.array([np.count_nonzero(w), w.sum(), (w**2).sum()])

    def assert_values(self, case: Case, got: np.ndarray) -> None:
        for point in range(case.n_points):
            expected = np.array([float(x) for x in oracle.moments(case, point)])
            assert got[point, :, 0] == pytest.approx(expected, rel=0, abs=0) or np.all(
                np.abs(got[point, :, 0] - expected)
                <= self.tolerance * np.maximum(self.scale(case), np.abs(expected))
            )

    @pytest.mark.parametrize("step", STEPS)
    @pytest.mark.parametrize("kind", KINDS)
    def test_single_cut_equals_slow_loop(self, step: str, kind: str) -> None:
        case = self.case(step, (kind,))
        self.assert_values(case, self.moments(case, 0))

    @pytest.mark.parametrize("step", STEPS)
    def test_product_of_all_kinds_equals_slow_loop(self, step: str) -> None:
        case = self.case(step, (*KINDS, "window", "above"))
        self.assert_values(case, self.moments(case, 0))

    @pytest.mark.parametrize("step", STEPS)
    @pytest.mark.parametrize(
        "kinds", [("above",), ("below",), ("window",), ("veto",), (*KINDS, "window", "above")]
    )
    def test_every_derivative_equals_finite_differences(self, step: str, kinds: tuple[str, ...]) -> None:
        case = self.case(step, kinds, n=60)
        got = self.moments(case, 2)
        size = self.scale(case)
        for point in range(case.n_points):
            for s, slot in enumerate(SLOTS):
                for k, kind in enumerate(kinds):
                    if (slot == "low" and kind == "below") or (slot == "high" and kind == "above"):
                        expected = np.zeros(3)
                    else:
                        expected = np.array([float(x) for x in oracle.derivative(case, point, slot, k)])
                    deviation = np.abs(got[point, :, 1 + s * len(kinds) + k] - expected)
                    assert np.all(
                        deviation
                        <= max(self.derivative_tolerance, self.tolerance) * size / case.width[point, k]
                    )

    def test_values_do_not_depend_on_the_derivatives_asked_for(self) -> None:
        case = self.case("logistic", KINDS)
        values = [self.moments(case, level)[:, :, 0] for level in (0, 1, 2)]
        np.testing.assert_allclose(values[1], values[0], rtol=2 * self.tolerance)
        np.testing.assert_allclose(values[2], values[0], rtol=2 * self.tolerance)

    @pytest.mark.parametrize("step", STEPS)
    def test_window_veto_above_and_below_sum_to_one(self, step: str) -> None:
        base = self.case(step, ("above",), points=1)
        total = base.changed(weights=np.ones_like(base.weights))
        n = len(base.weights)
        parts = {kind: self.moments(total.changed(kinds=(kind,)), 0)[0, 0, 0] for kind in KINDS}
        assert parts["window"] + parts["veto"] == pytest.approx(n, rel=4 * self.tolerance)
        flow = (
            total.changed(kinds=("below",), high=total.low),
            total.changed(kinds=("above",), low=total.high),
        )
        below, above = (self.moments(case, 0)[0, 0, 0] for case in flow)
        assert below + parts["window"] + above == pytest.approx(n, rel=4 * self.tolerance)

    @pytest.mark.parametrize("step", STEPS)
    def test_narrow_steps_reach_the_hard_limit(self, step: str) -> None:
        case = self.case(step, KINDS)
        narrow = case.changed(width=np.full_like(case.width, 1e-6))
        hard = self.moments(case.changed(step="hard"), 0)
        np.testing.assert_allclose(self.moments(narrow, 0)[:, :, 0], hard[:, :, 0], rtol=1e-5, atol=1e-5)

    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("inclusive", [False, True])
    def test_hard_step_is_the_comparison_on_every_event(self, kind: str, inclusive: bool) -> None:
        values = np.array([-np.inf, -1, 0, 0.5, 1, 2, np.inf, np.nan, -0.0], dtype=self.dtype)
        case = Case(
            step="hard",
            kinds=(kind,),
            low=np.array([[0.0], [-1.0]]),
            high=np.array([[1.0], [0.5]]),
            width=np.ones((2, 1)),
            columns=[values],
            weights=(2.0 ** np.arange(len(values))).astype(self.dtype),
            inclusive_low=(inclusive,),
            inclusive_high=(inclusive,),
        )
        got = self.moments(case, 2)
        for point in range(2):
            assert list(got[point, :, 0]) == [float(x) for x in oracle.moments(case, point)]
        assert not got[:, :, 1:].any()

    def test_linear_in_weights(self) -> None:
        case = self.case("logistic", ("above", "window"))
        a, b = case.weights, np.roll(case.weights, 3) * 2
        sums = [self.moments(case.changed(weights=w.astype(self.dtype)), 2)[:, 1] for w in (a, b, a + b)]
        np.testing.assert_allclose(
            sums[0] + sums[1], sums[2], rtol=0, atol=20 * self.tolerance * np.abs(a + b).sum()
        )

    def test_negative_weights_change_the_sign_of_the_yield_only(self) -> None:
        case = self.case("gaussian", ("above", "below"))
        weights = np.abs(case.weights)
        mixed = np.where(np.arange(len(weights)) % 3 == 0, -weights, weights)
        all_plus, some_minus = (self.moments(case.changed(weights=w), 2) for w in (weights, mixed))
        np.testing.assert_array_equal(all_plus[:, [0, 2]], some_minus[:, [0, 2]])
        self.assert_values(case.changed(weights=mixed), some_minus)

    def test_events_of_weight_zero_are_no_entries(self) -> None:
        case = self.case("logistic", ("above",))
        weights = case.weights.copy()
        weights[::2] = 0
        kept = case.changed(weights=case.weights[1::2], columns=[c[1::2] for c in case.columns])
        np.testing.assert_allclose(
            self.moments(case.changed(weights=weights), 2),
            self.moments(kept, 2),
            rtol=30 * self.tolerance,
            atol=1e-30,
        )

    @pytest.mark.parametrize("step", STEPS)
    def test_infinite_features_give_zero_or_one_and_no_derivative(self, step: str) -> None:
        columns = [np.array([np.inf, -np.inf], dtype=self.dtype)]
        for kind, passing in {"above": (1, 0), "below": (0, 1), "window": (0, 0), "veto": (1, 1)}.items():
            case = self.case(step, (kind,)).changed(
                columns=columns, weights=np.array([2, 5], dtype=self.dtype)
            )
            got = self.moments(case, 2)
            assert np.all(np.isfinite(got))
            np.testing.assert_allclose(got[:, 1, 0], 2 * passing[0] + 5 * passing[1], rtol=1e-6, atol=1e-30)
            np.testing.assert_allclose(got[:, :, 1:], 0, atol=1e-30)

    @pytest.mark.parametrize("passes", [False, True])
    @pytest.mark.parametrize("kind", KINDS)
    def test_nan_fails_the_cut_or_passes_where_declared(self, kind: str, passes: bool) -> None:
        case = self.case("logistic", (kind, "above"))
        columns = [c.copy() for c in case.columns]
        columns[0][::3] = np.nan
        case = case.changed(columns=columns, missing_passes=(passes, False))
        got = self.moments(case, 2)
        self.assert_values(case, got)
        assert np.all(np.isfinite(got))

    @pytest.mark.parametrize("n", [0, 1, 2, 15, 16, 17, 63, 64, 65, 255, 256, 257, 2047, 2048, 2049, 4100])
    def test_any_number_of_events(self, n: int) -> None:
        case = self.case("logistic", ("above", "window"), n=max(n, 1))
        case = case.changed(weights=case.weights[:n], columns=[c[:n] for c in case.columns])
        got = self.moments(case, 2)
        halves = [
            self.moments(case.changed(weights=case.weights[part], columns=[c[part] for c in case.columns]), 2)
            for part in (slice(None, n // 2), slice(n // 2, None))
        ]
        np.testing.assert_allclose(got, halves[0] + halves[1], rtol=0, atol=20 * self.tolerance * max(n, 1))
        if n == 0:
            assert not got.any()

    @pytest.mark.parametrize("step", STEPS)
    def test_far_tails_give_zero_and_not_nan(self, step: str) -> None:
        columns = [np.array([-1e4, -1e30, -3e3], dtype=self.dtype) for _ in range(4)]
        case = self.case(step, ("above", "above", "window", "above"), points=1)
        case = case.changed(columns=columns, weights=np.ones(3, dtype=self.dtype), width=np.full((1, 4), 0.5))
        got = self.moments(case, 2)
        assert np.all(np.isfinite(got))
        np.testing.assert_allclose(got, 0, atol=1e-30)

    def test_closed_window_still_feels_both_edges(self) -> None:
        case = self.case("logistic", ("window", "above"), points=1)
        closed = case.changed(high=case.low)
        got = self.moments(closed, 1)
        assert got[0, 1, 0] == pytest.approx(0, abs=1e-12)
        assert got[0, 0, 1] < 0 < got[0, 0, 3]

    def test_points_are_independent_of_each_other(self) -> None:
        case = self.case("gaussian", KINDS, points=5)
        together = self.moments(case, 2)
        for point in range(5):
            alone = case.changed(**{slot: getattr(case, slot)[[point]] for slot in SLOTS})
            np.testing.assert_array_equal(self.moments(alone, 2)[0], together[point])

    def test_no_cut_keeps_every_event(self) -> None:
        case = self.case("logistic", ("above",), points=1)
        empty = case.changed(
            kinds=(),
            columns=[],
            inclusive_low=(),
            inclusive_high=(),
            missing_passes=(),
            **{slot: np.zeros((1, 0)) for slot in SLOTS},
        )
        got = self.moments(empty, 2)
        np.testing.assert_allclose(
            got[0, :, 0],
            [len(case.weights), case.weights.sum(dtype=float), (case.weights.astype(float) ** 2).sum()],
            rtol=1e-6,
        )
