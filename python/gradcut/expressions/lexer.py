"""Text to tokens, with an error for everything that belongs to another language."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from gradcut.errors import DeclarationError

__all__ = ["MAX_LENGTH", "Token", "error_at", "tokenize"]

#: Longest text that is read as an expression.
MAX_LENGTH = 20_000

_NUMBER = re.compile(r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:(?:\.|::)[A-Za-z_][A-Za-z0-9_]*)*")
_HOLE = re.compile(r"\?(?:\{(?P<braced>[^{}]*)\}|(?P<plain>[A-Za-z_][A-Za-z0-9_]*))?")
_OPERATORS = re.compile(r"<=|>=|==|!=|&&|\|\||[-+*/%<>!(),]")
_SUFFIX = re.compile(r"[A-Za-z0-9_.']+")

# Tried before the operators, longest first: what other languages have and this one does not.
_FOREIGN = (
    ("===", "write '=='"),
    ("<=>", "compare with <, <=, >, >=, == or !="),
    ("<<", "there are no shifts; Define a column for it"),
    (">>", "there are no shifts; Define a column for it"),
    ("**", "write pow(a, b)"),
    ("++", "write '+ +' with a space or leave one out"),
    ("--", "write 'a - (-b)'"),
    ("->", "columns are named with dots; Define or Alias what is behind a pointer"),
    ("//", "there are no comments, and '/' is true division"),
    ("/*", "there are no comments"),
    ("<>", "write '!='"),
)
_ASSIGNMENTS = ("+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=")
_CHARACTERS = {
    "=": "write '==' to compare",
    "&": "write '&&'; the grammar has no bit operations",
    "|": "write '||'; the grammar has no bit operations",
    "^": "write pow(a, b) for a power, 'a != b' for exclusive or",
    "~": "write '!' for not; the grammar has no bit operations",
    "[": "there is no indexing: reduce the vector (max(jet_pt), count(jet_pt > 30)), or Define a column",
    "]": "there is no indexing: reduce the vector (max(jet_pt), count(jet_pt > 30)), or Define a column",
    "{": "group with parentheses",
    "}": "group with parentheses",
    '"': "columns are compared with numbers, not with text; Define a number for it",
    "'": "columns are compared with numbers, not with text; Define a number for it",
    "`": "write the column's name as it is",
    ":": "there is no 'a ? b : c': use &&, || and comparisons, or Define a column",
    ";": "an expression has no ';'",
    "#": "there are no comments",
    "$": "the column's name stands alone",
    "@": "the column's name stands alone",
    "\\": "an expression has no '\\'",
    "\u2264": "write '<='",
    "\u2265": "write '>='",
    "\u2260": "write '!='",
    "\u2212": "write '-'",
    "\u2013": "write '-'",
    "\u00d7": "write '*'",
    "\u00b7": "write '*'",
    "\u2227": "write '&&'",
    "\u2228": "write '||'",
    "\u00ac": "write '!'",
}


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of text: ``kind`` is ``number``, ``name``, ``hole``, ``operator`` or ``end``."""

    kind: str
    text: str
    position: int
    value: float = math.nan


def error_at(
    text: str, position: int, problem: str, *, allowed: str | None = None, hint: str | None = None
) -> DeclarationError:
    """Make an error that shows the line with a caret under the position."""
    start = text.rfind("\n", 0, position) + 1
    end = text.find("\n", position)
    end = len(text) if end < 0 else end
    begin, stop = max(start, position - 60), min(end, position + 40)
    before = ("..." if begin > start else "") + text[begin:position]
    line = before + text[position:stop] + ("..." if stop < end else "")
    printable = "".join(c if c.isprintable() else " " for c in line)
    caret = " " * (len("  given: ") + len(before)) + "^"
    return DeclarationError(problem, given=f"{printable}\n{caret}", allowed=allowed, hint=hint)


def tokenize(text: str) -> list[Token]:
    """Split a text into tokens; the last one is of kind ``end``.

    Raises
    ------
    DeclarationError
        If the text is too long, or holds something that is not in the grammar.
    """
    if not isinstance(text, str):
        raise DeclarationError("an expression is written as text", given=repr(text)[:80])
    if len(text) > MAX_LENGTH:
        raise DeclarationError(
            f"an expression has at most {MAX_LENGTH} characters",
            given=f"{len(text)} characters",
            hint="Define columns for parts of it",
        )
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        token = _next_token(text, position)
        tokens.append(token)
        position += len(token.text)
    tokens.append(Token("end", "", len(text)))
    return tokens


def _next_token(text: str, position: int) -> Token:
    match = _NUMBER.match(text, position)
    if match:
        return _number(text, position, match.group())
    match = _NAME.match(text, position)
    if match:
        return Token("name", match.group(), position)
    match = _HOLE.match(text, position)
    if match:
        return Token("hole", match.group(), position)
    for foreign, hint in _FOREIGN:
        if text.startswith(foreign, position):
            raise error_at(text, position, f"'{foreign}' is not part of the grammar", hint=hint)
    if text.startswith(_ASSIGNMENTS, position):
        raise error_at(text, position, "an expression cannot assign", hint="write '==' to compare")
    match = _OPERATORS.match(text, position)
    if match:
        return Token("operator", match.group(), position)
    character = text[position]
    hint = _CHARACTERS.get(character, "columns, numbers, operators and functions of the grammar")
    raise error_at(text, position, f"{character!a} is not part of the grammar", hint=hint)


def _number(text: str, position: int, digits: str) -> Token:
    rest = _SUFFIX.match(text, position + len(digits))
    if rest:
        plain = f"write {digits}" if rest.group() in tuple("fFlLdDuU") else None
        raise error_at(
            text,
            position + len(digits),
            f"'{digits}{rest.group()}' is not a number",
            allowed="decimal numbers such as 350, 0.5 and 1e3; all are doubles, there are no suffixes",
            hint=plain or "a column's name cannot begin with a digit",
        )
    if len(digits) > 1 and digits[0] == "0" and digits.isdigit():
        raise error_at(
            text, position, f"'{digits}' would be octal in C++", hint=f"write {digits.lstrip('0') or 0}"
        )
    value = float(digits)
    if math.isinf(value):
        raise error_at(text, position, f"'{digits}' is too large for a double")
    if value == 0.0 and any(c in "123456789" for c in re.split("[eE]", digits)[0]):
        raise error_at(text, position, f"'{digits}' is too small for a double", hint="write 0")
    return Token("number", digits, position, value)
