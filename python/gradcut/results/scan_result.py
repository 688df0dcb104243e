"""Working points: frozen, readable, applicable."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from gradcut.errors import DeclarationError
from gradcut.results.cuts import Cuts
from gradcut.results.shown import Shown

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from gradcut.results.certificate import Certificate
    from gradcut.results.rows import FoldRow
    from gradcut.selection import Selection
    from gradcut.tables import Block

__all__ = ["Efficiency", "ScanResult", "WorkingPoint"]


@dataclass(frozen=True)
class Efficiency:
    """Hard efficiencies of a working point, with the uncertainty from the number of simulated events.

    Parameters
    ----------
    signal, signal_error, background, background_error : float
        Relative to the events that the samples require.
    """

    signal: float
    signal_error: float
    background: float
    background_error: float


@dataclass(frozen=True)
class WorkingPoint(Cuts):
    """Cuts at one signal efficiency; see :class:`gradcut.results.Cuts` for what can be done with them.

    Parameters
    ----------
    selection : Selection
        What was declared.
    values : dict of str to float
        The thresholds; infinite ones leave their side open.
    target : float
        The signal efficiency that was wanted.
    used : Efficiency
        On the events that were learned from.
    unused : Efficiency or None
        On events that chose nothing: with folds of all of them, each judged by the cuts that did not see it.
    folds : tuple of FoldRow
        Thresholds that did not see one fold, with the background efficiency where they learned.
    certificate : Certificate or None
        What exchanges of two thresholds would still gain on the events that were learned from.
    provenance : dict
        That of the scan.
    """

    selection: Selection
    values: Mapping[str, float]
    target: float
    used: Efficiency
    unused: Efficiency | None
    folds: tuple[FoldRow, ...]
    certificate: Certificate | None
    provenance: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True)
class ScanResult(Shown):
    """The result of :func:`gradcut.scan_cuts`.

    Parameters
    ----------
    selection : Selection
        What was declared.
    points : tuple of WorkingPoint
        By rising efficiency.
    status : {"finished", "interrupted"}
        How it ended.
    warnings : tuple of str
        What to know before using it.
    provenance : dict
        Samples, settings and event identity, as plain data.
    metadata : dict
        Time, host and versions; not part of the content, nor of equality.
    """

    selection: Selection
    points: tuple[WorkingPoint, ...]
    status: Literal["finished", "interrupted"]
    warnings: tuple[str, ...]
    provenance: Mapping[str, Any]
    metadata: Mapping[str, Any] = field(compare=False)

    def __len__(self) -> int:
        return len(self.points)

    def __iter__(self) -> Iterator[WorkingPoint]:
        return iter(self.points)

    @property
    def targets(self) -> tuple[float, ...]:
        """The wanted efficiencies, rising."""
        return tuple(point.target for point in self.points)

    def at(self, target: float) -> WorkingPoint:
        """Return the working point of a wanted efficiency.

        Raises
        ------
        DeclarationError
            If there is none.
        """
        for point in self.points:
            if abs(point.target - target) < 1e-9:
                return point
        raise DeclarationError(
            "there is no such working point",
            given=repr(target),
            allowed=", ".join(f"{known:g}" for known in self.targets),
            hint="gc.scan_cuts(..., efficiencies=[...])",
        )

    def export(self, path: str | os.PathLike[str], format: str | None = None, **options: Any) -> Any:
        """Write the working points as a file of another program; see :func:`gradcut.export.export`."""
        from gradcut.export import export

        return export(self, path, format, **options)

    def thresholds(self) -> dict[str, NDArray[np.float64]]:
        """Return per parameter its values, shape (working points,)."""
        return {
            name: np.array([point.values[name] for point in self.points])
            for name in self.selection.parameters
        }

    def roc(self, *, used: bool = False) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return signal and background efficiencies, each of shape (working points,).

        Parameters
        ----------
        used : bool, default False
            Of the events that were learned from; default those that chose nothing.
        """
        rows = [point.used if used else point.unused for point in self.points]
        if any(row is None for row in rows):
            raise DeclarationError(
                "no events judged this scan", hint="scan.roc(used=True), or a scan that is not interrupted"
            )
        known = [row for row in rows if row is not None]
        return np.array([row.signal for row in known]), np.array([row.background for row in known])

    def plot(
        self,
        folder: str | os.PathLike[str],
        *,
        formats: Iterable[str] = ("png",),
        labels: Mapping[str, str] | None = None,
    ) -> tuple[Path, ...]:
        """Draw cuts and efficiencies against the target; see :func:`gradcut.report.plot_scan`."""
        from gradcut.report import plot_scan

        return plot_scan(self, folder, formats=formats, labels=labels)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the result as JSON (``gradcut/results/scan_result.schema.json``).

        Raises
        ------
        DeclarationError
            If the selection has C++ in it, which is never written to files.
        """
        from gradcut.results.scan_json import save

        save(self, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> ScanResult:
        """Read what :meth:`save` wrote.

        Raises
        ------
        SchemaError
            If it is missing, damaged, foreign or of another version.
        """
        from gradcut.results.scan_json import load

        return load(path)

    def blocks(self) -> list[Block]:
        """What there is to say, as tables and paragraphs."""
        from gradcut.results.scan_text import blocks

        return blocks(self)
