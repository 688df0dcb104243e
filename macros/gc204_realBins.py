"""Bins of discriminants on simulated collisions, and templates with variations in them.

    python3 macros/gc204_realBins.py [folder for pictures] [folder with the reference data]

Two searches: H -> tau tau of the HiggsML challenge (simulation by ATLAS), and sleptons with jet energy scale,
soft term and lepton efficiency varied. A discriminant is made by logistic regression in numpy, in folds, so
that nobody sees its own events; bins are learned from it with at least 25 effective entries of the
background in each, and compared with equal widths. The slepton search ends with templates of all variations
in the learned bins, counted by gradcut and by RDataFrame. Where the reference data are not there, sleptons
are those of the sample that ships with gradcut, and HiggsML is left out. What it is about is asserted at the
end.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import ROOT

import gradcut as gc
from gradcut.demo import sample_folder

Table = dict[str, np.ndarray]
HIGGS = (
    "DER_mass_MMC",
    "DER_mass_transverse_met_lep",
    "DER_mass_vis",
    "DER_pt_h",
    "DER_deltar_tau_lep",
    "DER_sum_pt",
    "DER_met_phi_centrality",
    "PRI_tau_pt",
)
SLEPTON = ("met", "jet_pt", "dphi_l1_met", "dphi_l2_met", "mt_l1", "mt_l2", "dr_ll")
#: Suffix of the columns, and column of the weight.
VARIATIONS = {
    "nominal": ("", "weight"),
    "JES:up": ("_JES_up", "weight"),
    "JES:down": ("_JES_down", "weight"),
    "SOFT:up": ("_SOFT_up", "weight"),
    "SOFT:down": ("_SOFT_down", "weight"),
    "LEPSF:up": ("", "weight_LEPSF_up"),
    "LEPSF:down": ("", "weight_LEPSF_down"),
}
SUFFIXES = ("", "_JES_up", "_JES_down", "_SOFT_up", "_SOFT_down")


def read(file: Path, columns: list[str]) -> Table:
    """Columns of a file, as far as it has them: not everything depends on every variation."""
    frame = ROOT.RDataFrame("events", str(file))
    there = set(map(str, frame.GetColumnNames()))
    return {name: np.asarray(v) for name, v in frame.AsNumpy([c for c in columns if c in there]).items()}


def features(columns: list[np.ndarray], middle: np.ndarray, width: np.ndarray) -> np.ndarray:
    """Columns, what is missing in the middle, with their squares and products."""
    x = np.array([np.where(c == -999, m, c) for c, m in zip(columns, middle, strict=True)], dtype=np.float64)
    x = np.clip((x.T - middle) / width, -3, 3)
    missing = np.array([c == -999 for c in columns]).any(0)
    pairs = [x[:, i] * x[:, j] for i in range(x.shape[1]) for j in range(i + 1)]
    bends = [np.maximum(x[:, i] - at, 0) for i in range(x.shape[1]) for at in (-0.7, 0.0, 0.7)]
    return np.column_stack([np.ones(len(x)), missing, x, *pairs, *bends])


def regression(x: np.ndarray, y: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Weights of a logistic regression, by Newton's method with a small penalty."""
    found = np.zeros(x.shape[1])
    for _ in range(12):
        p = 1 / (1 + np.exp(-np.clip(x @ found, -30, 30)))
        slope = x.T @ (w * (y - p)) - 1e-4 * found
        curvature = (x * (w * np.maximum(p * (1 - p), 1e-6))[:, None]).T @ x + 1e-4 * np.eye(x.shape[1])
        found += np.linalg.solve(curvature, slope)
    return found


def discriminate(tables: dict[str, Table], columns: tuple[str, ...], suffixes: tuple[str, ...]) -> None:
    """Add a column ``score`` for every suffix: each half of the events is judged by what the other taught."""
    for half in (0, 1):  # of those that carry its number
        taught = {name: table["event"] % 2 != half for name, table in tables.items()}
        gathered = [
            np.concatenate([table[c][taught[name]] for name, table in tables.items()]) for c in columns
        ]
        known = [c[c != -999] for c in gathered]
        middle = np.array([np.median(c) for c in known])
        width = np.array([np.subtract(*np.quantile(c, [0.84, 0.16])) / 2 for c in known])
        y = np.concatenate([np.full(taught[n].sum(), float(n == "signal")) for n in tables])
        w = np.concatenate([table["weight"][taught[name]] for name, table in tables.items()]).astype(float)
        if "presel" in next(iter(tables.values())):
            w *= np.concatenate([table["presel"][taught[name]] == 1 for name, table in tables.items()])
        for one in (0, 1):  # as much signal as background
            w[y == one] /= 2 * w[y == one].sum()
        model = regression(features(gathered, middle, width), y, w)
        for table in tables.values():
            for suffix in suffixes:
                own = [table[c + suffix] if c + suffix in table else table[c] for c in columns]
                score = 1 / (1 + np.exp(-np.clip(features(own, middle, width) @ model, -30, 30)))
                kept = table.setdefault(f"score{suffix}", np.zeros(len(score), dtype=np.float32))
                judged = table["event"] % 2 == half
                kept[judged] = score[judged]


