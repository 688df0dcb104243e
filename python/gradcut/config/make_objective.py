"""From a configuration to an objective."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from gradcut.config.reading import Document
from gradcut.errors import DeclarationError, GradcutError, close_matches
from gradcut.objectives import AsimovSignificance, Objective
from gradcut.objectives.rebuild import from_description, kinds

__all__ = ["make_objective"]


def make_objective(document: Document) -> Objective | None:
    """Make the objective, with the constraints around it; None where neither is given, or it is wrong."""
    analysis, problems = document.analysis, document.problems
    objective: Objective | None = None
    if analysis.objective is not None:
        before = problems.count
        _check(analysis.objective, document, ("objective",))
        if problems.count > before:
            return None
        with problems.at("objective"):
            plain = analysis.objective
            objective = _made({"kind": plain} if isinstance(plain, str) else plain)
    if analysis.constraints is None:
        return objective
    with problems.at("constraints"):
        around = AsimovSignificance() if objective is None else objective
        return around.within(**analysis.constraints.model_dump())
    return None


def _made(plain: Mapping[str, Any]) -> Objective:
    try:
        return from_description(plain)
    except GradcutError:
        raise
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        # Values of any type can stand in a file; an objective is made for those of its signature.
        raise DeclarationError("the options of this objective do not fit", given=str(error)) from error


def _check(given: Any, document: Document, path: tuple[str | int, ...]) -> None:
    """Check kinds and names of options, each in its own place; their values are checked by the objectives."""
    problems = document.problems
    plain: Mapping[str, Any] = {"kind": given} if isinstance(given, str) else given
    known = kinds()
    kind = plain.get("kind") if isinstance(plain, Mapping) else None
    place = (*path, "kind") if not isinstance(given, str) else path
    with problems.at(*place):
        if not isinstance(kind, str):
            raise DeclarationError(
                "an objective has a 'kind'", given=repr(given)[:80], allowed=", ".join(known)
            )
        if kind not in known:
            raise DeclarationError(
                f"unknown kind of objective '{kind}'",
                hint=close_matches(kind, known),
                allowed=", ".join(known),
            )
        if kind == "sum":
            _check_terms(plain, document, path)
            return
        options = _options(known[kind])
        for name in plain:
            if name not in (*options, "kind") and not takes_more(known[kind]):
                document.problems.add(
                    (*path, name),
                    DeclarationError(
                        f"the objective '{kind}' has no option '{name}'",
                        hint=close_matches(name, options),
                        allowed=", ".join(options) or "no options",
                    ),
                )
        if "objective" in options:
            if "objective" not in plain:
                raise DeclarationError(f"'{kind}' is around an 'objective', which is missing")
            _check(plain["objective"], document, (*path, "objective"))


def _check_terms(plain: Mapping[str, Any], document: Document, path: tuple[str | int, ...]) -> None:
    terms = plain.get("terms")
    good = isinstance(terms, list) and all(isinstance(term, list) and len(term) == 2 for term in terms)
    if not good or not terms or set(plain) - {"kind", "terms"}:
        raise DeclarationError(
            "a sum has 'terms'", allowed="terms: [[1.0, {kind: asimov_significance}], [-0.1, {kind: ...}]]"
        )
    for number, (factor, term) in enumerate(terms):
        if isinstance(factor, bool) or not isinstance(factor, (int, float)):
            raise DeclarationError("the factor of a term is a number", given=repr(factor))
        _check(term, document, (*path, "terms", number, 1))


def _options(kind: Callable[..., Objective]) -> list[str]:
    taken = inspect.signature(kind).parameters.values()
    return [
        one.name for one in taken if one.kind is not inspect.Parameter.VAR_KEYWORD and one.name != "options"
    ]


def takes_more(kind: Callable[..., Objective]) -> bool:
    """Whether an objective takes settings of templates beside its own, which it checks itself."""
    return any(
        one.kind is inspect.Parameter.VAR_KEYWORD for one in inspect.signature(kind).parameters.values()
    )
