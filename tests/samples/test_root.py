"""ROOT's event loop: the same events as arrays and uproot, in one loop per source."""

from __future__ import annotations

import json

import numpy as np
import pytest
from samples_toys import TOY_FEATURES, assert_same_events, declare_toys, write_file

from gradcut.errors import DataError, DeclarationError, RootError
from gradcut.expressions import Cpp
from gradcut.samples import Folds, Samples, Split

# The fixture has the name that users know.
# ruff: noqa: N803

pytestmark = [pytest.mark.root, pytest.mark.uproot]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Signal in one TTree and one RNTuple, background in three TTrees."""
    from samples_toys import make_events

    path = tmp_path_factory.mktemp("samples")
    signal, background = make_events(400, 1, signal=True), make_events(500, 2)
    write_file(path / "signal.root", signal)
    write_file(path / "signal_rntuple.root", signal, rntuple=True)
    for number, (start, stop) in enumerate([(0, 100), (100, 101), (101, 500)]):
        part = {name: column[start:stop] for name, column in background.items()}
        write_file(path / f"ww_{number}.root", part)
    return path


def collect(source_signal, source_background, **settings):
    samples = declare_toys(source_signal, source_background)
    return samples.collect(TOY_FEATURES, split=Split(seed=3), **settings)


def test_root_gives_the_events_of_uproot_and_arrays(folder, signal, background):
    files = f"{folder}/signal.root:events", f"{folder}/ww_*.root:events"
    found = collect(*files, reader="root")
    assert {source.reader for source in found.provenance} == {"root"}
    assert_same_events(found, collect(*files, reader="uproot"))
    assert_same_events(found, collect(signal, background))


def test_root_reads_rntuple_and_a_node_the_same(ROOT, folder, signal, background):
    node = ROOT.RDataFrame("events", [f"{folder}/ww_{number}.root" for number in range(3)])
    found = collect(f"{folder}/signal_rntuple.root", node)
    assert_same_events(found, collect(signal, background))
    assert node.GetNRuns() == 1


def test_root_runs_one_loop_for_all_variations_and_the_users_actions(ROOT, folder, background):
    node = ROOT.RDataFrame("events", [f"{folder}/ww_{number}.root" for number in range(3)])
    count = node.Count()
    collect(f"{folder}/signal.root", node)
    assert node.GetNRuns() == 1
    assert count.IsReady()
    assert count.GetValue() == 500


def with_slow_slot(node):
    """Give each event a moment, so that two threads have work at the same time."""
    return node.Define("slot", "gSystem->Sleep(1); return static_cast<int>(rdfslot_);")


def test_root_with_two_threads_gives_the_same_in_order(ROOT, folder, background):
    ROOT.EnableImplicitMT(2)
    try:
        samples = Samples(weight="weight", event="event")
        samples.add("ww", f"{folder}/ww_*.root", role="background", prepare=with_slow_slot)
        table = samples.collect(["slot", "event", "met"], split=Split())["all", "ww"]
    finally:
        ROOT.DisableImplicitMT()
    slot, event, met = table.features()
    assert set(slot.tolist()) == {0, 1}
    np.testing.assert_array_equal(event, background["event"])
    np.testing.assert_array_equal(met, background["met"])
    # ROOT numbers the entries of a TTree in the order in which the tasks of its threads start.
    assert sorted(table.entries.tolist()) == list(range(500))


def test_root_reads_files_with_trees_of_different_names(ROOT, tmp_path, signal, background):
    write_file(tmp_path / "a.root", signal, "first")
    write_file(tmp_path / "b.root", background, "second")
    samples = Samples()
    samples.add("all", [f"{tmp_path}/a.root:first", tmp_path / "b.root"], role="background")
    found = samples.collect(["event"], reader="root")["all", "all"].features()[0]
    np.testing.assert_array_equal(found, np.concatenate([signal["event"], background["event"]]))


def add_double_met(node):
    """A prepare function that can be pickled."""
    return node.Define("twice", "2 * met").Filter("njet > 1")


def test_prepare_is_applied_before_everything_else(folder, background):
    samples = Samples(weight="weight")
    samples.add("ww", f"{folder}/ww_*.root", role="background", prepare=add_double_met)
    tables = samples.collect(["twice"])
    kept = background["njet"] > 1
    table = tables["all", "ww"]
    assert table.before.entries == np.count_nonzero(kept)
    np.testing.assert_array_equal(table.features()[0], 2 * background["met"][kept])
    assert tables.provenance[0].source.prepare.endswith("add_double_met")


def test_prepare_that_returns_nothing_is_refused(folder):
    samples = Samples()
    samples.add("ww", f"{folder}/ww_*.root", role="background", prepare=print_nothing)
    with pytest.raises(DeclarationError, match=r"(?s)'prepare' must return an RDataFrame node.*NoneType"):
        samples.collect(["met"])


def print_nothing(node):
    node.Define("twice", "2 * met")


def varied(ROOT, folder):
    node = ROOT.RDataFrame("events", [f"{folder}/ww_{number}.root" for number in range(3)])
    return node.Vary("met", "ROOT::RVecF{met * 0.8f, met * 1.2f}", ["down", "up"], "jes")


def test_vary_gives_the_events_of_the_suffix_columns(ROOT, folder, background):
    by_vary = Samples(weight="weight", event="event", require="met > 80 && njet >= 1")
    node = varied(ROOT, folder)
    by_vary.add("ww", node, role="background")
    by_suffix = Samples(weight="weight", event="event", require="met > 80 && njet >= 1")
    by_suffix.add("ww", background, role="background")
    by_suffix.vary("jes", suffix=("_jes_up", "_jes_down"))
    for samples in (by_vary, by_suffix):
        samples.vary("SF", weight=("weight_sf_up", "weight_sf_down"))
        samples.vary("pdf", weights="pdf", relative=True)
    features = ["met", "njet", "met / (1 + njet)"]
    found = by_vary.collect(features, split=Folds(3))
    assert node.GetNRuns() == 1
    assert set(found.variations[1:3]) == {"SF:up", "SF:down"}
    assert {"jes:up", "jes:down"} < set(found.variations)
    table, twin = found["all", "ww"], by_suffix.collect(features, split=Folds(3))["all", "ww"]
    np.testing.assert_array_equal(table.entries, twin.entries)
    np.testing.assert_array_equal(table.split_values, twin.split_values)
    assert set(table.variations) == set(twin.variations)
    for variation in twin.variations:
        mask = twin.mask(variation)
        np.testing.assert_array_equal(table.mask(variation), mask)
        np.testing.assert_array_equal(table.weights(variation), twin.weights(variation))
        for mine, theirs in zip(table.features(variation), twin.features(variation), strict=True):
            np.testing.assert_array_equal(mine[mask], theirs[mask])
    # What Vary does not change is shared.
    assert table.features("jes:up")[1] is table.features()[1]


def test_vary_that_other_processes_lack_is_an_error_with_the_fix(ROOT, folder, signal):
    samples = Samples()
    samples.add("ww", varied(ROOT, folder), role="background")
    samples.add("susy", signal, role="signal")
    with pytest.raises(DataError, match=r"(?s)lacks the variation 'jes'.*'susy'.*absent=\('jes',\)"):
        samples.collect(["met"])
    declared = Samples()
    declared.add("ww", varied(ROOT, folder), role="background")
    declared.add("susy", signal, role="signal", absent="jes")
    tables = declared.collect(["met"])
    assert set(tables.variations) == {"nominal", "jes:up", "jes:down"}
    assert tables["all", "susy"].variations == ("nominal",)


def test_vary_and_suffix_of_the_same_name_complete_each_other(ROOT, folder, signal):
    samples = Samples()
    node = ROOT.RDataFrame("events", f"{folder}/ww_0.root").Define("x", "met")
    samples.add(
        "ww", node.Vary("x", "ROOT::RVecF{x * 0.8f, x * 1.2f}", ["down", "up"], "jes"), role="background"
    )
    samples.add("susy", {"x": signal["met"], "x_u": signal["met"], "x_d": signal["met"]}, role="signal")
    samples.vary("jes", suffix=("_u", "_d"))
    tables = samples.collect(["x"])
    assert set(tables["all", "ww"].variations) == set(tables["all", "susy"].variations)
    assert tables.groups[0].kind == "up-down"


def test_vary_beside_suffix_columns_is_refused(ROOT, folder):
    samples = Samples()
    samples.add("ww", varied(ROOT, folder), role="background")
    samples.vary("jes", suffix=("_jes_up", "_jes_down"))
    with pytest.raises(DataError, match=r"(?s)variation 'jes' is there twice.*'_jes_up'"):
        samples.collect(["met"])


def test_vary_of_data_and_absent_ones_are_not_read(ROOT, folder, signal):
    samples = Samples()
    samples.add("ww", varied(ROOT, folder), role="background", absent="jes")
    samples.add("data", varied(ROOT, folder), role="data")
    samples.add("susy", signal, role="signal")
    samples.vary("jes", suffix=("_jes_up", "_jes_down"))
    tables = samples.collect(["met"], unblind=True)
    assert tables["all", "ww"].variations == ("nominal",)
    assert tables["all", "data"].variations == ("nominal",)
    assert tables["all", "susy"].variations == ("nominal", "jes:up", "jes:down")


def test_vary_declared_for_some_processes_is_not_missed_in_others(ROOT, folder, signal):
    samples = Samples()
    samples.add("ww", varied(ROOT, folder), role="background")
    samples.add("susy", {"met": signal["met"]}, role="signal")
    samples.vary("jes", rdf=True, processes="ww")
    tables = samples.collect(["met"])
    assert set(tables["all", "ww"].variations) == {"nominal", "jes:up", "jes:down"}
    assert tables["all", "susy"].variations == ("nominal",)


def test_vary_that_is_demanded_must_exist(ROOT, folder):
    samples = Samples()
    samples.add("ww", varied(ROOT, folder), role="background")
    samples.vary("jer", rdf=True)
    with pytest.raises(DataError, match=r"(?s)lacks the variation 'jer'.*no Vary of this name"):
        samples.collect(["met"])


def test_vary_of_a_column_that_is_not_used_is_nominal(ROOT, folder):
    samples = Samples()
    samples.add("ww", varied(ROOT, folder), role="background")
    table = samples.collect(["njet"])["all", "ww"]
    assert table.features("jes:up")[0] is table.features()[0]


def test_cpp_features_and_requirements(ROOT, folder, background):
    samples = Samples(weight=Cpp("weight * 2"), require=Cpp("std::abs(mll) < 100"))
    samples.add("ww", f"{folder}/ww_*.root", role="background")
    tables = samples.collect([Cpp("TMath::Max(met, 50.f)")])
    kept = np.abs(background["mll"]) < 100
    assert tables.features == ("TMath::Max(met, 50.f)",)
    found = tables["all", "ww"].features()[0]
    assert found.dtype == np.float64
    expected = np.where(background["met"][kept] > 50, background["met"][kept], np.float32(50))
    fine = np.isfinite(background["met"][kept])
    np.testing.assert_array_equal(found[fine], expected[fine])
    np.testing.assert_array_equal(tables["all", "ww"].weights(), background["weight"][kept].astype(float) * 2)


def test_cpp_that_root_refuses_names_the_sample(folder, capfd):
    samples = Samples()
    samples.add("ww", f"{folder}/ww_*.root", role="background")
    with pytest.raises(RootError, match=r"(?s)process 'ww', channel 'all'"):
        samples.collect([Cpp("no_such_thing(met)")])
    capfd.readouterr()


def test_cpp_with_a_suffix_variation_is_refused(folder):
    samples = Samples()
    samples.add("ww", f"{folder}/ww_*.root", role="background")
    samples.vary("JES", suffix=("_jes_up", "_jes_down"))
    with pytest.raises(DeclarationError, match=r"(?s)gc.Cpp cannot be varied by suffix.*variation 'JES'"):
        samples.collect(["met", Cpp("met * 2")])


def test_spec_is_read_by_root_with_its_range(folder, background):
    files = [f"{folder}/ww_{number}.root" for number in range(3)]
    spec = {"samples": {"ww": {"trees": ["events"], "files": files}}, "range": [50, 300]}
    (folder / "ranged.json").write_text(json.dumps(spec))
    samples = Samples()
    samples.add("ww", f"{folder}/ranged.json", role="background")
    np.testing.assert_array_equal(
        samples.collect(["event"])["all", "ww"].features()[0], background["event"][50:300]
    )


def test_unknown_tree_and_text_columns_are_refused(ROOT, folder):
    samples = Samples()
    samples.add("ww", f"{folder}/ww_*.root:event", role="background")
    with pytest.raises(DataError, match=r"(?s)no tree 'event'.*did you mean 'events'"):
        samples.collect(["met"], reader="root")
    node = ROOT.RDataFrame("events", f"{folder}/ww_0.root").Define("name", 'std::string("a")')
    text = Samples()
    text.add("ww", node, role="background")
    with pytest.raises(DataError, match=r"(?s)column 'name' is not a number"):
        text.collect(["name"])


@pytest.mark.parametrize("prepare", [None, add_double_met])
def test_later_file_with_another_type_is_not_read_as_garbage(folder, tmp_path, signal, prepare):
    write_file(tmp_path / "later.root", {**signal, "met": signal["met"].astype(np.float64)})
    samples = Samples()
    files = [f"{folder}/ww_0.root:events", f"{tmp_path}/later.root:events"]
    samples.add("ww", files, role="background", prepare=prepare)
    with pytest.raises(
        DataError, match=r"(?s)'met' has another type.*'ww'.*Double_t in .*later\.root, Float_t in"
    ):
        samples.collect(["met"], reader="root")


def test_later_file_without_a_column_is_named_before_reading(folder, tmp_path, signal):
    write_file(tmp_path / "later.root", {"njet": signal["njet"]})
    samples = Samples()
    samples.add("ww", [f"{folder}/ww_0.root:events", f"{tmp_path}/later.root:events"], role="background")
    with pytest.raises(DataError, match=r"(?s)'met' is not in every file of the sample.*'ww'.*later\.root"):
        samples.collect(["met"], reader="root")
    # A column that is not used may be lacking.
    assert samples.collect(["njet"], reader="root")["all", "ww"].n_events == 500


def test_trees_and_rntuples_in_one_sample_are_refused_where_root_would_crash(folder, tmp_path):
    files = [f"{folder}/ww_0.root", f"{folder}/signal_rntuple.root"]
    specification = tmp_path / "mixed.json"
    specification.write_text(json.dumps({"samples": {"ww": {"trees": ["events"], "files": files}}}))
    for source in (files, files[::-1], specification):
        samples = Samples(weight="weight")
        samples.add("ww", source, role="background")
        with pytest.raises(
            DataError, match=r"(?s)TTrees and RNTuples.*process 'ww'.*in .*root, an? T|RN.* in"
        ):
            samples.collect(["met"], reader="root")


def test_node_cannot_be_pickled_and_says_what_can(ROOT, folder):
    import pickle

    samples = Samples()
    samples.add("ww", ROOT.RDataFrame("events", f"{folder}/ww_0.root"), role="background")
    with pytest.raises(DeclarationError, match=r"(?s)cannot leave its process.*prepare=function_of_a_module"):
        pickle.dumps(samples)


def test_node_cannot_be_read_by_uproot(ROOT, folder):
    samples = Samples()
    samples.add("ww", ROOT.RDataFrame("events", f"{folder}/ww_0.root"), role="background")
    with pytest.raises(DeclarationError, match="uproot cannot read an RDataFrame node"):
        samples.collect(["met"], reader="uproot")


def test_split_is_the_one_of_define_uniform(ROOT, folder):
    from gradcut.rdf import define_uniform

    node = ROOT.RDataFrame("events", f"{folder}/signal.root")
    expected = define_uniform(node, "u", ["run", "event"], seed=11).AsNumpy(["u"])["u"]
    samples = Samples(event=("run", "event"))
    samples.add("susy", f"{folder}/signal.root", role="signal")
    found = samples.collect(["met"], split=Split(seed=11))["all", "susy"].split_values
    np.testing.assert_array_equal(found, expected)
