"""The C++ macros run as users run them; each asserts the number it is about."""

from __future__ import annotations

import importlib.util
import subprocess
from pathlib import Path

import pytest

from gradcut import paths

pytestmark = pytest.mark.root

MACROS = sorted((Path(__file__).parents[2] / "macros").glob("*.C"))


def root_program(ROOT) -> str:  # noqa: N803
    """The ``root`` of the ROOT that Python imports."""
    program = Path(str(ROOT.TROOT.GetBinDir())) / "root.exe"
    assert program.is_file(), program
    return str(program)


@pytest.mark.parametrize("macro", MACROS, ids=lambda path: path.stem)
def test_macro_runs_without_python(ROOT, macro):  # noqa: N803
    assert importlib.util.find_spec("gradcut") is not None
    library = next(iter(paths.library_dir().glob("libGradCutRDF.*")))
    prepare = (
        'gSystem->Load("libROOTDataFrame");'
        f'gInterpreter->AddIncludePath("{paths.include_dir()}");'
        f'gSystem->Load("{library}");'
    )
    command = [root_program(ROOT), "-l", "-b", "-q", "-e", prepare, str(macro)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    output = done.stdout + done.stderr
    assert done.returncode == 0, output
    assert "Error" not in output, output
    assert "yield of x > 1" in output or macro.stem != "gc001_softYield"
