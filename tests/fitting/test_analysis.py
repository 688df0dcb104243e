"""A fit on everything at once: channels, variations, weights of both signs, missing values, windows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradcut as gc
from engines import toy
from gradcut.errors import DeclarationError
from gradcut.objectives import AsimovSignificance

QUICK: dict[str, Any] = {"starts": 3, "max_steps": 24, "n_threads": 1, "folds": 2}


@pytest.fixture(scope="module")
def samples() -> gc.Samples:
    return toy.samples({name: toy.columns(*how) for name, how in toy.PROCESSES.items()})


def test_declared_variations_must_be_dealt_with(samples: gc.Samples) -> None:
    with pytest.raises(DeclarationError, match=r"would ignore(.|\n)*variation 'JES', variation 'SF'"):
        gc.fit_cuts(toy.SELECTION, samples, objective=AsimovSignificance(0.1), **QUICK)


def test_fit_over_channels_and_variations_quotes_pooled_hard_yields(samples: gc.Samples) -> None:
    objective = AsimovSignificance(0.1, systematics="ignore")
    fit = gc.fit_cuts(toy.SELECTION, samples, objective=objective, **QUICK)
    assert fit.status == "finished"
    assert fit.values["mass:low"] <= fit.values["mass:high"]
    assert fit.values["n_jet"] % 1 == 0.5 or np.isinf(fit.values["n_jet"])
    assert {(row.channel, row.process) for row in fit.processes} == {
        ("SR", "susy"),
        ("SR", "ww"),
        ("CR", "ww"),
        ("SR", "top"),
        ("CR", "top"),
    }
    for row in fit.processes:
        table = toy.columns(*toy.PROCESSES[row.process])
        region = 0 if row.channel == "SR" else 1
        inside = (table["presel"] == 1) & (table["region"] == region)
        factor = 600.0 / float(table["weight"].astype(np.float64).sum()) if row.process == "top" else 1.0
        for passed, quoted in ((fit.mask(table), row.used), (fit.mask(table, folds=True), row.unused)):
            weights = table["weight"][inside & passed].astype(np.float64)
            assert quoted == pytest.approx(factor * weights.sum(), rel=1e-6, abs=1e-6)


def test_better_cuts_than_none_and_the_table_names_the_channels(samples: gc.Samples) -> None:
    objective = AsimovSignificance(0.1, systematics="ignore")
    selection = gc.Selection("met > ?", "60 < mass < 120", missing="pass")
    fit = gc.fit_cuts(selection, samples, objective=objective, **QUICK)
    assert fit.scores.used >= fit.threshold("met").without
    assert "channel" in str(fit)
    missing = sum(int(np.isnan(toy.columns(*how)["met"]).sum()) for how in toy.PROCESSES.values())
    assert 0 < fit.threshold("met").missing < missing
