"""Results as JSON files: whole or not at all, strict about what is read."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from gradcut.errors import SchemaError
from gradcut.schema import check
from gradcut.whole_files import write_text

__all__ = [
    "SCHEMA_VERSION",
    "check_names",
    "numbers",
    "read",
    "schema",
    "values_of",
    "with_infinities",
    "without_infinities",
    "write",
]

#: Version of the formats; a file of another one is refused.
SCHEMA_VERSION = 1
#: A list of numbers as ``json.dumps`` indents it; no text of JSON holds a line break.
_NUMBERS = re.compile(r'\[\n\s+(?:(?:-?\d[^\s,]*|"-?inf"|"nan"),?\s+)+\]')
_INFINITIES = {"inf": math.inf, "-inf": -math.inf, "nan": math.nan}


def schema(name: str) -> dict[str, Any]:
    """Return a published JSON Schema, such as ``"cut_result"``."""
    file = resources.files("gradcut.results").joinpath(f"{name}.schema.json")
    loaded: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return loaded


def write(
    path: str | os.PathLike[str], kind: str, content: Mapping[str, Any], metadata: Mapping[str, Any]
) -> None:
    """Write a document; a file that exists is replaced as a whole.

    Parameters
    ----------
    path : path
        The file.
    kind : str
        Name of the format.
    content, metadata : mapping
        What the document is about, and how it came about.
    """
    document = {
        "format": kind,
        "schema_version": SCHEMA_VERSION,
        "content": without_infinities(content),
        "metadata": dict(metadata),
    }
    write_text(path, _on_one_line(json.dumps(document, indent=1, allow_nan=False)) + "\n")


def read(path: str | os.PathLike[str], kind: str, made_by: str, schema_name: str) -> dict[str, Any]:
    """Read a document and check it against its schema.

    Parameters
    ----------
    path : path
        The file.
    kind, made_by, schema_name : str
        Name of the format, the function whose result it is, and its schema.

    Raises
    ------
    SchemaError
        If it is missing, damaged, foreign or of another version.
    """
    where = str(path)
    try:
        document: Any = json.loads(Path(path).read_text(encoding="utf-8"), parse_constant=_refuse)
    except FileNotFoundError as error:
        raise SchemaError("there is no such file", where=where) from error
    except (OSError, ValueError, RecursionError) as error:
        raise SchemaError("this is not JSON, or it is damaged", given=str(error), where=where) from error
    if not isinstance(document, dict) or document.get("format") != kind:
        raise SchemaError(f"this is not a result of gradcut.{made_by}", where=where)
    version = document.get("schema_version")
    if type(version) is not int or version != SCHEMA_VERSION:
        newer = isinstance(version, int) and version > SCHEMA_VERSION
        raise SchemaError(
            "the result has another version",
            given=repr(version),
            allowed=str(SCHEMA_VERSION),
            where=where,
            hint="update gradcut" if newer else "read it with the gradcut that wrote it",
        )
    check(document, schema(schema_name), where=where)
    return document


def _refuse(constant: str) -> Callable[[], object]:
    raise ValueError(f"{constant} is no number of JSON")


#: Keys whose values are text: a process may be called "inf".
_TEXT = {"name", "cut", "channel", "process", "role", "direction", "variant", "task", "kind", "parameter"}


def numbers(plain: Mapping[str, Any]) -> dict[str, Any]:
    """Turn the words for infinities back into numbers, where they are values and no names."""
    return {key: value if key in _TEXT else with_infinities(value) for key, value in plain.items()}


def check_names(given: Collection[str], parameters: Sequence[str], where: str) -> None:
    """Raise a SchemaError where values are not those of the parameters of a selection."""
    if set(given) != set(parameters):
        raise SchemaError(
            "the values are not those of the selection",
            given=", ".join(given),
            allowed=", ".join(parameters),
            where=where,
        )


def values_of(plain: Mapping[str, Any]) -> dict[str, float]:
    """Turn the values of parameters, which may be called anything, back into numbers."""
    return {name: _INFINITIES.get(value, value) for name, value in plain.items()}


def with_infinities(value: Any) -> Any:
    """Turn the words for infinities back into numbers."""
    if isinstance(value, dict):
        return numbers(value)
    if isinstance(value, list):
        return [with_infinities(item) for item in value]
    return _INFINITIES.get(value, value) if isinstance(value, str) else value


def _on_one_line(text: str) -> str:
    """Write lists of numbers without a line for each."""
    return _NUMBERS.sub(lambda found: " ".join(found.group().split()), text)


def without_infinities(value: Any) -> Any:
    """Write infinities as words, which JSON has no numbers for."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {key: without_infinities(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_infinities(item) for item in value]
    return value
