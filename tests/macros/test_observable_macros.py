"""Macros about neural observables run as users run them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

MACROS = Path(__file__).parents[2] / "macros"


@pytest.mark.torch
@pytest.mark.plot
def test_gc401_on_the_blobs_each_objective_is_won_by_training_on_it(tmp_path: Path) -> None:
    command = [sys.executable, str(MACROS / "gc401_blobs.py"), "--folder", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    wins = dict(re.findall(r"(\S+): training on it wins (\S+) decades", done.stdout))
    assert set(wins) == {"CLs", "p0", "sigma_mu"}
    assert float(wins["p0"]) > float(wins["CLs"]) > float(wins["sigma_mu"]) > 0
    assert {path.name for path in tmp_path.iterdir()} == {
        "training_5_bins.png",
        "observables_5_bins.png",
        "numbers_5_bins.json",
    }
