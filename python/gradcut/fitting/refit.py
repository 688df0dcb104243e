"""Fitting again as a result was fitted, with changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gradcut.errors import DeclarationError
from gradcut.fitting.cuts import fit_cuts
from gradcut.objectives.rebuild import from_description
from gradcut.samples import Folds, Split

if TYPE_CHECKING:
    from gradcut.results import CutResult
    from gradcut.samples import Samples

__all__ = ["refit"]

#: Settings in the provenance that are arguments of ``fit_cuts`` as they stand.
_PLAIN = ("starts", "max_steps", "seed", "engine", "precision")


def refit(
    result: CutResult, fix: Mapping[str, float], samples: Samples | None, changes: Mapping[str, Any]
) -> CutResult:
    """Fit again as a result was, with some parameters fixed; see :meth:`gradcut.CutResult.refit`."""
    changed = dict(changes)
    selection = changed.pop("selection", result.selection)
    arguments = (
        _of_live(result) if result.origin is not None else _of_file(result, "objective" not in changed)
    )
    known = arguments.pop("samples", None)
    if samples is None:
        samples = known
    if samples is None:
        raise DeclarationError(
            "a result from a file does not have its samples",
            hint="result.refit(samples=samples, fix={...}): the objective and the settings are in the file",
        )
    if "folds" in changed or "split" in changed:
        arguments = {name: value for name, value in arguments.items() if name not in ("folds", "split")}
    fixed = {**arguments.pop("fix"), **fix}
    return fit_cuts(selection, samples, **{**arguments, "fix": fixed, **changed})


def _of_live(result: CutResult) -> dict[str, Any]:
    origin: Any = result.origin
    _, samples, objective, settings = origin
    return {**settings.arguments(), "objective": objective, "samples": samples, "fix": settings.fixed}


def _of_file(result: CutResult, wants_objective: bool) -> dict[str, Any]:
    settings = result.provenance["settings"]
    partition = dict(settings["partition"])
    kind = partition.pop("kind")
    arguments: dict[str, Any] = {name: settings[name] for name in _PLAIN}
    if kind == "folds":
        arguments["folds"] = Folds(**partition)
    else:
        given: dict[str, Any] = {n: tuple(v) if isinstance(v, list) else v for n, v in partition.items()}
        arguments["split"] = Split(**given)
    if wants_objective:
        arguments["objective"] = from_description(result.provenance["objective"])
    arguments["fix"] = {name: float(value) for name, value in settings["fixed"].items()}
    return arguments
