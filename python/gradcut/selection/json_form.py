"""A selection as plain JSON values, and back, strictly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gradcut.errors import DeclarationError, SchemaError
from gradcut.expressions import json_form as expression_json
from gradcut.selection import chains

if TYPE_CHECKING:
    from gradcut.selection.selection import Selection

__all__ = ["VERSION", "from_json", "to_json"]

VERSION = 1
_KEYS = {"version", "requirements", "missing", "sentinels", "step"}


def to_json(selection: Selection) -> dict[str, Any]:
    """Return the declared trees and the settings; everything else follows from them."""
    return {
        "version": VERSION,
        "requirements": [expression_json.to_json(tree) for tree in selection.declared],
        "missing": selection.missing,
        "sentinels": list(selection.sentinels),
        "step": selection.step,
        **({"chains": chains.to_json(selection.chains)} if selection.chains else {}),
        **({"either": [list(pair) for pair in selection.either]} if selection.either else {}),
    }


def from_json(obj: object, cls: type[Selection]) -> Selection:
    """Make the selection; anything odd is a SchemaError."""
    if not isinstance(obj, dict):
        raise SchemaError("a selection is an object", given=repr(obj)[:80])
    version = obj.get("version")
    if type(version) is not int or version != VERSION:
        raise SchemaError(
            "a selection from another version of gradcut",
            given=f"version {version!r}",
            allowed=f"version {VERSION}",
            hint="update gradcut" if isinstance(version, int) and version > VERSION else None,
        )
    if set(obj) - {"chains", "either"} != _KEYS:
        raise SchemaError(
            "a selection has other entries",
            given=", ".join(sorted(map(str, obj))),
            allowed=", ".join(sorted(_KEYS)),
        )
    for key in ("requirements", "sentinels"):
        if not isinstance(obj[key], list):
            raise SchemaError(f"'{key}' of a selection is a list", given=repr(obj[key])[:80])
    trees = [expression_json.from_json(tree) for tree in obj["requirements"]]
    try:
        return cls(
            *trees,
            missing=obj["missing"],
            sentinels=obj["sentinels"],
            step=obj["step"],
            chains=chains.from_json(obj.get("chains", [])),
            either=_pairs(obj.get("either", [])),
        )
    except DeclarationError as error:
        raise SchemaError(
            error.problem, given=error.given, allowed=error.allowed, where="selection", hint=error.hint
        ) from error


def _pairs(obj: object) -> list[tuple[str, str]]:
    if not isinstance(obj, list) or not all(
        isinstance(pair, list) and len(pair) == 2 and all(isinstance(name, str) for name in pair)
        for pair in obj
    ):
        raise SchemaError("'either' of a selection is a list of pairs of names", given=repr(obj)[:80])
    return [(pair[0], pair[1]) for pair in obj]
