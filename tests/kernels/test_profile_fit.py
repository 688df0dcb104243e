"""Compiled fits against conditions of a minimum, brute force and fits of moved numbers."""

from __future__ import annotations

import numpy as np
import pytest

from contracts.random_plans import Drawn, random_plan, slopes
from gradcut.errors import DataError, DeclarationError
from gradcut.stats.compiled import CompiledLikelihood
from gradcut.stats.compiled_fit import FLAGS, STATUS, FitBox, Fits, fit, fit_vjp
from gradcut.stats.plan import LikelihoodPlan
from stats.obvious_likelihood import log_likelihood

CODES = [(4, 4), (1, 0), (4, 2)]
SEEDS = range(4)


def box_of(drawn: Drawn, fixed: tuple[int, ...] = ()) -> FitBox:
    mask = np.zeros(len(drawn.theta), bool)
    mask[list(fixed)] = True
    is_alpha = np.char.startswith(drawn.plan.parameters, "alpha")
    start = np.where(mask, drawn.theta, np.where(is_alpha, 0.0, 1.0))
    return FitBox(start, np.stack([drawn.low, drawn.high], axis=1), mask)


def said(fits: Fits, i: int = 0) -> tuple[str, set[str]]:
    return STATUS[fits.status[i]], {name for bit, name in enumerate(FLAGS) if fits.flags[i] >> bit & 1}


def plan_of(n_parameters, n_bins, n_inputs, samples, modifiers, constraints=()):  # type: ignore[no-untyped-def]
    """A plan of lists of codes."""
    names = tuple(f"p{i}" for i in range(n_parameters))
    shapes = (samples, 3), (modifiers, 5), (constraints, 3)
    codes = (np.array(rows, np.int32).reshape(-1, n) for rows, n in shapes)
    return LikelihoodPlan(names, n_bins, n_inputs, *codes)


@pytest.mark.parametrize("seed", SEEDS)
class TestMinimum:
    def drawn(self, seed: int) -> Drawn:
        return random_plan(seed, codes=CODES[seed % 3], events=[60.0, 4.0][seed % 2])

    def test_no_way_is_down(self, seed: int) -> None:
        # By the slow loop, in many directions, small steps and large.
        drawn = self.drawn(seed)
        fits = fit(CompiledLikelihood(drawn.plan), drawn.inputs, drawn.data, box_of(drawn, (1,)))
        assert said(fits)[0] == "converged"
        best = fits.theta[0]
        value = lambda t: -log_likelihood(drawn.plan, drawn.inputs, t, drawn.data)  # noqa: E731
        assert fits.value[0] == pytest.approx(value(best), rel=1e-12)
        assert best[1] == drawn.theta[1]
        rng = np.random.default_rng(seed)
        n = len(best)
        steps = np.concatenate([np.eye(n), -np.eye(n), rng.normal(size=(50, n))])
        for step, size in zip(steps, np.resize([1e-4, 1e-2, 0.3, 1.0], len(steps)), strict=True):
            moved = np.clip(best + size * step, np.maximum(drawn.low, 1e-6), drawn.high)
            moved[1] = best[1]
            assert value(moved) > fits.value[0] - 1e-9

    def test_gradient_vanishes_or_points_out_of_the_box(self, seed: int) -> None:
        drawn = self.drawn(seed)
        likelihood = CompiledLikelihood(drawn.plan)
        fits = fit(likelihood, drawn.inputs, drawn.data, box_of(drawn))
        gradient = likelihood.evaluate(fits.theta, drawn.inputs, drawn.data).d_parameters[0]
        free = ~fits.active[0]
        width = np.sqrt(np.diag(fits.hessian[0]))
        assert np.abs(gradient[free] / width[free]).max() < 1e-9
        for p in np.flatnonzero(~free):
            if fits.theta[0, p] == drawn.low[p]:
                assert gradient[p] > 0
            elif fits.theta[0, p] == drawn.high[p]:
                assert gradient[p] < 0
            else:
                assert "at a kink" in said(fits)[1]
                assert fits.theta[0, p] == 0

    def test_derivatives_of_fitted_parameters(self, seed: int) -> None:
        drawn = self.drawn(seed)
        likelihood, box = CompiledLikelihood(drawn.plan), box_of(drawn)
        fits = fit(likelihood, drawn.inputs, drawn.data, box)
        rng = np.random.default_rng(seed)
        c, matrix = rng.normal(size=fits.theta.shape), 0.01 * rng.normal(size=fits.hessian.shape)
        found = fit_vjp(likelihood, drawn.inputs, drawn.data, fits, c, matrix)

        def number(inputs: np.ndarray, data: np.ndarray) -> float:
            moved = fit(likelihood, inputs, data, box)
            np.testing.assert_array_equal(moved.active, fits.active)
            return float(np.sum(c * moved.theta) + np.sum(matrix * moved.hessian))

        wanted = slopes(lambda x: number(x, drawn.data), drawn.inputs, 1e-4)
        np.testing.assert_allclose(found[0][0], wanted, rtol=1e-6, atol=1e-6 * np.abs(wanted).max())
        wanted = slopes(lambda x: number(drawn.inputs, x), drawn.data, 1e-4)
        np.testing.assert_allclose(found[1][0], wanted, rtol=1e-6, atol=1e-6 * np.abs(wanted).max())


