"""The RDataFrame actions beside a hard filter, bare reading and AsNumpy; writes results/rdf_actions.json.

    python benchmarks/rdf_actions.py [--events 10000000] [--repeats 7] [--data FOLDER]

One thread. Everything compared is compiled ahead of time, runs over the same file, and takes turns; CPU
seconds of the event loop, booking not included. `--data` keeps (and reuses) the generated files.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from gradcut import _kernels, paths
from gradcut.kernel_spec import KernelSpec
from gradcut.rdf import book_collect, book_soft_moments, load, run

HERE = Path(__file__).parent
FEATURES = [f"x{k}" for k in range(10)]
#: ROOT's codes: 0 none, 101 zlib, 505 zstd.
SOURCES = {
    "ttree": (False, 0),
    "ttree_zlib": (False, 101),
    "rntuple": (True, 0),
    "rntuple_zstd": (True, 505),
}
THRESHOLDS = np.array([[-1.0, -1.2, -1.0, -1.3, -1.5, -1.6, -1.4, -1.5, 0.1, 0.02]])
TARGETS = {"soft/hard": ("<=", 1.10), "soft/read": ("<=", 1.15), "asnumpy/collect": (">=", 2.0)}


def build_loops(folder: Path) -> Any:
    """Compile what the actions are compared with, as a foreign project would, and load it."""
    quiet = {"check": True, "stdout": subprocess.DEVNULL}
    configure = ["cmake", "-S", str(HERE / "rdf_loops"), "-B", str(folder)]
    subprocess.run([*configure, f"-Dgradcut_DIR={paths.cmake_dir()}"], **quiet)
    subprocess.run(["cmake", "--build", str(folder)], **quiet)
    root = load()
    if root.gSystem.Load(str(folder / "librdf_loops.so")) < 0:
        raise SystemExit("cannot load the compiled loops")
    root.gInterpreter.Declare(f'#include "{HERE / "rdf_loops" / "Loops.hxx"}"')
    return root


def soft_spec() -> KernelSpec:
    codes = np.zeros(10, np.uint8)
    none = np.full(10, -1)
    return KernelSpec("logistic", codes, codes, np.arange(10), none, tuple(FEATURES), tuple(FEATURES))


def soft(root: Any, node: Any, precision: str) -> Callable[[], object]:
    width = np.full_like(THRESHOLDS, 0.2)
    booked = book_soft_moments(
        node, soft_spec(), FEATURES, "weight", THRESHOLDS, THRESHOLDS, width, precision=precision
    )
    return lambda: run(booked)


def hard(root: Any, node: Any) -> Callable[[], object]:
    result = root.Benchmark.HardSum(root.RDF.AsRNode(node), THRESHOLDS[0].tolist())
    return result.GetValue


def read(root: Any, node: Any) -> Callable[[], object]:
    result = root.Benchmark.ReadOnly(root.RDF.AsRNode(node))
    return result.GetValue


def collect(root: Any, node: Any) -> Callable[[], object]:
    booked = book_collect(node, [*FEATURES, "weight"])
    return booked.value


def as_numpy(root: Any, node: Any) -> Callable[[], object]:
    return lambda: node.AsNumpy([*FEATURES, "weight"])


LOOPS: dict[str, Callable[[Any, Any], Callable[[], object]]] = {
    "hard": hard,
    "read": read,
    "soft": lambda root, node: soft(root, node, "float32"),
    "soft_float64": lambda root, node: soft(root, node, "float64"),
}
IN_MEMORY = {"collect": collect, "asnumpy": as_numpy}


def seconds(root: Any, path: Path, loop: Callable[[Any, Any], Callable[[], object]]) -> float:
    node = root.RDataFrame("events", str(path))
    call = loop(root, node)
    start = time.process_time()
    call()
    return time.process_time() - start


def interleaved(root: Any, path: Path, loops: dict[str, Any], repeats: int) -> dict[str, list[float]]:
    taken: dict[str, list[float]] = {name: [] for name in loops}
    for loop in loops.values():  # first use: interpreter, page cache
        seconds(root, path, loop)
    for _ in range(repeats):
        for name, loop in loops.items():
            taken[name].append(seconds(root, path, loop))
    return taken


def ratio(taken: dict[str, list[float]], above: str, below: str) -> float:
    """Median of the ratios of neighbours in time: both saw the same machine."""
    return statistics.median(a / b for a, b in zip(taken[above], taken[below], strict=True))


def measure(root: Any, path: Path, events: int, repeats: int) -> dict[str, Any]:
    loops = interleaved(root, path, LOOPS, repeats)
    memory = interleaved(root, path, IN_MEMORY, max(3, repeats // 2))
    taken = {**loops, **memory}
    return {
        "cpu_seconds": {name: round(statistics.median(times), 4) for name, times in taken.items()},
        "ns_per_event": {
            name: round(1e9 * statistics.median(times) / events, 1) for name, times in taken.items()
        },
        "ratios": {
            "soft/hard": round(ratio(loops, "soft", "hard"), 3),
            "soft/read": round(ratio(loops, "soft", "read"), 3),
            "asnumpy/collect": round(ratio(memory, "asnumpy", "collect"), 2),
        },
    }


def check(root: Any, path: Path) -> None:
    """The loops do what they are called: hard limit, and the columns themselves."""
    node = root.RDataFrame("events", str(path)).Range(100_000)
    columns = book_collect(node, [*FEATURES, "weight"]).value()
    expected = node.AsNumpy([*FEATURES, "weight"])
    assert all(np.array_equal(columns[name], expected[name]) for name in expected)
    passed = np.all([columns[f"x{k}"] > np.float32(THRESHOLDS[0, k]) for k in range(10)], axis=0)
    hard_sum = root.Benchmark.HardSum(root.RDF.AsRNode(node), THRESHOLDS[0].tolist()).GetValue()
    assert np.isclose(columns["weight"][passed].sum(dtype=float), hard_sum, rtol=1e-12)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--sources", nargs="+", choices=SOURCES, default=list(SOURCES))
    parser.add_argument("--out", type=Path, default=HERE / "results" / "rdf_actions.json")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        root = build_loops(Path(temporary) / "build")
        folder = args.data or Path(temporary)
        results = {}
        for source in args.sources:
            is_rntuple, compression = SOURCES[source]
            path = folder / f"synthetic_{source}_{args.events}.root"
            if not path.exists():
                root.Benchmark.Generate(str(path), is_rntuple, args.events, 1, compression)
            check(root, path)
            results[source] = measure(root, path, args.events, args.repeats)
            print(source, results[source], flush=True)
            if args.data is None:
                path.unlink()
    report = {
        "what": "CPU time of one event loop, one thread; medians of interleaved repeats",
        "events": args.events,
        "repeats": args.repeats,
        "columns": 11,
        "instruction_set": _kernels.instruction_set(),
        "root": str(root.gROOT.GetVersion()),
        "targets": {name: f"{sign} {value}" for name, (sign, value) in TARGETS.items()},
        "sources": results,
    }
    args.out.parent.mkdir(exist_ok=True)
    args.out.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
