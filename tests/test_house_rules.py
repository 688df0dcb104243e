"""Rules of the house that a machine can check."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT_FOLDER = Path(__file__).parents[1]
CODE = re.compile(r"^(python|cpp|include|macros|tests|benchmarks|cmake|docs)/.*\.(py|pyi|cxx|hxx|h|C)$")


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT_FOLDER, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT_FOLDER / name for name in listed.stdout.split() if CODE.match(name)]


def test_no_file_is_longer_than_400_lines() -> None:
    lengths = {str(path.relative_to(ROOT_FOLDER)): len(path.read_text().splitlines()) for path in tracked()}
    assert {name: n for name, n in lengths.items() if n > 400} == {}


def test_median_file_is_short() -> None:
    library = sorted(len(p.read_text().splitlines()) for p in tracked() if "python/gradcut" in str(p))
    assert library[len(library) // 2] < 150


def test_nothing_is_left_open_in_the_library() -> None:
    words = re.compile(r"\b(TODO|FIXME|XXX|raise NotImplementedError)\b")
    hits = [str(p) for p in tracked() if "tests" not in p.parts and words.search(p.read_text())]
    assert hits == []


def test_every_header_says_what_it_is() -> None:
    headers = [p for p in tracked() if p.suffix in (".h", ".hxx") and "tests" not in p.parts]
    assert headers
    assert [str(p) for p in headers if "\\file" not in p.read_text() or "\\brief" not in p.read_text()] == []
