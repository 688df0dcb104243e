"""What every source of events offers, and its plain description."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal, Protocol

from gradcut.samples.columns import Schema

__all__ = ["Reader", "Source", "SourceSpec"]

#: Who reads a source: ROOT's event loop, uproot, or nobody (arrays are there already).
Reader = Literal["root", "uproot", "memory"]


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """Where events come from, as plain data: the provenance that a result keeps.

    Parameters
    ----------
    kind : str
        ``"files"``, ``"spec"``, ``"rdataframe"`` or ``"arrays"``.
    given : tuple of str
        File names as the user wrote them, before globs were expanded.
    files : tuple of str
        The files.
    trees : tuple of str
        Name of the TTree or RNTuple in each file, ``""`` for the only one.
    prepare : str
        Name of the function that prepares the RDataFrame, or ``""``.
    """

    kind: str
    given: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    trees: tuple[str, ...] = ()
    prepare: str = ""

    def to_json(self) -> dict[str, object]:
        """Return the description as a plain dict."""
        return {
            key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()
        }


class Source(Protocol):
    """Events that can be read."""

    def describe(self) -> SourceSpec:
        """Return the description for provenance."""

    def reader(self, wanted: str) -> Reader:
        """Say who will read it: ``wanted`` is ``"auto"``, ``"root"`` or ``"uproot"``.

        Raises
        ------
        DeclarationError, RootError
            If the wanted one cannot read this source, or is not installed.
        """

    def schema(self, reader: Reader) -> Schema:
        """Return the columns, without reading events."""
