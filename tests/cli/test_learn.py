"""The examples, really run, and what the other commands do with their results."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from running import run, run_json

import gradcut as gc
from gradcut.config import example
from gradcut.results.any_kind import load_result

pytestmark = [pytest.mark.root, pytest.mark.yaml]


def written(name: str, **changes: str) -> str:
    """An example with less to do."""
    text = example(name)
    for old, new in changes.items():
        text, n = re.subn(rf"\b{old}: [^#\n]*", f"{old}: {new} ", text)
        assert n >= 1, old
    Path(f"{name}.yaml").write_text(text)
    return f"{name}.yaml"


def test_cuts_are_those_of_python(work: Path, ROOT: Any) -> None:  # noqa: N803
    path = written("cuts", starts="3")
    made = run_json("learn", path)
    assert made["status"] == "finished"
    assert made["skipped"] == []
    samples = gc.Samples("weight", "event", "presel == 1")
    samples.add("slepton", "signal.root:events", role="signal")
    samples.add("ww", "ww.root:events", role="background", norm_uncertainty=0.05)
    samples.add("ttbar", "ttbar.root:events", role="background", norm_uncertainty=0.06)
    samples.vary("JES", suffix=("_JES_up", "_JES_down"))
    samples.vary("LEPSF", weight=("weight_LEPSF_up", "weight_LEPSF_down"))
    selection = gc.Selection("met > ?", "mt_l1 > ?", "dr_ll < ?", "abs(dphi_l1_met) > 0.5")
    objective = gc.objectives.AsimovSignificance(0.2, systematics="sigma_b")
    expected = gc.fit_cuts(selection, samples, objective=objective, folds=2, starts=3, seed=0)
    found = load_result("cuts-output")
    assert found.values == expected.values
    assert found.scores == expected.scores
    # Everything that the command says it wrote is there, and a second time it says so.
    files = [Path(file) for files in made["files"].values() for file in files]
    assert {file.name for file in files} >= {"result.json", "cutflow.txt", "cutflow.json", "cuts.txt"}
    assert all(file.stat().st_size > 0 for file in files)
    assert "has a result already" in run("learn", path, code=10).stderr
    assert "this fit is finished" in run("resume", "cuts-output", code=10).stderr

    assert run("show", "cuts-output").stdout.strip() == str(found).strip()
    assert run_json("show", "cuts-output")["content"] == made["result"]
    filters = run_json("show", "cuts-output", "--filters")
    assert [(one["code"], one["name"]) for one in filters] == found.filters

    skimmed = run_json(
        *("apply", "cuts-output", "ww.root:events", "--weight", "weight"),
        *("--columns", "met,event", "--output", "skim.root"),
    )
    frame = ROOT.RDataFrame("events", "ww.root")
    columns = frame.AsNumpy(["met", "mt_l1", "dr_ll", "dphi_l1_met"])
    assert skimmed["written"] == found.mask(columns).sum()
    skim = ROOT.RDataFrame("events", "skim.root")
    assert int(skim.Count().GetValue()) == skimmed["written"]
    assert skimmed["read"] == len(columns["met"]) > skimmed["written"] > 0
    assert sorted(map(str, skim.GetColumnNames())) == ["event", "met"]
    assert skimmed["cutflow"]
    assert (
        "is there already" in run("apply", "cuts-output", "ww.root", "--output", "skim.root", code=11).stderr
    )
    same = run("apply", "cuts-output", "ww.root", "--output", "ww.root", code=10)
    assert "cannot be read and written" in same.stderr

    assert run_json("report", "cuts-output", "--events", path)["page"] == "cuts-output/report.html"
    page = Path("cuts-output", "report.html").read_text()
    assert 'id="cutflow"' in page
    assert 'id="variations-and-fit"' in page
    assert "a page is HTML" in run("report", "cuts-output", "--output", "page.pdf", code=10).stderr

    text = run("convert", "cuts-output", "passes.tcut", "--format", "ttree").stdout
    assert text.strip() == "passes.tcut"
    assert "unknown format" in run("convert", "cuts-output", "x", "--format", "nothing", code=14).stderr


def test_working_points_and_scan_are_one(work: Path, ROOT: Any) -> None:  # noqa: N803
    path = written("working-points", efficiencies="[0.4, 0.7]")
    run("learn", path)
    by_file = load_result("points-output")
    assert by_file.targets == (0.4, 0.7)
    assert (
        "name one (--efficiency): 0.4, 0.7"
        in run("apply", "points-output", "ww.root", "--output", "x.root", code=10).stderr
    )
    loose = run_json("apply", "points-output", "signal.root", "--efficiency", "0.7", "--output", "x.root")
    columns = ROOT.RDataFrame("events", "signal.root").AsNumpy(["met", "mt_l1", "dr_ll", "weight"])
    mask, weight = by_file.at(0.7).mask(columns), columns.pop("weight")
    assert loose["written"] == mask.sum()
    assert weight[mask].sum() / weight.sum() == pytest.approx(0.7, abs=float(weight.max() / weight.sum()))

    Path("other.yaml").write_text(example("joint"))
    run("scan", "other.yaml", "--efficiencies", "0.4:0.7:0.3")
    assert load_result("other-scan").targets == (0.4, 0.7)


def test_bins_add_a_column(work: Path, ROOT: Any) -> None:  # noqa: N803
    path = written("bins", method="exact")
    made = run_json("learn", path)
    bins = load_result("bins-output")
    assert made["kind"] == "bins"
    applied = run_json("apply", "bins-output", "ww.root:events", "--name", "met_bin", "--output", "x.root")
    assert applied["added"] == ["met_bin"]
    columns = ROOT.RDataFrame("events", "x.root").AsNumpy(["met", "met_bin"])
    assert (columns["met_bin"] == bins.index({"met": columns["met"]})).all()
    assert applied["written"] == applied["read"] == len(columns["met"])


def test_cuts_with_bins(work: Path) -> None:
    run("learn", written("joint", turns="1"))
    applied = run_json("apply", "joint-output", "signal.root", "--output", "x.root")
    assert applied["added"] == ["bin"]
    assert Path("joint-output/cutflow.json").exists()


def test_menu(work: Path) -> None:
    run("learn", written("triggers", starts="1"))
    menu = load_result("menu-output")
    assert menu.used.total.value <= 2e6
    assert menu.values["MET.met"] % 5 == 0
    every = run_json("apply", "menu-output", "signal.root", "--output", "a.root")
    one = run_json("apply", "menu-output", "signal.root", "--line", "MET", "--output", "b.root")
    assert 0 < one["written"] <= every["written"]
    assert (
        "did you mean 'MET'"
        in run("apply", "menu-output", "signal.root", "--line", "METT", "--output", "c.root", code=10).stderr
    )


@pytest.mark.torch
def test_observable_adds_output_and_bin(work: Path, ROOT: Any) -> None:  # noqa: N803
    run("learn", written("observable", bins="2", steps="30", warm_up_steps="20"))
    applied = run_json("apply", "observable-output", "ww.root", "--output", "x.root")
    assert applied["added"] == ["observable", "bin"]
    columns = ROOT.RDataFrame("events", "x.root").AsNumpy(["observable", "bin"])
    assert ((columns["observable"] >= 0) & (columns["observable"] <= 1)).all()
    assert set(columns["bin"]) == {0, 1}


def test_an_output_that_fails_costs_no_other(work: Path) -> None:
    text = written("cuts", starts="1", folds="2")
    Path(text).write_text(Path(text).read_text().replace("file: cuts.txt", "file: cutflow.txt/x"))
    made = run("learn", text, "--json", code=1)
    assert "not written: cuts.yaml, output.exports[0]" in made.stderr
    assert json.loads(made.stdout)["status"] == "finished"
    assert Path("cuts-output/cutflow.txt").exists()
