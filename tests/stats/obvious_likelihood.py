"""The likelihood of a plan as a slow, obvious loop: what compiled code is compared with."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

FACTOR, NORMSYS, HISTOSYS, BIN_FACTOR = range(4)
GAUSSIAN, POISSON = range(2)


def norm_factor(code: int, up: float, down: float, alpha: float) -> float:
    """Factor of a normsys: code 1 exponentials, code 4 with a polynomial of sixth order inside of +-1."""
    if alpha >= (1 if code == 4 else 0):
        return up**alpha
    if alpha <= (-1 if code == 4 else 0):
        return down**-alpha
    # Values, slopes and curvatures at +1 and -1, of 1 + a1 x + ... + a6 x^6.
    conditions = [[1.0] * 6, [(-1.0) ** i for i in range(1, 7)]]
    conditions += [[float(i) for i in range(1, 7)], [i * (-1.0) ** (i - 1) for i in range(1, 7)]]
    conditions += [[i * (i - 1.0) for i in range(1, 7)], [i * (i - 1) * (-1.0) ** i for i in range(1, 7)]]
    lu, ld = math.log(up), math.log(down)
    wanted = [up - 1, down - 1, up * lu, -down * ld, up * lu**2, down * ld**2]
    a = np.linalg.solve(np.array(conditions), np.array(wanted))
    return 1 + sum(a[i - 1] * alpha**i for i in range(1, 7))


def shape_delta(code: int, nominal: float, up: float, down: float, alpha: float) -> float:
    """Events that a histosys adds: code 0 linear, 2 quadratic inside of +-1, 4 (for 4p) polynomial there."""
    d_up, d_down = up - nominal, nominal - down
    if code == 2:
        a, b = (up + down) / 2 - nominal, (up - down) / 2
        if alpha > 1:
            return (b + 2 * a) * (alpha - 1) + a + b
        if alpha < -1:
            return (b - 2 * a) * (alpha + 1) + a - b
        return a * alpha**2 + b * alpha
    if code == 0 or abs(alpha) > 1:
        return d_up * alpha if alpha > 0 else d_down * alpha
    s, a = (d_up + d_down) / 2, (d_up - d_down) / 16
    return alpha * (s + alpha * a * (15 + alpha**2 * (-10 + alpha**2 * 3)))


def expected_data(plan: Any, inputs: Any, theta: Any) -> Any:
    """Rates of all bins, then what the auxiliary measurements are expected to be."""
    rates = np.zeros(plan.n_bins)
    for s, (first, n, at) in enumerate(plan.samples):
        for b in range(n):
            nominal = inputs[at + b]
            events, factor = nominal, 1.0
            for kind, sample, parameter, where, code in plan.modifiers:
                if sample != s:
                    continue
                if kind == FACTOR:
                    factor *= theta[parameter]
                elif kind == NORMSYS:
                    factor *= norm_factor(code, inputs[where], inputs[where + 1], theta[parameter])
                elif kind == HISTOSYS:
                    up, down = inputs[where + b], inputs[where + n + b]
                    events += shape_delta(code, nominal, up, down, theta[parameter])
                else:
                    factor *= theta[parameter + b]
            rates[first + b] += events * factor
    aux = [theta[p] if kind == GAUSSIAN else inputs[at] * theta[p] for kind, p, at in plan.constraints]
    return np.concatenate([rates, aux])


def log_likelihood(plan: Any, inputs: Any, theta: Any, data: Any) -> float:
    """Logarithm of the probability (density) of the data."""
    expected = expected_data(plan, inputs, theta)
    terms = [_poisson(n, nu) for n, nu in zip(data[: plan.n_bins], expected, strict=False)]
    for (kind, _, at), seen, mean in zip(
        plan.constraints, data[plan.n_bins :], expected[plan.n_bins :], strict=True
    ):
        if kind == GAUSSIAN:
            sigma = inputs[at]
            terms.append(-((seen - mean) ** 2) / (2 * sigma**2) - math.log(sigma * math.sqrt(2 * math.pi)))
        else:
            terms.append(_poisson(seen, mean))
    return math.fsum(terms)


def _poisson(n: float, nu: float) -> float:
    return (n * math.log(nu) if n else 0.0) - nu - math.lgamma(n + 1)
