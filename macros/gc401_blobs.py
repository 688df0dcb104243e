"""A neural observable trained for five different things: the Gaussian blobs of the neos paper.

    python3 macros/gc401_blobs.py [--folder FOLDER] [--thesis] [--bins 5 20] [--seeds 1 2 3]

N. Simpson's thesis "Data Analysis in High-Energy Physics as a Differentiable Program", sections 7.4.1 and
7.6. Events have two coordinates. The signal is a blob, the background another one, and a nuisance parameter
moves the background to a third blob (up) or a fourth (down), on either side of it; 20 signal and 100
background events are expected. The same network is trained

* as a classifier, signal against background and its variations (cross-entropy with augmentation),
* on CLs, on the discovery p-value p0, on the uncertainty of the signal strength, and on CLs + p0,

each for the histogram of its output, with the likelihood of all bins and the nuisance parameter profiled.
What is compared are hard bins on many fresh events, with the same limits and the same search for hard edges
for all of them. The classifier gets its edges anew for each of the metrics. (p-values of 2500 events per blob
scatter by decades, also those of a fixed observable.)

Without --thesis a small network, one seed and 2500 events per blob do, as in the thesis. With it: four layers
of 128, five seeds, 5 and 20 bins, 25,000 events per blob to learn from in batches, so that objectives
are compared and not fluctuations of tails, and a million fresh ones to compare with; that takes about half
an hour on one core. Needs torch, not ROOT.
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path
from statistics import NormalDist, median

import numpy as np
from matplotlib.figure import Figure

import gradcut as gc

#: Means of the notebook; those printed in the thesis belong to other names.
MEANS = {"signal": (-1.0, 1.0), "background": (1.0, -1.0), "up": (2.5, 2.0), "down": (-2.5, -1.5)}
EXPECTED = {"signal": 20.0, "background": 100.0, "up": 100.0, "down": 100.0}
COLOURS = {"signal": "#bd1f01", "background": "#3f90da", "up": "#ffa90e", "down": "#94a4a2"}
METRICS = {
    "CLs": gc.objectives.CLs(),
    "p0": gc.objectives.DiscoveryP0(),
    "sigma_mu": gc.objectives.SignalStrengthUncertainty(),
}
#: What the network is trained on.
CLASSIFIER = "cross-entropy"
TRAINED = {**METRICS, "CLs + p0": METRICS["CLs"] + METRICS["p0"]}
#: Of every hard bin, on the events that are learned from.
LIMITS = gc.BinLimits(min_background=0.1)


def blob(which: str, n: int, seed: int) -> dict[str, np.ndarray]:
    """Events of one blob."""
    number = list(MEANS).index(which)
    z = np.random.default_rng([seed, number]).normal(size=(n, 2)) + MEANS[which]
    weight = np.full(n, EXPECTED[which] / n)
    return {"x": z[:, 0], "y": z[:, 1], "weight": weight, "event": np.arange(n) + 10**8 * (4 * seed + number)}


def blobs(n: int, seed: int) -> gc.Samples:
    """All four, the last two as variations of the background by events of their own."""
    samples = gc.Samples(weight="weight", event="event")
    samples.add("signal", blob("signal", n, seed), role="signal")
    samples.add("background", blob("background", n, seed), role="background")
    samples.vary("shape", files={"background": (blob("up", n, seed), blob("down", n, seed))})
    return samples


def trained(
    objective: gc.objectives.Objective,
    bins: int,
    seed: int,
    settings: argparse.Namespace,
    loss: gc.CrossEntropy | None = None,
) -> gc.ObservableResult:
    """One network; with a loss a classifier, whose edges are those of the objective."""
    observable = gc.Observable(["x", "y"], bins, network=settings.network, histogram="gaussian")
    return gc.fit_observable(
        observable,
        blobs(settings.events, seed),
        objective=objective,
        loss=loss,
        limits=LIMITS,
        steps=settings.steps,
        restarts=1,
        batch=settings.batch,
        watch=list(METRICS.values()),
        seed=seed,
    )


def drawn(
    results: dict[str, gc.ObservableResult], templates: dict[str, gc.Yields], folder: Path, name: str
) -> None:
    """Metrics along the training, histograms, and the observables in the plane."""
    figure = Figure((15, 4.2), layout="constrained")
    for axes, metric in zip(figure.subplots(1, 3), METRICS, strict=True):
        for label, result in results.items():
            records = [record for record in result.history if metric in record]
            axes.plot([r["step"] for r in records], [r[metric] for r in records], label=label)
        axes.set(xlabel="step", ylabel=f"{metric}, events to choose by", yscale="log")
    axes.legend(frameon=False)
    figure.savefig(folder / f"training_{name}.png", dpi=120)

    figure = Figure((4 * len(results), 7.6), layout="constrained")
    grid = figure.subplots(2, len(results))
    x, y = np.meshgrid(np.linspace(-5, 5, 201), np.linspace(-5, 5, 201))
    for column, (label, result) in enumerate(results.items()):
        axes, yields = grid[0, column], templates[label]
        edges = np.arange(len(yields.layout.bins) + 1)
        for process, tag in (("signal", "nominal"), ("background", "nominal"), ("up", ""), ("down", "")):
            of, variation = (process, tag) if tag else ("background", f"shape:{process}")
            axes.stairs(
                yields.of(of, variation=variation).sum_w[0], edges, color=COLOURS[process], label=process
            )
        axes.set(title=f"trained on {label}", xlabel="bin", yscale="log", ylim=(0.05, 200))
        values = result.index({"x": x.ravel(), "y": y.ravel()}).reshape(x.shape)
        plane = grid[1, column]
        plane.pcolormesh(x, y, values, cmap="Greys", alpha=0.6, rasterized=True)
        for which in MEANS:
            events = blob(which, 150, 12345)
            plane.plot(events["x"], events["y"], ".", color=COLOURS[which], markersize=2)
        plane.set(xlabel="x", ylabel="y", xlim=(-5, 5), ylim=(-5, 5))
    grid[0, 0].set_ylabel("events per bin")
    grid[0, 0].legend(frameon=False)
    figure.savefig(folder / f"observables_{name}.png", dpi=120)


def main() -> None:
    """Train, compare on fresh events, draw."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, default=Path("blobs"))
    parser.add_argument("--thesis", action="store_true")
    parser.add_argument("--bins", type=int, nargs="*")
    parser.add_argument("--seeds", type=int, nargs="*")
    settings = parser.parse_args()
    settings.network = (128, 128, 128, 128) if settings.thesis else (32, 32)
    settings.steps = 400 if settings.thesis else 120
    settings.events, settings.batch = (25_000, 8000) if settings.thesis else (2500, None)
    settings.folder.mkdir(parents=True, exist_ok=True)
    truth = blobs(1_000_000 if settings.thesis else 100_000, 99)
    for bins in settings.bins or ([5, 20] if settings.thesis else [5]):
        seeds = settings.seeds or ([1, 2, 3, 4, 5] if settings.thesis else [1])
        found: dict[str, dict[str, list[float]]] = {
            name: {metric: [] for metric in METRICS} for name in (CLASSIFIER, *TRAINED)
        }
        for seed in seeds:
            results = {name: trained(objective, bins, seed, settings) for name, objective in TRAINED.items()}
            templates = {name: result.templates(truth) for name, result in results.items()}
            for name, yields in templates.items():
                for metric, objective in METRICS.items():
                    found[name][metric].append(float(objective.hard(yields)[0]))
            for metric, objective in METRICS.items():
                result = trained(objective, bins, seed, settings, gc.CrossEntropy(augment=True))
                of_classifier = result.templates(truth)
                found[CLASSIFIER][metric].append(float(objective.hard(of_classifier)[0]))
                if metric == "CLs":
                    results, templates = (
                        {CLASSIFIER: result, **results},
                        {CLASSIFIER: of_classifier, **templates},
                    )
            if seed == seeds[0]:
                drawn(results, templates, settings.folder, f"{bins}_bins")
        print(f"{bins} bins, {len(seeds)} seeds, fresh events: median (lowest, highest)")
        for name, metrics in found.items():
            print(f"  trained on {name:14}", end="")
            for metric, values in metrics.items():
                print(f" {metric} {median(values):.3g} ({min(values):.3g}, {max(values):.3g})", end="")
            print()
        for metric in METRICS:
            gain = [
                math.log10(b / a)
                for a, b in zip(found[metric][metric], found[CLASSIFIER][metric], strict=True)
            ]
            print(f"  {metric}: training on it wins {median(gain):.2f} decades over the classifier")
            assert median(gain) > 0, metric
        for metric in ("CLs", "p0"):
            best, both = (
                median(NormalDist().inv_cdf(1 - p) for p in found[name][metric])
                for name in (metric, "CLs + p0")
            )
            print(f"  {metric}: CLs + p0 has {both / best:.2f} of the Z of training on {metric} alone")
        (settings.folder / f"numbers_{bins}_bins.json").write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
