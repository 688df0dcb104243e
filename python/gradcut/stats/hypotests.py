"""Hypothesis tests and upper limits of one model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import numpy as np

from gradcut.checks import is_number
from gradcut.errors import DeclarationError
from gradcut.stats import compiled_test as compiled
from gradcut.stats.compiled_fit import FLAGS, STATUS, require_ended
from gradcut.stats.hypotest_result import HypoTestResult, UpperLimitResult
from gradcut.stats.points import box_of, data_of, poi_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from gradcut.stats.compiled_test import Statistic
    from gradcut.stats.model import Model

__all__ = ["hypotest", "upper_limit"]

#: Limits of a result, in their order.
_LIMITS = ("observed", "+2", "+1", "expected", "-1", "-2")
#: Numbers of a test that are single ones: where.
_SINGLE = {key: at.start for key, at in compiled.OUTPUTS.items() if at.stop == at.start + 1}


def hypotest(
    mu: float,
    model: Model,
    data: ArrayLike | Mapping[str, ArrayLike] | Literal["asimov"] | None = None,
    *,
    test_statistic: Statistic = "qmu_tilde",
    fixed: Mapping[str, ArrayLike] | None = None,
    start: Mapping[str, ArrayLike] | ArrayLike | None = None,
    gradient_of: str | None = None,
) -> HypoTestResult:
    """Test a value of the parameter of interest with asymptotic formulas.

    Parameters
    ----------
    mu : float
        The tested value; ``"q0"`` always tests 0.
    model : Model
        The model.
    data : array_like, mapping or "asimov", optional
        Observed events as for :func:`gradcut.stats.fit`; default the observations of the model. ``"asimov"``:
        what is expected without a signal (for ``"q0"`` with one of strength 1), for the median of results.
    test_statistic : {"qmu_tilde", "qmu", "q0", "tmu"}, default "qmu_tilde"
        The first two are for limits, one-sided, the first with signals that are not negative; ``"q0"`` is for
        discovery; ``"tmu"`` is two-sided.
    fixed, start
        As for :func:`gradcut.stats.fit`.
    gradient_of : str, optional
        Asks for the derivatives of one number in inputs, data and ``mu``: ``"cls"``, ``"log_cls"``, ``"psb"``
        (``p0`` of ``"q0"``), ``"log_psb"``, ``"pb"``, ``"log_pb"``, ``"z"``, ``"z_asimov"``, ``"q"`` or
        ``"q_asimov"``.

    Returns
    -------
    HypoTestResult
        All numbers, observed and expected, as logarithms too.

    Raises
    ------
    DataError
        If there are no data, they do not fit the model, or a fit did not end in a minimum: it says why.
    DeclarationError
        If a name is not known.

    References
    ----------
    G. Cowan et al., arXiv:1007.1727; CLs: A. Read, J. Phys. G28 (2002) 2693. Conventions are those of pyhf's
    ``calctype="asymptotics"``.

    Examples
    --------
    >>> import gradcut as gc
    >>> yields = gc.stats.yields_from_histograms({"s": [5, 11], "b": [50, 50]}, signals=["s"])
    >>> model = gc.stats.Model.from_yields(yields, mc_stat="none")
    >>> round(gc.stats.hypotest(1.0, model, "asimov").cls, 6)
    0.107956
    """
    if not is_number(mu) or not np.isfinite(mu):
        raise DeclarationError("the tested value is a finite number", given=repr(mu))
    cotangents = None if gradient_of is None else _cotangents(gradient_of)
    found = compiled.hypotest(
        model.likelihood,
        model.inputs,
        box_of(model, fixed, start),
        poi_of(model),
        mu,
        data=_data(model, data),
        statistic=test_statistic,
        cotangents=cotangents,
    )
    require_ended(found.status)
    return HypoTestResult(
        mu=0.0 if test_statistic == "q0" else float(mu),
        test_statistic=test_statistic,
        outputs=found.outputs[0],
        mu_hat=float(found.mu_hat[0]),
        status=STATUS[int(found.status[0])],
        met=_met(int(found.flags[0])),
        d_inputs=None if found.d_inputs is None else found.d_inputs[0],
        d_data=None if found.d_data is None else found.d_data[0],
        d_mu=None if found.d_mu is None else float(found.d_mu[0]),
    )


def upper_limit(
    model: Model,
    data: ArrayLike | Mapping[str, ArrayLike] | Literal["asimov"] | None = None,
    *,
    level: float = 0.05,
    test_statistic: Statistic = "qmu_tilde",
    fixed: Mapping[str, ArrayLike] | None = None,
    start: Mapping[str, ArrayLike] | ArrayLike | None = None,
    gradient_of: str | None = None,
) -> UpperLimitResult:
    """Find where CLs of the parameter of interest reaches a level.

    Parameters
    ----------
    model, data, test_statistic, fixed, start
        As for :func:`hypotest`, but for ``"q0"``. With ``data="asimov"`` observed and expected limit are the
        same.
    level : float, default 0.05
        Between 0 and 0.5: limits at 95% confidence.
    gradient_of : {"observed", "expected", "+2", "+1", "-1", "-2"}, optional
        Asks for the derivatives of one limit in inputs and data, by the implicit function theorem.

    Returns
    -------
    UpperLimitResult
        Observed limit and expected ones, which may be above the upper bound of the parameter.

    Raises
    ------
    DataError, DeclarationError
        As :func:`hypotest`.
    """
    cotangents = None
    if gradient_of is not None:
        if gradient_of not in _LIMITS:
            raise DeclarationError(
                "no limit is called so",
                given=repr(gradient_of),
                allowed=", ".join(_LIMITS),
                where="gradient_of",
            )
        cotangents = np.zeros(len(_LIMITS))
        cotangents[_LIMITS.index(gradient_of)] = 1.0
    found = compiled.upper_limit(
        model.likelihood,
        model.inputs,
        box_of(model, fixed, start),
        poi_of(model),
        data=_data(model, data),
        statistic=test_statistic,
        level=level,
        cotangents=cotangents,
    )
    require_ended(found.status)
    return UpperLimitResult(
        level=level,
        test_statistic=test_statistic,
        limits=found.limits[0],
        status=STATUS[int(found.status[0])],
        met=_met(int(found.flags[0])),
        d_inputs=None if found.d_inputs is None else found.d_inputs[0],
        d_data=None if found.d_data is None else found.d_data[0],
    )


def _data(
    model: Model, data: ArrayLike | Mapping[str, ArrayLike] | Literal["asimov"] | None
) -> NDArray[np.float64] | None:
    if isinstance(data, str):
        if data != "asimov":
            raise DeclarationError("data are numbers, or 'asimov'", given=repr(data))
        return None
    return data_of(model, data)


def _cotangents(name: str) -> NDArray[np.float64]:
    if name not in _SINGLE:
        raise DeclarationError(
            "no number of a test is called so",
            given=repr(name),
            allowed=", ".join(_SINGLE),
            where="gradient_of",
        )
    made = np.zeros(compiled.N_OUTPUTS)
    made[_SINGLE[name]] = 1.0
    return made


def _met(flags: int) -> tuple[str, ...]:
    return tuple(name for bit, name in enumerate(FLAGS) if flags >> bit & 1)
