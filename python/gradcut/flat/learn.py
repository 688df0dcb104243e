"""``gc.flat_working_point``: what passes does not depend on a property, because the threshold does."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from gradcut.checks import is_number
from gradcut.errors import DataError, DeclarationError
from gradcut.expressions.parser import parse
from gradcut.expressions.text import describe
from gradcut.flat.point import FlatPoint, FlatRange
from gradcut.flat.quantiles import quantile_curve, shifted_to
from gradcut.results.metadata import metadata
from gradcut.samples import Split
from gradcut.selection import Selection, VaryingCut
from gradcut.selection.kernel import extra_columns

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.samples import EventTables, Samples

__all__ = ["flat_working_point"]

#: Ranges of the property in which flatness is shown, of equally many events each.
RANGES = 8


def flat_working_point(
    cut: VaryingCut,
    samples: Samples,
    *,
    efficiency: float | None = None,
    total_yield: float | None = None,
    role: str = "signal",
    processes: Sequence[str] | None = None,
    split: Split | None = None,
    ranges: Sequence[float] | None = None,
    reader: Literal["auto", "root", "uproot"] = "auto",
) -> FlatPoint:
    """Learn a threshold along a property such that the efficiency, or the yield per unit of it, is flat.

    Parameters
    ----------
    cut : VaryingCut
        The cut, its property and the form of the curve; ``monotone`` is kept.
    samples : Samples
        The events, after whose requirement efficiencies are counted.
    efficiency : float, optional
        Part of the events that pass, at every value of the property: a working point of an identification
        against pT or pile-up, or a rate per bunch crossing against pile-up. Missing values fail.
    total_yield : float, optional
        Instead: the yield that passes, in proportion to the width of any range of the property.
    role : str, default "signal"
        Whose efficiency or yield.
    processes : sequence of str, optional
        Only these.
    split : Split, optional
        Which events are learned from and which judge; by default halves, where the samples declare the
        identity of events, else all are learned from.
    ranges : sequence of float, optional
        Rising ends between the ranges that the result shows; by default eight of equally many events.
    reader : {"auto", "root", "uproot"}
        As for :meth:`gradcut.Samples.collect`.

    Returns
    -------
    FlatPoint
        Filters, masks, and a table of how flat it is on events that were not learned from.

    Raises
    ------
    DeclarationError
        If what is wanted makes no sense.
    DataError
        If there are no events of the role.

    Notes
    -----
    Quantile regression (R. Koenker, G. Bassett, Econometrica 46 (1978) 33) with the functions of the cut's
    curve; the sum of all that passes is then made exactly the wanted one by a shift of the whole curve.

    Examples
    --------
    >>> cut = gc.VaryingCut("iso", "<", along="npv", knots=[10, 30, 50])  # doctest: +SKIP
    >>> point = gc.flat_working_point(cut, samples, efficiency=0.9)  # doctest: +SKIP
    """
    began = time.time(), time.process_time()
    wanted = _wanted(cut, efficiency, total_yield)
    selection = Selection(cut, sentinels=samples.sentinels)
    along = parse(cut.along) if isinstance(cut.along, str) else cut.along
    # What the kernels call columns: the feature, then the functions of the property.
    features = dict(zip(selection.kernel_spec().cuts, selection.features, strict=True))
    features |= {**extra_columns(selection), "property": along}
    if split is None and samples.event_columns:
        split = Split(train=0.5, select=0.0, test=0.5)
    parts: list[_Events] = []
    for part in ("train", "test") if split is not None else (None,):
        tables = samples.collect(
            features, split=split, part=part, sentinels=selection.sentinels, reader=reader
        )
        parts.append(_Events.of(tables, role, processes, cut.operator))
    train, test = parts[0], parts[1] if len(parts) > 1 else None
    edges = _edges(train, ranges)
    below, per_range = wanted.levels(train, edges)
    sign = {"rising": 1.0, "falling": -1.0, None: 0.0}[cut.monotone] * train.direction
    coefficients = quantile_curve(train.x, train.factors, train.weights, below, sign)
    above = wanted.total(train)
    distances = train.x - coefficients @ train.factors
    coefficients = coefficients + shifted_to(distances, train.weights, above)
    values = dict(zip(cut.parameters, (train.direction * coefficients).tolist(), strict=True))
    used = train.counted(coefficients, edges, wanted.quantity)
    unused = None if test is None else test.counted(coefficients, edges, wanted.quantity)
    nothing = [(float("nan"), float("nan"))] * len(used)
    passed = float(train.weights[train.x > coefficients @ train.factors].sum())
    return FlatPoint(
        selection=selection,
        values=values,
        quantity=wanted.quantity,
        target=wanted.target,
        reached=passed / train.total if wanted.quantity == "efficiency" else passed,
        ranges=tuple(
            FlatRange(float(low), float(high), float(level), *one, *other)
            for low, high, level, one, other in zip(
                edges[:-1], edges[1:], per_range, used, unused or nothing, strict=True
            )
        ),
        provenance={
            "samples": samples.describe(),
            "role": role,
            "processes": None if processes is None else list(processes),
            "along": describe(along),
            "operator": cut.operator,
            "shape": cut.shape,
            "split": None if split is None else repr(split),
        },
        metadata=metadata(began),
    )


@dataclass(frozen=True)
class _Wanted:
    quantity: Literal["efficiency", "yield"]
    target: float

    def total(self, events: _Events) -> float:
        """Sum of the weights that is to pass."""
        return self.target * events.total if self.quantity == "efficiency" else self.target

    def levels(
        self, events: _Events, edges: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Part of the events that is to fail, at each event, and what is wanted in each range."""
        if self.quantity == "efficiency":
            return np.full(len(events.x), 1 - self.target), np.full(len(edges) - 1, self.target)
        inner = _finite(edges, events.along)
        widths = np.diff(inner)
        wanted = self.target * widths / widths.sum()
        at = np.clip(np.searchsorted(edges, events.along, side="right") - 1, 0, len(widths) - 1)
        there = np.bincount(at, weights=events.weights, minlength=len(widths))
        part = np.clip(wanted / np.where(there > 0, there, np.inf), 0.0, 1.0)
        # Between the middles of ranges the level changes smoothly, as the density does.
        middles = (inner[:-1] + inner[1:]) / 2
        return 1 - np.interp(events.along, middles, part), wanted


