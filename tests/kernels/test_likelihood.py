"""The compiled likelihood against a slow loop, finite differences and mpmath."""

from __future__ import annotations

import pickle

import mpmath
import numpy as np
import pytest

from contracts.random_plans import Drawn, random_plan, slopes
from gradcut.errors import DataError, DeclarationError
from gradcut.stats.compiled import CompiledLikelihood
from gradcut.stats.plan import LikelihoodPlan
from stats.obvious_likelihood import expected_data, log_likelihood

CODES = [(4, 4), (1, 0), (4, 2)]


def cases() -> list[Drawn]:
    return [random_plan(seed, codes=codes) for seed, codes in enumerate(CODES * 2)]


@pytest.fixture(params=range(6))
def drawn(request: pytest.FixtureRequest) -> Drawn:
    return cases()[request.param]


def close(found: np.ndarray, wanted: np.ndarray, tolerance: float = 1e-8) -> None:
    np.testing.assert_allclose(found, wanted, rtol=tolerance, atol=tolerance * np.abs(wanted).max())


class TestAgainstTheLoop:
    def test_expected_data(self, drawn: Drawn) -> None:
        found = CompiledLikelihood(drawn.plan).expected_data(drawn.theta, drawn.inputs)
        close(found[0], expected_data(drawn.plan, drawn.inputs, drawn.theta), 1e-13)

    def test_log_likelihood(self, drawn: Drawn) -> None:
        found = CompiledLikelihood(drawn.plan).logpdf(drawn.theta, drawn.inputs, drawn.data)
        wanted = log_likelihood(drawn.plan, drawn.inputs, drawn.theta, drawn.data)
        assert found[0] == pytest.approx(wanted, rel=1e-12)

    def test_factors_that_are_zero(self, drawn: Drawn) -> None:
        # Strength 0 and a bin factor of 0: derivatives are not products divided by what they leave out.
        theta = drawn.theta.copy()
        theta[0] = 0
        theta[list(drawn.plan.parameters).index("shape[0]")] = 0
        likelihood = CompiledLikelihood(drawn.plan)
        wanted = log_likelihood(drawn.plan, drawn.inputs, theta, drawn.data * 0)
        result = likelihood.evaluate(theta, drawn.inputs, drawn.data * 0)
        assert -result.value[0] == pytest.approx(wanted, rel=1e-12)
        gradient = lambda x: likelihood.evaluate(x, drawn.inputs, drawn.data * 0).d_parameters[0]  # noqa: E731
        close(result.hessian[0], slopes(gradient, theta))


class TestDerivatives:
    def test_gradients(self, drawn: Drawn) -> None:
        likelihood, (_, inputs, theta, data, *_) = CompiledLikelihood(drawn.plan), drawn
        found = likelihood.evaluate(theta, inputs, data)
        close(found.d_parameters[0], slopes(lambda x: -likelihood.logpdf(x, inputs, data)[0], theta))
        close(found.d_inputs[0], slopes(lambda x: -likelihood.logpdf(theta, x, data)[0], inputs))
        close(found.d_data[0], slopes(lambda x: -likelihood.logpdf(theta, inputs, x)[0], data))

    def test_hessian(self, drawn: Drawn) -> None:
        likelihood, (_, inputs, theta, data, *_) = CompiledLikelihood(drawn.plan), drawn
        found = likelihood.evaluate(theta, inputs, data).hessian[0]
        close(found, slopes(lambda x: likelihood.evaluate(x, inputs, data).d_parameters[0], theta))

    def test_mixed_derivatives(self, drawn: Drawn) -> None:
        likelihood, (_, inputs, theta, data, *_) = CompiledLikelihood(drawn.plan), drawn
        v = np.random.default_rng(3).normal(size=len(theta))
        found = [d[0] for d in likelihood.hessian_vector(theta, inputs, data, v)]
        close(found[0], likelihood.evaluate(theta, inputs, data).hessian[0] @ v, 1e-12)
        close(found[1], slopes(lambda x: likelihood.evaluate(theta, x, data).d_parameters[0], inputs) @ v)
        close(found[2], slopes(lambda x: likelihood.evaluate(theta, inputs, x).d_parameters[0], data) @ v)

    def test_third_derivatives(self, drawn: Drawn) -> None:
        likelihood, (_, inputs, theta, data, *_) = CompiledLikelihood(drawn.plan), drawn
        v = np.random.default_rng(4).normal(size=len(theta))
        found = [d[0] for d in likelihood.hessian_form(theta, inputs, data, v)]
        form = lambda *at: v @ likelihood.evaluate(*at).hessian[0] @ v  # noqa: E731
        close(found[0], slopes(lambda x: form(x, inputs, data), theta), 1e-7)
        close(found[1], slopes(lambda x: form(theta, x, data), inputs), 1e-7)
        close(found[2], slopes(lambda x: form(theta, inputs, x), data), 1e-7)

    def test_of_expected_data(self, drawn: Drawn) -> None:
        likelihood, (_, inputs, theta, data, *_) = CompiledLikelihood(drawn.plan), drawn
        c = np.random.default_rng(5).normal(size=len(data))
        d_theta, d_inputs = likelihood.expected_data_vjp(theta, inputs, c)
        close(d_theta[0], slopes(lambda x: likelihood.expected_data(x, inputs)[0], theta) @ c)
        close(d_inputs[0], slopes(lambda x: likelihood.expected_data(theta, x)[0], inputs) @ c)


