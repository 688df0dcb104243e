"""One and two threads of the event loop on files with many clusters; writes results/threads.json.

    python benchmarks/threads.py [--events 4000000] [--repeats 5] [--data FOLDER]

Each measurement is a process of its own (ROOT's threads are for ever), the numbers of threads take turns.
Wall seconds depend on what else the machine does; user-plus-system time per wall second says how many
processors were had, and the sum of user-plus-system time what more threads cost. "spin" is the same for two
processes that only count: what two threads could have had at best.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from rdf_actions import FEATURES, HERE, build_loops


def spin(n: int) -> None:
    for _ in range(n):
        pass


def at_best(n: int = 20_000_000) -> float:
    """Wall seconds of one process that counts, twice, over those of two at the same time."""
    start = time.perf_counter()
    spin(n)
    spin(n)
    one = time.perf_counter() - start
    others = [multiprocessing.Process(target=spin, args=(n,)) for _ in range(2)]
    start = time.perf_counter()
    for other in others:
        other.start()
    for other in others:
        other.join()
    return one / (time.perf_counter() - start)


def worker(path: str, threads: int, loops: int) -> None:
    """Run loops of an engine, and print what they took."""
    import numpy as np

    import gradcut as gc
    from gradcut.engines import EventLoopEngine
    from gradcut.rdf import load

    root = load()
    if threads > 1:
        root.EnableImplicitMT(threads)
    samples = gc.Samples(weight="weight")
    samples.add("all", f"{path}:events", role="signal")
    selection = gc.Selection(*(f"{name} > ?" for name in FEATURES))
    engine = EventLoopEngine(selection, samples)
    thresholds = [-1.0, -1.2, -1.0, -1.3, -1.5, -1.6, -1.4, -1.5, 0.1, 0.02]
    point = np.array([[*thresholds, *(0.2 for _ in thresholds)]])
    engine.yields(point)  # what is compiled just in time is compiled now
    taken = []
    for _ in range(loops):
        start, before = time.perf_counter(), os.times()
        engine.yields(point)
        after = os.times()
        cpu = after.user + after.system - before.user - before.system
        taken.append((time.perf_counter() - start, cpu))
    print(json.dumps(taken))


def in_a_process(path: Path, threads: int, loops: int) -> list[list[float]]:
    command = [sys.executable, __file__, "--worker", str(path), str(threads), str(loops)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: list[list[float]] = json.loads(done.stdout.splitlines()[-1])
    return found


def measure(path: Path, repeats: int, loops: int) -> dict[str, Any]:
    taken: dict[int, list[list[float]]] = {1: [], 2: []}
    best = []
    for _ in range(repeats):
        best.append(at_best())
        for threads, times in taken.items():
            times += in_a_process(path, threads, loops)
    wall, cpu = ({n: [t[i] for t in times] for n, times in taken.items()} for i in (0, 1))
    return {
        "wall_seconds": {n: round(statistics.median(times), 3) for n, times in wall.items()},
        "cpu_seconds": {n: round(statistics.median(times), 3) for n, times in cpu.items()},
        "cpu_per_wall": {
            n: round(statistics.median(c / w for c, w in zip(cpu[n], wall[n], strict=True)), 2) for n in taken
        },
        "wall_ratio": round(statistics.median(wall[1]) / statistics.median(wall[2]), 2),
        "wall_ratio_of_best": round(min(wall[1]) / min(wall[2]), 2),
        "cpu_ratio": round(statistics.median(cpu[2]) / statistics.median(cpu[1]), 2),
        "spin": [round(x, 2) for x in best],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--events", type=int, default=4_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--loops", type=int, default=3)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--out", type=Path, default=HERE / "results" / "threads.json")
    parser.add_argument("--worker", nargs=3)
    args = parser.parse_args()
    if args.worker:
        return worker(args.worker[0], int(args.worker[1]), int(args.worker[2]))
    from gradcut.rdf.clusters import cluster_starts
    from gradcut.samples import recluster

    with tempfile.TemporaryDirectory() as temporary:
        root = build_loops(Path(temporary) / "build")
        folder = args.data or Path(temporary)
        results = {}
        for kind in ("ttree", "rntuple"):
            path = folder / f"synthetic_{kind}_zstd_{args.events}.root"
            if not path.exists():
                root.Benchmark.Generate(str(path), kind == "rntuple", args.events, 1, 505)
            fine = path.with_name(f"fine_{path.name}")
            if not fine.exists():
                recluster(f"{path}:events", fine, rows=max(args.events // 32, 1))
            for name, file in (("as written", path), ("reclustered", fine)):
                clusters = len(cluster_starts(str(file), "events"))
                found = {"clusters": clusters, **measure(file, args.repeats, args.loops)}
                results[f"{kind}, {name}"] = found
                print(kind, name, json.dumps(found), flush=True)
    report = {
        "what": "loops of EventLoopEngine over ten cuts with all derivatives, one and two threads; medians",
        "events": args.events,
        "loops": args.repeats * args.loops,
        "processors": os.cpu_count(),
        "load": [round(load, 1) for load in os.getloadavg()],
        "root": str(root.gROOT.GetVersion()),
        "files": results,
    }
    args.out.parent.mkdir(exist_ok=True)
    args.out.write_text(json.dumps(report, indent=2) + "\n")
    return None


if __name__ == "__main__":
    main()
