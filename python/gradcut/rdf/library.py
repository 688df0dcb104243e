"""Loads ROOT and gradcut's ROOT library, once and only when they are needed."""

from __future__ import annotations

import functools
import importlib
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

from gradcut.errors import RootError

__all__ = ["load"]

_REBUILD = "rebuild it where this ROOT is found: pip install --no-build-isolation ."


@functools.lru_cache(maxsize=1)
def load() -> Any:
    """Import ROOT and load gradcut's library into it.

    Returns
    -------
    module
        ``ROOT``; gradcut's C++ names are in ``ROOT.GradCut``.

    Raises
    ------
    RootError
        If gradcut was built without ROOT, if ROOT cannot be imported, if it is not the version that gradcut
        was built with, or if the library cannot be loaded.
    """
    from gradcut import _build_info, paths

    built_with = _build_info.ROOT_VERSION
    if not built_with:
        raise RootError(
            "this gradcut was built without ROOT",
            hint=f"the driver works on arrays and files without it; for RDataFrame, {_REBUILD}",
        )
    root = _import_root()
    found = str(root.gROOT.GetVersion())
    # Before anything is loaded: RDataFrame's classes change between versions, and the library would crash.
    if _numbers(found) != _numbers(built_with):
        raise RootError(
            "ROOT is not the version that gradcut was built with",
            given=f"ROOT {found}",
            allowed=f"ROOT {built_with}",
            hint=_REBUILD,
        )
    # With libROOTDataFrame in memory the run path of our library does not matter (conda, LCG, wheels).
    for library in ("libROOTDataFrame", _library(paths.library_dir())):
        if root.gSystem.Load(library) < 0:
            raise RootError(f"cannot load {library}", hint=f"see ROOT's message above; perhaps {_REBUILD}")
    root.gInterpreter.AddIncludePath(str(paths.include_dir()))
    if not root.gInterpreter.Declare("#include <gradcut/RDF.hxx>"):
        raise RootError(
            "ROOT's interpreter does not take the headers of gradcut",
            where=str(paths.include_dir()),
            hint=f"see ROOT's message above; perhaps {_REBUILD}",
        )
    # The event loop needs no Python: other threads may run meanwhile.
    root.GradCut.PythonSupport.Run.__release_gil__ = True
    return root


def _library(folder: Path) -> str:
    found = sorted(folder.glob("libGradCutRDF.*"))
    if not found:
        raise RootError(
            "this installation has no ROOT library", where=str(folder), hint=f"it is incomplete; {_REBUILD}"
        )
    return str(found[0])


def _import_root() -> Any:
    with warnings.catch_warnings():
        # What ROOT's wheel says about itself; the user did not ask for it by calling gradcut.
        warnings.filterwarnings("ignore", message=r"(?s).*alpha stage.*")
        try:
            root: ModuleType = importlib.import_module("ROOT")
            _ = root.gROOT  # the first attribute is what really starts ROOT
        except ImportError as error:
            raise RootError(
                "ROOT cannot be imported",
                given=str(error),
                hint="set up ROOT (thisroot.sh, conda, LCG), or pip install 'gradcut[root]'",
            ) from error
    return root


def _numbers(version: str) -> tuple[int, ...]:
    """Turn ``"6.40/00"`` and ``"6.40.00"`` into the same."""
    return tuple(int(part) for part in version.replace("/", ".").split("."))
