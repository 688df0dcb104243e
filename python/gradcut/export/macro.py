"""Cuts as a ROOT macro, which copies the events that pass."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from gradcut.export.cpp import function_name
from gradcut.export.kinds import conditions, notes_of, types_of
from gradcut.export.notes import Content
from gradcut.expressions.cpp import render_cpp

__all__ = ["content"]


def content(
    result: Any,
    *,
    column_types: Mapping[str, str] | None = None,
    function: str | None = None,
    file_name: str | None = None,
) -> Content:
    """Return a macro with one named filter per requirement, which prints how many events each leaves."""
    types = types_of(result, column_types)
    name = function_name(function, file_name, "gradcut")
    filters = [
        # A text of JSON is one of C++ as long as it is ASCII.
        f"                   .Filter({json.dumps(render_cpp(condition, types=types))},"
        f" {json.dumps(' '.join(label.split()), ensure_ascii=False)})"
        for label, condition in conditions(result, types)
    ]
    lines = [
        "/// Copy the events that pass cuts learned by gradcut.",
        "///",
        f'///     root -l -b -q \'{name}.C("events.root", "tree", "passed.root")\'',
        "",
        "#include <ROOT/RDataFrame.hxx>",
        "",
        f"void {name}(const char *input, const char *tree, const char *output)",
        "{",
        "   ROOT::RDataFrame events(tree, input);",
        "   auto passed = events",
        *filters[:-1],
        f"{filters[-1]};",
        "   auto report = passed.Report();",
        "   passed.Snapshot(tree, output);",
        "   report->Print();",
        "}",
    ]
    return Content("\n".join(lines) + "\n", notes_of(result), "//")
