"""Which yields each template is made of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from gradcut.errors import DataError, DeclarationError, close_matches

if TYPE_CHECKING:
    from gradcut.stats.template_options import TemplateOptions, VariationForm, VectorForm
    from gradcut.yields import YieldsLayout

__all__ = ["RowKind", "SampleRow", "VariedRow", "rows_of"]

#: How the tags of a variation become templates up and down; "scaled" is the normalisation, made of nominal.
RowKind = Literal["pair", "mirror", "envelope", "replicas", "hessian", "scaled"]


@dataclass(frozen=True)
class SampleRow:
    """A process in a channel.

    Parameters
    ----------
    channel, process : int
        Positions in the layout.
    is_signal : bool
        Whether it is scaled by the parameter of interest.
    """

    channel: int
    process: int
    is_signal: bool


@dataclass(frozen=True)
class VariedRow:
    """A systematic variation of a sample.

    Parameters
    ----------
    nuisance : str
        Name of its parameter.
    sample : int
        Position of the sample.
    kind : str
        How its templates are made.
    tags : tuple of int
        Variations in the layout that they are made of.
    form : {"histosys", "split", "normsys"}
        What it becomes.
    smoothing : float
        Width of the smoothing kernel in bins.
    size : float
        Relative size, of a scaled one.
    """

    nuisance: str
    sample: int
    kind: RowKind
    tags: tuple[int, ...]
    form: VariationForm = "histosys"
    smoothing: float = 0.0
    size: float = 0.0


def rows_of(
    layout: YieldsLayout, options: TemplateOptions
) -> tuple[tuple[SampleRow, ...], tuple[VariedRow, ...]]:
    """Return samples, in the order of the names of channels and processes, and their variations.

    Raises
    ------
    DeclarationError
        If options name something that the layout does not have, or nothing is signal.
    DataError
        If a channel has no background.
    """
    signals = _signals(layout, options)
    for name, processes in options.free.items():
        _known(processes, layout.processes, f"free['{name}']")
    used = [
        p for p, role in enumerate(layout.roles) if role == "background" or layout.processes[p] in signals
    ]
    samples = tuple(
        SampleRow(c, p, layout.processes[p] in signals)
        for c in sorted(range(len(layout.channels)), key=layout.channels.__getitem__)
        for p in sorted(used, key=layout.processes.__getitem__)
        if layout.present[c, p, 0]
    )
    for c, channel in enumerate(layout.channels):
        if not any(row.channel == c and not row.is_signal for row in samples):
            raise DataError("a channel has no background", where=f"channel '{channel}'")
    groups = _groups(layout, options)
    varied: list[VariedRow] = []
    for s, row in enumerate(samples):
        for name, (kind, tags) in groups.items():
            if layout.present[row.channel, row.process, list(tags)].all():
                declared = name if kind != "mirror" else layout.variations[tags[0]].rsplit(":", 1)[0]
                form, width = options.form_of(declared), options.smoothing_of(declared)
                varied.append(VariedRow(name, s, kind, tags, form, width))
        size = layout.norm_uncertainty[row.process]
        if size and options.norm == "gaussian":
            name = f"{layout.processes[row.process]}_norm"
            varied.append(VariedRow(name, s, "scaled", (), size=size))
    return samples, tuple(varied)


def _signals(layout: YieldsLayout, options: TemplateOptions) -> tuple[str, ...]:
    known = [layout.processes[p] for p in layout.process_indices("signal")]
    chosen = tuple(options.signals if options.signals is not None else known)
    _known(chosen, known, "signals")
    if not chosen:
        raise DeclarationError(
            "a model needs a signal",
            given=", ".join(f"{p} ({r})" for p, r in zip(layout.processes, layout.roles, strict=True)),
            hint="samples.add(..., role='signal')",
        )
    return chosen


def _known(names: Iterable[str], known: Iterable[str], where: str) -> None:
    for name in names:
        if name not in known:
            raise DeclarationError(f"no such process: '{name}'", where=where, hint=close_matches(name, known))


def _declared_form(kind: str | None) -> VectorForm | None:
    if kind == "envelope":
        return "envelope"
    return "replicas" if kind == "replicas" else None


def _groups(layout: YieldsLayout, options: TemplateOptions) -> dict[str, tuple[RowKind, tuple[int, ...]]]:
    """Name of a nuisance -> how it is made, and the tags that it is made of."""
    tags: dict[str, dict[str, int]] = {}
    for index, tag in enumerate(layout.variations[1:], start=1):
        name, _, direction = tag.rpartition(":")
        tags.setdefault(name, {})[direction] = index
    for option, given in (
        ("variations", options.variations),
        ("vectors", options.vectors),
        ("smooth", options.smooth),
    ):
        if not isinstance(given, (str, float, int)):
            for name in given:
                if name not in tags:
                    raise DeclarationError(
                        f"no variation is called '{name}'", where=option, hint=close_matches(name, tags)
                    )
    groups: dict[str, tuple[RowKind, tuple[int, ...]]] = {}
    for name, sides in tags.items():
        if set(sides) <= {"up", "down"}:
            if name in options.vectors:
                raise DeclarationError(
                    "this variation is no vector", where="vectors", given=f"'{name}' with {', '.join(sides)}"
                )
            if len(sides) == 2:
                groups[name] = "pair", (sides["up"], sides["down"])
            else:
                groups[name] = "mirror", tuple(sides.values())
            continue
        form = options.vectors.get(name, _declared_form(layout.variation_kinds.get(name)))
        if form is None:
            raise DeclarationError(
                "numbered variations can become templates in several ways",
                where=f"variation '{name}'",
                given=", ".join(sides)[:80],
                hint=f"say which: vectors={{'{name}': 'envelope'}}, 'replicas', 'hessian' or 'separate'",
            )
        if form == "separate":
            groups |= {f"{name}_{number}": ("mirror", (tag,)) for number, tag in sides.items()}
        elif form == "replicas" and len(sides) < 2:
            raise DeclarationError(
                "a standard deviation needs two replicas", where=f"variation '{name}'", given=str(len(sides))
            )
        else:
            groups[name] = form, tuple(sides.values())
    return groups