def one_bin(kind: int = 0, code: int = 0) -> CompiledLikelihood:
    """One bin, one modifier: rates are input 0 times or plus what parameter 0 makes of inputs 1 and 2."""
    plan = LikelihoodPlan(
        ("theta",),
        1,
        3,
        np.array([[0, 1, 0]], np.int32),
        np.array([[kind, 0, 0, 1, code]], np.int32),
        np.zeros((0, 3), np.int32),
    )
    return CompiledLikelihood(plan)


class TestPoisson:
    @pytest.mark.parametrize("n", [0.0, 1e-9, 0.3, 1.0, 7.5, 29.9, 30.1, 1e3, 1e9])
    @pytest.mark.parametrize("ratio", [1e-12, 0.3, 0.95, 1.0, 1.0001, 1.2, 30.0])
    def test_against_mpmath(self, n: float, ratio: float) -> None:
        nu = ratio * (n or 1.0)
        with mpmath.workdps(40):
            m, x = mpmath.mpf(n), mpmath.mpf(nu)
            wanted = x - (m * mpmath.log(x) if n else 0) + mpmath.loggamma(m + 1)
            in_data = -mpmath.log(x) + mpmath.digamma(m + 1)
            found = one_bin().evaluate([1.0], [nu, 1, 1], [n])
            assert found.value[0] == pytest.approx(float(wanted), rel=1e-13, abs=1e-14)
            assert found.d_parameters[0, 0] == pytest.approx(float(x - m), rel=1e-12, abs=1e-15 * n)
            assert found.d_data[0, 0] == pytest.approx(float(in_data), rel=1e-12, abs=1e-13)

    def test_a_rate_without_data_is_linear_to_both_sides(self) -> None:
        np.testing.assert_allclose(one_bin().logpdf([[-1.0], [0.0], [2.0]], [3, 1, 1], [0.0]), [3, 0, -6])

    @pytest.mark.parametrize("rate", [0.0, -1e-30, -5.0])
    def test_below_the_floor_values_are_finite_and_steep(self, rate: float) -> None:
        found = one_bin().evaluate([1.0], [rate, 1, 1], [4.0])
        assert 100 < found.value[0] < np.inf
        assert all(np.isfinite(part).all() for part in found)
        assert found.d_inputs[0, 0] < -1e19

    def test_the_floor_is_smooth(self) -> None:
        edge = 4e-20
        below, above = (one_bin().evaluate([1.0], [edge * f, 1, 1], [4.0]) for f in (1 - 1e-9, 1 + 1e-9))
        for part in range(3):
            np.testing.assert_allclose(below[part], above[part], rtol=1e-7)


