"""Files whose columns are copied without an event loop: the same events, and who is read how."""

from __future__ import annotations

import math

import numpy as np
import pytest
from samples_toys import assert_same_events, make_events, write_file

from gradcut.expressions import Cpp, parse
from gradcut.samples import Samples, Split
from gradcut.samples.readers import plain_files
from gradcut.samples.readers.exact import exact_sum
from gradcut.samples.readers.memory import Immediate
from gradcut.samples.readers.plan import Quantity, ReadPlan
from gradcut.samples.reading import begin

# The fixture has the name that users know.
# ruff: noqa: N803


FEATURES = ["met", "mll", "njet", "good", "met / (1 + njet)", "exp(-met / 50)"]


def plain_events(n_events, seed, **settings):
    """Toy events without vectors."""
    events = make_events(n_events, seed, **settings)
    return {name: column for name, column in events.items() if name not in ("jet_pt", "pdf")}


def declared(signal, background, **settings):
    """Samples with missing values, requirements, and variations of columns and weights."""
    samples = Samples(
        weight="weight", event=("run", "event"), require="met > 80 && njet >= 1", sentinels=[-999], lumi=10.0
    )
    samples.add("susy", signal, role="signal", xsec=2.0, sumw=500.0, **settings)
    samples.add("ww", background, role="background", require="good", **settings)
    samples.vary("JES", suffix=("_jes_up", "_jes_down"))
    samples.vary("SF", weight=("weight_sf_up", "weight_sf_down"))
    return samples


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("plain")
    signal, background = plain_events(400, 1, signal=True), plain_events(500, 2)
    write_file(path / "signal.root", signal)
    write_file(path / "signal_rntuple.root", signal, rntuple=True)
    for number, (start, stop) in enumerate([(0, 100), (100, 101), (101, 500)]):
        write_file(path / f"ww_{number}.root", {name: c[start:stop] for name, c in background.items()})
    return path


def with_pending(samples, features):
    """Kind of the pending reading of every source."""
    reading = samples.reading(features)
    return [type(begin(job.source, job.resolved.plan, job.reader)) for job in reading.jobs]


def as_is(node):
    """A prepare function that does nothing; its sample is read by the event loop."""
    return node


@pytest.mark.root
@pytest.mark.uproot
@pytest.mark.parametrize("signal", ["signal.root", "signal_rntuple.root"])
def test_copied_columns_are_those_of_the_event_loop(folder, signal):
    files = f"{folder}/{signal}:events", f"{folder}/ww_*.root"
    plain, looped = declared(*files), declared(*files, prepare=as_is)
    assert set(with_pending(plain, ["met"])) == {Immediate}
    assert Immediate not in with_pending(looped, ["met"])
    split = Split(seed=3)
    assert_same_events(plain.collect(FEATURES, split=split), looped.collect(FEATURES, split=split))


@pytest.mark.root
@pytest.mark.uproot
def test_chunks_give_what_one_reading_gives(folder, monkeypatch):
    def collected():
        samples = Samples(weight="weight", require="met > 60")
        samples.add("ww", f"{folder}/ww_*.root", role="background")
        return samples.collect(["met", "sqrt(met) * njet"])

    whole = collected()
    monkeypatch.setattr(plain_files, "CHUNK_BYTES", 7 * 8 * 3)
    assert_same_events(collected(), whole)


@pytest.mark.root
@pytest.mark.uproot
def test_what_is_not_plain_is_left_to_the_event_loop(folder):
    def kinds(features, **settings):
        samples = Samples(weight="weight", **settings)
        samples.add("ww", f"{folder}/ww_*.root", role="background")
        return with_pending(samples, features)

    assert kinds(["met"]) == [Immediate]
    assert kinds([Cpp("double(met)")]) != [Immediate]
    assert kinds(["met"], require=Cpp("met > 3")) != [Immediate]


