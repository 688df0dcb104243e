"""One bin whose background becomes uncertain: gradient descent on a profiled p-value.

    python3 macros/gc301_oneBin.py [folder for the pictures]

The first example of N. Simpson's thesis "Data Analysis in High-Energy Physics as a Differentiable Program"
(sections 7.1.1 and 7.3, figures 7.1, 7.2 and 7.16). An analysis with one parameter phi expects 15 + phi
signal and 45 - 2 phi background events. The larger phi, the better the ratio, and the less is known of the
background: sigma_b = 0.5 + 0.1 phi^2 in the thesis, 1 + (phi / 5)^2 in its author's slides. Which phi finds
the signal best? Without the uncertainty, the largest. With the background profiled, one between, and gradient
descent on the p-value finds it from wherever it starts. With one bin and a Poisson measurement of the
background the profiled significance is that of the Asimov formula with sigma_b, which is checked, as are the
numbers of pyhf where it is installed. What it is about is asserted at the end. Needs neither ROOT nor torch.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import gradcut as gc

BACKGROUND, SIGNAL, KNOWN, PROFILED = "#3f90da", "#ffa90e", "#717581", "#bd1f01"
PHIS = np.linspace(0, 12, 241)
STARTS = np.array([-2.0, 1.0, 8.0, 11.0])
#: Poisson measurements of the background, as precise as sigma_b says.
P0 = gc.objectives.DiscoveryP0(mc_stat="shapesys")
LOG_P0 = gc.objectives.DiscoveryP0(log=True, mc_stat="shapesys")
Z = gc.objectives.ProfileSignificance(mc_stat="shapesys")


class Version(NamedTuple):
    """What is known of the background, and what is known of the answer."""

    name: str
    formula: str
    sigma: Callable[[np.ndarray], np.ndarray]
    slope: Callable[[np.ndarray], np.ndarray]
    best_phi: float
    best_p0: float


THESIS = Version(
    "thesis",
    r"$\sigma_b = 0.5 + 0.1\,\phi^2$",
    lambda phi: 0.5 + 0.1 * phi**2,
    lambda phi: 0.2 * phi,
    4.635,
    3.0757e-3,
)
SLIDES = Version(
    "slides",
    r"$\sigma_b = 1 + (\phi / 5)^2$",
    lambda phi: 1 + (phi / 5) ** 2,
    lambda phi: 0.08 * phi,
    7.523,
    9.5893e-4,
)


def signal(phi: np.ndarray) -> np.ndarray:
    """Expected signal."""
    return 15 + phi


def background(phi: np.ndarray) -> np.ndarray:
    """Expected background."""
    return 45 - 2 * phi


def yields(version: Version, phi: np.ndarray) -> gc.Yields:
    """Histograms of one bin for every phi."""
    return gc.stats.yields_from_histograms(
        {"signal": signal(phi)[:, None], "background": background(phi)[:, None]},
        signals=["signal"],
        errors={"background": version.sigma(phi)[:, None]},
    )


def loss(version: Version, phi: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Logarithm of p0 and its derivative in phi, for every phi in one call."""
    value, made = LOG_P0.gradient(yields(version, phi))
    by_signal, by_background = made.sum_w[:, 0, :, 0, 0].T
    by_sigma = made.variance[:, 0, 1, 0, 0] * 2 * version.sigma(phi)
    return value, by_signal - 2 * by_background + by_sigma * version.slope(phi)


def descend(version: Version, steps: int = 150, rate: float = 2.0) -> np.ndarray:
    """Plain gradient descent from all starts at once; shape (steps + 1, starts)."""
    course = [STARTS]
    for _ in range(steps):
        course.append(course[-1] - rate * loss(version, course[-1])[1])
    return np.array(course)


def p0_of_pyhf(version: Version, phi: float) -> float:
    """The same number from the same model by pyhf, which has no gradients."""
    import pyhf

    pyhf.set_backend("numpy", pyhf.optimize.scipy_optimizer(tolerance=1e-12))
    model = pyhf.Workspace(P0.model(yields(version, np.array([phi]))).to_workspace()).model()
    expected = np.array(model.config.suggested_init())
    expected[model.config.poi_index] = 1.0
    return float(pyhf.infer.hypotest(0.0, model.expected_data(expected), model, test_stat="q0"))


def draw_model(axes: Axes, version: Version, phi: float) -> None:
    """One bin: background, signal on top, and the uncertainty."""
    at = np.array([phi])
    b, s, sigma = (float(f(at)[0]) for f in (background, signal, version.sigma))
    axes.bar(0, b, 1, color=BACKGROUND, label="background")
    axes.bar(0, s, 1, bottom=b, color=SIGNAL, label="signal")
    band = {"facecolor": "none", "edgecolor": "0.2", "hatch": "////", "linewidth": 0}
    axes.bar(0, 2 * sigma, 1, bottom=b - sigma, label=r"$\pm\sigma_b$", **band)
    axes.set_xticks([])
    axes.set_xlim(-0.5, 0.5)
    axes.set_ylim(0, 88)  # room for the legend
    axes.set_title(rf"$\phi = {phi:.3g}$: $s = {s:.3g}$, $b = {b:.3g} \pm {sigma:.3g}$", fontsize=10)


