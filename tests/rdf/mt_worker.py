"""Run with two threads in a process of its own, as EnableImplicitMT is for ever; prints JSON."""

from __future__ import annotations

import hashlib
import json
import sys
import threading
import time

import numpy as np
from rdf_events import make_events, points_of, spec_of

from gradcut.binning.bins_spec import BinsSpec
from gradcut.networks import Network
from gradcut.rdf import (
    book_bin_moments,
    book_bin_vjp,
    book_collect,
    book_network_moments,
    book_soft_moments,
    define_network,
    load,
    run,
)

ROOT = load()
KINDS = ["above", "below", "window"]
COLUMNS = ["x", "y", "z"]


def bits(array: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


def frame_of(source: str, files: list[str]):
    if source == "numpy":
        return ROOT.RDF.FromNumpy(make_events())
    if source == "entries":
        return (
            ROOT.RDataFrame(4000)
            .Define("event", "rdfentry_")
            .Define("x", "float(rdfentry_ % 17) / 9.f - 1.f")
        )
    if source == "friends":
        chain, friend = ROOT.TChain("events"), ROOT.TChain("events")
        for name in files:
            chain.Add(name)
            friend.Add(name)
        chain.AddFriend(friend, "other")
        frame = ROOT.RDataFrame(chain)
        frame._kept = (chain, friend)
        return frame
    if source == "entry_list":
        chain = ROOT.TChain("events")
        for name in files:
            chain.Add(name)
        chain.Draw(">>chosen", "x > 0", "entrylist")
        chosen = ROOT.gDirectory.Get("chosen")
        chain.SetEntryList(chosen)
        frame = ROOT.RDataFrame(chain)
        frame._kept = (chain, chosen)
        return frame
    if source == "specification":
        spec = ROOT.RDF.Experimental.RDatasetSpec()
        for k, name in enumerate(files):
            spec.AddSample((f"s{k}", "events", name))
        spec.WithGlobalRange((700, 3500))
        return ROOT.RDataFrame(spec)
    return ROOT.RDataFrame("events", files)


def moments(source: str, *files: str) -> dict[str, object]:
    """The bits of a sum with several threads, again and again."""
    low, high, width = points_of(3)
    columns = COLUMNS if source != "entries" else ["x"] * 3
    weight = "w" if source != "entries" else "x"
    seen, spreads = [], []
    for _ in range(8):
        frame = frame_of(source, list(files))
        booked = book_soft_moments(
            frame, spec_of(KINDS), columns, weight, low, high, width, derivatives="all"
        )
        seen.append(bits(booked.value()))
        spreads.append(booked.spread())
    return {
        "bits": seen,
        "tasks": [s[1] for s in spreads],
        "slots": [s[2] for s in spreads],
        "events": spreads[0][0],
        "value": booked.value().ravel().tolist(),
    }


def bins(*files: str) -> dict[str, object]:
    """The bits of histograms and of their gradients with several threads, again and again."""
    spec = BinsSpec("axes", "gaussian", ("x", "y"), (2, 1))
    point = [-0.5, 0.5, 0.0, 0.2, 0.3]
    cotangents = np.arange(18.0).reshape(1, 3, 6)
    seen, spreads = [], []
    for _ in range(6):
        frame = ROOT.RDataFrame("events", list(files)).Define("r", "ROOT::RVecF(i > 0 ? i : 0, x)")
        booked = (
            book_bin_moments(frame, spec, ["x", "y"], "w", point),
            book_bin_vjp(frame, spec, ["x", "y"], "w", point, cotangents),
            book_bin_moments(frame, spec, ["r", "y"], "w", point),
        )
        run(*booked)
        seen.append([bits(b.value()) for b in booked])
        spreads.append(booked[0].spread())
    values = [b.value().ravel().tolist() for b in booked]
    return {"bits": seen, "slots": [s[2] for s in spreads], "values": values}


def collect(source: str, *files: str) -> dict[str, object]:
    """Whether the order is that of the entries, repeatedly, and after a filter."""
    orders, slots = [], []
    for _ in range(8):
        frame = frame_of(source, list(files))
        if source != "entries":
            frame = frame.Define("r", "ROOT::RVecF(i > 0 ? i : 0, x)")
        names = ["event", "x"] + (["i", "r"] if source != "entries" else [])
        booked = book_collect(frame, names)
        some = book_collect(frame.Filter("x > 0.5f"), ["event", "x"])
        run(booked, some)
        value = booked.value()
        cut = some.value()
        expected = value["event"][value["x"] > 0.5]
        orders.append([int(e) for e in value["event"]])
        assert np.array_equal(cut["event"], expected)
        if source != "entries":
            n = np.maximum(value["i"], 0)
            assert np.array_equal(np.diff(value["r"].offsets), n)
            assert np.array_equal(value["r"].values, np.repeat(value["x"], n))
        slots.append(booked.spread()[1])
    assert all(order == orders[0] for order in orders)
    return {"order": orders[0], "slots": slots}


def vary(*files: str) -> dict[str, object]:
    low, high, width = points_of(3)
    frame = ROOT.RDataFrame("events", list(files)).Vary("x", "ROOT::RVecF{x - 0.5f, x + 0.5f}", 2, "jes")
    frame = frame.Filter("x > 0")
    booked = book_soft_moments(frame, spec_of(KINDS), COLUMNS, "w", low, high, width, precision="float64")
    collected = book_collect(frame, ["x", "event"])
    booked.value()
    collected.book_variations()
    values, columns = booked.variations(), collected.variations()
    return {
        "runs": int(frame.GetNRuns()),
        "values": {name: value[0, 1, 0] for name, value in values.items()},
        "events": {name: [int(e) for e in c["event"]] for name, c in columns.items()},
        "x": {name: bits(c["x"]) for name, c in columns.items()},
    }


def gil(*files: str) -> dict[str, object]:
    """Python threads go on while the loop runs."""
    low, high, width = points_of(3, n_points=400)
    frame = ROOT.RDataFrame("events", list(files))
    booked = book_soft_moments(frame, spec_of(KINDS), COLUMNS, "w", low, high, width, precision="float64")
    ticks, done = 0, threading.Event()

    def tick() -> None:
        nonlocal ticks
        while not done.is_set():
            time.sleep(0.002)
            ticks += 1

    thread = threading.Thread(target=tick)
    thread.start()
    before, start = ticks, time.perf_counter()
    run(booked)
    during, elapsed = ticks - before, time.perf_counter() - start
    done.set()
    thread.join()
    return {"ticks": during, "seconds": elapsed}


def frames(*files: str) -> dict[str, object]:
    """Several frames in one call."""
    low, high, width = points_of(3)
    made = [ROOT.RDataFrame("events", list(files)) for _ in range(3)]
    booked = [book_soft_moments(f, spec_of(KINDS), COLUMNS, "w", low, high, width) for f in made]
    collected = [book_collect(f, ["event"]) for f in made]
    run(*booked, *collected)
    return {
        "runs": [int(f.GetNRuns()) for f in made],
        "bits": [bits(b.value()) for b in booked],
        "order": [bits(c.value()["event"]) for c in collected],
    }


def network(path: str, *files: str) -> dict[str, object]:
    """Bins of the outputs of a network with several threads, again and again, and its column."""
    saved = Network.load(path)
    spec, point = BinsSpec("axes", "hard", ("y",), (3,)), [0.3, 0.5, 0.6, 1.0]
    seen, spreads, defining = [], [], []
    for _ in range(6):
        frame = ROOT.RDataFrame("events", list(files))
        booked = book_network_moments(frame, saved, spec, "w", point)
        column = book_collect(define_network(frame, "score", saved), ["score"])
        run(booked, column)
        seen.append(bits(booked.value()) + bits(column.value()["score"]))
        spreads.append(booked.spread())
        defining.append(column.spread()[1])
    return {
        "bits": seen,
        "slots": [s[2] for s in spreads],
        "value": booked.value().ravel().tolist(),
        "scores": column.value()["score"].tolist(),
        "defining": defining,
    }


if __name__ == "__main__":
    ROOT.EnableImplicitMT(2)
    sys.stdout.write(json.dumps(globals()[sys.argv[1]](*sys.argv[2:])) + "\n")
