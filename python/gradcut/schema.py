"""Checking JSON data against the part of JSON Schema that gradcut's formats use."""

from __future__ import annotations

from typing import Any

from gradcut.errors import SchemaError

__all__ = ["check"]

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "null": (type(None),),
}


def check(value: Any, schema: dict[str, Any], *, where: str) -> None:
    """Check a value.

    Parameters
    ----------
    value : object
        As ``json.loads`` gives it.
    schema : dict
        With ``type``, ``const``, ``enum``, ``anyOf``, ``properties``, ``required``, ``additionalProperties``,
        ``items`` and ``$ref`` to its ``$defs``.
    where : str
        The file, for messages.

    Raises
    ------
    SchemaError
        Naming the first place that does not fit.
    """
    _check(value, schema, schema.get("$defs", {}), where)


def _check(value: Any, schema: dict[str, Any], definitions: dict[str, Any], where: str) -> None:
    if "$ref" in schema:
        schema = definitions[schema["$ref"].removeprefix("#/$defs/")]
    if "anyOf" in schema:
        _check_any(value, schema["anyOf"], definitions, where)
        return
    kinds = schema.get("type")
    if kinds is not None:
        names = [kinds] if isinstance(kinds, str) else kinds
        if not any(_is(value, name) for name in names):
            raise SchemaError("wrong type", given=repr(value)[:80], allowed=" or ".join(names), where=where)
    if "const" in schema and value != schema["const"]:
        raise SchemaError("wrong value", given=repr(value)[:80], allowed=repr(schema["const"]), where=where)
    if "enum" in schema and value not in schema["enum"]:
        allowed = ", ".join(map(repr, schema["enum"]))
        raise SchemaError("wrong value", given=repr(value)[:80], allowed=allowed, where=where)
    if isinstance(value, dict):
        _check_object(value, schema, definitions, where)
    if isinstance(value, list) and "items" in schema:
        for i, item in enumerate(value):
            _check(item, schema["items"], definitions, f"{where}, [{i}]")


def _is(value: Any, name: str) -> bool:
    # True is an int in Python, not in JSON.
    return isinstance(value, _TYPES[name]) and (name == "boolean" or not isinstance(value, bool))


def _check_any(value: Any, options: list[dict[str, Any]], definitions: dict[str, Any], where: str) -> None:
    problems = []
    for option in options:
        try:
            _check(value, option, definitions, where)
        except SchemaError as error:
            problems.append(error.allowed or error.problem)
        else:
            return
    raise SchemaError("wrong value", given=repr(value)[:80], allowed=" or ".join(problems), where=where)


def _check_object(
    value: dict[str, Any], schema: dict[str, Any], definitions: dict[str, Any], where: str
) -> None:
    properties = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            raise SchemaError(f"'{name}' is missing", given=", ".join(value), where=where)
    others = schema.get("additionalProperties", True)
    for name, item in value.items():
        place = f"{where}, {name}"
        if name in properties:
            _check(item, properties[name], definitions, place)
        elif others is False:
            raise SchemaError(f"'{name}' is not known", allowed=", ".join(properties), where=where)
        elif isinstance(others, dict):
            _check(item, others, definitions, place)
