"""One condition for RDataFrame."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gradcut.export.kinds import conditions, notes_of, types_of
from gradcut.export.notes import Content
from gradcut.expressions.cpp import render_cpp

__all__ = ["content", "joined"]


def content(result: Any, *, column_types: Mapping[str, str] | None = None) -> Content:
    """Return the requirements as one condition, of the same events as ``result.apply``."""
    types = types_of(result, column_types)
    codes = [render_cpp(condition, types=types) for _, condition in conditions(result, types)]
    return Content(joined(codes) + "\n", notes_of(result))


def joined(codes: list[str]) -> str:
    """Join conditions of C++."""
    return codes[0] if len(codes) == 1 else " && ".join(f"({code})" for code in codes)
