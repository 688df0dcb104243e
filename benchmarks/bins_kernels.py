"""Soft bins with gradients: compiled kernels against torch and numpy, one thread, same arrays.

    python benchmarks/bins_kernels.py [--cells 40000] [--points 16] [--bins 20] [--repeats 7]

What a step of a training does: entries, yield and MC variance of every bin at every point, and the gradient
of a number made of them in all parameters, for edges of one column (logistic steps) and for a mixture in two.
All get the same float32 arrays. Repeats are interleaved; medians of CPU nanoseconds per event, bin and point.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from gradcut import _kernels

Sums = tuple[np.ndarray, np.ndarray]


def make_problem(kind: str, n: int, points: int, bins: int, seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    columns = rng.normal(size=(1 if kind == "axes" else 2, n)).astype(np.float32)
    if kind == "axes":
        parts = [np.sort(rng.normal(size=(points, bins - 1)), axis=1), np.full((points, 1), 0.2)]
    else:
        factors = np.tile([2.0, 0.3, 2.0], (points, bins))
        parts = [np.zeros((points, bins)), rng.normal(size=(points, 2 * bins)), factors, np.ones((points, 1))]
    weights = rng.uniform(0.5, 1.5, n).astype(np.float32)
    cotangents = rng.normal(size=(points, 3, bins))
    return {
        "columns": columns,
        "weights": weights,
        "parameters": np.concatenate(parts, axis=1),
        "cotangents": cotangents,
    }


def kernel(
    kind: str, problem: dict[str, np.ndarray], instruction_set: str, dtype: type
) -> Callable[[], Sums]:
    columns = [c.astype(dtype) for c in problem["columns"]]
    weights, bins = problem["weights"].astype(dtype), problem["cotangents"].shape[2]
    settings = {
        "kind": 0 if kind == "axes" else 1,
        "step": 1,
        "n_edges": np.array([bins - 1] if kind == "axes" else [], np.uint32),
        "n_bins": bins,
        "local_width": False,
        "reflect": False,
        "parameters": problem["parameters"],
    }

    def run() -> Sums:
        _kernels.use_instruction_set(instruction_set)
        sums = _kernels.bins_moments(columns, weights, **settings)
        return sums, _kernels.bins_vjp(columns, weights, problem["cotangents"], **settings)

    return run


def torch_loop(kind: str, problem: dict[str, np.ndarray]) -> Callable[[], Sums]:
    """One point after the other, so that what belongs to a point stays in the cache."""
    import torch

    torch.set_num_threads(1)
    x, w = torch.from_numpy(problem["columns"]), torch.from_numpy(problem["weights"])
    powers = torch.stack([torch.ones_like(w), w, w * w])
    given = torch.from_numpy(problem["parameters"]).float()
    cotangents = torch.from_numpy(problem["cotangents"]).float()
    bins = cotangents.shape[2]

    def memberships(p: torch.Tensor) -> torch.Tensor:
        if kind == "axes":
            above = torch.sigmoid((x[0][None, :] - p[:-1, None]) / p[-1])
            ends = torch.ones_like(above[:1]), torch.zeros_like(above[:1])
            return torch.cat([ends[0], above]) - torch.cat([above, ends[1]])
        mean, a = p[bins : 3 * bins].view(bins, 2), p[3 * bins : 6 * bins].view(bins, 3)
        d0, d1 = x[0] - mean[:, :1], x[1] - mean[:, 1:]
        z0, z1 = a[:, :1] * d0, a[:, 1:2] * d0 + a[:, 2:] * d1
        constant = p[:bins] + a[:, 0].log() + a[:, 2].log()
        return torch.softmax((constant[:, None] - 0.5 * (z0 * z0 + z1 * z1)) / p[-1], dim=0)

    def run() -> Sums:
        sums, gradients = [], []
        for point, cotangent in zip(given, cotangents, strict=True):
            parameter = point.clone().requires_grad_()
            moments = powers @ memberships(parameter).T
            (moments * cotangent).sum().backward()
            sums.append(moments.detach().numpy())
            gradients.append(parameter.grad.numpy())
        return np.array(sums), np.array(gradients)

    return run


def numpy_loop(kind: str, problem: dict[str, np.ndarray]) -> Callable[[], Sums]:
    """The derivatives written by hand."""
    x, w = problem["columns"], problem["weights"]
    powers = np.stack([np.ones_like(w), w, w * w])
    bins = problem["cotangents"].shape[2]

    def edges(p: np.ndarray, cotangent: np.ndarray) -> Sums:
        u = (x[0][None, :] - p[:-1, None]) / p[-1]
        above = 1 / (1 + np.exp(-u))
        shares = -np.diff(above, axis=0, prepend=np.float32(1), append=np.float32(0))
        g = cotangent.T @ powers
        slopes = np.diff(g, axis=0) * above * (1 - above) / p[-1]
        return powers @ shares.T, np.append(-slopes.sum(axis=1), -(slopes * u).sum())

    def mixture(p: np.ndarray, cotangent: np.ndarray) -> Sums:
        mean, a, t = p[bins : 3 * bins].reshape(bins, 2), p[3 * bins : 6 * bins].reshape(bins, 3), p[-1]
        d0, d1 = x[0] - mean[:, :1], x[1] - mean[:, 1:]
        z0, z1 = a[:, :1] * d0, a[:, 1:2] * d0 + a[:, 2:] * d1
        score = (p[:bins] + np.log(a[:, 0] * a[:, 2]))[:, None] - 0.5 * (z0 * z0 + z1 * z1)
        score = (score - score.max(axis=0)) / t
        shares = np.exp(score)
        shares /= shares.sum(axis=0)
        g = cotangent.T @ powers
        r = shares * (g - (shares * g).sum(axis=0)) / t
        mean_gradient = np.stack(
            [(r * (a[:, :1] * z0 + a[:, 1:2] * z1)).sum(1), (r * a[:, 2:] * z1).sum(1)], 1
        )
        none = r.sum(axis=1)
        factors = [
            none / a[:, 0] - (r * z0 * d0).sum(1),
            -(r * z1 * d0).sum(1),
            none / a[:, 2] - (r * z1 * d1).sum(1),
        ]
        parts = [none, mean_gradient.ravel(), np.stack(factors, 1).ravel(), [-(r * score).sum()]]
        return powers @ shares.T, np.concatenate(parts)

    function = edges if kind == "axes" else mixture
    given, cotangents = problem["parameters"].astype(np.float32), problem["cotangents"].astype(np.float32)

    def run() -> Sums:
        results = [function(p, c) for p, c in zip(given, cotangents, strict=True)]
        return np.array([r[0] for r in results]), np.array([r[1] for r in results])

    return run


def measure(kind: str, args: argparse.Namespace) -> dict[str, object]:
    problem = make_problem(kind, args.cells, args.points, args.bins, args.seed)
    contestants = {
        f"kernel float {s}": kernel(kind, problem, s, np.float32) for s in _kernels.instruction_sets()
    }
    best = list(contestants)[-1]
    contestants["kernel double"] = kernel(kind, problem, _kernels.instruction_sets()[-1], np.float64)
    contestants["torch"], contestants["numpy"] = torch_loop(kind, problem), numpy_loop(kind, problem)
    # The same numbers first: a fast wrong answer is no contestant.
    expected = contestants["kernel double"]()
    for run in contestants.values():
        for got, want in zip(run(), expected, strict=True):
            np.testing.assert_allclose(got, want, rtol=0, atol=1e-4 * np.abs(want).max())
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(args.repeats):
        for name, run in contestants.items():
            start = time.process_time()
            run()
            elapsed = time.process_time() - start
            times[name].append(elapsed / (args.cells * args.points * args.bins) * 1e9)
    medians = {name: statistics.median(values) for name, values in times.items()}
    return {
        "ns_per_event_bin_and_point": {name: round(value, 3) for name, value in medians.items()},
        "spread": {name: [round(min(v), 3), round(max(v), 3)] for name, v in times.items()},
        "ratios": {
            f"{name} / kernel": round(medians[name] / medians[best], 1) for name in ("torch", "numpy")
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--cells", type=int, default=40_000)
    parser.add_argument("--points", type=int, default=16)
    parser.add_argument("--bins", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "bins_kernels.json")
    args = parser.parse_args()
    result = {
        "what": "moments and gradients of soft bins, float32 arrays, one thread, CPU time (median)",
        **{name: getattr(args, name) for name in ("cells", "points", "bins", "repeats")},
        **{kind: measure(kind, args) for kind in ("axes", "mixture")},
    }
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
