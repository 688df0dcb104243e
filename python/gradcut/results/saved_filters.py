"""The conditions of a result as a file holds them: what programs without Python apply.

They follow from the selection and the values, and stand beside these in the file so that a reader needs
neither the naming of holes, nor the filling of thresholds, nor the guards against missing values: only to
render a tree (``GradCut::LoadCuts`` in C++). A file in which they do not agree is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gradcut.errors import SchemaError
from gradcut.expressions.json_form import to_json

if TYPE_CHECKING:
    from gradcut.regions import Regions
    from gradcut.selection import Selection

__all__ = ["check_filters", "conditions", "filters"]


def filters(selection: Selection | Regions, values: Mapping[str, float]) -> list[dict[str, Any]]:
    """Return one filter per requirement: its name, how it was declared, its condition as a tree."""
    bound = selection.bind(values)
    declared = [requirement.label for requirement in selection.requirements]
    return [
        {"name": name, "declared": label, "condition": to_json(tree)}
        for (name, tree), label in zip(bound, declared, strict=True)
    ]


def conditions(selection: Selection | Regions, values: Mapping[str, float]) -> list[dict[str, Any]]:
    """Return the conditions alone, for a fold."""
    return [to_json(tree) for _, tree in selection.bind(values)]


def check_filters(
    content: Mapping[str, Any], selection: Selection | Regions, folds: list[dict[str, float]], where: str
) -> None:
    """Check that what other programs apply is what this one applies.

    Parameters
    ----------
    content : mapping
        Of the file.
    selection : Selection
        The selection in it.
    folds : list of dict
        Values of the content, then those of every fold.
    where : str
        The file.

    Raises
    ------
    SchemaError
        Where the filters of the file are not those of its selection and values.
    """
    expected = [filters(selection, folds[0]), *(conditions(selection, values) for values in folds[1:])]
    found = [content["filters"], *(fold["conditions"] for fold in content["folds"])]
    for number, (wanted, given) in enumerate(zip(expected, found, strict=True)):
        if wanted != given:
            raise SchemaError(
                "the filters are not those of the selection and its values",
                where=f"{where}, {'filters' if number == 0 else f'fold {number - 1}, conditions'}",
                hint="a file is changed by fit.refit(fix={...}) and save, not by hand",
            )
