"""The C++ macros run as users run them; each asserts the number it is about."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

from gradcut import CutResult, paths
from gradcut.demo import sample_folder

pytestmark = pytest.mark.root

FOLDER = Path(__file__).parents[2] / "macros"
#: Macros that need nothing; gc101 needs the cuts that its Python half learns.
MACROS = [path for path in sorted(FOLDER.glob("*.C")) if path.stem != "gc101_applyCuts"]


def root_program(ROOT) -> str:  # noqa: N803
    """The ``root`` of the ROOT that Python imports."""
    program = Path(str(ROOT.TROOT.GetBinDir())) / "root.exe"
    assert program.is_file(), program
    return str(program)


def run(ROOT, macro: str) -> str:  # noqa: N803
    """Run a macro, with arguments where it has some, and return what it printed."""
    assert importlib.util.find_spec("gradcut") is not None
    library = next(iter(paths.library_dir().glob("libGradCutRDF.*")))
    prepare = (
        'gSystem->Load("libROOTDataFrame");'
        f'gInterpreter->AddIncludePath("{paths.include_dir()}");'
        f'gSystem->Load("{library}");'
    )
    command = [root_program(ROOT), "-l", "-b", "-q", "-e", prepare, macro]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    output = done.stdout + done.stderr
    assert done.returncode == 0, output
    assert "Error" not in output, output
    return output


@pytest.mark.parametrize("macro", MACROS, ids=lambda path: path.stem)
def test_macro_runs_without_python(ROOT, macro):  # noqa: N803
    output = run(ROOT, str(macro))
    assert "yield of x > 1" in output or macro.stem != "gc001_softYield"


def test_gc101_cuts_learned_in_python_are_applied_in_cpp(ROOT, tmp_path):  # noqa: N803
    command = [sys.executable, str(FOLDER / "gc101_learnCuts.py"), str(tmp_path)]
    learned = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert learned.returncode == 0, learned.stderr
    sample = sample_folder() / "signal.root"
    applied = run(ROOT, f'{FOLDER / "gc101_applyCuts.C"}("{tmp_path}", "{sample}")')
    # Both say how many events are left and what they weigh; the macros assert that they are the same ones.
    number = r"(\d+) signal events, yield (\S+)"
    counts = [re.search(number, text) for text in (learned.stdout, applied)]
    assert counts[0][1] == counts[1][1]
    assert float(counts[0][2].rstrip(",")) == pytest.approx(float(counts[1][2]), rel=1e-5)
    code, name = CutResult.load(tmp_path / "cuts.json").filters[0]
    assert re.search(rf'{re.escape(name)} +Filter\("{re.escape(code)}"\)', applied)


def test_gc101_says_what_is_wrong_with_a_file(ROOT, tmp_path):  # noqa: N803
    (tmp_path / "cuts.json").write_text('{"format": "something else"}')
    sample = sample_folder() / "signal.root"
    with pytest.raises(AssertionError, match=r"cuts\.json: this is not a result of gradcut\.fit_cuts"):
        run(ROOT, f'{FOLDER / "gc101_applyCuts.C"}("{tmp_path}", "{sample}")')
