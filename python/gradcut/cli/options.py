"""Options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

__all__ = ["FILE", "FOLDER", "as_json", "efficiencies_of", "folds", "pairs"]

#: An argument that is a file or a folder; whether it is there is said by who reads it, and how.
FILE: Any = click.Path(path_type=Path)
FOLDER: Any = click.Path(file_okay=False, path_type=Path)

as_json = click.option(
    "--json", "as_json", is_flag=True, help="Write one JSON document to standard output instead of text."
)
folds = click.option(
    "--folds",
    is_flag=True,
    help="Let every event be judged by the cuts or bins of the fold that did not learn from it.",
)


def pairs(_context: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    """Read ``name=value``, several times."""
    found = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise click.BadParameter(f"'{text}' is not name=value", param=parameter)
        if name in found:
            raise click.BadParameter(f"'{name}' is given twice", param=parameter)
        found[name] = value
    return found


def efficiencies_of(
    _context: click.Context, parameter: click.Parameter, given: str | None
) -> list[float] | None:
    """Read ``0.3,0.5,0.7`` or ``first:last:step``."""
    if given is None:
        return None
    try:
        if ":" not in given:
            return [float(part) for part in given.split(",")]
        first, last, step = (float(part) for part in given.split(":"))
    except ValueError as error:
        raise click.BadParameter(
            f"'{given}' is neither 0.3,0.5,0.7 nor 0.3:0.7:0.1", param=parameter
        ) from error
    if not (step > 0 and first <= last < first + 10_000 * step):
        raise click.BadParameter(f"'{given}' is no range first:last:step", param=parameter)
    count = int((last - first) / step + 1e-9) + 1
    return [round(first + number * step, 12) for number in range(count)]
