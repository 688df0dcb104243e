"""``gc.Binning``: bins of one column or expression, and products of several."""

from __future__ import annotations

import itertools
import math
import numbers
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from gradcut.binning.bins_spec import BinsSpec
from gradcut.checks import is_number
from gradcut.errors import DeclarationError
from gradcut.expressions.json_form import from_json, to_json
from gradcut.expressions.nodes import Expression
from gradcut.expressions.parser import parse
from gradcut.expressions.structure import has_cpp, has_holes, is_condition
from gradcut.expressions.text import describe
from gradcut.samples.declared import as_expression

if TYPE_CHECKING:
    from gradcut.binning.coordinates import CoordinateName

__all__ = ["Binning", "Flow", "ProductBinning", "Step", "Width", "column", "counts_of", "smoothness"]

Step = Literal["logistic", "gaussian"]
Flow = Literal["open", "explicit"]
#: A width or a temperature.
Width = float | Literal["annealed", "learned"]
FLOWS: tuple[Flow, ...] = ("open", "explicit")
#: More bins of one axis than anybody can fill.
MOST = 200


def column(given: str | Expression, where: str) -> Expression:
    """Return the number that is binned, checked.

    Raises
    ------
    DeclarationError
        If it has a ``?``, is a condition, or is C++.
    """
    tree = parse(given) if isinstance(given, str) else given
    if has_holes(tree):
        raise DeclarationError(
            "what is binned has no '?'",
            given=describe(tree),
            where=where,
            hint="its edges are what is learned",
        )
    tree = as_expression(tree, where=where, what="expression")
    if has_cpp(tree) or is_condition(tree):
        raise DeclarationError(
            "what is binned is a number of the common grammar",
            given=describe(tree),
            where=where,
            hint="Define a column for other C++, or for a condition",
        )
    return tree


class Axes:
    """What a single axis and a product of several have in common.

    Attributes
    ----------
    axes : tuple of Binning
        The axes, those with given edges last.
    """

    axes: tuple[Binning, ...]

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """What is binned."""
        return tuple(axis.expression for axis in self.axes)

    @property
    def spec(self) -> BinsSpec:
        """The bins for the kernels."""
        return BinsSpec(
            "axes",
            self.axes[0].step,
            tuple(axis.name for axis in self.axes),
            tuple(axis.n_bins - 1 for axis in self.axes),
        )

    @property
    def shape(self) -> tuple[int, ...]:
        """Numbers of bins along the axes; the largest where several are tried."""
        return tuple(axis.n_bins for axis in self.axes)

    @property
    def choices(self) -> list[tuple[int, ...]]:
        """Numbers of bins of the learned axes to choose from."""
        return list(itertools.product(*(axis.counts for axis in self.axes if axis.learned)))

    @property
    def annealed(self) -> bool:
        """Whether the steps of all learned edges are annealed."""
        return all(axis.width == "annealed" for axis in self.axes if axis.learned)

    def __mul__(self, other: object) -> ProductBinning:
        if not isinstance(other, Axes):
            return NotImplemented
        return ProductBinning(*self.axes, *other.axes)


