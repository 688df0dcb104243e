"""Where the headers, libraries and CMake files of this installation are.

An editable installation has its Python files in the source tree and everything compiled elsewhere, so the
places are found from the compiled module. Nothing is loaded.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

from gradcut.errors import GradcutError

__all__ = ["cmake_dir", "include_dir", "library_dir", "sample_dir"]


def include_dir() -> Path:
    """Directory to put into the include path, for ``#include <gradcut/RDF.hxx>``."""
    return _existing("include")


def library_dir() -> Path:
    """Directory of the shared libraries."""
    return _existing("lib")


def sample_dir() -> Path:
    """Directory of the ROOT files of the demonstration."""
    return Path(__file__).parent / "demo" / "data"


def cmake_dir() -> Path:
    """Directory of ``gradcutConfig.cmake``, for ``-Dgradcut_DIR=...``."""
    return _existing("lib/cmake/gradcut")


def _existing(relative: str) -> Path:
    spec = importlib.util.find_spec("gradcut._kernels")
    if spec is None or spec.origin is None:
        raise GradcutError(
            "the compiled part of gradcut is missing",
            hint="install the package: a source tree in the Python path is not enough",
        )
    path = Path(spec.origin).parent / relative
    if not path.is_dir():
        raise GradcutError(
            f"this installation has no directory '{relative}'",
            where=str(path),
            hint="reinstall gradcut: the installation is incomplete",
        )
    return path
