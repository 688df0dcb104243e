"""Features with one value per object: the same from every reader, and what a slow loop gives."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples_toys import assert_same_events, write_file

from gradcut.errors import DataError, DeclarationError
from gradcut.fitting.parts import Parts
from gradcut.fitting.thinning import thinned
from gradcut.jagged import Jagged
from gradcut.samples import Folds, Samples, Split
from gradcut.scanning.nominal import nominal

# The fixture has the name that users know.
# ruff: noqa: N803

JETS = ["pt", "|eta|", "central", "tag", "n", "loose", "soft", "met"]
FEATURES = {
    "pt": "jet_pt",
    "|eta|": "abs(jet_eta)",
    "central": "abs(jet_eta) < 2.5 && jet_pt > 30",
    "tag": "jet_tag",
    "n": "jet_n",
    "loose": "jet_pt / max(jet_pt) + (mll > 80)",
    "soft": "(jet_pt < 40) * jet_n",
    "met": "met",
    "lepton": "lepton_pt",
    "jets": "count(jet_pt > 30)",
    "missing et": "met",
}
OBJECTS = [tuple(JETS), ("lepton",)]


def make_objects(n_events: int, seed: int) -> dict[str, object]:
    """Events with none to four jets and leptons, every type of element, some values missing."""
    random = np.random.default_rng(seed)
    jets = np.concatenate([[0], np.cumsum(random.integers(0, 5, n_events))]).astype(np.int64)
    leptons = np.concatenate([[0], np.cumsum(random.integers(0, 3, n_events))]).astype(np.int64)
    pt = random.exponential(40.0, jets[-1]).astype(np.float32)
    pt[::17] = np.nan
    eta = random.normal(0.0, 2.0, jets[-1])
    eta[::13] = -999.0
    n = random.integers(0, 9, jets[-1]).astype(np.int32)
    n[::11] = -999
    mll = random.normal(91.0, 20.0, n_events)
    mll[::29] = -999.0
    met = random.exponential(80.0, n_events).astype(np.float32)
    weight = random.normal(1.0, 0.4, n_events).astype(np.float32)
    return {
        "event": np.arange(n_events, dtype=np.int64),
        "weight": weight,
        "weight_sf": weight * np.float32(1.1),
        "met": met,
        "met_jes": met * np.float32(1.3),
        "mll": mll,
        "jet_pt": Jagged(pt, jets),
        "jet_pt_jes": Jagged(pt * np.float32(1.2), jets),
        "jet_eta": Jagged(eta, jets),
        "jet_n": Jagged(n, jets),
        "jet_tag": Jagged(random.random(jets[-1]) < 0.3, jets),
        "lepton_pt": Jagged(random.exponential(30.0, leptons[-1]), leptons),
    }


def declare(source, **more) -> Samples:
    samples = Samples(weight="weight", event="event", require="met > 50", sentinels=[-999])
    samples.add("top", source, role="background", **more)
    samples.vary("JES", suffix="_jes")
    samples.vary("SF", weight="weight_sf")
    return samples


@pytest.fixture(scope="module")
def events():
    return make_objects(300, 5)


@pytest.fixture(scope="module")
def folder(tmp_path_factory, events):
    path = tmp_path_factory.mktemp("objects")
    for number, (start, stop) in enumerate([(0, 120), (120, 121), (121, 300)]):
        write_file(path / f"top_{number}.root", {name: column[start:stop] for name, column in events.items()})
    write_file(path / "top.rntuple", events, rntuple=True)
    return path


@pytest.fixture
def tables(events):
    return declare(events).collect(FEATURES, objects=OBJECTS, split=Split(seed=3))


@pytest.mark.root
@pytest.mark.uproot
def test_readers_give_the_same_objects(folder, tables):
    for reader in ("root", "uproot"):
        found = declare(f"{folder}/top_*.root:events").collect(
            FEATURES, objects=OBJECTS, split=Split(seed=3), reader=reader
        )
        assert found.provenance[0].reader == reader
        assert_same_events(found, tables)


@pytest.mark.root
@pytest.mark.uproot
def test_plain_columns_of_objects_keep_their_types(folder, events):
    names = ["jet_pt", "jet_eta", "jet_n", "jet_tag"]
    for file, reader in (("top_*.root", "root"), ("top_*.root", "uproot"), ("top.rntuple", "root")):
        samples = Samples()
        samples.add("top", f"{folder}/{file}:events", role="background")
        found = samples.collect(names, objects=[names], reader=reader)["all", "top"].features()
        for name, column in zip(names, found, strict=True):
            assert column.identical(events[name]), name


def slow_features(row, tag: str) -> dict[str, list[float]]:
    """The features of one event, object by object, with NaN for what is missing."""
    there = {name: [math.nan if x == -999 else float(x) for x in row[name]] for name in ("jet_eta", "jet_n")}
    pt = [float(x) for x in row["jet_pt_jes" if tag == "JES:up" else "jet_pt"]]
    met = float(row["met_jes" if tag == "JES:up" else "met"])
    best = math.nan if not pt or any(map(math.isnan, pt)) else max(pt)
    high = math.nan if row["mll"] == -999 else float(row["mll"] > 80)
    return {
        "pt": pt,
        "|eta|": [abs(eta) for eta in there["jet_eta"]],
        "central": [float(abs(eta) < 2.5 and x > 30) for eta, x in zip(there["jet_eta"], pt, strict=True)],
        "tag": [float(tag) for tag in row["jet_tag"]],
        "n": there["jet_n"],
        "loose": [x / best + high for x in pt],
        "soft": [
            math.nan if math.isnan(x) else (x < 40) * n for x, n in zip(pt, there["jet_n"], strict=True)
        ],
        "met": [met] * len(pt),
        "lepton": [float(x) for x in row["lepton_pt"]],
    }


@pytest.mark.parametrize("tag", ["nominal", "JES:up", "SF:up"])
def test_objects_equal_a_slow_loop(events, tables, tag):
    table = tables["all", "top"]
    found = dict(zip(tables.features, table.features(tag), strict=True))
    for row, entry in enumerate(table.entries):
        expected = slow_features({name: column[entry] for name, column in events.items()}, tag)
        for name, values in expected.items():
            np.testing.assert_array_equal(found[name][row], values, err_msg=f"{name} of entry {entry}")
    assert found["pt"].dtype == np.float32
    assert found["tag"].dtype == np.float64  # there may be NaN
    assert found["missing et"].shape == found["jets"].shape == (len(table.entries),)


def test_offsets_are_shared_within_a_collection_and_between_variations(tables):
    table = tables["all", "top"]
    jets = [table.features(tag)[i] for tag in ("nominal", "JES:up", "SF:up") for i in range(len(JETS))]
    assert {id(column.offsets) for column in jets} == {id(jets[0].offsets)}
    assert table.features("SF:up")[0] is table.features()[0]
    assert table.features()[8].offsets is not jets[0].offsets


def test_missing_objects_of_passing_events_are_counted(events, tables):
    table = tables["all", "top"]
    passing = np.repeat(events["met"] > 50, events["jet_pt"].lengths)
    expected = np.count_nonzero(np.isnan(events["jet_pt"].values) & passing)
    assert table.missing()[0] == expected > 0
    assert table.missing()[JETS.index("tag")] == 0


def assert_rows(part, whole, rows) -> None:
    for tag in whole.variations:
        for mine, theirs in zip(part.features(tag), whole.features(tag), strict=True):
            if isinstance(theirs, Jagged):
                assert mine.identical(Jagged.from_lists([theirs[row] for row in rows], theirs.dtype))
            else:
                np.testing.assert_array_equal(mine, theirs[rows])


def test_parts_of_a_split_have_the_objects_of_their_events(tables):
    whole = tables["all", "top"]
    for part, (low, high) in tables.partition.edges.items():
        rows = np.flatnonzero((whole.split_values >= low) & (whole.split_values < high))
        assert_rows(tables.part(part)["all", "top"], whole, rows)


def test_parts_of_a_fit_thinned_and_nominal_events_have_their_objects(events):
    folds = Folds(3)
    tables = declare(events).collect(FEATURES, objects=OBJECTS, split=folds)
    whole = tables["all", "top"]
    parts = Parts(tables, folds)
    plan = parts.plans()[1]
    rows = np.flatnonzero(folds.fold(whole.split_values) != 1)
    assert 0 < len(rows) < whole.n_events
    assert_rows(parts.scaled(plan.base, "fold 1")["all", "top"], whole, rows)
    assert_rows(parts.unscaled(plan.base, "fold 1")["all", "top"], whole, rows)
    assert_rows(thinned(tables, 50)["all", "top"], whole, range(0, whole.n_events, whole.n_events // 50))
    fewer = nominal(tables, 50)["all", "top"]
    for mine, theirs in zip(fewer.features(), whole.features(), strict=True):
        if isinstance(theirs, Jagged):
            assert mine.identical(theirs[:: whole.n_events // 50])


ROWS = st.lists(
    st.tuples(
        st.floats(0, 100, width=32),
        st.lists(st.tuples(st.sampled_from([np.nan, -999.0, 10.0, 50.0]), st.booleans()), max_size=3),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=60, deadline=None)
@given(ROWS)
def test_objects_of_random_events(rows):
    if not any(met > 50 for met, _ in rows):
        return
    columns = {
        "met": np.array([met for met, _ in rows], dtype=np.float32),
        "pt": Jagged.from_lists([[pt for pt, _ in jets] for _, jets in rows], np.float64),
        "tag": Jagged.from_lists([[tag for _, tag in jets] for _, jets in rows], np.bool_),
    }
    samples = Samples(require="met > 50", sentinels=[-999])
    samples.add("a", columns, role="signal")
    table = samples.collect({"x": "pt + tag", "given": "pt > 30 && !tag"}, objects=[("x", "given")])[
        "all", "a"
    ]
    kept = [jets for met, jets in rows if met > 50]
    x, passes = table.features()
    expected = [[np.nan if np.isnan(pt) or pt == -999 else pt + tag for pt, tag in jets] for jets in kept]
    assert x.identical(Jagged.from_lists(expected, np.float64))
    expected = [[float(pt > 30 and not tag) for pt, tag in jets] for jets in kept]
    assert passes.identical(Jagged.from_lists(expected, np.float64))


def test_chunks_of_events_are_put_together(events, monkeypatch):
    monkeypatch.setattr("gradcut.expressions.evaluator._BLOCK", 7)
    small = declare(events).collect(FEATURES, objects=OBJECTS)
    monkeypatch.undo()
    assert_same_events(small, declare(events).collect(FEATURES, objects=OBJECTS))


@pytest.mark.root
@pytest.mark.uproot
def test_vary_of_vectors_gives_the_objects_of_the_suffix_columns(ROOT, folder, events):
    features, objects = {name: FEATURES[name] for name in JETS}, [JETS]
    node = ROOT.RDataFrame("events", [f"{folder}/top_{number}.root" for number in range(3)])
    node = node.Vary("met", "ROOT::RVecF{met * 1.3f}", ["up"], "JES").Vary(
        "jet_pt", "ROOT::RVec<ROOT::RVecF>{jet_pt * 1.2f}", ["up"], "pt"
    )
    by_vary = Samples(weight="weight", event="event", require="met > 50", sentinels=[-999])
    by_vary.add("top", node, role="background")
    found = by_vary.collect(features, objects=objects)["all", "top"]
    by_suffix = Samples(weight="weight", event="event", require="met > 50", sentinels=[-999])
    renamed = {name: column for name, column in events.items() if not name.endswith("_jes")}
    renamed |= {"met_up": events["met_jes"], "jet_pt_hard": events["jet_pt_jes"]}
    by_suffix.add("top", renamed, role="background")
    by_suffix.vary("JES", suffix="_up")
    by_suffix.vary("pt", suffix="_hard")
    twin = by_suffix.collect(features, objects=objects)["all", "top"]
    np.testing.assert_array_equal(found.entries, twin.entries)
    for tag in ("nominal", "JES:up", "pt:up"):
        mask = twin.mask(tag)
        np.testing.assert_array_equal(found.mask(tag), mask)
        assert 0 < np.count_nonzero(mask) <= len(mask)
        for mine, theirs in zip(found.features(tag), twin.features(tag), strict=True):
            assert mine[mask].identical(theirs[mask])
    assert found.features("JES:up")[0] is found.features()[0]
    assert found.features("pt:up")[1] is found.features()[1]


def two_collections(**more):
    return {
        "met": np.array([60.0, 40.0, 70.0]),
        "jet_pt": Jagged.from_lists([[50.0], [30.0], [20.0, 10.0]]),
        "jet_eta": Jagged.from_lists([[5.0], [2.0, 1.0], [1.0]]),
        "jet_phi": Jagged.from_lists([[5.0], [2.0], [1.0, 0.0]]),
        **more,
    }


def test_features_of_a_collection_have_as_many_objects():
    samples = Samples(require="met > 50")
    samples.add("top", two_collections(), role="background")
    with pytest.raises(
        DataError,
        match=r"(?s)'jet_pt' and 'abs\(jet_eta\)' have different numbers of objects.*"
        r"process 'top', channel 'all'.*2 and 1 in entry 2",
    ):
        samples.collect(
            ["jet_pt", "jet_phi", "abs(jet_eta)"], objects=[("jet_pt", "jet_phi", "abs(jet_eta)")]
        )
    tables = samples.collect(["jet_pt", "jet_eta"], objects=[("jet_pt",), ("jet_eta",)])
    assert [len(column.values) for column in tables["all", "top"].features()] == [3, 2]
    varied = Samples(require="met > 50")
    columns = two_collections(jet_pt_up=Jagged.from_lists([[50.0], [30.0], [20.0]]))
    varied.add("top", columns, role="background")
    varied.vary("JES", suffix="_up")
    with pytest.raises(DataError, match=r"(?s)variation 'JES:up'.*1 and 2 in entry 2"):
        varied.collect(["jet_pt", "jet_phi"], objects=[("jet_pt", "jet_phi")])


def test_vectors_that_are_not_declared_as_objects_are_refused():
    samples = Samples()
    samples.add("top", two_collections(), role="background")
    with pytest.raises(DeclarationError, match=r"(?s)a vector column without a reducer: 'jet_pt'.*count"):
        samples.collect(["jet_pt", "jet_eta"], objects=[("jet_eta",)])


@pytest.mark.parametrize(
    ("objects", "message"),
    [
        ([("jet_p",)], r"(?s)unknown feature 'jet_p' in 'objects'.*'jet_pt'"),
        ([("jet_pt",), ("jet_pt",)], r"(?s)a feature is in 'objects' twice.*jet_pt"),
        (["jet_pt"], r"(?s)'objects' lists the features of each collection.*\['jet_pt'\]"),
        ("jet_pt", r"(?s)'objects' lists the features of each collection.*'jet_pt'"),
        ([()], r"(?s)'objects' lists the features of each collection.*\[\(\)\]"),
        (
            [("jet_pt",), ("met",)],
            r"(?s)no feature of a collection .* vector column.*process 'top'.*given: met",
        ),
    ],
)
def test_objects_that_are_not_features_are_refused(objects, message):
    samples = Samples()
    samples.add("top", two_collections(), role="background")
    with pytest.raises(DeclarationError, match=message):
        samples.collect(["jet_pt", "met"], objects=objects)
