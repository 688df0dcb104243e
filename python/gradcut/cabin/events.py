"""Events as the networks of CABIN take them: standardised, signal above background."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gradcut.engines.segments import segments_of
from gradcut.errors import DeclarationError
from gradcut.fitting.scaling import balanced_weights
from gradcut.kernel_spec import KINDS, MISSING_PASSES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.kernel_spec import KernelSpec
    from gradcut.samples import EventTables

__all__ = ["StandardEvents"]


@dataclass(frozen=True)
class StandardEvents:
    """Nominal events of signal and background.

    Parameters
    ----------
    x : ndarray of shape (events, features)
        Features less their mean, over their width, and times their sign. A missing value is NaN.
    weights : ndarray of shape (events,)
        As they are, negative ones included.
    is_signal : ndarray of bool, shape (events,)
        Whether an event is signal.
    mean, width, sign : ndarray of shape (features,)
        What was subtracted, divided by, and +1 for a lower threshold, -1 for an upper one.
    passes : ndarray of bool, shape (features,)
        Whether an event without a value passes the cut.
    """

    x: NDArray[np.float64]
    weights: NDArray[np.float64]
    is_signal: NDArray[np.bool_]
    mean: NDArray[np.float64]
    width: NDArray[np.float64]
    sign: NDArray[np.float64]
    passes: NDArray[np.bool_]

    @classmethod
    def of(cls, spec: KernelSpec, tables: EventTables) -> StandardEvents:
        """Standardise collected events.

        Mean and width are those of signal and background together, each of which counts one half, with
        absolute weights: for as many events of either, of weight one, those of scikit-learn's scaler.

        Raises
        ------
        DeclarationError
            If a cut is a window or a veto, or cuts share a threshold: the paper has one per feature.
        """
        for name, kind in zip(spec.cuts, spec.kinds, strict=True):
            if kind not in (KINDS["above"], KINDS["below"]):
                raise DeclarationError(
                    "CABIN has one threshold per feature",
                    given=f"a window or veto of '{name}'",
                    allowed="cuts such as 'met > ?'",
                    hint="gc.scan_cuts learns windows and vetoes",
                )
        if len(spec.parameters) < spec.n_cuts:
            raise DeclarationError(
                "CABIN has one threshold per feature",
                given=f"{len(spec.parameters)} thresholds of {spec.n_cuts} cuts",
                hint="gc.scan_cuts learns shared thresholds",
            )
        segments = [segment for segment in segments_of(tables, spec) if segment.at[2] == 0]
        roles = dict(zip(tables.processes, _roles(tables), strict=True))
        is_signal = [roles[name] == "signal" for name in tables.processes]
        balanced = balanced_weights(segments, is_signal)
        columns = [
            np.concatenate([segment.columns[cut].astype(np.float64) for segment in segments])
            for cut in range(spec.n_cuts)
        ]
        x = np.stack(columns, axis=1)
        known = np.isfinite(x)
        shares = np.where(known, balanced[:, None], 0.0)
        total = np.maximum(shares.sum(axis=0), 1e-300)
        finite = np.where(known, x, 0.0)
        mean = (shares * finite).sum(axis=0) / total
        width = np.sqrt((shares * (finite - mean) ** 2).sum(axis=0) / total)
        width = np.where(width > 0, width, 1.0)
        sign = np.where(spec.kinds == KINDS["above"], 1.0, -1.0)
        return cls(
            x=(x - mean) / width * sign,
            weights=np.concatenate([segment.weights for segment in segments]),
            is_signal=np.repeat(
                [is_signal[segment.at[1]] for segment in segments], [s.n_events for s in segments]
            ),
            mean=mean,
            width=width,
            sign=sign,
            passes=(spec.flags & MISSING_PASSES) != 0,
        )

    def filled(self) -> NDArray[np.float64]:
        """Features with missing values where every threshold decides about them as declared."""
        return np.where(np.isnan(self.x), np.where(self.passes, np.inf, -np.inf), self.x)

    def normalised(self, role: bool) -> NDArray[np.float64]:
        """Weights of signal (True) or background with a sum of one, zero for the others."""
        weights = np.where(self.is_signal == role, self.weights, 0.0)
        return np.asarray(weights / weights.sum())

    def thresholds(self, biases: NDArray[np.float64]) -> NDArray[np.float64]:
        """Thresholds in the units of the features, of biases of shape (..., features): eq. 2."""
        return np.asarray(self.mean - self.sign * self.width * biases)


def _roles(tables: EventTables) -> list[str]:
    found = {table.process: table.role for table in tables.values()}
    return [found[name] for name in tables.processes]
