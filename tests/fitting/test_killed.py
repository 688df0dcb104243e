"""A fit whose process is killed goes on where its checkpoint says, and ends with the same bits."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import json, sys
import numpy as np
import gradcut as gc
from gradcut.fitting import journal

journal.INTERVAL = 0.0  # after every step
samples = gc.Samples(weight="w", event="event")
for number, (role, mean) in enumerate((("signal", 1.0), ("background", -1.0))):
    rng = np.random.default_rng(number)
    n = 2000
    x, y = (rng.normal(m, 1, n).astype(np.float32) for m in (mean, 0.3 * mean))
    samples.add(role, {"x": x, "y": y, "w": np.full(n, 0.1), "event": np.arange(n) + n * number}, role=role)

def report(progress):
    print(progress.task, progress.step, flush=True)

objectives = {"z": gc.objectives.AsimovSignificance(0.1), "eff": gc.objectives.EfficiencyLoss(0.6)}
fit = gc.fit_cuts(gc.Selection("x > ?", "? < y < ?"), samples, objective=objectives[sys.argv[2]], folds=2,
                  starts=4, max_steps=36, n_threads=1, checkpoint=sys.argv[1] or None, progress=report)
fit.save(sys.argv[3])
print("saved", flush=True)
"""


def started(checkpoint: Path | str, objective: str, result: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", PROGRAM, str(checkpoint), objective, str(result)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def content(path: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads(path.read_text())
    found.pop("metadata")
    return found


# A target has one descent per set of cuts, other objectives also those that choose how sharp they should be.
@pytest.mark.parametrize(("objective", "descents", "middle"), [("z", 7, 90), ("eff", 3, 50)])
def test_killed_fit_is_resumed_bit_for_bit(
    tmp_path: Path, objective: str, descents: int, middle: int
) -> None:
    checkpoint, whole, resumed = (tmp_path / name for name in ("fit.npz", "whole.json", "resumed.json"))
    reference = started("", objective, whole)
    steps = reference.communicate(timeout=300)[0].splitlines()
    assert reference.returncode == 0
    assert len(steps) == descents * 36 + 1

    done = 0
    for at in (5, middle, 13):  # killed three times, in different parts of the fit
        process = started(checkpoint, objective, resumed)
        assert process.stdout is not None
        for number, _ in enumerate(process.stdout, start=1):
            if number == at:
                process.send_signal(signal.SIGKILL)
                break
        process.stdout.close()
        assert process.wait(timeout=60) == -signal.SIGKILL
        assert not resumed.exists()
        assert checkpoint.exists()
        done += at - 1  # the step that was reported last may have been written, or not
    process = started(checkpoint, objective, resumed)
    left = process.communicate(timeout=300)[0].splitlines()
    assert process.returncode == 0
    assert len(left) <= len(steps) - done
    assert left[-1] == "saved"
    assert content(resumed) == content(whole)
