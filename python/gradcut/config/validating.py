"""What pydantic says about a configuration, in words and with places."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ValidationError

from gradcut.config.analysis import Analysis
from gradcut.config.problems import Problems
from gradcut.config.yaml_nodes import Path
from gradcut.errors import DeclarationError, close_matches

__all__ = ["validate"]


def validate(data: Any, problems: Problems) -> Analysis | None:
    """Return the configuration; where it is wrong all errors go to ``problems``."""
    try:
        return Analysis.model_validate(data)
    except ValidationError as error:
        found: dict[Path, list[Any]] = {}
        for one in error.errors(include_url=False):
            missing = one["type"] == "missing"
            path = _path(one["loc"][:-1] if missing else one["loc"], data)
            found.setdefault((*path, one["loc"][-1]) if missing else path, []).append(one)
        for path, errors in found.items():
            # Of a union every member complains; the one that got furthest into the data knows best.
            deeper = any(len(other) > len(path) and other[: len(path)] == path for other in found)
            if not deeper or any(one["type"] == "missing" for one in errors):
                problems.add(path, _worded(path, errors))
        return None


def _path(location: Iterable[Any], data: Any) -> Path:
    """Keys and positions that are in the data; pydantic names members of unions, too."""
    path: list[str | int] = []
    for part in location:
        inside = isinstance(data, dict) and part in data
        if inside or (isinstance(data, list) and isinstance(part, int) and part < len(data)):
            data = data[part]
            path.append(part)
    return tuple(path)


def _worded(path: Path, errors: list[Any]) -> DeclarationError:
    first = errors[0]
    kinds = {one["type"] for one in errors}
    if "extra_forbidden" in kinds:
        known = _keys_at(path[:-1])
        return DeclarationError(
            f"unknown key '{path[-1]}'", hint=close_matches(str(path[-1]), known), allowed=", ".join(known)
        )
    if kinds == {"missing"}:
        return DeclarationError(f"'{path[-1]}' is missing here")
    given = repr(first["input"])
    allowed = dict.fromkeys(_sentence(one) for one in errors)
    choices = [one["ctx"]["expected"] for one in errors if one["type"] == "literal_error"]
    hint = None
    if choices and isinstance(first["input"], str):
        options = [option for text in choices for option in text.replace(" or ", ", ").split(", ")]
        close = close_matches(first["input"], [option.strip("'") for option in options])
        hint = close if close.startswith("did you mean") else None
    return DeclarationError(
        "this value does not fit",
        given=given if len(given) <= 80 else f"{given[:77]}...",
        allowed=" or ".join(allowed),
        hint=hint,
    )


_WORDS = {
    "string_type": "text",
    "int_type": "an integer",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}


def _sentence(error: Any) -> str:
    if error["type"] == "literal_error":
        return str(error["ctx"]["expected"])
    if error["type"] in _WORDS:
        return _WORDS[error["type"]]
    text = str(error["msg"])
    return text.removeprefix("Input should ").removeprefix("be ")


def _keys_at(path: Path) -> list[str]:
    """Keys that a mapping at this place may have."""
    annotations: list[Any] = [Analysis]
    for part in path:
        annotations = [inner for one in annotations for inner in _inside(one, part)]
    models = [one for annotation in annotations for one in _models(annotation)]
    return sorted({key for model in models for key in model.model_fields})


def _members(annotation: Any) -> list[Any]:
    origin = typing.get_origin(annotation)
    if origin in (typing.Union, types.UnionType):
        return [inner for one in typing.get_args(annotation) for inner in _members(one)]
    if origin is typing.Annotated:
        return _members(typing.get_args(annotation)[0])
    return [annotation]


def _models(annotation: Any) -> list[type[BaseModel]]:
    return [one for one in _members(annotation) if isinstance(one, type) and issubclass(one, BaseModel)]


def _inside(annotation: Any, part: str | int) -> list[Any]:
    found: list[Any] = []
    for one in _members(annotation):
        if isinstance(one, type) and issubclass(one, BaseModel):
            found += [one.model_fields[part].annotation] if part in one.model_fields else []
        elif typing.get_origin(one) in (dict, list):
            found.append(typing.get_args(one)[-1])
    return found
