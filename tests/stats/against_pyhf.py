"""Tests and limits beside pyhf's; where they differ, pyhf's own likelihood judges whose fits are better."""

from __future__ import annotations

import logging
import signal
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import mpmath
import numpy as np

from gradcut.stats import Model, hypotest, upper_limit
from gradcut.stats.compiled_fit import FitBox, fit
from gradcut.stats.kinks import kinked
from stats.obvious_likelihood import GAUSSIAN, expected_data

#: What is compared, of q and Z absolutely below one.
TOLERANCE = 1e-6
#: Names of the test statistics in pyhf.
STATISTICS = {"qmu_tilde": "qtilde", "qmu": "q", "q0": "q0"}
#: The fits of a test, as pyhf calls them.
FITS = (
    "asimov_pars",
    "fixed_poi_fit_to_data",
    "free_fit_to_data",
    "fixed_poi_fit_to_asimov",
    "free_fit_to_asimov",
)
STOPPED = "pyhf's fit stopped early"
NEGATIVE = "pyhf's fit ended where rates are negative"
#: Rounding of -log L, whose terms add up to some hundred.
NOISE = 1e-11
#: Differences in which rounding of pyhf's -log L may have a part: they are calculated with many digits.
CLOSE = 1e-9


class OutOfTimeError(Exception):
    """The other side took too long."""


