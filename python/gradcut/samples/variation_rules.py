"""Which declared variations concern a process, and what its RDataFrame brings along."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from gradcut.errors import DataError, DeclarationError, close_matches
from gradcut.samples.process import Process
from gradcut.samples.tables import VariationGroup
from gradcut.samples.variations import FileVariation, Variation, VariationKind

__all__ = ["check_discovered", "check_names", "concerning", "file_variations", "group_tags", "honoured"]


def check_names(
    processes: Sequence[Process], variations: Sequence[Variation], in_rdf: Collection[str]
) -> None:
    """Check that names of processes and variations that are mentioned exist.

    Raises
    ------
    DeclarationError
        If a variation names an unknown process, or a process is declared without an unknown variation.
    """
    names = {process.name for process in processes}
    for variation in variations:
        for name in sorted(variation.processes or ()):
            if name not in names:
                raise DeclarationError(
                    f"unknown process '{name}'",
                    where=f"variation '{variation.name}'",
                    hint=close_matches(name, names),
                )
    known = {variation.name for variation in variations} | set(in_rdf)
    for process in processes:
        for name in sorted(process.absent):
            if name not in known:
                raise DeclarationError(
                    f"unknown variation '{name}' in 'absent'",
                    where=process.where,
                    hint=close_matches(name, known),
                )


def concerning(process: Process, variations: Iterable[Variation]) -> tuple[Variation, ...]:
    """Return the variations of a process except those by files; data have none."""
    if process.role == "data":
        return ()
    return tuple(
        variation
        for variation in variations
        if variation.concerns(process.name)
        and variation.name not in process.absent
        and not isinstance(variation, FileVariation)
    )


def honoured(
    process: Process, variations: Iterable[Variation], found: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    """Return the ``Vary`` of a process' RDataFrame that count for it.

    Data have no variations, a variation that is declared absent is not read, nor one that is declared for
    other processes.
    """
    if process.role == "data":
        return {}
    elsewhere = {variation.name for variation in variations if not variation.concerns(process.name)}
    return {
        name: tags for name, tags in found.items() if name not in process.absent and name not in elsewhere
    }


def file_variations(process: Process, variations: Iterable[Variation]) -> tuple[FileVariation, ...]:
    """Return the variations for which a process has samples of their own."""
    return tuple(
        variation
        for variation in variations
        if isinstance(variation, FileVariation)
        and process.name in variation.sources
        and variation.name not in process.absent
    )


def check_discovered(
    process: Process, own: Collection[str], everywhere: Iterable[str], declared: Collection[str]
) -> None:
    """Check that a process has every ``Vary`` that others have and that is not declared.

    Of a declared one, the declaration says whether the process is concerned, and how it varies.

    Raises
    ------
    DataError
        If it lacks one that is neither declared nor declared absent.
    """
    if process.role == "data":
        return
    for name in everywhere:
        if name not in own and name not in declared and name not in process.absent:
            raise DataError(
                f"a process lacks the variation '{name}'",
                where=process.where,
                given="other processes have a Vary of this name in their RDataFrame",
                hint=f"declare it: samples.add('{process.name}', ..., absent=('{name}',))",
            )


def group_tags(
    variations: Iterable[Variation], in_rdf: Mapping[str, Sequence[str]], found: Collection[str]
) -> tuple[VariationGroup, ...]:
    """Return the variations that at least one table has, declared ones first.

    Parameters
    ----------
    variations : iterable of Variation
        Declared ones.
    in_rdf : mapping of str to sequence of str
        Tags of every ``Vary`` that was discovered.
    found : collection of str
        All tags of all tables, in order.
    """
    groups: dict[str, VariationGroup] = {}
    kinds: dict[str, VariationKind] = {variation.name: variation.kind for variation in variations}
    for name in dict.fromkeys([*kinds, *in_rdf]):
        # A Vary keeps the order in which ROOT lists its tags, whoever found them first.
        tags = tuple(tag for tag in (*in_rdf.get(name, ()), *found) if tag.rpartition(":")[0] == name)
        tags = tuple(tag for tag in dict.fromkeys(tags) if tag in found)
        if tags:
            kind = _kind_of_tags(tags) if name in in_rdf else kinds[name]
            groups[name] = VariationGroup(name, kind, tags)
    return tuple(groups.values())


def _kind_of_tags(tags: Sequence[str]) -> VariationKind:
    sides = {tag.rpartition(":")[2] for tag in tags}
    if sides == {"up", "down"}:
        return "up-down"
    return "one-sided" if len(tags) == 1 else "replicas"
