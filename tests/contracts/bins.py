"""What every implementation of soft bins has to fulfil: kernels of every kind, RDataFrame's actions."""

from __future__ import annotations

from collections.abc import Callable

import mpmath
import numpy as np
import pytest

from contracts import bins_oracle
from contracts.bins_oracle import BinsCase

#: Every kind with every option, by name.
VARIETIES = ("axis", "local", "reflect", "local reflect", "product", "one edge", "mixture", "softmax")
STEPS = ("logistic", "gaussian")


def axes_case(step: str, n: int, rng: np.random.Generator, points: int, **options: object) -> BinsCase:
    n_edges = tuple(options.pop("n_edges", (4,)))
    edges = [np.sort(rng.normal(0, 0.8, (points, k)), axis=1) for k in n_edges]
    edges = [e + 0.1 * np.arange(e.shape[1]) for e in edges]
    widths = rng.uniform(0.1, 0.5, (points, len(n_edges)))
    return BinsCase(
        "axes",
        step,
        np.concatenate([*edges, widths], axis=1),
        [rng.normal(size=n) for _ in n_edges],
        rng.normal(0.7, 0.6, n),
        n_edges=n_edges,
        **options,
    )


def mixture_case(step: str, n: int, rng: np.random.Generator, points: int, k: int, d: int) -> BinsCase:
    factor = rng.normal(0, 0.4, (points, k, d, d)) + 2 * np.eye(d)
    rows = factor[(slice(None), slice(None), *np.tril_indices(d))].reshape(points, -1)
    parts = [rng.normal(0, 0.5, (points, k)), rng.normal(0, 0.8, (points, k * d)), rows]
    parameters = np.concatenate([*parts, rng.uniform(0.5, 1.5, (points, 1))], axis=1)
    columns = [rng.normal(size=n) for _ in range(d)]
    return BinsCase("mixture", step, parameters, columns, rng.normal(0.7, 0.6, n), n_components=k)


def softmax_case(step: str, n: int, rng: np.random.Generator, points: int, k: int) -> BinsCase:
    parameters = np.concatenate([rng.normal(0, 0.5, (points, k)), rng.uniform(0.3, 1.5, (points, 1))], axis=1)
    columns = [rng.normal(size=n) for _ in range(k)]
    return BinsCase("softmax", step, parameters, columns, rng.normal(0.7, 0.6, n), n_components=k)


def make_case(
    variety: str,
    step: str = "logistic",
    n: int = 40,
    seed: int = 1,
    dtype: type = np.float64,
    points: int = 2,
) -> BinsCase:
    rng = np.random.default_rng([seed, VARIETIES.index(variety)])
    if variety == "mixture":
        case = mixture_case(step, n, rng, points, 3, 2)
    elif variety == "softmax":
        case = softmax_case(step, n, rng, points, 4)
    elif variety == "product":
        case = axes_case(step, n, rng, points, n_edges=(2, 0, 3, 1))
    elif variety == "one edge":
        case = axes_case(step, n, rng, points, n_edges=(1,), local_width=True)
    else:
        options = {"local_width": "local" in variety, "reflect": "reflect" in variety}
        case = axes_case(step, n, rng, points, **options)
    # Numbers that both precisions can hold, so that both are held to the same oracle.
    return case.changed(
        parameters=case.parameters.astype(np.float32).astype(np.float64),
        columns=[c.astype(np.float32).astype(dtype) for c in case.columns],
        weights=case.weights.astype(np.float32).astype(dtype),
    )


def precise(case: BinsCase, point: int) -> list[mpmath.mpf]:
    return [mpmath.mpf(float(v)) for v in case.parameters[point]]


_known: dict[object, np.ndarray] = {}


