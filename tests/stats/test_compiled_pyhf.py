"""The compiled likelihood, fits and tests against pyhf on random workspaces."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from gradcut.stats.compiled import CompiledLikelihood
from gradcut.stats.compiled_fit import FitBox, fit
from gradcut.stats.compiled_test import hypotest
from gradcut.stats.model import Model
from stats.random_models import random_data, random_parameters, random_workspace

pytestmark = pytest.mark.pyhf

CODES: list[dict[str, str]] = [{}, {"normsys": "code1", "histosys": "code0"}]


@pytest.fixture(autouse=True)
def exact_fits() -> Iterator[None]:
    """Fits of pyhf that are good to better than 1e-7."""
    import pyhf

    pyhf.set_backend("numpy", pyhf.optimize.scipy_optimizer(tolerance=1e-12))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def both(seed: int, codes: dict[str, str], **sizes: int) -> tuple[Model, Any]:
    import pyhf

    workspace = random_workspace(seed, **sizes)
    model = Model.from_workspace(workspace, interpolation=codes)
    settings = {kind: {"interpcode": code} for kind, code in model.interpolation.items()}
    return model, pyhf.Workspace(workspace).model(modifier_settings=settings)


def box_of(model: Model) -> FitBox:
    return FitBox(model.initial, model.bounds, model.fixed)


@pytest.mark.parametrize("seed", range(24))
def test_log_likelihood(seed: int) -> None:
    model, theirs = both(seed, CODES[seed % 2])
    theta = random_parameters(seed, model.initial, model.bounds, model.fixed)
    likelihood = CompiledLikelihood(model.plan)
    expected = likelihood.expected_data(theta, model.inputs)[0]
    np.testing.assert_allclose(expected, theirs.expected_data(theta), rtol=1e-12, atol=1e-12)
    data = random_data(seed, model, expected)
    if (expected[: model.n_bins][data[: model.n_bins] > 0] <= 0).any():
        data[: model.n_bins][expected[: model.n_bins] <= 0] = 0
    wanted = float(theirs.logpdf(theta, data)[0])
    assert likelihood.logpdf(theta, model.inputs, data)[0] == pytest.approx(wanted, rel=1e-10)


def fitted(model: Model, theirs: Any, data: Any) -> tuple[float, float]:
    """``-log L`` at our minimum and at that of pyhf, both as pyhf has it."""
    import pyhf

    ours = fit(CompiledLikelihood(model.plan), model.inputs, data, box_of(model))
    assert ours.ended.all()
    value = -float(theirs.logpdf(ours.theta[0], data)[0])
    assert ours.value[0] == pytest.approx(value, rel=1e-10)
    pars = pyhf.infer.mle.fit(
        data, theirs, model.initial.tolist(), model.bounds.tolist(), model.fixed.tolist()
    )
    return value, -float(theirs.logpdf(pars, data)[0])


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 4, 6, 9, 10])
def test_fits(seed: int) -> None:
    model, theirs = both(seed, CODES[seed % 2], max_parameters=20, max_bins=12)
    ours, pyhfs = fitted(model, theirs, model.data())
    # Never higher; where it is lower, pyhf has stopped in another minimum or at a kink.
    assert ours <= pyhfs + 1e-9 * abs(pyhfs)


@pytest.mark.parametrize("statistic", ["qmu_tilde", "qmu", "q0"])
@pytest.mark.parametrize("seed", [3, 8])
def test_tests(seed: int, statistic: Any) -> None:
    import pyhf

    # Symmetric variations: one minimum, so that pyhf finds it, too.
    bounds = [(-4.0 if statistic == "qmu" else 0.0, 10.0)]
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 6))
    theirs = pyhf.Model(_spec(rng, n))
    model = Model.from_workspace(
        {
            "channels": theirs.spec["channels"],
            "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}],
            "observations": [{"name": "only", "data": rng.poisson(60, n).astype(float).tolist()}],
            "version": "1.0.0",
        }
    )
    at = model.poi_index
    assert at is not None
    box_bounds = model.bounds.copy()
    box_bounds[at] = bounds[0]
    data = model.data()
    found = hypotest(
        CompiledLikelihood(model.plan),
        model.inputs,
        FitBox(model.initial, box_bounds, model.fixed),
        at,
        1.2,
        data=data,
        statistic=statistic,
    )
    value, (psb, *tail), band = pyhf.infer.hypotest(
        0.0 if statistic == "q0" else 1.2,
        data,
        theirs,
        par_bounds=box_bounds.tolist(),
        test_stat={"qmu_tilde": "qtilde", "qmu": "q"}.get(statistic, statistic),
        return_tail_probs=True,
        return_expected_set=True,
    )
    if statistic == "q0":
        assert found.get("psb")[0] == pytest.approx(float(value), rel=1e-6)
        assert found.get("pb")[0] == pytest.approx(float(psb), rel=1e-6)
    else:
        assert found.get("cls")[0] == pytest.approx(float(value), rel=1e-6)
        assert found.get("psb")[0] == pytest.approx(float(psb), rel=1e-6)
        assert found.get("pb")[0] == pytest.approx(float(tail[0]), rel=1e-6)
    np.testing.assert_allclose(found.get("band")[0], [float(x) for x in band], rtol=1e-6)


def _spec(rng: np.random.Generator, n: int) -> dict[str, Any]:
    background = rng.uniform(30, 80, n)
    shift = background * rng.uniform(-0.1, 0.1, n)
    modifiers = [
        {"name": "norm", "type": "normsys", "data": {"hi": 1.1, "lo": 0.9}},
        {
            "name": "shape",
            "type": "histosys",
            "data": {"hi_data": (background + shift).tolist(), "lo_data": (background - shift).tolist()},
        },
        {"name": "stat", "type": "staterror", "data": (0.05 * background).tolist()},
    ]
    mu = [{"name": "mu", "type": "normfactor", "data": None}]
    samples = [
        {"name": "signal", "data": rng.uniform(5, 15, n).tolist(), "modifiers": mu},
        {"name": "background", "data": background.tolist(), "modifiers": modifiers},
    ]
    return {"channels": [{"name": "only", "samples": samples}]}
