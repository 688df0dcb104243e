"""A foreign CMake project finds, builds and runs with what is installed."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from gradcut import _build_info, paths

HERE = Path(__file__).parent


def build_and_run(project: str, folder: Path) -> str:
    def call(*command: str) -> str:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    found = f"-Dgradcut_DIR={paths.cmake_dir()}"
    call(
        "cmake",
        "-S",
        str(HERE / project),
        "-B",
        str(folder),
        found,
        "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Werror",
    )
    call("cmake", "--build", str(folder))
    return call(str(folder / "consumer"))


def test_project_with_the_kernels_only(tmp_path):
    if _build_info.ROOT_VERSION == "":
        assert not (paths.include_dir() / "gradcut" / "RDF.hxx").exists()
    assert build_and_run("kernels_only", tmp_path).split() == ["1.5", "-1.5"]


@pytest.mark.root
def test_project_with_root(tmp_path):
    assert build_and_run("with_root", tmp_path).split() == [
        "50.000000",
        "100",
        "99",
        _build_info.ROOT_VERSION,
    ]
