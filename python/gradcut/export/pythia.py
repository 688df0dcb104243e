"""Settings of Pythia 8, and a UserHooks class for what settings cannot say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gradcut.errors import ExportError
from gradcut.export.dialect import number
from gradcut.export.kinds import notes_of, types_of
from gradcut.export.neutral import OtherCut, PlainCut, column_of, neutral, refused
from gradcut.export.notes import Content, Note
from gradcut.expressions.cpp import render_cpp
from gradcut.expressions.structure import columns, rename
from gradcut.expressions.text import describe

__all__ = ["content"]

#: What can be limited: keys of the lower and the upper end, and the smallest value that Pythia takes.
QUANTITIES = {
    "mHat": ("PhaseSpace:mHatMin", "PhaseSpace:mHatMax", 0.0),
    "pTHat": ("PhaseSpace:pTHatMin", "PhaseSpace:pTHatMax", 0.0),
}


def content(
    result: Any,
    *,
    column_types: Mapping[str, str] | None = None,
    quantities: Mapping[str, str] | None = None,
    partial: bool = False,
) -> Content:
    """Return one setting per line.

    ``quantities`` says which column is which of Pythia's, such as ``{"mll": "mHat"}``: of the hard process,
    not of what a detector sees. Numbers are in GeV.
    """
    quantities = quantities or {}
    for column, asked in quantities.items():
        if asked not in QUANTITIES:
            raise ExportError(
                "Pythia has no phase-space limit of this",
                given=f"{column}: {asked!r}",
                allowed=", ".join(QUANTITIES),
            )
    settings: dict[str, float] = {}
    notes: list[Note] = list(notes_of(result))
    left: list[PlainCut | OtherCut] = []
    for cut in neutral(result, types_of(result, column_types)):
        quantity = quantities.get(column_of(cut) or "") if isinstance(cut, PlainCut) else None
        if not isinstance(cut, PlainCut) or quantity is None or cut.veto or cut.absolute:
            reason = "it is no range of the hard process, as quantities={'mll': 'mHat'} names them"
            notes.append(refused(cut, "pythia", reason, partial))
            left.append(cut)
            continue
        low_key, high_key, _ = QUANTITIES[quantity]
        for key, bound, tighter in ((low_key, cut.lower, max), (high_key, cut.upper, min)):
            if bound is None:
                continue
            if bound.value < 0:
                raise ExportError(
                    "a negative limit of a quantity that is positive means no limit to Pythia",
                    given=describe(cut.condition),
                    where=cut.label,
                )
            settings[key] = tighter(settings.get(key, bound.value), bound.value)
            if not bound.strict:
                continue
            notes.append(
                Note("convention", f"'{describe(cut.condition)}': at {bound.value!r} itself events stay")
            )
        notes.append(
            Note(
                "converted",
                f"'{describe(cut.condition)}' limits {quantity} of the hard process, not what is "
                "reconstructed: loosen it by the resolution, and cut again",
            )
        )
    lines = [f"{key} = {number(value)}" for key, value in settings.items()]
    beside = {".UserHooks.h": _hooks(left)} if left else {}
    return Content("\n".join(lines) + "\n", tuple(notes), "!", beside)


def _hooks(left: list[PlainCut | OtherCut]) -> str:
    """A class whose reader fills in what the columns are."""
    read = list(dict.fromkeys(name for cut in left for name in columns(cut.condition)))
    lines = [
        "/// Cuts that settings cannot say, for Pythia8::UserHooks: derive from it and compute the columns.",
        "#pragma once",
        "",
        "#include <algorithm>",
        "#include <cmath>",
        "",
        "#include <Pythia8/Pythia.h>",
        "",
        "class GradCutHooks : public Pythia8::UserHooks {",
        "protected:",
        *(f"   virtual double {_plain(name)}(const Pythia8::Event &process) const = 0;" for name in read),
        "",
        "public:",
        "   bool canVetoProcessLevel() override { return true; }",
        "   bool doVetoProcessLevel(Pythia8::Event &process) override",
        "   {",
        *(f"      const double value_{i} = {_plain(n)}(process);" for i, n in enumerate(read)),
    ]
    names = {name: f"value_{i}" for i, name in enumerate(read)}
    types = {f"value_{i}": "double" for i in range(len(read))}
    for cut in left:
        code = render_cpp(rename(cut.condition, names), types=types)
        lines += [f"      // {' '.join(cut.label.split())}", f"      if (!({code}))", "         return true;"]
    return "\n".join([*lines, "      return false;", "   }", "};"]) + "\n"


def _plain(column: str) -> str:
    return column.replace(".", "_")
