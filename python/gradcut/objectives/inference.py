"""Objectives made of the curvature of the likelihood: uncertainties with everything profiled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradcut.objectives.base import Direction
from gradcut.objectives.likelihood import LikelihoodObjective
from gradcut.stats.curvature import Slopes, sigma, with_slopes
from gradcut.stats.kinks import check_interpolation
from gradcut.stats.optima import Optima
from gradcut.stats.points import poi_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gradcut.stats import Model

__all__ = ["CurvatureObjective", "SignalStrengthUncertainty"]


class CurvatureObjective(LikelihoodObjective):
    """A number made of the Fisher information at nominal signal and background."""

    direction: Direction = "minimise"

    def check_model(self, model: Model) -> None:
        """See :meth:`LikelihoodObjective.check_model`."""
        check_interpolation(model)

    def optima(self, model: Model, inputs: NDArray[np.float64]) -> Optima:
        """Minima for Asimov data with a signal of strength one."""
        return Optima.of_asimov(model.likelihood, inputs, model.initial, model.fixed)


class SignalStrengthUncertainty(CurvatureObjective):
    """Uncertainty of the signal strength, with all nuisance parameters profiled.

    Parameters
    ----------
    options : TemplateOptions, optional
        How yields become templates; default ``floor="mc"``.
    **settings
        Fields of :class:`gradcut.stats.TemplateOptions` one by one.

    Notes
    -----
    That of the Fisher information for Asimov data with a signal of strength one,
    :func:`gradcut.stats.sigma_mu`.

    References
    ----------
    Thesis 7.3 and 7.5; P. de Castro and T. Dorigo, arXiv:1806.04743 (INFERNO).
    """

    name = "sigma_mu"
    kind = "signal_strength_uncertainty"

    def value_and_slopes(self, model: Model, inputs: NDArray[np.float64]) -> Slopes:
        """See :meth:`LikelihoodObjective.value_and_slopes`."""
        return with_slopes(self.optima(model, inputs), sigma(poi_of(model)))