def _once(function: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
    """Remember results: precisions and instruction sets are held to the same slow numbers."""

    def remembered(case: BinsCase, *more: np.ndarray) -> np.ndarray:
        events = [np.asarray(a, dtype=np.float64).tobytes() for a in (*case.columns, case.weights)]
        step = case.step if case.kind == "axes" or case.step == "hard" else "smooth"
        shape = (case.kind, step, case.n_edges, case.n_components, case.local_width, case.reflect)
        key = (function.__name__, *shape, case.parameters.tobytes(), *events, *(a.tobytes() for a in more))
        if key not in _known:
            _known[key] = function(case, *more)
        return _known[key]

    return remembered


@_once
def exact_memberships(case: BinsCase) -> np.ndarray:
    with mpmath.workdps(30):
        rows = [bins_oracle.memberships(case, precise(case, p)) for p in range(case.n_points)]
    return np.array(rows, dtype=np.float64).transpose(0, 2, 1)


@_once
def exact_moments(case: BinsCase) -> np.ndarray:
    with mpmath.workdps(40):
        rows = [bins_oracle.moments(case, precise(case, p)) for p in range(case.n_points)]
    return np.array(rows, dtype=np.float64)


@_once
def exact_gradient(case: BinsCase, cotangents: np.ndarray) -> np.ndarray:
    """Central differences in 40 digits: exact to more than a double holds."""
    gradient = np.zeros(case.parameters.shape)
    with mpmath.workdps(40):
        for point, index in np.ndindex(gradient.shape):
            sides = []
            for sign in (1, -1):
                shifted = precise(case, point)
                shifted[index] += sign * mpmath.mpf(10) ** -12
                sums = bins_oracle.moments(case, shifted)
                terms = [sums[m][b] * float(c) for (m, b), c in np.ndenumerate(cotangents[point])]
                sides.append(mpmath.fsum(terms))
            gradient[point, index] = float((sides[0] - sides[1]) * mpmath.mpf(10) ** 12 / 2)
    return gradient


class BinsContract:
    """Subclasses give ``moments``, ``vjp``, ``dtype`` and tolerances and inherit the tests.

    ``moments(case)`` has the shape (points, 3, bins), ``vjp(case, cotangents)`` (points, parameters).
    Deviations are measured against sums of absolute weights.
    """

    dtype: type = np.float64
    tolerance = 1e-13
    #: By how much a point may depend on those beside it, in units of the tolerance.
    coupling = 0.0

    def moments(self, case: BinsCase) -> np.ndarray:
        raise AssertionError("a contract test needs an implementation")

    def vjp(self, case: BinsCase, cotangents: np.ndarray) -> np.ndarray:
        raise AssertionError("a contract test needs an implementation")

    def case(self, variety: str, step: str = "logistic", n: int = 40, points: int = 2) -> BinsCase:
        return make_case(variety, step, n, dtype=self.dtype, points=points)

    def cotangents(self, case: BinsCase) -> np.ndarray:
        return np.random.default_rng(3).normal(size=(case.n_points, 3, case.n_bins))

    def scale(self, case: BinsCase) -> np.ndarray:
        w = np.abs(case.weights.astype(np.float64))
        return np.array([np.count_nonzero(w), w.sum(), (w**2).sum()])[None, :, None]

    @pytest.mark.parametrize("step", STEPS)
    @pytest.mark.parametrize("variety", VARIETIES)
    def test_moments_equal_the_slow_loop(self, variety: str, step: str) -> None:
        case = self.case(variety, step)
        deviation = np.abs(self.moments(case) - exact_moments(case))
        assert np.all(deviation <= self.tolerance * self.scale(case))

    @pytest.mark.parametrize("variety", VARIETIES)
    def test_hard_bins_are_the_comparisons(self, variety: str) -> None:
        case = self.case(variety, "hard")
        np.testing.assert_allclose(self.moments(case), exact_moments(case), rtol=1e-6, atol=1e-12)
        assert not self.vjp(case, self.cotangents(case)).any()

    @pytest.mark.parametrize("step", STEPS)
    @pytest.mark.parametrize("variety", VARIETIES)
    def test_every_derivative_equals_finite_differences(self, variety: str, step: str) -> None:
        case = self.case(variety, step, n=16, points=1)
        cotangents = self.cotangents(case)
        got, expected = self.vjp(case, cotangents), exact_gradient(case, cotangents)
        assert np.count_nonzero(expected) >= expected.size - 1  # of a width without edges
        size = np.abs(cotangents).max() * self.scale(case).max()
        assert np.all(np.abs(got - expected) <= 20 * self.tolerance * np.maximum(size, np.abs(expected)))

    @pytest.mark.parametrize("step", [*STEPS, "hard"])
    @pytest.mark.parametrize("variety", VARIETIES)
    def test_every_event_is_shared_out_completely(self, variety: str, step: str) -> None:
        case = self.case(variety, step, n=300)
        entries = self.moments(case)[:, 0].sum(axis=1)
        np.testing.assert_allclose(entries, len(case.weights), rtol=10 * self.tolerance)

    @pytest.mark.parametrize("variety", VARIETIES)
    def test_sharp_bins_reach_the_hard_limit(self, variety: str) -> None:
        case = self.case(variety, "gaussian")
        sharp = case.parameters.copy()
        sharp[:, -max(len(case.n_edges), 1) :] = 1e-6
        hard = self.moments(case.changed(step="hard"))
        np.testing.assert_allclose(self.moments(case.changed(parameters=sharp)), hard, rtol=1e-5, atol=1e-5)

    @pytest.mark.parametrize("variety", VARIETIES)
    def test_linear_in_weights_of_either_sign(self, variety: str) -> None:
        case = self.case(variety)
        cotangents = self.cotangents(case)
        cotangents[:, [0, 2]] = 0
        sums, gradients = [], []
        for w in (case.weights, -2 * np.roll(case.weights, 3)):
            sums.append(self.moments(case.changed(weights=w)))
            gradients.append(self.vjp(case.changed(weights=w), cotangents))
        both = case.changed(weights=case.weights - 2 * np.roll(case.weights, 3))
        size = 100 * self.tolerance * self.scale(both).max()
        np.testing.assert_allclose(sums[0][:, 1] + sums[1][:, 1], self.moments(both)[:, 1], rtol=0, atol=size)
        np.testing.assert_allclose(sum(gradients), self.vjp(both, cotangents), rtol=0, atol=20 * size)
        negative = self.moments(case.changed(weights=-case.weights))
        np.testing.assert_array_equal(negative * np.array([1, -1, 1])[:, None], self.moments(case))

    @pytest.mark.parametrize("variety", VARIETIES)
    def test_nan_and_weight_zero_count_for_nothing(self, variety: str) -> None:
        case = self.case(variety, n=30)
        cotangents = self.cotangents(case)
        columns = [c.copy() for c in case.columns]
        columns[-1][::3] = np.nan
        weights = case.weights.copy()
        weights[1::3] = 0
        kept = case.changed(weights=case.weights[2::3], columns=[c[2::3] for c in case.columns])
        some = case.changed(columns=columns, weights=weights)
        size = 10 * self.tolerance * self.scale(case).max()
        np.testing.assert_allclose(self.moments(some), self.moments(kept), rtol=0, atol=size)
        got = self.vjp(some, cotangents)
        np.testing.assert_allclose(got, self.vjp(kept, cotangents), rtol=0, atol=30 * size)
        if self.kind_is_strict_about_infinity(case):
            columns[-1][::3] = -np.inf
            np.testing.assert_array_equal(
                self.vjp(case.changed(columns=columns, weights=weights), cotangents), got
            )

    @staticmethod
    def kind_is_strict_about_infinity(case: BinsCase) -> bool:
        return case.kind == "mixture"

    @pytest.mark.parametrize("step", [*STEPS, "hard"])
    @pytest.mark.parametrize("variety", ["axis", "local", "reflect", "local reflect"])
    def test_infinities_are_in_the_open_bins_and_have_no_derivative(self, variety: str, step: str) -> None:
        case = self.case(variety, step)
        case = case.changed(
            columns=[np.array([np.inf, -np.inf], dtype=self.dtype)],
            weights=np.array([2, 5], dtype=self.dtype),
        )
        expected = np.zeros((2, case.n_bins))
        expected[:, 0], expected[:, -1] = 5, 2
        np.testing.assert_allclose(self.moments(case)[:, 1], expected, rtol=0, atol=1e-30)
        np.testing.assert_allclose(self.vjp(case, self.cotangents(case)), 0, atol=1e-30)

    @pytest.mark.parametrize("variety", VARIETIES)
    def test_far_tails_are_finite_and_in_one_bin(self, variety: str) -> None:
        case = self.case(variety, "gaussian")
        far = np.array([-3e3, 1e8, 1e30], dtype=self.dtype)
        case = case.changed(
            columns=[far * (1 + 0.1 * i) for i in range(len(case.columns))], weights=far * 0 + 1
        )
        got, gradient = self.moments(case), self.vjp(case, self.cotangents(case))
        assert np.all(np.isfinite(got))
        assert np.all(np.isfinite(gradient))
        np.testing.assert_allclose(got[:, 0].sum(axis=1), 3, rtol=1e-6)
        if case.kind == "axes":
            np.testing.assert_allclose(np.sort(got[:, 0], axis=1)[:, :-2], 0, atol=1e-30)

    @pytest.mark.parametrize("n", [0, 1, 2, 15, 16, 17, 31, 32, 33, 255, 257, 2047, 2049, 4100])
    @pytest.mark.parametrize("variety", ["local reflect", "product", "mixture"])
    def test_any_number_of_events(self, variety: str, n: int) -> None:
        case = self.case(variety, n=max(n, 1), points=1)
        cotangents = self.cotangents(case)
        parts = [
            case.changed(weights=case.weights[part], columns=[c[part] for c in case.columns])
            for part in (slice(None, n), slice(None, n // 2), slice(n // 2, n))
        ]
        size = 20 * self.tolerance * max(n, 1)
        whole, *halves = (self.moments(part) for part in parts)
        np.testing.assert_allclose(whole, sum(halves), rtol=0, atol=size)
        whole, *halves = (self.vjp(part, cotangents) for part in parts)
        np.testing.assert_allclose(whole, sum(halves), rtol=0, atol=30 * size)
        if n == 0:
            assert not whole.any()

    @pytest.mark.parametrize("variety", VARIETIES)
    def test_points_are_independent_of_each_other(self, variety: str) -> None:
        case = self.case(variety, points=4)
        cotangents = self.cotangents(case)
        together, gradients = self.moments(case), self.vjp(case, cotangents)
        for point in range(4):
            alone = case.changed(parameters=case.parameters[[point]])
            size = self.coupling * self.tolerance * self.scale(case).max()
            np.testing.assert_allclose(self.moments(alone)[0], together[point], rtol=0, atol=size)
            got = self.vjp(alone, cotangents[[point]])[0]
            np.testing.assert_allclose(got, gradients[point], rtol=0, atol=20 * size)
