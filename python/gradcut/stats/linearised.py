"""Numbers of many models with what pulls cotangents back: what a differentiating library wraps.

Each function takes one row per model of everything that has derivatives and returns its numbers, one row per
model, and a function from cotangents of them to those of the rows, in the order of the arguments.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gradcut.errors import DataError
from gradcut.stats import compiled_test
from gradcut.stats.compiled_fit import fit, fit_vjp, require_ended
from gradcut.stats.compiled_information import expected_information, expected_information_vjp
from gradcut.stats.curvature import with_slopes
from gradcut.stats.optima import Optima

if TYPE_CHECKING:
    from gradcut.stats.compiled import CompiledLikelihood
    from gradcut.stats.compiled_fit import FitBox
    from gradcut.stats.compiled_test import Statistic
    from gradcut.stats.curvature import Number

__all__ = ["Linearised", "best_fits", "expected", "information", "limits", "nll", "of_curvature", "tests"]

_Array = NDArray[np.float64]
#: Numbers, and cotangents of them to cotangents of the arguments.
Linearised = tuple[_Array, Callable[[_Array], tuple[Any, ...]]]


def nll(likelihood: CompiledLikelihood, theta: _Array, inputs: _Array, data: _Array) -> Linearised:
    """``-log L``, shape (models,)."""
    found = likelihood.evaluate(theta, inputs, data)
    slopes = found.d_parameters, found.d_inputs, found.d_data
    return found.value, lambda cotangents: tuple(cotangents[:, None] * slope for slope in slopes)


def expected(likelihood: CompiledLikelihood, theta: _Array, inputs: _Array) -> Linearised:
    """Expected events and auxiliary measurements, shape (models, n_data)."""
    return likelihood.expected_data(theta, inputs), lambda cotangents: likelihood.expected_data_vjp(
        theta, inputs, cotangents
    )


def information(likelihood: CompiledLikelihood, theta: _Array, inputs: _Array) -> Linearised:
    """The Fisher information, shape (models, parameters, parameters)."""
    return expected_information(likelihood, theta, inputs), lambda cotangents: expected_information_vjp(
        likelihood, theta, inputs, cotangents
    )


def best_fits(likelihood: CompiledLikelihood, box: FitBox, inputs: _Array, data: _Array) -> Linearised:
    """Fitted parameters, shape (models, parameters).

    Raises
    ------
    DataError
        If a fit did not end in a minimum that determines all free parameters.
    """
    found = fit(likelihood, inputs, data, box)
    require_ended(found.status, allowed=("converged",))
    return found.theta, lambda cotangents: fit_vjp(likelihood, inputs, data, found, cotangents)


def tests(
    likelihood: CompiledLikelihood,
    box: FitBox,
    poi: int,
    statistic: Statistic,
    mu: _Array,
    inputs: _Array,
    data: _Array | None,
) -> Linearised:
    """All numbers of tests, shape (models, 20); without data of expected ones.

    Raises
    ------
    DataError
        If a fit did not end in a minimum.
    """

    def test(cotangents: _Array | None) -> compiled_test.HypoTests:
        return compiled_test.hypotest(
            likelihood, inputs, box, poi, mu, data=data, statistic=statistic, cotangents=cotangents
        )

    def pull_back(cotangents: _Array) -> tuple[Any, ...]:
        found = test(cotangents)
        return found.d_mu, found.d_inputs, *(() if data is None else (found.d_data,))

    found = test(None)
    require_ended(found.status)
    return found.outputs, pull_back


def limits(
    likelihood: CompiledLikelihood,
    box: FitBox,
    poi: int,
    statistic: Statistic,
    level: float,
    inputs: _Array,
    data: _Array | None,
) -> Linearised:
    """Observed and expected limits, shape (models, 6); without data of expected ones.

    Raises
    ------
    DataError
        If a fit did not end in a minimum, or nothing is excluded.
    """

    def limit(cotangents: _Array | None) -> compiled_test.UpperLimits:
        return compiled_test.upper_limit(
            likelihood, inputs, box, poi, data=data, statistic=statistic, level=level, cotangents=cotangents
        )

    def pull_back(cotangents: _Array) -> tuple[Any, ...]:
        found = limit(cotangents)
        return found.d_inputs, *(() if data is None else (found.d_data,))

    found = limit(None)
    require_ended(found.status)
    bad = np.flatnonzero(~np.isfinite(found.limits).all(1))
    if len(bad):
        raise DataError(
            "there is no upper limit",
            where="models " + ", ".join(map(str, bad[:10])),
            given="no strength of the signal is excluded: it has no events?",
        )
    return found.limits, pull_back


def of_curvature(
    likelihood: CompiledLikelihood,
    box: FitBox,
    number: Number,
    inputs: _Array,
    data: _Array | None,
) -> Linearised:
    """A number made of the curvature at a minimum, shape (models,); without data for expected ones.

    Raises
    ------
    DataError
        If a fit did not end in a minimum, or the number does not exist there.
    """
    start, _, _, fixed = box.arrays
    if data is None:
        optima = Optima.of_asimov(likelihood, inputs, start, fixed)
    else:
        optima = Optima.of_data(likelihood, inputs, data, box)
        require_ended(optima.fits.status)
    found = with_slopes(optima, number)
    bad = np.flatnonzero(~np.isfinite(found.value))
    if len(bad):
        raise DataError(
            "the uncertainty does not exist",
            where="models " + ", ".join(map(str, bad[:10])),
            given="a direction that does not change the likelihood, or a bound that holds the parameter",
            hint="fixed={...} holds parameters",
        )
    slopes = (found.d_inputs,) if data is None else (found.d_inputs, found.d_data)
    return found.value, lambda cotangents: tuple(cotangents[:, None] * slope for slope in slopes)
