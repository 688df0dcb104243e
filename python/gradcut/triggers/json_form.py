"""A menu as a JSON file, and back, strictly."""

from __future__ import annotations

import os
from dataclasses import asdict

from gradcut.errors import DeclarationError, SchemaError
from gradcut.results.document import read, values_of, with_infinities, write
from gradcut.results.saved_filters import check_filters, filters
from gradcut.selection import Selection
from gradcut.triggers.counts import MenuCounts
from gradcut.triggers.lines import Line
from gradcut.triggers.menu import Menu

__all__ = ["load", "save"]

_FORMAT = "gradcut-menu"


def save(menu: Menu, path: str | os.PathLike[str]) -> None:
    """Write a menu; see :meth:`gradcut.triggers.Menu.save`."""
    content = {
        "lines": {
            name: {
                "selection": line.selection.to_json(),
                "prescale": line.prescale,
                "max_rate": line.max_rate,
            }
            for name, line in menu.lines.items()
        },
        "values": dict(menu.values),
        "filters": filters(menu.selection, menu.values),
        "budget": menu.budget,
        "combine": menu.combine,
        "weights": None if menu.weights is None else dict(menu.weights),
        "used": asdict(menu.used),
        "unused": None if menu.unused is None else asdict(menu.unused),
        "status": menu.status,
        "message": menu.message,
        "warnings": list(menu.warnings),
        "provenance": dict(menu.provenance),
    }
    write(path, _FORMAT, content, menu.metadata)


def load(path: str | os.PathLike[str]) -> Menu:
    """Read a menu; see :meth:`gradcut.triggers.Menu.load`."""
    document = read(path, _FORMAT, "triggers.learn_menu", "menu")
    content = document["content"]
    unused = content["unused"]
    try:
        lines = {
            name: Line(Selection.from_json(one["selection"]), one["prescale"], one["max_rate"])
            for name, one in content["lines"].items()
        }
        menu = Menu(
            lines=lines,
            values=values_of(content["values"]),
            budget=content["budget"],
            combine=content["combine"],
            weights=content["weights"],
            used=MenuCounts.from_json(with_infinities(content["used"])),
            unused=None if unused is None else MenuCounts.from_json(with_infinities(unused)),
            status=content["status"],
            message=content["message"],
            warnings=tuple(content["warnings"]),
            provenance=content["provenance"],
            metadata=document["metadata"],
        )
        parameters = menu.selection.parameters
    except DeclarationError as error:
        raise SchemaError(error.problem, given=error.given, where=str(path)) from error
    if set(menu.values) != set(parameters):
        raise SchemaError(
            "the values are not those of the lines",
            given=", ".join(menu.values),
            allowed=", ".join(parameters),
            where=str(path),
        )
    check_filters({**content, "folds": []}, menu.selection, [dict(menu.values)], str(path))
    return menu
