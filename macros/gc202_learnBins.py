"""Edges of a discriminant: learned by descent, the best there are, and the usual ones.

    python3 macros/gc202_learnBins.py [folder for histograms and pictures]

The one-dimensional toy of "Learning to bin" (arXiv:2601.07756): a signal and five backgrounds in three
variables, of which ``f_s / (f_s + f_b)`` is the discriminant. Edges are learned from 400,000 events, with a
background of at least 1 in each bin, by descent and by dynamic programming; beside them stand equal widths in
the discriminant and in its logit, equal shares of the signal, and ATLAS's transformations D and F. All are
scored on independent events. RDataFrame counts in the learned bins and writes the histograms.
What it is about is asserted at the end.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import ROOT

import gradcut as gc
from gradcut.binning import baselines
from gradcut.binning.coordinates import Coordinate
from gradcut.binning.edge_problem import EdgeProblem

LUMINOSITY = 100.0
COVARIANCE = 0.8 * np.eye(3) + 0.2
#: Mean and cross-section.
PROCESSES = {
    "signal": ((1.5, -1.0, -1.0), 0.5),
    "bkg1": ((-0.5, -0.5, 1.0), 100.0),
    "bkg2": ((0.5, -0.5, 0.8), 80.0),
    "bkg3": ((0.5, 0.5, -0.6), 50.0),
    "bkg4": ((-0.5, 1.0, -0.4), 20.0),
    "bkg5": ((-0.5, 0.5, -0.2), 10.0),
}
BACKGROUNDS = [name for name in PROCESSES if name != "signal"]
TOTAL = sum(PROCESSES[name][1] for name in BACKGROUNDS)
#: Events of the signal and of all backgrounds, to learn from and to score on.
LEARN, SCORE = (100_000, 300_000), (300_000, 3_000_000)
BINS = (3, 5, 10)
Z = gc.objectives.AsimovSignificance(mc_stat=False)
LIMITS = gc.BinLimits(min_background=1)


def events(name: str, sizes: tuple[int, int], seed: int) -> dict[str, np.ndarray]:
    """Draw events of a process: discriminant and weight."""
    mean, cross_section = PROCESSES[name]
    n = sizes[0] if name == "signal" else round(sizes[1] * cross_section / TOTAL)
    rng = np.random.default_rng([seed, list(PROCESSES).index(name)])
    x = rng.standard_normal((n, 3)) @ np.linalg.cholesky(COVARIANCE).T + np.array(mean)
    x *= 1 + 0.3 * rng.standard_normal(x.shape)  # the densities do not know of this smearing
    inverse = np.linalg.inv(COVARIANCE)
    means = np.array([mean for mean, _ in PROCESSES.values()])
    logs = x @ inverse @ means.T - 0.5 * np.einsum("pi,ij,pj->p", means, inverse, means)
    shares = np.array([PROCESSES[one][1] for one in BACKGROUNDS]) / TOTAL
    odds = logs[:, 0] - np.log(np.exp(logs[:, 1:]) @ shares)
    score = 1 / (1 + np.exp(-odds))
    return {"score": score, "weight": np.full(n, cross_section * LUMINOSITY / n)}


def samples(tables: dict[str, dict[str, np.ndarray]]) -> gc.Samples:
    """Declare the events that are learned from."""
    made = gc.Samples(weight="weight", event="event")
    first = 0
    for name, table in tables.items():
        numbers = np.arange(first, first + len(table["score"]))
        first += len(numbers)
        made.add(name, {**table, "event": numbers}, role="signal" if name == "signal" else "background")
    return made


def scored(edges: np.ndarray, tables: dict[str, dict[str, np.ndarray]]) -> float:
    """Significance of bins on other events."""
    yields = {
        name: np.bincount(
            np.searchsorted(edges, table["score"], side="right"), table["weight"], len(edges) + 1
        )
        for name, table in tables.items()
    }
    b = sum(yields[name] for name in BACKGROUNDS)
    return float(np.sqrt((gc.stats.asimov_significance(yields["signal"], b).z ** 2).sum()))


def usual_edges(cells: object, bins: int) -> dict[str, np.ndarray]:
    """Inner edges that nothing learned, of about as many bins."""
    logit = Coordinate("logit", 0.0, 1.0, np.zeros(0))
    return {
        "equidistant": baselines.equidistant(0, 1, bins),
        "equidistant in the logit": baselines.equidistant(
            1e-3, 1 - 1e-3, bins, to=logit.forward, back=logit.inverse
        ),
        "equal signal": baselines.equal_signal(cells, bins),
        "transformation D": baselines.transformation_d(cells, bins / 2, bins / 2),
        "transformation F": baselines.transformation_f(cells, bins, bins / 2),
    }


def in_root(fit: gc.BinningResult, tables: dict[str, dict[str, np.ndarray]], file: object) -> None:
    """Count in the learned bins with RDataFrame, by the histogram and by the compiled column."""
    for name in ("signal", "bkg1"):
        frame = ROOT.RDF.FromNumpy(tables[name])
        histogram = fit.histogram(frame, "weight", name=f"{name}_{fit.n_bins}")
        column = fit.define(frame, "bin").Histo1D(
            ("", "", fit.n_bins, -0.5, fit.n_bins - 0.5), "bin", "weight"
        )
        wanted = np.bincount(fit.index(tables[name]), tables[name]["weight"], fit.n_bins)
        for booked in (histogram, column):
            counted = [booked.GetBinContent(k + 1) for k in range(fit.n_bins)]
            assert np.allclose(counted, wanted, rtol=1e-9)
        edges = [histogram.GetXaxis().GetBinUpEdge(k) for k in range(fit.n_bins + 1)]
        assert edges == fit.edges
        file.WriteObject(histogram.GetPtr(), f"{name}_{fit.n_bins}")


def drawn(table: dict[str, dict[int, float]], limit: float, path: Path) -> None:
    """Draw the significance on independent events against the number of bins."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.4, 5.2), layout="constrained")
    axes = figure.subplots()
    looks = {
        "exact": ("0.7", "o"),
        "gradient": ("#bd1f01", "s"),
        "equidistant": ("#94a4a2", "v"),
        "equidistant in the logit": ("#3f90da", "^"),
        "equal signal": ("#ffa90e", "<"),
        "transformation D": ("#832db6", ">"),
        "transformation F": ("#a96b59", "D"),
    }
    for name, values in table.items():
        colour, marker = looks[name]
        line = "-" if name in ("exact", "gradient") else ":"
        width = 5.0 if name == "exact" else 1.5  # the others lie on it
        axes.plot(
            values.keys(), values.values(), line, color=colour, marker=marker, linewidth=width, label=name
        )
    axes.axhline(limit, color="0.4", linestyle="--", label="500 bins")
    axes.set_xlabel("bins", loc="right")
    axes.set_ylabel("significance on independent events", loc="top")
    axes.legend(loc="lower right", frameon=False)
    figure.savefig(path, dpi=150)


