"""The command ``gradcut``."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

import gradcut
from gradcut.cli import main
from gradcut.errors import DataError


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