class Binning(Axes):
    """Bins of one column or expression, with edges that are learned or given.

    Parameters
    ----------
    expression : str or Expression
        What is binned, such as ``"bdt"`` or ``"log(met)"``.
    bins : int or sequence of int, optional
        Number of bins; of several the best is chosen on events that were not learned from.
    edges : sequence of float, optional
        Instead: edges that are not learned, such as those of a mass in a product.
    range : (float, float), optional
        First and last edge; by default where the events are.
    coordinates : {"quantile", "linear", "logit"}, default "quantile"
        In which edges move and smooth steps are equally wide: quantiles of signal and background together,
        the column itself, or the logit of its place in the range (for scores between 0 and 1).
    flow : {"open", "explicit"}, default "open"
        Events beyond the first and the last edge: they belong to the first and the last bin, or are outside
        of the histogram, as in the flow bins of a ``TH1``. An event without a value is in no bin. Smooth bins
        leak nothing over these two edges.
    step : {"logistic", "gaussian"}, default "logistic"
        The smooth step that stands for an edge while it is learned; Gaussian makes it a binned KDE.
    width : "annealed", "learned" or float, default "annealed"
        Of the smooth steps: a part of the bin that an event is in, which falls while edges are learned; or
        one width for all events (the bandwidth of a binned KDE), in the unit of the coordinates: this number,
        or one that is learned together with the edges, from a twenty-fifth of the mean bin to the range.
        Whatever it is, the edges of the result are hard ones, moved to where the hard objective is best.
    name : str, optional
        Name of the edges; default the text of the expression.

    Examples
    --------
    >>> import gradcut as gc
    >>> binning = gc.Binning("bdt", 5, range=(0, 1), coordinates="logit")
    >>> (gc.Binning("bdt", 4) * gc.Binning("met", 3)).n_bins
    12
    """

    def __init__(
        self,
        expression: str | Expression,
        bins: int | Sequence[int] | None = None,
        *,
        edges: Sequence[float] | None = None,
        range: tuple[float, float] | None = None,
        coordinates: CoordinateName = "quantile",
        flow: Flow = "open",
        step: Step = "logistic",
        width: Width = "annealed",
        name: str | None = None,
    ) -> None:
        from gradcut.binning.coordinates import COORDINATES

        self.axes = (self,)
        self.expression = column(expression, "gc.Binning")
        self.name = describe(self.expression) if name is None else name
        where = f"binning of '{self.name}'"
        if not isinstance(self.name, str) or not self.name or ":" in self.name:
            raise DeclarationError("the name of a binning is a text without ':'", given=repr(name))
        if (bins is None) == (edges is None):
            raise DeclarationError(
                "a binning has a number of bins, which are learned, or edges, which are not",
                where=where,
                given="both" if bins is not None else "neither",
                hint="gc.Binning('bdt', 5) or gc.Binning('mass', edges=[100, 120, 140])",
            )
        for what, given, allowed in (
            ("coordinates", coordinates, COORDINATES),
            ("flow", flow, FLOWS),
            ("step", step, ("logistic", "gaussian")),
        ):
            if given not in allowed:
                raise DeclarationError(
                    f"unknown '{what}'", given=repr(given), allowed=", ".join(map(repr, allowed)), where=where
                )
        self.coordinates, self.flow, self.step = coordinates, flow, step
        self.width = smoothness(width, "a width", where)
        self.edges = None if edges is None else _edges(edges, where)
        if self.edges is not None and self.width != "annealed":
            raise DeclarationError(
                "edges that are given are not smooth", given=f"width={width!r}", where=where
            )
        self.counts = (len(self.edges) - 1,) if self.edges is not None else counts_of(bins, where)
        self.range = None if range is None else _edges(range, where)
        if self.range is not None and len(self.range) != 2:
            raise DeclarationError("a range has two ends", given=repr(range), where=where)
        if self.range is not None and self.edges is not None:
            raise DeclarationError("given edges have their range", given=f"range={range!r}", where=where)

    @property
    def learned(self) -> bool:
        """Whether its edges are learned."""
        return self.edges is None

    @property
    def n_bins(self) -> int:
        """Number of bins; the largest where several are tried."""
        return max(self.counts)

    def with_bins(self, bins: int) -> Binning:
        """Return the same with one number of bins."""
        return Binning(
            self.expression,
            bins,
            range=None if self.range is None else (self.range[0], self.range[1]),
            coordinates=self.coordinates,
            flow=self.flow,
            step=self.step,
            width=self.width,
            name=self.name,
        )

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "kind": "axis",
            "name": self.name,
            "expression": to_json(self.expression),
            "bins": None if self.edges is not None else list(self.counts),
            "edges": None if self.edges is None else list(self.edges),
            "range": None if self.range is None else list(self.range),
            "coordinates": self.coordinates,
            "flow": self.flow,
            "step": self.step,
            "width": self.width,
        }

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Binning:
        """Read what :meth:`to_json` gave."""
        return cls(
            from_json(plain["expression"]),
            plain["bins"],
            edges=plain["edges"],
            range=None if plain["range"] is None else tuple(plain["range"]),
            coordinates=plain["coordinates"],
            flow=plain["flow"],
            step=plain["step"],
            width=plain.get("width", "annealed"),  # files that were written before there were others
            name=plain["name"],
        )

    def __repr__(self) -> str:
        what = f"edges={list(self.edges)}" if self.edges is not None else _shown(self.counts)
        width = "" if self.width == "annealed" else f", width={self.width!r}"
        return f"Binning({describe(self.expression)!r}, {what}, coordinates={self.coordinates!r}{width})"


