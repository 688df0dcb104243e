"""Models of workspaces are those of pyhf: parameters, data, rates, likelihoods."""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
import pytest

from gradcut.stats import Model
from stats.obvious_likelihood import shape_delta
from stats.pyhf_reference import INTERPOLATIONS, assert_same_as_pyhf, pyhf_model
from stats.random_models import random_workspace
from stats.validation_workspaces import WORKSPACES

pytestmark = pytest.mark.pyhf


@pytest.mark.parametrize("seed", range(36))
def test_random_models(seed: int) -> None:
    assert_same_as_pyhf(random_workspace(seed), *INTERPOLATIONS[seed % 3], seed)


@pytest.mark.fuzz
@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_many_random_models(interpolation: tuple[str, str]) -> None:
    for seed in range(1000, 1300):
        assert_same_as_pyhf(random_workspace(seed), *interpolation, seed)


def test_random_models_have_everything() -> None:
    kinds: set[str] = set()
    shared = zeros = 0
    for seed in range(36):
        workspace = random_workspace(seed)
        samples = [s for channel in workspace["channels"] for s in channel["samples"]]
        kinds |= {m["type"] for s in samples for m in s["modifiers"]}
        names = [{m["name"] for m in s["modifiers"]} for s in samples]
        shared += any(a & b - {"mu", "lumi"} for a in names for b in names if a is not b)
        zeros += any(0 in s["data"] for s in samples)
        model = Model.from_workspace(workspace)
        assert 1 <= model.n_bins <= 50
        assert len(model.parameters) <= 80
    assert kinds == {"normfactor", "normsys", "histosys", "shapesys", "staterror", "lumi", "shapefactor"}
    assert min(shared, zeros) > 10


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
@pytest.mark.parametrize("name", WORKSPACES)
def test_validation_cases(name: str, interpolation: tuple[str, str]) -> None:
    assert_same_as_pyhf(WORKSPACES[name], *interpolation, seed=3)


@pytest.mark.parametrize("alpha", [-2.5, -1.0, -0.3, 0.0, 0.7, 1.0, 1.5])
def test_code_2_is_continuous_where_that_of_pyhf_jumps(alpha: float) -> None:
    sides = (5.0, 3.0)

    def theirs(x: float) -> float:
        workspace: dict[str, Any] = {
            **WORKSPACES["1bin_shapesys"],
            "channels": [
                {
                    "name": "singlechannel",
                    "samples": [
                        {
                            "name": "b",
                            "data": [10.0],
                            "modifiers": [
                                {"name": "mu", "type": "normfactor", "data": None},
                                {
                                    "name": "a",
                                    "type": "histosys",
                                    "data": {"hi_data": [10 + sides[0]], "lo_data": [10 - sides[1]]},
                                },
                            ],
                        }
                    ],
                }
            ],
        }
        _, model = pyhf_model(workspace, histosys="code2")
        return float(model.expected_data([x, 1.0])[0]) - 10

    ours = shape_delta(2, 10.0, 10 + sides[0], 10 - sides[1], alpha)
    quadratic, linear = (sides[0] - sides[1]) / 2, (sides[0] + sides[1]) / 2
    if abs(alpha) <= 1:
        assert math.isclose(ours, theirs(alpha), rel_tol=1e-12, abs_tol=1e-12)
    else:
        # A straight line from the parabola's end on, with its slope there.
        end = math.copysign(1, alpha)
        slope = linear + 2 * end * quadratic
        assert ours == pytest.approx(quadratic + end * linear + slope * (alpha - end))
        assert abs(theirs(alpha) - ours) > 0.5


def test_templates_of_several_channels_share_a_shapefactor_with_the_bins_of_the_longer_one() -> None:
    free = [{"name": "free", "type": "shapefactor", "data": None}]
    workspace = {
        **WORKSPACES["2bin_2channel"],
        "channels": [
            {"name": "signal", "samples": [{"name": "b", "data": [1.0, 2.0], "modifiers": free}]},
            {"name": "control", "samples": [{"name": "b", "data": [3.0, 4.0, 5.0], "modifiers": free}]},
        ],
        "observations": [
            {"name": "signal", "data": [1.0, 2.0]},
            {"name": "control", "data": [3.0, 4.0, 5.0]},
        ],
        "measurements": [{"name": "m", "config": {"poi": "", "parameters": []}}],
    }
    model = assert_same_as_pyhf(workspace, "code4", "code4p", seed=1)
    assert model.parameters == ("free[0]", "free[1]", "free[2]")


def test_a_staterror_of_two_channels_has_the_bins_of_both() -> None:
    def sample(name: str, data: list[float]) -> dict[str, Any]:
        width = (0.1 * np.array(data)).tolist()
        return {
            "name": name,
            "data": data,
            "modifiers": [{"name": "stat", "type": "staterror", "data": width}],
        }

    workspace = {
        **WORKSPACES["2bin_2channel"],
        "channels": [
            {"name": "signal", "samples": [sample("a", [5.0, 0.0, 7.0]), sample("b", [1.0, 0.0, 2.0])]},
            {"name": "control", "samples": [sample("b", [3.0, 4.0]), sample("a", [2.0, 1.0])]},
        ],
        "observations": [
            {"name": "signal", "data": [1.0, 0.0, 2.0]},
            {"name": "control", "data": [3.0, 4.0]},
        ],
        "measurements": [{"name": "m", "config": {"poi": "", "parameters": []}}],
    }
    model = assert_same_as_pyhf(workspace, "code4", "code4p", seed=1)
    assert len(model.parameters) == 5
    assert model.fixed.tolist() == [False, False, False, True, False]


@pytest.mark.parametrize(
    ("case", "setting"),
    [
        ("shapesys_with_a_fixed_bin", {"name": "syst", "auxdata": [90.0, 2.0], "inits": [1.1, 0.9]}),
        ("shapesys_with_a_fixed_bin", {"name": "syst", "factors": [50.0, 3.0], "bounds": [[0.5, 2.0]] * 2}),
        ("shapesys_with_a_fixed_bin", {"name": "syst", "fixed": False}),
        ("xmlimport_input_bkg", {"name": "staterror_channel1", "sigmas": [0.3, 0.4], "auxdata": [0.9, 1.2]}),
        ("xmlimport_input_bkg", {"name": "syst2", "auxdata": [0.5], "inits": [-0.5], "fixed": True}),
        ("2bin_2channel_coupledshapefactor", {"name": "coupled_shapefactor", "bounds": [[0.0, 5.0]] * 2}),
        ("1bin_shapesys", {"name": "mu", "fixed": True, "inits": [0.0]}),
    ],
)
def test_settings_of_the_measurement(case: str, setting: dict[str, Any]) -> None:
    workspace = copy.deepcopy(WORKSPACES[case])
    workspace["measurements"][0]["config"]["parameters"].append(setting)
    assert_same_as_pyhf(workspace, "code4", "code4p", seed=2)
