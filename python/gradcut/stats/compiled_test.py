"""Compiled asymptotic tests and upper limits, with gradients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from gradcut.errors import DeclarationError
from gradcut.stats.compiled import CompiledLikelihood, rows, same_models

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from gradcut.stats.compiled_fit import FitBox

__all__ = ["OUTPUTS", "STATISTICS", "HypoTests", "Statistic", "UpperLimits", "hypotest", "upper_limit"]

Statistic = Literal["qmu_tilde", "qmu", "q0", "tmu"]
#: Codes of ``GradCutTestStatistic`` in ``gradcut/kernels/HypoTest.h``, where the formulas are.
STATISTICS: dict[Statistic, int] = {"qmu_tilde": 0, "qmu": 1, "q0": 2, "tmu": 3}
#: Positions of the numbers of a test (``GradCutTestOutput``); bands are those at +2, +1, 0, -1, -2 sigma.
OUTPUTS = {
    "q": slice(0, 1),
    "q_asimov": slice(1, 2),
    "z": slice(2, 3),
    "z_asimov": slice(3, 4),
    "log_psb": slice(4, 5),
    "log_pb": slice(5, 6),
    "log_cls": slice(6, 7),
    "log_band": slice(7, 12),
    "psb": slice(12, 13),
    "pb": slice(13, 14),
    "cls": slice(14, 15),
    "band": slice(15, 20),
}
N_OUTPUTS = 20


@dataclass(frozen=True, eq=False)
class HypoTests:
    """Results of tests; arrays with one row per model.

    Parameters
    ----------
    outputs : ndarray, shape (models, 20)
        Numbers in the order of :data:`OUTPUTS`; see :meth:`get`. NaN where a fit did not end.
    mu_hat : ndarray
        Best fits of the tested parameter.
    status, flags : ndarray of int
        The worst status of the fits, and all of their flags; see :mod:`gradcut.stats.compiled_fit`.
    d_inputs, d_data, d_mu : ndarray, optional
        Derivatives of ``sum(cotangents * outputs)`` in inputs, data and tested values.
    """

    outputs: NDArray[np.float64]
    mu_hat: NDArray[np.float64]
    status: NDArray[np.int32]
    flags: NDArray[np.int32]
    d_inputs: NDArray[np.float64] | None
    d_data: NDArray[np.float64] | None
    d_mu: NDArray[np.float64] | None

    def get(self, name: str) -> NDArray[np.float64]:
        """A number per model by its name in :data:`OUTPUTS`, five for bands."""
        found = self.outputs[:, OUTPUTS[name]]
        return found[:, 0] if found.shape[1] == 1 else found


@dataclass(frozen=True, eq=False)
class UpperLimits:
    """Upper limits; arrays with one row per model.

    Parameters
    ----------
    limits : ndarray, shape (models, 6)
        Observed, then expected at +2, +1, 0, -1, -2 sigma. NaN where a fit did not end, and (flag
        ``no limit``) where nothing is excluded.
    status, flags : ndarray of int
        As of :class:`HypoTests`.
    d_inputs, d_data : ndarray, optional
        Derivatives of ``sum(cotangents * limits)`` in inputs and data.
    """

    limits: NDArray[np.float64]
    status: NDArray[np.int32]
    flags: NDArray[np.int32]
    d_inputs: NDArray[np.float64] | None
    d_data: NDArray[np.float64] | None


def hypotest(
    likelihood: CompiledLikelihood,
    inputs: ArrayLike,
    box: FitBox,
    poi: int,
    mu: ArrayLike = 1.0,
    *,
    data: ArrayLike | None = None,
    statistic: Statistic = "qmu_tilde",
    cotangents: ArrayLike | None = None,
) -> HypoTests:
    """Test a parameter with asymptotic formulas, all fits in one call.

    Parameters
    ----------
    likelihood : CompiledLikelihood
        The model.
    inputs : array_like
        Its numbers, one row per model or one for all.
    box : FitBox
        Starts, bounds and fixed parameters. ``"qmu"`` and ``"qmu_tilde"`` differ in the lower bound of the
        tested parameter: one below 0 is 0 for ``"qmu_tilde"``.
    poi : int
        Position of the tested parameter.
    mu : array_like, default 1
        Tested values, one per model or one for all. ``"q0"`` tests 0.
    data : array_like, optional
        What was observed. Default: what is expected at the start of fits with the parameter at 0 (for
        ``"q0"`` at 1), for median expectations; gradients go through it.
    statistic : {"qmu_tilde", "qmu", "q0", "tmu"}
        The test statistic.
    cotangents : array_like, shape (20,) or (models, 20), optional
        Derivatives of a number in the outputs: asks for gradients.

    Raises
    ------
    DeclarationError
        If shapes do not fit, or there is no such statistic or parameter.
    """
    start, lower, upper, fixed = _arrays(box, poi, likelihood, statistic)
    outputs, mu_hat, status, flags, *gradients = same_models(
        likelihood.kernel.hypotest,
        likelihood.input_rows(inputs),
        None if data is None else likelihood.data_rows(data),
        start,
        lower,
        upper,
        fixed,
        poi,
        _code(statistic),
        np.ascontiguousarray(mu, dtype=np.float64).reshape(-1),
        None if cotangents is None else rows(cotangents, N_OUTPUTS, "cotangents"),
    )
    d_inputs, d_data, d_mu = gradients if cotangents is not None else (None, None, None)
    return HypoTests(outputs, mu_hat, status, flags, d_inputs, d_data, d_mu)


def upper_limit(
    likelihood: CompiledLikelihood,
    inputs: ArrayLike,
    box: FitBox,
    poi: int,
    *,
    data: ArrayLike | None = None,
    statistic: Statistic = "qmu_tilde",
    level: float = 0.05,
    cotangents: ArrayLike | None = None,
) -> UpperLimits:
    """Find where CLs reaches a level: observed and expected upper limits.

    Parameters
    ----------
    likelihood, inputs, box, poi, data, statistic
        As for :func:`hypotest`. Limits may be above the upper bound of the parameter.
    level : float, default 0.05
        Between 0 and 0.5.
    cotangents : array_like, shape (6,) or (models, 6), optional
        Derivatives of a number in the limits: asks for gradients.

    Raises
    ------
    DeclarationError
        If shapes do not fit, the level is out of range, or there is no such statistic or parameter.
    """
    if statistic == "q0":
        raise DeclarationError("a test of zero has no upper limit", given="statistic='q0'")
    if not 0 < level < 0.5:
        raise DeclarationError("a level lies between 0 and 0.5", given=f"{level:g}", where="level")
    start, lower, upper, fixed = _arrays(box, poi, likelihood, statistic)
    limits, status, flags, *gradients = same_models(
        likelihood.kernel.upper_limit,
        likelihood.input_rows(inputs),
        None if data is None else likelihood.data_rows(data),
        start,
        lower,
        upper,
        fixed,
        poi,
        _code(statistic),
        float(level),
        None if cotangents is None else rows(cotangents, 6, "cotangents"),
    )
    d_inputs, d_data = gradients if cotangents is not None else (None, None)
    return UpperLimits(limits, status, flags, d_inputs, d_data)


def _arrays(
    box: FitBox, poi: int, likelihood: CompiledLikelihood, statistic: Statistic
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.uint8]]:
    """The box as kernels take it; signals of ``qmu_tilde`` are not negative."""
    start, lower, upper, fixed = box.arrays
    if _position(poi, likelihood) < len(lower) and statistic == "qmu_tilde":
        lower = lower.copy()
        lower[poi] = max(lower[poi], 0.0)
    return start, lower, upper, fixed


def _code(statistic: Statistic) -> int:
    if statistic not in STATISTICS:
        raise DeclarationError(
            "unknown test statistic", given=repr(statistic), allowed=", ".join(STATISTICS), where="statistic"
        )
    return STATISTICS[statistic]


def _position(poi: int, likelihood: CompiledLikelihood) -> int:
    n = len(likelihood.plan.parameters)
    if not 0 <= poi < n:
        raise DeclarationError(
            "there is no such parameter to be tested", given=str(poi), allowed=f"0 to {n - 1}", where="poi"
        )
    return poi
