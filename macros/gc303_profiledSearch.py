"""A search learned for what it measures: from varied columns to bins, templates, a likelihood and its limit.

    python3 macros/gc303_profiledSearch.py [folder for pictures] [folder with the slepton files]

Sleptons against WW and top pairs with jet energy scale, soft term and lepton efficiency varied, by default of
the sample that ships with gradcut. Bins of ETmiss are learned twice: for the significance of counting, which
does not know of variations, and for the uncertainty of the signal strength with everything profiled. Events
are then counted in the bins that did not see them, in every variation; that makes a likelihood, which is
tested, saved as a workspace of pyhf, and given to pyhf where that is installed. What it is about is asserted.
"""

from __future__ import annotations

import importlib.util
import json
import sys
import warnings
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

import gradcut as gc
from gradcut.demo import sample_folder

UNCERTAIN = {"signal": None, "ww": 0.10, "ttbar": 0.15}
#: Differences of templates are smoothed along the bins: few events would pretend to know the uncertainties.
SMOOTH = 1.5
COLOURS = {"ww": "#3f90da", "ttbar": "#ffa90e", "signal": "#bd1f01"}


def declared(folder: Path) -> gc.Samples:
    """Declare the processes, and what is uncertain about them."""
    made = gc.Samples(weight="weight", event="event", require="presel == 1")
    for name, uncertainty in UNCERTAIN.items():
        role = "signal" if name == "signal" else "background"
        made.add(name, f"{folder / name}.root:events", role=role, norm_uncertainty=uncertainty)
    made.vary("JES", suffix=("_JES_up", "_JES_down"))
    made.vary("SOFT", suffix=("_SOFT_up", "_SOFT_down"))
    made.vary("LEPSF", weight=("weight_LEPSF_up", "weight_LEPSF_down"))
    return made


def learned(samples: gc.Samples, objective: gc.objectives.Objective) -> gc.BinningResult:
    """Learn bins in two folds."""
    limits = gc.BinLimits(min_background=3, min_entries=50)
    return gc.fit_binning(
        gc.Binning("met", 5),
        samples,
        objective=objective,
        limits=limits,
        folds=2,
        seed=1,
        starts=6,
        max_steps=80,
    )


def draw_templates(templates: gc.Yields, folder: Path) -> None:
    """Backgrounds on top of each other, the signal, and the variations of the background."""
    figure = Figure(figsize=(7, 6), layout="constrained")
    top, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    edges = np.arange(len(templates.layout.bins) + 1) - 0.5
    total = np.zeros(len(edges) - 1)
    for name in ("ttbar", "ww"):
        more = total + templates.of(name).sum_w[0]
        top.stairs(more, edges, baseline=total, fill=True, color=COLOURS[name], label=name)
        total = more
    top.stairs(templates.of("signal").sum_w[0], edges, color=COLOURS["signal"], linewidth=2, label="signal")
    top.set_yscale("log")
    top.set_ylabel("events", loc="top")
    top.legend(frameon=False, ncols=3)
    for (name, colour), (side, style) in (
        (one, two)
        for one in (("JES", "#832db6"), ("SOFT", "#94a4a2"), ("LEPSF", "#a96b59"))
        for two in (("up", "-"), ("down", "--"))
    ):
        varied = sum(templates.of(p, variation=f"{name}:{side}").sum_w[0] for p in ("ttbar", "ww"))
        label = name if side == "up" else None
        below.stairs(varied / total, edges, baseline=None, color=colour, linestyle=style, label=label)
    below.axhline(1, color="0.5", linewidth=0.8)
    below.set_ylabel("background, varied\nover nominal", loc="top")
    below.set_xlabel("bin of ETmiss", loc="right")
    below.set_xticks(range(len(total)))
    below.margins(y=0.4)  # room for the legend
    below.legend(frameon=False, ncols=3, loc="lower left", title="up, dashed: down")
    figure.savefig(folder / "templates.png", dpi=150)


def draw_impacts(found: gc.stats.Impacts, folder: Path) -> None:
    """What every nuisance does to the signal strength."""
    rows = list(found)[:12][::-1]
    figure = Figure(figsize=(7, 0.8 + 0.35 * len(rows)), layout="constrained")
    axes = figure.subplots()
    for at, row in enumerate(rows):
        axes.barh(at, row.up, color="#3f90da", label="+1 sigma" if at == 0 else None)
        axes.barh(at, row.down, color="#ffa90e", label="-1 sigma" if at == 0 else None)
    axes.axvline(0, color="0.3", linewidth=0.8)
    axes.set_yticks(range(len(rows)), [row.name for row in rows])
    axes.set_xlabel("impact on the signal strength, after the fit", loc="right")
    axes.legend(frameon=False)
    figure.savefig(folder / "impacts.png", dpi=150)


