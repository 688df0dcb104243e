"""What a source's columns are: names and types, known before any event is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from gradcut.errors import DataError, close_matches
from gradcut.expressions import kinds
from gradcut.expressions.nodes import Expression
from gradcut.expressions.structure import columns
from gradcut.expressions.type_names import read_type_name

__all__ = ["ColumnType", "Schema", "type_from_cpp"]


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
    return ColumnType(*read_type_name(text), text)


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

    def gives_objects(self, expression: Expression) -> bool:
        """Whether an expression, whose columns are known to exist, has one value per object."""
        types = {name: kinds.column_type(self[name]) for name in columns(expression)}
        return kinds.is_vector(expression, types)

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
