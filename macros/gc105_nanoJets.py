"""Learn cuts on the jets and muons of events in the format of NanoAOD.

    python3 macros/gc105_nanoJets.py [folder for the results]

Makes a signal and a background file with `nJet`, `Jet_pt[nJet]`, ... as NanoAOD has them, with generator
weights of both signs, and

1. learns how hard, how central and how b-like jets must be to count, beside a cut on the missing energy and a
   veto of muons: `count(Jet_pt > ?jet_pt && abs(Jet_eta) < ?jet_eta) >= 3` and so on;
2. hands the cuts back to RDataFrame as named filters;
3. checks that numpy and the fit select the very same events, and that learning was worth it.

Every number that it is about is asserted.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import ROOT

import gradcut as gc

#: Name, number of events, seed and cross-section in pb of every sample.
SAMPLES = {"signal": (5_000, 1, 0.004), "ttbar": (20_000, 2, 0.1)}
LUMI = 140_000.0  # 1/pb

# What a generator and a detector would do. One entry is one event; its objects are arrays of varying length.
ROOT.gInterpreter.Declare(
    """
    void WriteNano(const char *path, int nEvents, unsigned seed, bool isSignal)
    {
       TFile file(path, "RECREATE");
       TTree tree("Events", "like NanoAOD");
       ULong64_t event;
       UInt_t nJet, nMuon;
       Float_t pt[20], eta[20], b[20], muonPt[20], muonEta[20], met, weight;
       tree.Branch("event", &event);
       tree.Branch("genWeight", &weight);
       tree.Branch("MET_pt", &met);
       tree.Branch("nJet", &nJet);
       tree.Branch("Jet_pt", pt, "Jet_pt[nJet]/F");
       tree.Branch("Jet_eta", eta, "Jet_eta[nJet]/F");
       tree.Branch("Jet_btagDeepFlavB", b, "Jet_btagDeepFlavB[nJet]/F");
       tree.Branch("nMuon", &nMuon);
       tree.Branch("Muon_pt", muonPt, "Muon_pt[nMuon]/F");
       tree.Branch("Muon_eta", muonEta, "Muon_eta[nMuon]/F");
       TRandom3 random(seed);
       for (int i = 0; i < nEvents; ++i) {
          event = i;
          weight = random.Uniform() < 0.1 ? -20.f : 20.f;
          met = random.Exp(isSignal ? 110. : 55.);
          nJet = std::min<UInt_t>(random.Poisson(isSignal ? 5. : 4.), 20);
          for (UInt_t k = 0; k < nJet; ++k) {
             const bool isBottom = k < (isSignal ? 3 : 2);
             const bool isHard = isSignal ? k < 4 : k < 2;
             pt[k] = 15. + random.Exp(isHard ? 60. : 25.);
             eta[k] = random.Gaus(0., isHard ? 1.1 : 2.2);
             const double u = random.Uniform();
             b[k] = isBottom ? std::pow(u, 0.25) : std::pow(u, 4.);
          }
          nMuon = random.Poisson(isSignal ? 0.15 : 0.6);
          for (UInt_t k = 0; k < nMuon; ++k) {
             muonPt[k] = 3. + random.Exp(isSignal ? 5. : 25.);
             muonEta[k] = random.Gaus(0., 1.2);
          }
          tree.Fill();
       }
       tree.Write();
    }
    """
)


def significance(frames: dict[str, Any], selection: gc.Selection, values: dict[str, float]) -> float:
    """Z of the events that pass filters, counted by RDataFrame alone; 20% and MC statistics uncertain."""
    sums = {}
    for name, frame in frames.items():
        good = frame.Define("w", "double(genWeight)").Define("w2", "w * w")
        total = good.Sum("w")
        types = {column: str(frame.GetColumnType(column)) for column in selection.columns}
        for code, label in selection.filters(values, types):
            good = good.Filter(code, label)
        yielded, variance = good.Sum("w"), good.Sum("w2")
        scale = LUMI * SAMPLES[name][2] / total.GetValue()
        sums[name] = scale * yielded.GetValue(), scale**2 * variance.GetValue()
    (s, _), (b, variance) = sums["signal"], sums["ttbar"]
    return float(gc.stats.asimov_significance(s, b, math.sqrt((0.2 * b) ** 2 + variance)).z)


def main(folder: Path) -> None:
    """Make the files, declare, learn, apply."""
    frames = {}
    for name, (n_events, seed, _) in SAMPLES.items():
        path = str(folder / f"{name}.root")
        ROOT.WriteNano(path, n_events, seed, name == "signal")
        frames[name] = ROOT.RDataFrame("Events", path)

    # The sum of all generator weights normalises, as in an analysis of NanoAOD.
    samples = gc.Samples(weight="genWeight", event="event", lumi=LUMI)
    for name, (_, _, xsec) in SAMPLES.items():
        role = "signal" if name == "signal" else "background"
        samples.add(name, frames[name], role=role, xsec=xsec, sumw="auto")

    selection = gc.Selection(
        "count(Jet_pt > ?jet_pt && abs(Jet_eta) < ?jet_eta) >= 3",
        "count(Jet_pt > 25 && abs(Jet_eta) < 2.5 && Jet_btagDeepFlavB > ?btag) >= 2",
        "count(Muon_pt > ?muon_pt && abs(Muon_eta) < 2.4) < 1",
        "MET_pt > ?met",
    )
    # By hand: the cuts that one would begin with.
    by_hand = {"jet_pt": 30.0, "jet_eta": 2.5, "btag": 0.7, "muon_pt": 10.0, "met": 100.0}
    objective = gc.objectives.AsimovSignificance(0.2)
    fit = gc.fit_cuts(selection, samples, objective=objective, folds=2, seed=1)
    print(fit)
    fit.save(folder / "cuts.json")

    z = {}
    for what, values in (("by hand", by_hand), ("learned", fit.values)):
        z[what] = significance(frames, selection, values)
    print(
        f"Z by hand {z['by hand']:.2f}, learned {z['learned']:.2f}, on unused events {fit.scores.unused:.2f}"
    )

    # The same events whoever decides: RDataFrame's filters, numpy on the arrays, the engine of the fit.
    cutflow = fit.cutflow(samples)
    for name, frame in frames.items():
        kept = gc.rdf.book_collect(fit.apply(frame), ["event"])
        everything = gc.rdf.book_collect(frame, ["event", *selection.columns])
        gc.rdf.run(kept, everything)
        columns = everything.value()
        in_numpy = columns["event"][fit.mask(columns)]
        assert np.array_equal(kept.value()["event"], in_numpy)
        assert len(in_numpy) == cutflow.of(name).final.entries > 0
        print(f"{name}: {len(in_numpy)} of {len(columns['event'])} events, the same in RDataFrame and numpy")

    assert abs(z["learned"] / fit.scores.used - 1) < 1e-6
    assert fit.scores.unused > 1.2 * z["by hand"]


if __name__ == "__main__":
    where = Path(sys.argv[1] if len(sys.argv) > 1 else "gc105")
    where.mkdir(parents=True, exist_ok=True)
    main(where)
