"""A selection: requirements that an event must all meet, some of them with numbers to be learned."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from gradcut.checks import check_sentinels
from gradcut.errors import DeclarationError
from gradcut.expressions.cpp import render_cpp
from gradcut.expressions.guards import Missing, guard, guard_feature
from gradcut.expressions.guards import missing as missing_condition
from gradcut.expressions.kinds import check, column_type
from gradcut.expressions.nodes import Binary, Expression, Number
from gradcut.expressions.structure import columns, has_cpp, has_holes, holes, is_condition
from gradcut.expressions.text import describe
from gradcut.selection import declare, json_form, thresholds
from gradcut.selection.chains import Chain, check_chains
from gradcut.selection.cuts import Cut, LearnedCut
from gradcut.selection.declare import vector_names, vector_types
from gradcut.selection.tree import Requirement
from gradcut.selection.varying import VaryingCut

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.jagged import Jagged
    from gradcut.kernel_spec import KernelSpec

__all__ = ["Selection"]

Step = Literal["logistic", "gaussian"]


class Selection:
    """Requirements that an event must all meet; every ``?`` in them is a number to be learned.

    Parameters
    ----------
    *requirements : str, Cut, VaryingCut or Expression
        For instance ``"met > ?"``, ``"? < mll < ?"``, ``"!(80 < mll < 100)"``; ``&&`` separates several.
    missing : {"fail", "pass"}
        What an event does whose value for a requirement is NaN or a sentinel.
    sentinels : sequence of float
        Numbers that stand for a missing value, such as -999.
    step : {"logistic", "gaussian"}
        The smooth step that stands for a cut while it is learned.
    chains : sequence of Chain, default ()
        Parameters that are neighbours, ordered or drawn together; those of cuts that vary come by themselves.
    either : sequence of (str, str), default ()
        Ends of windows of which a fit opens one; those of cuts declared so come by themselves.

    Raises
    ------
    DeclarationError
        If a requirement is not in the grammar, or a setting is not allowed.

    Notes
    -----
    An anonymous ``?`` is named after what it is compared with: ``met``, ``abs(dphi)``, a second one
    ``met #2``; the ends of a window ``mll:low`` and ``mll:high``. Equal names (``?eta``) are one parameter.

    Examples
    --------
    >>> import gradcut as gc
    >>> selection = gc.Selection("met > ? && njet >= 2", "? < mll < ?")
    >>> selection.parameters
    ('met', 'mll:low', 'mll:high')
    """

    def __init__(
        self,
        *requirements: str | Cut | VaryingCut | Expression,
        missing: Missing = "fail",
        sentinels: Sequence[float] | float = (),
        step: Step = "logistic",
        chains: Sequence[Chain] = (),
        either: Sequence[tuple[str, str]] = (),
    ) -> None:
        if not requirements:
            raise DeclarationError(
                "a selection without requirements", hint="give at least one, such as 'met > ?'"
            )
        if missing not in ("fail", "pass"):
            raise DeclarationError("unknown 'missing'", given=repr(missing), allowed="'fail', 'pass'")
        if step not in ("logistic", "gaussian"):
            raise DeclarationError("unknown 'step'", given=repr(step), allowed="'logistic', 'gaussian'")
        self.missing: Missing = missing
        self.step: Step = step
        self.sentinels: tuple[float, ...] = check_sentinels(sentinels)
        self.declared: tuple[Expression, ...] = tuple(
            declare.tree(requirement) for requirement in requirements
        )
        self.requirements: tuple[Requirement, ...] = declare.requirements(self.declared)
        named = [requirement.expression for requirement in self.requirements]
        self.parameters: tuple[str, ...] = tuple(
            dict.fromkeys(hole.name for tree in named for hole in holes(tree) if hole.name is not None)
        )
        own = [r.chain for r in requirements if isinstance(r, VaryingCut) and len(r.parameters) > 1]
        given = {chain.parameters for chain in chains if isinstance(chain, Chain)}
        self.chains: tuple[Chain, ...] = check_chains(
            [*(chain for chain in own if chain.parameters not in given), *chains], self.parameters
        )
        self.either: tuple[tuple[str, str], ...] = declare.check_either(
            [*declare.either(requirements, self.declared, self.requirements), *either], self.requirements
        )
        self.columns: tuple[str, ...] = tuple(dict.fromkeys(name for tree in named for name in columns(tree)))

    @property
    def cuts(self) -> tuple[LearnedCut, ...]:
        """Features with learned thresholds, those inside of alternatives and counts included."""
        return tuple(cut for requirement in self.requirements for cut in requirement.cuts)

    @property
    def features(self) -> tuple[Expression, ...]:
        """What is cut on, one number per cut."""
        # Only a number can be NaN, and so say that a value is missing.
        return tuple(
            Binary("+", cut.feature, Number(0.0)) if is_condition(cut.feature) else cut.feature
            for cut in self.cuts
        )

    @property
    def _event_features(self) -> tuple[Expression, ...]:
        return tuple(f for f, cut in zip(self.features, self.cuts, strict=True) if not cut.per_object)

    @property
    def fixed(self) -> tuple[Expression, ...]:
        """The requirements in which nothing is learned."""
        return tuple(r.expression for r in self.requirements if not has_holes(r.expression))

    @property
    def structured(self) -> tuple[Expression, ...]:
        """The requirements with a ``?`` of which there is no smooth form."""
        return tuple(r.expression for r in self.requirements if r.node is None and has_holes(r.expression))

    def check(self, kinds: Mapping[str, str], *, where: str | None = None) -> None:
        """Check all requirements against the columns there are (see :func:`gradcut.expressions.check`)."""
        for requirement in self.requirements:
            check(requirement.expression, kinds, where=where)

    def bind(
        self, values: Mapping[str, float], *, vectors: Collection[str] | None = None
    ) -> tuple[tuple[str, Expression], ...]:
        """Fill in the parameters.

        Parameters
        ----------
        values : mapping of str to float
            One number per parameter. An infinite one opens its side of the cut; the guard against missing
            values stays.
        vectors : collection of str, optional
            Names of the vector columns, as for :func:`gradcut.expressions.guard`.

        Returns
        -------
        tuple of (label, Expression)
            One per requirement, guarded against missing values.
        """
        checked = thresholds.check_values(values, self.parameters)
        labels: set[str] = set()
        result = []
        for requirement in self.requirements:
            filled = thresholds.fill(requirement.expression, checked)
            text = describe(filled, number=lambda value: f"{value:.6g}")
            if thresholds.is_opened(filled):
                text = f"{requirement.label} (open)"
            label = declare.unique(text, labels)
            result.append((label, self._guarded(filled, vectors)))
        return tuple(result)

    def mask(self, columns: Mapping[str, NDArray[Any] | Jagged], values: Mapping[str, float]) -> NDArray[Any]:
        """Decide hard which events pass.

        Parameters
        ----------
        columns : mapping of str to ndarray of shape (n_events,) or Jagged
            The columns that the selection reads.
        values : mapping of str to float
            One number per parameter.

        Returns
        -------
        ndarray of bool, shape (n_events,)
            The events that meet all requirements: the same as RDataFrame's with :meth:`filters`.
        """
        from gradcut.expressions.arrays import truth
        from gradcut.expressions.evaluator import evaluate

        bound = [expression for _, expression in self.bind(values, vectors=vector_names(columns))]
        passed = truth(evaluate(bound[0], columns))
        for expression in bound[1:]:
            passed &= truth(evaluate(expression, columns))
        return passed

    def missing_mask(self, columns: Mapping[str, NDArray[Any] | Jagged]) -> dict[str, NDArray[Any]]:
        """Tell per requirement which events have a missing value in it.

        Returns
        -------
        dict of str to ndarray of bool, shape (n_events,)
            Label of each requirement to its events.
        """
        from gradcut.expressions.evaluator import evaluate

        opened = dict.fromkeys(self.parameters, 0.0)
        vectors = vector_names(columns)
        return {
            requirement.label: evaluate(
                missing_condition(thresholds.fill(requirement.expression, opened), self.sentinels, vectors),
                columns,
            )
            for requirement in self.requirements
        }

    def feature_values(self, columns: Mapping[str, NDArray[Any] | Jagged]) -> tuple[NDArray[Any], ...]:
        """Return what is cut on, one float64 array per cut on events, NaN where a value is missing."""
        import numpy as np

        from gradcut.expressions.evaluator import evaluate

        vectors = vector_names(columns)
        result = []
        for feature in self._event_features:
            value, absent = guard_feature(feature, sentinels=self.sentinels, vectors=vectors)
            array = evaluate(value, columns).astype(np.float64)
            if absent is not None:
                array[evaluate(absent, columns)] = np.nan
            result.append(array)
        return tuple(result)

    def feature_strings(self, column_types: Mapping[str, str] | None = None) -> tuple[str, ...]:
        """Return the C++ of what is cut on in events; of the same values as :meth:`feature_values`."""
        vectors = vector_types(column_types)
        result = []
        for feature in self._event_features:
            if has_cpp(feature):
                result.append(render_cpp(feature, types=column_types))
                continue
            value, absent = guard_feature(feature, sentinels=self.sentinels, vectors=vectors)
            code = render_cpp(value, types=column_types)
            if absent is not None:
                code = f"({render_cpp(absent, types=column_types)} ? NAN : double({code}))"
            result.append(code)
        return tuple(result)

    def snap(self, values: Mapping[str, float], column_types: Mapping[str, str]) -> dict[str, float]:
        """Move thresholds to what their features can hold, without changing any decision.

        Parameters
        ----------
        values : mapping of str to float
            One number per parameter.
        column_types : mapping of str to str
            Types of the columns as RDataFrame or numpy names them.

        Returns
        -------
        dict of str to float
            A float for a float feature, a half-integer for an integer one, other values as they are.
        """
        checked = thresholds.check_values(values, self.parameters)
        types = {name: column_type(column_types[name]) for name in self.columns if name in column_types}
        return thresholds.snap([r.expression for r in self.requirements], checked, types)

    def filters(
        self, values: Mapping[str, float], column_types: Mapping[str, str] | None = None
    ) -> list[tuple[str, str]]:
        """Return one RDataFrame filter per requirement.

        Parameters
        ----------
        values : mapping of str to float
            One number per parameter.
        column_types : mapping of str to str, optional
            Types of the columns as RDataFrame names them. Needed for reducers; with them thresholds are
            snapped and the strings are shorter.

        Returns
        -------
        list of (str, str)
            C++ and label, for ``Filter(code, label)``.
        """
        if column_types is not None:
            values = self.snap(values, column_types)
        bound = self.bind(values, vectors=vector_types(column_types))
        return [(render_cpp(expression, types=column_types), label) for label, expression in bound]

    def kernel_spec(self) -> KernelSpec:
        """Return what the compiled kernels need to know.

        Raises
        ------
        DeclarationError
            If a ``?`` stands where there is no smooth form of it.
        """
        from gradcut.selection.kernel import kernel_spec

        return kernel_spec(self)

    def to_json(self) -> dict[str, Any]:
        """Return the selection as plain dicts, lists, strings and numbers."""
        return json_form.to_json(self)

    @classmethod
    def from_json(cls, obj: object) -> Selection:
        """Make the selection that :meth:`to_json` wrote, or raise a SchemaError."""
        return json_form.from_json(obj, cls)

    def _guarded(self, expression: Expression, vectors: Collection[str] | None) -> Expression:
        return guard(expression, missing=self.missing, sentinels=self.sentinels, vectors=vectors)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Selection):
            return NotImplemented
        return self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[object, ...]:
        return self.declared, self.missing, self.sentinels, self.step, self.chains, self.either

    def __repr__(self) -> str:
        settings = [f'"{describe(tree)}"' for tree in self.declared]
        settings += [f"missing={self.missing!r}"] if self.missing != "fail" else []
        settings += [f"sentinels={list(self.sentinels)}"] if self.sentinels else []
        settings += [f"step={self.step!r}"] if self.step != "logistic" else []
        settings += [f"chains={list(self.chains)}"] if self.chains else []
        settings += [f"either={list(self.either)}"] if self.either else []
        return f"Selection({', '.join(settings)})"