@pytest.mark.root
def test_vectors_friends_and_packed_numbers_are_not_plain(ROOT, tmp_path):
    path = tmp_path / "kinds.root"
    frame = ROOT.RDataFrame(30).Define("x", "float(rdfentry_)").Define("v", "ROOT::RVecF(rdfentry_ % 3, x)")
    frame.Snapshot("events", str(path), ["x", "v"])
    packed = tmp_path / "packed.root"
    file = ROOT.TFile(str(packed), "RECREATE")
    tree = ROOT.TTree("events", "")
    value = np.zeros(1, np.float32)
    tree.Branch("x", value, "x/f[0,30,16]")
    tree.Branch("y", value, "other/F")
    tree.Branch("z", value, "z/F")
    for number in range(30):
        value[0] = number
        tree.Fill()
    tree.Write()
    file.Close()

    def plain(file, name):
        plan = ReadPlan((Quantity(parse(name)),), (), ((),), 0, "here")
        return bool(plain_files.plain_files([(str(file), "")], plan))

    assert plain(path, "x")
    assert not plain(path, "v")
    assert not plain(path, "nothing")
    assert plain(packed, "z")
    assert not plain(packed, "x")
    assert not plain(packed, "y")


@pytest.mark.root
@pytest.mark.parametrize("kind", ["TTree", "RNTuple"])
def test_every_type_of_number_in_every_range(ROOT, tmp_path, kind):
    from gradcut.rdf import book_collect
    from gradcut.rdf.plain import PlainFile

    types = {
        **{name: name for name in ("bool", "char", "short", "int", "float", "double")},
        "uchar": "unsigned char",
        "ushort": "unsigned short",
        "uint": "unsigned int",
        "long64": "Long64_t",
        "ulong64": "ULong64_t",
    }
    frame = ROOT.RDataFrame(5000)
    for name, spelled in types.items():
        code = f"static_cast<{spelled}>(rdfentry_ * 2654435761ull % 100003)"
        frame = frame.Define(f"{name}_", "rdfentry_ % 2 == 0" if name == "bool" else code)
    options = ROOT.RDF.RSnapshotOptions()
    if kind == "RNTuple":
        options.fOutputFormat = ROOT.RDF.ESnapshotOutputFormat.kRNTuple
        options.fApproxZippedClusterSize = options.fMaxUnzippedClusterSize = 20000
        options.fInitialUnzippedPageSize, options.fMaxUnzippedPageSize = 64, 1024
    else:
        options.fAutoFlush = 700
    path, columns = str(tmp_path / "types.root"), [f"{name}_" for name in types]
    frame.Snapshot("events", path, columns, options)
    expected = book_collect(ROOT.RDataFrame("events", path), columns).value()
    file = PlainFile(path, "events", columns)
    assert file.is_plain
    assert file.n_entries == 5000
    for start, stop in [(0, 5000), (0, 0), (699, 701), (1234, 4321), (4999, 5000)]:
        found = file.read(start, stop)
        assert list(found) == columns
        for name in columns:
            assert found[name].dtype == expected[name].dtype, name
            np.testing.assert_array_equal(found[name], expected[name][start:stop], name)


@pytest.mark.root
@pytest.mark.uproot
def test_a_file_without_events_and_one_that_is_damaged(ROOT, tmp_path):
    from gradcut.errors import RootError
    from gradcut.rdf.plain import PlainFile

    write_file(tmp_path / "empty.root", {name: c[:0] for name, c in make_events(4, 1).items()})
    file = PlainFile(str(tmp_path / "empty.root"), "events", ["met"])
    assert file.n_entries == 0
    assert len(file.read(0, 0)["met"]) == 0
    with pytest.raises(RootError, match="entries 0 to 1 of 0"):
        file.read(0, 1)


@pytest.mark.parametrize("seed", range(5))
def test_exact_sum_is_that_of_fsum(seed):
    rng = np.random.default_rng(seed)
    for n in (1, 2, 1000, 16384, 16385, 40000):
        plain = rng.normal(size=n)
        wide = plain * 2.0 ** rng.integers(-300, 300, n)
        tiny = plain * 2.0 ** rng.integers(-1070, -1000, n)
        cancelling = np.concatenate([wide, rng.normal(size=3), -wide[::-1]])
        large = plain * 2.0**950
        for values in (plain, plain.astype(np.float32), wide, tiny, cancelling, large):
            assert exact_sum(values) == math.fsum(values.tolist())


def test_exact_sum_of_what_is_no_number():
    assert exact_sum(np.empty(0)) == 0.0
    assert exact_sum(np.array([1.0, np.inf])) == np.inf
    assert math.isnan(exact_sum(np.array([1.0, np.nan])))
    assert math.isnan(exact_sum(np.array([np.inf, -np.inf])))