class TestMinima:
    """Landscapes with more than one minimum."""

    def folded(self, up: float, down: float, events: float, code: int):  # type: ignore[no-untyped-def]
        # One bin of `events` with one normsys.
        plan = plan_of(1, 1, 4, [[0, 1, 0]], [[1, 0, 0, 1, code]], [[0, 0, 3]])
        return CompiledLikelihood(plan), np.array([events, up, down, 1.0])

    @pytest.mark.parametrize("code", [1, 4])
    @pytest.mark.parametrize("n", [60.0, 95.0, 100.0, 112.0, 125.0, 160.0])
    @pytest.mark.parametrize(("up", "down"), [(1.3, 1.25), (0.7, 0.8), (1.2, 1.0), (1.2, 0.8)])
    def test_the_lowest_is_found(self, up: float, down: float, n: float, code: int) -> None:
        likelihood, inputs = self.folded(up, down, 100.0, code)
        fits = fit(likelihood, inputs, [n, 0.0], FitBox([0.0], [[-5, 5]], [False]))
        grid = np.linspace(-5, 5, 20001)
        lowest = -likelihood.logpdf(grid[:, None], inputs, [n, 0.0]).max()
        assert fits.value[0] <= lowest + 1e-12
        assert fits.value[0] == pytest.approx(lowest, abs=1e-5)
        assert fits.ended.all()

    def test_a_saddle_is_left(self) -> None:
        # Up and down are the same templates: zero is stationary, with minima on both sides.
        plan = plan_of(1, 2, 7, [[0, 2, 0]], [[2, 0, 0, 2, 4]], [[0, 0, 6]])
        likelihood, inputs = CompiledLikelihood(plan), np.array([50.0, 50, 60, 40, 60, 40, 1])
        data = [58.0, 41.0, 0.0]
        at_zero = likelihood.evaluate([0.0], inputs, data)
        assert at_zero.d_parameters[0, 0] == 0
        assert at_zero.hessian[0, 0, 0] < 0
        fits = fit(likelihood, inputs, data, FitBox([0.0], [[-5, 5]], [False]))
        assert "left a saddle" in said(fits)[1]
        assert said(fits)[0] == "converged"
        grid = np.linspace(0, 5, 20001)[:, None]
        assert fits.value[0] == pytest.approx(-likelihood.logpdf(grid, inputs, data).max(), abs=1e-5)
        assert fits.value[0] < at_zero.value[0] - 0.1


