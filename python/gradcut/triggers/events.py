"""Events of a menu in memory, each with what decides about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.engines.collected import features_of
from gradcut.errors import DataError, DeclarationError
from gradcut.triggers.lines import directions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.expressions.nodes import Expression
    from gradcut.regions import Regions
    from gradcut.samples import EventTables, Samples
    from gradcut.samples.event_table import EventTable
    from gradcut.triggers.lines import Line

__all__ = ["LineEvents", "MenuEvents", "ProcessEvents", "features_of_lines"]


@dataclass(frozen=True)
class LineEvents:
    """One line on the events of a process.

    Features and thresholds are turned so that an event passes above: ``x > t``, or ``x >= t``.
    """

    #: Events that meet what is fixed, and lack no value that they would fail without.
    eligible: NDArray[np.bool_]
    #: Per cut its parameter, its feature and whether the threshold belongs to it; infinite where a missing
    #: value passes.
    parameters: tuple[int, ...]
    features: tuple[NDArray[np.float64], ...]
    inclusive: tuple[bool, ...]
    #: Places per parameter among the candidates that were asked for last.
    known: dict[int, tuple[NDArray[np.float64], NDArray[np.int64]]] = field(default_factory=dict)

    def passed(self, thresholds: NDArray[np.float64], but: int = -1) -> NDArray[np.bool_]:
        """Events that pass, whatever the parameter ``but`` is."""
        inside: NDArray[np.bool_] = self.eligible.copy()
        for parameter, feature, closed in zip(self.parameters, self.features, self.inclusive, strict=True):
            if parameter != but:
                t = thresholds[parameter]
                inside &= feature >= t if closed or t == -np.inf else feature > t
        return inside

    def place(self, parameter: int, candidates: NDArray[np.float64]) -> NDArray[np.int64]:
        """Number of the first of some increasing candidates that every event fails its cuts at."""
        if parameter in self.known and self.known[parameter][0] is candidates:
            return self.known[parameter][1]
        place = np.full(len(self.eligible), len(candidates))
        for own, feature, closed in zip(self.parameters, self.features, self.inclusive, strict=True):
            if own == parameter:
                at = np.searchsorted(candidates, feature, side="right" if closed else "left")
                place = np.minimum(place, at)
        if len(candidates) > 1:
            self.known[parameter] = candidates, place
        return place

    def chosen(self, which: NDArray[np.bool_]) -> LineEvents:
        """Some of the events."""
        return replace(
            self,
            eligible=self.eligible[which],
            features=tuple(feature[which] for feature in self.features),
            known={},
        )


@dataclass(frozen=True)
class ProcessEvents:
    """Events of one process."""

    name: str
    weights: NDArray[np.float64]
    lines: tuple[LineEvents, ...]
    #: Sum of the weights, of all events: also of those that are left out because they never pass.
    total: float

    def passed(self, thresholds: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which line passes, shape (lines, n_events)."""
        passed: NDArray[np.bool_] = np.array([line.passed(thresholds) for line in self.lines])
        return passed

    def chosen(self, which: NDArray[np.bool_]) -> ProcessEvents:
        """Some of the events, with the total of all."""
        return replace(
            self, weights=self.weights[which], lines=tuple(line.chosen(which) for line in self.lines)
        )


class MenuEvents:
    """Zero-bias events and signals.

    Parameters
    ----------
    lines : mapping of str to Line
        The menu.
    selections : Regions
        Its selections.
    tables : EventTables
        Events with the features of :func:`features_of_lines`.
    """

    def __init__(self, lines: Mapping[str, Line], selections: Regions, tables: EventTables) -> None:
        self.accepted = np.array([line.accepted for line in lines.values()])
        self.signs = directions(selections)
        zero_bias: list[ProcessEvents] = []
        signals: list[ProcessEvents] = []
        for (_, process), table in tables.items():
            kind = signals if table.role == "signal" else zero_bias
            if table.role != "data":
                kind.append(self._process(process, table, selections))
        self.zero_bias, self.signals = tuple(zero_bias), tuple(signals)

    def _process(self, process: str, table: EventTable, selections: Regions) -> ProcessEvents:
        columns = iter(table.features())
        weights = table.weights()
        made = [self._line(name, columns, selections, len(weights)) for name in selections.selections]
        return ProcessEvents(process, weights, tuple(made), float(weights.sum()))

    def _line(self, name: str, columns: Iterator[Any], selections: Regions, n_events: int) -> LineEvents:
        selection = selections[name]
        parameters, features, inclusive, missing = [], [], [], []
        for cut in selection.cuts:
            column = np.asarray(next(columns)).astype(np.float64)
            above = cut.kind == "above"
            own = selections.names[name][(cut.low if above else cut.high) or ""]
            parameters.append(selections.parameters.index(own))
            absent = np.isnan(column)
            missing.append(absent)
            features.append(np.where(absent, np.inf, self.signs[parameters[-1]] * column))
            inclusive.append(cut.inclusive[0] if above else cut.inclusive[1])
        eligible = np.ones(n_events, dtype=np.bool_)
        for _ in selection.fixed:
            eligible &= np.asarray(next(columns)) != 0
        for absent in missing if selection.missing == "fail" else ():
            eligible &= ~absent
        return LineEvents(eligible, tuple(parameters), tuple(features), tuple(inclusive))

    def within(self, loosest: NDArray[np.float64]) -> MenuEvents:
        """The same without the events that pass no line, even at the loosest thresholds."""
        few = object.__new__(MenuEvents)
        few.accepted, few.signs = self.accepted, self.signs
        few.zero_bias, few.signals = (
            tuple(one.chosen(np.asarray(one.passed(loosest).any(0))) for one in processes)
            for processes in (self.zero_bias, self.signals)
        )
        return few

    def check(self) -> None:
        """Raise where there are no zero-bias events or no signals with a positive yield."""
        for kind, role, found in (
            ("zero-bias events", "background", self.zero_bias),
            ("a signal", "signal", self.signals),
        ):
            if not found:
                raise DeclarationError(f"a menu needs {kind}", hint=f"samples.add(..., role='{role}')")
            for one in found:
                if one.total <= 0:
                    raise DataError("a sum of weights is not positive", given=f"'{one.name}': {one.total:g}")


def features_of_lines(selections: Regions, samples: Samples) -> dict[str, Expression]:
    """What is read of every event: per line its features, then what is fixed."""
    if len(samples.channels) > 1:
        raise DeclarationError(
            "a menu is one for all events", given="channels " + ", ".join(samples.channels)
        )
    found: dict[str, Expression] = {}
    for name, selection in selections.selections.items():
        features: Sequence[tuple[str, Expression]] = list(features_of(selection, samples).items())
        found |= {f"{name}: {label}": feature for label, feature in features}
    return found
