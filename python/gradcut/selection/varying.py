"""Cuts whose threshold follows a property of the event: by category, along straight lines, or smoothly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from gradcut.checks import is_number
from gradcut.errors import DeclarationError
from gradcut.expressions.nodes import (
    Binary,
    Call,
    Comparison,
    Expression,
    Hole,
    Logical,
    Number,
)
from gradcut.expressions.parser import parse
from gradcut.expressions.structure import has_holes
from gradcut.expressions.text import describe
from gradcut.selection.chains import Chain, Monotone

__all__ = ["VaryingCut"]

Shape = Literal["steps", "linear", "smooth"]

#: Of the splines.
DEGREE = 2
#: Coefficients below it are those of a polynomial of lower degree.
ROUNDING = 1e-12


@dataclass(frozen=True)
class VaryingCut:
    """A cut whose threshold is a curve in a property of the event.

    Parameters
    ----------
    feature : str or Expression
        What is cut on.
    operator : {"<", "<=", ">", ">="}
        What is kept.
    along : str or Expression
        The property, such as ``"npv"`` or ``"abs(eta)"``.
    knots : sequence of float
        Rising values of the property. The threshold stays what it is at the first and beyond the last.
    shape : {"linear", "smooth", "steps"}, default "linear"
        Straight lines from knot to knot; a quadratic B-spline, which has no corners; or one threshold for
        each range between knots, the first and the last of which have no outer end.
    monotone : {"rising", "falling"}, optional
        Whether the threshold may only rise, or fall, with the property.
    contraction : float, default 0
        See :class:`gradcut.Chain`: draws neighbouring thresholds together.
    name : str, optional
        What the parameters are called: ``name:0``, ``name:1``, ...; by default after the feature.

    Notes
    -----
    Parameters are the thresholds at the knots (``"linear"``), in the ranges (``"steps"``), or coefficients
    that the curve stays between (``"smooth"``): ordered parameters make a monotone curve. It is written as a
    sum of parameters times functions of the property in the grammar of expressions, so filters, masks and
    exports need nothing else.

    Examples
    --------
    >>> import gradcut as gc
    >>> cut = gc.VaryingCut("iso", "<", along="npv", knots=[10, 30, 50], monotone="rising")
    >>> gc.Selection(cut, "pt > ?").parameters
    ('iso:0', 'iso:1', 'iso:2', 'pt')
    """

    feature: str | Expression
    operator: str
    along: str | Expression
    knots: Sequence[float]
    shape: Shape = "linear"
    monotone: Monotone | None = None
    contraction: float = 0.0
    name: str | None = None

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the thresholds, in the order of the property."""
        base = describe(self._tree(self.feature, "feature")) if self.name is None else self.name
        return tuple(f"{base}:{number}" for number in range(len(self._factors())))

    @property
    def chain(self) -> Chain:
        """The parameters as neighbours."""
        return Chain(self.parameters, self.monotone, self.contraction)

    @property
    def expression(self) -> Expression:
        """The requirement as a tree."""
        if self.operator not in ("<", "<=", ">", ">="):
            raise DeclarationError(
                "a cut that varies keeps what is above or below",
                given=repr(self.operator),
                allowed="<, <=, >, >=",
                hint="a window is two of them",
            )
        terms = [
            Binary("*", Hole(name), factor)
            for name, factor in zip(self.parameters, self._factors(), strict=True)
        ]
        threshold: Expression = terms[0]
        for term in terms[1:]:
            threshold = Binary("+", threshold, term)
        return Comparison((self._tree(self.feature, "feature"), threshold), (self.operator,))

    def _tree(self, given: str | Expression, what: str) -> Expression:
        tree = parse(given) if isinstance(given, str) else given
        if has_holes(tree):
            raise DeclarationError(f"the {what} of a cut that varies has a '?'", given=describe(tree))
        return tree

    def _factors(self) -> list[Expression]:
        knots = list(self.knots)
        if not all(is_number(k) for k in knots) or any(b <= a for a, b in pairwise(knots)):
            raise DeclarationError("knots are rising numbers", given=repr(self.knots)[:80])
        if self.shape not in ("steps", "linear", "smooth"):
            raise DeclarationError(
                "unknown shape of a threshold", given=repr(self.shape), allowed="'linear', 'smooth', 'steps'"
            )
        least = {"steps": 1, "linear": 2, "smooth": 2}[self.shape]
        if len(knots) < least:
            raise DeclarationError(
                f"the shape '{self.shape}' needs at least {least} knots", given=repr(self.knots)[:80]
            )
        along = self._tree(self.along, "property")
        values = [float(k) for k in knots]
        return {"steps": _steps, "linear": _hats, "smooth": _splines}[self.shape](along, values)


