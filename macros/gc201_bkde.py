"""Soft histograms: what their bandwidth does to yields and to gradients, and which one to take.

    python3 macros/gc201_bkde.py [folder for the pictures]

The studies of the binned kernel density estimate (bKDE) in N. Simpson's thesis "Data Analysis in High-Energy
Physics as a Differentiable Program" (figures 7.8 to 7.15): events are drawn from N(mu, 1), and one watches
the bin from -0.5 to 0.5 as mu moves. A bKDE is a histogram with Gaussian steps for edges; gradcut's kernels
compute it with its gradients. The error of the gradient is known in closed form here, so that the pictures
and the rule for the bandwidth are checked against it. What it is about is asserted at the end. Needs no ROOT.
"""

from __future__ import annotations

import sys
from math import erf, pi, sqrt
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from gradcut import _kernels
from gradcut.binning.bandwidth import bandwidth_rule
from gradcut.kernel_spec import STEPS

LOW, HIGH = -0.5, 0.5
MUS = np.linspace(-2, 2, 201)
SIZES, BANDWIDTHS = (20, 100, 5000), (0.05, 0.5, 0.8)
HARD, SOFT, TRUE = "#717581", "#bd1f01", "#3f90da"


def normal(x: np.ndarray, width: float = 1.0) -> np.ndarray:
    """Density of a Gaussian about zero."""
    return np.exp(-0.5 * (x / width) ** 2) / (width * sqrt(2 * pi))


def above(x: np.ndarray) -> np.ndarray:
    """Part of a unit Gaussian below x."""
    return 0.5 * (1 + np.vectorize(erf)(x / sqrt(2)))


def settings(edges: np.ndarray, bandwidth: float) -> dict[str, object]:
    """What the kernels need to know of edges of shape (points, edges); a bandwidth of 0 makes a histogram."""
    points, n_edges = edges.shape
    return {
        "kind": 0,
        "step": STEPS["gaussian" if bandwidth else "hard"],
        "n_edges": np.array([n_edges], dtype=np.uint32),
        "n_bins": n_edges + 1,
        "local_width": False,
        "reflect": False,
        "parameters": np.column_stack([edges, np.full(points, bandwidth or 1.0)]),
    }


def bins(data: np.ndarray, edges: np.ndarray, bandwidth: float) -> np.ndarray:
    """Yields of the bins between edges."""
    yields = _kernels.bins_moments([data], np.ones(data.size), **settings(edges, bandwidth))
    return yields[:, 1, 1:-1]


def height_of_bin(data: np.ndarray, bandwidth: float, mus: np.ndarray = MUS) -> np.ndarray:
    """Height of the central bin for every mu; instead of the events the edges are moved."""
    return bins(data, np.array([LOW, HIGH]) - mus[:, None], bandwidth)[:, 0]


def slope_of_bin(data: np.ndarray, bandwidth: float, mus: np.ndarray = MUS) -> np.ndarray:
    """Its derivative in mu, by the kernels' own derivatives in both edges."""
    edges = np.array([LOW, HIGH]) - mus[:, None]
    wanted = np.zeros((len(mus), 3, 3))
    wanted[:, 1, 1] = 1.0  # the yield, moment 1, of the bin in the middle
    single = data.astype(np.float32)  # what fits use, and much faster
    ones = np.ones(data.size, dtype=np.float32)
    slopes = _kernels.bins_vjp([single], ones, wanted, **settings(edges, bandwidth))
    return -slopes[:, :2].sum(1)


def truth(mus: np.ndarray = MUS) -> tuple[np.ndarray, np.ndarray]:
    """The same for one event of the density itself."""
    return above(HIGH - mus) - above(LOW - mus), normal(LOW - mus) - normal(HIGH - mus)


def expected_error(n: int, bandwidth: float, mus: np.ndarray = MUS) -> float:
    """Root of the mean squared error of the gradient per event, over all mu; exact."""
    wide = sqrt(1 + bandwidth**2)
    mean = normal(LOW - mus, wide) - normal(HIGH - mus, wide)
    # Mean square of a difference of two kernels: each by itself, less what they share between the edges.
    half = sqrt(1 + bandwidth**2 / 2)
    scale = 1 / (2 * sqrt(pi) * bandwidth)
    square = normal(LOW - mus, half) + normal(HIGH - mus, half)
    overlap = np.exp(-((HIGH - LOW) ** 2) / (4 * bandwidth**2))
    square = scale * (square - 2 * overlap * normal((LOW + HIGH) / 2 - mus, half))
    return sqrt(np.mean((mean - truth(mus)[1]) ** 2 + (square - mean**2) / n))


