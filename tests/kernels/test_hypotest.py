"""Compiled tests and limits: formulas against mpmath, gradients against differences, roots against tests."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest

from contracts.random_plans import Drawn, random_plan, slopes
from gradcut.errors import DeclarationError
from gradcut.stats.compiled import CompiledLikelihood
from gradcut.stats.compiled_fit import FLAGS, STATUS, FitBox, fit, fit_vjp
from gradcut.stats.compiled_information import (
    expected_information,
    expected_information_vjp,
)
from gradcut.stats.compiled_test import OUTPUTS, HypoTests, Statistic, hypotest, upper_limit
from gradcut.stats.plan import LikelihoodPlan

STATISTICS: list[Statistic] = ["qmu_tilde", "qmu", "q0", "tmu"]


def prepared(seed: int, low: float = 0.0) -> tuple[Drawn, CompiledLikelihood, FitBox]:
    drawn = random_plan(seed, events=[60.0, 8.0][seed % 2])
    is_alpha = np.char.startswith(drawn.plan.parameters, "alpha")
    bounds = np.stack([drawn.low, drawn.high], axis=1)
    bounds[0, 0] = low
    return drawn, CompiledLikelihood(drawn.plan), FitBox(np.where(is_alpha, 0.0, 1.0), bounds, 0 * is_alpha)


def counting(signal: float, background: float) -> tuple[CompiledLikelihood, np.ndarray]:
    """One bin of mu times signal plus background."""
    plan = LikelihoodPlan(
        ("mu",),
        1,
        2,
        np.array([[0, 1, 0], [0, 1, 1]], np.int32),
        np.array([[0, 0, 0, -1, 0]], np.int32),
        np.zeros((0, 3), np.int32),
    )
    return CompiledLikelihood(plan), np.array([signal, background])


class TestFormulas:
    """One bin without uncertainties: everything is known in closed form."""

    def q(self, n: Any, s: float, b: float, mu: float, best: Any) -> Any:
        at, free = mpmath.mpf(mu) * s + b, mpmath.mpf(best) * s + b
        return 2 * (at - free - (n * mpmath.log(at / free) if n else 0))

    @pytest.mark.parametrize("statistic", STATISTICS)
    @pytest.mark.parametrize("n", [0.0, 31.0, 48.5, 50.0, 55.0, 73.0])
    @pytest.mark.parametrize(("s", "b"), [(10.0, 50.0), (60.0, 20.0), (4000.0, 1e4), (3.0, 1e-9)])
    def test_against_mpmath(self, statistic: Statistic, n: float, s: float, b: float) -> None:
        likelihood, inputs = counting(s, b)
        low, mu = (0.0 if statistic == "qmu_tilde" else -0.9 * b / s), (0.0 if statistic == "q0" else 1.3)
        box = FitBox([1.0], [[low, 1e12]], [False])
        found = hypotest(likelihood, inputs, box, 0, 1.3, data=[n], statistic=statistic)
        assert found.status[0] == STATUS.index("converged")
        with mpmath.workdps(40):
            phi = mpmath.ncdf
            asimov_mu = 1 if statistic == "q0" else 0
            asimov = mpmath.mpf(asimov_mu) * s + b
            best, best_asimov = max((mpmath.mpf(n) - b) / s, low), mpmath.mpf(asimov_mu)
            zero = {"q0": best < 0, "tmu": False}.get(statistic, best > mu)
            q = 0 if zero else self.q(mpmath.mpf(n), s, b, mu, best)
            q_a = self.q(asimov, s, b, mu, best_asimov)
            r, a = mpmath.sqrt(q), mpmath.sqrt(q_a)
            t = (q - q_a) / (2 * a) if statistic == "qmu_tilde" and r > a else r - a
            psb, pb = phi(-t - a), phi(-t)
            if statistic == "tmu":
                psb, pb = 2 * phi(-r), phi(-r - a) + phi(-r + a)
            wanted = {"q": q, "q_asimov": q_a, "log_psb": mpmath.log(psb), "log_cls": mpmath.log(psb / pb)}
            wanted |= {"log_pb": mpmath.log(pb), "z_asimov": a, "z": r if statistic == "tmu" else t + a}
            band = []
            for k in (2, 1, 0, -1, -2):
                x = abs(a + k)
                if statistic == "tmu":
                    band.append(2 * phi(-x) / (phi(-x - a) + phi(-x + a)))
                else:
                    band.append(phi(-k - a) / (1 if statistic == "q0" else phi(-k)))
            for name, value in wanted.items():
                assert found.get(name)[0] == pytest.approx(float(value), rel=1e-9, abs=2e-9), name
            for k in range(5):
                assert found.get("log_band")[0, k] == pytest.approx(float(mpmath.log(band[k])), rel=1e-9)
        np.testing.assert_allclose(found.get("band"), np.exp(found.get("log_band")))
        np.testing.assert_allclose(found.get("cls"), np.exp(found.get("log_cls")))
        assert found.mu_hat[0] == pytest.approx(float(best), rel=1e-6, abs=1e-9)

    @pytest.mark.parametrize("z", [13.7, 37.0, 40.0, 150.0])
    def test_nothing_underflows(self, z: float) -> None:
        # A signal that gives this many standard deviations in one bin of 10^8 events.
        likelihood, inputs = counting(z * 1e4, 1e8)
        box, c = FitBox([1.0], [[0.0, 1e3]], [False]), np.zeros(20)
        c[OUTPUTS["log_psb"]] = 1
        found = hypotest(likelihood, inputs, box, 0, statistic="q0", cotangents=c)
        with mpmath.workdps(60):
            wanted = mpmath.log(mpmath.ncdf(-mpmath.mpf(found.get("z")[0])))
        assert found.get("z")[0] == pytest.approx(z, rel=1e-2)
        assert found.get("log_psb")[0] == pytest.approx(float(wanted), rel=1e-13)
        moved = lambda x: hypotest(likelihood, x, box, 0, statistic="q0").get("log_psb")  # noqa: E731
        np.testing.assert_allclose(found.d_inputs[0], slopes(moved, inputs)[:, 0], rtol=1e-7)


@pytest.mark.parametrize("statistic", STATISTICS)
@pytest.mark.parametrize("expected", [False, True])
class TestGradients:
    @pytest.mark.parametrize(("seed", "low"), [(0, 0.0), (2, 0.0), (2, -1.0)])
    def test_of_tests(self, statistic: Statistic, expected: bool, seed: int, low: float) -> None:
        drawn, likelihood, box = prepared(seed, low)
        c = np.random.default_rng(seed).uniform(0.5, 1, 20)
        observed = drawn.data.copy()
        if seed == 2:  # a downward fluctuation: the strength at its bound, or negative
            observed[: drawn.plan.n_bins] *= 0.7

        def test(inputs: np.ndarray, data: np.ndarray, mu: float, **more: Any) -> HypoTests:
            given = None if expected else data
            return hypotest(likelihood, inputs, box, 0, mu, data=given, statistic=statistic, **more)

        found = test(drawn.inputs, observed, 0.7, cotangents=c)
        number = lambda *at: test(*at).outputs[0] @ c  # noqa: E731
        # Every fifth input; all of them would take long.
        some = np.arange(seed, len(drawn.inputs), 5)

        def with_some(x: np.ndarray) -> np.ndarray:
            inputs = drawn.inputs.copy()
            inputs[some] = x
            return inputs

        wanted = slopes(lambda x: number(with_some(x), observed, 0.7), drawn.inputs[some], 1e-4)
        scale = np.abs(found.d_inputs).max()
        np.testing.assert_allclose(found.d_inputs[0][some], wanted, rtol=1e-6, atol=1e-6 * scale)
        wanted = slopes(lambda x: number(drawn.inputs, x, 0.7), observed, 1e-4)
        np.testing.assert_allclose(
            found.d_data[0], wanted, rtol=1e-6, atol=1e-6 * np.abs(wanted).max() + 1e-10
        )
        wanted = slopes(lambda x: number(drawn.inputs, observed, x[0]), np.array([0.7]), 1e-4)
        np.testing.assert_allclose(found.d_mu, wanted, rtol=1e-6, atol=1e-9)

    def test_of_limits(self, statistic: Statistic, expected: bool) -> None:
        drawn, likelihood, box = prepared(3)
        c = np.random.default_rng(0).uniform(0.5, 1, 6)
        given = None if expected else drawn.data
        if statistic == "q0":
            with pytest.raises(DeclarationError, match="has no upper limit"):
                upper_limit(likelihood, drawn.inputs, box, 0, statistic=statistic)
            return
        found = upper_limit(likelihood, drawn.inputs, box, 0, data=given, statistic=statistic, cotangents=c)
        assert found.status[0] == STATUS.index("converged")
        for k, limit in enumerate(found.limits[0]):
            name, at = ("cls", ...) if k == 0 else ("band", k - 1)
            test = hypotest(likelihood, drawn.inputs, box, 0, limit, data=given, statistic=statistic)
            assert test.get(name)[0][at] == pytest.approx(0.05, rel=1e-9)
        for which, at in (("d_inputs", drawn.inputs), ("d_data", drawn.data)):
            # Every seventh number; all of them would take minutes.
            some = np.arange(0, len(at), 7)

            def number(x: np.ndarray, which: str = which, some: np.ndarray = some) -> float:
                inputs, data = drawn.inputs.copy(), drawn.data.copy()
                (inputs if which == "d_inputs" else data)[some] = x
                given = None if expected else data
                return upper_limit(likelihood, inputs, box, 0, data=given, statistic=statistic).limits[0] @ c

            wanted = slopes(number, at[some], 1e-4)
            np.testing.assert_allclose(
                getattr(found, which)[0][some],
                wanted,
                rtol=1e-6,
                atol=1e-8,
            )


class TestThesis:
    """One bin, s = 15 + phi, b = 45 - 2 phi with a Poisson-constrained uncertainty (thesis, figure 7.16)."""

    @pytest.mark.parametrize(
        ("offset", "slope", "divisor", "best", "p0"),
        [(0.5, 0.1, 1.0, 4.636, 3.0757e-3), (1.0, 1.0, 25.0, 7.523, 9.5893e-4)],
    )
    def test_the_best_cut(self, offset: float, slope: float, divisor: float, best: float, p0: float) -> None:
        plan = LikelihoodPlan(
            ("mu", "gamma"),
            1,
            3,
            np.array([[0, 1, 0], [0, 1, 1]], np.int32),
            np.array([[0, 0, 0, -1, 0], [3, 1, 1, -1, 0]], np.int32),
            np.array([[1, 1, 2]], np.int32),
        )
        likelihood, c = CompiledLikelihood(plan), np.zeros(20)
        box = FitBox([1.0, 1.0], [[0, 10], [1e-10, 10]], [False, False])
        c[OUTPUTS["psb"]] = 1

        def inputs(phi: Any) -> np.ndarray:
            s, b, sigma = 15 + phi, 45 - 2 * phi, offset + slope * phi**2 / divisor
            return np.array([s, b, (b / sigma) ** 2])

        def derivative(phi: float) -> float:
            along = slopes(lambda x: inputs(x[0]), np.array([phi]))[0]
            found = hypotest(likelihood, inputs(phi), box, 0, statistic="q0", cotangents=c)
            return float(found.d_inputs[0] @ along)

        assert derivative(best - 1e-3) < 0 < derivative(best + 1e-3)
        found = hypotest(likelihood, inputs(best), box, 0, statistic="q0")
        assert found.get("psb")[0] == pytest.approx(p0, rel=1e-4)


class TestLandscape:
    """Two bins with s = [5, 11], b = [50, 50] and a shape uncertainty (thesis 7.5.1)."""

    def model(self, u: float, d: float) -> tuple[CompiledLikelihood, np.ndarray]:
        plan = LikelihoodPlan(
            ("alpha", "mu"),
            2,
            9,
            np.array([[0, 2, 0], [0, 2, 2]], np.int32),
            np.array([[0, 0, 1, -1, 0], [2, 1, 0, 4, 4]], np.int32),
            np.array([[0, 0, 8]], np.int32),
        )
        return CompiledLikelihood(plan), np.array([5.0, 11, 50, 50, 50 + u, 50 - u, 50 + d, 50 - d, 1])

    box = FitBox([0.0, 1.0], [[-5, 5], [0, 10]], [False, False])

    def test_without_variation(self) -> None:
        likelihood, inputs = self.model(0, 0)
        assert hypotest(likelihood, inputs, self.box, 1).get("cls")[0] == pytest.approx(0.107956, abs=1e-6)
        found = hypotest(likelihood, inputs, self.box, 1, statistic="q0")
        assert found.get("psb")[0] == pytest.approx(0.048812, abs=1e-6)
        # sigma_mu; alpha by itself has variance 1.
        covariance = np.linalg.inv(expected_information(likelihood, [0.0, 1.0], inputs)[0])
        assert np.sqrt(covariance[1, 1]) == pytest.approx(0.640427, abs=1e-6)
        assert np.linalg.det(covariance) == pytest.approx(0.410147, abs=1e-6)

    @pytest.mark.parametrize("given", [None, [50.0, 50.0, 0.0]])
    def test_the_saddle(self, given: list[float] | None) -> None:
        likelihood, inputs = self.model(10, 10)
        found = hypotest(likelihood, inputs, self.box, 1, data=given)
        assert found.get("cls")[0] == pytest.approx(0.116714, abs=1e-6)
        assert found.flags[0] >> FLAGS.index("left a saddle") & 1


class TestInformation:
    @pytest.mark.parametrize("seed", [0, 1])
    def test_gradient(self, seed: int) -> None:
        drawn, likelihood, _ = prepared(seed)
        c = np.random.default_rng(seed).normal(size=(len(drawn.theta),) * 2)
        number = lambda *at: np.sum(c * expected_information(likelihood, *at)[0])  # noqa: E731
        d_theta, d_inputs = expected_information_vjp(likelihood, drawn.theta, drawn.inputs, c)
        wanted = slopes(lambda x: number(x, drawn.inputs), drawn.theta)
        np.testing.assert_allclose(d_theta[0], wanted, rtol=1e-7, atol=1e-7 * np.abs(wanted).max())
        wanted = slopes(lambda x: number(drawn.theta, x), drawn.inputs)
        np.testing.assert_allclose(d_inputs[0], wanted, rtol=1e-7, atol=1e-7 * np.abs(wanted).max())

    @pytest.mark.parametrize("seed", [0, 1])
    def test_sigma_of_a_fit(self, seed: int) -> None:
        drawn, likelihood, box = prepared(seed)
        fits = fit(likelihood, drawn.inputs, drawn.data, box)
        unit = np.zeros_like(fits.hessian)
        unit[0, 0, 0] = 1
        covariance = fits.covariance()
        matrices = -covariance @ unit @ covariance  # of the inverse of a matrix, which is symmetric
        d_inputs, d_data = fit_vjp(
            likelihood, drawn.inputs, drawn.data, fits, np.zeros_like(fits.theta), matrices
        )
        variance = lambda *at: fit(likelihood, *at, box).covariance()[0, 0, 0]  # noqa: E731
        wanted = slopes(lambda x: variance(x, drawn.data), drawn.inputs, 1e-4)
        np.testing.assert_allclose(d_inputs[0], wanted, rtol=1e-6, atol=1e-6 * np.abs(wanted).max() + 1e-10)
        wanted = slopes(lambda x: variance(drawn.inputs, x), drawn.data, 1e-4)
        np.testing.assert_allclose(d_data[0], wanted, rtol=1e-6, atol=1e-6 * np.abs(wanted).max() + 1e-10)


class TestEdges:
    def test_no_sensitivity(self) -> None:
        likelihood, inputs = counting(0.0, 50.0)
        found = hypotest(likelihood, inputs, FitBox([1.0], [[0, 10]], [False]), 0, data=[53.0])
        assert STATUS[found.status[0]] == "flat"
        assert found.get("cls")[0] == pytest.approx(1)
        limits = upper_limit(likelihood, inputs, FitBox([1.0], [[0, 10]], [False]), 0, data=[53.0])
        assert np.isnan(limits.limits).all()
        assert limits.flags[0] >> FLAGS.index("no limit") & 1

    def test_events_where_none_can_be(self) -> None:
        likelihood, inputs = counting(5.0, 0.0)
        found = hypotest(likelihood, inputs, FitBox([1.0], [[0, 10]], [False]), 0, data=[3.0], statistic="q0")
        assert STATUS[found.status[0]] == "impossible"
        assert np.isnan(found.outputs).all()

    def test_numbers_outside_of_the_domain(self) -> None:
        likelihood, inputs = counting(5.0, 20.0)
        box, c = FitBox([1.0], [[0, 10]], [False]), np.ones(20)
        found = hypotest(
            likelihood, [inputs, [np.nan, 1.0], inputs], box, 0, [1.0, 1.0, np.nan], data=[25.0], cotangents=c
        )
        assert [STATUS[s] for s in found.status] == ["converged", "invalid", "invalid"]
        assert np.isnan(found.outputs[1:]).all()
        assert np.isnan(found.d_inputs[1:]).all()
        assert np.isfinite(found.outputs[0]).all()

    def test_batches(self) -> None:
        drawn, likelihood, box = prepared(0)
        inputs = drawn.inputs * np.random.default_rng(0).uniform(0.95, 1.05, (4, len(drawn.inputs)))
        together = hypotest(likelihood, inputs, box, 0, data=drawn.data, cotangents=np.ones(20))
        for i in range(4):
            one = hypotest(likelihood, inputs[i], box, 0, data=drawn.data, cotangents=np.ones(20))
            np.testing.assert_array_equal(together.outputs[i], one.outputs[0])
            np.testing.assert_array_equal(together.d_inputs[i], one.d_inputs[0])

    def test_errors(self) -> None:
        drawn, likelihood, box = prepared(0)
        with pytest.raises(DeclarationError, match=r"unknown test statistic(.|\n)*qmu_tilde, qmu, q0, tmu"):
            hypotest(likelihood, drawn.inputs, box, 0, statistic="q2")  # type: ignore[arg-type]
        with pytest.raises(DeclarationError, match="no such parameter to be tested"):
            hypotest(likelihood, drawn.inputs, box, 99)
        with pytest.raises(DeclarationError, match=r"a level lies between 0 and 0\.5"):
            upper_limit(likelihood, drawn.inputs, box, 0, level=0.7)
        with pytest.raises(DeclarationError, match="one tested value per model"):
            hypotest(likelihood, [drawn.inputs] * 2, box, 0, [1.0, 2.0, 3.0])
