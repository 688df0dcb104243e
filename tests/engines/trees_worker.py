"""A tree of cuts in an event loop with two threads, in a process of its own; prints JSON."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from engines.test_event_loop_trees import declare
from engines.test_trees import SELECTIONS, point_of
from gradcut import Selection, rdf
from gradcut.engines import EventLoopEngine


def in_clusters(file: str) -> str:
    """Write the file again with clusters that ROOT can share out."""
    root = rdf.load()
    options = root.RDF.RSnapshotOptions()
    options.fAutoFlush = 100
    again = file.replace(".root:events", "_clusters.root")
    root.RDataFrame("events", file.removesuffix(":events")).Snapshot("events", again, "", options)
    return again


def main(file: str) -> dict[str, object]:
    root, again = rdf.load(), in_clusters(file)
    root.EnableImplicitMT(2)
    selection = Selection(*SELECTIONS["count"], sentinels=[-999])
    engine = EventLoopEngine(selection, declare(f"{again}:events"), precision="float64")
    point = point_of(selection, engine.spec, 5.0)
    for _ in range(3):
        yields = engine.yields(point)
    # Each event takes a moment, so that two threads have work at the same time.
    node = root.RDataFrame("events", again).Filter("gSystem->Sleep(1); return true;")
    t = engine.map.thresholds(point)
    bits, tasks, slots = [], [], []
    for _ in range(3):
        booked = rdf.book_soft_moments(
            node, engine.spec, ["jet_pt", "jet_eta", "met"], "w", t.low, t.high, t.width
        )
        bits.append(hashlib.sha256(booked.value().tobytes()).hexdigest())
        tasks.append(booked.spread()[1])
        slots.append(booked.spread()[2])
    return {
        "bits": bits,
        "tasks": tasks,
        "slots": slots,
        "sum_w": yields.moments.sum_w.ravel().tolist(),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1])) + "\n")