def equal_widths(tables: dict[str, Table], bins: int, uncertainty: float) -> float:
    """Significance with bins of equal widths."""
    sums = np.zeros((2, 3, bins))
    for name, table in tables.items():
        kept = table["presel"] == 1 if "presel" in table else np.full(len(table["score"]), True)
        at = (table["score"][kept] * bins).astype(int).clip(0, bins - 1)
        for power in (1, 2):
            sums[int(name != "signal"), power] += np.bincount(at, table["weight"][kept] ** power, bins)
    s, b, variance = sums[0, 1], sums[1, 1], sums[1, 2]
    z = gc.stats.asimov_significance(s, b, np.sqrt((uncertainty * b) ** 2 + variance)).z
    return float(np.sqrt((z**2).sum()))


def learn(tables: dict[str, Table], bins: int, uncertainty: float, folder: Path) -> gc.BinningResult:
    """Learn bins by descent, and the best ones; compare with equal widths."""
    samples = declared(tables)
    objective = gc.objectives.AsimovSignificance(uncertainty)
    limits = gc.BinLimits(min_entries=10)
    binning = gc.Binning("score", bins, range=(0, 1), coordinates="logit")
    fit, exact = (
        gc.fit_binning(binning, samples, objective=objective, limits=limits, folds=3, seed=1, method=method)
        for method in ("gradient", "exact")
    )
    equal = equal_widths(tables, bins, uncertainty)
    print(fit)
    print(
        f"{folder.name}, {bins} bins: Z = {fit.scores.used:.3f} where learned, {fit.scores.unused:.3f} on "
        f"unused events; the best bins {exact.scores.used:.3f} and {exact.scores.unused:.3f}; "
        f"equal widths {equal:.3f}"
    )
    fit.plot(folder, samples)
    fit.save(folder / "bins.json")
    assert min(row.background_entries for row in fit.rows) >= 10 * (1 - 1e-9)
    assert fit.scores.used >= 0.995 * exact.scores.used
    assert fit.scores.unused > 0.85 * fit.scores.used
    assert fit.scores.unused > 0.98 * exact.scores.unused
    assert fit.scores.unused > equal
    return fit


def declared(tables: dict[str, Table], *, variations: bool = False) -> gc.Samples:
    """Declare the processes, and what is uncertain about them."""
    has_presel = "presel" in next(iter(tables.values()))
    made = gc.Samples(weight="weight", event="event", require="presel == 1" if has_presel else None)
    for name, table in tables.items():
        made.add(name, table, role="signal" if name == "signal" else "background")
    if variations:
        made.vary("JES", suffix=("_JES_up", "_JES_down"))
        made.vary("SOFT", suffix=("_SOFT_up", "_SOFT_down"))
        made.vary("LEPSF", weight=("weight_LEPSF_up", "weight_LEPSF_down"))
    return made


def higgs(data: Path, folder: Path) -> None:
    """Learn the bins of H -> tau tau; a background uncertainty of 10%."""
    tables = {}
    for role in ("signal", "background"):
        table = read(data / "higgsml" / f"higgsml_train_{role}.root", [*HIGGS, "weight", "EventId"])
        table["event"] = table.pop("EventId").astype(np.int64)
        tables[role] = table
    discriminate(tables, HIGGS, ("",))
    learn(tables, 6, 0.1, folder)


def slepton(data: Path, folder: Path) -> None:
    """Learn the bins of the slepton search, and make templates of all variations."""
    own = data / "slepton" if (data / "slepton").is_dir() else sample_folder()
    varied = [f"{c}{suffix}" for c in (*SLEPTON[:-1], "presel") for suffix in SUFFIXES]
    columns = [*varied, "dr_ll", "event", "weight", "weight_LEPSF_up", "weight_LEPSF_down"]
    tables = {name: read(own / f"{name}.root", columns) for name in ("signal", "ww", "ttbar")}
    discriminate(tables, SLEPTON, SUFFIXES)
    fit = learn(tables, 5, 0.2, folder)
    yields = fit.templates(declared(tables, variations=True))
    print(f"{'':24s}" + "".join(f"{'bin ' + str(k):>10s}" for k in range(fit.n_bins)))
    for name, table in tables.items():
        nominal = yields.of(name).sum_w[0]
        for variation, (suffix, weight) in VARIATIONS.items():
            template = yields.of(name, variation=variation).sum_w[0]
            frame = ROOT.RDF.FromNumpy(table)
            if suffix:
                frame = frame.Redefine("score", f"score{suffix}").Redefine("presel", f"presel{suffix}")
            histogram = fit.histogram(frame.Filter("presel == 1"), weight)
            counted = [histogram.GetBinContent(k + 1) for k in range(fit.n_bins)]
            assert np.allclose(template, counted, rtol=1e-5)
            shown = template if variation == "nominal" else template / nominal - 1
            numbers = "".join(f"{v:10.2f}" if variation == "nominal" else f"{v:+10.1%}" for v in shown)
            print(f"{name + ', ' + variation:24s}{numbers}")
    for process in tables:  # what varies only the weight moves all bins by about as much
        ratio = yields.of(process, variation="LEPSF:up").sum_w[0] / yields.of(process).sum_w[0]
        assert np.all((ratio > 1.0) & (ratio < 1.2))


def main(folder: Path, data: Path) -> None:
    """Learn both searches, as far as their events are there."""
    for name in ("slepton", "higgsml"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    slepton(data, folder / "slepton")
    if (data / "higgsml").is_dir():
        higgs(data, folder / "higgsml")
    else:
        print("the HiggsML events are not there")
    print(f"bins and pictures in {folder}")


if __name__ == "__main__":
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    where = Path(sys.argv[1] if len(sys.argv) > 1 else "gc204")
    main(where, Path(sys.argv[2]) if len(sys.argv) > 2 else beside)
