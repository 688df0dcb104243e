"""Which events learn and which judge.

An event belongs to the same part in every variation, file format and reader: the part follows from its
declared identity alone, by the hash of ``gradcut._kernels.event_hash``, or from an expression such as
``event % 5``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from gradcut.checks import is_integer, is_number
from gradcut.errors import DeclarationError, close_matches
from gradcut.expressions import Expression, to_text
from gradcut.samples.declared import as_expression

__all__ = ["Folds", "Partition", "Split", "check_part"]


class Partition(Protocol):
    """What :class:`Split` and :class:`Folds` have in common."""

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the parts."""

    @property
    def expression(self) -> Expression | None:
        """What decides; None: the hash of the event identity."""

    @property
    def seed(self) -> int:
        """Seed of the hash."""

    def member(self, part: str, values: NDArray[Any]) -> NDArray[np.bool_]:
        """Say which events belong to a part.

        Parameters
        ----------
        part : str
            One of ``parts``.
        values : ndarray of shape (n_events,)
            The uniform numbers of the hash, or the values of the expression.
        """

    def condition(self, part: str, column: str) -> str:
        """Return the same as C++, with these values in a column of RDataFrame."""


@dataclass(frozen=True)
class Split:
    """Train, select and test.

    Parameters
    ----------
    train, select, test : float, or sequence of int
        Fractions of the events, with a sum of at most one; events beyond the sum belong to no part. With
        ``by``, the values of the expression that each part has, such as ``train=(0, 1, 2)``.
    seed : int, default 0
        Seed of the hash. Results should be repeated with several: the split is the largest source of scatter.
    by : str, optional
        An expression with integer values that replaces the hash, such as ``"event % 5"``.

    Examples
    --------
    >>> from gradcut.samples import Split
    >>> Split(train=0.5, select=0.25, test=0.25, seed=1).parts
    ('train', 'select', 'test')
    >>> Split(by="event % 4", train=(0, 1), select=(), test=(2, 3)).parts
    ('train', 'test')
    """

    train: float | Sequence[int] = 0.5
    select: float | Sequence[int] = 0.25
    test: float | Sequence[int] = 0.25
    seed: int = 0
    by: str | None = None
    expression: Expression | None = field(init=False, default=None, repr=False)

    def __post_init__(self) -> None:
        _check_seed(self.seed)
        object.__setattr__(self, "seed", int(self.seed))
        if self.by is None:
            self._check_fractions()
            return
        object.__setattr__(self, "expression", as_expression(self.by, where="Split", what="'by'"))
        seen: dict[int, str] = {}
        for part, given in self._given().items():
            listed = isinstance(given, Iterable) and not isinstance(given, str)
            if not listed or not all(is_integer(value) for value in given):
                raise DeclarationError(
                    "with 'by', each part lists the integers that belong to it",
                    where=f"Split, {part}",
                    given=repr(given),
                    allowed='Split(by="event % 5", train=(0, 1, 2), select=(3,), test=(4,))',
                )
            values = tuple(int(value) for value in given)
            object.__setattr__(self, part, values)
            for value in values:
                if value in seen:
                    raise DeclarationError(
                        "a value belongs to two parts",
                        where="Split",
                        given=f"{value}: {seen[value]} and {part}",
                    )
                seen[value] = part
        if not seen:
            raise DeclarationError("a split without any part", where="Split")

    def _given(self) -> dict[str, Any]:
        return {"train": self.train, "select": self.select, "test": self.test}

    def _check_fractions(self) -> None:
        for part, given in self._given().items():
            if not is_number(given) or not 0 <= given <= 1:
                raise DeclarationError(
                    "a part of a split is a fraction between 0 and 1",
                    where=f"Split, {part}",
                    given=repr(given),
                )
        total = float(sum(self._given().values()))
        # 0.1 + 0.2 + 0.7 is a little more than one in doubles.
        if not 0 < total <= 1 + 1e-12:
            raise DeclarationError(
                "the fractions of a split have a sum above 0 and at most 1", where="Split", given=f"{total:g}"
            )

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the parts that are not empty by declaration."""
        return tuple(part for part, given in self._given().items() if given not in (0, 0.0, ()))

    @property
    def edges(self) -> dict[str, tuple[float, float]]:
        """Range of the uniform number that each part has, ``low <= u < high``; none with ``by``."""
        if self.by is not None:
            return {}
        found: dict[str, tuple[float, float]] = {}
        low = 0.0
        for part, fraction in self._given().items():
            high = low + fraction
            # The last part takes what rounding leaves, so that no event is lost.
            found[part] = low, 1.0 if abs(high - 1.0) < 1e-12 else high
            low = found[part][1]
        return {part: found[part] for part in self.parts}

    def member(self, part: str, values: NDArray[Any]) -> NDArray[np.bool_]:
        """Say which events belong to a part; see :class:`Partition`."""
        check_part(part, self.parts)
        if self.by is not None:
            return np.isin(values, np.asarray(self._given()[part], dtype=np.float64))
        low, high = self.edges[part]
        return np.asarray((values >= low) & (values < high))

    def condition(self, part: str, column: str) -> str:
        """Return the same as C++; see :class:`Partition`."""
        check_part(part, self.parts)
        if self.by is not None:
            return " || ".join(f"{column} == {value}" for value in self._given()[part])
        low, high = self.edges[part]
        return f"{column} >= {low!r} && {column} < {high!r}"


@dataclass(frozen=True)
class Folds:
    """K folds: part ``train[i]`` is everything but fold i, ``test[i]`` is fold i.

    Parameters
    ----------
    k : int
        Number of folds, at least 2.
    seed : int, default 0
        Seed of the hash.
    by : str, optional
        An expression whose value is the number of the fold, such as ``"event % 5"``.
    """

    k: int
    seed: int = 0
    by: str | None = None
    expression: Expression | None = field(init=False, default=None, repr=False)

    def __post_init__(self) -> None:
        _check_seed(self.seed)
        object.__setattr__(self, "seed", int(self.seed))
        if not is_integer(self.k) or self.k < 2:
            raise DeclarationError(
                "the number of folds is an integer from 2 on", where="Folds", given=repr(self.k)
            )
        if self.by is not None:
            object.__setattr__(self, "expression", as_expression(self.by, where="Folds", what="'by'"))

    @property
    def parts(self) -> tuple[str, ...]:
        """``train[0], ..., test[0], ...``."""
        return tuple(f"{kind}[{fold}]" for kind in ("train", "test") for fold in range(self.k))

    def train(self, fold: int) -> str:
        """Return the name of the part that a model of this fold learns from."""
        return f"train[{fold}]"

    def test(self, fold: int) -> str:
        """Return the name of the part that a model of this fold is applied to."""
        return f"test[{fold}]"

    def fold(self, values: NDArray[Any]) -> NDArray[np.int64]:
        """Return the number of the fold that each event belongs to.

        Parameters
        ----------
        values : ndarray of shape (n_events,)
            The uniform numbers of the hash, or the values of the expression.

        Raises
        ------
        DeclarationError
            If the expression is not an integer between 0 and k - 1 for some event.
        """
        if self.expression is None:
            return np.minimum((values * self.k).astype(np.int64), self.k - 1)
        outside = ~np.isin(values, np.arange(self.k, dtype=np.float64))
        if outside.any():
            raise DeclarationError(
                f"the expression of {self.k} folds has values other than 0 to {self.k - 1}",
                where="Folds",
                given=f"{to_text(self.expression)} = {values[outside][0]:g}",
            )
        return np.asarray(values).astype(np.int64)

    def member(self, part: str, values: NDArray[Any]) -> NDArray[np.bool_]:
        """Say which events belong to a part; see :class:`Partition`."""
        check_part(part, self.parts)
        kind, number = part[:-1].split("[")
        inside: NDArray[np.bool_] = self.fold(values) == int(number)
        return inside if kind == "test" else ~inside

    def condition(self, part: str, column: str) -> str:
        """Return the same as C++; see :class:`Partition`."""
        check_part(part, self.parts)
        kind, number = part[:-1].split("[")
        # A uniform number is below 1, so that its product with k stays below k.
        fold = f"static_cast<int>({column} * {self.k})" if self.expression is None else column
        return f"{fold} {'==' if kind == 'test' else '!='} {number}"


def _check_seed(seed: object) -> None:
    if not is_integer(seed) or not 0 <= seed < 2**64:  # type: ignore[operator]
        raise DeclarationError("a seed is an integer from 0 to 2^64 - 1", given=repr(seed))


def check_part(part: str, parts: tuple[str, ...]) -> None:
    """Check the name of a part."""
    if part not in parts:
        raise DeclarationError(f"unknown part '{part}'", hint=close_matches(str(part), parts))
