"""The formats there are: what they take, their options, and who has read what they hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gradcut.errors import ExportError, close_matches

__all__ = ["FORMATS", "Format", "format_of", "formats"]


@dataclass(frozen=True)
class Format:
    """A format of another program.

    Parameters
    ----------
    name : str
        What ``format=`` takes.
    title : str
        What it is.
    takes : tuple of str
        Kinds of results: ``"cuts"``, ``"scan"``, ``"flat"``, ``"bins"``, ``"model"``, ``"network"``.
    suffixes : tuple of str
        Ends of file names that mean this format.
    module : str
        Where its exporter is, a function ``content(result, **options)``.
    validated_by : str or None
        The program that reads such files in the tests of gradcut; None: only a checker of its own does.
    options : dict of str to str
        Options of the format, and what they mean.
    """

    name: str
    title: str
    takes: tuple[str, ...]
    suffixes: tuple[str, ...]
    module: str
    validated_by: str | None
    options: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        checked = f"read by {self.validated_by}" if self.validated_by else "not validated by the consumer"
        lines = [f"{self.name}: {self.title} ({', '.join(self.takes)}; {checked})"]
        return "\n".join([*lines, *(f"  {name}: {text}" for name, text in self.options.items())])


_TYPES = {"column_types": "types of columns as RDataFrame names them; default those that the fit saw"}
_PARTIAL = {"partial": "write what can be said and name every cut that is missing, instead of an error"}

FORMATS: dict[str, Format] = {
    one.name: one
    for one in (
        Format(
            "rdataframe",
            "one C++ condition for RDataFrame's Filter",
            ("cuts",),
            (),
            "rdataframe",
            "ROOT",
            _TYPES,
        ),
        Format(
            "ttree",
            "one condition for TTree::Draw, GetEntries and TCut",
            ("cuts",),
            (".tcut",),
            "ttree",
            "ROOT",
            _TYPES,
        ),
        Format(
            "cpp",
            "a C++ header with a function, of nothing but the standard library",
            ("cuts", "bins", "network"),
            (".h", ".hpp", ".hxx"),
            "cpp",
            "a C++ compiler",
            {**_TYPES, "function": "its name"},
        ),
        Format(
            "macro",
            "a ROOT macro that copies the events that pass to another file",
            ("cuts",),
            (".C",),
            "macro",
            "ROOT",
            {**_TYPES, "function": "its name; default that of the file"},
        ),
        Format(
            "correctionlib",
            "correctionlib v2: decisions, thresholds of working points, numbers of bins",
            ("cuts", "scan", "flat", "bins"),
            (".corr.json",),
            "correctionlib",
            "correctionlib",
            {
                **_TYPES,
                "name": "what the names of the corrections begin with; default 'gradcut'",
                "edges": "of a flat working point: bins of the property in which the threshold is constant",
                "units": "units of inputs, for their descriptions",
            },
        ),
        Format(
            "pyhf",
            "a workspace of pyhf, in which no bin is empty",
            ("model",),
            (),
            "workspaces",
            "pyhf",
            {"observations": "observed events; default those of the model"},
        ),
        Format(
            "cabinetry",
            "a region of a cabinetry configuration: variable, edges and filter",
            ("bins",),
            (".yml", ".yaml"),
            "cabinetry",
            "cabinetry",
            {**_TYPES, "region": "name of the region"},
        ),
        Format(
            "pythia",
            "phase-space settings of Pythia 8; a UserHooks class beside them for the rest",
            ("cuts",),
            (".cmnd",),
            "pythia",
            "Pythia 8",
            {
                **_TYPES,
                **_PARTIAL,
                "quantities": "column to mHat or pTHat of the hard process, such as {'mll': 'mHat'}",
            },
        ),
        Format(
            "fixed",
            "a header for ap_fixed: thresholds in steps of the hardware, to the tighter side",
            ("cuts",),
            (),
            "fixed_point",
            "ap_fixed.h",
            {
                **_TYPES,
                **_PARTIAL,
                "steps": "column to its least significant bit, such as {'pt': 0.5}",
                "bits": "of a column with its sign; default 16",
                "columns": "events, to tell the efficiency of the quantised cuts",
                "function": "its name",
            },
        ),
        Format(
            "madgraph",
            "lines of a run_card of MadGraph",
            ("cuts",),
            ("run_card.dat",),
            "run_card",
            None,
            {
                **_TYPES,
                **_PARTIAL,
                "quantities": "column to a quantity of the card, such as {'mll': 'mmll'}",
                "card": "'LO' or 'NLO'; their names differ",
            },
        ),
    )
}


def formats() -> dict[str, Format]:
    """Return the formats that results are exported to, by name.

    Examples
    --------
    >>> from gradcut import export
    >>> print(export.formats()["ttree"])
    ttree: one condition for TTree::Draw, GetEntries and TCut (cuts; read by ROOT)
      column_types: types of columns as RDataFrame names them; default those that the fit saw
    """
    return dict(FORMATS)


def format_of(name: str | None, path: str) -> Format:
    """Return the format that is asked for, or that a file name ends like."""
    if name is not None:
        if name not in FORMATS:
            raise ExportError(f"unknown format '{name}'", hint=close_matches(name, FORMATS))
        return FORMATS[name]
    found = [one for one in FORMATS.values() if any(path.endswith(end) for end in one.suffixes)]
    if len(found) != 1:
        raise ExportError(
            "the name of the file does not say which format it is to have",
            given=path,
            allowed=", ".join(one.name for one in found) or ", ".join(FORMATS),
            hint="format='...'",
        )
    return found[0]
