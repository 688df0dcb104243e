"""The JSON Schema of configurations, for editors; published beside this file."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

__all__ = ["json_schema", "published_schema", "text_of"]


def json_schema() -> dict[str, Any]:
    """Return the schema of what :func:`gradcut.config.read_analysis` takes."""
    from gradcut.config.analysis import Analysis

    schema = Analysis.model_json_schema(by_alias=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "analysis of gradcut",
    }


def text_of(schema: dict[str, Any]) -> str:
    """Write a schema as it is published."""
    return json.dumps(schema, indent=1) + "\n"


def published_schema() -> str:
    """Return the text of ``gradcut/config/analysis.schema.json``, which needs nothing to be installed."""
    file = resources.files("gradcut.config").joinpath("analysis.schema.json")
    return file.read_text(encoding="utf-8")
