"""The one grammar of gradcut: text to tree, and the tree to everything else.

What to use when: :func:`parse` reads a text and :func:`to_text` writes it; :func:`to_json` and
:func:`from_json` are for files; :func:`evaluate` is for numpy arrays and :func:`render_cpp` for RDataFrame;
:func:`check` compares a tree with the columns there are; :func:`guard` makes missing values fail.

Every number is a double, ``/`` is true division, comparisons are made in double. The same tree gives the
same decision for every event in numpy, in RDataFrame and after save and load.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gradcut.expressions.cpp import render_cpp
from gradcut.expressions.guards import guard, missing
from gradcut.expressions.json_form import from_json, to_json
from gradcut.expressions.kinds import ColumnType, check, column_type
from gradcut.expressions.nodes import (
    Binary,
    Call,
    Column,
    Comparison,
    Cpp,
    Expression,
    Hole,
    Logical,
    Number,
    Reduce,
    Unary,
)
from gradcut.expressions.parser import parse
from gradcut.expressions.structure import columns, has_cpp, has_holes, is_condition, rename
from gradcut.expressions.text import to_text

if TYPE_CHECKING:
    from gradcut.expressions.evaluator import evaluate

__all__ = [
    "Binary",
    "Call",
    "Column",
    "ColumnType",
    "Comparison",
    "Cpp",
    "Expression",
    "Hole",
    "Logical",
    "Number",
    "Reduce",
    "Unary",
    "check",
    "column_type",
    "columns",
    "evaluate",
    "from_json",
    "guard",
    "has_cpp",
    "has_holes",
    "is_condition",
    "missing",
    "parse",
    "rename",
    "render_cpp",
    "to_json",
    "to_text",
]


def __getattr__(name: str) -> Any:
    # numpy is loaded with the first evaluation, not with `import gradcut`.
    if name == "evaluate":
        from gradcut.expressions.evaluator import evaluate

        return evaluate
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
