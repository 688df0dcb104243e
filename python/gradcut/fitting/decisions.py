"""Hard decisions on the events of a segment: which pass, and how far others are from passing.

An event *needs* an amount of loosening to pass. For a cut that is by how much its thresholds have to move
along some direction; of several requirements it is the largest, of alternatives the smallest, and of a count
the n-th smallest among the objects. What can never pass needs NaN, what always does minus infinity.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

import numpy as np

from gradcut.fitting.folding import flat, fold
from gradcut.fitting.signs import cut_signs
from gradcut.kernel_spec import HIGH_INCLUSIVE, KINDS, LOW_INCLUSIVE, MISSING_PASSES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.engines.segments import Segment
    from gradcut.kernel_spec import KernelSpec

__all__ = [
    "LEAST",
    "NotMonotoneError",
    "crossings",
    "needs_of",
    "passed",
    "passed_by_requirement",
    "requirement_of",
]


#: Amount that every threshold but an infinite one goes beyond.
LEAST = -np.finfo(np.float64).max


#: A factor that is smaller than this fraction of the largest one is zero.
ROUNDING = 1e-12


class NotMonotoneError(Exception):
    """A direction loosens some cuts and tightens others, so no amount says which events pass."""


def requirement_of(spec: KernelSpec, cut: int) -> int:
    """Position of the requirement that a cut belongs to."""
    return cut if spec.tree is None else int(spec.tree.requirements[cut])


def passed(spec: KernelSpec, segment: Segment, cut: int, values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Say which events (or objects) pass one cut; infinite thresholds open their side."""
    low, high = _ends(spec, segment, cut, values)
    return _between(spec, segment, cut, low, high)


def passed_by_requirement(
    spec: KernelSpec, segment: Segment, values: NDArray[np.float64], skip: Collection[int] = ()
) -> Iterator[tuple[int, NDArray[np.bool_]]]:
    """Yield the requirements that are not skipped with the events that meet them."""
    yield from fold(
        spec,
        segment,
        skip,
        leaf=lambda cut: passed(spec, segment, cut, values),
        given=lambda column: (column != 0) & ~np.isnan(column),
        every=np.logical_and,
        some=np.logical_or,
        count=_counted,
    )


def needs_of(
    spec: KernelSpec,
    segment: Segment,
    values: NDArray[np.float64],
    unit: NDArray[np.float64],
    skip: Collection[int] = (),
) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """Yield the requirements that are not skipped with the amounts that events need to meet them.

    Parameters
    ----------
    spec : KernelSpec
        The selection.
    segment : Segment
        The events.
    values, unit : ndarray of shape (parameters,)
        Thresholds, and by how much each moves per unit: to the side where more events pass.
    skip : collection of int
        Requirements to leave out.

    Raises
    ------
    NotMonotoneError
        If a threshold moves to a side where fewer events pass.
    """
    signs = cut_signs(spec)

    def leaf(cut: int) -> NDArray[np.float64]:
        return _leaf_needs(spec, segment, cut, values, unit, float(signs[cut]))

    # Below a count with an upper end only objects are wanted to fail: needs there are those of failing.
    yield from fold(
        spec,
        segment,
        skip,
        leaf=leaf,
        given=lambda column: np.where((column != 0) & ~np.isnan(column), -np.inf, np.nan),
        every=np.maximum,
        some=np.fmin,
        count=_needed_of_objects,
        flipped=lambda array: np.where(np.isnan(array), -np.inf, np.where(array == -np.inf, np.nan, array)),
    )


def _ends(
    spec: KernelSpec, segment: Segment, cut: int, values: NDArray[np.float64]
) -> tuple[NDArray[np.float64] | np.float64, NDArray[np.float64] | np.float64]:
    """Lower and upper threshold of a cut, per event where they depend on it."""
    # Numpy scalars of double: a Python float would be rounded to the type of the column.
    low = np.float64(values[spec.low[cut]] if spec.low[cut] >= 0 else 0.0 if spec.has_low(cut) else -np.inf)
    high = np.float64(
        values[spec.high[cut]] if spec.high[cut] >= 0 else 0.0 if spec.has_high(cut) else np.inf
    )
    terms = _terms_of(spec, cut)
    if not terms:
        return low, high
    total = low if spec.has_low(cut) else high
    parts = np.array([values[parameter] for parameter, _ in terms])
    if np.isinf(total) or np.isinf(parts).any():
        # Where one part is infinite the whole threshold is.
        total = next(v for v in (total, *parts) if np.isinf(v))
    else:
        for parameter, column in terms:
            total = total + values[parameter] * flat(segment.columns[column]).astype(np.float64)
    return (total, high) if spec.has_low(cut) else (low, total)


