"""Workspaces: read, refused with what is wrong, written back."""

from __future__ import annotations

import copy
import json
import logging
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradcut.errors import DataError, DeclarationError, GradcutError, SchemaError
from gradcut.stats import Model
from stats.pyhf_reference import pyhf_model
from stats.random_models import random_workspace
from stats.validation_workspaces import WORKSPACES


@pytest.fixture
def workspace() -> dict[str, Any]:
    return copy.deepcopy(WORKSPACES["xmlimport_input_bkg"])


def sample(workspace: dict[str, Any], index: int = 0) -> dict[str, Any]:
    return workspace["channels"][0]["samples"][index]


def modifier(workspace: dict[str, Any], name: str) -> dict[str, Any]:
    found = [m for s in workspace["channels"][0]["samples"] for m in s["modifiers"] if m["name"] == name]
    return found[0]


def config(workspace: dict[str, Any]) -> dict[str, Any]:
    return workspace["measurements"][0]["config"]


def broken(change: Callable[[dict[str, Any]], object], match: str, kind: type[GradcutError]) -> Any:
    return pytest.param(change, match, kind, id=match[:40])


BROKEN = [
    broken(lambda w: w.pop("observations"), "'observations' is missing", SchemaError),
    broken(lambda w: w.update(version="2.0.0"), r"wrong value(.|\n)*1\.0\.0", SchemaError),
    broken(lambda w: w.update(binning=[1, 2]), "'binning' is not known", SchemaError),
    broken(lambda w: w.update(measurements=[]), "'measurements' is empty", SchemaError),
    broken(
        lambda w: w["channels"].append(w["channels"][0]), "two channels are called the same", DeclarationError
    ),
    broken(lambda w: w["channels"][0].update(samples=[]), "at least one sample", DeclarationError),
    broken(lambda w: sample(w).update(data=[1.0]), "same number of bins(.|\n)*'signal': 1", DataError),
    broken(
        lambda w: sample(w).update(data=["a", 1.0]), r"samples, \[0\], data, \[0\](.|\n)*'a'", SchemaError
    ),
    broken(lambda w: sample(w).update(data=[math.nan, 1.0]), "not finite(.|\n)*bin 0", DataError),
    broken(
        lambda w: sample(w).update(name="background1"), "two samples are called the same", DeclarationError
    ),
    broken(
        lambda w: modifier(w, "syst1").update(type="normsyst"), "did you mean 'normsys'", DeclarationError
    ),
    broken(
        lambda w: modifier(w, "syst1").update(data=None), "modifier 'syst1', data(.|\n)*object", SchemaError
    ),
    broken(
        lambda w: modifier(w, "syst1")["data"].update(lo=0.0), "logarithms(.|\n)*use a histosys", DataError
    ),
    broken(lambda w: modifier(w, "lumi").update(name="luminosity"), "is called 'lumi'", DeclarationError),
    broken(
        lambda w: modifier(w, "staterror_channel1").update(data=[1.0]),
        "as many bins as its sample(.|\n)*staterror with 1",
        DataError,
    ),
    broken(
        lambda w: modifier(w, "staterror_channel1").update(data=[-1.0, 0.0]),
        "uncertainties are not negative",
        DataError,
    ),
    broken(
        lambda w: modifier(w, "syst1").update(name="SigXsecOverSM"),
        "cannot share a parameter(.|\n)*normfactor and normsys",
        DataError,
    ),
    broken(
        lambda w: sample(w, 1)["modifiers"].append(copy.deepcopy(modifier(w, "syst2"))),
        "two modifiers are called the same(.|\n)*normsys 'syst2'",
        DeclarationError,
    ),
    broken(
        lambda w: [
            sample(w, i)["modifiers"].append({"name": "s", "type": "shapesys", "data": [1.0, 1.0]})
            for i in (1, 2)
        ],
        "belongs to one sample(.|\n)*'background1' in 'channel1', 'background2'",
        DataError,
    ),
    broken(lambda w: config(w).update(poi="sig"), "no parameter is called 'sig'", DeclarationError),
    broken(lambda w: config(w).update(poi="staterror_channel1"), "a single number", DeclarationError),
    broken(lambda w: config(w).update(parameters=[]), r"luminosity(.|\n)*without inits, bounds", DataError),
    broken(
        lambda w: config(w)["parameters"].append({"name": "syst2", "sigmas": [2.0]}),
        "parameters of a normsys have no 'sigmas'(.|\n)*auxdata",
        DataError,
    ),
    broken(
        lambda w: config(w)["parameters"].append({"name": "syst2", "inits": [0.0, 0.0]}),
        "'inits' has another number of values(.|\n)*given: 2",
        DataError,
    ),
    broken(
        lambda w: config(w)["parameters"].append({"name": "syst2", "bounds": [[1.0, -1.0]]}),
        "pairs of a lower and an upper",
        DataError,
    ),
    broken(
        lambda w: config(w)["parameters"].append({"name": "syst2", "inits": [7.0]}),
        "starts outside of its range(.|\n)*syst2 = 7(.|\n)*-5 to 5",
        DataError,
    ),
    broken(lambda w: config(w)["parameters"][0].update(sigmas=[0.0]), "width of a constraint is", DataError),
    broken(
        lambda w: config(w)["parameters"].append({"name": "lumi"}),
        "two parameters of a measurement",
        DeclarationError,
    ),
    broken(
        lambda w: w["observations"][0].update(name="SR"), "no observations for channel 'channel1'", DataError
    ),
    broken(lambda w: w["observations"][0].update(data=[1.0]), "do not fit the bins(.|\n)*2 bins", DataError),
    broken(lambda w: w["observations"][0].update(data=[-1.0, 1.0]), "from 0 on", DataError),
]


