"""The pictures of a result inside a page."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradcut.report.page.markup import element

if TYPE_CHECKING:
    from gradcut.samples import Samples

__all__ = ["drawn", "embedded"]

#: Larger drawings than this many bytes become pixels: many thousand lines are slow to show.
LARGEST_DRAWING = 250_000
KINDS = {".svg": "image/svg+xml", ".png": "image/png"}
#: What the pictures of the plotting functions show, by the beginning of their file's name.
CAPTIONS = {
    "overview": "Each feature with all other cuts applied, and its thresholds.",
    "history": "The course of the fit: the smooth objective and the width of the smooth steps.",
    "cut_": "Before the cuts, with all other cuts applied, and the objective against the threshold: {name}.",
    "bins": "Yields bin by bin with s/b and what each bin adds.",
    "edges_": "Edges of {name} over the stacked events.",
    "regions": "The bins in the plane of two columns.",
    "choices": "The objective against the number of bins.",
    "bias": "Smooth over hard yields at the end of the fit.",
    "widths": "Smooth over hard yields against the width of the steps.",
    "thresholds": "Thresholds against the signal efficiency.",
    "efficiencies": "Background efficiency against signal efficiency.",
    "roc": "Background rejection against signal efficiency.",
}


def drawn(result: Any, samples: Samples | None) -> dict[str, str]:
    """Draw everything that a result has to draw.

    Parameters
    ----------
    result
        Anything with ``plot(folder, formats=)``.
    samples : Samples, optional
        Events to draw over, for bins.

    Returns
    -------
    dict of str to str
        Figures as HTML by the name of the picture.
    """
    from gradcut.results.binning_result import BinningResult

    with tempfile.TemporaryDirectory(prefix="gradcut-page-") as folder:
        given: Mapping[str, Any] = {"samples": samples} if isinstance(result, BinningResult) else {}
        files = result.plot(folder, formats=("svg", "png"), **given)
        return embedded(sorted(set(files)), Path(folder))


def embedded(files: list[Path], folder: Path) -> dict[str, str]:
    """Put files into a page: of each picture its drawing, or its pixels where the drawing is large."""
    found: dict[str, str] = {}
    for file in sorted(files, key=_order):
        if file.suffix != ".svg":
            continue
        own = file if file.stat().st_size <= LARGEST_DRAWING else file.with_suffix(".png")
        name = file.relative_to(folder).with_suffix("").as_posix()
        caption = _caption(name)
        data = base64.b64encode(own.read_bytes()).decode("ascii")
        image = f'<img alt="{escape(caption)}" src="data:{KINDS[own.suffix]};base64,{data}">'
        found[name] = element("figure", image + element("figcaption", escape(caption)))
    return found


def _order(file: Path) -> tuple[int, str]:
    names = list(CAPTIONS)
    own = next((i for i, name in enumerate(names) if file.stem.startswith(name)), len(names))
    return own, str(file)


def _caption(name: str) -> str:
    last = name.rsplit("/", 1)[-1]
    for begin, caption in CAPTIONS.items():
        if last.startswith(begin):
            made = caption.format(name=last[len(begin) :])
            return made if "/" not in name else f"{name.rsplit('/', 1)[0]}: {made}"
    return name
