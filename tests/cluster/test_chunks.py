"""Chunks cover every entry once, and end where clusters do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradcut.cluster.chunks import FileEntries, chunks_of, entries_of


@pytest.mark.parametrize("seed", range(20))
def test_every_entry_is_in_exactly_one_chunk_in_order(seed: int) -> None:
    rng = np.random.default_rng(seed)
    files = []
    for number in range(4):
        entries = int(rng.integers(0, 400))
        starts = sorted({0, *rng.integers(0, max(entries, 1), rng.integers(0, 30)).tolist()})
        files.append(FileEntries(f"{number}.root", "events", entries, tuple(starts) if entries else ()))
    size = int(rng.integers(1, 120))
    chunks = list(chunks_of(files, size))
    covered = [(chunk.file, entry) for chunk in chunks for entry in range(chunk.begin, chunk.end)]
    assert covered == [(file.file, entry) for file in files for entry in range(file.entries)]
    assert all(0 < chunk.end - chunk.begin <= size for chunk in chunks)


def test_whole_clusters_are_joined_and_large_ones_divided_evenly() -> None:
    file = FileEntries("a.root", "events", 1000, (0, 40, 90, 200, 800, 950))
    ends = [chunk.end for chunk in chunks_of([file], 200)]
    assert ends == [200, 400, 600, 800, 1000]
    file = FileEntries("a.root", "events", 700, (0, 90, 150, 210, 300, 690))
    assert [chunk.end for chunk in chunks_of([file], 200)] == [150, 300, 495, 690, 700]


@pytest.mark.root
@pytest.mark.parametrize("kind", ["TTree", "RNTuple"])
def test_clusters_of_a_file_are_found(ROOT: Any, tmp_path: Path, kind: str) -> None:  # noqa: N803
    options = ROOT.RDF.RSnapshotOptions()
    if kind == "RNTuple":
        options.fOutputFormat = ROOT.RDF.ESnapshotOutputFormat.kRNTuple
        options.fApproxZippedClusterSize = 40_000
    else:
        options.fAutoFlush = 3000
    path = str(tmp_path / "clusters.root")
    noise = np.random.default_rng(1).random(20_000)
    ROOT.RDF.FromNumpy({"x": noise}).Snapshot("events", path, ["x"], options)
    found = entries_of(path, "")
    assert (found.file, found.tree, found.entries) == (path, "events", 20_000)
    if kind == "TTree":
        assert found.clusters == tuple(range(0, 20_000, 3000))
    else:
        assert found.clusters[0] == 0
        assert len(found.clusters) > 2
        assert list(found.clusters) == sorted(set(found.clusters))
        assert found.clusters[-1] < 20_000
