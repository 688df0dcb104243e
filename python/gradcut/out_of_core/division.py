"""Events of a part of a split, and those that pass all cuts but one, on the nodes of event loops.

Plain data, so that it can be pickled: whoever runs a loop makes the nodes there. In one process they are made
once and serve all passes.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from gradcut import rdf
from gradcut.engines.runners import Bookable
from gradcut.errors import DeclarationError
from gradcut.out_of_core.without_one import WithoutOne

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gradcut.binning.bins_spec import BinsSpec
    from gradcut.kernel_spec import KernelSpec
    from gradcut.rdf.booked import Booked
    from gradcut.samples.splits import Partition
    from gradcut.samples.streamed import StreamedTag

__all__ = ["BookFeatures", "BookInPart", "BookWithoutOne", "Division"]

_UNIFORM = "_gradcut_part_uniform"


@dataclass(eq=False)
class Division:
    """Where the parts of streams are.

    Parameters
    ----------
    partition : Split or Folds, optional
        What divides the events.
    identity : tuple of str
        Columns of the identity, where its hash decides; else the last feature of the streams does.
    n_columns, n_fixed : int
        Features that are binned or cut on come first; then conditions that every event has to pass.
    """

    partition: Partition | None
    identity: tuple[str, ...]
    n_columns: int
    n_fixed: int = 0
    _made: dict[Any, Any] = field(default_factory=dict, repr=False)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_made": {}}

    def before(self, streamed: StreamedTag, part: str) -> StreamedTag:
        """Events of a part, before the fixed conditions."""
        key = "before", id(streamed), part
        if key not in self._made:
            node = streamed.node
            if part:
                node, column = self._decided(streamed)
                node = node.Filter(self._condition(part, column))
            # What the key is the id of has to live as long as the key.
            self._made[key] = replace(streamed, node=node), streamed
        found: StreamedTag = self._made[key][0]
        return found

    def of(self, streamed: StreamedTag, part: str) -> StreamedTag:
        """Events of a part that pass the fixed conditions, with the columns that are cut on."""
        key = "of", id(streamed), part
        if key not in self._made:
            node = self.before(streamed, part).node
            for name in streamed.features[self.n_columns : self.n_columns + self.n_fixed]:
                node = node.Filter(f"{name} != 0")
            made = replace(streamed, node=node, features=streamed.features[: self.n_columns])
            self._made[key] = made, streamed
        found: StreamedTag = self._made[key][0]
        return found

    def without_one(self, streamed: StreamedTag, part: str, spec: KernelSpec, number: int) -> WithoutOne:
        """Events of a part that pass all cuts but one; the number tells sets of thresholds apart."""
        key = "without", id(streamed), part, number
        if key not in self._made:
            chosen = self.of(streamed, part)
            self._made[key] = WithoutOne(chosen.node, spec, chosen.features, number), streamed
        found: WithoutOne = self._made[key][0]
        return found

    def _decided(self, streamed: StreamedTag) -> tuple[Any, str]:
        """Return a node with the column that decides about the part."""
        if self.partition is None:
            raise DeclarationError("events that are not divided have no parts")
        if self.partition.expression is not None:
            return streamed.node, streamed.features[-1]
        key = "uniform", id(streamed)
        if key not in self._made:
            node = rdf.define_uniform(streamed.node, _UNIFORM, self.identity, seed=self.partition.seed)
            self._made[key] = node, streamed
        return self._made[key][0], _UNIFORM

    def _condition(self, part: str, column: str) -> str:
        if self.partition is None:
            raise DeclarationError("events that are not divided have no parts", given=repr(part))
        return " || ".join(f"({self.partition.condition(one, column)})" for one in part.split("+"))


@dataclass(frozen=True, eq=False)
class BookInPart:
    """Sums over a part.

    Parameters
    ----------
    division : Division
        Where it is.
    part : str
        Its name.
    request : Bookable
        The sums.
    before : bool, default False
        Whether events that fail the fixed conditions count.
    """

    division: Division
    part: str
    request: Bookable
    before: bool = False

    def book(self, streamed: StreamedTag) -> Booked[NDArray[np.float64]]:
        """Book the sums."""
        of = self.division.before if self.before else self.division.of
        return self.request.book(of(streamed, self.part))


@dataclass(frozen=True, eq=False)
class BookFeatures:
    """Sums in some of the features only.

    Parameters
    ----------
    features : tuple of int
        Their positions.
    request : Bookable
        The sums.
    """

    features: tuple[int, ...]
    request: Bookable

    def book(self, streamed: StreamedTag) -> Booked[NDArray[np.float64]]:
        """Book the sums."""
        chosen = tuple(streamed.features[feature] for feature in self.features)
        return self.request.book(replace(streamed, features=chosen))


@dataclass(frozen=True, eq=False)
class BookWithoutOne:
    """Histogram of the feature of a cut, of events that pass all others.

    Parameters
    ----------
    division, part
        Which events.
    spec : KernelSpec
        The cuts.
    thresholds : ndarray
        Where they are.
    number : int
        Another one for every set of thresholds that is used in one pass.
    cut : int
        The cut that is left out.
    bins : BinsSpec
        Hard bins of its feature.
    edges : ndarray
        Their edges.
    counted : bool, default False
        Whether it is events that are binned, with a value of the feature or without.
    """

    division: Division
    part: str
    spec: KernelSpec
    thresholds: NDArray[np.float64]
    number: int
    cut: int
    bins: BinsSpec
    edges: NDArray[np.float64]
    counted: bool = False

    def book(self, streamed: StreamedTag) -> Booked[NDArray[np.float64]]:
        """Book the histogram."""
        others = self.division.without_one(streamed, self.part, self.spec, self.number)
        others.at(self.thresholds)
        column = others.name if self.counted else streamed.features[self.cut]
        point = [*self.edges, 1.0]
        node = others.node(self.cut)
        return rdf.book_bin_moments(node, self.bins, [column], streamed.weight, point, precision="float64")
