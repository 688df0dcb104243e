from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest
from rdf_events import make_events, write_file

from gradcut.errors import DataError, DeclarationError
from gradcut.jagged import Jagged
from gradcut.rdf import book_collect

pytestmark = pytest.mark.root

TYPES = {
    "bool": np.bool_,
    "char": np.int8,
    "signed char": np.int8,
    "unsigned char": np.uint8,
    "short": np.int16,
    "unsigned short": np.uint16,
    "int": np.int32,
    "unsigned int": np.uint32,
    "long": np.int64,
    "unsigned long": np.uint64,
    "Long64_t": np.int64,
    "ULong64_t": np.uint64,
    "float": np.float32,
    "double": np.float64,
}


def test_columns_equal_the_arrays_they_were_written_from(ROOT, events, file):  # noqa: N803
    frame = ROOT.RDataFrame("events", file)
    collected = book_collect(frame, list(events)).value()
    assert list(collected) == list(events)
    for name, values in events.items():
        assert collected[name].dtype == values.dtype, name
        assert np.array_equal(collected[name], values), name


def test_columns_equal_as_numpy(ROOT, frame):  # noqa: N803
    node = frame.Define("s", "x + y").Filter("s > 0 && b")
    columns = ["s", "x", "d", "i", "w", "event"]
    collected, theirs = book_collect(node, columns).value(), node.AsNumpy(columns)
    assert all(np.array_equal(collected[c], theirs[c]) for c in columns)


@pytest.mark.parametrize(("spelled", "dtype"), TYPES.items())
def test_every_type_of_number(ROOT, spelled, dtype):  # noqa: N803
    frame = ROOT.RDataFrame(300).Define("v", f"static_cast<{spelled}>(rdfentry_ % 100)")
    frame = frame.Define("r", f"ROOT::RVec<{spelled}>(rdfentry_ % 3, v)")
    collected = book_collect(frame, ["v", "r"]).value()
    entries = np.arange(300)
    assert collected["v"].dtype == dtype
    assert np.array_equal(collected["v"], (entries % 100).astype(dtype))
    assert collected["r"].values.dtype == dtype
    assert np.array_equal(collected["r"].values, np.repeat((entries % 100).astype(dtype), entries % 3))


@pytest.mark.parametrize("kind", ["ttree", "rntuple"])
def test_vector_columns_of_files(ROOT, tmp_path, kind):  # noqa: N803
    path = str(tmp_path / "vectors.root")
    options = ROOT.RDF.RSnapshotOptions()
    if kind == "rntuple":
        options.fOutputFormat = ROOT.RDF.ESnapshotOutputFormat.kRNTuple
    frame = ROOT.RDataFrame(1000).Define("n", "static_cast<int>(rdfentry_ % 4)")
    frame = frame.Define("pt", "ROOT::RVecF(n, 10.f * n)").Define("q", "ROOT::RVecI(n, -n)")
    frame = frame.Define("eta", "std::vector<float>(n, 0.5f)")
    frame.Snapshot("events", path, ["n", "pt", "q", "eta"], options)
    collected = book_collect(ROOT.RDataFrame("events", path), ["n", "pt", "q", "eta"]).value()
    n = np.arange(1000) % 4
    for name, value in (("pt", 10.0 * n), ("q", -n), ("eta", np.full(1000, 0.5))):
        assert isinstance(collected[name], Jagged)
        assert np.array_equal(np.diff(collected[name].offsets), n)
        assert np.array_equal(collected[name].values, np.repeat(value, n))


def test_many_columns_of_one_type(ROOT):  # noqa: N803
    frame = ROOT.RDataFrame(100)
    names = [f"c{k}" for k in range(21)]
    for k, name in enumerate(names):
        frame = frame.Define(name, f"float(rdfentry_ + {k})")
    collected = book_collect(frame, names).value()
    for k, name in enumerate(names):
        assert np.array_equal(collected[name], np.arange(100) + k)


def test_no_events_give_empty_arrays(ROOT, tmp_path):  # noqa: N803
    path = write_file(ROOT, {k: v[:0] for k, v in make_events(10).items()}, tmp_path / "empty.root", "ttree")
    frame = ROOT.RDataFrame("events", path).Define("r", "ROOT::RVecF{x}")
    collected = book_collect(frame, ["x", "i", "r"]).value()
    assert collected["x"].shape == (0,)
    assert collected["x"].dtype == np.float32
    assert collected["r"].offsets.tolist() == [0]


def test_several_files_keep_the_order_of_the_list(ROOT, events, tmp_path):  # noqa: N803
    parts = {"z": slice(0, 1000), "a": slice(1000, 1001), "m": slice(1001, None)}
    files = [
        write_file(ROOT, {k: v[part] for k, v in events.items()}, tmp_path / f"{name}.root", "ttree")
        for name, part in parts.items()
    ]
    booked = book_collect(ROOT.RDataFrame("events", files), ["event", "x"])
    assert np.array_equal(booked.value()["event"], events["event"])
    assert np.array_equal(booked.value()["x"], events["x"])
    assert booked.spread() == (3, 1)


def test_arrays_keep_their_memory_alive(ROOT, events, tree):  # noqa: N803
    frame = ROOT.RDataFrame("events", tree).Define("r", "ROOT::RVecF{x, y}")
    booked = book_collect(frame, ["x", "r"])
    gone = weakref.ref(booked)
    x, r = booked.value()["x"][10:20], booked.value()["r"].values[:4]
    assert not x.flags.owndata
    del booked, frame
    gc.collect()
    assert gone() is None
    book_collect(ROOT.RDataFrame("events", tree), ["y", "z", "w"]).value()  # would reuse freed memory
    assert np.array_equal(x, events["x"][10:20])
    assert r.tolist() == [events["x"][0], events["y"][0], events["x"][1], events["y"][1]]


def test_arrays_are_writable_and_given_out_once(frame):
    booked = book_collect(frame, ["x"])
    array = booked.value()["x"]
    array[0] = 7
    assert booked.value()["x"] is array


def test_collecting_is_lazy_and_shares_the_loop(ROOT, tree):  # noqa: N803
    frame = ROOT.RDataFrame("events", tree)
    booked = book_collect(frame, ["x", "d", "i", "b"])
    count = frame.Count()
    assert frame.GetNRuns() == 0
    booked.value()
    assert count.IsReady()
    assert frame.GetNRuns() == 1


def test_wrong_columns_are_refused(frame):
    with pytest.raises(DataError, match=r"unknown column 'xx'\n.*did you mean 'x'"):
        book_collect(frame, ["x", "xx"])
    with pytest.raises(DeclarationError, match=r"a column is asked for twice\n.*given: x"):
        book_collect(frame, ["x", "y", "x"])
    with pytest.raises(DeclarationError, match="no columns to collect"):
        book_collect(frame, [])
    with pytest.raises(DeclarationError, match="a column must be given by its name"):
        book_collect(frame, [3])
    node = frame.Define("name", 'std::string("a")').Define("nested", "ROOT::RVec<ROOT::RVecF>{{x}}")
    with pytest.raises(DataError, match=r"column 'name' is of type .*string.*cannot be collected"):
        book_collect(node, ["name"])
    with pytest.raises(DataError, match=r"column 'nested' is of type .*cannot be collected"):
        book_collect(node, ["nested"])
