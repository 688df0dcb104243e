"""What is wrong with a configuration: with file, line, key, and what was meant."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gradcut import paths
from gradcut.errors import DataError, DeclarationError, GradcutError

pytest.importorskip("yaml")
pytest.importorskip("pydantic")

from gradcut.config.make_task import make_task
from gradcut.config.reading import parse_analysis, read_analysis

pytestmark = pytest.mark.yaml

GOOD = """\
samples:
  tree: events
  event: event
  processes:
    slepton: {files: signal.root, role: signal}
    ww: {files: ww.root, role: background}
selection:
  require: ["met > ?"]
"""


def problem_of(text: str, efficiencies: list[float] | None = None) -> GradcutError:
    with pytest.raises(GradcutError) as caught:
        make_task(parse_analysis(text, folder=paths.sample_dir(), name="a.yaml"), efficiencies)
    return caught.value


@pytest.mark.parametrize(
    ("old", "new", "where", "message"),
    [
        (
            "  event: event",
            "  evnt: event",
            "a.yaml:3, samples.evnt",
            "unknown key 'evnt'.*did you mean 'event'",
        ),
        ("role: signal", "role: sginal", "a.yaml:5, samples.processes.slepton.role", "did you mean 'signal'"),
        ("role: background", "weight: w", "a.yaml:6, samples.processes.ww.role", "'role' is missing"),
        ("ww.root", "nothing.root", "a.yaml:6, samples.processes.ww.files", "no such file"),
        ("files: ww.root", "files: []", "a.yaml:6, samples.processes.ww.files", "'files' is missing"),
        ("met > ?", "met >> ?", "a.yaml:8, selection.require[0]", "not part of the grammar"),
        ('"met > ?"', "3", "a.yaml:8, selection.require[0]", "text or a mapping"),
        ("selection:", "folds: 1\nselection:", "a.yaml:7, folds", "greater than or equal to 2"),
        ("selection:", "objective: asimov\nselection:", "a.yaml:7, objective", "unknown kind of objective"),
        (
            "selection:",
            "objective: {kind: within, objective: {kind: cls, mo: 1}, min_purity: 2}\nselection:",
            "a.yaml:7, objective",
            "no option is called 'mo'",
        ),
        (
            "selection:",
            "objective: {kind: asimov_significance, mcstat: true}\nselection:",
            "a.yaml:7, objective.mcstat",
            "did you mean 'mc_stat'",
        ),
        (
            "selection:",
            "objective: {kind: punzi_significance, n_sigma: [1]}\nselection:",
            "a.yaml:7, objective",
            "do not fit|n_sigma",
        ),
        ("selection:", "settings: {turns: 3}\nselection:", "a.yaml:7, settings.turns", "no setting of cuts"),
        ("selection:", "limits: {min_entries: 1}\nselection:", "a.yaml:7, limits", "cuts have no 'limits'"),
        (
            "selection:",
            "constraints: {min_purity: 2}\nselection:",
            "a.yaml:7, constraints",
            "between|purity",
        ),
        ("selection:", "split: {train: 2}\nselection:", "a.yaml:7, split", "this value does not fit"),
        ("selection:", "folds: 2\nsplit: {}\nselection:", "a.yaml:8, split", "divided in one way"),
        ("selection:", "selektion:", "a.yaml:7, selektion", "did you mean 'selection'"),
        (
            "selection:",
            "observable: {inputs: [met]}\nmenu: {lines: {A: {require: x > 1}}, rate: 1}\nselection:",
            "a.yaml:1",
            "do not say what is learned",
        ),
        (
            "selection:",
            "output: {exports: [{format: rdatafrane, file: x}]}\nselection:",
            "a.yaml:7, output.exports[0]",
            "did you mean 'rdataframe'",
        ),
        (
            "selection:",
            "output: {exports: [{format: cpp, file: x.h, options: {functon: f}}]}\nselection:",
            "a.yaml:7, output.exports[0]",
            "did you mean 'function'",
        ),
        (
            "selection:",
            "output: {exports: [{format: cpp, file: sub/../../x.h}]}\nselection:",
            "a.yaml:7, output.exports[0]",
            "stay in the output folder",
        ),
        (
            '["met > ?"]',
            "[{feature: met, operator: above}]",
            "a.yaml:8, selection.require[0].operator",
            "either",
        ),
        (
            '["met > ?"]',
            '[{feature: met, operator: ">", along: npv}]',
            "a.yaml:8, selection.require[0]",
            "'along' and 'knots'",
        ),
    ],
)
def test_one_thing_that_is_wrong(old: str, new: str, where: str, message: str) -> None:
    assert GOOD.count(old) >= 1
    error = problem_of(GOOD.replace(old, new, 1))
    assert (error.where or "").startswith(where), str(error)
    assert re.search(message, str(error), re.S), str(error)


def test_the_kind_of_a_single_error_stays() -> None:
    assert isinstance(problem_of(GOOD.replace("ww.root", "nothing.root")), DataError)


def test_several_things_are_said_at_once_in_the_order_of_lines() -> None:
    text = GOOD.replace("ww.root", "no.root").replace("met > ?", "met >> ?") + "settings: {turns: 3}\n"
    error = problem_of(text)
    assert isinstance(error, DeclarationError)
    places = re.findall(r"^  (a\.yaml:\d+, \S+): ", str(error), re.M)
    assert places == [
        "a.yaml:6, samples.processes.ww.files",
        "a.yaml:8, selection.require[0]",
        "a.yaml:9, settings.turns",
    ]
    assert error.problem.startswith("3 things in a.yaml are wrong")


def test_a_scan_ignores_what_is_of_the_other_fit() -> None:
    text = GOOD + "objective: asimov_significance\nsettings: {precision: float64, starts: 3}\n"
    task = make_task(parse_analysis(text, folder=paths.sample_dir()), [0.5])
    assert task.kind == "scan"
    assert task.settings == {"precision": "float64", "starts": 3, "efficiencies": [0.5]}


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match=r"(?s)no such configuration.*--example"):
        read_analysis(tmp_path / "a.yaml")
    with pytest.raises(DeclarationError, match="cannot be read"):
        read_analysis(tmp_path)
    (tmp_path / "b.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DeclarationError, match="cannot be read"):
        read_analysis(tmp_path / "b.yaml")
