"""Every header compiles on its own, for a compiler and for ROOT's interpreter."""

from __future__ import annotations

import subprocess
import sysconfig
from pathlib import Path

import pytest

from gradcut import paths

pytestmark = pytest.mark.root

try:
    HEADERS = sorted(
        str(path.relative_to(paths.include_dir()))
        for path in (paths.include_dir() / "gradcut").rglob("*.hxx")
    )
except Exception:  # no installation: the tests are skipped by their marker
    HEADERS = []
#: pytest skips an empty list of parameters with a reason of its own, which is not that of the marker.
PARAMETERS = HEADERS or ["gradcut/RDF.hxx"]


@pytest.fixture(scope="module")
def root_includes(ROOT):  # noqa: N803
    return str(ROOT.TROOT.GetIncludeDir())


@pytest.mark.parametrize("header", PARAMETERS)
def test_header_compiles_alone(root_includes, tmp_path, header):
    source = tmp_path / "alone.cxx"
    source.write_text(f"#include <{header}>\n")
    includes = [f"-I{paths.include_dir()}", f"-isystem{root_includes}"]
    compiler = (sysconfig.get_config_var("CXX") or "c++").split()[0]
    command = [compiler, "-std=c++17", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", *includes, str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[:3000]


def test_there_is_a_header_of_everything():
    assert "gradcut/RDF.hxx" in HEADERS


@pytest.mark.parametrize("header", PARAMETERS)
def test_interpreter_takes_header(ROOT, header):  # noqa: N803
    assert ROOT.gInterpreter.Declare(f"#include <{header}>")


def test_umbrella_refuses_another_root(root_includes, tmp_path):
    fake = tmp_path / "RVersion.h"
    fake.write_text('#define ROOT_RELEASE "6.34.02"\n')
    source = tmp_path / "other.cxx"
    source.write_text("#include <gradcut/rdf/RootVersion.hxx>\n")
    command = ["c++", "-std=c++17", "-fsyntax-only", f"-I{tmp_path}", f"-I{paths.include_dir()}", str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "rebuild it for the ROOT in use" in done.stderr


def test_headers_open_no_namespace_of_others():
    for header in HEADERS:
        text = (Path(paths.include_dir()) / header).read_text()
        assert "using namespace" not in text, header
        assert "namespace ROOT" not in text, header
