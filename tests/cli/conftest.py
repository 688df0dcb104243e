"""A small sample for the examples: some events of that of the demonstration."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from gradcut import paths

#: About so many events of each process: enough for cuts, few enough for a second.
N_EVENTS = {"signal": 1500, "ww": 2500, "ttbar": 2500}


@pytest.fixture(scope="session")
def small_sample(ROOT: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:  # noqa: N803
    folder = tmp_path_factory.mktemp("sample")
    for name, n in N_EVENTS.items():
        frame = ROOT.RDataFrame("events", str(paths.sample_dir() / f"{name}.root"))
        selected = frame.Filter("presel == 1")
        # One of so many: ROOT has no ranges where other tests left threads on.
        every = max(int(selected.Count().GetValue()) // n, 1)
        selected.Filter(f"rdfentry_ % {every} == 0").Snapshot("events", str(folder / f"{name}.root"))
    return folder


@pytest.fixture
def work(small_sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with the files of the sample."""
    for file in small_sample.iterdir():
        shutil.copy(file, tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path
