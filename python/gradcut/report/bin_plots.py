"""Pictures of learned bins as files."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from gradcut.report.files import check_formats, write

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from gradcut.report.bin_events import ProcessEvents
    from gradcut.results.binning_result import BinningResult
    from gradcut.samples import Samples

__all__ = ["plot_bins"]


def plot_bins(
    result: BinningResult,
    folder: str | os.PathLike[str],
    samples: Samples | None = None,
    *,
    formats: Iterable[str] = ("png",),
) -> tuple[Path, ...]:
    """Draw learned bins: their yields, where they are, how many, and how they were learned.

    Parameters
    ----------
    result : BinningResult
        A live result, or one from a file.
    folder : path
        Made where it does not exist.
    samples : Samples, optional
        Events to draw the bins over; without, what the result carries is drawn.
    formats : iterable of {"png", "pdf", "svg"}, default ("png",)
        Kinds of files.

    Returns
    -------
    tuple of Path
        The files, as far as there is something to draw: ``bins``, yields bin by bin with s/b and what each
        adds; ``edges_<name>``, the edges of an axis over the stacked events (with samples); ``regions``, the
        bins in the plane of two columns, with signal and background where there are samples; ``choices``,
        the objective against the number of bins; ``bias``, smooth over hard yields at the end of the fit;
        ``widths``, the same against the width of the steps, or the temperature (with samples); ``history``,
        the course of the fit. Where bins differ between channels, those of every channel in a folder of its
        name.

    Raises
    ------
    DeclarationError
        If matplotlib or mplhep is not installed, or a format is unknown.
    """
    kinds = check_formats(formats)
    if result.channels:
        from gradcut.samples.of_channel import of_channel

        return tuple(
            file
            for name in result.channels
            for file in plot_bins(
                result.channel(name),
                Path(folder) / (re.sub(r"[^\w.-]+", "_", name) or "channel"),
                None if samples is None else of_channel(samples, name),
                formats=kinds,
            )
        )
    events = None
    if samples is not None:
        from gradcut.report.bin_events import events_of

        events = events_of(result, samples)
    figures = _figures(result, events)
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    return tuple(write(draw, target / f"{name}.{kind}") for kind in kinds for name, draw in figures.items())


def _figures(result: BinningResult, events: list[ProcessEvents] | None) -> dict[str, Callable[[], Figure]]:
    """What there is to draw, by name."""
    from gradcut.binning.learned import LearnedEdges
    from gradcut.binning.learned_mixture import LearnedMixture
    from gradcut.report import bin_bias_figure as bias
    from gradcut.report.bin_axis_figure import bin_axis_figure
    from gradcut.report.bin_choices_figure import bin_choices_figure
    from gradcut.report.bin_regions_figure import bin_regions_figure
    from gradcut.report.bin_rows_figure import bin_rows_figure
    from gradcut.report.history_figure import history_figure

    bins = result.bins
    found: dict[str, Callable[[], Figure]] = {"bins": lambda: bin_rows_figure(result)}
    if isinstance(bins, LearnedEdges) and events is not None:
        for axis, own in enumerate(bins.binning.axes):
            plain = "edges_" + (re.sub(r"\W+", "_", own.name).strip("_") or "axis")
            name = plain if plain not in found else f"{plain}_{axis}"
            found[name] = lambda axis=axis: bin_axis_figure(result, bins, axis, events)  # type: ignore[misc]
    # Outputs of a network have no range by themselves.
    drawn = isinstance(bins, (LearnedEdges, LearnedMixture)) or events is not None
    if drawn and len(bins.expressions) == 2:
        found["regions"] = lambda: bin_regions_figure(result, events)
    if result.choices:
        found["choices"] = lambda: bin_choices_figure(result)
    if any(row.soft_background is not None for row in result.rows):
        found["bias"] = lambda: bias.bin_bias_figure(result)
    if events is not None and result.n_bins > 1:
        found["widths"] = lambda: bias.bin_widths_figure(result, events)
    if result.history:
        found["history"] = lambda: history_figure(result)
    return found
