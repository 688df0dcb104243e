"""From the arguments of ``Samples.vary`` to a variation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gradcut.checks import is_integer
from gradcut.errors import DeclarationError
from gradcut.samples.declared import check_number, names_of, numeric_expression
from gradcut.samples.sources import Source, make_source
from gradcut.samples.variations import (
    NOMINAL,
    FileVariation,
    RdfVariation,
    SuffixVariation,
    Variation,
    VariationKind,
    VectorVariation,
    WeightVariation,
)

__all__ = ["declare_variation"]

_NAME = re.compile(r"[^\s:]+")
_SIDES = ("up", "down")


def declare_variation(
    name: str,
    *,
    suffix: object,
    weight: object,
    weights: str | None,
    kind: str,
    indices: Sequence[int] | None,
    relative: bool,
    files: Mapping[str, Any] | None,
    sumw: Mapping[str, Any] | None,
    rdf: bool,
    processes: str | Sequence[str] | None,
) -> Variation:
    """Return the declared variation; see ``Samples.vary`` for the arguments."""
    where = f"variation '{name}'"
    if not isinstance(name, str) or not _NAME.fullmatch(name) or name == NOMINAL:
        raise DeclarationError(
            "this cannot be the name of a variation",
            given=repr(name),
            allowed="text without spaces and colons, not 'nominal'",
        )
    forms = {"suffix": suffix, "weight": weight, "weights": weights, "files": files, "rdf": rdf or None}
    chosen = [form for form, value in forms.items() if value is not None]
    if len(chosen) != 1:
        raise DeclarationError(
            "a variation is declared in exactly one form",
            where=where,
            given=", ".join(chosen) or "none",
            allowed="suffix=, weight=, weights=, files= or rdf=True",
        )
    form = chosen[0]
    _refuse_foreign(where, form, kind=kind, indices=indices, relative=relative, sumw=sumw)
    concerned = _processes(processes, where)
    if form == "files":
        return _files(name, files, sumw, concerned, where)
    if form == "rdf":
        return RdfVariation(name, "up-down", (), concerned)
    if form == "weights":
        return _vector(name, weights, kind, indices, relative, concerned, where)
    sides = _sides(suffix if form == "suffix" else weight, where, form)
    side_kind: VariationKind = "up-down" if len(sides) == 2 else "one-sided"
    directions = _SIDES[: len(sides)]
    if form == "suffix":
        return SuffixVariation(
            name, side_kind, directions, concerned, tuple(_suffix(side, where) for side in sides)
        )
    expressions = tuple(numeric_expression(side, where=where, what="weight") for side in sides)
    return WeightVariation(name, side_kind, directions, concerned, expressions, relative)


def _refuse_foreign(where: str, form: str, **given: object) -> None:
    owners = {
        "kind": ("weights",),
        "indices": ("weights",),
        "relative": ("weight", "weights"),
        "sumw": ("files",),
    }
    for option, value in given.items():
        unset = value in (None, False) or (option == "kind" and value == "replicas")
        if not unset and form not in owners[option]:
            raise DeclarationError(
                f"'{option}' does not go with '{form}'",
                where=where,
                allowed=f"{option}= goes with {' and '.join(owner + '=' for owner in owners[option])}",
            )


def _sides(given: object, where: str, form: str) -> tuple[Any, ...]:
    """Return (up, down), or (up,) for a one-sided variation."""
    sides: tuple[Any, ...] = tuple(given) if isinstance(given, (tuple, list)) else (given,)
    if len(sides) == 2 and sides[1] is None:
        sides = sides[:1]
    if len(sides) not in (1, 2) or any(side is None for side in sides):
        raise DeclarationError(
            "a variation has an up and a down side, or one side only",
            where=where,
            given=repr(given)[:80],
            allowed=f"{form}=(up, down), or {form}=up for a one-sided one",
        )
    if len(sides) == 2 and isinstance(sides[0], str) and sides[0] == sides[1]:
        raise DeclarationError("up and down are the same", where=where, given=repr(given))
    return sides


def _suffix(given: object, where: str) -> str:
    if not isinstance(given, str) or not re.fullmatch(r"[A-Za-z0-9_.]+", given):
        raise DeclarationError(
            "a suffix is text that can end a column's name", where=where, given=repr(given)
        )
    return given


def _processes(given: str | Sequence[str] | None, where: str) -> frozenset[str] | None:
    if given is None:
        return None
    names = names_of(given, "processes", where=where)
    if not names:
        raise DeclarationError("'processes' names at least one process", where=where, given=repr(given)[:80])
    return names


def _vector(
    name: str,
    column: object,
    kind: str,
    indices: Sequence[int] | None,
    relative: bool,
    processes: frozenset[str] | None,
    where: str,
) -> VectorVariation:
    if not isinstance(column, str):
        raise DeclarationError("'weights' names one vector column", where=where, given=repr(column)[:80])
    if kind not in ("replicas", "envelope"):
        raise DeclarationError(
            "unknown kind", where=where, given=repr(kind), allowed="'replicas', 'envelope'"
        )
    chosen: tuple[int, ...] | None = None
    if indices is not None:
        listed = list(indices) if isinstance(indices, Iterable) else [None]
        chosen = tuple(int(index) for index in listed if is_integer(index))
        if not chosen or len(set(chosen)) != len(listed) or min(chosen) < 0:
            raise DeclarationError(
                "'indices' are different element numbers from 0 on", where=where, given=repr(indices)[:80]
            )
    directions = () if chosen is None else tuple(str(index) for index in chosen)
    shown: VariationKind = "envelope" if kind == "envelope" else "replicas"
    return VectorVariation(name, shown, directions, processes, column, chosen, relative)


def _files(
    name: str,
    files: Mapping[str, Any] | None,
    sumw: Mapping[str, Any] | None,
    processes: frozenset[str] | None,
    where: str,
) -> FileVariation:
    if not isinstance(files, Mapping) or not files:
        raise DeclarationError(
            "'files' maps each process to its samples",
            where=where,
            given=repr(files)[:80],
            allowed="files={'ttbar': ('tt_up.root:events', 'tt_down.root:events')}",
        )
    if processes is not None:
        raise DeclarationError(
            "'files' names the processes already", where=where, hint="leave processes= out"
        )
    sources: dict[str, tuple[Source, ...]] = {}
    for process, given in files.items():
        # A list is one sample of several files; a tuple is (up, down).
        sides = _sides(given if isinstance(given, tuple) else (given,), where, "files")
        sources[process] = tuple(
            make_source(side, None, where=f"{where}, process '{process}'") for side in sides
        )
    counts = {len(sides) for sides in sources.values()}
    if len(counts) != 1:
        raise DeclarationError("some processes have one side and others two", where=where)
    n_sides = counts.pop()
    if sumw is not None and not isinstance(sumw, Mapping):
        raise DeclarationError(
            "'sumw' maps each process to its sums",
            where=where,
            given=repr(sumw)[:80],
            allowed="sumw={'ttbar': (<up>, <down>)}",
        )
    sums = {
        process: tuple(
            check_number(one, "sumw", where=where)
            for one in (given if isinstance(given, tuple) else (given,))
        )
        for process, given in (sumw or {}).items()
    }
    for process, values in sums.items():
        if process not in sources or len(values) != n_sides:
            raise DeclarationError(
                "'sumw' has one sum per sample of 'files'", where=where, given=f"'{process}': {len(values)}"
            )
    kind: VariationKind = "up-down" if n_sides == 2 else "one-sided"
    return FileVariation(name, kind, _SIDES[:n_sides], frozenset(sources), sources, sums)