class ProductBinning(Axes):
    """Bins that are products of those of several columns; the last one runs first.

    Parameters
    ----------
    *axes : Binning
        At least one, of different names.
    """

    def __init__(self, *axes: Binning) -> None:
        names = [axis.name for axis in axes]
        if not axes or not all(isinstance(axis, Binning) for axis in axes):
            raise DeclarationError("a product of bins has gc.Binning as its factors", given=repr(axes)[:80])
        if len(set(names)) != len(names):
            raise DeclarationError(
                "two axes have the same name", given=", ".join(names), hint="gc.Binning(..., name=...)"
            )
        learned = [axis.learned for axis in axes]
        if learned != sorted(learned, reverse=True):
            raise DeclarationError(
                "axes with given edges come after those whose edges are learned",
                given=" * ".join(names),
                hint="gc.Binning('bdt', 5) * gc.Binning('mass', edges=[...])",
            )
        if len({axis.width == "annealed" for axis in axes if axis.learned}) == 2:
            raise DeclarationError(
                "steps of all axes of a product are annealed, or those of none",
                given=", ".join(f"'{axis.name}': {axis.width!r}" for axis in axes if axis.learned),
            )
        self.axes = tuple(axes)

    @property
    def n_bins(self) -> int:
        """Number of bins; the largest where several are tried."""
        return math.prod(axis.n_bins for axis in self.axes)

    def with_bins(self, counts: Sequence[int]) -> ProductBinning:
        """Return the same with one number of bins for each learned axis."""
        given = [axis for axis in self.axes if not axis.learned]
        learned = [axis for axis in self.axes if axis.learned]
        return ProductBinning(*(axis.with_bins(n) for axis, n in zip(learned, counts, strict=True)), *given)

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {"kind": "product", "axes": [axis.to_json() for axis in self.axes]}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> ProductBinning:
        """Read what :meth:`to_json` gave."""
        return cls(*(Binning.from_json(axis) for axis in plain["axes"]))

    def __repr__(self) -> str:
        return " * ".join(map(repr, self.axes))


def _shown(counts: tuple[int, ...]) -> str:
    return str(counts[0]) if len(counts) == 1 else repr(counts)


def counts_of(bins: int | Sequence[int] | None, where: str) -> tuple[int, ...]:
    """Return the numbers of bins to choose from, in order.

    Raises
    ------
    DeclarationError
        If one is not an integer, or too large.
    """
    given: list[Any] = list(bins) if isinstance(bins, Sequence) and not isinstance(bins, str) else [bins]
    found = [int(one) for one in given if isinstance(one, numbers.Integral) and not isinstance(one, bool)]
    if len(found) != len(given) or not found or not all(1 <= one <= MOST for one in found):
        raise DeclarationError(
            "the number of bins is an integer, or several to choose from",
            given=repr(bins)[:80],
            allowed=f"1 to {MOST}",
            where=where,
        )
    return tuple(sorted(set(found)))


def smoothness(given: Width, what: str, where: str) -> Width:
    """Return a width or a temperature, checked.

    Raises
    ------
    DeclarationError
        If it is neither ``"annealed"`` nor ``"learned"`` nor a positive number.
    """
    if given == "annealed" or given == "learned":
        return given
    if isinstance(given, str) or not is_number(given) or not 0 < given < math.inf:
        raise DeclarationError(
            f"{what} is a positive number",
            given=repr(given),
            allowed="'annealed', 'learned' or a number",
            where=where,
        )
    return float(given)


def _edges(edges: Sequence[float], where: str) -> tuple[float, ...]:
    if isinstance(edges, str) or not all(is_number(edge) and math.isfinite(edge) for edge in edges):
        raise DeclarationError("edges are finite numbers", given=repr(edges)[:80], where=where)
    found = tuple(float(edge) for edge in edges)
    if len(found) < 2 or any(high <= low for low, high in itertools.pairwise(found)):
        raise DeclarationError(
            "edges increase, and there are at least two", given=repr(found)[:80], where=where
        )
    return found
