"""Soft cuts with every gradient: compiled kernels against torch and numba, one thread, same arrays.

    python benchmarks/kernels.py [--events 2000000] [--repeats 7] [--out benchmarks/results/kernels.json]

All contestants get the same float32 arrays and compute yield, MC variance and the gradients of both in ten
thresholds. Torch computes the gradient of one number made of both (it would need a second backward pass for
the full Jacobian that the kernel returns). Repeats are interleaved; medians of CPU seconds are written.
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

N_CUTS = 10


def make_events(n: int, seed: int) -> tuple[list[np.ndarray], np.ndarray]:
    rng = np.random.default_rng(seed)
    columns = [rng.normal(size=n).astype(np.float32) for _ in range(N_CUTS)]
    return columns, rng.uniform(0.5, 1.5, n).astype(np.float32)


def kernel(
    columns: list[np.ndarray], weights: np.ndarray, instruction_set: str, derivatives: int, points: int
) -> Callable[[], np.ndarray]:
    low = np.full((points, N_CUTS), -0.5) + np.linspace(0, 0.3, points)[:, None]
    arguments = {
        "step": 1,
        "kinds": np.zeros(N_CUTS, dtype=np.uint8),
        "flags": np.zeros(N_CUTS, dtype=np.uint8),
        "low": low,
        "high": low,
        "width": np.full((points, N_CUTS), 0.2),
        "derivatives": derivatives,
    }

    def run() -> np.ndarray:
        _kernels.use_instruction_set(instruction_set)
        return _kernels.selection_moments(columns, weights, **arguments)

    return run


def torch_chunked(columns: list[np.ndarray], weights: np.ndarray, chunk: int) -> Callable[[], np.ndarray]:
    import torch

    torch.set_num_threads(1)
    x, w = torch.from_numpy(np.stack(columns)), torch.from_numpy(weights)
    w2 = w * w

    def run() -> np.ndarray:
        cut = torch.full((N_CUTS,), -0.5, requires_grad=True)
        n = v = 0.0
        for first in range(0, len(w), chunk):
            s = slice(first, first + chunk)
            p = torch.sigmoid((x[0, s] - cut[0]) * 5.0)
            for k in range(1, N_CUTS):
                p = p * torch.sigmoid((x[k, s] - cut[k]) * 5.0)
            sum_w, variance = (w[s] * p).sum(), (w2[s] * p).sum()
            (sum_w + variance).backward()
            n, v = n + sum_w.item(), v + variance.item()
        return np.array([n, v, *cut.grad.numpy()])

    return run


def numba_loop(columns: list[np.ndarray], weights: np.ndarray) -> Callable[[], np.ndarray]:
    import numba

    @numba.njit(fastmath=True)
    def sums(x: np.ndarray, w: np.ndarray, cut: np.ndarray, slope: np.float32) -> np.ndarray:
        out = np.zeros(2 + 2 * len(cut))
        q = np.empty(len(cut), dtype=np.float32)
        one = np.float32(1)
        for i in range(len(w)):
            p = one
            for k in range(len(cut)):
                e = np.exp(-(x[k, i] - cut[k]) * slope)
                s = one / (one + e)
                p *= s
                q[k] = e * s * slope
            out[0] += w[i] * p
            out[1] += w[i] * w[i] * p
            for k in range(len(cut)):
                d = w[i] * p * q[k]
                out[2 + k] -= d
                out[2 + len(cut) + k] -= w[i] * d
        return out

    x, cut = np.stack(columns), np.full(N_CUTS, -0.5, dtype=np.float32)
    sums(x[:, :10], weights[:10], cut, np.float32(5))
    return lambda: sums(x, weights, cut, np.float32(5))


def read_only(columns: list[np.ndarray], weights: np.ndarray) -> Callable[[], np.ndarray]:
    """Every number looked at once: what memory allows."""
    return lambda: np.array([a.max() for a in (*columns, weights)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--events", type=int, default=2_000_000)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "kernels.json")
    args = parser.parse_args()
    columns, weights = make_events(args.events, args.seed)
    wide = [c.astype(np.float64) for c in columns], weights.astype(np.float64)
    best = _kernels.instruction_sets()[-1]

    contestants: dict[str, Callable[[], np.ndarray]] = {}
    for name in _kernels.instruction_sets():
        contestants[f"kernel float {name}"] = kernel(columns, weights, name, 1, 1)
    contestants[f"kernel float {best}, values only"] = kernel(columns, weights, best, 0, 1)
    contestants[f"kernel float {best}, widths too"] = kernel(columns, weights, best, 2, 1)
    contestants[f"kernel float {best}, 10 points"] = kernel(columns, weights, best, 1, 10)
    contestants[f"kernel double {best}"] = kernel(*wide, best, 1, 1)
    for chunk in (4096, 16384, 65536, 262144):
        contestants[f"torch, chunks of {chunk}"] = torch_chunked(columns, weights, chunk)
    contestants["numba, one loop"] = numba_loop(columns, weights)
    contestants["reading the arrays"] = read_only(columns, weights)

    # The same numbers first: a fast wrong answer is no contestant.
    reference = contestants[f"kernel double {best}"]()[0]
    for name in (f"kernel float {best}", "kernel float baseline"):
        np.testing.assert_allclose(
            contestants[name]()[0, :, : 1 + N_CUTS], reference[:, : 1 + N_CUTS], rtol=1e-5
        )
    np.testing.assert_allclose(contestants["torch, chunks of 16384"]()[:2], reference[1:, 0], rtol=1e-3)
    gradient = reference[1, 1 : 1 + N_CUTS] + reference[2, 1 : 1 + N_CUTS]
    np.testing.assert_allclose(contestants["torch, chunks of 16384"]()[2:], gradient, rtol=1e-3)
    np.testing.assert_allclose(
        contestants["numba, one loop"]()[2 : 2 + N_CUTS], reference[1, 1 : 1 + N_CUTS], rtol=1e-3
    )

    times: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(args.repeats):
        for name, run in contestants.items():
            start = time.process_time()
            run()
            times[name].append((time.process_time() - start) / args.events * 1e9)
    medians = {name: statistics.median(values) for name, values in times.items()}
    torch_best = min((name for name in medians if name.startswith("torch")), key=medians.__getitem__)
    ours = medians[f"kernel float {best}"]
    result = {
        "what": "10 soft cuts, yield and MC variance, all gradients, one thread, CPU ns per event (median)",
        "events": args.events,
        "repeats": args.repeats,
        "instruction_set": best,
        "ns_per_event": {name: round(value, 2) for name, value in medians.items()},
        "spread": {name: [round(min(v), 2), round(max(v), 2)] for name, v in times.items()},
        "ratios": {
            f"torch (best chunk: {torch_best}) / kernel": round(medians[torch_best] / ours, 2),
            "torch in chunks of 16384 / kernel": round(medians["torch, chunks of 16384"] / ours, 2),
            "numba / kernel": round(medians["numba, one loop"] / ours, 2),
            "kernel / reading": round(ours / medians["reading the arrays"], 2),
            "10 points / 1 point": round(medians[f"kernel float {best}, 10 points"] / ours, 2),
        },
    }
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
