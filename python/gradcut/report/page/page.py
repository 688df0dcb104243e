"""The page of a result."""

from __future__ import annotations

import os
from html import escape
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from gradcut.errors import DeclarationError
from gradcut.report.page.applied import applied
from gradcut.report.page.inference import inference
from gradcut.report.page.markup import as_html, element, plain_data
from gradcut.report.page.pictures import drawn
from gradcut.results.shown import Shown
from gradcut.whole_files import write_text

if TYPE_CHECKING:
    from gradcut.samples import Samples

__all__ = ["page"]

#: Nothing is asked of a network, and nothing runs.
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


class Section(NamedTuple):
    """A part of the page."""

    title: str
    body: str

    @property
    def anchor(self) -> str:
        """What links point to."""
        return self.title.lower().replace(" ", "-")


def page(
    result: Shown, path: str | os.PathLike[str], samples: Samples | None = None, *, title: str | None = None
) -> Path:
    """Write everything there is to know of a result to one page.

    Parameters
    ----------
    result
        A live result, or one from a file: cuts, scans, bins, observables, joint fits, menus.
    path : path
        The page, ``.html``; replaced as a whole.
    samples : Samples, optional
        Events for what a result does not carry: the weighted cutflow, bins drawn over events, yields in every
        variation, pulls and impacts.
    title : str, optional
        Of the page; default the kind of the result.

    Returns
    -------
    Path
        The page. It has everything in itself: no network is asked, and no script runs.

    Raises
    ------
    DeclarationError
        If matplotlib or mplhep is not installed, or the suffix is not ``.html``.
    """
    target = Path(path)
    if target.suffix not in (".html", ".htm"):
        raise DeclarationError("a page is HTML", given=target.name, allowed="a path that ends in .html")
    target.parent.mkdir(parents=True, exist_ok=True)
    write_text(target, whole(title or _title(result), _sections(result, samples)))
    return target


def whole(title: str, sections: list[Section]) -> str:
    """Return the page of some sections."""
    style = resources.files("gradcut.report.page").joinpath("style.css").read_text(encoding="utf-8")
    links = "".join(
        element("li", element("a", escape(section.title), href=f"#{section.anchor}")) for section in sections
    )
    parts = "\n".join(
        element("section", element("h2", escape(section.title)) + "\n" + section.body, id=section.anchor)
        for section in sections
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
        f"<header><h1>{escape(title)}</h1></header>\n"
        f'<nav aria-label="Sections"><ul>{links}</ul></nav>\n<main>\n{parts}\n</main>\n'
        "<footer>Made by gradcut. Numbers are of hard cuts and bins; those on unused events are the ones to "
        "quote.</footer>\n</body>\n</html>\n"
    )


def _sections(result: Shown, samples: Samples | None) -> list[Section]:
    pictures = _pictures(result, samples)
    first = {name: own for name, own in pictures.items() if name in ("overview", "bins", "thresholds")}
    rest = "\n".join(own for name, own in pictures.items() if name not in first)
    found = [
        Section("Result", as_html(result.blocks()) + "\n" + "\n".join(first.values())),
        Section("Pictures", element("div", rest, class_="pictures") if rest else ""),
        Section("Cutflow", _cutflow(result, samples)),
        Section("Variations and fit", "" if samples is None else inference(result, samples)),
        Section("How to apply it", applied(result)),
        Section("Provenance", _provenance(result)),
    ]
    return [section for section in found if section.body]


def _pictures(result: Shown, samples: Samples | None) -> dict[str, str]:
    from gradcut.results.joint_result import JointResult

    inside: Any = result.inside if isinstance(result, JointResult) else result
    if not hasattr(inside, "plot"):
        return {}
    return drawn(inside, None if inside is not result else samples)


def _cutflow(result: Any, samples: Samples | None) -> str:
    from gradcut.regions import Regions
    from gradcut.results.cut_result import CutResult
    from gradcut.results.joint_result import JointResult

    if samples is None or not isinstance(result, (CutResult, JointResult)):
        return ""
    folds = bool(result.folds)
    if isinstance(result, CutResult) and isinstance(result.selection, Regions):
        return "\n".join(
            element("h3", escape(name)) + as_html(result.region(name).cutflow(samples, folds=folds).blocks())
            for name in result.selection.selections
        )
    cuts = result.cuts if isinstance(result, JointResult) else result
    return as_html(cuts.cutflow(samples, folds=folds).blocks())


def _provenance(result: Any) -> str:
    parts = []
    for name in ("provenance", "metadata"):
        own = getattr(result, name, None)
        if own:
            parts.append(plain_data(own))
    return "\n".join(parts)


def _title(result: Shown) -> str:
    kinds = {
        "CutResult": "Learned cuts",
        "ScanResult": "Working points",
        "BinningResult": "Learned bins",
        "ObservableResult": "Learned observable",
        "JointResult": "Learned cuts and bins",
        "FlatPoint": "Flat working point",
        "Menu": "Trigger menu",
        "Bootstrap": "Bootstrap of cuts",
        "Cutflow": "Cutflow",
    }
    return kinds.get(type(result).__name__, type(result).__name__)
