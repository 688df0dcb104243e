"""What importing the package costs and brings along."""

from __future__ import annotations

import subprocess
import sys

import pytest

import gradcut


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout


def test_import_loads_neither_root_nor_torch_nor_numpy() -> None:
    loaded = run(
        "import sys, gradcut; print([m for m in ('ROOT', 'torch', 'numpy', 'cppyy') if m in sys.modules])"
    )
    assert loaded.strip() == "[]"


@pytest.mark.parametrize("module", ["samples", "selection", "engines.cpu", "stats", "state", "cli"])
def test_the_driver_needs_neither_root_nor_torch(module: str) -> None:
    code = f"import sys, gradcut.{module}; print([m for m in ('ROOT', 'torch', 'cppyy') if m in sys.modules])"
    assert run(code).strip() == "[]"


def test_every_public_name_resolves() -> None:
    for name in gradcut.__all__:
        assert getattr(gradcut, name) is not None
    assert set(gradcut.__all__) <= set(dir(gradcut))


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'gradcut' has no attribute 'fit_cutz'"):
        _ = gradcut.fit_cutz


def test_no_module_imports_both_root_and_torch() -> None:
    from pathlib import Path

    for path in Path(gradcut.__file__).parent.rglob("*.py"):
        words = path.read_text()
        assert not ("import torch" in words and ("import ROOT" in words or "gradcut.rdf" in words)), path
