"""The same models in pyhf."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from gradcut.stats import Model
from stats.obvious_likelihood import expected_data, log_likelihood
from stats.random_models import random_data, random_parameters

#: Pairs of codes for normsys and histosys, in which all of them occur.
INTERPOLATIONS = (("code4", "code4p"), ("code1", "code0"), ("code4", "code2"))


def pyhf_model(
    workspace: dict[str, Any], normsys: str = "code4", histosys: str = "code4p"
) -> tuple[Any, Any]:
    """Workspace and model of pyhf, of which warnings are its own affair."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pyhf

        made = pyhf.Workspace(workspace)
        settings = {"normsys": {"interpcode": normsys}, "histosys": {"interpcode": histosys}}
        return made, made.model(modifier_settings=settings)


def possible_parameters(model: Model, seed: int) -> Any:
    """Random parameters at which no rate is negative. Within +-1 for code 2, beyond which pyhf has a jump."""
    for spread in (0.5 * 0.8**k for k in range(40)):
        theta = random_parameters(seed, model.initial, model.bounds, model.fixed, spread=spread)
        if (expected_data(model.plan, model.inputs, theta)[: model.n_bins] >= 0).all():
            return theta
    return model.initial


def assert_same_as_pyhf(workspace: dict[str, Any], normsys: str, histosys: str, seed: int) -> Model:
    """Parameters, data, rates and log-likelihood of a workspace are pyhf's."""
    model = Model.from_workspace(workspace, interpolation={"normsys": normsys, "histosys": histosys})
    space, theirs = pyhf_model(workspace, normsys, histosys)
    config = theirs.config
    assert list(model.parameters) == config.par_names
    assert model.initial.tolist() == config.suggested_init()
    assert [tuple(pair) for pair in model.bounds] == [tuple(pair) for pair in config.suggested_bounds()]
    assert model.fixed.tolist() == config.suggested_fixed()
    assert (model.poi, model.poi_index) == (config.poi_name, config.poi_index)
    assert [channel.name for channel in model.channels] == config.channels
    np.testing.assert_allclose(model.data(), space.data(theirs), rtol=1e-12)
    for k in range(2):
        theta = possible_parameters(model, 2 * seed + k)
        expected = expected_data(model.plan, model.inputs, theta)
        np.testing.assert_allclose(expected, theirs.expected_data(theta), rtol=1e-12, atol=1e-10)
        for data in (model.data(), random_data(seed, model, expected)):
            if ((expected == 0) & (data > 0)).any():
                continue
            wanted = float(theirs.logpdf(theta, data)[0])
            assert abs(log_likelihood(model.plan, model.inputs, theta, data) / wanted - 1) < 1e-10
    return model
