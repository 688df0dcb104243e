"""Packages that only some of gradcut needs."""

from __future__ import annotations

import importlib.util

from gradcut.errors import GradcutError

__all__ = ["EXTRAS", "missing", "need"]

#: Optional packages and the extra that brings them.
EXTRAS = {
    "torch": "torch",
    "botorch": "bayes",
    "uproot": "uproot",
    "awkward": "uproot",
    "matplotlib": "plot",
    "mplhep": "plot",
    "hist": "hist",
    "jsonpatch": "pyhf",
    "onnx": "onnx",
    "pydantic": "cli",
    "yaml": "cli",
    "distributed": "dask",
}


def missing(package: str, what: str = "this") -> GradcutError:
    """Return the error that says which package is missing and how to get it."""
    return GradcutError(
        f"{what} needs {package}, which is not installed", hint=f"pip install 'gradcut[{EXTRAS[package]}]'"
    )


def need(package: str, what: str) -> None:
    """Raise where a package is not installed, before long work begins.

    Parameters
    ----------
    package : str
        One of ``EXTRAS``.
    what : str
        What needs it.
    """
    if importlib.util.find_spec(package) is None:
        raise missing(package, what)