class TestKinks:
    """Exactly at zero derivatives are those of the side above."""

    @pytest.mark.parametrize(("kind", "code", "inputs"), [(1, 1, [10, 1.3, 0.9]), (2, 0, [10, 13, 9])])
    def test_at_zero(self, kind: int, code: int, inputs: list[float]) -> None:
        likelihood = one_bin(kind, code)
        at, above, below = (likelihood.evaluate([x], inputs, [12.0]).d_parameters for x in (0, 1e-9, -1e-9))
        np.testing.assert_allclose(at, above, rtol=1e-6)
        assert abs(at - below) > 0.1


class TestBatches:
    def test_rows_are_independent(self) -> None:
        drawn = random_plan(7)
        likelihood, n = CompiledLikelihood(drawn.plan), 3
        rng = np.random.default_rng(1)
        theta = drawn.theta * rng.uniform(0.9, 1.1, (n, len(drawn.theta)))
        inputs = drawn.inputs * rng.uniform(0.9, 1.1, (n, len(drawn.inputs)))
        together = likelihood.evaluate(theta, inputs, drawn.data)
        for i in range(n):
            for part, one in zip(together, likelihood.evaluate(theta[i], inputs[i], drawn.data), strict=True):
                np.testing.assert_array_equal(part[i], one[0])

    def test_it_pickles(self) -> None:
        drawn = random_plan(8)
        likelihood = CompiledLikelihood(drawn.plan)
        copy = pickle.loads(pickle.dumps(likelihood))
        arguments = drawn.theta, drawn.inputs, drawn.data
        assert copy.logpdf(*arguments) == likelihood.logpdf(*arguments)


class TestErrors:
    def test_numbers_outside_of_the_domain(self) -> None:
        with pytest.raises(DataError, match=r"not defined for these numbers(.|\n)*models 1"):
            one_bin().logpdf([1.0], [3, 1, 1], [[2.0], [-1.0]])
        with pytest.raises(DataError, match="positive factors of a normsys"):
            one_bin(1, 4).evaluate([1.0], [3, 0.0, 1], [2.0])
        with pytest.raises(DataError, match="finite numbers"):
            one_bin().logpdf([np.nan], [3, 1, 1], [2.0])

    def test_shapes(self) -> None:
        with pytest.raises(DeclarationError, match=r"inputs of a likelihood(.|\n)*\(3,\) or \(models, 3\)"):
            one_bin().logpdf([1.0], [3, 1], [2.0])
        with pytest.raises(DeclarationError, match="differ in the number of models"):
            one_bin().logpdf([[1.0], [2.0]], [3, 1, 1], [[2.0]] * 3)

    @pytest.mark.parametrize(
        ("changed", "message"),
        [
            ({"samples": [[0, 2, 0]]}, "a sample has bins that there are not"),
            ({"samples": [[0, 1, 3]]}, "the template of a sample is not in the inputs"),
            ({"samples": [[-1, 1, 0]]}, "a sample has bins"),
            ({"modifiers": [[0, 1, 0, 0, 0]]}, "a modifier has no such sample"),
            ({"modifiers": [[0, 0, 1, 0, 0]]}, "a modifier has no such parameter"),
            ({"modifiers": [[2, 0, 0, 2, 0]]}, "the numbers of a modifier are not in the inputs"),
            ({"modifiers": [[2, 0, 0, 1, 1]]}, "histosys is 0, 2 or 4"),
            ({"modifiers": [[1, 0, 0, 1, 0]]}, "normsys is 1 or 4"),
            ({"modifiers": [[4, 0, 0, 1, 0]]}, "not one of 0 to 3"),
            ({"constraints": [[2, 0, 0]]}, "the kind of a constraint"),
            ({"constraints": [[0, 1, 0]]}, "a constraint's parameter|such parameter"),
            ({"constraints": [[0, 0, 3]]}, "the number of a constraint is not in the inputs"),
            ({"modifiers": [[0, 0, 0, 0]]}, "modifiers 5"),
        ],
    )
    def test_plans(self, changed: dict[str, list[list[int]]], message: str) -> None:
        codes = {"samples": [[0, 1, 0]], "modifiers": [[0, 0, 0, 0, 0]], "constraints": [[0, 0, 1]]} | changed
        with pytest.raises(DeclarationError, match=message):
            CompiledLikelihood(
                LikelihoodPlan(("t",), 1, 3, **{k: np.array(v, np.int32) for k, v in codes.items()})
            )
