"""Macros about bins run as users run them and assert the numbers they are about."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

MACROS = Path(__file__).parents[2] / "macros"


def test_gc201_draws_the_figures_of_the_thesis_and_checks_the_rule(tmp_path: Path) -> None:
    command = [sys.executable, str(MACROS / "gc201_bkde.py"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "error with the rule: at most" in done.stdout
    names = {path.stem for path in tmp_path.iterdir()}
    assert names == {"translated", "height", "smoothness", "heights", "gradients", "best_bandwidths"}


@pytest.mark.root
@pytest.mark.plot
def test_gc202_learned_edges_are_as_good_as_the_best_ones(tmp_path: Path) -> None:
    command = [sys.executable, str(MACROS / "gc202_learnBins.py"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("gradient: Z = ") == done.stdout.count("exact: Z = ") == 3
    names = {path.name for path in tmp_path.iterdir()}
    assert names >= {"histograms.root", "methods.png", "bins.png", "edges_score.png", "widths.png"}


@pytest.mark.root
@pytest.mark.plot
def test_gc203_regions_of_a_mixture_are_the_same_in_numpy_rdataframe_and_cpp(tmp_path: Path) -> None:
    command = [sys.executable, str(MACROS / "gc203_mixtureBins.py"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "events are in the same bins in RDataFrame and numpy" in done.stdout
    names = {path.name for path in tmp_path.iterdir()}
    assert names >= {"bins.h", "bins.json", "regions.png", "bins_tried.png"}


@pytest.mark.root
@pytest.mark.plot
def test_gc204_templates_with_variations_are_those_of_rdataframe(tmp_path: Path) -> None:
    # Without the reference data: the sample that ships with gradcut.
    command = [sys.executable, str(MACROS / "gc204_realBins.py"), str(tmp_path), str(tmp_path / "none")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "the HiggsML events are not there" in done.stdout
    assert done.stdout.count(", JES:up") == 3
    assert (tmp_path / "slepton" / "edges_score.png").exists()


@pytest.mark.root
@pytest.mark.plot
@pytest.mark.shared
def test_gc204_learns_bins_of_the_higgsml_challenge(tmp_path: Path, shared_data: Path) -> None:
    command = [sys.executable, str(MACROS / "gc204_realBins.py"), str(tmp_path), str(shared_data)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "higgsml, 6 bins: Z = " in done.stdout
    assert (tmp_path / "higgsml" / "bins.json").exists()