def _wanted(cut: VaryingCut, efficiency: float | None, total_yield: float | None) -> _Wanted:
    if not isinstance(cut, VaryingCut):
        raise DeclarationError(
            "a flat working point needs a cut that varies",
            given=repr(cut)[:80],
            allowed="gc.VaryingCut('iso', '<', along='npv', knots=[10, 30, 50])",
        )
    if (efficiency is None) == (total_yield is None):
        raise DeclarationError("either an efficiency or a total yield is wanted", given="both or none")
    if efficiency is not None:
        if not is_number(efficiency) or not 0 < efficiency < 1:
            raise DeclarationError("an efficiency lies between 0 and 1", given=repr(efficiency))
        return _Wanted("efficiency", float(efficiency))
    if not is_number(total_yield) or not 0 < float(total_yield or 0) < float("inf"):
        raise DeclarationError("a total yield is a positive number", given=repr(total_yield))
    return _Wanted("yield", float(total_yield or 0))


@dataclass(frozen=True)
class _Events:
    """Events such that those above the curve pass."""

    x: NDArray[np.float64]
    factors: NDArray[np.float64]
    along: NDArray[np.float64]
    weights: NDArray[np.float64]
    direction: float

    @property
    def total(self) -> float:
        return float(self.weights.sum())

    @classmethod
    def of(cls, tables: EventTables, role: str, processes: Sequence[str] | None, operator: str) -> _Events:
        known = [table.process for table in tables.values() if table.role == role]
        unknown = [name for name in processes or () if name not in known]
        chosen = [t for t in tables.values() if t.role == role and t.process in (processes or known)]
        if not chosen or unknown:
            raise DataError(
                f"no process of the role '{role}'" + (f" called {', '.join(unknown)}" if unknown else ""),
                allowed=", ".join(f"{t.process} ({t.role})" for t in tables.values()),
            )
        columns = [
            np.concatenate([np.asarray(t.features()[k], dtype=np.float64) for t in chosen])
            for k in range(len(chosen[0].features()))
        ]
        weights = np.concatenate([np.where(t.mask(), t.weights(), 0.0) for t in chosen])
        x, *factors, along = columns
        known_property = np.isfinite(along) & (weights != 0)
        if not known_property.any() or weights[known_property].sum() <= 0:
            raise DataError(
                "no events with a value of the property, or a negative sum of weights",
                given=f"{len(along)} events of the role '{role}'",
                hint="check the column, the sentinels and the weights",
            )
        direction = 1.0 if operator.startswith(">") else -1.0
        x = np.where(np.isnan(x), -np.inf, direction * x)[known_property]
        return cls(
            x,
            np.array([factor[known_property] for factor in factors]),
            along[known_property],
            weights[known_property],
            direction,
        )

    def counted(
        self, coefficients: NDArray[np.float64], edges: NDArray[np.float64], quantity: str
    ) -> list[tuple[float, float]]:
        """Efficiency or yield per range, with its statistical uncertainty."""
        passed = self.x > coefficients @ self.factors
        at = np.clip(np.searchsorted(edges, self.along, side="right") - 1, 0, len(edges) - 2)
        found = []
        for number in range(len(edges) - 1):
            w, p = self.weights[at == number], passed[at == number]
            kept, total = float(w[p].sum()), float(w.sum())
            if quantity == "yield":
                found.append((kept, float(np.sqrt((w[p] ** 2).sum()))))
                continue
            part = kept / total if total else float("nan")
            error = np.sqrt((1 - part) ** 2 * (w[p] ** 2).sum() + part**2 * (w[~p] ** 2).sum())
            found.append((part, float(error / abs(total)) if total else float("nan")))
        return found


def _edges(events: _Events, given: Sequence[float] | None) -> NDArray[np.float64]:
    if given is None:
        levels = np.linspace(0, 1, RANGES + 1)[1:-1]
        inner = np.unique(np.quantile(events.along, levels))
    else:
        inner = np.asarray(given, dtype=np.float64)
        if inner.ndim != 1 or not np.isfinite(inner).all() or np.any(np.diff(inner) <= 0):
            raise DeclarationError("ranges have rising, finite ends", given=repr(given)[:80])
    return np.concatenate([[-np.inf], inner, [np.inf]])


def _finite(edges: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ends of ranges, the outermost at the last events."""
    found: NDArray[np.float64] = edges.copy()
    found[0] = min(values.min(), found[1]) if len(found) > 2 else values.min()
    found[-1] = max(values.max(), found[-2]) if len(found) > 2 else values.max()
    return found
