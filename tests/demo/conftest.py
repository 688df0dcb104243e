"""The command, run once for all tests."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest


class Run(NamedTuple):
    """What the command printed, and where its files are."""

    output: str
    folder: Path

    def section(self, title: str) -> str:
        """The text below a title."""
        _, _, rest = self.output.partition(f"== {title}")
        assert rest, title
        return rest.partition("\n")[2].partition("\n== ")[0]


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("demo") / "results"
    command = [sys.executable, "-c", "from gradcut.cli import main; main()", "demo", "--output", str(folder)]
    environment = {**os.environ, "COLUMNS": "110"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return Run(done.stdout, folder)
