"""The frozen scan: reading, applying, saving, and files that are not ours."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

import gradcut as gc
from fitting.toy_samples import columns, samples
from gradcut.errors import DeclarationError, SchemaError
from gradcut.results import ScanResult
from gradcut.results.document import schema
from gradcut.schema import check

SIGNAL = columns(1, 4000, 0.5, x=(1, 1), m=(5, 1), noise=(0, 1))
BACKGROUND = columns(2, 6000, 2.0, x=(0, 1), m=(5, 3), noise=(0, 1))
BACKGROUND["x"][::10] = np.nan
TARGETS = (0.5, 0.7, 0.9)


@pytest.fixture(scope="module")
def scan() -> ScanResult:
    return gc.scan_cuts(
        gc.Selection("x > ?", "? < m < ?", "noise > ?", "abs(noise) < 4"),
        samples(SIGNAL, BACKGROUND),
        efficiencies=TARGETS,
        starts=2,
        max_steps=36,
        n_threads=1,
    )


def test_scan_is_frozen_and_a_collection_of_working_points(scan: ScanResult) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        scan.status = "interrupted"  # type: ignore[misc]
    assert len(scan) == 3
    assert scan.targets == TARGETS
    assert [point.target for point in scan] == list(TARGETS)
    assert scan.at(0.7) is scan.points[1]
    assert scan.at(np.float64(0.7)) is scan.points[1]


def test_unknown_working_point_is_told(scan: ScanResult) -> None:
    with pytest.raises(
        DeclarationError, match=r"no such working point(.|\n)*0.75(.|\n)*0.5, 0.7, 0.9(.|\n)*efficiencies="
    ):
        scan.at(0.75)


def test_thresholds_and_roc_are_arrays_over_the_working_points(scan: ScanResult) -> None:
    thresholds = scan.thresholds()
    assert list(thresholds) == list(scan.selection.parameters)
    assert thresholds["x"].tolist() == [point.values["x"] for point in scan]
    assert np.all(np.diff(thresholds["x"]) < 0)
    for used in (True, False):
        signal, background = scan.roc(used=used)
        rows = [point.used if used else point.unused for point in scan]
        assert signal.tolist() == [row.signal for row in rows if row is not None]
        assert background.tolist() == [row.background for row in rows if row is not None]
        assert np.all(np.diff(background) > 0)


def test_roc_without_judging_events_is_told(scan: ScanResult) -> None:
    points = tuple(dataclasses.replace(point, unused=None, folds=()) for point in scan)
    early = dataclasses.replace(scan, points=points, status="interrupted")
    with pytest.raises(DeclarationError, match=r"no events judged this scan(.|\n)*used=True"):
        early.roc()
    assert len(early.roc(used=True)[0]) == 3
    assert "unused" not in str(early)


def test_table_has_a_row_per_working_point_and_fits_a_terminal(scan: ScanResult) -> None:
    lines = str(scan).splitlines()
    assert lines[0] == "scan of 3 signal efficiencies, finished"
    rows = [line.split() for line in lines if line.startswith("0.7 ")]
    assert len(rows) == 2
    point = scan.at(0.7)
    assert point.unused is not None
    assert rows[0][1] == f"{point.used.signal:.5f}"
    assert float(rows[0][2]) == pytest.approx(point.used.background, rel=1e-3)
    assert float(rows[0][3]) == pytest.approx(point.unused.signal, abs=1e-3)
    assert float(rows[0][5]) == pytest.approx(point.unused.signal_error, rel=0.05)
    assert float(rows[0][-2]) == pytest.approx(1 / point.unused.background, rel=0.01)
    assert point.certificate is not None
    assert rows[0][-1] == (f"-{point.certificate.gain:.2%}" if point.certificate.gain > 0 else "none")
    assert float(rows[1][1]) == pytest.approx(point.values["x"], rel=1e-3)
    assert rows[1][-1] == "open"
    assert max(map(len, lines)) < 120


def test_table_of_many_thresholds_is_divided(scan: ScanResult) -> None:
    names = [f"a feature with a long name, number {k}" for k in range(12)]
    selection = gc.Selection(*(gc.Cut(f"f{k}", ">", f"?{{{name}}}") for k, name in enumerate(names)))
    points = tuple(
        dataclasses.replace(point, selection=selection, values=dict.fromkeys(names, 1.25)) for point in scan
    )
    text = str(dataclasses.replace(scan, selection=selection, points=points, warnings=("beware",)))
    assert max(map(len, text.splitlines())) < 120
    assert text.count("1.25") == 36
    assert text.splitlines()[-1] == "warning: beware"


def test_working_point_is_applied_like_any_cuts(scan: ScanResult) -> None:
    point = scan.at(0.9)
    passed = point.mask(SIGNAL)
    values = point.values
    want = (SIGNAL["x"] > values["x"]) & (SIGNAL["m"] > values["m:low"]) & (SIGNAL["m"] < values["m:high"])
    assert passed.tolist() == (want & (np.abs(SIGNAL["noise"]) < 4)).tolist()
    assert len(point.filters) == 4
    assert point.filter_string().count("&&") >= 3
    assert not point.mask({name: column[::10] for name, column in BACKGROUND.items()}).any()
    crossed = scan.at(0.5).mask(SIGNAL, folds=True)
    assert crossed.mean() == pytest.approx(0.5, abs=0.03)
    assert (crossed != scan.at(0.5).mask(SIGNAL)).any()


def test_cutflow_of_a_working_point_ends_at_its_efficiency(scan: ScanResult) -> None:
    point = scan.at(0.7)
    flow = point.cutflow(samples(SIGNAL, BACKGROUND))
    final = flow.of("signal").final
    assert final.entries == point.mask(SIGNAL).sum()
    assert final.total is not None
    assert (final.total.value, final.total.error) == pytest.approx(
        (point.used.signal, point.used.signal_error)
    )
    crossed = point.cutflow(samples(SIGNAL, BACKGROUND), folds=True).of("background 0").final
    assert crossed.total is not None
    assert point.unused is not None
    assert (crossed.total.value, crossed.total.error) == pytest.approx(
        (point.unused.background, point.unused.background_error)
    )


def test_saved_scan_comes_back_equal(scan: ScanResult, tmp_path: Path) -> None:
    scan.save(tmp_path / "scan.json")
    loaded = ScanResult.load(tmp_path / "scan.json")
    assert loaded == scan
    assert str(loaded) == str(scan)
    assert loaded.metadata == scan.metadata
    for one, other in zip(loaded, scan, strict=True):
        for folds in (False, True):
            assert (one.mask(BACKGROUND, folds=folds) == other.mask(BACKGROUND, folds=folds)).all()
    moved = dataclasses.replace(scan.points[0], target=0.51)
    assert dataclasses.replace(scan, points=(moved, *scan.points[1:])) != loaded


def test_scan_without_judging_events_comes_back_equal(scan: ScanResult, tmp_path: Path) -> None:
    points = tuple(dataclasses.replace(point, unused=None, folds=()) for point in scan)
    early = dataclasses.replace(scan, points=points, status="interrupted", warnings=("[\n 1,\n 2\n]", "inf"))
    early.save(tmp_path / "scan.json")
    assert ScanResult.load(tmp_path / "scan.json") == early


def test_file_separates_content_from_metadata_and_follows_the_published_schema(
    scan: ScanResult, tmp_path: Path
) -> None:
    scan.save(tmp_path / "scan.json")
    document = json.loads((tmp_path / "scan.json").read_text())
    check(document, schema("scan_result"), where="scan.json")
    jsonschema.Draft202012Validator.check_schema(schema("scan_result"))
    jsonschema.Draft202012Validator(schema("scan_result")).validate(document)
    assert set(document) == {"format", "schema_version", "content", "metadata"}
    assert document["metadata"]["host"] not in json.dumps(document["content"])
    assert document["content"]["points"][0]["values"]["noise"] == "-inf"


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda d: d.update(schema_version=2), r"another version(.|\n)*update gradcut"),
        (lambda d: d.update(schema_version=0), r"another version(.|\n)*gradcut that wrote it"),
        (lambda d: d.update(format="gradcut-cut-result"), r"not a result of gradcut.scan_cuts"),
        (lambda d: d["content"].pop("points"), "'points' is missing"),
        (lambda d: d["content"].update(extra=1), "'extra' is not known"),
        (lambda d: d["content"].update(status="done"), r"wrong value(.|\n)*content, status"),
        (lambda d: d["content"]["points"][1].update(target="0.7"), r"points, \[1\], target"),
        (lambda d: d["content"]["points"][1]["used"].pop("signal"), r"'signal' is missing"),
        (lambda d: d["content"]["points"][1]["used"].update(signal="much"), r"\[1\], used, signal"),
        (lambda d: d["content"]["points"][2]["values"].pop("x"), r"not those of the selection(.|\n)*0.9"),
        (lambda d: d["content"]["points"][0]["values"].update(z=1.0), "not those of the selection"),
        (lambda d: d["content"]["points"][0]["folds"][1]["values"].pop("x"), "not those of the selection"),
        (lambda d: d["content"]["points"][0]["folds"][1].update(variant=1), r"folds, \[1\], variant"),
        (lambda d: d["content"]["points"].reverse(), r"working points(.|\n)*rise"),
        (lambda d: d["content"].update(points=[]), r"working points do not rise(.|\n)*none"),
        (
            lambda d: d["content"]["points"][0]["folds"].pop(),
            r"not those of the settings(.|\n)*1, 2(.|\n)*0 or 2",
        ),
        (lambda d: [p["folds"].pop() for p in d["content"]["points"]], r"settings(.|\n)*given: 1"),
        (lambda d: d["content"]["selection"].update(version=9), "another version"),
        (lambda d: d["content"]["provenance"].pop("settings"), "'settings' is missing"),
        (lambda d: d["content"]["provenance"]["settings"]["partition"].update(k="2"), "partition, k"),
        (lambda d: d["content"]["points"][0]["certificate"].update(gain="1"), "gain"),
        (
            lambda d: d["content"]["points"][0]["certificate"].update(loosened="other"),
            r"does not have(.|\n)*point 0.5(.|\n)*'other'",
        ),
    ],
)
def test_spoiled_file_is_refused(scan: ScanResult, tmp_path: Path, spoil: Any, message: str) -> None:
    path = tmp_path / "scan.json"
    scan.save(path)
    document = json.loads(path.read_text())
    spoil(document)
    path.write_text(json.dumps(document))
    with pytest.raises(SchemaError, match=message):
        ScanResult.load(path)


@pytest.mark.parametrize("part", [0.1, 0.5, 0.99])
def test_truncated_file_is_refused(scan: ScanResult, tmp_path: Path, part: float) -> None:
    path = tmp_path / "scan.json"
    scan.save(path)
    text = path.read_text()
    path.write_text(text[: int(part * len(text))])
    with pytest.raises(SchemaError, match="not JSON, or it is damaged"):
        ScanResult.load(path)


def test_file_of_a_fit_is_not_that_of_a_scan_and_the_other_way_round(
    scan: ScanResult, tmp_path: Path
) -> None:
    scan.save(tmp_path / "scan.json")
    with pytest.raises(SchemaError, match=r"not a result of gradcut.fit_cuts"):
        gc.CutResult.load(tmp_path / "scan.json")
    with pytest.raises(SchemaError, match="no such file"):
        ScanResult.load(tmp_path / "other.json")


def test_selection_with_cpp_is_not_saved(scan: ScanResult, tmp_path: Path) -> None:
    cpp = dataclasses.replace(scan, selection=gc.Selection(gc.Cut(gc.Cpp("TMath::Abs(x)"), "<", "?")))
    with pytest.raises(DeclarationError, match=r"C\+\+|Cpp"):
        cpp.save(tmp_path / "scan.json")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def frame(ROOT: Any) -> Any:  # noqa: N803
    return ROOT.RDF.FromNumpy({k: np.ascontiguousarray(v) for k, v in BACKGROUND.items()})


@pytest.mark.root
@pytest.mark.parametrize("folds", [False, True])
def test_apply_keeps_the_events_of_the_mask(scan: ScanResult, frame: Any, folds: bool) -> None:
    for point in scan:
        good = point.apply(frame, folds=folds)
        kept = np.asarray(good.AsNumpy(["event"])["event"])
        assert kept.tolist() == BACKGROUND["event"][point.mask(BACKGROUND, folds=folds)].tolist()
        assert len(good.GetFilterNames()) == 4


@pytest.mark.root
def test_working_points_are_counted_in_one_loop_by_filters_strings_and_columns(
    scan: ScanResult, frame: Any
) -> None:
    node, booked = frame, []
    for at, point in enumerate(scan):
        node = point.define(node, f"wp{at}")
    for at, point in enumerate(scan):
        counts = (
            point.apply(node).Count(),
            node.Filter(point.filter_string()).Count(),
            node.Filter(f"wp{at}").Count(),
        )
        booked.append((point, counts))
    for point, counts in booked:
        assert {count.GetValue() for count in counts} == {point.mask(BACKGROUND).sum()}
    assert frame.GetNRuns() == 1
