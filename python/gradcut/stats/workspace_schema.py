"""What a workspace of pyhf looks like (format 1.0.0), as far as it can be said without its contents."""

from __future__ import annotations

from typing import Any

__all__ = ["MODIFIER_DATA", "WORKSPACE"]


def _object(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, **(optional or {})},
        "additionalProperties": False,
    }


_TEXT = {"type": "string"}
_NUMBERS = {"type": "array", "items": {"type": "number"}}
_NOTHING = {"type": "null"}

#: Kind of a modifier -> its data.
MODIFIER_DATA: dict[str, dict[str, Any]] = {
    "histosys": _object({"hi_data": _NUMBERS, "lo_data": _NUMBERS}),
    "lumi": _NOTHING,
    "normfactor": _NOTHING,
    "normsys": _object({"hi": {"type": "number"}, "lo": {"type": "number"}}),
    "shapefactor": _NOTHING,
    "shapesys": _NUMBERS,
    "staterror": _NUMBERS,
}

_PARAMETER = _object(
    {"name": _TEXT},
    {
        "inits": _NUMBERS,
        "bounds": {"type": "array", "items": _NUMBERS},
        "auxdata": _NUMBERS,
        "factors": _NUMBERS,
        "sigmas": _NUMBERS,
        "fixed": {"type": "boolean"},
    },
)
_MODIFIER = _object({"name": _TEXT, "type": _TEXT, "data": {}})
_SAMPLE = _object({"name": _TEXT, "data": _NUMBERS, "modifiers": {"type": "array", "items": _MODIFIER}})

WORKSPACE: dict[str, Any] = _object(
    {
        "channels": {
            "type": "array",
            "items": _object({"name": _TEXT, "samples": {"type": "array", "items": _SAMPLE}}),
        },
        "measurements": {
            "type": "array",
            "items": _object(
                {
                    "name": _TEXT,
                    "config": _object({"poi": _TEXT, "parameters": {"type": "array", "items": _PARAMETER}}),
                }
            ),
        },
        "observations": {"type": "array", "items": _object({"name": _TEXT, "data": _NUMBERS})},
        "version": {"const": "1.0.0"},
    }
)
