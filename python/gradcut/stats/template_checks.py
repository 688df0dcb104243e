"""Which parts of variations are kept, and what is suspicious about them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gradcut.stats.notes import NoteKind, TemplateNote
from gradcut.stats.rates_and_shapes import is_divided

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.stats.template_options import TemplateOptions
    from gradcut.stats.template_rows import SampleRow, VariedRow
    from gradcut.stats.templates import Templates
    from gradcut.yields import YieldsLayout

__all__ = ["Kept", "MadeTemplates", "checked"]

_LOGGER = logging.getLogger(__name__)

#: Up and down count as equal where they differ by less than this part of what they differ from nominal.
EQUAL = 0.05


class Kept(NamedTuple):
    """Which parts of a variation become modifiers."""

    rate: bool
    shape: bool


class MadeTemplates(NamedTuple):
    """Templates of channels with equal bins at one point, and what they are templates of."""

    templates: Templates
    layout: YieldsLayout
    samples: Sequence[SampleRow]
    varied: Sequence[VariedRow]
    #: Least events of a template in a bin, shape (samples,).
    floor: NDArray[np.float64]

    @property
    def names(self) -> list[tuple[str, str]]:
        """Channel and process of every sample."""
        return [
            (self.layout.channels[row.channel], self.layout.processes[row.process]) for row in self.samples
        ]


class _Variation(NamedTuple):
    """One variation of a sample."""

    row: VariedRow
    #: Channel and process.
    name: tuple[str, str]
    nominal: NDArray[np.float64]
    sigma: NDArray[np.float64]
    sides: tuple[NDArray[np.float64], NDArray[np.float64]]


def checked(
    parts: Sequence[MadeTemplates], options: TemplateOptions
) -> tuple[list[tuple[Kept, ...]], tuple[TemplateNote, ...]]:
    """Decide which variations are large enough, and look for what is wrong with them.

    Parameters
    ----------
    parts : sequence of MadeTemplates
        The templates of all channels.
    options : TemplateOptions
        How large is large enough.

    Returns
    -------
    list of tuple of Kept
        One per variation of every part.
    tuple of TemplateNote
        What was left out or made up, and what looks wrong; all of it is logged, too.
    """
    notes: list[TemplateNote] = []
    kept: list[tuple[Kept, ...]] = []
    used: list[_Variation] = []
    for part in parts:
        of_part = []
        for one in _variations(part):
            found, made = _kept(one.row, one.nominal, one.sigma, one.sides, options)
            of_part.append(found)
            used += [one] if any(found) else []
            notes += [TemplateNote(kind, one.row.nuisance, *one.name, detail) for kind, detail in made]
        kept.append(tuple(of_part))
    mirrored = dict.fromkeys(one.row.nuisance for one in used if one.row.kind == "mirror")
    text = "one side is given, the other is as far on the other side of nominal"
    notes += [TemplateNote("mirrored", nuisance, "", "", text) for nuisance in mirrored]
    notes += _suspicious(used)
    for part in parts:
        notes += [
            TemplateNote(
                "floored",
                "",
                *part.names[s],
                f"bins {_list(low)} have fewer than {part.floor[s]:g} events, or negative ones",
            )
            for s, low in enumerate(part.templates.nominal[0] <= part.floor[:, None])
            if low.any() and not part.samples[s].is_signal
        ]
    for note in notes:
        _LOGGER.log(
            logging.WARNING if note.is_warning or note.kind == "mirrored" else logging.INFO, "%s", note
        )
    return kept, tuple(notes)


def _variations(part: MadeTemplates) -> list[_Variation]:
    templates, names = part.templates, part.names
    return [
        _Variation(
            row,
            names[row.sample],
            templates.nominal[0, row.sample],
            np.sqrt(templates.variance[0, row.sample]),
            (templates.up[0, m], templates.down[0, m]),
        )
        for m, row in enumerate(part.varied)
    ]


def _kept(
    row: VariedRow,
    nominal: NDArray[np.float64],
    sigma: NDArray[np.float64],
    sides: Sequence[NDArray[np.float64]],
    options: TemplateOptions,
) -> tuple[Kept, list[tuple[NoteKind, str]]]:
    """Which parts of a variation are large enough, and what is said of those that are not."""
    total, total_sigma = nominal.sum(), np.sqrt((sigma**2).sum())
    rates = [side.sum() / total for side in sides]
    shapes = [side / rate if is_divided(row) else side for side, rate in zip(sides, rates, strict=True)]
    wanted = Kept(rate=row.form != "histosys", shape=row.form != "normsys")
    if row.kind == "scaled" or not (options.prune or options.prune_significance):
        return wanted, []
    shape_size = max(np.abs(shape / nominal - 1).max() for shape in shapes)
    shape_z = max((np.abs(shape - nominal) / np.where(sigma > 0, sigma, 1e-300)).max() for shape in shapes)
    rate_size = max(abs(rate - 1) for rate in rates)
    rate_z = rate_size * total / max(total_sigma, 1e-300)
    parts = {"rate": (rate_size, rate_z), "shape": (shape_size, shape_z)}
    large = {
        part: not (size < options.prune or z < options.prune_significance)
        for part, (size, z) in parts.items()
    }
    kept = Kept(wanted.rate and large["rate"], wanted.shape and large["shape"])
    if kept == wanted:
        return kept, []
    said = {
        part: f"changes by at most {size:.2%}, {z:.2g} MC standard deviations"
        for part, (size, z) in parts.items()
    }
    if not any(kept):
        return kept, [("pruned", said["shape" if wanted.shape else "rate"])]
    return kept, [("pruned shape", said["shape"])] if kept.rate else [("pruned normalisation", said["rate"])]


def _suspicious(used: Sequence[_Variation]) -> list[TemplateNote]:
    notes = []
    by_nuisance: dict[str, list[_Variation]] = {}
    for one in used:
        if one.row.kind == "pair":
            by_nuisance.setdefault(one.row.nuisance, []).append(one)
    for nuisance, members in by_nuisance.items():
        changes = [tuple(side - one.nominal for side in one.sides) for one in members]
        common = max(float(np.abs(up + down).max()) / 2 for up, down in changes)
        apart = max(float(np.abs(up - down).max()) / 2 for up, down in changes)
        # Thesis 7.5.1: along this line profile likelihoods do not know how large the variation is.
        if common > 1e-9 * max(one.nominal.max() for one in members) and apart < EQUAL * common:
            notes.append(
                TemplateNote(
                    "up = down",
                    nuisance,
                    "",
                    "",
                    f"both differ from nominal by up to {common:.3g} events, from each other by at "
                    f"most {2 * apart:.2g}: yields do not tell its sign, fits may stop at 0",
                )
            )
            continue
        for one, (up, down) in zip(members, changes, strict=True):
            # Beyond the MC uncertainty, so that noise around nominal is not called one-sided.
            bins = (up * down > 0) & (np.minimum(np.abs(up), np.abs(down)) > one.sigma)
            if bins.any():
                text = f"up and down are on one side of nominal in bins {_list(bins)}"
                notes.append(TemplateNote("same side", nuisance, *one.name, text))
    return notes


def _list(bins: NDArray[np.bool_]) -> str:
    found = np.flatnonzero(bins)
    return ", ".join(map(str, found[:10])) + (", ..." if len(found) > 10 else "")
