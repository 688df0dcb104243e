"""Cuts learned from events in their files: as good as in memory, every number a sum over all events."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.out_of_core import toy_files

import gradcut as gc
from gradcut.engines import collect
from gradcut.errors import DeclarationError
from gradcut.fitting.events import HardEvents

pytestmark = pytest.mark.root

PROGRAM = """
import json, sys
import gradcut as gc
from tests.out_of_core import toy_files

def report(progress):
    if progress.task.startswith("pass"):
        print(progress.task, flush=True)

files = json.loads(sys.argv[1])
fit = gc.fit_cuts(gc.Selection(*toy_files.SELECTION), toy_files.samples(files), engine="event-loop",
                  starts=2, max_steps=12, checkpoint=sys.argv[2] or None, progress=report)
fit.save(sys.argv[3])
"""


@pytest.fixture(scope="module")
def files(ROOT: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:  # noqa: N803
    return toy_files.write(ROOT, tmp_path_factory.mktemp("fit"))


def _started(files: dict[str, str], checkpoint: Path | str, result: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "ignore", "-c", PROGRAM, json.dumps(files), str(checkpoint), str(result)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])


def _content(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text())
    found.pop("metadata")
    return found


def test_killed_fit_is_resumed_bit_for_bit(files: dict[str, str], tmp_path: Path) -> None:
    checkpoint, whole, resumed = (tmp_path / name for name in ("fit.npz", "whole.json", "resumed.json"))
    reference = _started(files, "", whole)
    passes = reference.communicate(timeout=600)[0].splitlines()
    assert reference.returncode == 0
    assert 5 <= len(passes) <= 15

    process = _started(files, checkpoint, resumed)
    assert process.stdout is not None
    for number, _ in enumerate(process.stdout, start=1):
        if number == 3:  # the fourth pass runs
            process.send_signal(signal.SIGKILL)
            break
    process.stdout.close()
    assert process.wait(timeout=60) == -signal.SIGKILL
    assert checkpoint.exists()
    assert not resumed.exists()
    again = _started(files, checkpoint, resumed)
    assert again.communicate(timeout=600)[0].splitlines() == passes
    assert _content(resumed) == _content(whole)

    # Every number is that of hard cuts on all events, by another road.
    fit = gc.CutResult.load(whole)
    selection = gc.Selection(*toy_files.SELECTION)
    tables = collect(selection, toy_files.samples(files), split=gc.Split())
    spec = selection.kernel_spec()
    values = np.array([fit.values[name] for name in spec.parameters])
    test = HardEvents(spec, tables.part("test")).yields(values[None])
    objective = gc.objectives.AsimovSignificance()
    assert fit.scores.unused == pytest.approx(float(objective.hard(test)[0]), rel=1e-9)
    for row in fit.processes:
        assert row.before == pytest.approx(tables[row.channel, row.process].totals.sum_w, rel=1e-9)
        assert row.before_entries == tables[row.channel, row.process].totals.entries
        assert row.unused == pytest.approx(float(test.of(row.process).sum_w[0, 0]), rel=1e-9)
    missing = sum(table.missing()[2] for table in tables.values())
    assert {row.missing for row in fit.thresholds if row.cut == spec.cuts[2]} == {missing}
    in_memory = gc.fit_cuts(selection, toy_files.samples(files), starts=2, max_steps=12)
    assert fit.scores.used > 0.97 * in_memory.scores.used


@pytest.mark.parametrize(
    ("selection", "settings", "problem"),
    [
        (gc.Selection("x > ? || y > ?"), {}, "alternatives"),
        (gc.Selection("x > ?"), {"folds": 2}, "folds"),
        (gc.Regions({"a": gc.Selection("x > ?"), "b": gc.Selection("x < ?")}), {}, "several regions"),
    ],
)
def test_what_it_cannot_learn_is_refused(
    files: dict[str, str], selection: Any, settings: dict[str, Any], problem: str
) -> None:
    with pytest.raises(DeclarationError, match=f"engine='event-loop' does not learn with {problem}"):
        gc.fit_cuts(selection, toy_files.samples(files), engine="event-loop", **settings)
