"""Objectives that are expected results of hypothesis tests, with everything profiled."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from gradcut.checks import is_number
from gradcut.errors import DeclarationError
from gradcut.objectives.base import Direction
from gradcut.objectives.likelihood import LikelihoodObjective
from gradcut.stats.compiled_fit import FitBox
from gradcut.stats.compiled_test import N_OUTPUTS, OUTPUTS, hypotest, upper_limit
from gradcut.stats.curvature import Slopes
from gradcut.stats.points import poi_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.stats import Model, TemplateOptions
    from gradcut.stats.compiled_test import Statistic

__all__ = ["CLs", "DiscoveryP0", "ProfileSignificance", "UpperLimit"]

#: Positions of limits: observed, +2, +1, median, -1, -2.
_MEDIAN_LIMIT, N_LIMITS = 3, 6


class _OfTest(LikelihoodObjective):
    """One number of a test of data as expected."""

    statistic: Statistic = "qmu_tilde"
    mu = 1.0

    @property
    @abc.abstractmethod
    def output(self) -> str:
        """Which number."""

    def value_and_slopes(self, model: Model, inputs: NDArray[np.float64]) -> Slopes:
        """See :meth:`LikelihoodObjective.value_and_slopes`."""
        cotangents = np.zeros(N_OUTPUTS)
        cotangents[OUTPUTS[self.output]] = 1.0
        found = hypotest(
            model.likelihood,
            inputs,
            FitBox(model.initial, model.bounds, model.fixed),
            poi_of(model),
            self.mu,
            statistic=self.statistic,
            cotangents=cotangents,
        )
        assert found.d_inputs is not None  # they were asked for
        return _where_it_exists(model, found.get(self.output), found.d_inputs)


class CLs(_OfTest):
    """Expected CLs of a signal, if there is none: the smaller, the better it is excluded.

    Parameters
    ----------
    mu : float, default 1
        Strength of the signal that is tested.
    log : bool, default False
        The natural logarithm instead, which does not underflow and can be summed with others.
    options : TemplateOptions, optional
        How yields become templates; default ``floor="mc"``.
    **settings
        Fields of :class:`gradcut.stats.TemplateOptions` one by one.

    Notes
    -----
    The median for background-only Asimov data with ``qmu_tilde``, that of ``gc.stats.hypotest(mu, model,
    "asimov").cls``.

    References
    ----------
    Thesis 7.2.6; N. Simpson and L. Heinrich, arXiv:2203.05570 (neos).
    """

    direction: Direction = "minimise"
    kind = "cls"

    def __init__(
        self,
        mu: float = 1.0,
        *,
        log: bool = False,
        options: TemplateOptions | None = None,
        **settings: Any,
    ) -> None:
        if not is_number(mu) or not 0 < mu < np.inf:
            raise DeclarationError("the strength that is tested is a number above 0", given=repr(mu))
        super().__init__(options, **settings)
        self.mu, self.log = float(mu), bool(log)
        self.name = "log CLs" if self.log else "CLs"

    @property
    def output(self) -> str:
        """See the base class."""
        return "log_cls" if self.log else "cls"

    def own_settings(self) -> dict[str, Any]:
        """See :meth:`LikelihoodObjective.own_settings`."""
        return {"mu": self.mu, "log": self.log}


class DiscoveryP0(_OfTest):
    """Expected p-value of the background alone, if the signal is there: the smaller, the better.

    Parameters
    ----------
    log : bool, default False
        The natural logarithm instead, which does not underflow and can be summed with others.
    options, **settings
        As for :class:`CLs`.

    Notes
    -----
    The median for Asimov data with a signal of strength one, ``gc.stats.hypotest(0, model, "asimov",
    test_statistic="q0").p0``.

    References
    ----------
    Thesis 7.2.6 and 7.5.
    """

    direction: Direction = "minimise"
    kind = "discovery_p0"
    statistic: Statistic = "q0"

    def __init__(self, *, log: bool = False, options: TemplateOptions | None = None, **settings: Any) -> None:
        super().__init__(options, **settings)
        self.log = bool(log)
        self.name = "log p0" if self.log else "p0"

    @property
    def output(self) -> str:
        """See the base class."""
        return "log_psb" if self.log else "psb"

    def own_settings(self) -> dict[str, Any]:
        """See :meth:`LikelihoodObjective.own_settings`."""
        return {"log": self.log}


class ProfileSignificance(_OfTest):
    """Expected discovery significance with all nuisance parameters profiled: the root of ``q0``.

    Parameters
    ----------
    options, **settings
        As for :class:`CLs`.

    Notes
    -----
    It orders as :class:`DiscoveryP0` does; without uncertainties it is
    :class:`AsimovSignificance`.

    References
    ----------
    G. Cowan et al., arXiv:1007.1727, section 4.
    """

    name = "Z profiled"
    direction: Direction = "maximise"
    kind = "profile_significance"
    statistic: Statistic = "q0"
    output = "z"


class UpperLimit(LikelihoodObjective):
    """Expected upper limit on the signal strength, if there is no signal.

    Parameters
    ----------
    level : float, default 0.05
        CLs at the limit, between 0 and 0.5.
    test_statistic : {"qmu_tilde", "qmu", "tmu"}, default "qmu_tilde"
        The test statistic.
    options, **settings
        As for :class:`CLs`.

    Notes
    -----
    The median of ``gc.stats.upper_limit(model, "asimov")``, with its derivative by the implicit function
    theorem.
    """

    name = "limit"
    direction: Direction = "minimise"
    kind = "upper_limit"

    def __init__(
        self,
        level: float = 0.05,
        test_statistic: Literal["qmu_tilde", "qmu", "tmu"] = "qmu_tilde",
        *,
        options: TemplateOptions | None = None,
        **settings: Any,
    ) -> None:
        if not is_number(level) or not 0 < level < 0.5:
            raise DeclarationError("a level lies between 0 and 0.5", given=repr(level))
        if test_statistic not in ("qmu_tilde", "qmu", "tmu"):
            raise DeclarationError(
                "no such test statistic for limits",
                given=repr(test_statistic),
                allowed="'qmu_tilde', 'qmu', 'tmu'",
            )
        super().__init__(options, **settings)
        self.level, self.test_statistic = float(level), test_statistic

    def own_settings(self) -> dict[str, Any]:
        """See :meth:`LikelihoodObjective.own_settings`."""
        return {"level": self.level, "test_statistic": self.test_statistic}

    def value_and_slopes(self, model: Model, inputs: NDArray[np.float64]) -> Slopes:
        """See :meth:`LikelihoodObjective.value_and_slopes`."""
        cotangents = np.zeros(N_LIMITS)
        cotangents[_MEDIAN_LIMIT] = 1.0
        found = upper_limit(
            model.likelihood,
            inputs,
            FitBox(model.initial, model.bounds, model.fixed),
            poi_of(model),
            statistic=self.test_statistic,
            level=self.level,
            cotangents=cotangents,
        )
        assert found.d_inputs is not None  # they were asked for
        return _where_it_exists(model, found.limits[:, _MEDIAN_LIMIT], found.d_inputs)


def _where_it_exists(model: Model, value: NDArray[np.float64], d_inputs: NDArray[np.float64]) -> Slopes:
    exists = np.isfinite(value) & np.isfinite(d_inputs).all(1)
    return Slopes(
        np.where(exists, value, np.inf),
        np.where(exists[:, None], d_inputs, 0.0),
        np.zeros((len(value), model.plan.n_data)),
    )
