"""Configurations and workspaces of programs that fit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from export.toys import binning_result
from gradcut.errors import ExportError
from gradcut.export import export, render
from gradcut.stats import Model
from stats.pyhf_reference import pyhf_model

EDGES = [0.0, 0.35, 0.62, 0.88, 1.0]


def model(background: list[float], signal: float = 1.0) -> Model:
    wanted: dict[str, Any] = {"name": "s", "data": [signal] * len(background)}
    wanted["modifiers"] = [{"name": "mu", "type": "normfactor", "data": None}]
    norm = {"name": "norm", "type": "normsys", "data": {"hi": 1.1, "lo": 0.92}}
    samples: list[Any] = [wanted, {"name": "b", "data": background, "modifiers": [norm]}]
    return Model.from_workspace(
        {
            "channels": [{"name": "SR", "samples": samples}],
            "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}],
            "observations": [{"name": "SR", "data": background}],
            "version": "1.0.0",
        }
    )


@pytest.mark.pyhf
def test_pyhf_expects_the_same(tmp_path: Path) -> None:
    ours = model([50.0, 40.0, 30.0])
    export(ours, tmp_path / "workspace.json", "pyhf")
    workspace, theirs = pyhf_model(json.loads((tmp_path / "workspace.json").read_text()))
    assert np.allclose(theirs.expected_data(theirs.config.suggested_init()), ours.expected_data(ours.initial))
    assert workspace.observations == {"SR": [50.0, 40.0, 30.0]}


def test_empty_bins_are_refused() -> None:
    empty = model([50.0, 0.0], signal=0.0)
    with pytest.raises(ExportError, match="a bin in which nothing is expected"):
        render(empty, "pyhf")


@pytest.mark.cabinetry
def test_cabinetry_accepts_the_region(tmp_path: Path) -> None:
    from cabinetry.configuration import load, validate

    exported = export(binning_result(EDGES, "explicit"), tmp_path / "regions.yml", region="SR")
    assert exported.notes == ()
    (tmp_path / "rest.yml").write_text(
        (tmp_path / "regions.yml").read_text()
        + """
General: {Measurement: m, POI: mu, InputPath: "{SamplePath}", HistogramFolder: h}
Samples: [{Name: s, Tree: t, SamplePath: a.root}, {Name: d, Tree: t, SamplePath: d.root, Data: True}]
NormFactors: [{Name: mu, Samples: s}]
"""
    )
    config = load(str(tmp_path / "rest.yml"))
    assert validate(config)
    assert config["Regions"] == [{"Name": "SR", "Variable": "score", "Binning": EDGES}]


def test_open_ends_are_told() -> None:
    exported = render(binning_result(EDGES, "open"), "cabinetry")
    assert [note.kind for note in exported.notes] == ["convention"]
    assert exported.text.startswith("# convention: events beyond")
