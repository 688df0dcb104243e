"""Macros about bins run as users run them and assert the numbers they are about."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

MACROS = Path(__file__).parents[2] / "macros"


def test_gc201_draws_the_figures_of_the_thesis_and_checks_the_rule(tmp_path: Path) -> None:
    command = [sys.executable, str(MACROS / "gc201_bkde.py"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "error with the rule: at most" in done.stdout
    names = {path.stem for path in tmp_path.iterdir()}
    assert names == {"translated", "height", "smoothness", "heights", "gradients", "best_bandwidths"}
