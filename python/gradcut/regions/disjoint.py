"""Whether regions have events in common."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.errors import DataError, DeclarationError
from gradcut.samples.variations import NOMINAL

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.regions.regions import Regions
    from gradcut.samples import EventTables
    from gradcut.samples.event_table import EventTable

__all__ = ["check_disjoint", "opposite"]


def opposite(regions: Regions, one: str, other: str) -> bool:
    """Say whether two regions cut at a shared threshold of one feature from opposite sides."""
    for first in regions[one].cuts:
        for second in regions[other].cuts:
            if first.feature != second.feature or {first.kind, second.kind} != {"above", "below"}:
                continue
            above, below = (first, second) if first.kind == "above" else (second, first)
            low = regions.names[one if above is first else other][above.low or ""]
            high = regions.names[other if above is first else one][below.high or ""]
            # "x >= ?" and "x <= ?" have the threshold itself in common.
            if low == high and not (above.inclusive[0] and below.inclusive[1]):
                return regions.missing == "fail"
    return False


def check_disjoint(regions: Regions, found: dict[str, EventTables]) -> None:
    """Check that no event meets what is fixed in two regions, unless a shared threshold parts them.

    Parameters
    ----------
    regions : Regions
        The regions.
    found : dict of str to EventTables
        Per region the events that were collected for it: cuts, then what is fixed.

    Raises
    ------
    DataError
        With the number of events that are in two regions.
    DeclarationError
        If events of several channels have no identity.
    """
    for one, other in combinations(regions.selections, 2):
        if opposite(regions, one, other):
            continue
        counts = {}
        for (_, process), table in found[one].items():
            for (_, same), second in found[other].items():
                if same == process:
                    if table.channel != second.channel and not table.identity:
                        raise DeclarationError(
                            "events of several channels are told apart by their identity",
                            hint="gc.Samples(event=...), and a split or folds that use it; or disjoint=False",
                        )
                    number = _common(table, second, len(regions[one].cuts), len(regions[other].cuts))
                    if number:
                        counts[process] = number
        if counts:
            raise DataError(
                "events can be in two regions that are to be disjoint",
                where=f"regions '{one}' and '{other}'",
                given=", ".join(f"{number} of '{process}'" for process, number in counts.items()),
                hint="requirements that exclude each other, such as 'njet == 1' and 'njet >= 2', or one "
                "shared threshold from both sides: 'met > ?met' and 'met <= ?met'",
            )


def _common(one: EventTable, other: EventTable, n_one: int, n_other: int) -> int:
    """Number of events that meet what is fixed in both."""
    first, second = _inside(one, n_one), _inside(other, n_other)
    keys = [_keys(table, inside) for table, inside in ((one, first), (other, second))]
    return len(np.intersect1d(keys[0], keys[1]))


def _inside(table: EventTable, n_cuts: int) -> NDArray[np.bool_]:
    inside: NDArray[np.bool_] = table.mask().copy()
    for fixed in table.features(NOMINAL)[n_cuts:]:
        inside &= np.asarray(fixed) != 0
    return inside


def _keys(table: EventTable, inside: NDArray[np.bool_]) -> NDArray[Any]:
    """What tells events apart: their identity, or their place in the source."""
    columns = table.identity or (table.entries,)
    keys = np.stack([np.asarray(column[inside]).astype(np.uint64) for column in columns], axis=1)
    return np.ascontiguousarray(keys).view([("", np.uint64)] * len(columns)).reshape(-1)
