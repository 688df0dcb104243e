"""Features with one value per object: of one collection, they must have as many in every event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from gradcut.errors import DataError
from gradcut.jagged import Jagged
from gradcut.samples.readers.plan import Array, RawEvents
from gradcut.samples.resolve import Settings, Universe
from gradcut.samples.variations import NOMINAL

__all__ = ["align_objects"]


def align_objects(
    raw: RawEvents, universes: Sequence[Universe], settings: Settings, *, where: str
) -> tuple[RawEvents, tuple[Universe, ...]]:
    """Check the features of every collection, repeat those per event, and share the offsets.

    Parameters
    ----------
    raw : RawEvents
        The events of all variations.
    universes : sequence of Universe
        What each variation uses of them.
    settings : Settings
        Which features belong to one collection.
    where : str
        The sample, for messages.

    Returns
    -------
    RawEvents
        With more quantities where a feature per event stands among those of objects.
    tuple of Universe
        The same with the features of objects.

    Raises
    ------
    DataError
        If two features of a collection have different numbers of objects in an event.
    """
    if not settings.objects:
        return raw, tuple(universes)
    aligned = _Aligned(list(raw.quantities), raw.entries, settings, where)
    found = tuple(aligned.universe(universe) for universe in universes)
    return replace(raw, quantities=aligned.quantities), found


@dataclass(slots=True)
class _Aligned:
    quantities: list[Array | Jagged]
    entries: NDArray[np.int64]
    settings: Settings
    where: str
    offsets: list[NDArray[np.int64]] = field(default_factory=list)
    repeated: dict[tuple[int, int], int] = field(default_factory=dict)

    def universe(self, universe: Universe) -> Universe:
        features = list(universe.features)
        for collection in self.settings.objects:
            like = self._checked(universe, collection)
            shared = self._intern(like.offsets)
            for place in collection:
                features[place] = self._of_objects(features[place], shared)
        return replace(universe, features=tuple(features))

    def _intern(self, offsets: NDArray[np.int64]) -> int:
        """Return the number of these offsets, each kept once: variations rarely change them."""
        for number, known in enumerate(self.offsets):
            if known is offsets or np.array_equal(known, offsets):
                return number
        self.offsets.append(offsets)
        return len(self.offsets) - 1

    def _of_objects(self, index: int, shared: int) -> int:
        column, offsets = self.quantities[index], self.offsets[shared]
        if isinstance(column, Jagged):
            self.quantities[index] = Jagged(column.values, offsets)
            return index
        key = (index, shared)
        if key not in self.repeated:
            self.repeated[key] = len(self.quantities)
            self.quantities.append(Jagged(np.repeat(column, np.diff(offsets)), offsets))
        return self.repeated[key]

    def _checked(self, universe: Universe, collection: Sequence[int]) -> Jagged:
        """Return a feature that has the objects of its collection, after a look at all others."""
        columns = [(place, self.quantities[universe.features[place]]) for place in collection]
        (first, like), *others = [(place, found) for place, found in columns if isinstance(found, Jagged)]
        for place, column in others:
            if column.offsets is like.offsets or np.array_equal(column.offsets, like.offsets):
                continue
            event = int(np.flatnonzero(column.lengths != like.lengths)[0])
            names = self.settings.names
            raise DataError(
                f"'{names[first]}' and '{names[place]}' have different numbers of objects in one event",
                where=self.where if universe.tag == NOMINAL else f"{self.where}, variation '{universe.tag}'",
                given=f"{like.lengths[event]} and {column.lengths[event]} in entry {self.entries[event]}",
                hint="what is compared object by object belongs to one collection, as jet_pt and jet_eta do",
            )
        return like
