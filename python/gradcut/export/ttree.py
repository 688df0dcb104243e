"""One condition for TTree::Draw and TCut, whose formulas are no C++.

A TTreeFormula takes roots of absolute values, sets logarithms of negative numbers and quotients by zero to 0,
and limits exponentials; it compiles neither ``std::fabs`` nor ``true``. It passes **every** event where it
cannot read a formula: ``TTreeFormula("f", text, tree).GetNdim()`` is 1 for one that it can.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gradcut.export.dialect import Dialect, write
from gradcut.export.kinds import conditions, notes_of, types_of
from gradcut.export.notes import Content, Note
from gradcut.export.rdataframe import joined

__all__ = ["content"]


def _extreme(function: str, first: str, second: str) -> str:
    both = f"({second} == {second} ? {function}({first}, {second}) : {second})"
    return f"({first} == {first} ? {both} : {first})"  # NaN where one of them is


def _quotient(left: str, right: str) -> str:
    # x / 0 is 0 there: infinite, or NaN, by way of a power.
    return f"({right} == 0 ? {left} * TMath::Power({right}, -1) : {left} / {right})"


_DIALECT = Dialect(
    "ttree",
    functions={
        "abs": "abs",
        "sqrt": "TMath::Sqrt",
        "exp": "TMath::Exp",
        "log": "TMath::Log",
        "pow": "TMath::Power",
        "sin": "sin",
        "cos": "cos",
        "tan": "TMath::Tan",
        "atan2": "atan2",
        "hypot": "hypot",
    },
    reducers={
        "any": "Sum$(({0}) != 0) > 0",
        "all": "Sum$(({0}) == 0) == 0",
        "count": "Sum$(({0}) != 0)",
        "sum": "Sum$({0})",
    },
    extreme=_extreme,
    quotient=_quotient,
    remainder="fmod({0}, {1})",
)


def content(result: Any, *, column_types: Mapping[str, str] | None = None) -> Content:
    """Return the requirements as one condition of TTreeFormula."""
    types = types_of(result, column_types)
    codes = [write(condition, _DIALECT, where=label) for label, condition in conditions(result, types)]
    text = joined(codes)
    warning = (
        "a TTree passes every event where a formula cannot be read (a branch that is not there): check that "
        "TTreeFormula(name, text, tree).GetNdim() is 1"
    )
    return Content(text + "\n", (*notes_of(result), Note("information", warning)))
