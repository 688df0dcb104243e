"""Dynamic programming and Lloyd's iteration on cells of the toys, without fit_binning around them.

    python benchmarks/bins_algorithms.py [--draws 5] [--toys A B C] [--events 20000000] [--cache DIR]
        [--out benchmarks/results/bins_algorithms.json]

One dimension: all numbers of bins up to 20 with a background of at least 1 in each, from 400k events in about
7000 cells, few enough to compare all pairs of places and to know the optimum; and from arrays to bins with
``fit_binning``, in its finer cells. Three classes: partitions of about 23,000 cells of a grid in both log
odds, from 1.2M events. Scores are those on independent events (bins_toys.py); CPU seconds are from cells to
bins, the median of three calls.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

import bins_toys as toys
import gradcut as gc
from gradcut.binning.cells import Cells
from gradcut.binning.exact import exact
from gradcut.binning.intervals import Intervals
from gradcut.binning.limits import BinLimits
from gradcut.binning.lloyd import lloyd
from gradcut.objectives import AsimovSignificance, SeveralSignals
from gradcut.yields import YieldsLayout

LIMITS = BinLimits(min_background=1.0)
Z = AsimovSignificance(mc_stat=False)
BOTH = SeveralSignals(Z, "product", others="background")
#: Cells of the grid along each of the log odds, and where it ends.
SIDE, END = 200, 9.0
BINS = (3, 5, 10, 20)


def layout(names: list[str], rows: np.ndarray) -> YieldsLayout:
    """Labels and totals of rows of shape (3, processes, cells)."""
    entries, sum_w = rows[0].sum(1), rows[1].sum(1)
    mean = sum_w / entries
    return YieldsLayout(
        channels=("all",),
        processes=tuple(names),
        variations=("nominal",),
        bins=("0",),
        roles=tuple("signal" if name.startswith("signal") else "background" for name in names),
        norm_uncertainty=(0.0,) * len(names),
        present=np.ones((1, len(names), 1), dtype=bool),
        total_sum_w=sum_w[None],
        total_entries=entries[None],
        largest_weight=mean[None],
        mean_weight=mean[None],
    )


def one_axis(tables: dict[str, dict[str, np.ndarray]]) -> Cells:
    """Cells of 60 events, finer at both ends."""
    names = ["signal1", "background"]
    of = {
        name: [t for p, t in tables.items() if p.startswith("signal") == (name == "signal1")]
        for name in names
    }
    scores = {name: np.concatenate([t["score"] for t in parts]) for name, parts in of.items()}
    weights = {name: np.concatenate([t["weight"] for t in parts]) for name, parts in of.items()}
    x = np.sort(np.concatenate(list(scores.values())))
    boundary = np.unique(np.concatenate([x[60::60], x[-2000::10], x[10:2000:10]]))
    n = len(boundary) + 1
    at = {name: np.searchsorted(boundary, scores[name], side="right") for name in names}
    rows = np.array([[np.bincount(at[p], weights[p] ** m, n) for p in names] for m in (0, 1, 2)])
    position = np.concatenate([boundary[:1], (boundary[1:] + boundary[:-1]) / 2, boundary[-1:]])
    return Cells(layout(names, rows), position[None], rows[:, None, :, None, None], boundary)


def optimum(cells: Cells, most: int, block: int = 250) -> np.ndarray:
    """Largest value of 1, 2, ... bins, of all pairs of places: seconds and a gigabyte or so of memory."""
    intervals, n = Intervals(cells, Z, LIMITS), cells.n_cells
    nodes, parts = np.arange(n + 1), range(0, n + 1, block)
    merit = [intervals.merit(nodes[None, : at + block], nodes[at : at + block, None]) for at in parts]
    reached, values = np.concatenate([rows[:, 0] for rows in merit]), []
    for _ in range(most):
        values.append(reached[-1])
        reached = np.concatenate([(reached[: rows.shape[1]] + rows).max(1) for rows in merit])
    return np.sqrt(np.array(values))


def from_arrays(tables: dict[str, dict[str, np.ndarray]]) -> None:
    """Learn all numbers of bins up to 20 as a user does."""
    samples = gc.Samples(weight="weight", event="event")
    for name, table in tables.items():
        samples.add(name, table, role="signal" if name.startswith("signal") else "background")
    bins, split = gc.Binning("score", 20, range=(0, 1)), gc.Split(1, 0, 0)
    gc.fit_binning(bins, samples, objective=Z, method="exact", limits=LIMITS, split=split)


def timed(function: Callable[[], Any]) -> tuple[Any, float]:
    """What a function gives, and CPU seconds."""
    seconds = []
    for _ in range(3):
        began = time.process_time()
        found = function()
        seconds.append(time.process_time() - began)
    return found, float(np.median(seconds))


def on_grid(odds: np.ndarray) -> np.ndarray:
    """Cell of each event."""
    at = ((odds + END) * (SIDE / (2 * END))).astype(np.int64).clip(0, SIDE - 1)
    return at[:, 0] * SIDE + at[:, 1]


def two_axes(toy: toys.Toy, seed: int) -> tuple[Cells, np.ndarray]:
    """Cells of the grid in which there are events, and which these are."""
    rows = np.zeros((3, 3, SIDE * SIDE))
    for number, (name, n) in enumerate(toy.counts(100_000, 1_000_000).items()):
        odds = toy.odds(name, n, np.random.default_rng([seed, number]))
        weight = toy.processes[name][1] * toys.LUMINOSITY / n
        group = int(name[-1]) - 1 if name.startswith("signal") else 2
        counts = np.bincount(on_grid(odds), minlength=SIDE * SIDE)
        for m in range(3):
            rows[m, group] += counts * weight**m
    full = np.flatnonzero(rows[0].sum(0))
    names = ["signal1", "signal2", "background"]
    rows = rows[..., full]
    return Cells(layout(names, rows), centres()[:, full], rows[:, None, :, None, None], np.zeros(0)), full


def centres() -> np.ndarray:
    """Centres of the cells of the grid, shape (2, cells)."""
    axis = (np.arange(SIDE) + 0.5) * (2 * END / SIDE) - END
    return np.array([np.repeat(axis, SIDE), np.tile(axis, SIDE)])


def partition(cells: Cells, full: np.ndarray, labels: np.ndarray, n_bins: int) -> tuple[toys.Partition, int]:
    """Bins of all of the grid: a cell without events is in the bin of the nearest one with some."""
    near = cKDTree(cells.position.T).query(centres().T)[1]
    of_cell = labels[near]
    of_cell[full] = labels
    return (lambda odds: of_cell[on_grid(odds)]), n_bins


def draw(toy: toys.Toy, seed: int, events: int, cache: Path | None) -> list[dict[str, Any]]:
    """Learn from one draw and score."""
    rows, partitions = [], []
    tables = toys.training(toy, seed, background=300_000, signals=["signal1"])
    cells = one_axis(tables)
    found, cpu = timed(lambda: exact(cells, Z, 20, LIMITS))
    best, fit_cpu = optimum(cells, 20), timed(lambda: from_arrays(tables))[1]
    for k in BINS:
        row = {"what": "exact", "bins": k, "used": found.values[k - 1], "cpu of all up to 20": cpu}
        row["used over optimum"] = found.values[k - 1] / best[k - 1]
        row["smallest over optimum up to 20"] = float((found.values / best).min())
        rows.append(row | {"cpu of all up to 20 from arrays": fit_cpu})
        partitions.append(toys.by_edges(found.edges(k)))
    plane, full = two_axes(toy, seed)
    for k in BINS:
        bins, cpu = timed(partial(lloyd, plane, BOTH, k, LIMITS, seed=seed))
        rows.append({"what": "lloyd", "bins": k, "used": bins.value, "cpu": cpu})
        partitions.append(partition(plane, full, bins.labels, k))
    sums = toys.truth_yields(toy, partitions, events, 900, cache)
    for row, own in zip(rows, sums, strict=True):
        row |= {"toy": toy.name, "draw": seed}
        row["truth"] = toys.significance(own) if row["what"] == "exact" else toys.geometric_mean(own)
    return rows


def main() -> None:
    """Run the draws, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--toys", nargs="+", default=list(toys.TOYS), choices=toys.TOYS)
    parser.add_argument("--events", type=int, default=20_000_000)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    rows = [
        row
        for name in options.toys
        for seed in range(1, options.draws + 1)
        for row in draw(toys.TOYS[name], seed, options.events, options.cache)
    ]
    summary = []
    for name in options.toys:
        for what in ("exact", "lloyd"):
            for k in BINS:
                own = [r for r in rows if (r["toy"], r["what"], r["bins"]) == (name, what, k)]
                truth = [r["truth"] for r in own]
                line = {"toy": name, "what": what, "bins": k, "truth": float(np.mean(truth))}
                line |= {"worst over best": min(truth) / max(truth)}
                line["largest cpu"] = max(r.get("cpu", r.get("cpu of all up to 20", 0.0)) for r in own)
                if what == "exact":
                    line["smallest used over optimum"] = min(r["used over optimum"] for r in own)
                    line["largest cpu from arrays"] = max(r["cpu of all up to 20 from arrays"] for r in own)
                summary.append(line)
                print(json.dumps(line))
    if options.out:
        options.out.write_text(json.dumps({"summary": summary, "draws": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
