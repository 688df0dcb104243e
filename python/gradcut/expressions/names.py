"""The words of the grammar: what may be a column, what is a function, what users type instead."""

from __future__ import annotations

import re

from gradcut.errors import close_matches

__all__ = [
    "FUNCTIONS",
    "MAX_NAME_LENGTH",
    "REDUCERS",
    "column_problem",
    "function_hint",
    "hole_problem",
    "is_plain_hole",
    "word_hint",
]

#: Functions and how many arguments they take (at least, at most).
FUNCTIONS: dict[str, tuple[int, int | None]] = {
    "abs": (1, 1),
    "sqrt": (1, 1),
    "exp": (1, 1),
    "log": (1, 1),
    "pow": (2, 2),
    "sin": (1, 1),
    "cos": (1, 1),
    "tan": (1, 1),
    "atan2": (2, 2),
    "hypot": (2, 2),
    "min": (2, None),
    "max": (2, None),
}
#: Reducers of one vector-valued argument; ``min`` and ``max`` of two or more arguments are functions.
REDUCERS = ("any", "all", "count", "sum", "max", "min")

MAX_NAME_LENGTH = 200

_COLUMN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HOLE = re.compile(r"[ -z|~]+")

# A column of such a name could not be written in C++.
_CPP_KEYWORDS = """
alignas alignof and and_eq asm auto bitand bitor bool break case catch char char8_t char16_t char32_t class
co_await co_return co_yield compl concept const const_cast consteval constexpr constinit continue decltype
default delete do double dynamic_cast else enum explicit export extern false float for friend goto if inline
int long mutable namespace new noexcept not not_eq nullptr operator or or_eq private protected public
register reinterpret_cast requires return short signed sizeof static static_assert static_cast struct switch
template this thread_local throw true try typedef typeid typename union unsigned using virtual void volatile
wchar_t while xor xor_eq
"""
_CPP_WORDS = frozenset(re.findall(r"\w+", _CPP_KEYWORDS))
_WORDS_TO_SYMBOLS = {
    "and": "write '&&'",
    "or": "write '||'",
    "not": "write '!'",
    "xor": "write 'a != b'",
    "bitand": "the grammar has no bit operations: Define a column for it",
    "bitor": "the grammar has no bit operations: Define a column for it",
    "not_eq": "write '!='",
    "true": "write 1",
    "false": "write 0",
    "True": "write 1",
    "False": "write 0",
    "in": "write a window, such as '81 < x < 101'",
}
_CONSTANTS = {
    "nan": "missing values are guarded for you; see the 'missing' and 'sentinels' of a selection",
    "inf": "leave the comparison out",
    "infinity": "leave the comparison out",
    "pi": "write the number, 3.141592653589793",
    "m_pi": "write the number, 3.141592653589793",
}

# What C++ and Python users type, by the lower-case last part of the name.
_SAME_AS = {
    "fabs": "abs",
    "fabsf": "abs",
    "absolute": "abs",
    "fmax": "max",
    "fmin": "min",
    "maximum": "max",
    "minimum": "min",
    "power": "pow",
    "sqrtf": "sqrt",
    "arctan2": "atan2",
    "ln": "log",
    "mag": "hypot",
    "nonzero": "count",
    "len": "count",
    "size": "count",
    "amax": "max",
    "amin": "min",
}


def column_problem(name: object) -> tuple[str, str] | None:
    """Say why a name cannot be a column, and what to do, or None where it can.

    Checked for parsed text and for loaded files alike: a file must never be able to smuggle C++ into a
    filter string.
    """
    if not isinstance(name, str):
        return f"a column's name is text, not {type(name).__name__}", "give the name in quotes"
    if len(name) > MAX_NAME_LENGTH:
        return f"a column's name has at most {MAX_NAME_LENGTH} characters", "use an Alias"
    if not _COLUMN.fullmatch(name):
        return (
            f"'{name}' is not a column's name",
            "letters, digits and _, parts joined by dots; Alias or Define a column with such a name",
        )
    for part in name.split("."):
        if part in _WORDS_TO_SYMBOLS:
            return f"'{part}' is not part of the grammar", _WORDS_TO_SYMBOLS[part]
        if part in _CPP_WORDS:
            return f"'{part}' is a word of C++ and cannot be a column", "use an Alias of another name"
    if name.lower() in _CONSTANTS:
        return f"'{name}' is not part of the grammar", _CONSTANTS[name.lower()]
    if name in FUNCTIONS or name in REDUCERS:
        return f"'{name}' is a function", f"write {name}(...); a column of that name needs an Alias"
    return None


def is_plain_hole(name: str) -> bool:
    """Whether a hole's name can be written ``?name`` (others are written ``?{name}``)."""
    return _IDENTIFIER.fullmatch(name) is not None


def hole_problem(name: object) -> tuple[str, str] | None:
    """Say why a name cannot be that of a hole, or None where it can."""
    if not isinstance(name, str) or not name or len(name) > 10 * MAX_NAME_LENGTH or name != name.strip():
        return f"{name!r} is not the name of a hole", "give it a short name, such as ?jet"
    if not _HOLE.fullmatch(name):
        return f"{name!r} is not the name of a hole", "printable characters without braces"
    return None


def word_hint(word: str) -> str | None:
    """Say what to write instead of a word such as ``and``, or None where nothing is known."""
    return _WORDS_TO_SYMBOLS.get(word)


def function_hint(name: str) -> str:
    """Say what to write instead of an unknown function."""
    last = name.rsplit("::", 1)[-1].rsplit(".", 1)[-1]
    known = [*FUNCTIONS, *REDUCERS]
    same = _SAME_AS.get(last.lower(), last.lower())
    if same == "count" and last.lower() in ("len", "size"):
        return "write count(<condition on the objects>), such as count(jet_pt > 0)"
    if same in known:
        return f"write '{same}'"
    return (
        f"{close_matches(last, known)}; functions: {', '.join(dict.fromkeys(known))}. "
        'Any other C++ is written as gc.Cpp("...") or as a Define of the sample'
    )
