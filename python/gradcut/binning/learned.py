"""Bins that have been learned: which bin an event is in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from gradcut.binning.axis import Binning, ProductBinning
from gradcut.binning.bins_spec import BinsSpec
from gradcut.binning.filling import outside
from gradcut.errors import DeclarationError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.expressions.nodes import Expression
    from gradcut.yields import Yields

__all__ = ["LearnedBins", "LearnedEdges", "LearnedWith", "StoppedEarly"]


class LearnedBins(Protocol):
    """What all learned bins can do."""

    @property
    def expressions(self) -> dict[str, Expression]:
        """What is binned, by label."""

    @property
    def bin_shape(self) -> tuple[int, ...]:
        """Numbers of bins along the axes."""

    def index(self, values: Sequence[NDArray[Any]]) -> NDArray[np.int64]:
        """Number of the bin of every event, -1 for none; of one array per expression."""

    def defined(self, node: Any, name: str, read: Sequence[str]) -> Any:
        """Define the number of the bin on an RDataFrame node, of one column per expression."""

    def declared_as(self, binning: Any) -> LearnedBins:
        """The same bins, of the expressions of another declaration."""

    def to_json(self) -> dict[str, Any]:
        """Return what has been learned as plain data."""


@dataclass(frozen=True, eq=False)
class LearnedEdges:
    """Edges of one or several columns.

    Parameters
    ----------
    binning : Binning or ProductBinning
        The declaration.
    edges : tuple of ndarray of float64
        Per axis all edges, the first and the last of the range included; increasing.
    widths : tuple of float or None, optional
        Where steps were not annealed, per axis the width of the smooth steps that was given or learned, in
        the unit of the coordinates; None for axes with given edges.
    """

    binning: Binning | ProductBinning
    edges: tuple[NDArray[np.float64], ...]
    widths: tuple[float | None, ...] | None = None

    def __post_init__(self) -> None:
        for axis, edges in zip(self.binning.axes, self.edges, strict=True):
            if len(edges) < 2 or not (np.diff(edges) > 0).all():
                raise DeclarationError(
                    "edges increase, and there are at least two",
                    given=", ".join(f"{edge:g}" for edge in edges)[:80],
                    where=f"'{axis.name}'",
                )

    @property
    def expressions(self) -> dict[str, Expression]:
        """What is binned, by name."""
        return {axis.name: axis.expression for axis in self.binning.axes}

    @property
    def bin_shape(self) -> tuple[int, ...]:
        """Numbers of bins along the axes."""
        return tuple(len(edges) - 1 for edges in self.edges)

    def index(self, values: Sequence[NDArray[Any]]) -> NDArray[np.int64]:
        """Number of the bin of every event, the last axis running first; -1 for none."""
        number = np.zeros(len(values[0]), dtype=np.int64)
        for axis, edges, x in zip(self.binning.axes, self.edges, values, strict=True):
            at = np.searchsorted(edges[1:-1], x.astype(np.float64), side="right")
            lost = outside(axis, x, float(edges[0]), float(edges[-1]))
            number = np.where(lost | (number < 0), -1, number * (len(edges) - 1) + at)
        return number

    def defined(self, node: Any, name: str, read: Sequence[str]) -> Any:
        """Define the number of the bin on an RDataFrame node, of one column per expression."""
        from gradcut.rdf import define_bin

        inner = [edges[1:-1] for edges in self.edges]
        spec = BinsSpec("axes", "hard", tuple(self.expressions), tuple(len(edges) for edges in inner))
        point = np.concatenate([*inner, np.ones(len(inner))])
        lost = [
            f"!({column} >= {float(edges[0])!r} && {column} < {float(edges[-1])!r})"
            for axis, edges, column in zip(self.binning.axes, self.edges, read, strict=True)
            if axis.flow != "open"
        ]
        if not lost:
            return define_bin(node, name, spec, list(read), point)
        inside = f"_gradcut_{name}_inside"
        return define_bin(node, inside, spec, list(read), point).Define(
            name, f"({' || '.join(lost)}) ? -1 : {inside}"
        )

    def declared_as(self, binning: Binning | ProductBinning) -> LearnedEdges:
        """The same edges, of the expressions of another declaration."""
        counts = [n for n, axis in zip(self.bin_shape, binning.axes, strict=True) if axis.learned]
        if isinstance(binning, Binning):
            return LearnedEdges(binning.with_bins(counts[0]) if counts else binning, self.edges, self.widths)
        return LearnedEdges(binning.with_bins(counts), self.edges, self.widths)

    @property
    def parameters(self) -> dict[str, float]:
        """The learned edges by name: ``"bdt:1"`` is the first inner edge of ``bdt``."""
        return {
            f"{axis.name}:{i + 1}": float(edge)
            for axis, edges in zip(self.binning.axes, self.edges, strict=True)
            if axis.learned
            for i, edge in enumerate(edges[1:-1])
        }

    def to_json(self) -> dict[str, Any]:
        """Return what has been learned as plain data."""
        plain: dict[str, Any] = {"kind": "edges", "edges": [edges.tolist() for edges in self.edges]}
        return plain if self.widths is None else {**plain, "widths": list(self.widths)}

    @classmethod
    def from_json(cls, binning: Binning | ProductBinning, plain: Mapping[str, Any]) -> LearnedEdges:
        """Read what :meth:`to_json` gave."""
        edges = tuple(np.asarray(own, dtype=np.float64) for own in plain["edges"])
        return cls(binning, edges, tuple(plain["widths"]) if "widths" in plain else None)


@dataclass(frozen=True)
class LearnedWith:
    """Bins, and what is known of them from the events that they were learned from."""

    bins: LearnedBins
    #: Hard value of the objective.
    value: float
    #: Soft yields in the bins with the sharpest steps; None where nothing was smooth.
    soft: Yields | None
    #: Hard values that the starts came to.
    of_starts: tuple[float, ...]


class StoppedEarly(Exception):  # noqa: N818  (nothing went wrong)
    """Ctrl-C: the best bins so far.

    Parameters
    ----------
    learned : LearnedWith
        The bins.
    """

    def __init__(self, learned: LearnedWith) -> None:
        super().__init__("interrupted")
        self.learned = learned
