"""Objectives made of the curvature of the likelihood: uncertainties with everything profiled."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gradcut.errors import DeclarationError
from gradcut.objectives.base import Direction
from gradcut.objectives.likelihood import LikelihoodObjective
from gradcut.stats.curvature import over_constraint, sigma, values, volume, with_slopes
from gradcut.stats.gaussianity import distance_from_normal
from gradcut.stats.information import constrained_indices
from gradcut.stats.kinks import check_interpolation
from gradcut.stats.optima import Optima
from gradcut.stats.points import poi_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gradcut.stats import Model, TemplateOptions
    from gradcut.stats.curvature import Number, Slopes

__all__ = [
    "CurvatureObjective",
    "Gaussianity",
    "GeneralisedVariance",
    "NuisanceConstraint",
    "SignalStrengthUncertainty",
]


class CurvatureObjective(LikelihoodObjective):
    """A number made of the Fisher information at nominal signal and background; settings as of the base."""

    direction: Direction = "minimise"

    def check_model(self, model: Model) -> None:
        """See :meth:`LikelihoodObjective.check_model`."""
        check_interpolation(model)

    @abc.abstractmethod
    def number(self, model: Model) -> Number:
        """Which number of a model's curvature."""

    def value_and_slopes(self, model: Model, inputs: NDArray[np.float64]) -> Slopes:
        """See :meth:`LikelihoodObjective.value_and_slopes`: for Asimov data with a signal of strength one."""
        return with_slopes(self._optima(model, inputs), self.number(model))

    def values(self, model: Model, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
        """See :meth:`LikelihoodObjective.values`."""
        return values(self._optima(model, inputs), self.number(model))

    def _optima(self, model: Model, inputs: NDArray[np.float64]) -> Optima:
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

    def number(self, model: Model) -> Number:
        """See :meth:`CurvatureObjective.number`."""
        return sigma(poi_of(model))


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

    def number(self, model: Model) -> Number:
        """See :meth:`CurvatureObjective.number`."""
        return volume


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

    def number(self, model: Model) -> Number:
        """See :meth:`CurvatureObjective.number`."""
        return over_constraint(constrained_indices(model, self.names))


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

    def number(self, model: Model) -> Number:
        """See :meth:`CurvatureObjective.number`."""
        return distance_from_normal
