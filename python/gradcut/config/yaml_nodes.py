"""YAML as plain data, with the line of everything in it.

Only what configurations need: mappings with text as keys, lists, text, numbers, true, false and null, anchors
and ``<<``. Words mean what they mean in YAML 1.2: ``no`` is text, ``1e-3`` a number, ``1:30`` text. A tag,
which could name an object to be made, is refused, and so is a file that grows when its anchors are followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from gradcut.errors import SchemaError

__all__ = ["Located", "Place", "load"]

#: Keys and positions in lists, from the top.
Path = tuple[str | int, ...]

#: No configuration is as large; what is, is an attack or a mistake.
MOST_CHARACTERS, MOST_VALUES, MOST_LEVELS = 1_000_000, 100_000, 40

_INTEGER = re.compile(r"[-+]?[0-9]+")
_REAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "inf", "+inf"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF", "-inf"), float("-inf")),
}
#: What an integer of Python may take to be read.
_MOST_DIGITS = 400
_TEXT, _LIST, _MAPPING = (f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map"))


@dataclass(frozen=True)
class Place:
    """Where something stands; both count from one."""

    line: int
    column: int


@dataclass
class Located:
    """Plain data, and the place of every key and item in it."""

    data: Any
    places: dict[Path, Place] = field(default_factory=dict)

    def place(self, path: Path) -> Place:
        """Return the place of a value, or of the closest one around it that is in the file."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.places:
                return self.places[path[:length]]
        return Place(1, 1)


def load(text: str, name: str) -> Located:
    """Read YAML.

    Parameters
    ----------
    text : str
        The text.
    name : str
        Of the file, for messages.

    Raises
    ------
    SchemaError
        If it is not YAML, or has what configurations have no use for; with its line.
    """
    if len(text) > MOST_CHARACTERS:
        raise SchemaError(
            "the file is too long for a configuration",
            where=name,
            given=f"{len(text)} characters",
            allowed=f"{MOST_CHARACTERS}",
        )
    try:
        # Nodes only: nothing is constructed but what is made of them below.
        node = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{name}:{mark.line + 1}" if mark is not None else name
        hint = "quotes around text with ': ' or ' #', with one of {[!&* in front, or a '?' in [...]; no tabs"
        given = ", ".join(part for part in (error.context, error.problem) if part)
        raise SchemaError("this is not YAML", where=where, given=given, hint=hint) from error
    except yaml.reader.ReaderError as error:
        raise SchemaError(
            "this is not YAML: it has a character that text has not",
            where=f"{name}:{text.count(chr(10), 0, error.position) + 1}",
            given=f"U+{ord(error.character) if isinstance(error.character, str) else error.character:04X}",
        ) from error
    except (yaml.YAMLError, RecursionError, ValueError, IndexError) as error:
        # ValueError and IndexError: escapes such as "\U7fffffff", and directives, that PyYAML does not check.
        what = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise SchemaError("this is not YAML", where=name, given=what) from error
    if node is None:
        raise SchemaError("the file is empty", where=name, hint="gradcut learn --example cuts")
    return _Reading(name).read(node)


class _Reading:
    def __init__(self, name: str) -> None:
        self.name = name
        self.count = 0
        self.places: dict[Path, Place] = {}

    def read(self, node: yaml.Node) -> Located:
        return Located(self.value(node, ()), self.places)

    def value(self, node: yaml.Node, path: Path) -> Any:
        self.counted(node, len(path))
        self.places.setdefault(path, _place(node))
        if isinstance(node, yaml.ScalarNode) and node.tag == _TEXT:
            return node.value if node.style else self.word(node)
        if isinstance(node, yaml.SequenceNode) and node.tag == _LIST:
            return [self.value(item, (*path, number)) for number, item in enumerate(node.value)]
        if isinstance(node, yaml.MappingNode) and node.tag == _MAPPING:
            return self.mapping(node, path)
        raise SchemaError(
            "a tag has no meaning in a configuration",
            where=self.at(node),
            given=str(node.tag).removeprefix("tag:yaml.org,2002:"),
            hint="quotes around text that begins with '!'",
        )

    def word(self, node: yaml.ScalarNode) -> Any:
        text = node.value
        if text in _WORDS:
            return _WORDS[text]
        if _INTEGER.fullmatch(text):
            if len(text) > _MOST_DIGITS:
                raise SchemaError("a number is too long", where=self.at(node), given=f"{text[:20]}...")
            return int(text)
        return float(text) if _REAL.fullmatch(text) else text

    def mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node, is_own in self.entries(node, 0):
            key = self.key(key_node)
            own_path = (*path, key)
            if key in found and is_own:
                raise SchemaError(
                    f"'{key}' is there twice",
                    where=self.at(key_node),
                    given=f"first in line {self.places[own_path].line}",
                )
            if key not in found:
                self.places[own_path] = _place(key_node)
                found[key] = self.value(value_node, own_path)
        return found

    def entries(self, node: yaml.Node, level: int) -> Iterator[tuple[yaml.Node, yaml.Node, bool]]:
        """Keys and values of a mapping, then what it takes in by ``<<``, of which its own come first."""
        if not isinstance(node, yaml.MappingNode):
            raise SchemaError("'<<' takes in mappings", where=self.at(node), hint="<<: *anchor")
        self.counted(node, level)
        taken: list[yaml.Node] = []
        for key_node, value_node in node.value:
            if isinstance(key_node, yaml.ScalarNode) and key_node.value == "<<" and not key_node.style:
                taken += value_node.value if isinstance(value_node, yaml.SequenceNode) else [value_node]
            else:
                yield key_node, value_node, level == 0
        for other in taken:
            yield from self.entries(other, level + 1)

    def counted(self, node: yaml.Node, level: int) -> None:
        self.count += 1
        if self.count > MOST_VALUES or level > MOST_LEVELS:
            limit = f"{MOST_VALUES} values in {MOST_LEVELS} levels"
            raise SchemaError(
                "the file holds too much for a configuration", where=self.at(node), allowed=limit
            )

    def key(self, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode) or node.tag != _TEXT:
            raise SchemaError("a key is text", where=self.at(node), given=type(node).__name__)
        return str(node.value)

    def at(self, node: yaml.Node) -> str:
        return f"{self.name}:{node.start_mark.line + 1}"


def _place(node: yaml.Node) -> Place:
    return Place(node.start_mark.line + 1, node.start_mark.column + 1)
