"""A real search with detector variations, against plain RDataFrame filters and sums per variation."""

from __future__ import annotations

# The fixture has the name that users know.
# ruff: noqa: N803
import numpy as np
import pytest
from samples_toys import assert_same_events

from gradcut.jagged import Jagged
from gradcut.samples import Folds, Samples, Split

pytestmark = [pytest.mark.shared, pytest.mark.uproot]

SUFFIXES = {
    "nominal": "",
    "JES:up": "_JES_up",
    "JES:down": "_JES_down",
    "SOFT:up": "_SOFT_up",
    "SOFT:down": "_SOFT_down",
}
FEATURES = ["met", "jet_pt", "mt_l1", "n_jet", "dr_ll", "abs(dphi_l1_met)"]


def declare(folder, processes=("signal", "ww")):
    samples = Samples(weight="weight", event="event", require="presel == 1")
    for process in processes:
        role = "signal" if process == "signal" else "background"
        samples.add(process, folder / "slepton" / f"{process}.root", role=role)
    samples.vary("JES", suffix=("_JES_up", "_JES_down"))
    samples.vary("SOFT", suffix=("_SOFT_up", "_SOFT_down"))
    samples.vary("LEPSF", weight=("weight_LEPSF_up", "weight_LEPSF_down"))
    return samples


def test_slepton_yields_are_those_of_the_readme(shared_data):
    tables = declare(shared_data, ("signal", "ww", "ttbar")).collect(["met"], reader="uproot")
    found = {process: table.totals for (_, process), table in tables.items()}
    assert {process: totals.entries for process, totals in found.items()} == {
        "signal": 35099,
        "ww": 57854,
        "ttbar": 60332,
    }
    assert [round(totals.sum_w) for totals in found.values()] == [123, 2046, 9201]


@pytest.mark.root
def test_slepton_each_variation_equals_filters_and_sums_of_rdataframe(ROOT, shared_data):
    tables = declare(shared_data, ("ww",)).collect(FEATURES, reader="root")
    table = tables["all", "ww"]
    frame = ROOT.RDataFrame("events", str(shared_data / "slepton" / "ww.root"))
    known = {str(name) for name in frame.GetColumnNames()}
    booked = {}
    for variation in tables.variations:
        suffix = SUFFIXES.get(variation, "")
        weight = f"weight_{variation.replace(':', '_')}" if variation.startswith("LEPSF") else "weight"
        met, n_jet = f"met{suffix}", f"n_jet{suffix}" if f"n_jet{suffix}" in known else "n_jet"
        node = frame.Filter(f"presel{suffix} == 1").Define("w", f"static_cast<double>({weight})")
        cut = node.Filter(f"{met} > 200 && {n_jet} < 3")
        booked[variation] = node.Sum("w"), node.Count(), cut.Sum("w"), cut.Count()
    for variation, results in booked.items():
        mask, weights = table.mask(variation), table.weights(variation)
        met, _, _, n_jet, *_ = table.features(variation)
        passing = mask & (met > 200) & (n_jet < 3)
        total, entries, after, left = (result.GetValue() for result in results)
        assert (np.count_nonzero(mask), np.count_nonzero(passing)) == (entries, left), variation
        assert table.totals_of(variation).sum_w == pytest.approx(total, rel=1e-13), variation
        assert weights[passing].sum() == pytest.approx(after, rel=1e-13), variation
    assert table.features("JES:up")[4] is table.features()[4]


@pytest.mark.root
def test_slepton_readers_give_the_same_bits(shared_data):
    samples = declare(shared_data)
    by_root = samples.collect(FEATURES, split=Split(seed=4), reader="root")
    assert_same_events(by_root, samples.collect(FEATURES, split=Split(seed=4), reader="uproot"))


def test_slepton_arrays_give_the_bits_of_files(shared_data):
    import uproot

    from_files = declare(shared_data, ("signal",)).collect(FEATURES, split=Split(seed=4), reader="uproot")
    in_memory = Samples(weight="weight", event="event", require="presel == 1")
    with uproot.open(shared_data / "slepton" / "signal.root") as file:
        arrays = file["events"].arrays(library="np")
    assert not any(isinstance(column, Jagged) for column in arrays.values())
    in_memory.add("signal", arrays, role="signal")
    in_memory.vary("JES", suffix=("_JES_up", "_JES_down"))
    in_memory.vary("SOFT", suffix=("_SOFT_up", "_SOFT_down"))
    in_memory.vary("LEPSF", weight=("weight_LEPSF_up", "weight_LEPSF_down"))
    assert_same_events(from_files, in_memory.collect(FEATURES, split=Split(seed=4)))


def test_slepton_folds_are_even_and_cover_every_event(shared_data):
    folds = Folds(5, seed=2)
    tables = declare(shared_data, ("signal",)).collect(["event"], split=folds, reader="uproot")
    table = tables["all", "signal"]
    tested = [tables.part(folds.test(i))["all", "signal"].entries for i in range(5)]
    assert sorted(np.concatenate(tested).tolist()) == table.entries.tolist()
    expected = table.n_events / 5
    # Binomial: 5 standard deviations.
    assert all(abs(len(entries) - expected) < 5 * np.sqrt(expected * 0.8) for entries in tested)
