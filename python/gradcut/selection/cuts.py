"""One cut: as it is declared, and as it is learned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gradcut.errors import DeclarationError
from gradcut.expressions.nodes import Comparison, Expression, Hole, Number, Unary
from gradcut.expressions.parser import parse

__all__ = ["Cut", "CutKind", "LearnedCut", "Term"]

CutKind = Literal["above", "below", "window", "veto"]

_OPERATORS = ("<", "<=", ">", ">=", "window", "veto", "either")


@dataclass(frozen=True)
class Cut:
    """A cut declared part by part, for features that have no text in the grammar.

    Parameters
    ----------
    feature : str or Expression
        What is cut on; text is parsed, C++ comes as :class:`gradcut.Cpp`.
    operator : {"<", "<=", ">", ">=", "window", "veto", "either"}
        What is kept: the feature compared with the threshold, between the two, or outside of the two.
        ``"either"``: above or below, whichever a fit finds better on the events that it learns from; a window
        of which it opens one end.
    threshold : str or float, default "?"
        ``"?"``, ``"?name"`` or a number; of a window or veto the lower one.
    upper : str or float, optional
        The upper threshold of a window or veto, by default ``"?"``.

    Examples
    --------
    >>> import gradcut as gc
    >>> selection = gc.Selection(gc.Cut(gc.Cpp("TMath::Abs(x)"), "<", "?"))
    """

    feature: str | Expression
    operator: str
    threshold: str | float = "?"
    upper: str | float | None = None

    @property
    def expression(self) -> Expression:
        """The requirement as a tree."""
        if self.operator not in _OPERATORS:
            raise DeclarationError(
                "unknown kind of cut", given=repr(self.operator), allowed=" ".join(_OPERATORS)
            )
        feature = parse(self.feature) if isinstance(self.feature, str) else self.feature
        two_sided = self.operator in ("window", "veto", "either")
        if self.upper is not None and not two_sided:
            raise DeclarationError(f"a cut '{self.operator}' has one threshold", given=repr(self.upper))
        low = _threshold(self.threshold)
        expression: Expression
        if not two_sided:
            expression = Comparison((feature, low), (self.operator,))
        else:
            high = _threshold("?" if self.upper is None else self.upper)
            expression = Comparison((low, feature, high), ("<", "<"))
            if self.operator == "veto":
                expression = Unary("!", expression)
        return expression


def _threshold(threshold: str | float) -> Expression:
    expression = parse(threshold) if isinstance(threshold, str) and "?" not in threshold else None
    if isinstance(threshold, str) and "?" in threshold:
        text = threshold.strip()
        expression = Hole(text.removeprefix("?").removeprefix("{").removesuffix("}") or None)
    elif not isinstance(threshold, str):
        expression = Number(threshold)
    if not isinstance(expression, (Hole, Number)):
        raise DeclarationError("a threshold is '?', '?name' or a number", given=repr(threshold))
    return expression


@dataclass(frozen=True)
class Term:
    """Part of a threshold that depends on the event: a parameter times a factor."""

    parameter: str
    factor: Expression


@dataclass(frozen=True)
class LearnedCut:
    """One feature with one or two learned thresholds.

    Parameters
    ----------
    feature : Expression
        What is cut on.
    kind : {"above", "below", "window", "veto"}
        What is kept; a veto is the outside of a window.
    inclusive : tuple of two bool
        Whether the lower and the upper threshold belong to what lies above, below or between them.
    low, high : str or None
        Names of the parameters. A one-sided cut may have none beside its terms.
    requirement : Expression
        The comparison, or the whole requirement where it is nothing else; holes named.
    label : str
        Unique among the cuts of a selection: the feature's text.
    terms : tuple of Term
        What is added to the threshold of a one-sided cut, event by event.
    per_object : bool
        Whether the feature has one value per object.
    """

    feature: Expression
    kind: CutKind
    inclusive: tuple[bool, bool]
    low: str | None
    high: str | None
    requirement: Expression
    label: str
    terms: tuple[Term, ...] = ()
    per_object: bool = False

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of all numbers that are learned."""
        ends = tuple(name for name in (self.low, self.high) if name is not None)
        return (*ends, *(term.parameter for term in self.terms))
