"""The frozen result: reading, applying, saving, and files that are not ours."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

import gradcut as gc
from fitting.toy_samples import samples
from gradcut.errors import DataError, DeclarationError, SchemaError
from gradcut.results import CutResult
from gradcut.results.document import schema
from gradcut.schema import check
from results.toy_results import BACKGROUND, SIGNAL


def test_result_is_frozen(fit: CutResult) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        fit.status = "interrupted"  # type: ignore[misc]


def test_table_says_what_was_learned(fit: CutResult) -> None:
    table = str(fit)
    for text in (
        "cut",
        "start",
        "learned",
        "within 1%",
        "Z without",
        "on unused",
        "Z alone",
        "missing",
        "pooled over 2 folds",
        "fold 1",
    ):
        assert text in table
    line = next(line for line in table.splitlines() if line.startswith("noise"))
    assert " open " in line
    assert max(len(line) for line in table.splitlines()) < 120


def test_interval_is_where_the_objective_is_within_one_percent(fit: CutResult) -> None:
    row = fit.threshold("x")
    assert row.low <= row.learned <= row.high

    def z(x: float) -> float:
        passed = [fit.selection.mask(t, {**fit.values, "x": x}) for t in (SIGNAL, BACKGROUND)]
        s, b = (float(t["w"][m].sum()) for t, m in zip((SIGNAL, BACKGROUND), passed, strict=True))
        variance = float((BACKGROUND["w"][passed[1]] ** 2).sum())
        return gc.stats.asimov_significance(s, b, np.sqrt((0.2 * b) ** 2 + variance)).combined

    assert z(row.learned) == pytest.approx(fit.scores.used)
    # That nothing around them is as good is tested in tests/fitting/test_summary.py.
    assert min(z(row.low), z(row.high)) >= 0.99 * fit.scores.used
    assert row.without == pytest.approx(z(-np.inf))


def test_filter_string_is_one_condition_that_keeps_the_guard_of_open_cuts(fit: CutResult) -> None:
    text = fit.filter_string()
    assert text.count("&&") >= 3
    assert "(!std::isnan(noise))" in text
    assert f"x > {fit.values['x']!r}" in text


def test_round_trip_through_a_file_keeps_everything_but_the_samples(fit: CutResult, tmp_path: Path) -> None:
    fit.save(tmp_path / "cuts.json")
    loaded = CutResult.load(tmp_path / "cuts.json")
    assert loaded == fit
    assert str(loaded) == str(fit)
    assert (loaded.mask(BACKGROUND, folds=True) == fit.mask(BACKGROUND, folds=True)).all()


def test_file_separates_content_from_metadata_and_follows_the_published_schema(
    fit: CutResult, tmp_path: Path
) -> None:
    fit.save(tmp_path / "cuts.json")
    document = json.loads((tmp_path / "cuts.json").read_text())
    check(document, schema("cut_result"), where="cuts.json")
    jsonschema.Draft202012Validator.check_schema(schema("cut_result"))
    jsonschema.Draft202012Validator(schema("cut_result")).validate(document)
    assert set(document) == {"format", "schema_version", "content", "metadata"}
    assert document["metadata"]["host"] not in json.dumps(document["content"])
    assert document["content"]["values"]["noise"] == "-inf"


def test_file_has_what_pictures_need_on_a_line_per_list(fit: CutResult, tmp_path: Path) -> None:
    fit.save(tmp_path / "cuts.json")
    text = (tmp_path / "cuts.json").read_text()
    document = json.loads(text)
    picture = document["content"]["pictures"][0]
    assert (picture["cut"], len(picture["histograms"])) == ("x", 2)
    assert len(picture["histograms"][0]["before"]) == len(picture["edges"]) + 1
    assert json.loads(json.dumps(document)) == document
    assert len(text) < 100_000
    assert max(map(len, text.splitlines())) > 300


def test_texts_that_look_like_numbers_stay_texts(fit: CutResult, tmp_path: Path) -> None:
    rows = (dataclasses.replace(fit.processes[0], process="inf", channel="[\n 1,\n 2\n]"),)
    named = dataclasses.replace(fit, processes=rows, message="[ 1, 2 ]\n[\n 1,\n 2\n]")
    named.save(tmp_path / "cuts.json")
    loaded = CutResult.load(tmp_path / "cuts.json")
    assert loaded.processes == rows
    assert loaded.message == named.message


def _without(key: str):  # type: ignore[no-untyped-def]
    return lambda d: d["content"].pop(key)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda d: d.update(schema_version=2), r"another version(.|\n)*update gradcut"),
        (lambda d: d.update(format="other"), "not a result"),
        (_without("values"), "'values' is missing"),
        (lambda d: d["content"].update(extra=1), "'extra' is not known"),
        (lambda d: d["content"].update(status="done"), r"wrong value(.|\n)*content, status"),
        (lambda d: d["content"]["values"].update(x="1"), r"content, values, x"),
        (lambda d: d["content"]["values"].update(z=1.0), "not those of the selection"),
        (lambda d: d["content"]["thresholds"][0].update(missing=True), r"wrong type(.|\n)*integer"),
        (lambda d: d["content"]["pictures"][0].update(kind="x"), r"pictures, \[0\], kind"),
        (lambda d: d["content"]["pictures"][0]["scans"][0].update(used=["x"]), r"used, \[0\]"),
        (lambda d: d["content"]["selection"].update(version=9), "another version"),
        (lambda d: d["content"]["provenance"]["settings"]["partition"].update(k="2"), "partition, k"),
    ],
)
def test_spoiled_file_is_refused(fit: CutResult, tmp_path: Path, spoil: Any, message: str) -> None:
    path = tmp_path / "cuts.json"
    fit.save(path)
    document = json.loads(path.read_text())
    spoil(document)
    path.write_text(json.dumps(document))
    with pytest.raises(SchemaError, match=message):
        CutResult.load(path)


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"format": NaN}'])
def test_file_that_is_no_result_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(SchemaError):
        CutResult.load(tmp_path / "x.json")
    with pytest.raises(SchemaError, match="no such file"):
        CutResult.load(tmp_path / "y.json")


def test_folds_without_the_identity_are_refused(fit: CutResult) -> None:
    data = {name: SIGNAL[name] for name in ("x", "y", "noise")}
    with pytest.raises(DataError, match="need the column 'event'"):
        fit.mask(data, folds=True)
    with pytest.raises(DataError, match=r"identity of an event is an integer(.|\n)*float64"):
        fit.mask({**data, "event": SIGNAL["w"]}, folds=True)


def test_result_of_a_split_has_no_folds_to_apply() -> None:
    result = gc.fit_cuts(
        gc.Selection("x > ?"), samples(SIGNAL, BACKGROUND), starts=2, max_steps=12, n_threads=1
    )
    assert result.folds == ()
    with pytest.raises(DeclarationError, match=r"no cuts for every fold(.|\n)*folds=2"):
        result.mask(SIGNAL, folds=True)


def test_loaded_result_is_applied_without_torch(fit: CutResult, tmp_path: Path) -> None:
    path = tmp_path / "cuts.json"
    fit.save(path)
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "import numpy as np, gradcut as gc\n"
        f"fit = gc.CutResult.load({str(path)!r})\n"
        "print(fit.mask({k: np.array([9.0, -9.0], dtype='f4') for k in ('x', 'y', 'noise')} "
        "| {'y': np.array([-1.0, -1.0])}).tolist())\n"
        "print(fit.filter_string())\n"
        "assert not {'ROOT'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[True, False]", fit.filter_string()]


def test_parameters_may_be_called_like_the_fields_of_a_file(tmp_path: Path) -> None:
    selection = gc.Selection("x > ?name", "y < ?kind", "noise > ?")
    fit = gc.fit_cuts(
        selection,
        samples(SIGNAL, BACKGROUND),
        objective=gc.objectives.AsimovSignificance(0.2),
        fix={"kind": float("inf")},
        starts=2,
        max_steps=24,
        n_threads=1,
    )
    fit.save(tmp_path / "cuts.json")
    assert CutResult.load(tmp_path / "cuts.json").values == fit.values
    assert fit.values["kind"] == float("inf")
