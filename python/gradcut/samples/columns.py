"""What a source's columns are: names and types, known before any event is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from gradcut.errors import DataError, close_matches

__all__ = ["ColumnType", "Schema", "type_from_cpp"]

# Spellings of C++ and ROOT; sizes are those of the LP64 platforms that ROOT runs on.
_ARITHMETIC = {
    "bool": "bool",
    "Bool_t": "bool",
    "char": "int8",
    "Char_t": "int8",
    "signed char": "int8",
    "int8_t": "int8",
    "unsigned char": "uint8",
    "UChar_t": "uint8",
    "uint8_t": "uint8",
    "short": "int16",
    "Short_t": "int16",
    "int16_t": "int16",
    "unsigned short": "uint16",
    "UShort_t": "uint16",
    "uint16_t": "uint16",
    "int": "int32",
    "Int_t": "int32",
    "int32_t": "int32",
    "unsigned int": "uint32",
    "unsigned": "uint32",
    "UInt_t": "uint32",
    "uint32_t": "uint32",
    "long": "int64",
    "Long_t": "int64",
    "long long": "int64",
    "Long64_t": "int64",
    "int64_t": "int64",
    "unsigned long": "uint64",
    "ULong_t": "uint64",
    "unsigned long long": "uint64",
    "ULong64_t": "uint64",
    "uint64_t": "uint64",
    "float": "float32",
    "Float_t": "float32",
    "Float16_t": "float32",
    "double": "float64",
    "Double_t": "float64",
    "Double32_t": "float64",
}
_VECTOR = re.compile(
    r"(?:ROOT::VecOps::RVec|ROOT::RVec|RVec|std::vector|vector|std::array|array)<([^<>,]+)(?:,.*)?>"
)
_BRACKETS = re.compile(r"([^\[\]]+)\[[^\[\]]*\]")


@dataclass(frozen=True, slots=True)
class ColumnType:
    """Type of one column.

    Parameters
    ----------
    dtype : str
        Name of the numpy type of its numbers, or ``""`` where it does not hold numbers.
    is_vector : bool
        Whether an event has several of them.
    text : str
        The type as the source spells it.
    """

    dtype: str
    is_vector: bool
    text: str

    @property
    def is_scalar(self) -> bool:
        """Whether an event has exactly one number."""
        return bool(self.dtype) and not self.is_vector

    @property
    def is_integer(self) -> bool:
        """Whether it is one integer (or bool) per event."""
        return self.is_scalar and np.dtype(self.dtype).kind in "iub"


def type_from_cpp(text: str) -> ColumnType:
    """Return the type that a C++ name (of ROOT, or of uproot's listing) stands for.

    Parameters
    ----------
    text : str
        Such as ``Float_t``, ``std::int32_t``, ``ROOT::VecOps::RVec<float>`` or ``float[3]``.
    """
    name = " ".join(text.replace("const ", "").split())
    vector = _VECTOR.fullmatch(name) or _BRACKETS.fullmatch(name)
    element = (vector.group(1) if vector else name).strip().removeprefix("std::")
    return ColumnType(_ARITHMETIC.get(element, ""), vector is not None, text)


class Schema(Mapping[str, str]):
    """Columns of a source, as :func:`gradcut.expressions.check` wants them: name to kind.

    Types are looked up on demand (a NanoAOD has 1500 columns).

    Parameters
    ----------
    names : iterable of str
        All columns.
    type_of : callable
        Returns the :class:`ColumnType` of a column that exists.
    """

    def __init__(self, names: Iterable[str], type_of: Callable[[str], ColumnType]) -> None:
        self.names = tuple(names)
        self._known = frozenset(self.names)
        self.type_of = type_of

    def __contains__(self, name: object) -> bool:
        return name in self._known

    def __getitem__(self, name: str) -> str:
        found = self.type_of(name)
        if not found.dtype:
            return found.text
        return "vector" if found.is_vector else "scalar"

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    def is_vector(self, name: str) -> bool:
        """Whether a column that exists has several numbers per event."""
        return self.type_of(name).is_vector

    def require(self, name: str, *, where: str, purpose: str) -> ColumnType:
        """Return the type of a column that is needed as it stands.

        Raises
        ------
        DataError
            If there is no such column; the message has the close matches.
        """
        if name not in self._known:
            raise DataError(
                f"unknown column '{name}' ({purpose})", where=where, hint=close_matches(name, self.names)
            )
        return self.type_of(name)