def _terms_of(spec: KernelSpec, cut: int) -> list[tuple[int, int]]:
    """Parameters and columns of the terms of a cut."""
    tree = spec.tree
    if tree is None:
        return []
    return [
        (int(tree.term_parameters[t]), int(tree.term_columns[t]))
        for t in np.flatnonzero(tree.term_cuts == cut)
    ]


def _missing(spec: KernelSpec, segment: Segment, cut: int) -> NDArray[np.bool_]:
    columns = [cut, *(column for _, column in _terms_of(spec, cut))]
    arrays = [flat(segment.columns[column]) for column in columns]
    absent = np.zeros(len(arrays[0]), dtype=np.bool_)
    for array in arrays:
        if array.dtype.kind == "f":
            absent |= np.isnan(array)
    return absent


def _between(
    spec: KernelSpec,
    segment: Segment,
    cut: int,
    low: NDArray[np.float64] | np.float64,
    high: NDArray[np.float64] | np.float64,
) -> NDArray[np.bool_]:
    column = flat(segment.columns[cut])
    flags = int(spec.flags[cut])
    missing = _missing(spec, segment, cut)
    inside = ~missing
    if np.ndim(low) or low != -np.inf:
        inside &= column >= low if flags & LOW_INCLUSIVE else column > low
    if np.ndim(high) or high != np.inf:
        inside &= column <= high if flags & HIGH_INCLUSIVE else column < high
    if spec.kinds[cut] == KINDS["veto"]:
        inside = ~inside & ~missing
    return inside | missing if flags & MISSING_PASSES else inside


def _leaf_needs(
    spec: KernelSpec,
    segment: Segment,
    cut: int,
    values: NDArray[np.float64],
    unit: NDArray[np.float64],
    sign: float,
) -> NDArray[np.float64]:
    """Amount from which events pass a cut; with a negative sign, from which they fail it."""
    terms = _terms_of(spec, cut)
    moving = {int(p) for p in spec.parameters_of(cut) if unit[p] != 0}
    if not moving:
        inside = passed(spec, segment, cut, values)
        return np.where(inside == (sign >= 0), -np.inf, np.nan)
    if sign == 0:
        raise NotMonotoneError
    low, high = _ends(spec, segment, cut, values)
    x = flat(segment.columns[cut]).astype(np.float64)
    is_veto = spec.kinds[cut] == KINDS["veto"]
    distances = []
    for is_low, end in ((True, low), (False, high)):
        parameter = int((spec.low if is_low else spec.high)[cut])
        rate: NDArray[np.float64] | float = unit[parameter] if parameter >= 0 else 0.0
        if terms and is_low == spec.has_low(cut):
            for owner, column in terms:
                if unit[owner] != 0:
                    rate = rate + unit[owner] * flat(segment.columns[column]).astype(np.float64)
        if np.ndim(rate):
            # Where a curve's knot has no say, rounding may leave a trace of either sign.
            rate = np.where(np.abs(rate) <= ROUNDING * np.nanmax(np.abs(rate), initial=0.0), 0.0, rate)
        if not (spec.has_low(cut) if is_low else spec.has_high(cut)) or not np.any(rate):
            continue
        # Moving down the lower end, or up the upper one, lets more in; the opposite for a veto, or to fail.
        inward = (1.0 if is_low else -1.0) * (-1.0 if is_veto else 1.0) * sign
        if np.any(inward * rate > 0):
            raise NotMonotoneError
        distances.append(_amounts(x, end, rate, spec, cut, is_low, inward))
        if not terms and sign > 0 and spec.kinds[cut] in (KINDS["above"], KINDS["below"]):
            # Most cuts: there is no other end, and a missing value is missing in the amount.
            passes = int(spec.flags[cut]) & MISSING_PASSES
            return np.where(np.isnan(distances[0]), -np.inf, distances[0]) if passes else distances[0]
        low, high = (np.float64(-np.inf), high) if is_low else (low, np.float64(np.inf))
    still = _between(spec, segment, cut, low, high)  # what the ends that stay decide
    missing = _missing(spec, segment, cut)
    # A window is passed, and a veto failed, where both ends allow it; else one end is enough.
    both = (sign > 0) != is_veto
    amount = distances[0]
    for other in distances[1:]:
        amount = np.maximum(amount, other) if both else np.fmin(amount, other)
    settled = still if sign > 0 else ~still
    found = np.where(settled, amount, np.nan) if both else np.where(settled, -np.inf, amount)
    missing_passes = bool(int(spec.flags[cut]) & MISSING_PASSES)
    return np.where(missing, -np.inf if missing_passes == (sign > 0) else np.nan, found)


