"""What a maximum-likelihood fit found."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from gradcut.errors import DeclarationError, close_matches
from gradcut.tables import table

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["FitResult"]


@dataclass(frozen=True, eq=False, repr=False)
class FitResult:
    """A maximum-likelihood fit.

    Parameters
    ----------
    parameters : tuple of str
        Names.
    values : ndarray, shape (parameters,)
        Where the fit ended.
    covariance : ndarray, shape (parameters, parameters)
        Inverse Hessian of the parameters that move, 0 for others; NaN where there is none, which
        :attr:`status` says.
    nll : float
        ``-log L`` there.
    status : str
        ``"converged"``: a minimum. ``"flat"``: a minimum, but some direction of the parameters does not
        change the likelihood. Others are no minimum: ``"not converged"``, ``"saddle"``, ``"unbounded"``,
        ``"impossible"`` (events where none are expected), ``"invalid"``.
    flags : tuple of str
        What the fit met: ``"at a bound"``, ``"at a kink"``, ``"negative rate"``, ``"other minimum"`` (there
        are several; this is the lowest that was found), ``"left a saddle"``.
    fixed, at_bound, at_kink : tuple of str
        Parameters that do not move: as asked for, held by a bound, or by a kink of the interpolation.
    """

    parameters: tuple[str, ...]
    values: NDArray[np.float64]
    covariance: NDArray[np.float64]
    nll: float
    status: str
    flags: tuple[str, ...]
    fixed: tuple[str, ...]
    at_bound: tuple[str, ...]
    at_kink: tuple[str, ...]

    @property
    def is_minimum(self) -> bool:
        """Whether the fit ended in a minimum."""
        return self.status in ("converged", "flat")

    @cached_property
    def uncertainties(self) -> NDArray[np.float64]:
        """Standard deviations of the parameters: 0 for those that do not move."""
        return np.sqrt(np.diag(self.covariance))

    @cached_property
    def correlation(self) -> NDArray[np.float64]:
        """Correlation of the parameters, 0 for those that do not move."""
        size = np.where(self.uncertainties == 0, 1.0, self.uncertainties)
        made: NDArray[np.float64] = self.covariance / (size[:, None] * size)
        return made

    def value(self, name: str) -> float:
        """Fitted value of a parameter."""
        return float(self.values[self._at(name)])

    def uncertainty(self, name: str) -> float:
        """Standard deviation of a parameter."""
        return float(self.uncertainties[self._at(name)])

    def __repr__(self) -> str:
        return f"FitResult({self.status}, nll={self.nll:.10g}, {len(self.parameters)} parameters)"

    def __str__(self) -> str:
        said = [f"fit {self.status}, -log L = {self.nll:.10g}" + "".join(f"; {flag}" for flag in self.flags)]
        if not self.is_minimum:
            said.append("this is no minimum: values and uncertainties are not results")
        held = {
            **dict.fromkeys(self.fixed, "fixed"),
            **dict.fromkeys(self.at_bound, "at its bound"),
            **dict.fromkeys(self.at_kink, "at a kink"),
        }
        rows = [
            [name, f"{value:.6g}", held.get(name, f"{size:.4g}")]
            for name, value, size in zip(self.parameters, self.values, self.uncertainties, strict=True)
        ]
        return "\n".join([*said, "", *table(["parameter", "value", "uncertainty"], rows)])

    def _at(self, name: str) -> int:
        if name not in self.parameters:
            raise DeclarationError(
                f"no parameter is called '{name}'", hint=close_matches(name, self.parameters)
            )
        return self.parameters.index(name)
