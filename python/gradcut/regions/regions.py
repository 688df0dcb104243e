"""Named selections, each of its own events, with parameters that they may share."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, NamedTuple

from gradcut.errors import DeclarationError, close_matches
from gradcut.expressions.cpp import render_cpp
from gradcut.expressions.nodes import Expression, Hole, Logical
from gradcut.expressions.structure import holes, replace_holes
from gradcut.selection import Selection
from gradcut.selection.declare import vector_names, vector_types
from gradcut.selection.thresholds import check_values

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.jagged import Jagged
    from gradcut.kernel_spec import KernelSpec
    from gradcut.selection.cuts import LearnedCut

__all__ = ["Regions"]


class _Whole(NamedTuple):
    """All regions as one requirement: an event is in one of them."""

    label: str


class Regions:
    """Several selections for one fit: events of each region make a channel of the yields.

    Parameters
    ----------
    selections : mapping of str to Selection
        One per region. What is fixed in a selection makes its region; every ``?`` in it is learned. A named
        one (``?met``) is the same number in all regions that have it; of others the names begin with that of
        their region, such as ``SR1.met``.
    disjoint : bool, default False
        Whether no event may be in two regions. It is checked before anything is learned: by the fixed
        requirements of the events, or by a shared threshold that two regions cut at from opposite sides.

    Raises
    ------
    DeclarationError
        If a selection is none, or settings that belong to the events differ between them.

    Notes
    -----
    Samples without channels of their own are looked at by every region. Where samples have channels, the
    regions have their names, and each takes the events of its channel.

    Examples
    --------
    >>> import gradcut as gc
    >>> regions = gc.Regions({
    ...     "SR1": gc.Selection("njet == 1", "met > ?met", "mt > ?"),
    ...     "SR2": gc.Selection("njet >= 2", "met > ?met", "mt > ?"),
    ... }, disjoint=True)
    >>> regions.parameters
    ('met', 'SR1.mt', 'SR2.mt')
    """

    def __init__(self, selections: Mapping[str, Selection], *, disjoint: bool = False) -> None:
        if not isinstance(selections, Mapping) or not selections:
            raise DeclarationError(
                "regions are a mapping of names to selections",
                given=repr(selections)[:80],
                allowed='{"SR1": gc.Selection(...), "SR2": gc.Selection(...)}',
            )
        for name, selection in selections.items():
            if not isinstance(name, str) or not name.isidentifier():
                raise DeclarationError(
                    "the name of a selection is a word",
                    given=repr(name),
                    allowed="letters, digits, underscores",
                )
            if not isinstance(selection, Selection):
                raise DeclarationError("a region is a gc.Selection", where=name, given=repr(selection)[:80])
        first = next(iter(selections.values()))
        for name, selection in selections.items():
            for setting in ("sentinels", "step", "missing"):
                if getattr(selection, setting) != getattr(first, setting):
                    raise DeclarationError(
                        f"'{setting}' is the same in all of several selections",
                        where=name,
                        given=f"{getattr(selection, setting)!r} and {getattr(first, setting)!r}",
                    )
        self.selections: dict[str, Selection] = dict(selections)
        self.disjoint = bool(disjoint)
        self.missing, self.sentinels, self.step = first.missing, first.sentinels, first.step
        #: Per region its own name of each parameter to the name here.
        self.names: dict[str, dict[str, str]] = {
            region: {own: self._name(region, own) for own in selection.parameters}
            for region, selection in self.selections.items()
        }
        self.parameters: tuple[str, ...] = tuple(
            dict.fromkeys(name for names in self.names.values() for name in names.values())
        )
        self.columns: tuple[str, ...] = tuple(
            dict.fromkeys(column for selection in selections.values() for column in selection.columns)
        )

    def _name(self, region: str, own: str) -> str:
        declared = {hole.name for tree in self.selections[region].declared for hole in holes(tree)}
        return own if own in declared else f"{region}.{own}"

    def __getitem__(self, region: str) -> Selection:
        if region not in self.selections:
            raise DeclarationError(f"no region '{region}'", hint=close_matches(str(region), self.selections))
        return self.selections[region]

    @property
    def requirements(self) -> tuple[_Whole, ...]:
        """One: to be in a region."""
        return (_Whole(" || ".join(self.selections)),)

    def values_of(self, region: str, values: Mapping[str, float]) -> dict[str, float]:
        """Values of the parameters of one region, by its own names."""
        self[region]
        return {own: values[name] for own, name in self.names[region].items()}

    @cached_property
    def _product(self) -> Selection:
        """All cuts of all regions as one selection, which a missing value passes.

        In the events of one region the cuts of the others have no value.
        """
        cuts: list[Expression] = []
        for region, selection in self.selections.items():
            named = partial(_named, self.names[region])
            learned = [r.expression for r in selection.requirements if holes(r.expression)]
            cuts += [replace_holes(expression, named) for expression in learned]
        if not cuts:
            raise DeclarationError("nothing is left open in any region", hint="write '?' for a threshold")
        return Selection(*cuts, missing="pass", sentinels=self.sentinels, step=self.step)

    @property
    def cuts(self) -> tuple[LearnedCut, ...]:
        """The cuts of all regions, in their order."""
        return self._product.cuts

    @property
    def region_of_cut(self) -> tuple[str, ...]:
        """Region of each cut."""
        return tuple(region for region, one in self.selections.items() for _ in one.cuts)

    def kernel_spec(self) -> KernelSpec:
        """Return what the compiled kernels need to know."""
        for selection in self.selections.values():
            if selection.kernel_spec().tree is not None:
                raise DeclarationError(
                    "regions are learned where every requirement is a simple cut",
                    given=repr(selection),
                    allowed="a feature compared with '?', a window '? < x < ?', a veto '!(? < x < ?)'",
                )
        at = self.parameters.index
        either = tuple(
            (at(self.names[region][own.parameters[low]]), at(self.names[region][own.parameters[high]]))
            for region, own in ((name, one.kernel_spec()) for name, one in self.selections.items())
            for low, high in own.either
        )
        return replace(self._product.kernel_spec(), either=either)

    def snap(self, values: Mapping[str, float], column_types: Mapping[str, str]) -> dict[str, float]:
        """See :meth:`Selection.snap`."""
        return self._product.snap(values, column_types)

    def bind(
        self, values: Mapping[str, float], *, vectors: Collection[str] | None = None
    ) -> tuple[tuple[str, Expression], ...]:
        """Fill in the parameters: one condition, that an event is in one of the regions."""
        checked = check_values(values, self.parameters)
        parts = []
        for region, selection in self.selections.items():
            bound = [tree for _, tree in selection.bind(self.values_of(region, checked), vectors=vectors)]
            parts.append(bound[0] if len(bound) == 1 else Logical("&&", tuple(bound)))
        whole = parts[0] if len(parts) == 1 else Logical("||", tuple(parts))
        return ((self.requirements[0].label, whole),)

    def mask(self, columns: Mapping[str, NDArray[Any] | Jagged], values: Mapping[str, float]) -> NDArray[Any]:
        """Decide which events are in one of the regions, shape (n_events,)."""
        from gradcut.expressions.arrays import truth
        from gradcut.expressions.evaluator import evaluate

        ((_, whole),) = self.bind(values, vectors=vector_names(columns))
        return truth(evaluate(whole, columns))

    def filters(
        self, values: Mapping[str, float], column_types: Mapping[str, str] | None = None
    ) -> list[tuple[str, str]]:
        """Return one RDataFrame filter, of the events in one of the regions."""
        if column_types is not None:
            values = self.snap(values, column_types)
        bound = self.bind(values, vectors=vector_types(column_types))
        return [(render_cpp(expression, types=column_types), label) for label, expression in bound]

    def to_json(self) -> dict[str, Any]:
        """Return the regions as plain dicts, lists, strings and numbers."""
        return {
            "regions": {name: selection.to_json() for name, selection in self.selections.items()},
            "disjoint": self.disjoint,
        }

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Regions) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[object, ...]:
        return tuple(self.selections.items()), self.disjoint

    def __repr__(self) -> str:
        inside = ", ".join(f'"{name}": {selection!r}' for name, selection in self.selections.items())
        return f"Regions({{{inside}}}{', disjoint=True' if self.disjoint else ''})"


def _named(names: Mapping[str, str], hole: Hole) -> Hole:
    return Hole(names[hole.name or ""])
