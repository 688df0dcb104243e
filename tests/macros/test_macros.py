"""Macros run as users run them and assert the numbers they are about."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

MACROS = Path(__file__).parents[2] / "macros"


@pytest.mark.root
def test_gc104_learns_a_menu_that_rdataframe_applies(tmp_path: Path) -> None:
    command = [sys.executable, str(MACROS / "gc104_triggerMenu.py"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "worst efficiency: equal shares" in done.stdout
    assert (tmp_path / "menu.json").exists()


@pytest.mark.root
def test_gc002_learns_cuts_that_rdataframe_applies() -> None:
    command = [sys.executable, str(MACROS / "gc002_softYields.py")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "significance on the other half" in done.stdout
    assert done.stdout.count(" events, yield ") == 2


@pytest.mark.root
def test_gc105_learns_cuts_on_objects_that_rdataframe_and_numpy_apply_alike(tmp_path: Path) -> None:
    command = [sys.executable, str(MACROS / "gc105_nanoJets.py"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("the same in RDataFrame and numpy") == 2
    assert (tmp_path / "cuts.json").is_file()


def test_gc102_reaches_the_best_cuts_that_there_are(tmp_path: Path) -> None:
    command = [sys.executable, str(MACROS / "gc102_gaussTargets.py"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(" times the limit") == 10
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"thresholds.png", "efficiencies.png", "roc.png", "scan.json"}


@pytest.mark.root
def test_gc103_finds_the_working_point_that_is_worth_most(tmp_path: Path) -> None:
    command = [sys.executable, str(MACROS / "gc103_sleptonScan.py"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(" on unused events\n") == 10
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"thresholds.png", "efficiencies.png", "roc.png", "significance.png", "scan.json"}
