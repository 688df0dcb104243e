"""What ``gradcut demo`` prints and writes, against numpy alone."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pytest

from demo import oracle
from demo.conftest import Run
from gradcut import CutResult
from gradcut.demo import sample_folder

pytestmark = [pytest.mark.root, pytest.mark.uproot]


@pytest.fixture(scope="module")
def events() -> dict[str, dict[str, np.ndarray]]:
    return oracle.read(sample_folder())


@pytest.fixture(scope="module")
def numbers(run: Run) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((run.folder / "numbers.json").read_text())
    return loaded


@pytest.fixture(scope="module")
def cuts(run: Run) -> dict[str, float]:
    return dict(CutResult.load(run.folder / "cuts.json").values)


def test_printed_yields_are_those_of_numpy_in_every_variation(
    run: Run, events: dict[str, Any], cuts: dict[str, float]
) -> None:
    rows = run.section("Yields in every variation").splitlines()[2:23]
    found = [re.split(r"\s{2,}", row.strip()) for row in rows]
    expected = []
    for name, columns in events.items():
        nominal = 0.0
        for variation in oracle.VARIATIONS:
            passed = oracle.passing(columns, cuts, variation)
            entries, total = str(passed.sum()), oracle.weights(columns, variation)[passed].sum()
            nominal = nominal or total
            head = [name, variation] if variation == "nominal" else [variation, f"{total / nominal - 1:+.2%}"]
            expected.append([*head, entries, entries, f"{total:.6f}", f"{total:.6f}"])
    assert found == expected


def test_printed_significances_are_those_of_the_formula(
    run: Run, events: dict[str, Any], cuts: dict[str, float], numbers: dict[str, Any]
) -> None:
    z = oracle.significance(events, cuts)
    uncut = dict.fromkeys(oracle.ABOVE, -np.inf) | dict.fromkeys(oracle.BELOW, np.inf)
    unused = CutResult.load(run.folder / "cuts.json").scores.unused
    text = run.section("Yields in every variation")
    by_all = [f"{z:.9f} by RDataFrame", f"{z:.9f} by numpy", f"{z:.9f} by the fit"]
    assert f"Z with these yields: {', '.join(by_all)}" in text
    assert f"Z without cuts {oracle.significance(events, uncut):.4f}, with the learned cuts {z:.4f}" in text
    assert f"on events that chose nothing {unused:.4f}" in text
    assert "All agree" in text
    for way in ("fit", "numpy", "rdataframe"):
        assert numbers["significances"][way] == pytest.approx(z, rel=1e-6)


def test_cuts_are_worth_having_on_events_that_chose_nothing(numbers: dict[str, Any]) -> None:
    scores = numbers["scores"]
    assert scores["unused"] > 5 * numbers["significances"]["without_cuts"]
    assert abs(scores["used"] - scores["unused"]) < 0.2 * scores["used"]
    # Nowhere has a process run out of events.
    assert min(flow["rows"][-1]["entries"] for flow in numbers["cutflow"]["flows"]) >= 10


def test_cutflow_is_that_of_numpy_and_of_roots_report(
    run: Run, numbers: dict[str, Any], events: dict[str, Any], cuts: dict[str, float]
) -> None:
    text = run.section("Cutflow")
    for flow in numbers["cutflow"]["flows"]:
        columns, names = events[flow["process"]], list(cuts)
        left = np.ones(len(columns["event"]), dtype=bool)
        for i, row in enumerate(flow["rows"]):
            if i == 1:
                left &= columns["presel"] == 1
            elif i > 1:
                name = names[i - 2]
                values = columns[name].astype(float)
                left &= values > cuts[name] if name in oracle.ABOVE else values < cuts[name]
            assert row["entries"] == left.sum()
            assert row["sum_w"] == pytest.approx(columns["weight"][left].astype(float).sum())
            if i > 0:
                assert row["report"][0] == row["entries"]
                assert re.search(rf"{row['entries']} of {row['report'][1]}", text)


def test_files_are_there_and_hold_what_was_selected(
    run: Run,
    ROOT: Any,  # noqa: N803
    numbers: dict[str, Any],
    events: dict[str, Any],
    cuts: dict[str, float],
) -> None:
    for name, skim in numbers["skims"].items():
        kept = ROOT.RDataFrame("events", skim["path"]).AsNumpy(["event"])["event"]
        passed = oracle.passing(events[name], cuts)
        assert np.asarray(kept).tolist() == events[name]["event"][passed].tolist()
        assert f"{skim['path']}: {passed.sum()} events" in run.section("Written")
    pictures = sorted((run.folder / "pictures").glob("*.png"))
    assert sorted(numbers["files"]["pictures"]) == [str(path) for path in pictures]
    assert {"overview.png", *(f"cut_{name}.png" for name in cuts)} <= {path.name for path in pictures}
    for path in pictures:
        assert path.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
        assert path.stat().st_size > 10_000


def test_filters_that_are_printed_are_those_of_the_file(run: Run, numbers: dict[str, Any]) -> None:
    filters = CutResult.load(run.folder / "cuts.json").filters
    lines = run.section("The cuts as filters").strip().splitlines()
    assert lines == [f'node = node.Filter("{code}", "{name}")' for code, name in filters]
    assert numbers["filters"] == [{"name": name, "code": code} for code, name in filters]


def test_output_opens_with_what_happens_ends_with_what_to_do_and_fits_a_terminal(run: Run) -> None:
    lines = run.output.splitlines()
    assert lines[0].startswith("A search for sleptons")
    assert max(len(line) for line in lines if str(run.folder) not in line) <= 115
    after = run.section("What to do next").strip().splitlines()
    assert [line.split()[0] for line in after[:3]] == ["Python", "C++", "Yours"]
    assert re.fullmatch(r"\d+ s in all", lines[-1])
    assert "left out" not in run.output
