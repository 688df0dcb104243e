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

__all__ = ["Kept", "checked"]

_LOGGER = logging.getLogger(__name__)

#: Up and down count as equal where they differ by less than this part of what they differ from nominal.
EQUAL = 0.05


class Kept(NamedTuple):
    """Which parts of a variation become modifiers."""

    rate: bool
    shape: bool


def checked(
    templates: Templates,
    layout: YieldsLayout,
    samples: Sequence[SampleRow],
    varied: Sequence[VariedRow],
    options: TemplateOptions,
    floor: NDArray[np.float64],
) -> tuple[tuple[Kept, ...], tuple[TemplateNote, ...]]:
    """Decide which variations are large enough, and look for what is wrong with them.

    Parameters
    ----------
    templates : Templates
        At one point.
    layout, samples, varied, options
        What they are templates of.
    floor : ndarray, shape (samples,)
        Least events of a template in a bin.

    Returns
    -------
    tuple of Kept
        One per variation.
    tuple of TemplateNote
        What was left out or made up, and what looks wrong; all of it is logged, too.
    """
    names = [(layout.channels[row.channel], layout.processes[row.process]) for row in samples]
    notes: list[TemplateNote] = []
    kept = []
    for m, row in enumerate(varied):
        nominal, sigma = templates.nominal[0, row.sample], np.sqrt(templates.variance[0, row.sample])
        sides = templates.up[0, m], templates.down[0, m]
        one, made = _kept(row, nominal, sigma, sides, options)
        kept.append(one)
        notes += [TemplateNote(kind, row.nuisance, *names[row.sample], detail) for kind, detail in made]
    mirrored = dict.fromkeys(
        row.nuisance for row, one in zip(varied, kept, strict=True) if row.kind == "mirror" and any(one)
    )
    text = "one side is given, the other is as far on the other side of nominal"
    notes += [TemplateNote("mirrored", nuisance, "", "", text) for nuisance in mirrored]
    notes += _suspicious(templates, samples, varied, kept, names)
    notes += [
        TemplateNote(
            "floored",
            "",
            *names[s],
            f"bins {_list(low)} have fewer than {floor[s]:g} events, or negative ones",
        )
        for s, low in enumerate(templates.nominal[0] <= floor[:, None])
        if low.any() and not samples[s].is_signal
    ]
    for note in notes:
        _LOGGER.log(
            logging.WARNING if note.is_warning or note.kind == "mirrored" else logging.INFO, "%s", note
        )
    return tuple(kept), tuple(notes)


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


def _suspicious(
    templates: Templates,
    samples: Sequence[SampleRow],
    varied: Sequence[VariedRow],
    kept: Sequence[Kept],
    names: Sequence[tuple[str, str]],
) -> list[TemplateNote]:
    notes = []
    by_nuisance: dict[str, list[int]] = {}
    for m, row in enumerate(varied):
        if any(kept[m]) and row.kind == "pair":
            by_nuisance.setdefault(row.nuisance, []).append(m)
    for nuisance, members in by_nuisance.items():
        of_sample = [varied[m].sample for m in members]
        nominal, sigma = templates.nominal[0, of_sample], np.sqrt(templates.variance[0, of_sample])
        up, down = templates.up[0, members] - nominal, templates.down[0, members] - nominal
        common, apart = np.abs(up + down) / 2, np.abs(up - down) / 2
        # Thesis 7.5.1: along this line profile likelihoods do not know how large the variation is.
        if common.max() > 1e-9 * nominal.max() and apart.max() < EQUAL * common.max():
            notes.append(
                TemplateNote(
                    "up = down",
                    nuisance,
                    "",
                    "",
                    f"both differ from nominal by up to {common.max():.3g} events, from each other by at "
                    f"most {2 * apart.max():.2g}: yields do not tell its sign, fits may stop at 0",
                )
            )
            continue
        # Beyond the MC uncertainty, so that noise around nominal is not called one-sided.
        one_sided = (up * down > 0) & (np.minimum(np.abs(up), np.abs(down)) > sigma)
        for m, sample, bins in zip(members, of_sample, one_sided, strict=True):
            if bins.any():
                text = f"up and down are on one side of nominal in bins {_list(bins)}"
                notes.append(TemplateNote("same side", varied[m].nuisance, *names[sample], text))
    return notes


def _list(bins: NDArray[np.bool_]) -> str:
    found = np.flatnonzero(bins)
    return ", ".join(map(str, found[:10])) + (", ..." if len(found) > 10 else "")