def main(folder: Path) -> None:
    """Learn, compare, count."""
    learn = {name: events(name, LEARN, 1) for name in PROCESSES}
    score = {name: events(name, SCORE, 2) for name in PROCESSES}
    declared = samples(learn)
    binning = gc.Binning("score", 5, range=(0, 1), coordinates="logit")
    cells = EdgeProblem.of(binning, declared.collect({"score": "score"})).fine
    found: dict[str, dict[int, float]] = {}
    used: dict[tuple[str, int], float] = {}
    with ROOT.TFile.Open(str(folder / "histograms.root"), "RECREATE") as file:
        for bins in BINS:
            for method in ("exact", "gradient"):
                began = time.process_time()
                fit = gc.fit_binning(
                    binning.with_bins(bins),
                    declared,
                    objective=Z,
                    method=method,
                    limits=LIMITS,
                    split=gc.Split(train=0.8, select=0, test=0.2, seed=1),
                    seed=1,
                )
                seconds = time.process_time() - began
                truth = scored(np.array(fit.edges[1:-1]), score)
                found.setdefault(method, {})[bins] = truth
                used[method, bins] = fit.scores.used
                assert min(row.background for row in fit.rows) >= 1
                print(
                    f"{bins} bins, {method}: Z = {fit.scores.used:.4f} where learned, "
                    f"{fit.scores.unused:.4f} on unused events, {truth:.4f} on independent events, "
                    f"{seconds:.1f} s"
                )
            in_root(fit, score, file)
            for name, edges in usual_edges(cells, bins).items():
                found.setdefault(name, {})[len(edges) + 1] = scored(edges, score)
                print(f"{len(edges) + 1} bins, {name}: Z = {scored(edges, score):.4f} on independent events")
            if bins == 5:
                print(fit)
                fit.plot(folder, declared)
    everything = np.sort(np.concatenate([table["score"] for table in score.values()]))
    unbinned = scored(everything[:: len(everything) // 500][1:], score)
    drawn(found, unbinned, folder / "methods.png")
    print(f"histograms and pictures in {folder}")

    for bins in BINS:
        exact, gradient = (found[method][bins] for method in ("exact", "gradient"))
        assert used["gradient", bins] >= 0.995 * used["exact", bins]
        assert gradient >= 0.995 * exact
        assert found["equidistant"][bins] < found["equidistant in the logit"][bins] < 1.002 * gradient
        assert found["equal signal"][bins] < gradient
    assert found["equidistant"][5] < 0.65 * found["gradient"][5]
    # What 500 bins would have is the limit.
    assert found["gradient"][3] < found["gradient"][5] < found["gradient"][10] < 1.01 * unbinned


if __name__ == "__main__":
    where = Path(sys.argv[1] if len(sys.argv) > 1 else "gc202")
    where.mkdir(parents=True, exist_ok=True)
    main(where)
