"""The demonstration where something is missing, interrupted or wrong."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import gradcut.demo
from gradcut.cli import main
from gradcut.demo import Demonstration, demonstrate, needs, with_numpy
from gradcut.demo.check import Checked
from gradcut.demo.counted import Counted, Sums, disagreements
from gradcut.demo.pictures import Drawing
from gradcut.errors import DataError, GradcutError


def lacking(monkeypatch: pytest.MonkeyPatch, *missing: str) -> None:
    installed = needs.is_installed
    monkeypatch.setattr(needs, "is_installed", lambda name: name not in missing and installed(name))


def test_nothing_that_reads_root_files_is_an_error_that_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lacking(monkeypatch, "ROOT", "uproot")
    result = CliRunner().invoke(main, ["demo"])
    assert result.exit_code == GradcutError.exit_code == 1
    assert result.output.startswith("gradcut: nothing here reads ROOT files\n  given: ROOT is not installed")
    assert "pip install 'gradcut[uproot]'" in result.output


def test_missing_root_and_matplotlib_are_said_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    lacking(monkeypatch, "ROOT", "mplhep")
    monkeypatch.setattr(needs, "has_uproot", lambda: True)
    assert "GRADCUT_ROOT=wheel pip install" in str(needs.why_no_root())
    assert needs.why_no_pictures() == "mplhep not installed (pip install 'gradcut[plot]')"


def test_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = CliRunner().invoke(main, ["demo", "--output", str(tmp_path / "file" / "folder")])
    assert result.exit_code == DataError.exit_code
    assert "the folder for the results cannot be made" in result.output
    assert "what to do: name another one: --output" in result.output


def test_pictures_that_cannot_be_drawn_are_an_error(tmp_path: Path) -> None:
    drawing = Drawing(tmp_path / "missing.json", tmp_path)
    with pytest.raises(GradcutError, match=r"pictures could not be drawn\n.*there is no such file"):
        drawing.finish()


@pytest.mark.root
@pytest.mark.uproot
def test_columns_are_the_same_whoever_reads_them() -> None:
    by_uproot, by_root = (with_numpy.read(uproot=uproot) for uproot in (True, False))
    assert by_uproot.keys() == by_root.keys()
    for process, columns in by_uproot.items():
        assert columns.keys() == by_root[process].keys()
        for name, values in columns.items():
            assert values.dtype == by_root[process][name].dtype
            np.testing.assert_array_equal(values, by_root[process][name])


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Demonstration, str]:
    """Without RDataFrame and pictures, and with Ctrl-C after some steps."""
    sections: list[str] = []

    def interrupt(now: Any) -> None:
        if now.step == 40:
            raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(needs, "why_no_root", lambda: "ROOT is not installed")
        patch.setattr(needs, "why_no_pictures", lambda: "matplotlib not installed")
        found = demonstrate(
            tmp_path_factory.mktemp("interrupted"),
            show=lambda title, body: sections.append(f"{title}\n{body}"),
            progress=interrupt,
        )
    return found, "\n".join(sections)


@pytest.mark.uproot
def test_ctrl_c_gives_the_best_so_far_marked(interrupted: tuple[Demonstration, str]) -> None:
    found, text = interrupted
    assert found.fit.status == "interrupted"
    assert "Learned cuts, INTERRUPTED: the best so far" in text
    assert found.checked.significances["numpy"] > 2 * found.checked.significances["without_cuts"]


@pytest.mark.uproot
def test_without_rdataframe_and_pictures_the_rest_runs_and_says_so(
    interrupted: tuple[Demonstration, str],
) -> None:
    found, text = interrupted
    assert found.checked.rdataframe is None
    assert found.checked.disagreements == []
    assert "left out: filters in RDataFrame, and skims: ROOT is not installed" in text
    assert "left out: pictures: matplotlib not installed" in text
    assert "by RDataFrame" not in text.partition("Yields in every variation")[2].partition("Written")[0]
    assert sorted(path.name for path in found.files["cuts"][0].parent.iterdir()) == [
        "cuts.json",
        "numbers.json",
    ]


@pytest.mark.uproot
def test_command_gives_json_and_exit_codes(
    interrupted: tuple[Demonstration, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found, _ = interrupted
    monkeypatch.setattr(gradcut.demo, "demonstrate", lambda *_, **__: found)
    result = CliRunner().invoke(main, ["demo", "--json"])
    assert result.exit_code == 130
    assert json.loads(result.stdout) == json.loads(json.dumps(found.to_json()))
    assert json.loads(result.stdout)["status"] == "interrupted"
    finished = replace(found, fit=replace(found.fit, status="finished"))
    monkeypatch.setattr(gradcut.demo, "demonstrate", lambda *_, **__: finished)
    assert CliRunner().invoke(main, ["demo"]).exit_code == 0
    wrong = replace(found, checked=replace(found.checked, disagreements=["ww JES:up", "Z by numpy"]))
    monkeypatch.setattr(gradcut.demo, "demonstrate", lambda *_, **__: wrong)
    result = CliRunner().invoke(main, ["demo"])
    assert result.exit_code == 3
    assert result.stderr == "gradcut: these numbers do not agree: ww JES:up, Z by numpy\n"


def test_one_entry_and_a_billionth_of_a_yield_are_disagreements() -> None:
    one = Counted({}, {("ww", "nominal"): Sums(3, 1.5, 0.9), ("ww", "JES:up"): Sums(2, 1.0, 0.5)})
    assert disagreements(one, one) == []
    for other in (Sums(2, 1.5, 0.9), Sums(3, 1.5 + 3e-9, 0.9), Sums(3, 1.5, 0.9 - 2e-9)):
        assert disagreements(one, Counted({}, {**one.after, ("ww", "nominal"): other})) == ["ww nominal"]
    near = Counted({}, {**one.after, ("ww", "nominal"): Sums(3, 1.5 + 1e-12, 0.9)})
    assert disagreements(one, near) == []


@pytest.mark.uproot
def test_a_wrong_significance_is_noticed(
    interrupted: tuple[Demonstration, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fit = interrupted[0].fit
    lying = replace(fit, scores=replace(fit.scores, used=fit.scores.used * (1 + 1e-6)))
    checked = gradcut.demo.check.check(lying, tmp_path, with_root=False)
    assert isinstance(checked, Checked)
    assert checked.disagreements == ["Z by numpy"]


def test_help_says_what_it_does() -> None:
    result = CliRunner().invoke(main, ["demo", "--help"])
    assert result.exit_code == 0
    for words in ("--output", "--seed", "--json", "gradcut-demo", "exit code 3"):
        assert words.replace(" ", "") in "".join(result.output.split())
    assert CliRunner().invoke(main, ["demo", "--seed", "-1"]).exit_code == 2
    assert "demo" in CliRunner().invoke(main, ["--help"]).output
