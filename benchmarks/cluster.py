"""One and two workers of a Dask cluster on this machine; writes results/cluster.json.

    python benchmarks/cluster.py [--events 2000000] [--repeats 7]

Clusters of one and of two processes are there at the same time and take turns, after start-up (ROOT, what is
compiled just in time, ranges opened). Wall seconds depend on what else the machine does; user-plus-system
time of the workers per wall second says how many processors they had, the ratio of these how many more two
had than one, and the ratio of user-plus-system times what the second one cost. "spin" is the ratio of wall
seconds for processes that only count: what two could have had at best.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from threads import at_best

HERE = Path(__file__).parent
FEATURES = 8


def write(path: Path, events: int) -> None:
    """A file of standard-normal columns in clusters of 50,000 events."""
    from gradcut.rdf import load

    root = load()
    options = root.RDF.RSnapshotOptions()
    options.fAutoFlush = 50_000
    df = root.RDataFrame(events).Define("weight", "1.f")
    for k in range(FEATURES):
        df = df.Define(f"x{k}", f"static TRandom3 r({k + 1}); return float(r.Gaus());")
    names = ["weight", *(f"x{k}" for k in range(FEATURES))]
    df.Snapshot("events", str(path), names, options)


def seconds() -> float:
    """User-plus-system time of a worker."""
    used = os.times()
    return used.user + used.system


def main() -> None:
    import numpy as np
    from distributed import Client, LocalCluster

    import gradcut as gc

    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--events", type=int, default=2_000_000)
    parser.add_argument("--chunk", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--out", type=Path, default=HERE / "results" / "cluster.json")
    args = parser.parse_args()
    point = np.append(np.full(FEATURES, -1.0), np.full(FEATURES, 0.1))
    selection = gc.Selection(*(f"x{k} > ?" for k in range(FEATURES)))
    clients, engines = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder) / "events.root", args.events)
        samples = gc.Samples(weight="weight")
        samples.add("all", f"{folder}/events.root:events", role="signal")
        for workers in (1, 2):
            cluster = LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=":0")
            clients[workers] = Client(cluster)
            engines[workers] = gc.engines.DaskEngine(
                selection, samples, client=clients[workers], chunk=args.chunk
            )
            engines[workers].yields(point)
        taken: dict[int, list[tuple[float, float]]] = {1: [], 2: []}
        best, found = [], {}
        for _ in range(args.repeats):
            best.append(at_best(5_000_000))
            for workers, engine in engines.items():
                before, start = sum(clients[workers].run(seconds).values()), time.perf_counter()
                found[workers] = engine.yields(point).moments
                wall = time.perf_counter() - start
                taken[workers].append((wall, sum(clients[workers].run(seconds).values()) - before))
        assert all(np.array_equal(a, b) for a, b in zip(found[1], found[2], strict=True))
        for client in clients.values():
            client.close()
            client.cluster.close()
    Path(args.out).write_text(json.dumps(summary(args, taken, best), indent=1) + "\n")


def summary(args: Any, taken: dict[int, list[tuple[float, float]]], best: list[float]) -> dict[str, Any]:
    wall, cpu = ({n: [one[i] for one in times] for n, times in taken.items()} for i in (0, 1))
    per_wall = {n: statistics.median(c / w for c, w in zip(cpu[n], wall[n], strict=True)) for n in taken}
    result = {
        "events": args.events,
        "chunk": args.chunk,
        "repeats": args.repeats,
        "wall_seconds": {n: round(statistics.median(times), 3) for n, times in wall.items()},
        "cpu_seconds": {n: round(statistics.median(times), 3) for n, times in cpu.items()},
        "cpu_per_wall": {n: round(value, 2) for n, value in per_wall.items()},
        "wall_ratio": round(statistics.median(wall[1]) / statistics.median(wall[2]), 2),
        "wall_ratio_of_best": round(min(wall[1]) / min(wall[2]), 2),
        "cpu_per_wall_ratio": round(per_wall[2] / per_wall[1], 2),
        "cpu_ratio": round(statistics.median(cpu[2]) / statistics.median(cpu[1]), 2),
        "spin": [round(x, 2) for x in best],
        "load": [round(x, 1) for x in os.getloadavg()],
    }
    print(json.dumps(result, indent=1))
    return result


if __name__ == "__main__":
    main()
