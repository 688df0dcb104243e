"""Files with smaller clusters, and the warning where there are too few for the threads."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from gradcut.errors import DataError, DeclarationError
from gradcut.samples import Samples, recluster, reclustering

# The fixture has the name that users know.
# ruff: noqa: N803

pytestmark = pytest.mark.root

N_EVENTS = 1100


@pytest.fixture(scope="module", params=["TTree", "RNTuple"])
def file(request, ROOT, tmp_path_factory):
    """Numbers and vectors in one cluster, compressed with LZ4, the tree in a folder."""
    options = ROOT.RDF.RSnapshotOptions()
    options.fCompressionAlgorithm, options.fCompressionLevel = ROOT.RCompressionSetting.EAlgorithm.kLZ4, 4
    if request.param == "RNTuple":
        options.fOutputFormat = ROOT.RDF.ESnapshotOutputFormat.kRNTuple
    frame = ROOT.RDataFrame(N_EVENTS).Define("x", "float(rdfentry_) / 7").Define("i", "int(rdfentry_ % 5)")
    frame = frame.Define("v", "ROOT::RVecF(i, x)")
    path = str(tmp_path_factory.mktemp("one") / "one.root")
    frame.Snapshot("events", path, ["x", "i", "v"], options)
    return path


def test_copy_has_the_same_columns_in_smaller_clusters(ROOT, file, tmp_path):
    from gradcut.rdf import book_collect
    from gradcut.rdf.clusters import cluster_starts

    target = str(tmp_path / "small.root")
    assert cluster_starts(file, "events") == [0]
    assert recluster(f"{file}:events", target, rows=250) == 5
    assert cluster_starts(target, "events") == [0, 250, 500, 750, 1000]
    before, after = (
        book_collect(ROOT.RDataFrame("events", path), ["x", "i", "v"]).value() for path in (file, target)
    )
    for name in ("x", "i"):
        assert after[name].dtype == before[name].dtype
        np.testing.assert_array_equal(after[name], before[name])
    np.testing.assert_array_equal(after["v"].offsets, before["v"].offsets)
    np.testing.assert_array_equal(after["v"].values, before["v"].values)


def test_compression_stays(ROOT, file, tmp_path):
    target = tmp_path / "same.root"
    recluster(file, target, rows=N_EVENTS)
    opened = ROOT.TFile.Open(str(target))
    if opened.GetListOfKeys()[0].GetClassName() == "TTree":
        assert opened.GetCompressionSettings() == 404
    opened.Close()
    # With one cluster as before; zlib and zstd make these numbers much smaller than LZ4 does.
    assert target.stat().st_size == pytest.approx(Path(file).stat().st_size, rel=0.1)


def test_what_cannot_be_copied_is_refused(file, tmp_path):
    with pytest.raises(DeclarationError, match="exists already"):
        recluster(file, file)
    with pytest.raises(DeclarationError, match="one event or more"):
        recluster(file, tmp_path / "new.root", rows=0)
    with pytest.raises(DataError, match="no TTree and no RNTuple 'other'"):
        recluster(f"{file}:other", tmp_path / "new.root")
    assert not (tmp_path / "new.root").exists()


def test_few_clusters_are_told_once(file, tmp_path, monkeypatch, caplog):
    from gradcut.rdf import clusters

    recluster(file, tmp_path / "small.root", rows=300)
    monkeypatch.setattr(reclustering, "_warned", set())
    monkeypatch.setattr(clusters, "threads_in_use", lambda: 3)
    with caplog.at_level(logging.WARNING):
        for path in (file, file, tmp_path / "small.root"):
            reclustering.warn_about_few_clusters([(str(path), "events")], "process 'ww'")
    assert [record.message.split(",")[:2] for record in caplog.records] == [
        ["process 'ww': 3 threads", " but the file has only 1 cluster of events"]
    ]
    assert "gradcut.samples.recluster(file, new_file)" in caplog.text


def test_one_thread_needs_no_clusters(file, monkeypatch, caplog):
    monkeypatch.setattr(reclustering, "_warned", set())
    with caplog.at_level(logging.WARNING):
        samples = Samples(weight="x + 1")
        samples.add("ww", f"{file}:events", role="background")
        samples.stream(["x"])
    assert caplog.records == []


def test_two_threads_read_the_same_and_are_warned(file):
    """In a process of its own, as ROOT's threads are for ever."""
    worker = Path(__file__).with_name("threads_worker.py")
    done = subprocess.run([sys.executable, str(worker), file], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["x"] == [float(np.float32(number) / np.float32(7)) for number in range(N_EVENTS)]
    assert found["i"] == [number % 5 for number in range(N_EVENTS)]
    assert found["ticks"] > 0
    assert len(found["warnings"]) == 1
    assert "process 'ww'" in found["warnings"][0]
    assert "2 threads, but the file has only 1 cluster" in found["warnings"][0]
