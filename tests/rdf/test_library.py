from __future__ import annotations

import subprocess
import sys

import pytest

from gradcut import _build_info, errors, paths
from gradcut.rdf import library


@pytest.fixture
def fresh(monkeypatch):
    """``load`` without its memory."""
    monkeypatch.setattr(library, "load", library.load.__wrapped__)
    return library.load


def test_load_of_a_build_without_root_says_so(fresh, monkeypatch):
    monkeypatch.setattr(_build_info, "ROOT_VERSION", "")
    with pytest.raises(
        errors.RootError, match=r"this gradcut was built without ROOT\n.*what to do: .*pip install"
    ):
        fresh()


def test_load_without_root_says_what_to_install(fresh, monkeypatch):
    monkeypatch.setattr(_build_info, "ROOT_VERSION", "6.40.00")
    monkeypatch.setitem(sys.modules, "ROOT", None)
    with pytest.raises(errors.RootError, match=r"(?s)ROOT cannot be imported.*thisroot.sh.*gradcut\[root\]"):
        fresh()


@pytest.mark.root
def test_load_with_another_root_is_refused_before_the_library_is_touched(fresh, monkeypatch):
    monkeypatch.setattr(_build_info, "ROOT_VERSION", "6.34.02")
    monkeypatch.setattr(paths, "library_dir", lambda: pytest.fail("the library was looked for"))
    with pytest.raises(
        errors.RootError, match=r"(?s)not the version.*given: ROOT 6.40.*allowed: ROOT 6.34.02"
    ):
        fresh()


@pytest.mark.root
def test_load_of_an_incomplete_installation_is_refused(fresh, monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "library_dir", lambda: tmp_path)
    with pytest.raises(errors.RootError, match="this installation has no ROOT library"):
        fresh()


@pytest.mark.root
def test_load_returns_root_once(ROOT):  # noqa: N803
    assert library.load() is ROOT
    assert str(ROOT.GradCut.RootVersion()) == _build_info.ROOT_VERSION


@pytest.mark.root
def test_load_leaves_the_filters_of_warnings_alone():
    code = (
        "import warnings; before = list(warnings.filters); warnings.simplefilter('error');"
        "from gradcut.rdf import load; load(); import ROOT; ROOT.RDataFrame(1);"
        "assert not [f for f in warnings.filters if f[1] and 'alpha' in f[1].pattern]"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("spelled", ["6.40/00", "6.40.00", "6.40.0"])
def test_versions_are_compared_as_numbers(spelled):
    assert library._numbers(spelled) == (6, 40, 0)


def test_import_of_the_package_loads_no_root():
    code = "import sys, gradcut.rdf; assert 'ROOT' not in sys.modules and 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
