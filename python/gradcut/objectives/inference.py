"""Objectives made of the curvature of the likelihood: uncertainties with everything profiled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.errors import DeclarationError
from gradcut.objectives.base import Direction
from gradcut.objectives.likelihood import LikelihoodObjective
from gradcut.stats.curvature import Slopes, log_volume, over_constraint, sigma, with_slopes
from gradcut.stats.gaussianity import distance_from_normal
from gradcut.stats.information import constrained_indices
from gradcut.stats.kinks import check_interpolation
from gradcut.stats.optima import Optima
from gradcut.stats.points import poi_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.stats import Model, TemplateOptions

__all__ = [
    "CurvatureObjective",
    "Gaussianity",
    "GeneralisedVariance",
    "NuisanceConstraint",
    "SignalStrengthUncertainty",
]


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
    options, prune, **settings
        See :class:`LikelihoodObjective`.

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


class GeneralisedVariance(CurvatureObjective):
    """Determinant of the covariance of all parameters, those with constraints in units of their widths.

    Parameters
    ----------
    options, prune, **settings
        See :class:`LikelihoodObjective`.

    Notes
    -----
    :func:`gradcut.stats.generalised_variance` for Asimov data with a signal of strength one. A nuisance that
    the bins tell nothing of counts as one, one that they constrain makes it smaller.

    References
    ----------
    Thesis 7.5.
    """

    name = "gen. variance"
    kind = "generalised_variance"

    def value_and_slopes(self, model: Model, inputs: NDArray[np.float64]) -> Slopes:
        """See :meth:`LikelihoodObjective.value_and_slopes`."""
        found = with_slopes(self.optima(model, inputs), log_volume)
        value = np.exp(found.value)
        slope = np.where(np.isfinite(value), value, 0.0)[:, None]
        return Slopes(value, slope * found.d_inputs, slope * found.d_data)


class NuisanceConstraint(CurvatureObjective):
    """How strongly the bins constrain nuisance parameters: the sum of ``(1 - sigma)^2``, to be made small.

    Parameters
    ----------
    names : sequence of str
        Variations or modifiers, such as ``"JES"``, ``"ww_norm"``.
    options, prune, **settings
        See :class:`LikelihoodObjective`.

    Notes
    -----
    :func:`gradcut.stats.nuisance_constraint`, of use as a term beside another objective: constraints that
    come from the shape of a simulated variation are often stronger than one wants to rely on.

    References
    ----------
    Thesis 7.5.
    """

    name = "constraints"
    kind = "nuisance_constraint"

    def __init__(self, names: Sequence[str], options: TemplateOptions | None = None, **settings: Any) -> None:
        super().__init__(options, **settings)
        if isinstance(names, str) or not len(names):
            raise DeclarationError("names of nuisances are given in a list", given=repr(names))
        self.names = self.needed = tuple(names)

    def own_settings(self) -> dict[str, Any]:
        """See :meth:`LikelihoodObjective.own_settings`."""
        return {"names": list(self.names)}

    def check_model(self, model: Model) -> None:
        """See :meth:`LikelihoodObjective.check_model`."""
        super().check_model(model)
        constrained_indices(model, self.names)

    def value_and_slopes(self, model: Model, inputs: NDArray[np.float64]) -> Slopes:
        """See :meth:`LikelihoodObjective.value_and_slopes`."""
        number = over_constraint(constrained_indices(model, self.names))
        return with_slopes(self.optima(model, inputs), number)


class Gaussianity(CurvatureObjective):
    """How far the likelihood is from a Normal distribution, on a grid of points; zero where it is one.

    Parameters
    ----------
    options, prune, **settings
        See :class:`LikelihoodObjective`.

    Notes
    -----
    :func:`gradcut.stats.gaussianity` for Asimov data with a signal of strength one. Of use beside another
    objective, such as an uncertainty from the Fisher information, which it keeps honest.

    References
    ----------
    Thesis 7.5.
    """

    name = "Gaussianity"
    kind = "gaussianity"

    def value_and_slopes(self, model: Model, inputs: NDArray[np.float64]) -> Slopes:
        """See :meth:`LikelihoodObjective.value_and_slopes`."""
        return with_slopes(self.optima(model, inputs), distance_from_normal)
