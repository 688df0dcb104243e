"""What ``gc.fit`` refuses, and what it says."""

from __future__ import annotations

import numpy as np
import pytest

import gradcut as gc
from joint.toys import simple

BINS = gc.Binning("t", 3)
CUT = gc.Selection("u > ?")


@pytest.mark.parametrize(
    ("selection", "what", "how", "message"),
    [
        (gc.Selection("u > 1"), BINS, {}, r"nothing is left open in the selection(?s:.*)gc.fit_observable"),
        ("u > ?", BINS, {}, "cuts before bins are those of one selection"),
        (CUT, {"SR": BINS}, {}, r"what is filled is declared(?s:.*)differ between channels"),
        (CUT, "t", {}, "what is filled is declared"),
        (CUT, BINS, {"fix": {"w": 1.0}}, "unknown parameter 'w'"),
        (CUT, BINS, {"fix": {"u": 1.0}}, "all parameters are fixed"),
        (CUT, BINS, {"steps": 10}, r"unknown setting 'steps'(?s:.*)no network"),
        (CUT, BINS, {"starts": 0}, "starts is an integer from 1 on"),
        (CUT, BINS, {"turns": True}, "turns is an integer from 1 on"),
        (CUT, BINS, {"limits": 3}, "limits are gc.BinLimits"),
        (CUT, BINS, {"folds": 2, "split": gc.Split()}, "divided in one way"),
        (CUT, BINS, {"objective": len}, "an objective has a direction"),
        (
            CUT,
            BINS,
            {"objective": gc.objectives.SignalEfficiency().within(max_background=3.0)},
            "no constraints to keep to",
        ),
        (gc.Selection("v > ?"), BINS, {}, "'v'"),
        (CUT, gc.Binning("tt", 3), {}, r"'tt'(?s:.*)did you mean 't'"),
    ],
)
def test_refusals_say_what_is_wrong(selection, what, how, message) -> None:
    with pytest.raises(gc.GradcutError, match=message):
        gc.fit(selection, what, simple(300, 1), **how)


@pytest.mark.torch
@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"stepps": 10}, r"unknown setting 'stepps'(?s:.*)did you mean 'steps'"),
        ({"loss": gc.CrossEntropy()}, "unknown setting 'loss'"),
        ({"steps": 0}, "steps is an integer from 1 on"),
    ],
)
def test_settings_of_networks_are_checked(how, message) -> None:
    pytest.importorskip("torch")
    with pytest.raises(gc.DeclarationError, match=message):
        gc.fit(CUT, gc.Observable(["t"], 3), simple(300, 1), **how)


def test_an_interval_of_which_one_end_opens_is_not_learned_here() -> None:
    selection = gc.Selection("? < u < ?", either=[("u:low", "u:high")])
    with pytest.raises(gc.DeclarationError, match="learned by gc\\.fit_cuts only"):
        gc.fit(selection, BINS, simple(300, 1))


def test_declared_uncertainties_are_not_ignored() -> None:
    given = {name: np.ones(60) for name in ("u", "t", "z", "weight")} | {"event": np.arange(60)}
    samples = simple(300, 1)
    samples.add("other", given, role="background", norm_uncertainty=0.2)
    with pytest.raises(gc.DeclarationError, match="would ignore declared uncertainties"):
        gc.fit(CUT, BINS, samples)


def test_limits_that_no_bins_keep() -> None:
    limits = gc.BinLimits(min_background=900.0)
    with pytest.raises(gc.UnattainableError):
        gc.fit(CUT, BINS, simple(600, 1), limits=limits, starts=2, max_steps=12)
