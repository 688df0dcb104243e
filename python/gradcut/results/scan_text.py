"""A scan as a table that fits a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradcut.results.shown import WIDTH
from gradcut.tables import Block, Paragraph, Table, Warned, number, plus_minus, shortened

if TYPE_CHECKING:
    from gradcut.results.scan_result import ScanResult

__all__ = ["blocks"]


def blocks(scan: ScanResult) -> list[Block]:
    """What there is to say of a scan: efficiencies, then thresholds, one row per working point."""
    judged = all(point.unused is not None for point in scan.points)
    certified = [point.certificate for point in scan.points if point.certificate is not None]
    head = ["target", "signal, used", "background, used"]
    head += ["signal, unused", "background, unused", "rejection"] if judged else []
    head += ["exchange"] if certified else []
    rows = []
    for point in scan.points:
        row = [number(point.target), f"{point.used.signal:.5f}", number(point.used.background)]
        if point.unused is not None and judged:
            one = point.unused
            rejection = 1 / one.background if one.background > 0 else np.inf
            row += [
                plus_minus(one.signal, one.signal_error),
                plus_minus(one.background, one.background_error),
                number(rejection, 3),
            ]
        if point.certificate is not None:
            row.append(f"-{point.certificate.gain:.2%}" if point.certificate.gain > 0 else "none")
        rows.append(row)
    notes = ""
    if certified:
        notes = (
            "exchange: what loosening one threshold and tightening another would still take off the "
            f"background of the used events ({certified[0].pairs} pairs, {certified[0].places} places each)"
        )
    found: list[Block] = [
        Paragraph(f"scan of {len(scan.points)} signal efficiencies, {scan.status}"),
        Table(head, rows, notes=notes),
        *_thresholds(scan),
    ]
    return [*found, Warned(scan.warnings)] if scan.warnings else found


def _thresholds(scan: ScanResult) -> list[Table]:
    """Thresholds, in several tables where one would be too broad."""
    names = list(scan.selection.parameters)
    cells = {
        name: [
            "open" if np.isinf(point.values[name]) else number(point.values[name]) for point in scan.points
        ]
        for name in names
    }
    labels = {name: shortened(name, 24) for name in names}
    found: list[Table] = []
    while names:
        taken: list[str] = []
        width = len("target")
        for name in names:
            width += 2 + max(len(labels[name]), *(len(cell) for cell in cells[name]))
            if width > WIDTH and taken:
                break
            taken.append(name)
        names = names[len(taken) :]
        rows = [
            [number(point.target), *(cells[name][at] for name in taken)]
            for at, point in enumerate(scan.points)
        ]
        found.append(Table(["target", *(labels[name] for name in taken)], rows))
    return found
