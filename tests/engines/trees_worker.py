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


def main(files: str) -> dict[str, object]:
    root = rdf.load()
    root.EnableImplicitMT(2)
    selection = Selection(*SELECTIONS["count"], sentinels=[-999])
    engine = EventLoopEngine(selection, declare(f"{files}:events"), precision="float64")
    point = point_of(selection, engine.spec, 5.0)
    yields = engine.yields(point)
    # Each event takes a moment, so that two threads have work at the same time.
    node = root.RDataFrame("events", files).Filter("gSystem->Sleep(1); return true;")
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
