"""Analyses as YAML files: read with line numbers, checked as a whole, turned into samples and fits.

:func:`read_analysis` checks a file, :func:`json_schema` is what may be in it, ``run_analysis`` does it.
pydantic and PyYAML are needed (the extra ``cli``); they are loaded by the first call.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradcut.config.analysis import Analysis
    from gradcut.config.examples import EXAMPLES, example
    from gradcut.config.json_schema import json_schema, published_schema
    from gradcut.config.reading import Document, parse_analysis, read_analysis
    from gradcut.config.running import learn

__all__ = [
    "EXAMPLES",
    "Analysis",
    "Document",
    "example",
    "json_schema",
    "learn",
    "parse_analysis",
    "published_schema",
    "read_analysis",
]

_HOMES = {
    "Analysis": "analysis",
    "Document": "reading",
    "EXAMPLES": "examples",
    "example": "examples",
    "json_schema": "json_schema",
    "learn": "running",
    "parse_analysis": "reading",
    "published_schema": "json_schema",
    "read_analysis": "reading",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'gradcut.config' has no attribute '{name}'")
    return getattr(importlib.import_module(f"gradcut.config.{_HOMES[name]}"), name)
