"""The errors a user can meet.

Every one says what was given, what is allowed, where, and what to do (DESIGN section 9). The kinds
are those a caller can react to; the command line turns each into its ``exit_code``.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = [
    "DataError",
    "DeclarationError",
    "ExportError",
    "GradcutError",
    "RootError",
    "SchemaError",
    "UnattainableError",
    "close_matches",
    "located",
]


class GradcutError(Exception):
    """Base class of all errors that gradcut raises on purpose.

    Parameters
    ----------
    problem : str
        What went wrong, as one sentence without a full stop.
    given : str, optional
        What was given.
    allowed : str, optional
        What would have been accepted.
    where : str, optional
        The sample, cut, file or line concerned.
    hint : str, optional
        What to do about it.
    """

    exit_code = 1

    def __init__(
        self,
        problem: str,
        *,
        given: str | None = None,
        allowed: str | None = None,
        where: str | None = None,
        hint: str | None = None,
    ) -> None:
        self.problem = problem
        self.given = given
        self.allowed = allowed
        self.where = where
        self.hint = hint
        labelled = (("where", where), ("given", given), ("allowed", allowed), ("what to do", hint))
        lines = [problem, *(f"  {label}: {text}" for label, text in labelled if text)]
        super().__init__("\n".join(lines))

    def __reduce__(self) -> tuple[object, ...]:
        # Errors cross process borders (Dask, multiprocessing): keyword arguments need help.
        return _rebuild, (type(self), self.problem, self.given, self.allowed, self.where, self.hint)


def _rebuild(
    kind: type[GradcutError],
    problem: str,
    given: str | None,
    allowed: str | None,
    where: str | None,
    hint: str | None,
) -> GradcutError:
    return kind(problem, given=given, allowed=allowed, where=where, hint=hint)


class DeclarationError(GradcutError, ValueError):
    """A selection, binning, sample or setting that was written down wrongly."""

    exit_code = 10


class DataError(GradcutError, ValueError):
    """Events, columns, weights or files that cannot be used as they are."""

    exit_code = 11


class UnattainableError(GradcutError):
    """A target (an efficiency, a budget, a constraint) that no selection of these events meets."""

    exit_code = 12


class SchemaError(GradcutError, ValueError):
    """A file of gradcut's own formats that is damaged, foreign, or from a newer version."""

    exit_code = 13


class ExportError(GradcutError):
    """A result that a foreign format cannot express."""

    exit_code = 14


class RootError(GradcutError, RuntimeError):
    """ROOT is missing, or is not the version that gradcut was built with."""

    exit_code = 15


def close_matches(name: str, known: Iterable[str], count: int = 3) -> str:
    """Describe the names close to a mistyped one.

    Parameters
    ----------
    name : str
        The name that is not known.
    known : iterable of str
        The names that are.
    count : int, default 3
        At most so many suggestions.

    Returns
    -------
    str
        ``"did you mean 'met', 'met_phi'?"``, or the known names when none is close.
    """
    names = sorted(set(known))
    # By the name without its case: 'met_pt' is meant to be 'MET_pt', not 'Jet_pt'.
    spellings: dict[str, list[str]] = {}
    for known_name in names:
        spellings.setdefault(known_name.lower(), []).append(known_name)
    close = difflib.get_close_matches(name.lower(), spellings, n=count)
    matches = [spelling for lower in close for spelling in spellings[lower]][:count]
    if matches:
        return "did you mean " + ", ".join(f"'{match}'" for match in matches) + "?"
    shown = ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")
    return f"known names: {shown}" if names else "no names are known"


def located(error: GradcutError, where: str) -> GradcutError:
    """Return an error of the same kind that also says where it belongs.

    Parameters
    ----------
    error : GradcutError
        An error of something that does not know its surroundings, such as the parser.
    where : str
        The sample or setting concerned; comes before the place that the error has.
    """
    place = where if not error.where else f"{where}: {error.where}"
    return type(error)(error.problem, given=error.given, allowed=error.allowed, where=place, hint=error.hint)