def draw_limit(model: gc.stats.Model, limit: gc.stats.UpperLimitResult, folder: Path) -> None:
    """CLs against the signal strength, as expected without a signal."""
    strengths = np.linspace(0.02, 1.6, 40) * limit.expected["median"]
    tests = [gc.stats.hypotest(mu, model, "asimov") for mu in strengths]
    band = {name: np.array([test.expected[name] for test in tests]) for name in tests[0].expected}
    figure = Figure(figsize=(7, 5), layout="constrained")
    axes = figure.subplots()
    axes.fill_between(strengths, band["+2"], band["-2"], color="#ffe680", label="95% of experiments")
    axes.fill_between(strengths, band["+1"], band["-1"], color="#8cd98c", label="68%")
    axes.plot(strengths, band["median"], color="black", linestyle="--", label="expected CLs")
    axes.axhline(0.05, color=COLOURS["signal"], label="95% confidence")
    axes.axvline(limit.expected["median"], color="0.6", linewidth=0.8)
    axes.set_xlabel("signal strength", loc="right")
    axes.set_ylabel("CLs", loc="top")
    axes.set_ylim(0, 1)
    axes.legend(frameon=False)
    figure.savefig(folder / "limit.png", dpi=150)


def check_with_pyhf(model: gc.stats.Model, workspace: dict[str, object]) -> None:
    """The same CLs by pyhf."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pyhf

        theirs = pyhf.Workspace(workspace).model()
        pyhf.set_backend("numpy", pyhf.optimize.scipy_optimizer(tolerance=1e-12))
        found = float(pyhf.infer.hypotest(1.0, model.data(), theirs))
    ours = gc.stats.hypotest(1.0, model).cls
    print(f"CLs by pyhf {found:.7f}, by gradcut {ours:.7f}")
    assert abs(found / ours - 1) < 1e-4


def main(folder: Path, files: Path) -> None:
    """Learn, count, test and draw."""
    samples = declared(files)
    profiled = gc.objectives.SignalStrengthUncertainty(smooth=SMOOTH)
    fits = {
        "for the significance of counting": learned(
            samples, gc.objectives.AsimovSignificance(0.15, systematics="ignore")
        ),
        "for sigma_mu": learned(samples, profiled),
    }
    judged = {}
    for name, fit in fits.items():
        templates = fit.templates(samples, folds=True)
        judged[name] = float(profiled.hard(templates)[0])
        print(f"bins learned {name}: sigma_mu = {judged[name]:.4f} on unused events")
    fit = fits["for sigma_mu"]
    print(fit)
    # The value that is quoted is that of templates of events that the bins did not see, in all variations.
    assert abs(judged["for sigma_mu"] / fit.scores.unused - 1) < 1e-9
    assert judged["for sigma_mu"] < judged["for the significance of counting"]

    templates = fit.templates(samples, folds=True)
    model = gc.stats.Model.from_yields(templates, floor="mc", smooth=SMOOTH)
    print(
        f"{len(model.parameters)} parameters; " + "; ".join(model.warnings or ("nothing looks suspicious",))
    )
    assert abs(gc.stats.sigma_mu(model) / judged["for sigma_mu"] - 1) < 1e-9
    print(gc.stats.hypotest(1.0, model, "asimov"))
    limit = gc.stats.upper_limit(model, "asimov")
    print(limit)
    assert abs(gc.stats.hypotest(limit.expected["median"], model, "asimov").cls / 0.05 - 1) < 1e-6
    found = gc.stats.impacts(model, data=model.asimov(1.0))
    print(found)
    workspace = model.to_workspace()
    (folder / "workspace.json").write_text(json.dumps(workspace, indent=1))
    assert gc.stats.Model.from_workspace(folder / "workspace.json").parameters == model.parameters
    if importlib.util.find_spec("pyhf"):
        check_with_pyhf(model, workspace)

    draw_templates(templates, folder)
    draw_impacts(found, folder)
    draw_limit(model, limit, folder)
    fit.plot(folder, samples)
    fit.save(folder / "bins.json")
    print(f"pictures, bins and workspace in {folder}")


if __name__ == "__main__":
    where = Path(sys.argv[1] if len(sys.argv) > 1 else "gc303")
    where.mkdir(parents=True, exist_ok=True)
    main(where, Path(sys.argv[2]) if len(sys.argv) > 2 else sample_folder())
