"""Cuts, bins and networks as a C++ header."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gradcut.errors import ExportError
from gradcut.export.kinds import conditions, kinds_of, notes_of, types_of
from gradcut.export.notes import Content, Note
from gradcut.expressions.cpp import render_cpp
from gradcut.expressions.nodes import Expression
from gradcut.expressions.structure import columns, rename
from gradcut.selection.declare import vector_types

__all__ = ["content", "function_name"]


def content(
    result: Any,
    *,
    column_types: Mapping[str, str] | None = None,
    function: str | None = None,
    file_name: str | None = None,
) -> Content:
    """Return a header; of cuts a function that says whether an event passes."""
    name = function_name(function, file_name, "gradcut")
    kinds = kinds_of(result)
    texts: list[str] = []
    notes: tuple[Note, ...] = ()
    if "cuts" in kinds:
        text, notes = _cuts(result, column_types, name)
        texts.append(text)
    if "network" in kinds:
        texts.append(_network(result, name))
    if "bins" in kinds:
        # A result with cuts or a network has bins of what passes, or comes out: a function of their own.
        texts.append(_bins(result, f"{name}_bin" if texts else name))
    return Content("\n".join(texts), notes, "//")


def function_name(given: str | None, file_name: str | None, default: str) -> str:
    """Return the name of the function: as given, else after the file."""
    name = given if given is not None else (file_name or default).partition(".")[0]
    if not re.fullmatch(r"[A-Za-z_]\w*", name):
        raise ExportError("a function of C++ has a name", given=repr(name), hint="function='pass_cuts'")
    return name


def _cuts(result: Any, given: Mapping[str, str] | None, name: str) -> tuple[str, tuple[Note, ...]]:
    types = types_of(result, given)
    bound = conditions(result, types)
    read = list(dict.fromkeys(column for _, condition in bound for column in columns(condition)))
    arguments = _arguments(read)
    vectors = vector_types(types) or frozenset()
    # Comparisons are in double whatever a column holds: a double argument takes it as it is.
    kinds = {arguments[column]: "ROOT::RVecD" if column in vectors else "double" for column in read}
    lines = _conditions(bound, arguments, kinds)
    takes = ", ".join(
        f"const {kind} &{one}" if kind != "double" else f"double {one}" for one, kind in kinds.items()
    )
    guard = f"{name.upper()}_H"
    text = [
        "/// Cuts learned by gradcut.",
        *(f"/// \\param {arguments[column]} column {column}" for column in read),
        "/// \\return whether the event passes",
        f"#ifndef {guard}",
        f"#define {guard}",
        "",
        "#include <algorithm>",
        "#include <cmath>",
        *(["", "#include <ROOT/RVec.hxx>"] if vectors & set(read) else []),
        "",
        f"inline bool {name}({takes})",
        "{",
        *(["   using namespace ROOT::VecOps;"] if vectors & set(read) else []),
        *lines,
        "   return true;",
        "}",
        "",
        "#endif",
    ]
    notes = list(notes_of(result))
    if vectors & set(read):
        notes.append(Note("information", "vector columns: the header needs ROOT/RVec.hxx"))
    return "\n".join(text) + "\n", tuple(notes)


def _conditions(
    bound: tuple[tuple[str, Expression], ...], arguments: Mapping[str, str], kinds: Mapping[str, str]
) -> list[str]:
    lines = []
    for label, condition in bound:
        code = render_cpp(rename(condition, arguments), types=kinds)
        lines += [f"   // {' '.join(label.split())}", f"   if (!({code}))", "      return false;"]
    return lines


def _arguments(read: list[str]) -> dict[str, str]:
    """Name the arguments: ``Jet.pt`` is no name of C++."""
    names: dict[str, str] = {}
    for column in read:
        plain = column.replace(".", "_")
        while plain in names.values() or (plain != column and plain in read):
            plain += "_"
        names[column] = plain
    return names


def _network(result: Any, name: str) -> str:
    from gradcut.networks import Network
    from gradcut.networks.header import header_text

    return header_text(result if isinstance(result, Network) else result.network, name)


def _bins(result: Any, name: str) -> str:
    from gradcut.results import JointResult
    from gradcut.results.binning_header import header_text

    return header_text(result.inside if isinstance(result, JointResult) else result, name)
