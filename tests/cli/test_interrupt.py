"""Exit codes and Ctrl-C, of real processes."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from running import run

from gradcut.config import example
from gradcut.results.any_kind import load_result

#: Shells start what runs in the background with Ctrl-C ignored; these tests are about a terminal.
COMMAND = [
    sys.executable,
    "-c",
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    "from gradcut.cli import main; main(prog_name='gradcut')",
]


def process(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, check=False)


def test_help_is_quick_and_loads_nothing_heavy() -> None:
    code = (
        "import sys, time\n"
        "from gradcut.cli import main\n"
        "main(['--help'], standalone_mode=False)\n"
        "heavy = {'ROOT', 'torch', 'numpy', 'cppyy', 'pydantic', 'yaml', 'rich'} & set(sys.modules)\n"
        "print('HEAVY', sorted(heavy), 'CPU', time.process_time())"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    heavy, seconds = re.findall(r"HEAVY (.*) CPU (.*)", output)[0]
    assert heavy == "[]"
    assert float(seconds) < 0.3


def test_a_wrong_option_is_two_and_a_wrong_file_is_explained(tmp_path: Path) -> None:
    wrong = process("show", "--nothing")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    missing = process("show", str(tmp_path / "x.json"))
    assert missing.returncode == 13
    assert missing.stdout == ""
    assert missing.stderr.startswith("gradcut: there is no such file\n")
    assert "Traceback" not in missing.stderr


@pytest.mark.root
@pytest.mark.yaml
def test_ctrl_c_saves_and_resume_gives_what_was_never_stopped(work: Path) -> None:
    # The halves of both folds are tasks of their own: after the first there is a checkpoint, and more to do.
    text = example("cuts").replace("starts: 8", "starts: 2")
    Path("cuts.yaml").write_text(text)
    run("learn", "cuts.yaml", "--output", "whole")
    running = subprocess.Popen(
        [*COMMAND, "learn", "cuts.yaml", "--output", "part"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    checkpoint = Path("part/checkpoint.npz")
    while not checkpoint.exists() and running.poll() is None:
        time.sleep(0.01)
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate()
    assert "Traceback" not in errors
    assert running.returncode == 130, errors
    assert "gradcut resume part" in errors
    assert load_result("part").status == "interrupted"
    assert checkpoint.exists()
    refused = run("learn", "cuts.yaml", "--output", "part", code=10)
    assert "gradcut resume part, or --again" in refused.stderr
    Path("cuts.yaml").write_text(text + "\n")
    assert "has changed" in run("resume", "part", code=10).stderr
    Path("cuts.yaml").write_text(text)
    run("resume", "part")
    assert load_result("part") == load_result("whole")
    assert not checkpoint.exists()


@pytest.mark.root
@pytest.mark.yaml
def test_ctrl_c_before_the_fit_is_no_traceback(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(1)

    Path("cuts.yaml").write_text(example("cuts"))
    monkeypatch.setattr("gradcut.config.running._make", interrupted)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        assert "interrupted; nothing more is written" in run("learn", "cuts.yaml", code=130).stderr
    finally:
        signal.signal(signal.SIGINT, before)