def axes_of(figure: Figure, rows: int = 1, columns: int = 1) -> np.ndarray:
    """Axes in rows and columns that share their scales."""
    return figure.subplots(rows, columns, squeeze=False, sharex=True, sharey="row")


def translated(folder: Path) -> None:
    """Figure 7.8: the histogram moves with mu."""
    data = np.random.default_rng(1).normal(size=1000)
    edges = np.arange(-5.5, 6)
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = axes_of(figure)[0, 0]
    for mu, color in ((-1.0, SOFT), (1.0, TRUE)):
        axes.stairs(bins(data + mu, edges[None], 0)[0], edges, color=color, label=rf"$\mu = {mu:g}$")
    axes.axvspan(LOW, HIGH, color="0.9", zorder=0, label="central bin")
    axes.set_xlabel("x", loc="right")
    axes.set_ylabel("events", loc="top")
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False)
    figure.savefig(folder / "translated.png", dpi=150)


def height(folder: Path) -> None:
    """Figures 7.9 and 7.11: the central bin jumps as a histogram, and is smooth as a bKDE."""
    data = np.random.default_rng(2).normal(size=50)
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = axes_of(figure)[0, 0]
    mus = np.linspace(-2, 2, 1601)
    hard, soft = height_of_bin(data, 0, mus), height_of_bin(data, 0.2, mus)
    axes.plot(mus, hard, color=HARD, drawstyle="steps-mid", label="histogram")
    axes.plot(mus, soft, color=SOFT, label="bKDE, bandwidth 0.2")
    axes.set_xlabel(r"$\mu$", loc="right")
    axes.set_ylabel("events in the central bin", loc="top")
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False)
    figure.savefig(folder / "height.png", dpi=150)
    steps = np.abs(np.diff(hard))
    assert set(steps.round(9) % 1) == {0.0}  # it jumps by whole events,
    assert steps.max() >= 1
    assert np.mean(steps > 0) < 0.1  # and stands still between.
    assert np.abs(np.diff(soft)).max() < 0.1  # The bKDE moves a little everywhere.


def smoothness(folder: Path) -> None:
    """Figure 7.12: from a histogram to a density that is too smooth, 200 events of two peaks."""
    rng = np.random.default_rng(3)
    data = np.concatenate([rng.normal(-1.5, 0.5, 120), rng.normal(1.2, 0.7, 80)])
    edges, x = np.linspace(-4, 4, 17), np.linspace(-4, 4, 801)
    width = edges[1] - edges[0]
    figure = Figure(figsize=(10, 6), layout="constrained")
    distances = []
    hard = bins(data, edges[None], 0)[0] / (data.size * width)
    panels = axes_of(figure, 2, 3).ravel()
    for axes, part in zip(panels, (0.01, 0.1, 0.25, 0.5, 1.0, 2.0), strict=True):
        h = part * width
        soft = bins(data, edges[None], h)[0] / (data.size * width)
        distances.append(float(np.abs(soft - hard).sum() * width))
        axes.stairs(hard, edges, color=HARD, label="histogram")
        axes.stairs(soft, edges, color=SOFT, label="bKDE")
        if part >= 0.1:  # the kernels of the first are lines
            single = normal(x - data[:, None], h)
            axes.plot(x, single.mean(0), color=TRUE, label="density estimate")
            axes.plot(x, 0.1 * single[::8].T / single.max(), color="0.8", linewidth=0.5, zorder=0)
        axes.set_title(f"bandwidth {part:g} of the bins' width", fontsize=10)
    panels[0].legend(frameon=False, fontsize=8)
    panels[1].legend(frameon=False, fontsize=8)
    figure.supxlabel("x")
    figure.supylabel("normalised")
    figure.savefig(folder / "smoothness.png", dpi=150)
    assert distances[0] < 0.03  # no bandwidth, a histogram
    assert np.all(np.diff(distances) > 0)


def grid(folder: Path, what: int, name: str, label: str) -> dict[tuple[int, float], float]:
    """Figures 7.13 (heights) and 7.14 (gradients); root mean squared errors per event."""
    figure = Figure(figsize=(11, 8), layout="constrained")
    panels, errors = axes_of(figure, 3, 3), {}
    exact = truth()[what]
    for row, n in zip(panels, SIZES, strict=True):
        data = np.random.default_rng([4, n]).normal(size=n)
        hard = height_of_bin(data, 0)
        step = MUS[1] - MUS[0]
        shown = hard if what == 0 else np.gradient(hard, step)
        for axes, h in zip(row, BANDWIDTHS, strict=True):
            soft = (height_of_bin, slope_of_bin)[what](data, h)
            errors[n, h] = sqrt(np.mean((soft / n - exact) ** 2))
            axes.plot(MUS, shown / n, color=HARD, alpha=0.5 if what else 1, linewidth=0.8, label="histogram")
            axes.plot(MUS, soft / n, color=SOFT, label="bKDE")
            axes.plot(MUS, exact, color=TRUE, linestyle="--", label="truth")
            axes.set_title(f"{n} events, bandwidth {h:g}: rms error {errors[n, h]:.3f}", fontsize=9)
            if what:
                axes.set_ylim(-1, 1)
    panels[0, 0].legend(frameon=False, fontsize=8)
    figure.supxlabel(r"$\mu$")
    figure.supylabel(label)
    figure.savefig(folder / f"{name}.png", dpi=150)
    return errors


