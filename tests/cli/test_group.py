"""The command ``gradcut``."""

from __future__ import annotations

import functools
import io
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

import gradcut
from gradcut.cli import main
from gradcut.cli.progress import Activity
from gradcut.errors import DataError
from gradcut.fitting import Progress


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, arguments)
    return result.exit_code, result.output


def test_version_names_root_or_its_absence() -> None:
    code, output = run("--version")
    assert code == 0
    assert output.startswith(f"gradcut {gradcut.__version__}, built with")


def test_config_says_where_headers_and_libraries_are() -> None:
    _, include = run("config", "--incdir")
    assert (Path(include.strip()) / "gradcut" / "kernels" / "Selection.h").exists()
    _, library = run("config", "--libdir")
    assert list(Path(library.strip()).glob("libgradcut_kernels.*"))
    _, cmake = run("config", "--cmake")
    option, _, folder = cmake.strip().partition("=")
    assert option == "-Dgradcut_DIR"
    assert (Path(folder) / "gradcutConfig.cmake").exists()


def test_config_without_a_question_says_what_can_be_asked() -> None:
    code, output = run("config")
    assert code == 2
    assert "--incdir, --libdir, --cmake" in output


def test_help_teaches() -> None:
    _, output = run("config", "--help")
    assert "cmake $(gradcut config --cmake)" in output


def test_errors_raised_on_purpose_give_their_message_and_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> Path:
        raise DataError("no such thing", given="x", hint="do y")

    monkeypatch.setattr("gradcut.paths.include_dir", fail)
    code, output = run("config", "--incdir")
    assert code == DataError.exit_code == 11
    assert output == "gradcut: no such thing\n  given: x\n  what to do: do y\n"


@pytest.mark.parametrize("terminal", [True, False])
def test_activity_is_shown_on_terminals_only_and_taken_away(
    monkeypatch: pytest.MonkeyPatch, terminal: bool
) -> None:
    output = io.StringIO()
    console = functools.partial(Console, file=output, force_terminal=terminal, width=110)
    monkeypatch.setattr("rich.console.Console", lambda **_: console())
    activity = Activity()
    activity.doing("reading the files")
    activity.learning(Progress("fold 0, half 1", 24, 96, 0.4, 1.23456))
    activity.close()
    text = output.getvalue()
    assert ("learning: fold 0, half 1" in text) is terminal
    assert ("24/96, best 1.2346" in text) is terminal
    # The last thing is to clear the line: what is printed next stands alone.
    assert text.endswith("\x1b[2K") if terminal else text == ""


def test_a_missing_package_is_said_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> Path:
        raise ModuleNotFoundError("No module named 'torch'", name="torch")

    monkeypatch.setattr("gradcut.paths.include_dir", fail)
    code, output = run("config", "--incdir")
    assert code == 1
    assert output == (
        "gradcut: this needs torch, which is not installed\n  what to do: pip install 'gradcut[torch]'\n"
    )


def test_a_missing_package_that_is_not_optional_is_a_bug_and_stays_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail() -> Path:
        raise ModuleNotFoundError("No module named 'gradcut.pathz'", name="gradcut.pathz")

    monkeypatch.setattr("gradcut.paths.include_dir", fail)
    result = CliRunner().invoke(main, ["config", "--incdir"])
    assert isinstance(result.exception, ModuleNotFoundError)