def crossings(
    spec: KernelSpec, segment: Segment, cut: int, parameter: int, values: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Values of one part of a threshold, the others as they are, at which events or objects are at it."""
    rest = values.copy()
    rest[parameter] = 0.0
    low, high = _ends(spec, segment, cut, rest)
    end = low if spec.has_low(cut) else high
    x, weights = segment.flat(cut)
    factor: NDArray[np.float64] = np.zeros(len(x))
    if parameter in (spec.low[cut], spec.high[cut]):
        factor = factor + 1.0
    for owner, column in _terms_of(spec, cut):
        if owner == parameter:
            factor = factor + flat(segment.columns[column]).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        found = (x - end) / factor
    large = np.abs(factor) > ROUNDING * np.nanmax(np.abs(factor), initial=0.0)
    return np.asarray(found[large & (weights != 0) & np.isfinite(found)])


def _amounts(
    x: NDArray[np.float64],
    end: NDArray[np.float64] | np.float64,
    rate: NDArray[np.float64] | float,
    spec: KernelSpec,
    cut: int,
    is_low: bool,
    inward: float,
) -> NDArray[np.float64]:
    """Amount at which an end passes over the events."""
    with np.errstate(divide="ignore", invalid="ignore"):
        # What moves past an event at infinity at all is not what always holds.
        amount = np.maximum((x - end) / rate, LEAST)
    if np.ndim(rate):
        # Where nothing moves the comparison is what it is.
        inclusive = int(spec.flags[cut]) & (LOW_INCLUSIVE if is_low else HIGH_INCLUSIVE)
        inside = (x > end if is_low else x < end) | ((x == end) & bool(inclusive))
        wanted = (inward > 0) == is_low
        amount = np.where(np.asarray(rate) == 0, np.where(inside == wanted, -np.inf, np.nan), amount)
    return np.asarray(amount)


def _counted(
    objects: NDArray[np.bool_], offsets: NDArray[np.int64], low: int, upper: int
) -> NDArray[np.bool_]:
    sums = np.concatenate([[0], np.cumsum(objects)])
    n = sums[offsets[1:]] - sums[offsets[:-1]]
    return np.asarray((n >= low) & ((n < upper) if upper >= 0 else True))


def _needed_of_objects(
    objects: NDArray[np.float64], offsets: NDArray[np.int64], low: int, upper: int
) -> NDArray[np.float64]:
    """Amount at which enough objects pass, or fail."""
    lengths = np.diff(offsets)
    if low > 0 and upper >= 0:
        if np.isfinite(objects).any():
            raise NotMonotoneError
        inside = _counted(objects == -np.inf, offsets, low, upper)
        return np.where(inside, -np.inf, np.nan)
    # So many have to pass; or to fail, all but those that may pass.
    wanted = np.full(len(lengths), low) if upper < 0 else np.maximum(lengths - upper + 1, 0)
    events = np.repeat(np.arange(len(lengths)), lengths)
    ordered = objects[np.lexsort((objects, events))]
    found = np.where(wanted == 0, -np.inf, np.nan)
    enough = (wanted > 0) & (lengths >= wanted)
    found[enough] = ordered[offsets[:-1][enough] + wanted[enough] - 1]
    return found