def best_bandwidths(folder: Path) -> None:
    """Figure 7.15: error of the gradient for many sizes and bandwidths, its least, and what the rule says."""
    sizes = np.unique(np.geomspace(20, 10_000, 12).astype(int))
    tried, mus = np.geomspace(0.04, 1.2, 24), np.linspace(-2, 2, 41)
    exact = truth(mus)[1]
    known = np.array([[expected_error(n, h, mus) for h in tried] for n in sizes])
    error, rule = np.zeros(known.shape), np.zeros(sizes.size)
    edges = np.concatenate([LOW - mus, HIGH - mus])  # one bandwidth for all mu: the edges are everywhere
    for i, n in enumerate(sizes):
        repeats = max(3, 600 // n)
        for repeat in range(repeats):
            data = np.random.default_rng([5, n, repeat]).normal(size=n)
            rule[i] += bandwidth_rule(data, np.ones(n), edges) / repeats
            for j, h in enumerate(tried):
                error[i, j] += np.mean((slope_of_bin(data, h, mus) / n - exact) ** 2) / repeats
    found = np.sqrt(error)
    least, best = tried[found.argmin(1)], tried[known.argmin(1)]

    figure = Figure(figsize=(8, 5.5), layout="constrained")
    axes = axes_of(figure)[0, 0]
    mesh = axes.pcolormesh(sizes, tried, found.T / sqrt(np.mean(exact**2)), norm="log", cmap="viridis")
    axes.plot(sizes, least, "o", color="#ffa90e", label="least error, drawn")
    axes.plot(sizes, best, color="white", label="least error, exact")
    axes.plot(sizes, rule, "--", color=SOFT, label="bandwidth_rule")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("events", loc="right")
    axes.set_ylabel("bandwidth", loc="top")
    axes.legend(loc="lower left", labelcolor="white", facecolor="0.3", framealpha=0.6)
    figure.colorbar(mesh, label="rms error of the gradient over its rms")
    figure.savefig(folder / "best_bandwidths.png", dpi=150)

    power, of_rule = (np.polyfit(np.log(sizes), np.log(h), 1)[0] for h in (least, rule))
    ours = np.array([expected_error(n, h, mus) for n, h in zip(sizes, rule, strict=True)]) / known.min(1)
    print(f"the best bandwidth falls as n^{power:.3f}, that of the rule as n^{of_rule:.3f}")
    print(f"error with the rule: at most {ours.max():.3f} times the least")
    assert np.abs(found / known - 1).max() < 0.5  # draws are what the formula says,
    assert abs(np.mean(found / known) - 1) < 0.05
    assert abs(power + 0.2) < 0.06  # both fall as the fifth root,
    assert abs(of_rule + 0.2) < 0.06
    assert ours.max() < 1.35  # and the rule, which knows the events only, loses little,
    assert np.median(ours) < 1.1


def main(folder: Path) -> None:
    """Draw all figures and check what they show."""
    translated(folder)
    height(folder)
    smoothness(folder)
    heights = grid(folder, 0, "heights", "part of the events in the central bin")
    gradients = grid(folder, 1, "gradients", r"its derivative in $\mu$")
    assert abs(sqrt(np.mean(truth()[1] ** 2)) - 0.171) < 5e-4
    for (n, h), error in gradients.items():
        print(f"{n} events, bandwidth {h}: rms error {error:.3f}, expected {expected_error(n, h):.3f}")
        assert abs(error / expected_error(n, h) - 1) < 0.6
    # Few events want a wide kernel, many a narrow one; the wide one is as wrong with any number.
    assert gradients[20, 0.5] < gradients[20, 0.05] / 2
    assert gradients[5000, 0.05] < gradients[5000, 0.5] < gradients[5000, 0.8]
    assert heights[5000, 0.05] < heights[5000, 0.8]
    assert abs(gradients[5000, 0.8] - 0.067) < 0.004
    best_bandwidths(folder)
    print(f"pictures in {folder}")


if __name__ == "__main__":
    where = Path(sys.argv[1] if len(sys.argv) > 1 else "gc201")
    where.mkdir(parents=True, exist_ok=True)
    main(where)
