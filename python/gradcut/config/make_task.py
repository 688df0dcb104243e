"""From a configuration to what is learned, and how."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from gradcut.binning.fit import fit_binning
from gradcut.config.make_declared import make_bins, make_limits, make_lines, make_partition, make_selection
from gradcut.config.make_objective import make_objective
from gradcut.config.make_samples import make_samples
from gradcut.config.reading import Document
from gradcut.errors import DeclarationError, close_matches
from gradcut.export.formats import format_of
from gradcut.fitting import fit_cuts
from gradcut.joint import fit
from gradcut.observables import CrossEntropy, Observable, fit_observable
from gradcut.regions import Regions
from gradcut.samples import Samples
from gradcut.scanning import scan_cuts
from gradcut.triggers import learn_menu

__all__ = ["Kind", "Task", "make_task"]

Kind = Literal["cuts", "scan", "bins", "observable", "joint", "menu"]

_FITS: dict[Kind, Callable[..., Any]] = {
    "cuts": fit_cuts,
    "scan": scan_cuts,
    "bins": fit_binning,
    "observable": fit_observable,
    "joint": fit,
    "menu": learn_menu,
}
_TITLES: dict[Kind, str] = {
    "cuts": "cuts",
    "scan": "working points",
    "bins": "bins",
    "observable": "an observable",
    "joint": "cuts with what is filled behind them",
    "menu": "a trigger menu",
}
#: Parts of the configuration that only some kinds take.
_TAKEN_BY: dict[str, set[Kind]] = {
    "selection": {"cuts", "scan", "joint"},
    "objective": {"cuts", "bins", "observable", "joint"},
    "constraints": {"cuts", "bins", "observable"},
    "limits": {"bins", "observable", "joint"},
    "folds": {"cuts", "scan", "bins", "observable", "joint"},
}


@dataclass(frozen=True)
class Task:
    """What a configuration asks for, ready to be done.

    Parameters
    ----------
    kind : str
        What is learned.
    samples : Samples
        The events.
    fit : callable
        The function that learns, and its first arguments and settings.
    arguments, settings : tuple and dict
        Its arguments.
    """

    kind: Kind
    samples: Samples
    fit: Callable[..., Any]
    arguments: tuple[Any, ...]
    settings: Mapping[str, Any]

    @property
    def title(self) -> str:
        """What is learned, in words."""
        return _TITLES[self.kind]

    @property
    def has_checkpoints(self) -> bool:
        """Whether it can be continued."""
        return "checkpoint" in inspect.signature(self.fit).parameters

    def run(self, **how: Any) -> Any:
        """Learn; ``progress`` and ``checkpoint`` are those of the function that does it."""
        return self.fit(*self.arguments, self.samples, **self.settings, **how)


def make_task(document: Document, efficiencies: list[float] | None = None) -> Task:
    """Declare everything, so that all mistakes are found before anything is read.

    Parameters
    ----------
    document : Document
        The configuration.
    efficiencies : list of float, optional
        Working points instead of what the configuration asks for.

    Raises
    ------
    GradcutError
        If something is wrong: all of it, each with its line.
    """
    problems = document.problems
    kind = _kind(document, efficiencies is not None)
    samples = make_samples(document)
    selection, bins, lines = make_selection(document), make_bins(document), make_lines(document)
    observable = _observable(document)
    settings = {
        **_settings(document, kind, scans_anyway=efficiencies is not None),
        **make_partition(document, document.analysis.settings.seed or 0),
    }
    objective, limits = make_objective(document), make_limits(document)
    if kind not in ("scan", "menu") and objective is not None:
        settings["objective"] = objective
    if kind in _TAKEN_BY["limits"] and limits is not None:
        settings["limits"] = limits
    if (
        kind == "observable"
        and document.analysis.observable
        and document.analysis.observable.loss != "objective"
    ):
        settings["loss"] = CrossEntropy()
    if kind == "scan":
        settings["efficiencies"] = efficiencies or document.analysis.efficiencies
        if isinstance(selection, Regions):
            with problems.at("selection", "regions"):
                raise DeclarationError("working points are those of one selection")
    _check_exports(document)
    if kind == "menu" and document.analysis.menu is not None:
        settings |= _of_menu(document)
    problems.raise_if_any()
    if samples is None:
        raise RuntimeError("samples that are wrong say why")
    first: dict[Kind, tuple[Any, ...]] = {
        "cuts": (selection,),
        "scan": (selection,),
        "bins": (bins,),
        "observable": (observable,),
        "joint": (selection, observable if observable is not None else bins),
        "menu": (lines,),
    }
    return Task(kind, samples, _FITS[kind], first[kind], settings)


def _kind(document: Document, scans: bool) -> Kind:
    analysis, problems = document.analysis, document.problems
    given = {
        name
        for name in ("selection", "bins", "channel_bins", "observable", "menu", "efficiencies")
        if getattr(analysis, name) is not None
    }
    if scans:
        given = (given & {"selection"}) | {"efficiencies"}
    kinds: dict[frozenset[str], Kind] = {
        frozenset({"selection"}): "cuts",
        frozenset({"selection", "efficiencies"}): "scan",
        frozenset({"bins"}): "bins",
        frozenset({"channel_bins"}): "bins",
        frozenset({"observable"}): "observable",
        frozenset({"selection", "bins"}): "joint",
        frozenset({"selection", "observable"}): "joint",
        frozenset({"menu"}): "menu",
    }
    kind = kinds.get(frozenset(given))
    if kind is None:
        problems.add(
            (),
            DeclarationError(
                "these parts do not say what is learned" if given else "nothing says what is learned",
                given=", ".join(sorted(given)) or None,
                allowed="selection; selection and efficiencies; bins; channel_bins; observable; "
                "selection and bins; selection and observable; menu",
            ),
        )
        problems.raise_if_any()
        return "cuts"
    for part, takers in {} if scans else _TAKEN_BY.items():
        if getattr(analysis, part) is not None and kind not in takers:
            hint = "limits: of every bin" if part == "constraints" and kind == "joint" else None
            problems.add((part,), DeclarationError(f"{_TITLES[kind]} have no '{part}'", hint=hint))
    return kind


def _settings(document: Document, kind: Kind, *, scans_anyway: bool) -> dict[str, Any]:
    part = document.analysis.settings
    takers = [_FITS[kind]] + ([fit_observable] if kind == "joint" and document.analysis.observable else [])
    known = {name for function in takers for name in inspect.signature(function).parameters}
    found = {name: getattr(part, name) for name in part.model_fields_set if getattr(part, name) is not None}
    for name in list(found):
        if name in known:
            continue
        # `gradcut scan` takes the file of another fit, whose settings are its own.
        if not scans_anyway:
            own = sorted(known & set(type(part).model_fields))
            document.problems.add(
                ("settings", name),
                DeclarationError(f"'{name}' is no setting of {_TITLES[kind]}", allowed=", ".join(own)),
            )
        del found[name]
    return found


def _check_exports(document: Document) -> None:
    for number, export in enumerate(document.analysis.output.exports):
        with document.problems.at("output", "exports", number):
            file = Path(export.file)
            # A file from a stranger must not say where on this machine something is written.
            if file.is_absolute() or ".." in file.parts:
                raise DeclarationError("exports stay in the output folder", given=export.file)
            known = format_of(export.format, file.name).options
            for name in export.options:
                if name not in known:
                    raise DeclarationError(
                        f"the format has no option '{name}'",
                        hint=close_matches(name, known),
                        allowed=", ".join(known) or "no options",
                    )


def _observable(document: Document) -> Observable | None:
    part = document.analysis.observable
    if part is None:
        return None
    with document.problems.at("observable"):
        return Observable(**part.model_dump(exclude={"loss"}))
    return None


def _of_menu(document: Document) -> dict[str, Any]:
    menu, processes = document.analysis.menu, document.analysis.samples.processes
    if menu is None:
        return {}
    with document.problems.at("menu"):
        given = [name for name in ("zero_bias", "bunches", "crossings") if getattr(menu, name) is not None]
        if len(given) not in (0, 2) or (given and "zero_bias" not in given):
            raise DeclarationError(
                "rates come from 'zero_bias' with 'bunches' or 'crossings', or from weights in Hz",
                given=", ".join(given),
            )
        if menu.zero_bias is not None and menu.zero_bias not in processes:
            raise DeclarationError(
                f"unknown process '{menu.zero_bias}'", hint=close_matches(menu.zero_bias, processes)
            )
    bounds = None if menu.bounds is None else {name: (low, high) for name, (low, high) in menu.bounds.items()}
    own = {"rate": menu.rate, "combine": menu.combine, "weights": menu.weights, "steps": menu.steps}
    return {name: value for name, value in {**own, "bounds": bounds}.items() if value is not None}
