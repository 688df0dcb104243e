"""The events of ``events.py`` as a tree in a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from export.events import columns


@pytest.fixture(scope="session")
def tree(ROOT: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:  # noqa: N803
    """The tree; open as long as the tests run."""
    path = str(tmp_path_factory.mktemp("export") / "events.root")
    read = columns()
    scalars = {name: column for name, column in read.items() if name != "v"}
    objects = read["v"]
    scalars["first"] = objects.offsets[:-1].astype(np.int64)
    scalars["last"] = objects.offsets[1:].astype(np.int64)
    ROOT.gInterpreter.Declare("namespace ExportTest { std::vector<float> gObjects; }")
    ROOT.ExportTest.gObjects = ROOT.std.vector["float"](objects.values.tolist())
    code = "ROOT::RVecF(ExportTest::gObjects.begin() + first, ExportTest::gObjects.begin() + last)"
    frame = ROOT.RDF.FromNumpy(scalars).Define("v", code)
    frame.Snapshot("events", path, ["x", "y", "n", "m", "v"])
    file = ROOT.TFile(path)
    found = file.Get("events")
    found.keep_file = file
    found.path = Path(path)
    return found
