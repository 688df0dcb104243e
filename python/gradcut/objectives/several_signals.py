"""Several signals in one objective: alternatives on a grid, or each the background of the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from gradcut.checks import is_number
from gradcut.errors import DeclarationError, close_matches
from gradcut.objectives.base import Direction, Objective
from gradcut.objectives.combinations import COMBINATIONS, Combine, combined, combined_smoothly
from gradcut.objectives.within import Within
from gradcut.yields import Moments, Yields

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.yields import YieldsLayout

__all__ = ["SeveralSignals"]

#: Role of a signal while another one is looked at: it is neither signal nor background.
_ALTERNATIVE = "alternative"


class SeveralSignals(Objective):
    """An objective for each signal by itself, combined into one number.

    Parameters
    ----------
    objective : Objective
        For a single signal.
    combine : {"mean", "worst", "covered", "product", "harmonic", "quadrature"}, default "mean"
        The mean over the signals; the worst of them; the part of them for which the objective is better than
        ``threshold``, as the area that would be discovered or excluded; the geometric mean; the harmonic
        mean; the root of the sum of squares.
    others : {"ignored", "background"}, default "ignored"
        What the other signals are where one is looked at: nothing, as on a grid of alternatives of which one
        at most exists; or background, as processes that exist together and are measured each.
    signals : sequence of str, optional
        Names of the signals that are combined; default all. One that is not named is one of the others.
    weights : mapping of str to float, optional
        Weight of each signal process; default 1. Not for ``"worst"`` and ``"quadrature"``.
    threshold : float, optional
        For ``"covered"``, such as 1.64.

    Notes
    -----
    While fitting, the worst case is a soft minimum and the covered part counts with a smooth step, both a
    tenth of the mean size of the values wide; results are exact. Geometric and harmonic mean are the smallest
    value where that is not positive, to which they tend; in a fit a value below a hundredth of the mean size
    of all counts as a small positive one, and what it lacks is subtracted, which pulls it up at full slope.

    References
    ----------
    The geometric mean of significances, each signal the background of the others: "Learning to bin" (gato).
    """

    def __init__(
        self,
        objective: Objective,
        combine: Combine = "mean",
        *,
        others: Literal["ignored", "background"] = "ignored",
        signals: Sequence[str] | None = None,
        weights: Mapping[str, float] | None = None,
        threshold: float | None = None,
    ) -> None:
        if not isinstance(objective, Objective):
            raise DeclarationError("several signals have an objective for each", given=repr(objective))
        if isinstance(objective, Within):
            raise DeclarationError(
                "limits are those of all signals together",
                given=repr(objective),
                hint="SeveralSignals(objective, ...).within(max_background=...)",
            )
        for name, given, allowed in (
            ("combination", combine, tuple(COMBINATIONS)),
            ("role of other signals", others, ("ignored", "background")),
        ):
            if given not in allowed:
                raise DeclarationError(
                    f"unknown {name}", given=repr(given), allowed=", ".join(map(repr, allowed))
                )
        if combine in ("product", "harmonic", "quadrature") and objective.direction == "minimise":
            raise DeclarationError(
                "only values that are better when larger are multiplied or squared",
                given=f"{combine!r} of {objective.name}, which is to be minimised",
                allowed="'mean', 'worst', 'covered'",
            )
        if (threshold is None) == (combine == "covered"):
            raise DeclarationError(
                "a covered part has a threshold, and nothing else has",
                given=f"combine={combine!r}, threshold={threshold!r}",
                hint="SeveralSignals(objective, 'covered', threshold=1.64)",
            )
        if weights is not None and combine in ("worst", "quadrature"):
            raise DeclarationError(f"the combination '{combine}' has no weights", given=repr(dict(weights)))
        for name, weight in (weights or {}).items():
            if not is_number(weight) or not 0 <= weight < np.inf:
                raise DeclarationError(f"the weight of '{name}' is a number from 0 on", given=repr(weight))
        self.objective, self.combine, self.others, self.threshold = objective, combine, others, threshold
        self.signals = None if signals is None else _names(signals)
        self.weights = None if weights is None else {n: float(w) for n, w in weights.items()}
        self.direction: Direction = "maximise" if combine == "covered" else objective.direction
        of = f"part beyond {threshold} of the" if combine == "covered" else COMBINATIONS[combine]
        self.name = f"{of} {objective.name}"

    def describe(self) -> dict[str, Any]:
        """See :meth:`Objective.describe`."""
        return {
            "kind": "several_signals",
            "objective": self.objective.describe(),
            "combine": self.combine,
            "others": self.others,
            "signals": None if self.signals is None else list(self.signals),
            "weights": self.weights,
            "threshold": self.threshold,
        }

    @property
    def grows(self) -> bool:
        """See :meth:`Objective.grows`."""
        return self.objective.grows

    def check(self, layout: YieldsLayout) -> None:
        """See :meth:`Objective.check`."""
        signals = [layout.processes[i] for i in layout.process_indices("signal")]
        for name in (*(self.signals or ()), *(self.weights or {})):
            if name not in signals:
                raise DeclarationError(f"no signal is called '{name}'", hint=close_matches(name, signals))
        chosen = self._positions(layout)
        if len(chosen) < 2:
            raise DeclarationError(
                "several signals are at least two",
                given=", ".join(signals) or "none",
                hint="samples.add(..., role='signal') for each of them",
            )
        for signal in chosen:
            self.objective.check(self._layout_for(layout, signal))

    def check_final(self, yields: Yields) -> None:
        """See :meth:`Objective.check_final`."""
        for one in self.seen(yields):
            self.objective.check_final(one)

    def seen(self, yields: Yields) -> list[Yields]:
        """Yields as each signal sees them: the only signal, with the others in the role that they have."""
        layout = yields.layout
        return [
            Yields(self._layout_for(layout, signal), yields.moments) for signal in self._positions(layout)
        ]

    def values(self, yields: Yields) -> NDArray[np.float64]:
        """Hard value of each signal, shape (signals, points)."""
        return np.array([self.objective.hard(one) for one in self.seen(yields)])

    @property
    def ties(self) -> str:
        """See :meth:`Objective.ties`."""
        if self.combine == "quadrature" and self.objective.squares_add:
            return ""
        return self.objective.ties or f"the {self.name} is one of all bins together"

    @property
    def steadies(self) -> bool:
        """See :attr:`Objective.steadies`."""
        return self.objective.steadies

    @property
    def sees_axes(self) -> bool:
        """See :meth:`Objective.sees_axes`."""
        return self.objective.sees_axes

    def hard(self, yields: Yields) -> NDArray[np.float64]:
        """See :meth:`Objective.hard`."""
        return combined(self.combine, self.values(yields), *self._how(yields.layout))

    def contributions(self, yields: Yields) -> NDArray[np.float64] | None:
        """See :meth:`Objective.contributions`: squares of significances add over signals as over bins."""
        if self.ties:
            return None
        added = [self.objective.contributions(one) for one in self.seen(yields)]
        return np.asarray(np.sum([own for own in added if own is not None], axis=0))

    def gradient(self, yields: Yields) -> tuple[NDArray[np.float64], Moments]:
        """See :meth:`Objective.gradient`."""
        values, cotangents = [], []
        for one in self.seen(yields):
            value, cotangent = self.objective.gradient(one)
            values.append(value)
            cotangents.append(cotangent)
        value, slopes = combined_smoothly(self.combine, np.array(values), *self._how(yields.layout))
        total = [
            sum(
                slope[:, None, None, None, None] * moments[m]
                for slope, moments in zip(slopes, cotangents, strict=True)
            )
            for m in range(3)
        ]
        return value, Moments(*(np.asarray(moment) for moment in total))

    def _how(self, layout: YieldsLayout) -> tuple[NDArray[np.float64], float, float]:
        """Shares of the signals, sign and threshold."""
        given, names = self.weights or {}, [layout.processes[i] for i in self._positions(layout)]
        share = np.array([given.get(name, 1.0) for name in names])
        threshold = 0.0 if self.threshold is None else self.threshold
        return np.asarray(share / max(share.sum(), 1e-300)), self.objective.sign, threshold

    def _positions(self, layout: YieldsLayout) -> list[int]:
        """Positions of the signals that are combined."""
        wanted = self.signals
        return [
            i for i in layout.process_indices("signal") if wanted is None or layout.processes[i] in wanted
        ]

    def _layout_for(self, layout: YieldsLayout, signal: int) -> YieldsLayout:
        """Leave one signal its role."""
        other = "background" if self.others == "background" else _ALTERNATIVE
        roles = (other if role == "signal" and i != signal else role for i, role in enumerate(layout.roles))
        return replace(layout, roles=tuple(roles))


def _names(signals: Sequence[str]) -> tuple[str, ...]:
    if isinstance(signals, str) or not all(isinstance(name, str) for name in signals):
        raise DeclarationError(
            "signals are given by their names", given=repr(signals), allowed="such as ['ggH']"
        )
    if len(set(signals)) != len(signals):
        raise DeclarationError("a signal is named twice", given=", ".join(signals))
    return tuple(signals)
