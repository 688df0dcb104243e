"""Macros about statistics run as users run them and assert the numbers of the thesis."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

MACROS = Path(__file__).parents[2] / "macros"


def output_of(macro: str, folder: Path) -> str:
    command = [sys.executable, str(MACROS / macro), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.plot
def test_gc301_descent_ends_at_the_best_p_value_from_everywhere(tmp_path: Path) -> None:
    printed = output_of("gc301_oneBin.py", tmp_path)
    assert "thesis: descent ends at phi = " + ", ".join(["4.6352"] * 4) + " with p0 = 0.0030757" in printed
    assert "slides: descent ends at phi = " + ", ".join(["7.5225"] * 4) + " with p0 = 0.00095893" in printed
    assert printed.count("pyhf at the end") == (2 if find_spec("pyhf") else 0)
    assert {path.name for path in tmp_path.iterdir()} == {"models.png", "p_values.png", "descent.png"}


@pytest.mark.plot
def test_gc302_shows_what_a_fit_on_a_saddle_does_not_see(tmp_path: Path) -> None:
    printed = output_of("gc302_twoBins.py", tmp_path)
    assert "CLs: 0.116714 where gamma is fitted, 0.107956 where it is held" in printed
    assert printed.count("pyhf from gamma = 1") == (2 if find_spec("pyhf") else 0)
    names = {path.stem for path in tmp_path.iterdir()}
    assert names == {"landscape", "line", "stuck", "gaussianity"}


@pytest.mark.plot
@pytest.mark.uproot
def test_gc303_learns_counts_and_tests_with_all_variations(tmp_path: Path) -> None:
    printed = output_of("gc303_profiledSearch.py", tmp_path)
    assert printed.count("sigma_mu = ") == 2
    assert "upper limit at 95% confidence" in printed
    assert ("CLs by pyhf" in printed) == bool(find_spec("pyhf"))
    names = {path.name for path in tmp_path.iterdir()}
    assert names >= {"templates.png", "impacts.png", "limit.png", "workspace.json", "bins.json", "bins.png"}
