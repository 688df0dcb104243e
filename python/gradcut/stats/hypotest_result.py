"""Results of hypothesis tests and of upper limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gradcut.stats.result_numbers import LimitNumbers, TestNumbers
from gradcut.tables import number

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gradcut.stats.compiled_test import Statistic

__all__ = ["HypoTestResult", "UpperLimitResult"]


@dataclass(frozen=True, eq=False)
class HypoTestResult(TestNumbers[float]):
    """Numbers of a hypothesis test.

    Parameters
    ----------
    mu : float
        The tested value.
    test_statistic : str
        ``"qmu_tilde"``, ``"qmu"``, ``"q0"`` or ``"tmu"``.
    outputs : ndarray, shape (20,)
        All numbers, see the properties.
    mu_hat : float
        Best fit of the tested parameter.
    status : str
        The worst of the fits: ``"converged"``, or ``"flat"`` where some nuisance parameter is not determined.
    met : tuple of str
        What fits met: bounds, kinks, saddles that they left, minima that were not the first ones.
    d_inputs, d_data : ndarray, optional
        Derivatives of what was asked for in ``model.inputs`` and in the data.
    d_mu : float, optional
        That in the tested value.
    """

    mu: float
    test_statistic: Statistic
    outputs: NDArray[np.float64]
    mu_hat: float
    status: str
    met: tuple[str, ...] = ()
    d_inputs: NDArray[np.float64] | None = None
    d_data: NDArray[np.float64] | None = None
    d_mu: float | None = None

    def at(self, position: int) -> float:
        """See the base class."""
        return float(self.outputs[position])

    def __str__(self) -> str:
        band = ", ".join(f"{name}: {number(value)}" for name, value in self.expected.items())
        what, value = ("p0", self.p_sb) if self.test_statistic == "q0" else ("CLs", self.cls)
        lines = [
            f"mu = {number(self.mu)} by {self.test_statistic}: {what} = {number(value)}, "
            f"Z = {number(self.z)}",
            f"p_sb = {number(self.p_sb)}, p_b = {number(self.p_b)}, q = {number(self.q)}, best fit "
            f"{number(self.mu_hat)}",
            f"expected {what}: {band}",
            f"fits {self.status}" + (f", met {', '.join(self.met)}" if self.met else ""),
        ]
        return "\n".join(lines)


@dataclass(frozen=True, eq=False)
class UpperLimitResult(LimitNumbers[float]):
    """Upper limits on the parameter of interest.

    Parameters
    ----------
    level : float
        CLs at the limit.
    test_statistic : str
        The test statistic.
    limits : ndarray, shape (6,)
        Observed, then expected ones, see the properties.
    status, met
        As of :class:`HypoTestResult`.
    d_inputs, d_data : ndarray, optional
        Derivatives of what was asked for.
    """

    level: float
    test_statistic: Statistic
    limits: NDArray[np.float64]
    status: str
    met: tuple[str, ...] = ()
    d_inputs: NDArray[np.float64] | None = None
    d_data: NDArray[np.float64] | None = None

    def at(self, position: int) -> float:
        """See the base class."""
        return float(self.limits[position])

    def __str__(self) -> str:
        band = ", ".join(f"{name}: {number(value)}" for name, value in self.expected.items())
        return (
            f"upper limit at {1 - self.level:.0%} confidence: {number(self.observed)}; expected {band}\n"
            f"fits {self.status}" + (f", met {', '.join(self.met)}" if self.met else "")
        )
