"""Tests and limits of one model, as users call them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradcut as gc
from gradcut.errors import DataError, DeclarationError
from gradcut.stats import Model, hypotest, upper_limit, yields_from_histograms
from stats.pyhf_reference import pyhf_model


def model(**settings: Any) -> Model:
    given = yields_from_histograms(
        {"s": [5.0, 11.0], "b": [50.0, 40.0]},
        signals=["s"],
        errors={"b": [3.0, 2.0]},
        variations={"JES": {"b": ([55, 42], [46, 37]), "s": ([5.2, 11.5], [4.7, 10.4])}},
        norm_uncertainty={"b": 0.1},
    )
    return Model.from_yields(given, **settings)


OBSERVED = [58.0, 47.0]


@pytest.mark.pyhf
@pytest.mark.parametrize("statistic", ["qmu_tilde", "qmu"])
@pytest.mark.parametrize("mu", [0.6, 1.0, 2.5])
def test_all_numbers_are_those_of_pyhf(statistic: Any, mu: float) -> None:
    import pyhf

    ours = model()
    _, theirs = pyhf_model(ours.to_workspace())
    pyhf.set_backend("numpy", pyhf.optimize.scipy_optimizer(tolerance=1e-12))
    try:
        found = pyhf.infer.hypotest(
            mu,
            ours.data(OBSERVED),
            theirs,
            test_stat={"qmu_tilde": "qtilde", "qmu": "q"}[statistic],
            return_tail_probs=True,
            return_expected_set=True,
        )
    finally:
        pyhf.set_backend("numpy")
    result = hypotest(mu, ours, OBSERVED, test_statistic=statistic)
    assert result.cls == pytest.approx(float(found[0]), rel=1e-5)
    assert [result.p_sb, result.p_b] == pytest.approx([float(p) for p in found[1]], rel=1e-5)
    assert list(result.expected.values()) == pytest.approx([float(p) for p in found[2]], rel=1e-5)
    assert result.log_cls == pytest.approx(np.log(result.cls))
    assert result.status == "converged"


@pytest.mark.pyhf
def test_discovery_and_limits_are_those_of_pyhf() -> None:
    import pyhf

    ours = model()
    _, theirs = pyhf_model(ours.to_workspace())
    data = ours.data(OBSERVED)
    pyhf.set_backend("numpy", pyhf.optimize.scipy_optimizer(tolerance=1e-12))
    try:
        p0 = float(pyhf.infer.hypotest(0.0, data, theirs, test_stat="q0"))
        limit, expected = pyhf.infer.intervals.upper_limits.upper_limit(data, theirs, rtol=1e-7)
    finally:
        pyhf.set_backend("numpy")
    result = hypotest(0.0, ours, OBSERVED, test_statistic="q0")
    assert result.p0 == pytest.approx(p0, rel=1e-5)
    found = upper_limit(ours, OBSERVED)
    assert found.observed == pytest.approx(float(limit), rel=1e-5)
    assert list(found.expected.values()) == pytest.approx([float(x) for x in expected], rel=1e-5)
    assert hypotest(found.observed, ours, OBSERVED).cls == pytest.approx(0.05, rel=1e-8)


@pytest.mark.parametrize("name", ["cls", "log_cls", "psb", "log_pb", "z", "z_asimov", "q", "q_asimov"])
def test_gradients_are_those_of_finite_differences(name: str) -> None:
    ours = model()
    result = hypotest(1.2, ours, OBSERVED, gradient_of=name)
    assert result.d_inputs is not None
    assert result.d_data is not None
    assert result.d_mu is not None
    wanted = {"psb": "p_sb", "pb": "p_b", "log_pb": "p_b", "z_asimov": "q_asimov"}.get(name, name)

    def at(mu: float, observed: Any) -> float:
        value = float(getattr(hypotest(mu, ours, observed), wanted))
        return float({"log_pb": np.log, "z_asimov": np.sqrt}.get(name, float)(value))

    h = 1e-4
    slope = (at(1.2 + h, OBSERVED) - at(1.2 - h, OBSERVED)) / (2 * h)
    assert result.d_mu == pytest.approx(slope, rel=1e-5)
    moved = [[OBSERVED[0] + d, OBSERVED[1]] for d in (h, -h)]
    slope = (at(1.2, moved[0]) - at(1.2, moved[1])) / (2 * h)
    assert result.d_data[0] == pytest.approx(slope, rel=1e-5)


def test_gradients_of_limits_are_those_of_finite_differences() -> None:
    ours, h = model(), 1e-4
    for name, value in (("observed", lambda r: r.observed), ("-1", lambda r: r.expected["-1"])):
        result = upper_limit(ours, OBSERVED, gradient_of=name)
        assert result.d_data is not None
        ends = [value(upper_limit(ours, [OBSERVED[0], OBSERVED[1] + d])) for d in (h, -h)]
        assert result.d_data[1] == pytest.approx((ends[0] - ends[1]) / (2 * h), rel=1e-5)


def test_asimov_data_give_the_medians() -> None:
    ours = model()
    result = hypotest(1.0, ours, "asimov")
    assert result.cls == pytest.approx(result.expected["median"])
    same = hypotest(1.0, ours, ours.asimov(0.0))
    assert same.cls == pytest.approx(result.cls, rel=1e-9)
    found = upper_limit(ours, "asimov")
    assert found.observed == pytest.approx(found.expected["median"])
    limits = list(found.expected.values())
    assert limits == sorted(limits)


def test_held_parameters_are_held_and_text_says_what_there_is() -> None:
    ours = model()
    free, held = (hypotest(1.0, ours, OBSERVED, fixed=fixed) for fixed in (None, {"JES": 0.0, "b_norm": 0.0}))
    assert held.cls < free.cls
    assert "CLs = " in str(free)
    assert "p0 = " in str(hypotest(0.0, ours, OBSERVED, test_statistic="q0"))
    assert "95% confidence" in str(upper_limit(ours, OBSERVED))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda m: hypotest(float("nan"), m), DeclarationError, "a finite number"),
        (lambda m: hypotest(1.0, m, "expected"), DeclarationError, "'asimov'"),
        (lambda m: hypotest(1.0, m, test_statistic="qtilde"), DeclarationError, r"qmu_tilde, qmu, q0, tmu"),
        (lambda m: hypotest(1.0, m, gradient_of="band"), DeclarationError, r"log_cls"),
        (lambda m: hypotest(1.0, m, [1.0, 2.0, 3.0]), DataError, "do not fit the bins"),
        (lambda m: hypotest(1.0, m.with_poi(None)), DeclarationError, "no parameter of interest"),
        (lambda m: upper_limit(m, test_statistic="q0"), DeclarationError, "no upper limit"),
        (lambda m: upper_limit(m, level=0.6), DeclarationError, "between 0 and 0.5"),
        (lambda m: upper_limit(m, gradient_of="median"), DeclarationError, "observed, "),
        (lambda m: hypotest(1.0, m, fixed={"JESS": 0.0}), DeclarationError, "'JESS'"),
    ],
)
def test_what_cannot_be_is_said(call: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        call(model())


def test_a_fit_that_cannot_end_is_an_error_with_its_reason() -> None:
    broken = gc.stats.Model.from_workspace(
        {
            "channels": [
                {
                    "name": "SR",
                    "samples": [
                        {
                            "name": "s",
                            "data": [0.0],
                            "modifiers": [{"name": "mu", "type": "normfactor", "data": None}],
                        },
                        {"name": "b", "data": [0.0], "modifiers": []},
                    ],
                }
            ],
            "observations": [{"name": "SR", "data": [3.0]}],
            "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}],
            "version": "1.0.0",
        }
    )
    with pytest.raises(DataError, match=r"a fit ended 'impossible'(.|\n)*events where none are expected"):
        hypotest(1.0, broken)
