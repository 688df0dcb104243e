"""Random plans of likelihoods with their numbers: every modifier, code and constraint, shared parameters."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gradcut.stats.plan import LikelihoodPlan


class Drawn(NamedTuple):
    """A plan, and numbers that it can be evaluated at."""

    plan: LikelihoodPlan
    inputs: np.ndarray
    theta: np.ndarray
    data: np.ndarray
    low: np.ndarray
    high: np.ndarray


def random_plan(seed: int, *, codes: tuple[int, int] = (4, 4), events: float = 60.0) -> Drawn:
    """Two channels, a signal with a strength (parameter 0), backgrounds; codes of normsys and histosys."""
    rng = np.random.default_rng(seed)
    names, theta, low, high = ["mu", "lumi"], [1.1, 1.01], [0.0, 0.5], [10.0, 1.5]
    inputs: list[float] = []
    samples, modifiers, constraints = [], [], []

    def numbers(values: object) -> int:
        at = len(inputs)
        inputs.extend(np.atleast_1d(values).tolist())
        return at

    def parameters(name: str, n: int, start: float, width: float, ends: tuple[float, float]) -> int:
        at = len(names)
        names.extend(f"{name}[{i}]" for i in range(n))
        theta.extend((start + width * rng.uniform(-1, 1, n)).tolist())
        low.extend([ends[0]] * n)
        high.extend([ends[1]] * n)
        return at

    constraints.append((0, 1, numbers(0.02)))
    nuisances = [parameters(f"alpha{i}", 1, 0.0, 1.4, (-5.0, 5.0)) for i in range(3)]
    constraints.extend((0, p, numbers(rng.uniform(0.8, 1.2))) for p in nuisances)
    first = 0
    for n in rng.integers(1, 5, 2):
        stat = parameters("stat", n, 1.0, 0.1, (1e-10, 10.0))
        constraints.extend((0, stat + i, numbers(rng.uniform(0.05, 0.2))) for i in range(n))
        for kind in ("signal", "background", "other"):
            s, nominal = len(samples), events * rng.gamma(3.0, 0.3, n) + 1.0
            samples.append((first, n, numbers(nominal)))
            if kind == "signal":
                modifiers.append((0, s, 0, -1, 0))
            modifiers.append((0, s, 1, -1, 0))
            for p in nuisances:
                if rng.random() < 0.6:
                    modifiers.append((1, s, p, numbers(rng.uniform(0.8, 1.25, 2)), codes[0]))
                if rng.random() < 0.6:
                    moved = nominal * rng.uniform(0.85, 1.2, (2, n))
                    modifiers.append((2, s, p, numbers(moved.reshape(-1)), codes[1]))
            modifiers.append((3, s, stat, -1, 0))
            if kind == "other":
                shape = parameters("shape", n, 1.0, 0.2, (1e-10, 10.0))
                modifiers.append((3, s, shape, -1, 0))
                constraints.extend((1, shape + i, numbers(rng.uniform(5.0, 200.0))) for i in range(n))
        first += int(n)
    plan = LikelihoodPlan(
        tuple(names),
        first,
        len(inputs),
        *(np.array(rows, np.int32) for rows in (samples, modifiers, constraints)),
    )
    main = rng.poisson(events * 2.5, first).astype(float)
    main[::3] += 0.5
    aux = [
        inputs[at] * rng.uniform(0.8, 1.2) if kind else theta[p] + 0.3 * inputs[at] * rng.normal()
        for kind, p, at in constraints
    ]
    return Drawn(
        plan,
        np.array(inputs),
        np.array(theta),
        np.concatenate([main, aux]),
        np.array(low),
        np.array(high),
    )


def slopes(function, at: np.ndarray, step: float = 1e-3) -> np.ndarray:  # type: ignore[no-untyped-def]
    """Derivatives of a function of a vector by differences of fourth order; its axis comes first."""
    out = []
    for i in range(len(at)):
        h = step * max(abs(at[i]), 0.02)
        values = []
        for k in (-2, -1, 1, 2):
            moved = at.copy()
            moved[i] += k * h
            values.append(np.asarray(function(moved)))
        out.append((values[0] - 8 * values[1] + 8 * values[2] - values[3]) / (12 * h))
    return np.array(out)