@pytest.mark.parametrize(("change", "match", "kind"), BROKEN)
def test_broken_workspaces_are_refused(
    workspace: dict[str, Any],
    change: Callable[[dict[str, Any]], object],
    match: str,
    kind: type[GradcutError],
) -> None:
    Model.from_workspace(workspace)
    change(workspace)
    with pytest.raises(kind, match=match):
        Model.from_workspace(workspace)


def test_a_staterror_has_the_same_channels_for_all_its_samples() -> None:
    workspace = copy.deepcopy(WORKSPACES["2bin_2channel"])
    stat = {"name": "stat", "type": "staterror", "data": [1.0, 1.0]}
    for channel, index in ((0, 0), (0, 1), (1, 0)):
        workspace["channels"][channel]["samples"][index]["modifiers"].append(stat)
    with pytest.raises(
        DataError, match=r"same channels(.|\n)*'background' in control, signal; 'signal' in signal"
    ):
        Model.from_workspace(workspace)


def test_files_are_read_and_refused(tmp_path: Path, workspace: dict[str, Any]) -> None:
    path = tmp_path / "ws.json"
    path.write_text(json.dumps(workspace))
    assert Model.from_workspace(path).inputs.tolist() == Model.from_workspace(workspace).inputs.tolist()
    sample(workspace)["data"] = [1.0]
    path.write_text(json.dumps(workspace))
    with pytest.raises(DataError, match=r"ws\.json'.*channel 'channel1'"):
        Model.from_workspace(str(path))
    path.write_text("{")
    with pytest.raises(SchemaError, match="not JSON"):
        Model.from_workspace(path)
    path.write_text("[]")
    with pytest.raises(SchemaError, match="an object"):
        Model.from_workspace(path)
    with pytest.raises(DataError, match="cannot be read"):
        Model.from_workspace(tmp_path / "none.json")


def test_measurements_are_chosen_by_name(workspace: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    other = copy.deepcopy(workspace["measurements"][0])
    other["name"], other["config"]["poi"] = "background only", ""
    workspace["measurements"].append(other)
    assert Model.from_workspace(workspace).poi == "SigXsecOverSM"
    assert "several measurements" in caplog.text
    assert Model.from_workspace(workspace, "background only").poi is None
    with pytest.raises(DeclarationError, match="did you mean 'background only'"):
        Model.from_workspace(workspace, "background")


def test_settings_of_parameters_that_are_not_there_are_told(
    workspace: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    config(workspace)["parameters"].append({"name": "syst4", "fixed": True})
    with caplog.at_level(logging.WARNING):
        model = Model.from_workspace(workspace)
    assert "no modifier is called 'syst4'" in caplog.text
    assert "syst4" not in model.configs


@pytest.mark.pyhf
def test_patches_are_applied_in_turn(workspace: dict[str, Any]) -> None:
    move = [{"op": "replace", "path": "/channels/0/samples/0/data", "value": [1.0, 2.0]}]
    entry = {
        "metadata": {"name": "p", "values": [1]},
        "patch": [
            {"op": "add", "path": "/channels/0/samples/0/data/0", "value": 5.0},
            {"op": "remove", "path": "/channels/0/samples/0/data/1"},
        ],
    }
    before = copy.deepcopy(workspace)
    model = Model.from_workspace(workspace, patches=[move, entry])
    signal = next(s for s in model.channels[0].samples if s.name == "signal")
    assert signal.nominal.tolist() == [5.0, 2.0]
    assert workspace == before
    with pytest.raises(DataError, match=r"patch 0(.|\n)*paths begin at the workspace"):
        Model.from_workspace(workspace, patches=[[{"op": "remove", "path": "/channels/7"}]])


def test_patches_without_jsonpatch_say_how_to_get_it(
    workspace: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(GradcutError, match=r"needs jsonpatch(.|\n)*gradcut\[pyhf\]"):
        Model.from_workspace(workspace, patches=[[]])


def test_pyhf_is_not_needed(workspace: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyhf", None)
    monkeypatch.setitem(sys.modules, "jsonpatch", None)
    model = Model.from_workspace(workspace)
    assert Model.from_workspace(model.to_workspace()).parameters == model.parameters


@pytest.mark.pyhf
@pytest.mark.parametrize("seed", range(12))
def test_round_trip_through_a_workspace_that_pyhf_takes(seed: int) -> None:
    model = Model.from_workspace(random_workspace(seed))
    workspace = json.loads(json.dumps(model.to_workspace()))
    again = Model.from_workspace(workspace)
    assert again.parameters == model.parameters
    for name in ("inputs", "initial", "bounds", "fixed", "auxdata"):
        np.testing.assert_array_equal(getattr(again, name), getattr(model, name))
    for name in ("samples", "modifiers", "constraints"):
        np.testing.assert_array_equal(getattr(again.plan, name), getattr(model.plan, name))
    assert again.data().tolist() == model.data().tolist()
    assert again.poi == model.poi
    # Validated by pyhf's schema, and the same model there.
    _, theirs = pyhf_model(workspace)
    assert theirs.config.par_names == list(model.parameters)
