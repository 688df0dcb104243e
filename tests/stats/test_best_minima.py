"""Fits from where a model starts are not beaten by fits that start at random."""

from __future__ import annotations

import numpy as np

from gradcut.stats import Model
from gradcut.stats.compiled_fit import FLAGS, FitBox, fit
from stats.random_models import random_data, random_parameters, random_workspace


def test_starts_at_random_find_nothing_better() -> None:
    rng, gains, moved = np.random.default_rng(3), [], 0
    for seed in range(40):
        codes = ("code4", "code4p") if seed % 3 < 2 else ("code1", "code0")
        model = Model.from_workspace(
            random_workspace(seed), interpolation=dict(zip(("normsys", "histosys"), codes, strict=True))
        )
        theta = random_parameters(seed, model.initial, model.bounds, model.fixed)
        drawn = random_data(seed + 1000, model, model.likelihood.expected_data(theta, model.inputs)[0])
        for data in (model.data(), drawn):
            first = fit(
                model.likelihood, model.inputs, data, FitBox(model.initial, model.bounds, model.fixed)
            )
            assert first.ended.all(), seed
            moved += bool(first.flags[0] >> FLAGS.index("other minimum") & 1)
            width = np.where(model.initial == 0, 2.0, 0.5)
            starts = model.initial + width * rng.normal(size=(6, len(model.initial)))
            starts = np.where(model.fixed, model.initial, np.clip(starts, *model.bounds.T))
            others = fit(model.likelihood, model.inputs, data, FitBox(starts, model.bounds, model.fixed))
            expected = model.likelihood.expected_data(others.theta, model.inputs)[:, : model.n_bins]
            # Where rates are negative there is no limit to how low it goes.
            good = others.ended & (expected >= 0).all(axis=1)
            gains += (first.value[0] - others.value[good]).tolist()
    assert len(gains) > 400
    assert max(gains) < 1e-8
    # Some were not the first ones that fits came to.
    assert moved > 5
