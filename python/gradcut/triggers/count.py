"""Counting a menu of which the thresholds are known."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import numpy as np

from gradcut.results.metadata import metadata
from gradcut.selection.thresholds import check_values
from gradcut.triggers.counts import count
from gradcut.triggers.events import MenuEvents, features_of_lines
from gradcut.triggers.lines import Line, lines_of, selections_of
from gradcut.triggers.menu import Menu
from gradcut.triggers.wanted import Combine, combination

if TYPE_CHECKING:
    from gradcut.samples import Samples
    from gradcut.selection import Selection

__all__ = ["count_menu", "unused_variations"]


def count_menu(
    lines: Mapping[str, Line | Selection],
    samples: Samples,
    values: Mapping[str, float] | None = None,
    *,
    combine: Combine = "mean",
    weights: Mapping[str, float] | None = None,
    reader: Literal["auto", "root", "uproot"] = "auto",
) -> Menu:
    """Count rates, overlaps and efficiencies of a menu, on all events.

    Parameters
    ----------
    lines : mapping of str to Line or Selection
        The menu. A named threshold (``?pt``) is the same in all lines that have it.
    samples : Samples
        Zero-bias events as background, of which the weights add up to a rate in Hz (:func:`crossings`), and
        signals.
    values : mapping of str to float, optional
        Thresholds, where lines have any; those that are a line's own are called ``<line>.<name>``.
    combine, weights, reader
        As for :func:`learn_menu`.

    Returns
    -------
    Menu
        Frozen; ``used`` is of all events.

    Raises
    ------
    DeclarationError, DataError
        If lines, values and samples do not fit together, or events cannot be used.
    """
    began = time.time(), time.process_time()
    declared = lines_of(lines)
    selections = selections_of(declared)
    checked = check_values(values or {}, selections.parameters)
    tables = samples.collect(
        features_of_lines(selections, samples), sentinels=selections.sentinels, reader=reader
    )
    events = MenuEvents(declared, selections, tables)
    events.check()
    thresholds = events.signs * np.array([checked[name] for name in selections.parameters])
    value = combination(combine, weights, [one.name for one in events.signals])
    return Menu(
        lines=declared,
        values=checked,
        budget=None,
        combine=combine,
        weights=None if weights is None else dict(weights),
        used=count(events, list(declared), thresholds, value),
        unused=None,
        status="finished",
        message="counted on all events",
        warnings=unused_variations(samples),
        provenance={
            "samples": samples.describe(),
            "event": list(samples.event_columns),
            "settings": {"partition": {"kind": "none"}},
        },
        metadata=metadata(began),
    )


def unused_variations(samples: Samples) -> tuple[str, ...]:
    """What a reader should know where variations are declared."""
    names = ", ".join(variation.name for variation in samples.variations)
    return (f"rates and efficiencies are nominal, without the variations {names}",) if names else ()
