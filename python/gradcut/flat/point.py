"""What a flat working point is, and how flat."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from gradcut.results.cuts import Cuts
from gradcut.results.document import check_names, read, values_of, write
from gradcut.results.shown import Shown
from gradcut.selection import Selection
from gradcut.tables import Block, Paragraph, Table

if TYPE_CHECKING:
    from gradcut.results.rows import FoldRow

__all__ = ["FlatPoint", "FlatRange"]


FORMAT = "gradcut-flat-point"


@dataclass(frozen=True)
class FlatRange:
    """One range of the property.

    Parameters
    ----------
    low, high : float
        Its ends; the outermost are open.
    wanted : float
        Efficiency, or yield, that was asked for there.
    used, unused : float
        What it is on events that were learned from, and on others (NaN without any).
    used_error, unused_error : float
        Their statistical uncertainties.
    """

    low: float
    high: float
    wanted: float
    used: float
    used_error: float
    unused: float
    unused_error: float


@dataclass(frozen=True)
class FlatPoint(Shown, Cuts):
    """A cut whose threshold follows a property such that its efficiency, or its rate, does not.

    Parameters
    ----------
    selection : Selection
        The one cut, with its curve.
    values : dict of str to float
        Parameters of the curve.
    quantity : str
        ``"efficiency"`` or ``"yield"``.
    target : float
        What was asked for.
    reached : float
        What all events that were learned from give together.
    ranges : tuple of FlatRange
        How flat it is.
    provenance : dict
        Samples, processes and settings.
    metadata : dict
        When and with what it was made.

    Notes
    -----
    ``mask``, ``apply``, ``define``, ``filters`` and ``cutflow`` are those of every result.
    """

    selection: Selection
    values: Mapping[str, float]
    quantity: str
    target: float
    reached: float
    ranges: tuple[FlatRange, ...]
    provenance: Mapping[str, Any] = field(default_factory=dict)
    folds: tuple[FoldRow, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it as JSON (``gradcut/results/flat_point.schema.json``).

        Parameters
        ----------
        path : path
            The file.
        """
        content = {
            "selection": self.selection.to_json(),
            "values": dict(self.values),
            "quantity": self.quantity,
            "target": self.target,
            "reached": self.reached,
            "ranges": [asdict(row) for row in self.ranges],
            "provenance": dict(self.provenance),
        }
        write(path, FORMAT, json.loads(json.dumps(content, default=str)), self.metadata)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> FlatPoint:
        """Read what :meth:`save` wrote.

        Parameters
        ----------
        path : path
            The file.

        Raises
        ------
        SchemaError
            If it is missing, damaged, foreign or of another version.
        """
        document = read(path, FORMAT, "flat_working_point", "flat_point")
        content = document["content"]
        selection = Selection.from_json(content["selection"])
        check_names(content["values"], selection.parameters, str(path))
        return cls(
            selection=selection,
            values=values_of(content["values"]),
            quantity=content["quantity"],
            target=content["target"],
            reached=content["reached"],
            ranges=tuple(FlatRange(**values_of(row)) for row in content["ranges"]),
            provenance=content["provenance"],
            metadata=document["metadata"],
        )

    @property
    def pulls(self) -> tuple[float, ...]:
        """Per range how far the unused events (else the used ones) are from what was wanted, in errors."""
        found = []
        for row in self.ranges:
            value, error = (row.unused, row.unused_error)
            if value != value:
                value, error = row.used, row.used_error
            found.append((value - row.wanted) / error if error > 0 else 0.0)
        return tuple(found)

    def blocks(self) -> list[Block]:
        """What there is to say, as tables and paragraphs."""
        along = self.provenance["along"]
        rows = [
            [
                f"{row.low:.4g} .. {row.high:.4g}",
                f"{row.wanted:.4g}",
                f"{row.used:.4g} +- {row.used_error:.2g}",
                "-" if row.unused != row.unused else f"{row.unused:.4g} +- {row.unused_error:.2g}",
            ]
            for row in self.ranges
        ]
        head = [str(along), "wanted", f"{self.quantity}, used", "unused"]
        curve = ", ".join(f"{name} = {value:.5g}" for name, value in self.values.items())
        first = f"flat {self.quantity}: {self.target:.6g} wanted, {self.reached:.6g} reached"
        return [Paragraph(first), Paragraph(curve), Table(head, rows)]