@contextmanager
def exact_pyhf() -> Iterator[None]:
    """pyhf with exact gradients, which torch gives it, and a tight tolerance."""
    import pyhf

    before = pyhf.tensorlib, pyhf.optimizer
    logger = logging.getLogger("pyhf")
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        pyhf.set_backend("pytorch", pyhf.optimize.scipy_optimizer(tolerance=1e-12), precision="64b")
        level = logger.level
        logger.setLevel(logging.CRITICAL + 1)  # failures are counted
        try:
            yield
        finally:
            logger.setLevel(level)
            pyhf.set_backend(*before)


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise after so many seconds of CPU."""

    def stop(*_: Any) -> None:
        raise OutOfTimeError

    previous = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, previous)


@dataclass
class Comparison:
    """One test on both sides.

    ``reasons``: fit -> why it differs, of the fits whose minima do; ``lower_by`` by how much ours is lower in
    ``-log L``, negative where it is higher.
    """

    statistic: str
    mu: float
    ours: dict[str, float] = field(default_factory=dict)
    theirs: dict[str, float] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    lower_by: dict[str, float] = field(default_factory=dict)
    failure: str = ""
    ours_failed: str = ""
    seconds: tuple[float, float] = (0.0, 0.0)

    @property
    def verdict(self) -> str:
        """``equal``, why it is not, or that one side has no numbers."""
        if self.failure or self.ours_failed:
            return self.failure or "ours failed"
        if all(same(self.ours[name], self.theirs[name]) for name in ("q", "q_asimov", "z")):
            return "equal"
        if not self.reasons:
            return "not explained"
        return "; ".join(sorted(set(self.reasons.values())))


def same(one: float, other: float, tolerance: float = TOLERANCE) -> bool:
    """Whether two numbers are equal, relatively and, below one, absolutely."""
    return bool(abs(one - other) <= tolerance * max(1.0, abs(other)))


def compare(model: Model, theirs: Any, statistic: Any, mu: float, limit: float = 60.0) -> Comparison:
    """Test a value on both sides, with all fits of pyhf at its observations."""
    import pyhf

    data, at = model.data(), model.poi_index
    bounds = model.bounds.copy()
    assert at is not None
    if statistic == "qmu_tilde":
        bounds[at, 0] = 0.0
    tested = 0.0 if statistic == "q0" else mu
    found = Comparison(statistic, tested)
    start = time.process_time()
    try:
        result = hypotest(mu, model, data, test_statistic=statistic)
    except Exception as error:  # whatever it is, it is to be reported
        found.ours_failed = str(error)
    else:
        found.ours = {"q": result.q, "q_asimov": result.q_asimov, "z": result.z, "cls": result.cls}
        found.ours |= {"p_sb": result.p_sb, "mu_hat": result.mu_hat}
    middle = time.process_time()
    try:
        with limited(limit):
            calculator = pyhf.infer.calculators.AsymptoticCalculator(
                data, theirs, par_bounds=bounds.tolist(), test_stat=STATISTICS[statistic]
            )
            t = float(calculator.teststatistic(tested))
            p_sb, _, cls = calculator.pvalues(t, *calculator.distributions(tested))
    except OutOfTimeError:
        found.failure = "pyhf out of time"
        return found
    except pyhf.exceptions.FailedMinimization as error:
        found.failure = f"pyhf failed: {error}"
        return found
    found.seconds = (middle - start, time.process_time() - middle)
    r_asimov = float(calculator.sqrtqmuA_v)
    tilted = statistic == "qmu_tilde" and t > 0
    found.theirs = {
        "q": 2 * r_asimov * t + r_asimov**2 if tilted else (t + r_asimov) ** 2,
        "q_asimov": r_asimov**2,
        "z": t + r_asimov,
        "cls": float(cls),
        "p_sb": float(p_sb),
        "mu_hat": float(calculator.fitted_pars.free_fit_to_data[at]),
    }
    if not np.isfinite(t):
        found.failure = "pyhf found no finite number"
    elif not found.ours_failed and found.verdict != "equal":
        judge(found, model, theirs, FitBox(model.initial, bounds, model.fixed), calculator.fitted_pars)
    return found


def judge(found: Comparison, model: Model, theirs: Any, box: FitBox, points: Any) -> None:
    """Fill in whose fits are better, each to the same data, and why."""
    at = model.poi_index
    assert at is not None
    asimov = np.asarray(theirs.expected_data(points.asimov_pars))
    if (asimov[: model.n_bins] < 0).any():
        found.reasons["asimov_pars"] = "pyhf has negative Asimov data"
        asimov = None
    for name in FITS:
        data = asimov if name.endswith("asimov") else model.data()
        if data is None:
            continue
        start, fixed = np.array(box.start)[0], model.fixed.copy()
        if name.startswith("fixed") or name == "asimov_pars":
            fixed[at] = True
            start[at] = found.mu if name != "asimov_pars" else float(found.statistic == "q0")
        here = FitBox(start, np.stack([box.lower, box.upper], axis=1), fixed)
        ours = fit(model.likelihood, model.inputs, data, here).theta[0]
        point = np.asarray(getattr(points, name))
        low, high = (-float(theirs.logpdf(theta, data)[0]) for theta in (ours, point))
        if abs(high - low) < CLOSE and np.isfinite(exact := closely(model, data, ours, point)):
            low, high = 0.0, exact
        found.lower_by[name] = high - low
        size = 0.1 * TOLERANCE * max(1.0, found.ours["q"])
        if high - low > size or np.isnan(high):
            found.reasons[name] = (
                "rates are negative at our minimum, which is said"
                if has_negative(model, ours)
                else reason(model, here, data, point, high - low)
            )
        elif high - low < -size:
            found.reasons[name] = NEGATIVE if has_negative(model, point) else "ours worse"
    if not found.reasons:
        judge_closely(found)


def closely(model: Model, data: Any, ours: Any, point: Any) -> float:
    """By how much ``-log L`` is lower at ours, with 40 digits, from rates of slow and obvious loops."""
    plan, inputs = model.plan, model.inputs
    expected = [expected_data(plan, inputs, theta) for theta in (ours, point)]
    widths: list[float | None] = [None] * plan.n_bins
    widths += [float(inputs[at]) if kind == GAUSSIAN else None for kind, _, at in np.array(plan.constraints)]
    with mpmath.workdps(40):
        gap = mpmath.mpf(0)
        for n, width, low, high in zip(map(mpmath.mpf, data), widths, *expected, strict=True):
            if width is not None:
                gap += ((high - n) ** 2 - (low - n) ** 2) / (2 * mpmath.mpf(width) ** 2)
            elif n == 0 or min(low, high) > 0:
                gap += (
                    mpmath.mpf(high) - mpmath.mpf(low) - (n * mpmath.log(mpmath.mpf(high) / low) if n else 0)
                )
            else:
                return float("nan")
        return float(gap)


def judge_closely(found: Comparison) -> None:
    """Near zero Z goes as the root of a difference, and Asimov data move as the root of what a fit lacks."""
    for name, lower in found.lower_by.items():
        if abs(lower) > NOISE:
            found.reasons[name] = STOPPED if lower > 0 else "ours worse"
    if not found.reasons and found.ours["q"] < NOISE:
        found.reasons["free_fit_to_data"] = "q is zero but for rounding, Z its root"


def has_negative(model: Model, theta: Any) -> bool:
    """Whether a rate is negative there, which no model of Poisson counts has."""
    return bool((model.likelihood.expected_data(theta, model.inputs)[0, : model.n_bins] < 0).any())


def reason(model: Model, box: FitBox, data: Any, point: Any, gap: float) -> str:
    """Why a fit of pyhf stands above the minimum."""
    if np.isnan(gap) or has_negative(model, point):
        return NEGATIVE
    found = model.likelihood.evaluate(point, model.inputs, data)
    gradient, hessian = found.d_parameters[0], found.hessian[0]
    width = 1e-6 * np.maximum(1, np.abs(point))
    free = ~box.arrays[3].astype(bool)
    free &= ~((point <= box.lower + width) & (gradient > 0)) & ~(
        (point >= box.upper - width) & (gradient < 0)
    )
    if (kinked(model) & free & (np.abs(point) < 1e-3)).any():
        return "pyhf's fit stuck at a kink"
    scale = np.sqrt(np.maximum(np.abs(np.diag(hessian))[free], 1e-12))
    values, vectors = np.linalg.eigh(hessian[np.ix_(free, free)] / np.outer(scale, scale))
    along = vectors.T @ (gradient[free] / scale)
    gain = 0.5 * float((along**2 / np.maximum(np.abs(values), 1e-9)).sum())
    if values.size and values[0] < -1e-6 and gain < 0.5 * gap:
        return "pyhf's fit stuck at a saddle"
    return STOPPED if gain > 0.3 * gap or gain > 1e-4 else "pyhf's fit in another minimum"


def upper_limits(model: Model, theirs: Any, limit: float) -> tuple[list[float], list[float], list[str]]:
    """Observed and expected limits of both sides, and of those that differ the verdicts of tests there.

    Those of pyhf by scipy's root finder; pyhf's own scan does not run with torch.
    """
    import pyhf
    from scipy.optimize import brentq

    at, data = model.poi_index, model.data()
    assert at is not None
    bounds = model.bounds.copy()
    bounds[at, 0] = 0.0
    found = upper_limit(model)
    ours = [found.observed, *found.expected.values()]
    yours, verdicts = [], []

    def excess(mu: float, which: int) -> float:
        cls, band = pyhf.infer.hypotest(
            mu, data, theirs, par_bounds=bounds.tolist(), return_expected_set=True
        )
        return float([cls, *band][which]) - 0.05

    with limited(limit):
        for which, one in enumerate(ours):
            ends = (1e-6, float(bounds[at, 1]))
            for width in (1e-5, 0.02):
                near = ((1 - width) * one, (1 + width) * one)
                if excess(near[0], which) > 0 > excess(near[1], which):
                    ends = near
                    break
            yours.append(float(brentq(excess, *ends, args=(which,), rtol=1e-10, xtol=1e-14)))
    for one, other in zip(ours, yours, strict=True):
        if not same(one, other):
            tests = [compare(model, theirs, "qmu_tilde", mu, limit).verdict for mu in (one, other)]
            verdicts.append(next((v for v in tests if v != "equal"), "not explained"))
    return ours, yours, verdicts
