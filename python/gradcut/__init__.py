"""Learn the numbers that a high-energy-physics selection leaves open.

Importing this package loads neither ROOT nor torch nor numpy: every name below is imported when it is
first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradcut.errors import (
        DataError,
        DeclarationError,
        ExportError,
        GradcutError,
        RootError,
        SchemaError,
        UnattainableError,
    )

#: Public name -> the module that has it.
_HOME = {
    "DataError": "errors",
    "DeclarationError": "errors",
    "ExportError": "errors",
    "GradcutError": "errors",
    "RootError": "errors",
    "SchemaError": "errors",
    "UnattainableError": "errors",
}

__all__ = ["__version__", *sorted(_HOME)]  # noqa: PLE0604 (names that are resolved on first use)


def __getattr__(name: str) -> object:
    if name == "__version__":
        from gradcut._build_info import VERSION

        return VERSION
    if name not in _HOME:
        raise AttributeError(f"module 'gradcut' has no attribute '{name}'")
    value = getattr(importlib.import_module(f"gradcut.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