def models(folder: Path) -> None:
    """Figure 7.1: the model at three values of phi."""
    figure = Figure(figsize=(9, 6.5), layout="constrained")
    panels = figure.subplots(2, 3, sharey=True)
    for row, version in zip(panels, (THESIS, SLIDES), strict=True):
        for axes, phi in zip(row, (0.0, 5.0, 10.0), strict=True):
            draw_model(axes, version, phi)
        row[0].set_ylabel(f"events ({version.name})", loc="top")
    panels[0, 2].legend(frameon=False, fontsize=9)
    figure.savefig(folder / "models.png", dpi=150)


def p_values(folder: Path) -> None:
    """Figure 7.2: significance and p0 of all phi, with the uncertainty and without."""
    figure = Figure(figsize=(10, 7), layout="constrained")
    panels = figure.subplots(2, 2, sharex=True, sharey="row")
    for (above, below), version in zip(panels.T, (THESIS, SLIDES), strict=True):
        at, sigma = yields(version, PHIS), version.sigma(PHIS)
        formula = gc.stats.asimov_significance(signal(PHIS), background(PHIS), sigma).z
        known = gc.stats.asimov_significance(signal(PHIS), background(PHIS)).z
        profiled, p0 = Z.hard(at), P0.hard(at)
        without = gc.objectives.DiscoveryP0(mc_stat="none").hard(at)
        above.plot(PHIS, known, color=KNOWN, label="background known")
        above.plot(PHIS, profiled, color=PROFILED, label="background profiled")
        above.plot(PHIS[::12], formula[::12], ".", color="black", label=r"formula with $\sigma_b$")
        below.plot(PHIS, without, color=KNOWN, label="background known")
        below.plot(PHIS, p0, color=PROFILED, label="background profiled")
        for axes in (above, below):
            axes.axvline(version.best_phi, color="0.6", linestyle=":", linewidth=1)
        above.set_title(f"{version.name}: {version.formula}", fontsize=10)
        below.set_yscale("log")
        below.set_xlabel(r"$\phi$", loc="right")

        assert np.abs(profiled / formula - 1).max() < 1e-9  # one number in two ways,
        assert np.all(np.diff(known) > 0)  # which is best at the end if sigma_b is forgotten,
        assert version.best_p0 <= p0.min() * (1 + 1e-4)
        assert abs(PHIS[p0.argmin()] - version.best_phi) < 0.05  # and between if it is not.
        of_thesis = p0[PHIS <= 10]
        assert version is not THESIS or of_thesis.argmax() == len(of_thesis) - 1  # there it is worst of all
    panels[0, 0].set_ylabel("expected significance", loc="top")
    panels[1, 0].set_ylabel(r"expected $p_0$", loc="top")
    panels[0, 0].legend(frameon=False, fontsize=9)
    figure.savefig(folder / "p_values.png", dpi=150)


def courses(folder: Path) -> None:
    """Figure 7.16: descent from several starts, and the model where it ends."""
    figure = Figure(figsize=(11, 7), layout="constrained")
    panels = figure.subplots(2, 3, width_ratios=(2, 1.6, 1))
    wide = np.linspace(-2.5, 12, 200)
    for (curve, course, bin_), version in zip(panels, (THESIS, SLIDES), strict=True):
        path = descend(version)
        curve.plot(wide, P0.hard(yields(version, wide)), color="0.7", linewidth=1, zorder=0)
        for start in path.T:
            points = curve.plot(start, P0.hard(yields(version, start)), "o", markersize=4)
            course.plot(start, ".-", color=points[0].get_color())
        curve.plot(path[-1], P0.hard(yields(version, path[-1])), "*", color="black", markersize=12)
        curve.set_yscale("log")
        curve.set_xlabel(r"$\phi$", loc="right")
        curve.set_ylabel(rf"expected $p_0$ ({version.name})", loc="top")
        course.set_xlabel("step", loc="right")
        course.set_ylabel(r"$\phi$", loc="top")
        course.set_xlim(-0.5, 25)
        draw_model(bin_, version, float(path[-1, 0]))
        bin_.set_title(rf"$\phi = {path[-1, 0]:.3f}$", fontsize=10)

        tried = P0.hard(yields(version, path.ravel())).reshape(path.shape)
        p0 = tried[-1]
        ends = ", ".join(f"{phi:.4f}" for phi in path[-1])
        print(f"{version.name}: descent ends at phi = {ends} with p0 = {p0[0]:.5g}")
        assert np.all(np.diff(tried, axis=0) < 1e-12)  # no step makes it worse
        assert np.ptp(path[-1]) < 1e-6
        assert np.abs(path[-1] - version.best_phi).max() < 1e-3
        assert np.abs(p0 / version.best_p0 - 1).max() < 2e-5
        step = 1e-4
        numeric = (loss(version, STARTS + step)[0] - loss(version, STARTS - step)[0]) / (2 * step)
        assert np.abs(loss(version, STARTS)[1] / numeric - 1).max() < 1e-6
        if find_spec("pyhf"):
            theirs = p0_of_pyhf(version, float(path[-1, 0]))
            print(f"pyhf at the end: p0 = {theirs:.7g}, here {p0[0]:.7g}")
            assert abs(p0[0] / theirs - 1) < 1e-5
    panels[0, 2].legend(frameon=False, fontsize=8)
    figure.savefig(folder / "descent.png", dpi=150)


def main(folder: Path) -> None:
    """Draw all figures and check what they show."""
    models(folder)
    p_values(folder)
    courses(folder)
    print(f"pictures in {folder}")


if __name__ == "__main__":
    where = Path(sys.argv[1] if len(sys.argv) > 1 else "gc301")
    where.mkdir(parents=True, exist_ok=True)
    main(where)
