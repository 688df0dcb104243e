"""Columns to memory beside uproot, RDataFrame's AsNumpy and our own event loop; writes results/reading.json.

    python benchmarks/reading.py [--events 2000000] [--repeats 7] [--data FOLDER]

One thread. Everything takes turns in one process; medians of CPU and wall seconds, and of the ratios of
neighbours. "plain": eleven columns as they are. "expressions": four expressions, a requirement, a weight
and two variations of it, for AsNumpy as Defines and a Filter in one loop. Just-in-time compilation counts:
users wait.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import uproot

from gradcut import Samples
from gradcut.rdf import book_collect, load
from gradcut.rdf.plain import PlainFile
from rdf_actions import FEATURES, HERE, build_loops

COLUMNS = [*FEATURES, "weight"]
#: ROOT's codes: 0 none, 101 zlib, 404 lz4, 505 zstd.
CODES = {"": 0, "_lz4": 404, "_zstd": 505, "_zlib": 101}
SOURCES = {
    f"{kind}{name}": (kind == "rntuple", code)
    for kind in ("ttree", "rntuple")
    for name, code in CODES.items()
}
EXPRESSIONS = ["x0 * x1 + x2", "sqrt(x3 * x3 + x4 * x4)", "x5 / (1 + abs(x6))", "min(x7, x8) - x9"]
CODE = ["x0 * x1 + x2", "sqrt(x3 * x3 + x4 * x4)", "x5 / (1 + std::abs(x6))", "std::min(x7, x8) - x9"]
REQUIREMENT = "x0 > -0.5 && x8 < 3"
WEIGHTS = ("weight * (1 + 0.1 * x9)", "weight * (1 - 0.1 * x9)")
Loaded = dict[str, Any]


def samples_of(path: Path, **settings: Any) -> Samples:
    samples = Samples(weight="weight", **settings)
    samples.add("all", f"{path}:events", role="background")
    return samples


def collect(root: Any, path: Path) -> Loaded:
    table = samples_of(path).collect(FEATURES, reader="root")["all", "all"]
    return {**dict(zip(FEATURES, table.features(), strict=True)), "weight": table.weights()}


def columns(root: Any, path: Path) -> Loaded:
    file = PlainFile(str(path), "events", COLUMNS)
    return dict(file.read(0, file.n_entries))


def with_uproot(root: Any, path: Path) -> Loaded:
    with uproot.open(path) as file:
        return dict(file["events"].arrays(COLUMNS, library="np"))


def event_loop(root: Any, path: Path) -> Loaded:
    return dict(book_collect(root.RDataFrame("events", str(path)), COLUMNS).value())


def as_numpy(root: Any, path: Path) -> Loaded:
    return dict(root.RDataFrame("events", str(path)).AsNumpy(COLUMNS))


def collect_expressions(root: Any, path: Path) -> Loaded:
    samples = samples_of(path, require=REQUIREMENT)
    samples.vary("W", weight=WEIGHTS)
    table = samples.collect(EXPRESSIONS, reader="root")["all", "all"]
    found = {f"f{k}": values for k, values in enumerate(table.features())}
    return found | {"w": table.weights(), "up": table.weights("W:up"), "down": table.weights("W:down")}


def as_numpy_expressions(root: Any, path: Path) -> Loaded:
    node = root.RDataFrame("events", str(path)).Filter(REQUIREMENT)
    defined = [*CODE, "weight", *WEIGHTS]
    names = [*(f"f{k}" for k in range(len(CODE))), "w", "up", "down"]
    for name, code in zip(names, defined, strict=True):
        node = node.Define(name, f"double({code})")
    return dict(node.AsNumpy(names))


Method = Callable[[Any, Path], Loaded]
PLAIN: dict[str, Method] = {
    "uproot": with_uproot,
    "columns": columns,
    "collect": collect,
    "event_loop": event_loop,
    "as_numpy": as_numpy,
}
EXPRESSED: dict[str, Method] = {"collect": collect_expressions, "as_numpy": as_numpy_expressions}


def timed(method: Method, root: Any, path: Path) -> tuple[float, float]:
    start, before = time.perf_counter(), time.process_time()
    loaded = method(root, path)
    taken = time.process_time() - before, time.perf_counter() - start
    del loaded
    return taken


def check(root: Any, path: Path, plain: dict[str, Method], expressed: dict[str, Method]) -> None:
    """Everybody reads the same numbers."""
    expected = with_uproot(root, path)
    for name, method in plain.items():
        found = method(root, path)
        assert all(np.array_equal(found[column], expected[column]) for column in COLUMNS), name
    found = {name: method(root, path) for name, method in expressed.items()}
    mine, theirs = found.get("collect", {}), found.get("as_numpy", {})
    for name in theirs:
        # Theirs computes in float where all columns are; ours in double, always.
        assert np.allclose(mine[name], theirs[name], rtol=1e-4, atol=1e-4), name


def measure(root: Any, path: Path, methods: dict[str, Method], repeats: int, events: int) -> dict[str, Any]:
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in methods}
    for _ in range(repeats):
        for name, method in methods.items():
            taken[name].append(timed(method, root, path))
    cpu, wall = ({name: [t[i] for t in times] for name, times in taken.items()} for i in (0, 1))
    return {
        "cpu_ns_per_event": {
            name: round(1e9 * statistics.median(times) / events, 1) for name, times in cpu.items()
        },
        "wall_ns_per_event": {
            name: round(1e9 * statistics.median(times) / events, 1) for name, times in wall.items()
        },
        "cpu_ratios": {
            f"{name}/collect": round(
                statistics.median(a / b for a, b in zip(cpu[name], cpu["collect"], strict=True)), 2
            )
            for name in methods
            if name != "collect"
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--events", type=int, default=2_000_000)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--sources", nargs="+", choices=SOURCES, default=list(SOURCES))
    parser.add_argument("--methods", nargs="+", choices=PLAIN, default=list(PLAIN), help="of plain columns")
    parser.add_argument("--expressions", nargs="*", choices=SOURCES, help="sources with these (default: all)")
    parser.add_argument("--out", type=Path, default=HERE / "results" / "reading.json")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.data or Path(temporary)
        root, results = load(), {}
        methods = {name: PLAIN[name] for name in args.methods}
        expressed = args.sources if args.expressions is None else args.expressions
        for source in args.sources:
            is_rntuple, compression = SOURCES[source]
            path = folder / f"synthetic_{source}_{args.events}.root"
            if not path.exists():
                build_loops(Path(temporary) / "build").Benchmark.Generate(
                    str(path), is_rntuple, args.events, 1, compression
                )
            check(root, path, methods, EXPRESSED if source in expressed else {})
            results[source] = {"plain": measure(root, path, methods, args.repeats, args.events)}
            if source in expressed:
                results[source]["expressions"] = measure(root, path, EXPRESSED, args.repeats, args.events)
            print(source, json.dumps(results[source]), flush=True)
            if args.data is None:
                path.unlink()
    report = {
        "what": "columns of a file to numpy arrays, one thread; medians, ratios of neighbours in time",
        "events": args.events,
        "repeats": args.repeats,
        "columns": len(COLUMNS),
        "processors": os.cpu_count(),
        "load": [round(load, 1) for load in os.getloadavg()],
        "uproot": uproot.__version__,
        "root": str(root.gROOT.GetVersion()),
        "sources": results,
    }
    args.out.parent.mkdir(exist_ok=True)
    args.out.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
