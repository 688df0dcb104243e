"""Coordinates in which edges are moved: monotone maps of a column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from gradcut.errors import DataError, DeclarationError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["COORDINATES", "Coordinate", "CoordinateName", "coordinate"]

CoordinateName = Literal["linear", "logit", "quantile"]
COORDINATES: tuple[CoordinateName, ...] = ("linear", "logit", "quantile")

#: Knots of the quantile coordinate.
KNOTS = 1024


@dataclass(frozen=True, eq=False)
class Coordinate:
    """A monotone map of a column to the range in which edges are free.

    Parameters
    ----------
    name : str
        ``"linear"``, ``"logit"`` (of the place in the range from low to high) or ``"quantile"``.
    low, high : float
        Range of the column.
    knots : ndarray of float64
        For quantiles: values of the column at equal steps of its distribution, increasing.
    """

    name: CoordinateName
    low: float
    high: float
    knots: NDArray[np.float64]

    def forward(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Coordinate of values of the column; NaN stays NaN, what is outside of the range may be infinite."""
        place = (x - self.low) / (self.high - self.low)
        if self.name == "linear":
            return np.asarray(place)
        if self.name == "logit":
            with np.errstate(divide="ignore", invalid="ignore"):
                inside = np.clip(place, 0.0, 1.0)
                return np.asarray(np.log(inside) - np.log1p(-inside))
        return np.asarray(np.interp(x, self.knots, np.linspace(0.0, 1.0, len(self.knots))))

    def inverse(self, t: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values of the column at coordinates."""
        if self.name == "quantile":
            return np.asarray(np.interp(t, np.linspace(0.0, 1.0, len(self.knots)), self.knots))
        place = t if self.name == "linear" else 1 / (1 + np.exp(-np.clip(t, -700, 700)))
        return np.asarray(self.low + place * (self.high - self.low))


def coordinate(
    name: CoordinateName,
    low: float,
    high: float,
    values: NDArray[np.float64],
    weights: NDArray[np.float64],
    *,
    where: str,
) -> Coordinate:
    """Make the coordinate of a column from its events.

    Parameters
    ----------
    name : str
        Which.
    low, high : float
        Range of the column.
    values, weights : ndarray of shape (n_events,)
        Events that say where quantiles are; weights are not negative.
    where : str
        The column, for messages.

    Raises
    ------
    DataError
        If all events are in one point.
    """
    if name not in COORDINATES:
        raise DeclarationError(
            "unknown coordinates", given=repr(name), allowed=", ".join(map(repr, COORDINATES)), where=where
        )
    if name != "quantile":
        return Coordinate(name, low, high, np.zeros(0))
    inside = (values >= low) & (values <= high) & (weights > 0)
    order = np.argsort(values[inside], kind="stable")
    x, running = values[inside][order], np.cumsum(weights[inside][order])
    levels = np.linspace(0.0, 1.0, KNOTS + 1)[1:-1]
    at = np.searchsorted(running, levels * running[-1]) if len(x) else np.zeros(0, dtype=np.int64)
    knots = np.unique(np.concatenate([[low], x[at], [high]])) if len(x) else np.array([low, high])
    if len(x) == 0 or x[0] == x[-1]:
        raise DataError(
            "all events are in one point, there is nothing to divide",
            where=where,
            given=f"{len(x)} events in the range, all at {x[0]:g}" if len(x) else "no events in the range",
        )
    return Coordinate(name, low, high, knots)