def _steps(x: Expression, knots: list[float]) -> list[Expression]:
    """One where the property is in a range."""
    found: list[Expression] = [Comparison((x, Number(knots[0])), ("<",))]
    for low, high in pairwise(knots):
        inside = (Comparison((x, Number(low)), (">=",)), Comparison((x, Number(high)), ("<",)))
        found.append(Logical("&&", inside))
    return [*found, Comparison((x, Number(knots[-1])), (">=",))]


def _hats(x: Expression, knots: list[float]) -> list[Expression]:
    """One at a knot, zero at its neighbours, straight lines in between; their sum is one everywhere.

    A hat is a sum of distances from three knots. No min and max: in C++ these have to ask for NaN.
    """
    found: list[Expression] = []
    last = len(knots) - 1
    for at in range(len(knots)):
        weights = dict.fromkeys(range(len(knots)), 0.0)
        for other in (at - 1, at + 1):
            if 0 <= other <= last:
                weights[other] += 0.5 / abs(knots[other] - knots[at])
                weights[at] -= 0.5 / abs(knots[other] - knots[at])
        total: Expression | None = Number(0.5) if at in (0, last) else None
        for place, weight in weights.items():
            if weight:
                part = Binary("*", Number(weight), Call("abs", (_minus(x, knots[place]),)))
                total = part if total is None else Binary("+", total, part)
        found.append(Number(1.0) if total is None else total)
    return found


def _into(x: Expression, low: float, high: float) -> Expression:
    """How far the property is into an interval, from 0 to its length."""
    distances = Binary("-", Call("abs", (_minus(x, low),)), Call("abs", (_minus(x, high),)))
    return Binary("*", Number(0.5), Binary("+", distances, Number(high - low)))


def _minus(x: Expression, value: float) -> Expression:
    return x if value == 0 else Binary("+" if value < 0 else "-", x, Number(abs(value)))


def _splines(x: Expression, knots: list[float]) -> list[Expression]:
    """Quadratic B-splines on the range of the knots; their sum is one.

    On every interval a basis function is a parabola in how far the property is into it. What is right of an
    interval is all the way through it: so the value at its end stays, and the parabolas add up.
    """
    padded = [knots[0]] * DEGREE + knots + [knots[-1]] * DEGREE
    found: list[Expression] = []
    for number in range(len(padded) - DEGREE - 1):
        total: Expression | None = None
        for place, (low, high) in enumerate(pairwise(knots)):
            interval = DEGREE + place
            start, middle, end = (
                _spline(padded, number, DEGREE, interval, low + part * (high - low)) for part in (0, 0.5, 1)
            )
            size = high - low
            second = 2 * (start - 2 * middle + end) / size**2
            first = (end - start) / size - second * size
            if place == 0 and start != 0:
                total = Number(start)
            into = _into(x, low, high)
            for factor, power in ((first, into), (second, Binary("*", into, into))):
                if abs(factor) * size > ROUNDING:
                    part = Binary("*", Number(factor), power)
                    total = part if total is None else Binary("+", total, part)
        if total is not None:
            found.append(total)
    return found


def _spline(padded: list[float], number: int, degree: int, interval: int, x: float) -> float:
    """Value of a B-spline on one interval between knots (Cox and de Boor)."""
    if degree == 0:
        return float(number == interval)
    total = 0.0
    for shift, towards in ((0, 1.0), (1, -1.0)):
        low, high = padded[number + shift], padded[number + degree + shift]
        if high > low:
            share = (x - low) / (high - low) if towards > 0 else (high - x) / (high - low)
            total += share * _spline(padded, number + shift, degree - 1, interval, x)
    return total
