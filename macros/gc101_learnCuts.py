"""Learn the cuts of a search, look at them, and hand them back to RDataFrame.

    python3 macros/gc101_learnCuts.py [folder for the results]

The search is that of ``gradcut demo``, with the sample that ships with gradcut; copy this, declare your own.
What it is about is asserted at the end: RDataFrame selects what the fit says, and the cuts are worth having.
``gc101_applyCuts.C`` applies the saved cuts without Python.
"""

from __future__ import annotations

import sys
from pathlib import Path

import ROOT

import gradcut as gc
from gradcut.demo import sample_folder


def main(folder: Path) -> None:
    """Declare, learn, look, apply, save."""
    # What you have: events of every process, anything that RDataFrame reads or defines.
    frames = {
        name: ROOT.RDataFrame("events", str(sample_folder() / f"{name}.root"))
        for name in ("signal", "ww", "ttbar")
    }

    # What you know about them: weights, an identity to divide them by, what is uncertain.
    samples = gc.Samples(weight="weight", event="event", require="presel == 1")
    samples.add("signal", frames["signal"], role="signal")
    samples.add("ww", frames["ww"], role="background", norm_uncertainty=0.05)
    samples.add("ttbar", frames["ttbar"], role="background", norm_uncertainty=0.06)
    samples.vary("JES", suffix=("_JES_up", "_JES_down"))

    # What you leave open, and what it should be good for: Z with a 20% uncertain background.
    selection = gc.Selection("met > ?", "mt_l1 < ?", "mt_l2 > ?", "dr_ll < ?", "dphi_l2_met > ?")
    objective = gc.objectives.AsimovSignificance(0.2, systematics="sigma_b")
    fit = gc.fit_cuts(selection, samples, objective=objective, folds=2, seed=1)
    print(fit)
    cutflow = fit.cutflow(samples)
    print(cutflow)

    # Back to RDataFrame: one named filter per cut, counts and a skim in one event loop.
    preselected = frames["signal"].Filter("presel == 1", "preselection")
    good = fit.apply(preselected)
    count, total = good.Count(), good.Sum("weight")
    fit.save(folder / "cuts.json")
    good.Snapshot("events", str(folder / "signal_selected.root"), ["event", "weight", *selection.columns])
    print(f"{count.GetValue()} signal events, yield {total.GetValue():.4f}, in {folder}")

    final = cutflow.of("signal").final
    assert count.GetValue() == final.entries == final.report[0]
    assert abs(total.GetValue() / final.sum_w - 1) < 1e-5  # the sum of a float column is one of floats
    uncut = fit.threshold("met").without
    assert fit.scores.unused > 3 * uncut


if __name__ == "__main__":
    where = Path(sys.argv[1] if len(sys.argv) > 1 else "gc101")
    where.mkdir(parents=True, exist_ok=True)
    main(where)
