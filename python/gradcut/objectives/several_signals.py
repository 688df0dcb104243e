"""Several alternative signals in one objective: mean, worst case, covered part of a grid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from gradcut.errors import DeclarationError, close_matches
from gradcut.objectives.base import Direction, Objective
from gradcut.objectives.within import Within
from gradcut.yields import Moments, Yields

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.yields import YieldsLayout

__all__ = ["SignalGrid"]

#: Width of the soft minimum and of the soft threshold, relative to the mean size of the values.
SOFTNESS = 0.1
#: Role of a signal while another one is looked at: it is neither signal nor background.
_ALTERNATIVE = "alternative"


class SignalGrid(Objective):
    """An objective for each signal by itself, all against the same background, combined into one number.

    Parameters
    ----------
    objective : Objective
        For a single signal.
    combine : {"mean", "worst", "covered"}, default "mean"
        The mean over the signals; the worst of them; or the part of the grid in which the objective is better
        than ``threshold``, the area that would be discovered or excluded.
    weights : mapping of str to float, optional
        Weight of each signal process; default 1. Not for ``"worst"``.
    threshold : float, optional
        For ``"covered"``, such as 1.64.

    Notes
    -----
    While fitting, the worst case is a soft minimum and the covered part counts with a smooth step, both a
    tenth of the mean size of the values wide; results are exact.
    """

    def __init__(
        self,
        objective: Objective,
        combine: Literal["mean", "worst", "covered"] = "mean",
        *,
        weights: Mapping[str, float] | None = None,
        threshold: float | None = None,
    ) -> None:
        if not isinstance(objective, Objective):
            raise DeclarationError("a grid of signals has an objective for each", given=repr(objective))
        if isinstance(objective, Within):
            raise DeclarationError(
                "limits are those of all signals together",
                given=repr(objective),
                hint="SignalGrid(objective, ...).within(max_background=...)",
            )
        if combine not in ("mean", "worst", "covered"):
            raise DeclarationError(
                "unknown combination", given=repr(combine), allowed="'mean', 'worst', 'covered'"
            )
        if (threshold is None) == (combine == "covered"):
            raise DeclarationError(
                "a covered part has a threshold, and nothing else has",
                given=f"combine={combine!r}, threshold={threshold!r}",
                hint="SignalGrid(objective, 'covered', threshold=1.64)",
            )
        if weights is not None and combine == "worst":
            raise DeclarationError("the worst of several signals has no weights", given=repr(dict(weights)))
        for name, weight in (weights or {}).items():
            if isinstance(weight, bool) or not isinstance(weight, (int, float)) or not 0 <= weight < np.inf:
                raise DeclarationError(f"the weight of '{name}' is a number from 0 on", given=repr(weight))
        self.objective, self.combine, self.threshold = objective, combine, threshold
        self.weights = None if weights is None else {n: float(w) for n, w in weights.items()}
        self.direction: Direction = "maximise" if combine == "covered" else objective.direction
        of = {"mean": "mean", "worst": "worst", "covered": f"part beyond {threshold} of the"}[combine]
        self.name = f"{of} {objective.name}"

    def describe(self) -> dict[str, Any]:
        """See :meth:`Objective.describe`."""
        return {
            "kind": "signal_grid",
            "objective": self.objective.describe(),
            "combine": self.combine,
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
        if len(signals) < 2:
            raise DeclarationError(
                "a grid has several signals",
                given=", ".join(signals) or "none",
                hint="samples.add(..., role='signal') for each of them",
            )
        for name in self.weights or {}:
            if name not in signals:
                raise DeclarationError(f"no signal is called '{name}'", hint=close_matches(name, signals))
        for signal in layout.process_indices("signal"):
            self.objective.check(_alone(layout, signal))

    def check_final(self, yields: Yields) -> None:
        """See :meth:`Objective.check_final`."""
        for signal in yields.layout.process_indices("signal"):
            self.objective.check_final(Yields(_alone(yields.layout, signal), yields.moments))

    def values(self, yields: Yields) -> NDArray[np.float64]:
        """Hard value of each signal, shape (signals, points)."""
        layout = yields.layout
        return np.array(
            [
                self.objective.hard(Yields(_alone(layout, signal), yields.moments))
                for signal in layout.process_indices("signal")
            ]
        )

    @property
    def ties(self) -> str:
        """See :meth:`Objective.ties`."""
        return f"its value is the {self.name}, each of all bins together"

    def hard(self, yields: Yields) -> NDArray[np.float64]:
        """See :meth:`Objective.hard`."""
        values, share = self.values(yields), self._shares(yields.layout)
        if self.combine == "worst":
            return np.asarray(self.objective.sign * (self.objective.sign * values).min(0))
        if self.combine == "mean":
            return np.asarray((share[:, None] * values).sum(0))
        threshold = 0.0 if self.threshold is None else self.threshold
        return np.asarray((share[:, None] * (self.objective.sign * (values - threshold) > 0)).sum(0))

    def gradient(self, yields: Yields) -> tuple[NDArray[np.float64], Moments]:
        """See :meth:`Objective.gradient`."""
        layout = yields.layout
        values, cotangents = [], []
        for signal in layout.process_indices("signal"):
            value, cotangent = self.objective.gradient(Yields(_alone(layout, signal), yields.moments))
            values.append(value)
            cotangents.append(cotangent)
        value, slopes = self._combined(np.array(values), self._shares(layout))
        total = [
            sum(
                slope[:, None, None, None, None] * moments[m]
                for slope, moments in zip(slopes, cotangents, strict=True)
            )
            for m in range(3)
        ]
        return value, Moments(*(np.asarray(moment) for moment in total))

    def _combined(
        self, values: NDArray[np.float64], share: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Smooth combination of values of shape (signals, points), and its slopes in each."""
        if self.combine == "mean":
            return (share[:, None] * values).sum(0), np.broadcast_to(share[:, None], values.shape)
        sign, n = self.objective.sign, len(values)
        width = SOFTNESS * (np.abs(values).mean(0) + 1e-12)
        d_width = SOFTNESS * np.sign(values) / n
        if self.combine == "worst":
            least = (sign * values).min(0)
            above = sign * values - least
            likely = np.exp(-above / width)
            value, likely = least - width * np.log(likely.mean(0)), likely / likely.sum(0)
            by_width = (value - least - (likely * above).sum(0)) / width
            return sign * value, likely + sign * by_width * d_width
        threshold = 0.0 if self.threshold is None else self.threshold
        beyond = sign * (values - threshold) / width
        step = 1 / (1 + np.exp(-np.clip(beyond, -40, 40)))
        slope = share[:, None] * step * (1 - step) / width
        return (share[:, None] * step).sum(0), sign * slope - (slope * beyond).sum(0) * d_width

    def _shares(self, layout: YieldsLayout) -> NDArray[np.float64]:
        given = self.weights or {}
        share = np.array([given.get(layout.processes[i], 1.0) for i in layout.process_indices("signal")])
        return np.asarray(share / max(share.sum(), 1e-300))


def _alone(layout: YieldsLayout, signal: int) -> YieldsLayout:
    """Leave one signal its role."""
    roles = tuple(
        _ALTERNATIVE if role == "signal" and i != signal else role for i, role in enumerate(layout.roles)
    )
    return replace(layout, roles=roles)
