"""A selection or regions, back from plain JSON values."""

from __future__ import annotations

from gradcut.errors import DeclarationError, SchemaError
from gradcut.regions.regions import Regions
from gradcut.selection import Selection

__all__ = ["selection_from_json"]


def selection_from_json(obj: object) -> Selection | Regions:
    """Make what ``to_json`` of a selection or of regions wrote, or raise a SchemaError."""
    if not isinstance(obj, dict) or "regions" not in obj:
        return Selection.from_json(obj)
    if set(obj) != {"regions", "disjoint"} or not isinstance(obj["regions"], dict):
        raise SchemaError(
            "regions have other entries", given=", ".join(sorted(map(str, obj))), allowed="regions, disjoint"
        )
    if not isinstance(obj["disjoint"], bool):
        raise SchemaError("'disjoint' is true or false", given=repr(obj["disjoint"])[:80])
    selections = {name: Selection.from_json(one) for name, one in obj["regions"].items()}
    try:
        return Regions(selections, disjoint=obj["disjoint"])
    except DeclarationError as error:
        raise SchemaError(
            error.problem, given=error.given, allowed=error.allowed, where="selection", hint=error.hint
        ) from error
