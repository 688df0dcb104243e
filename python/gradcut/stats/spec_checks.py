"""Whether channels, samples and modifiers fit together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from gradcut.errors import DataError, DeclarationError, close_matches
from gradcut.stats.spec import KINDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.stats.parameters import ParameterSet
    from gradcut.stats.spec import Channel, Modifier, Sample

__all__ = ["check_channels", "check_poi", "check_unique"]

#: Kind of a modifier -> how many arrays it has; one number each of a normsys, one per bin of the others.
_ARRAYS = {"histosys": 2, "normsys": 2, "shapesys": 1, "staterror": 1}


def check_channels(channels: Sequence[Channel]) -> None:
    """Check numbers of bins, names and numbers.

    Raises
    ------
    DataError
        Saying which channel, sample and modifier is wrong, and how.
    DeclarationError
        If there are no channels or samples, two are called the same, or a modifier is of no known kind.
    """
    if not channels:
        raise DeclarationError("a model has at least one channel")
    check_unique([channel.name for channel in channels], "channels", "")
    for channel in channels:
        where = f"channel '{channel.name}'"
        if not channel.samples:
            raise DeclarationError("a channel has at least one sample", where=where)
        check_unique([sample.name for sample in channel.samples], "samples", where)
        lengths = {sample.name: len(sample.nominal) for sample in channel.samples}
        if len(set(lengths.values())) > 1 or 0 in lengths.values():
            raise DataError(
                "the samples of a channel have the same number of bins, at least one",
                where=where,
                given=", ".join(f"'{name}': {n}" for name, n in lengths.items()),
            )
        for sample in channel.samples:
            _check_sample(sample, f"{where}, sample '{sample.name}'")


def _check_sample(sample: Sample, where: str) -> None:
    _check_finite(sample.nominal, where)
    check_unique([f"{m.kind} '{m.name}'" for m in sample.modifiers], "modifiers", where)
    for modifier in sample.modifiers:
        _check_modifier(modifier, len(sample.nominal), f"{where}, modifier '{modifier.name}'")


def _check_modifier(modifier: Modifier, n_bins: int, where: str) -> None:
    kind = modifier.kind
    if kind not in KINDS:
        raise DeclarationError(
            "unknown type of a modifier",
            where=where,
            given=repr(kind),
            allowed=", ".join(KINDS),
            hint=close_matches(str(kind), KINDS),
        )
    if kind == "lumi" and modifier.name != "lumi":
        raise DeclarationError("a modifier of the type lumi is called 'lumi'", where=where)
    allowed = (1 if kind == "normsys" else n_bins,) * _ARRAYS.get(kind, 0)
    lengths = tuple(len(array) for array in modifier.data)
    if lengths != allowed:
        raise DataError(
            "a modifier has as many bins as its sample",
            where=where,
            given=f"{kind} with {', '.join(map(str, lengths)) or 'no'} numbers",
            allowed=", ".join(map(str, allowed)) or "none",
        )
    for array in modifier.data:
        _check_finite(array, where)
    if kind == "normsys" and min(array[0] for array in modifier.data) <= 0:
        raise DataError(
            "the factors of a normsys are positive: their logarithms are interpolated",
            where=where,
            given=f"hi = {modifier.data[0][0]:g}, lo = {modifier.data[1][0]:g}",
            hint="use a histosys, which is interpolated linearly, or a less extreme factor such as 0.01",
        )
    if kind in ("shapesys", "staterror") and modifier.data[0].min() < 0:
        raise DataError("uncertainties are not negative", where=where, given=f"{modifier.data[0].min():g}")


def _check_finite(array: NDArray[np.float64], where: str) -> None:
    bad = np.flatnonzero(~np.isfinite(array))
    if len(bad):
        raise DataError("a number is not finite", where=where, given=f"{array[bad[0]]:g} in bin {bad[0]}")


def check_poi(poi: str, sets: Sequence[ParameterSet]) -> None:
    """Check that the parameter of interest is one of the parameters, and a single number.

    Raises
    ------
    DeclarationError
        If it is not.
    """
    sizes = {made.name: len(made.initial) for made in sets}
    if poi not in sizes:
        raise DeclarationError(f"no parameter is called '{poi}'", where="poi", hint=close_matches(poi, sizes))
    if sizes[poi] != 1:
        raise DeclarationError(
            "the parameter of interest is a single number",
            where="poi",
            given=f"'{poi}' with one parameter per bin ({sizes[poi]})",
        )


def check_unique(names: Sequence[str], what: str, where: str) -> None:
    """Check that no two of something are called the same."""
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise DeclarationError(f"two {what} are called the same", where=where, given=", ".join(twice))
