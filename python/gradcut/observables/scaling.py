"""Scales of the inputs of a network: robust against tails, the same for all variations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gradcut.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.engines.segments import Segment
    from gradcut.observables.observable import Observable
    from gradcut.yields import YieldsLayout

__all__ = ["Scaling", "scaling_of"]

#: So many events of a process are enough for its quantiles.
ENOUGH = 100_000


@dataclass(frozen=True, eq=False)
class Scaling:
    """How inputs are standardised.

    Parameters
    ----------
    centre, scale : ndarray of float64, shape (inputs,)
        Medians, and halves of the distances between the quantiles at 16% and 84%.
    clip : float
        Standardised inputs are kept within plus or minus this.
    flagged : tuple of int
        Inputs whose missing values are replaced by the centre, with one more input each that says so.
    """

    centre: NDArray[np.float64]
    scale: NDArray[np.float64]
    clip: float
    flagged: tuple[int, ...]

    @property
    def n_inputs(self) -> int:
        """Inputs of the network, flags included."""
        return len(self.centre) + len(self.flagged)

    def known(self, columns: list[NDArray[np.generic]]) -> NDArray[np.bool_]:
        """Events that no input is missing of, but those with a flag."""
        found = np.ones(len(columns[0]), dtype=np.bool_)
        for k, x in enumerate(columns):
            if k not in self.flagged and x.dtype.kind == "f":
                found &= ~np.isnan(x)
        return found

    def standardised(self, columns: list[NDArray[np.generic]]) -> NDArray[np.float32]:
        """Inputs of the network, shape (events, inputs).

        Parameters
        ----------
        columns : list of ndarray, shape (events,)
            One per input, in their own types. Rows with a missing input without a flag mean nothing.
        """
        made = np.empty((len(columns[0]), self.n_inputs), dtype=np.float32)
        for k, x in enumerate(columns):
            z = (x.astype(np.float64) - self.centre[k]) / self.scale[k]
            made[:, k] = np.clip(np.where(np.isnan(z), 0.0, z), -self.clip, self.clip)
        for j, k in enumerate(self.flagged):
            made[:, len(columns) + j] = np.isnan(columns[k]) if columns[k].dtype.kind == "f" else 0.0
        return made


def scaling_of(observable: Observable, layout: YieldsLayout, segments: list[Segment]) -> Scaling:
    """Find the scales of inputs, of nominal events; signal and background count the same.

    Raises
    ------
    DataError
        If an input has no value in any event.
    """
    n = len(observable.names)
    centre, scale, flagged = np.zeros(n), np.ones(n), []
    for k, name in enumerate(observable.names):
        values, weights, missing = [], [], False
        for role in ("signal", "background"):
            own = [s for s in segments if s.at[2] == 0 and layout.roles[s.at[1]] == role and s.n_events]
            total = sum(float(np.abs(s.weights).sum()) for s in own)
            for s in own:
                step = max(1, s.n_events // ENOUGH)
                x = np.asarray(s.columns[k])[::step].astype(np.float64)
                w = np.abs(s.weights[::step]) * step / max(total, np.finfo(float).tiny)
                counts = w > 0
                missing |= bool(np.isnan(x[counts]).any())
                good = counts & np.isfinite(x)
                values.append(x[good])
                weights.append(w[good])
        x, w = np.concatenate([np.zeros(0), *values]), np.concatenate([np.zeros(0), *weights])
        if not len(x):
            raise DataError(
                "no event has a value", where=f"input '{name}'", given="NaN or infinite everywhere"
            )
        if missing and observable.missing == "flag":
            flagged.append(k)
        order = np.argsort(x, kind="stable")
        shares = (np.cumsum(w[order]) - 0.5 * w[order]) / w.sum()
        low, centre[k], high = np.interp([0.16, 0.5, 0.84], shares, x[order])
        spread = float(np.sqrt(np.average((x - centre[k]) ** 2, weights=w)))
        # Discrete columns may have no distance between quantiles, constant ones no spread at all.
        scale[k] = (high - low) / 2 if high > low else spread if spread > 0 else 1.0
    return Scaling(centre, scale, observable.clip, tuple(flagged))
