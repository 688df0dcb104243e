"""The direction of the layers in the driver: what its lower packages may know of others."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import gradcut

FOLDER = Path(gradcut.__file__).parent
#: Package or module -> those it may import from, whole or in part; in functions, and for types, too.
ALLOWED: dict[str, set[str]] = {
    "errors": set(),
    "tables": set(),
    "schema": {"errors"},
    "checks": {"errors"},
    "extras": {"errors"},
    "jagged": {"errors"},
    "yields": {"errors"},
    "side_by_side": {"errors", "yields"},
    "stats": {
        *("_kernels", "errors", "checks", "extras", "tables", "schema", "yields", "side_by_side"),
        *("samples.variations", "engines.layout"),
    },
    "objectives": {"_kernels", "errors", "checks", "extras", "yields", "side_by_side", "stats"},
}


def imported(code: str) -> set[str]:
    """Modules of gradcut that code imports anywhere, without the name of the package itself."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and node.module == "gradcut":
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("gradcut."):
            found.add((node.module or "").removeprefix("gradcut."))
        elif isinstance(node, ast.Import):
            found |= {a.name.removeprefix("gradcut.") for a in node.names if a.name.startswith("gradcut.")}
    return found


@pytest.mark.parametrize("package", ALLOWED)
def test_imports_point_upwards(package: str) -> None:
    files = (
        [FOLDER / f"{package}.py"]
        if (FOLDER / f"{package}.py").is_file()
        else (FOLDER / package).rglob("*.py")
    )
    allowed = {package, *ALLOWED[package]}
    wrong = {
        f"{path.relative_to(FOLDER)} imports {name}"
        for path in files
        for name in imported(path.read_text())
        if not any(name == one or name.startswith(f"{one}.") for one in allowed)
    }
    assert wrong == set()


def test_the_test_sees_all_ways_to_import() -> None:
    code = """
from gradcut import results, stats
from gradcut.results.tables import table
import gradcut.report
def later():
    from gradcut.binning import axis
import numpy
"""
    assert imported(code) == {"results", "stats", "results.tables", "report", "binning"}
