"""Cuts as lines of a run_card of MadGraph, of names that its card has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gradcut.errors import ExportError
from gradcut.export.dialect import number
from gradcut.export.kinds import notes_of, types_of
from gradcut.export.neutral import PlainCut, column_of, neutral, refused
from gradcut.export.notes import Content, Note
from gradcut.expressions.text import describe

__all__ = ["NAMES", "content"]

#: Per card, quantity: names of the smallest and the largest value, and whether it is an absolute one.
#: MadGraph takes any other name without a word, and cuts on nothing.
NAMES: dict[str, dict[str, tuple[str | None, str | None, bool]]] = {
    "LO": {
        "ptj": ("ptj", "ptjmax", False),
        "ptb": ("ptb", "ptbmax", False),
        "pta": ("pta", "ptamax", False),
        "ptl": ("ptl", "ptlmax", False),
        "misset": ("misset", "missetmax", False),
        "etaj": ("etajmin", "etaj", True),
        "etab": ("etabmin", "etab", True),
        "etaa": ("etaamin", "etaa", True),
        "etal": ("etalmin", "etal", True),
        "mmll": ("mmll", "mmllmax", False),
        "mmjj": ("mmjj", "mmjjmax", False),
        "ptll": ("ptllmin", "ptllmax", False),
        "drll": ("drll", "drllmax", False),
        "drjj": ("drjj", "drjjmax", False),
    },
    "NLO": {
        "ptj": ("ptj", None, False),
        "etaj": (None, "etaj", True),
        "ptl": ("ptl", None, False),
        "etal": (None, "etal", True),
        "mll": ("mll", None, False),
        "mll_sf": ("mll_sf", None, False),
    },
}


def content(
    result: Any,
    *,
    quantities: Mapping[str, str],
    card: str = "LO",
    column_types: Mapping[str, str] | None = None,
    partial: bool = False,
) -> Content:
    """Return ``value = name`` per cut; ``quantities`` says which column is which of its quantities. GeV."""
    if card not in NAMES:
        raise ExportError("unknown card", given=repr(card), allowed=", ".join(NAMES))
    for column, asked in quantities.items():
        if asked not in NAMES[card]:
            raise ExportError(
                f"the {card} card has no cut of this",
                given=f"{column}: {asked!r}",
                allowed=", ".join(NAMES[card]),
                hint="MadGraph would take an unknown name without a word, and not cut",
            )
    lines: dict[str, float] = {}
    notes: list[Note] = list(notes_of(result))
    for cut in neutral(result, types_of(result, column_types)):
        quantity = quantities.get(column_of(cut) or "") if isinstance(cut, PlainCut) else None
        if not isinstance(cut, PlainCut) or quantity is None:
            notes.append(refused(cut, "madgraph", "quantities={'mll': 'mmll'} does not name it", partial))
            continue
        low, high, absolute = NAMES[card][quantity]
        missing = (cut.lower is not None and low is None) or (cut.upper is not None and high is None)
        if cut.veto or missing or cut.absolute != absolute:
            reason = f"'{quantity}' of the {card} card has " + (
                "only some ends"
                if missing
                else "no veto"
                if cut.veto
                else f"{'' if absolute else 'no '}absolute values"
            )
            notes.append(refused(cut, "madgraph", reason, partial))
            continue
        for key, bound, tighter in ((low, cut.lower, max), (high, cut.upper, min)):
            if bound is None or key is None:
                continue
            if bound.value < 0:
                raise ExportError(
                    "a negative number means no cut to MadGraph",
                    given=describe(cut.condition),
                    where=cut.label,
                )
            lines[key] = tighter(lines.get(key, bound.value), bound.value)
            if bound.strict and not (key == high and cut.lower is not None and cut.lower.strict):
                notes.append(Note("convention", f"'{describe(cut.condition)}': at the threshold events stay"))
        notes.append(Note("converted", f"'{describe(cut.condition)}' cuts on '{quantity}' of partons"))
    notes.append(
        Note("information", "names that are not here keep the card's defaults (ptj 20, ptl 10, etaj 5)")
    )
    text = "".join(f" {number(value)} = {key}\n" for key, value in lines.items())
    return Content(text, tuple(notes), "#")
