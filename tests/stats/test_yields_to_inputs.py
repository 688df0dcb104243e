"""From yields to the numbers of a likelihood: what a model made there has, and derivatives."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gradcut.errors import DeclarationError
from gradcut.stats import Model
from gradcut.yields import Moments, Yields
from stats.varied_yields import moved, random_direction, varied_yields

OPTIONS: dict[str, dict[str, Any]] = {
    "defaults": {},
    "split": {"variations": "split", "vectors": {"scale": "replicas"}},
    "rates alone for one": {"variations": {"JES": "normsys", "SOFT": "split"}, "norm": "gaussian"},
    "floor of MC": {"floor": "mc", "variations": {"JES": "split"}},
    "high floor": {"floor": 12.0, "variations": "split", "smooth": 0.8},
    "smooth": {"smooth": 1.3, "variations": {"JES": "split"}, "vectors": {"pdf": "hessian"}},
    "smooth one": {"smooth": {"JES": 0.7}, "mc_stat_of": "all"},
    "Poisson": {"mc_stat": "shapesys", "mc_stat_of": "all", "norm": "gaussian"},
    "some bins": {"bins": [3, 0, 1], "mc_stat": "none", "vectors": {"pdf": "separate"}},
    "pruned": {
        "variations": "split",
        "prune_significance": 1.5,
        "free": {"f": ["p1"]},
        "lumi_uncertainty": 0.02,
    },
}


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_numbers_at_a_point_are_those_of_the_model_made_there(options: dict[str, Any]) -> None:
    given = varied_yields(1)
    first = Model.from_yields(given, **options)
    assert first.yields_to_inputs is not None
    inputs = first.yields_to_inputs.inputs(given.moments)
    assert inputs.shape == (3, first.yields_to_inputs.n_inputs)
    for point in range(3):
        model = Model.from_yields(given, point=point, **options)
        if not np.array_equal(model.plan.modifiers, first.plan.modifiers):
            # What is large enough was decided at the first point.
            assert point
            assert options.get("prune_significance")
            continue
        np.testing.assert_allclose(inputs[point], model.inputs, rtol=1e-12)
        np.testing.assert_allclose(first.yields_to_inputs.auxdata(inputs)[point], model.auxdata, rtol=1e-12)


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_derivatives_are_finite_differences(options: dict[str, Any]) -> None:
    given = varied_yields(2)
    model = Model.from_yields(given, **options)
    to_inputs = model.yields_to_inputs
    assert to_inputs is not None
    rng = np.random.default_rng(3)
    weights, aux_weights = rng.normal(size=(3, to_inputs.n_inputs)), rng.normal(size=(3, len(model.auxdata)))
    slopes = to_inputs.vjp(given.moments, weights, aux_weights)

    def value(moments: Moments) -> float:
        inputs = to_inputs.inputs(moments)
        return float((weights * inputs).sum() + (aux_weights * to_inputs.auxdata(inputs)).sum())

    for seed in range(4):
        direction = random_direction(given, seed)
        # The floor of variances is far below all of them, so that steps do not cross it.
        numeric = (value(moved(given, direction, 1e-5)) - value(moved(given, direction, -1e-5))) / 2e-5
        analytic = sum(float((s * d).sum()) for s, d in zip(slopes, direction, strict=True))
        assert analytic == pytest.approx(numeric, rel=1e-6)
    # Each bin of each moment on its own, at one point: nothing is in the wrong place.
    for at in np.ndindex(2, 3, len(given.layout.variations), 5):
        step = np.zeros(given.moments.sum_w.shape)
        step[(1, *at)] = 1.0
        for which in (1, 2):
            direction = Moments(*(step * (k == which) for k in range(3)))
            numeric = (value(moved(given, direction, 1e-4)) - value(moved(given, direction, -1e-4))) / 2e-4
            assert slopes[which][(1, *at)] == pytest.approx(
                numeric, rel=1e-5, abs=1e-6 * np.abs(slopes[which]).max()
            )


def test_entries_do_not_matter() -> None:
    given = varied_yields(2)
    to_inputs = Model.from_yields(given).yields_to_inputs
    assert to_inputs is not None
    assert not to_inputs.vjp(given.moments, np.ones((3, to_inputs.n_inputs))).entries.any()


@pytest.mark.parametrize("mc_stat", ["staterror", "shapesys", "none"])
@pytest.mark.parametrize("variations", ["histosys", "split", "normsys"])
def test_empty_and_negative_bins_give_finite_numbers_and_slopes(mc_stat: str, variations: str) -> None:
    given = varied_yields(4)
    to_inputs = Model.from_yields(given, mc_stat=mc_stat, variations=variations, smooth=0.5).yields_to_inputs
    assert to_inputs is not None
    sum_w, variance = given.moments.sum_w.copy(), given.moments.variance.copy()
    sum_w[0], variance[0] = 0.0, 0.0
    sum_w[1] *= -1
    sum_w[2, :, :, :, 2], variance[2, :, :, :, 2] = 0.0, 0.0
    moments = Moments(given.moments.entries, sum_w, variance)
    inputs, pull_back = to_inputs.linearised(moments)
    assert np.isfinite(inputs).all()
    slopes = pull_back(np.ones_like(inputs))
    assert all(np.isfinite(slope).all() for slope in slopes)
    # What is raised to the floor does not move.
    assert not slopes.sum_w[:2].any()
    assert slopes.sum_w[2].any()


def test_without_events_and_weights_mc_statistics_are_fixed_and_finite() -> None:
    given = varied_yields(4, points=1)
    layout = replace(given.layout, mean_weight=np.zeros((2, 3)))
    none = Yields(
        layout, Moments(given.moments.entries, given.moments.sum_w, np.zeros_like(given.moments.sum_w))
    )
    for mc_stat in ("staterror", "shapesys"):
        model = Model.from_yields(none, mc_stat=mc_stat)
        assert model.fixed.sum() == (10 if mc_stat == "staterror" else 15)
        assert model.yields_to_inputs is not None
        inputs, pull_back = model.yields_to_inputs.linearised(none.moments)
        np.testing.assert_allclose(inputs[0], model.inputs, rtol=1e-12)
        assert all(np.isfinite(slope).all() for slope in pull_back(np.ones_like(inputs)))


def test_yields_of_another_layout_are_refused() -> None:
    to_inputs = Model.from_yields(varied_yields(1)).yields_to_inputs
    assert to_inputs is not None
    with pytest.raises(DeclarationError, match=r"another layout(.|\n)*\(2, 3, 10, 4\)(.|\n)*\(2, 3, 10, 5\)"):
        to_inputs.inputs(varied_yields(1, bins=4).moments)
