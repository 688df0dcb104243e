"""Pictures of a scan as files."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradcut.errors import DeclarationError
from gradcut.report.files import check_formats, check_labels, write

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike, NDArray

    from gradcut.results import ScanResult

__all__ = ["plot_efficiencies", "plot_roc", "plot_scan", "plot_thresholds"]


def plot_scan(
    scan: ScanResult,
    folder: str | os.PathLike[str],
    *,
    formats: Iterable[str] = ("png",),
    labels: Mapping[str, str] | None = None,
) -> tuple[Path, ...]:
    """Draw cuts and efficiencies against the target, and the ROC points.

    Parameters
    ----------
    scan : ScanResult
        A live one, or one from a file.
    folder : path
        Made where it does not exist.
    formats : iterable of {"png", "pdf", "svg"}, default ("png",)
        Kinds of files.
    labels : mapping of str to str, optional
        What to write for a feature, such as ``{"met": r"$E_T^{miss}$ [GeV]"}``.

    Returns
    -------
    tuple of Path
        The files: ``thresholds``, ``efficiencies`` and ``roc``.

    Raises
    ------
    DeclarationError
        If matplotlib or mplhep is not installed, a format is unknown, or a label is for no cut.
    """
    kinds = check_formats(formats)
    _check_labels(scan, labels)
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for kind in kinds:
        written.append(plot_thresholds(scan, target / f"thresholds.{kind}", labels=labels))
        written.append(plot_efficiencies(scan, target / f"efficiencies.{kind}"))
        written.append(plot_roc(scan, target / f"roc.{kind}"))
    return tuple(written)


def plot_thresholds(
    scan: ScanResult, path: str | os.PathLike[str], *, labels: Mapping[str, str] | None = None
) -> Path:
    """Draw every cut against the target efficiency (CABIN, figs. 13 and 19).

    Parameters
    ----------
    scan : ScanResult
        The scan.
    path : path
        File to write; its suffix says what kind.
    labels : mapping of str to str, optional
        As for :func:`plot_scan`.

    Returns
    -------
    Path
        The file.
    """
    _check_labels(scan, labels)

    def draw() -> Figure:
        from gradcut.report.thresholds_figure import thresholds_figure

        return thresholds_figure(scan, labels or {})

    return write(draw, path)


def plot_efficiencies(scan: ScanResult, path: str | os.PathLike[str]) -> Path:
    """Draw the efficiencies that were reached against the target (CABIN, figs. 14 and 20).

    Parameters
    ----------
    scan, path
        As for :func:`plot_thresholds`.

    Returns
    -------
    Path
        The file.
    """

    def draw() -> Figure:
        from gradcut.report.efficiencies_figure import efficiencies_figure

        return efficiencies_figure(scan)

    return write(draw, path)


def plot_roc(
    scan: ScanResult,
    path: str | os.PathLike[str],
    *,
    compare: Mapping[str, tuple[ArrayLike, ArrayLike]] | None = None,
) -> Path:
    """Draw the background efficiency against that of the signal.

    Parameters
    ----------
    scan, path
        As for :func:`plot_thresholds`.
    compare : mapping of str to pair of array_like, optional
        Other curves by what to call them: signal and background efficiencies, each of shape (points,), such
        as what ``roc()`` of another scan gives.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    DeclarationError
        If a curve is no pair of as many signal as background efficiencies.
    """
    curves = {label: _curve(label, pair) for label, pair in (compare or {}).items()}

    def draw() -> Figure:
        from gradcut.report.efficiencies_figure import roc_figure

        return roc_figure(scan, curves)

    return write(draw, path)


def _curve(label: str, pair: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    import numpy as np

    try:
        signal, background = (np.asarray(values, dtype=np.float64) for values in pair)
    except (TypeError, ValueError) as error:
        raise DeclarationError(
            "a curve is a pair of signal and background efficiencies",
            given=repr(pair)[:80],
            where=f"'{label}'",
        ) from error
    if signal.ndim != 1 or signal.shape != background.shape or not len(signal):
        raise DeclarationError(
            "a curve has as many signal as background efficiencies",
            given=f"shapes {signal.shape} and {background.shape}",
            where=f"'{label}'",
        )
    return signal, background


def _check_labels(scan: ScanResult, labels: Mapping[str, str] | None) -> None:
    check_labels([cut.label for cut in scan.selection.cuts], labels)
