"""Cuts and bins learned for what a search is for, its systematic uncertainties profiled, on unused events.

    python benchmarks/profile_slepton.py [--data SHARED/data] [--seeds 21 22 23] [--what bins cuts]
        [--learned Z sigma_mu] [--scarce] [--size 3] [--out benchmarks/results/profile_slepton.json]

Sleptons against WW (10%) and top pairs (15%) with variations of the jet energy scale, the soft term and the
lepton efficiency, and MC statistics as staterror. Learned for each of several objectives: five bins of
ETmiss, or three cuts. Each is judged by all of them on events that it did not learn from: templates in two
folds, each event in the bins, or behind the cuts, that did not see it; one likelihood of all of them, with
every uncertainty. A fit for the significance of counting experiments, which does not know of variations, is
the baseline. ``noisy`` objectives learn from variations as they are (``steady=False``). Judges are templates
as they are, of which a narrow bin in itself pretends to know a nuisance; ``smoothed`` over the bins
(``smooth=1.5``), which takes shapes for rates where bins are few; and ``steadied``, the noise of the unused
events smoothed away along ETmiss as it is where bins are learned. ``--scarce`` has every 60th top-pair event
at 60 times its weight, ``--size`` makes variations larger: nominal plus so many times their difference.
Splits 21 to 30 were not used to choose any setting. Printed are medians over the splits, and in how many of
them an objective is better than the baseline.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import gradcut as gc
from gradcut.binning.edge_problem import EdgeProblem
from gradcut.yields import Moments

BASELINE = "Z"
SMOOTH = 1.5
#: Objectives by the name of the judge that they are learned for.
OWN: dict[str, Callable[..., gc.objectives.Objective]] = {
    "CLs": gc.objectives.CLs,
    "p0": gc.objectives.DiscoveryP0,
    "sigma_mu": gc.objectives.SignalStrengthUncertainty,
    "limit": gc.objectives.UpperLimit,
}
#: Logarithms of probabilities are what is learned for.
AS_LOGARITHMS: dict[str, dict[str, Any]] = {"CLs": {"log": True}, "p0": {"log": True}}
LEARNED: dict[str, gc.objectives.Objective] = {
    BASELINE: gc.objectives.AsimovSignificance(0.15, systematics="ignore"),
    **{name: made(**AS_LOGARITHMS.get(name, {})) for name, made in OWN.items()},
    "noisy sigma_mu": gc.objectives.SignalStrengthUncertainty(steady=False),
}
#: Of cuts, which are one bin, nothing can be smoothed.
NOISY = ("noisy sigma_mu",)
JUDGES = {name: made() for name, made in OWN.items()}
SMOOTHED = {f"smoothed {name}": made(smooth=SMOOTH) for name, made in OWN.items()}
LIMITS = gc.BinLimits(min_background=5, min_entries=100)


@dataclass(frozen=True)
class Search:
    """The events.

    Parameters
    ----------
    folder : Path
        Where they are.
    scarce : bool
        Whether the simulation of top pairs is.
    size : float
        Of the variations, in units of what they are.
    """

    folder: Path
    scarce: bool
    size: float

    def samples(self, seed: int, fold: int | None = None) -> gc.Samples:
        """The search with everything that is uncertain about it, its events in two folds."""
        require = "presel == 1" if fold is None else f"presel == 1 && fold == {fold}"
        made = gc.Samples(weight="weight", event="event", require=require)
        for number, (name, uncertainty) in enumerate((("signal", None), ("ww", 0.10), ("ttbar", 0.15))):
            columns = dict(self._columns(name))
            rng = np.random.default_rng([seed, number])
            columns["fold"] = rng.integers(0, 2, len(columns["event"]))
            role = "signal" if name == "signal" else "background"
            made.add(name, columns, role=role, norm_uncertainty=uncertainty)
        made.vary("JES", suffix=("_JES_up", "_JES_down"))
        made.vary("SOFT", suffix=("_SOFT_up", "_SOFT_down"))
        made.vary("LEPSF", weight=("weight_LEPSF_up", "weight_LEPSF_down"))
        return made

    @cache  # noqa: B019 -- a search lives as long as the program
    def _columns(self, name: str) -> dict[str, np.ndarray]:
        import uproot

        columns = uproot.open(f"{self.folder / 'slepton' / name}.root:events").arrays(library="np")
        if self.scarce and name == "ttbar":
            columns = {column: values[::60] for column, values in columns.items()}
            for column in [one for one in columns if one.startswith("weight")]:
                columns[column] = 60 * columns[column]
        made = dict(columns)
        for column, values in columns.items():
            nominal = columns.get(column.split("_JES")[0].split("_SOFT")[0].split("_LEPSF")[0])
            if self.size != 1 and nominal is not None and not column.startswith("presel"):
                made[column] = nominal + self.size * (values - nominal)
        return made


def bins(search: Search, objective: gc.objectives.Objective, seed: int) -> dict[str, float]:
    """What unused events say of learned bins."""
    events, declared = search.samples(seed), gc.Binning("met", 5)
    folds = gc.Folds(2, by="fold")
    fit = gc.fit_binning(declared, events, objective=objective, limits=LIMITS, folds=folds, seed=seed)
    unused = fit.templates(events, folds=True)
    steady = []
    for fold, one in enumerate(fit.folds):
        tables = search.samples(seed, fold).collect(["met"])
        cells = EdgeProblem.of(declared, tables, steady=True).fine
        at = np.searchsorted(cells.boundary, one.bins.edges[0][1:-1]) + 1
        sums = np.add.reduceat(cells.rows, np.concatenate([[0], at]), axis=5)
        steady.append(sums[..., 0, :])
    steadied = replace(unused, moments=Moments(*sum(steady)[:, None]))
    found = {name: float(judge.hard(unused)[0]) for name, judge in {**JUDGES, **SMOOTHED}.items()}
    return found | {f"steadied {name}": float(judge.hard(steadied)[0]) for name, judge in JUDGES.items()}


def cuts(search: Search, objective: gc.objectives.Objective, seed: int) -> dict[str, float]:
    """What unused events say of learned cuts."""
    events, selection = search.samples(seed), gc.Selection("met > ?", "dphi_l1_met < ?", "mt_l1 > ?")
    fit = gc.fit_cuts(selection, events, objective=objective, folds=gc.Folds(2, by="fold"), seed=seed)
    unused = fit.templates(events, folds=True)
    return {name: float(judge.hard(unused)[0]) for name, judge in JUDGES.items()}


def main() -> None:
    """Learn, judge, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[2] / "shared" / "data")
    parser.add_argument("--seeds", type=int, nargs="+", default=list(range(21, 31)))
    parser.add_argument("--learned", nargs="+", default=list(LEARNED), choices=list(LEARNED))
    parser.add_argument("--scarce", action="store_true")
    parser.add_argument("--size", type=float, default=1.0)
    parser.add_argument("--what", nargs="+", default=["bins", "cuts"], choices=["bins", "cuts"])
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    search = Search(options.data, options.scarce, options.size)
    rows: list[dict[str, Any]] = []
    for what in options.what:
        for seed in options.seeds:
            for name in options.learned:
                objective = LEARNED[name]
                if what == "cuts" and name in NOISY:
                    continue
                began = time.process_time()
                judged = {"bins": bins, "cuts": cuts}[what](search, objective, seed)
                row = {"what": what, "seed": seed, "learned for": name, "cpu": time.process_time() - began}
                rows.append(row | judged)
                print(json.dumps(rows[-1]), flush=True)
                if options.out:
                    made = {"settings": {**vars(options), "data": "", "out": ""}, "summary": summary(rows)}
                    options.out.write_text(json.dumps({**made, "splits": rows}, indent=1) + "\n")
    for line in summary(rows):
        print(json.dumps(line))


def summary(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Medians over the splits, and how each compares with the baseline in the same split."""
    found = []
    for what, name in dict.fromkeys((row["what"], row["learned for"]) for row in rows):
        mine = [row for row in rows if (row["what"], row["learned for"]) == (what, name)]
        base = {row["seed"]: row for row in rows if (row["what"], row["learned for"]) == (what, BASELINE)}
        line: dict[str, Any] = {"what": what, "learned for": name, "splits": len(mine)}
        for judge in [key for key in mine[0] if key.split()[-1] in JUDGES]:
            ratios = [row[judge] / base[row["seed"]][judge] for row in mine]
            line[judge] = statistics.median(row[judge] for row in mine)
            line[f"{judge}, better than {BASELINE}"] = sum(ratio < 1 for ratio in ratios)
            line[f"{judge}, over {BASELINE}"] = statistics.median(ratios)
        line["cpu"] = statistics.median(row["cpu"] for row in mine)
        found.append(line)
    return found


if __name__ == "__main__":
    main()
