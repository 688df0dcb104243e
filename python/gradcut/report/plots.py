"""Pictures of a result as files."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from gradcut.errors import DataError, DeclarationError, close_matches
from gradcut.report.files import check_formats, check_labels, write

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from gradcut.results import CutResult
    from gradcut.results.pictures import CutPicture

__all__ = ["plot", "plot_cut", "plot_history", "plot_overview"]


def plot(
    result: CutResult,
    folder: str | os.PathLike[str],
    *,
    formats: Iterable[str] = ("png",),
    labels: Mapping[str, str] | None = None,
) -> tuple[Path, ...]:
    """Draw every cut, an overview and the course of the fit.

    Parameters
    ----------
    result : CutResult
        A live result, or one from a file.
    folder : path
        Made where it does not exist.
    formats : iterable of {"png", "pdf", "svg"}, default ("png",)
        Kinds of files.
    labels : mapping of str to str, optional
        What to write for a feature, such as ``{"met": r"$E_T^{miss}$ [GeV]"}``. What stands in brackets at
        the end is taken for the unit.

    Returns
    -------
    tuple of Path
        The files: ``overview``, ``history``, and ``cut_<feature>`` for every cut.

    Raises
    ------
    DeclarationError
        If matplotlib or mplhep is not installed, a format is unknown, or a label is for no cut.
    DataError
        If the result has nothing to draw.
    """
    kinds = check_formats(formats)
    _check_labels(result, labels)
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for kind in kinds:
        written.append(plot_overview(result, target / f"overview.{kind}", labels=labels))
        if result.history:
            written.append(plot_history(result, target / f"history.{kind}"))
        for name, picture in zip(_names(result), result.pictures, strict=True):
            written.append(plot_cut(result, picture.cut, target / f"{name}.{kind}", labels=labels))
    return tuple(written)


def plot_cut(
    result: CutResult,
    cut: str,
    path: str | os.PathLike[str],
    *,
    labels: Mapping[str, str] | None = None,
) -> Path:
    """Draw one cut: its feature before the cuts and with all others applied, and the scan of its threshold.

    Parameters
    ----------
    result : CutResult
        The result.
    cut : str
        The label of a cut: the text of its feature, such as ``"met"``.
    path : path
        File to write; its suffix says what kind.
    labels : mapping of str to str, optional
        As for :func:`plot`.

    Returns
    -------
    Path
        The file.
    """
    _check_labels(result, labels)
    picture = _picture(result, cut)

    def draw() -> Figure:
        from gradcut.report.cut_figure import cut_figure

        return cut_figure(result, picture, labels or {})

    return write(draw, path)


def plot_overview(
    result: CutResult, path: str | os.PathLike[str], *, labels: Mapping[str, str] | None = None
) -> Path:
    """Draw all cuts on one page, each with all others applied.

    Parameters
    ----------
    result, path, labels
        As for :func:`plot_cut`.

    Returns
    -------
    Path
        The file.
    """
    _check_labels(result, labels)
    if not result.pictures:
        raise DataError("the result has nothing to draw", hint="fit again with this version of gradcut")

    def draw() -> Figure:
        from gradcut.report.overview_figure import overview_figure

        return overview_figure(result, labels or {})

    return write(draw, path)


def plot_history(result: CutResult, path: str | os.PathLike[str]) -> Path:
    """Draw the course of the fit: the best soft objective and the width of the smooth steps.

    Parameters
    ----------
    result, path
        As for :func:`plot_cut`.

    Returns
    -------
    Path
        The file.
    """
    if not result.history:
        raise DataError("the result has no history")

    def draw() -> Figure:
        from gradcut.report.history_figure import history_figure

        return history_figure(result)

    return write(draw, path)


def _picture(result: CutResult, cut: str) -> CutPicture:
    for picture in result.pictures:
        if picture.cut == cut:
            return picture
    raise DeclarationError(
        f"no cut is called '{cut}'", hint=close_matches(cut, [picture.cut for picture in result.pictures])
    )


def _check_labels(result: CutResult, labels: Mapping[str, str] | None) -> None:
    check_labels([picture.cut for picture in result.pictures], labels)


def _names(result: CutResult) -> list[str]:
    """File names of the cuts without suffix, each once: features may differ in signs only."""
    names: list[str] = []
    for picture in result.pictures:
        plain = "cut_" + (re.sub(r"\W+", "_", picture.cut).strip("_") or "feature")
        name, number = plain, 2
        while name in names:
            name, number = f"{plain}_{number}", number + 1
        names.append(name)
    return names
