"""Tests and limits are pyhf's; where not, its own likelihood says that its fit was not at the minimum."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from gradcut.stats import Model, hypotest, upper_limit
from gradcut.stats.compiled_fit import FitBox, fit
from stats.against_pyhf import Comparison, compare, exact_pyhf, upper_limits
from stats.pyhf_reference import pyhf_model
from stats.random_models import random_workspace
from stats.validation_workspaces import ROOT_CLS, WORKSPACES

pytestmark = pytest.mark.pyhf

SMOOTH, BROKEN = ("code4", "code4p"), ("code1", "code0")


@pytest.fixture
def exact() -> Iterator[None]:
    with exact_pyhf():
        yield


def both(workspace: dict[str, Any], codes: tuple[str, str]) -> tuple[Model, Any]:
    config = workspace["measurements"][0]["config"]
    config["poi"] = config["poi"] or "mu"
    model = Model.from_workspace(workspace, interpolation={"normsys": codes[0], "histosys": codes[1]})
    return model, pyhf_model(workspace, *codes)[1]


def check(found: Comparison) -> str:
    """Nothing is worse than what pyhf found, and what differs has a reason."""
    verdict = found.verdict
    assert not any(bad in verdict for bad in ("ours", "not explained")), (verdict, found)
    return verdict


@pytest.mark.torch
@pytest.mark.parametrize("statistic", ["qmu_tilde", "qmu", "q0"])
@pytest.mark.parametrize("name", [name for name in WORKSPACES if name != "2bin_2channel_coupledhistosys"])
def test_validation_cases(name: str, statistic: Any, exact: None) -> None:
    assert check(compare(*both(WORKSPACES[name], SMOOTH), statistic, 1.0)) == "equal"


@pytest.mark.torch
def test_the_validation_case_with_two_minima(exact: None) -> None:
    found = compare(*both(WORKSPACES["2bin_2channel_coupledhistosys"], SMOOTH), "qmu_tilde", 1.0)
    assert check(found) == "pyhf's fit in another minimum"
    # By pyhf's own likelihood.
    assert found.lower_by["free_fit_to_data"] > 0.5


@pytest.mark.parametrize("name", [name for name in ROOT_CLS if name != "2bin_2channel_coupledhistosys"])
def test_validation_cases_are_those_of_root(name: str) -> None:
    observed, expected, tolerance = ROOT_CLS[name]
    model = Model.from_workspace(
        WORKSPACES[name], interpolation={"normsys": BROKEN[0], "histosys": BROKEN[1]}
    )
    found = hypotest(1.0, model, test_statistic="qmu")
    # ROOT's fits are good to some 1e-5.
    assert found.cls == pytest.approx(observed, rel=2e-5, abs=tolerance)
    assert list(found.expected.values()) == pytest.approx(expected, rel=1e-3, abs=1e-8)


@pytest.mark.torch
@pytest.mark.parametrize("seed", [0, 11, 21, 39])
def test_random_models(seed: int, exact: None) -> None:
    model, theirs = both(random_workspace(seed), SMOOTH)
    for statistic in ("qmu_tilde", "q0"):
        assert check(compare(model, theirs, statistic, 1.0)) == "equal"


@pytest.mark.torch
def test_limits(exact: None) -> None:
    ours, theirs, _ = upper_limits(*both(WORKSPACES["1bin_shapesys"], SMOOTH), 60.0)
    np.testing.assert_allclose(ours, theirs, rtol=1e-6)


@pytest.mark.torch
@pytest.mark.fuzz
@pytest.mark.parametrize("first", range(0, 320, 20))
def test_many_random_models(first: int, exact: None) -> None:
    verdicts = []
    for seed in range(first, first + 20):
        model, theirs = both(random_workspace(seed), SMOOTH if seed % 3 < 2 else BROKEN)
        for statistic in ("qmu_tilde", "qmu" if seed % 3 == 0 else "q0"):
            verdicts.append(check(compare(model, theirs, statistic, 1.0)))
    assert verdicts.count("equal") > len(verdicts) / 3


@pytest.mark.parametrize("seed", [81, 86, 150])
def test_signals_of_qmu_tilde_are_not_negative(seed: int) -> None:
    model, _ = both(random_workspace(seed), SMOOTH if seed % 3 < 2 else BROKEN)
    at = model.poi_index
    assert at is not None
    assert model.bounds[at, 0] == -1
    free = hypotest(1.0, model, test_statistic="qmu")
    assert free.mu_hat < 0
    bounded = hypotest(1.0, model)
    assert bounded.mu_hat == 0
    assert bounded.q < free.q
    assert upper_limit(model).observed != pytest.approx(upper_limit(model, test_statistic="qmu").observed)


@pytest.mark.parametrize(
    ("seed", "codes", "mu", "asimov"),
    [
        (113, BROKEN, 1.0, 0.0),
        (164, BROKEN, 0.0, 1.0),
        (317, BROKEN, 1.0, None),
        (154, SMOOTH, 1.0, None),
        (232, SMOOTH, 0.0, 1.0),
    ],
)
def test_minima_beyond_a_near_kink_and_far_away(
    seed: int, codes: tuple[str, str], mu: float, asimov: float | None
) -> None:
    model, _ = both(random_workspace(seed), codes)
    at, data = model.poi_index, model.data()
    start, fixed = model.initial.copy(), model.fixed.copy()
    assert at is not None
    fixed[at] = True

    def fitted(where: Any) -> float:
        return float(fit(model.likelihood, model.inputs, data, FitBox(where, model.bounds, fixed)).value[0])

    if asimov is not None:
        data = model.asimov(asimov, data=data)
    start[at] = mu
    rng = np.random.default_rng(seed)
    others = []
    for _ in range(20):
        moved = start + rng.normal(size=len(start)) * np.where(start == 0, 2.0, 0.3) * ~fixed
        others.append(fitted(np.clip(moved, *model.bounds.T)))
    assert fitted(start) <= min(others) + 1e-9


@pytest.mark.torch
def test_a_second_start_leaves_its_side_of_a_kink(exact: None) -> None:
    # pyhf finds the minimum that lies just beyond the kink of the first one; the fit with a free strength.
    import pyhf

    model, theirs = both(random_workspace(164), BROKEN)
    data = model.data()
    _, twice = pyhf.infer.mle.fit(data, theirs, return_fitted_val=True)
    box = FitBox(model.initial, model.bounds, model.fixed)
    found = fit(model.likelihood, model.inputs, data, box)
    assert found.ended.all()
    ours = -float(theirs.logpdf(found.theta[0].tolist(), data.tolist()).sum())
    assert ours <= float(twice) / 2 + 1e-9