class TestStatus:
    def strength(self, signal: float, background: float) -> tuple[CompiledLikelihood, np.ndarray]:
        # One bin, mu times signal plus background.
        plan = plan_of(1, 1, 2, [[0, 1, 0], [0, 1, 1]], [[0, 0, 0, -1, 0]])
        return CompiledLikelihood(plan), np.array([signal, background])

    def test_at_a_bound(self) -> None:
        likelihood, inputs = self.strength(10, 50)
        fits = fit(likelihood, inputs, [[40.0], [55.0], [300.0]], FitBox([1.0], [[0, 10]], [False]))
        np.testing.assert_allclose(fits.theta[:, 0], [0, 0.5, 10], rtol=1e-12)
        assert fits.active[:, 0].tolist() == [True, False, True]
        assert [said(fits, i) for i in range(3)] == [
            ("converged", {"at a bound"}),
            ("converged", set()),
            ("converged", {"at a bound"}),
        ]
        in_data = fit_vjp(likelihood, inputs, [[40.0], [55.0], [300.0]], fits, np.ones((3, 1)))[1]
        np.testing.assert_allclose(in_data[:, 0], [0, 0.1, 0], rtol=1e-14)

    def test_flat(self) -> None:
        likelihood, inputs = self.strength(0, 50)
        fits = fit(likelihood, inputs, [40.0], FitBox([1.0], [[0, 10]], [False]))
        assert said(fits)[0] == "flat"
        assert fits.theta[0, 0] == 1
        with pytest.raises(DataError, match=r"a fit ended 'flat'(.|\n)*does not change the likelihood"):
            fits.covariance()

    def test_two_that_do_the_same(self) -> None:
        plan = plan_of(2, 1, 1, [[0, 1, 0]], [[0, 0, 0, -1, 0], [0, 0, 1, -1, 0]])
        fits = fit(CompiledLikelihood(plan), [50.0], [60.0], FitBox([1.0, 1.0], [[0.1, 10]] * 2, [False] * 2))
        assert said(fits)[0] == "flat"
        assert fits.theta[0].prod() == pytest.approx(1.2, rel=1e-9)

    def test_impossible(self) -> None:
        likelihood, inputs = self.strength(0, 0)
        assert said(fit(likelihood, inputs, [3.0], FitBox([1.0], [[0, 10]], [False])))[0] == "impossible"
        likelihood, inputs = self.strength(5, -8)
        assert said(fit(likelihood, inputs, [3.0], FitBox([1.0], [[0, 1.2]], [False])))[0] == "impossible"

    def test_from_an_impossible_start(self) -> None:
        likelihood, inputs = self.strength(5, -8)
        fits = fit(likelihood, inputs, [3.0], FitBox([1.0], [[0, 10]], [False]))
        assert said(fits)[0] == "converged"
        assert fits.theta[0, 0] == pytest.approx(2.2, rel=1e-12)

    def test_unbounded(self) -> None:
        likelihood, inputs = self.strength(5, 8)
        fits = fit(likelihood, inputs, [0.0], FitBox([1.0], [[-np.inf, np.inf]], [False]))
        assert said(fits)[0] in ("unbounded", "not converged")

    def test_a_negative_rate_is_said(self) -> None:
        likelihood, inputs = self.strength(5, 8)
        fits = fit(likelihood, inputs, [0.0], FitBox([1.0], [[-3, 3]], [False]))
        assert said(fits) == ("converged", {"at a bound", "negative rate"})

    @pytest.mark.parametrize("bad", [[np.nan, 50], [np.inf, 50]])
    def test_invalid(self, bad: list[float]) -> None:
        likelihood, inputs = self.strength(10, 50)
        box = FitBox([1.0], [[0, 10]], [False])
        fits = fit(likelihood, [bad, inputs], [[40.0], [55.0]], box)
        assert [said(fits, i)[0] for i in range(2)] == ["invalid", "converged"]
        assert said(fit(likelihood, inputs, [-1.0], box))[0] == "invalid"
        with pytest.raises(DataError, match=r"a fit ended 'invalid'(.|\n)*models 0(.|\n)*not finite"):
            fit_vjp(likelihood, [bad, inputs], [[40.0], [55.0]], fits, np.ones((2, 1)))

    @pytest.mark.parametrize("background", [1e-9, 1e-3, 1e9])
    @pytest.mark.parametrize("n", [0.0, 1e-9, 3.0, 1e9])
    @pytest.mark.parametrize("width", [1e-3, 1.0, 1e3])
    def test_extremes_end(self, background: float, n: float, width: float) -> None:
        # mu signal + gamma background, gamma constrained.
        plan = plan_of(2, 1, 3, [[0, 1, 0], [0, 1, 1]], [[0, 0, 0, -1, 0], [0, 1, 1, -1, 0]], [[0, 1, 2]])
        likelihood, inputs = CompiledLikelihood(plan), [5.0, background, width]
        box = FitBox([1.0, 1.0], [[0, 1e12], [1e-10, 10]], [False] * 2)
        fits = fit(likelihood, inputs, [n, 1.0], box)
        assert said(fits)[0] in ("converged", "flat")
        assert np.isfinite(fits.theta).all()
        rng = np.random.default_rng(0)
        others = np.stack([10 ** rng.uniform(-9, 9, 4000), 10 ** rng.uniform(-9, 1, 4000)], axis=1)
        assert fits.value[0] <= -likelihood.logpdf(others, inputs, [n, 1.0]).max() + 1e-9


class TestBatches:
    def test_rows_do_not_know_each_other(self) -> None:
        drawn = random_plan(3)
        likelihood, box = CompiledLikelihood(drawn.plan), box_of(drawn)
        data = np.tile(drawn.data, (5, 1))
        data[:, : drawn.plan.n_bins] *= np.random.default_rng(0).uniform(0.5, 1.5, (5, drawn.plan.n_bins))
        together = fit(likelihood, drawn.inputs, data, box)
        for i in (4, 1, 0):
            one = fit(likelihood, drawn.inputs, data[i], box)
            np.testing.assert_array_equal(together.theta[i], one.theta[0])
            np.testing.assert_array_equal(together.hessian[i], one.hessian[0])

    def test_covariance(self) -> None:
        drawn = random_plan(3)
        fits = fit(CompiledLikelihood(drawn.plan), drawn.inputs, drawn.data, box_of(drawn, (1,)))
        free = np.ix_(~fits.active[0], ~fits.active[0])
        unit = fits.covariance()[0][free] @ fits.hessian[0][free]
        np.testing.assert_allclose(unit, np.eye(len(unit)), atol=1e-9)
        assert fits.covariance()[0, 1].tolist() == [0] * len(drawn.theta)


class TestErrors:
    def test_boxes(self) -> None:
        with pytest.raises(DeclarationError, match="are of the same parameters"):
            FitBox([1.0, 2.0], [[0, 1]], [False])
        with pytest.raises(DeclarationError, match=r"above its upper one(.|\n)*parameters 1"):
            FitBox([1.0, 2.0], [[0, 1], [2, 1]], [False, True])
