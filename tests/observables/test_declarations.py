"""What an observable may be, and what is said of one that may not."""

from __future__ import annotations

import json

import pytest

import gradcut as gc
from gradcut.observables.settings import TrainingSettings
from observables.blobs import blobs


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"inputs": "met"}, "has a list of inputs"),
        ({"inputs": []}, "has a list of inputs"),
        ({"inputs": ["met", "met"]}, "every input is given once"),
        ({"inputs": ["met > ?"]}, "has no '\\?'"),
        ({"inputs": ["met > 3"]}, "common grammar"),
        ({"inputs": ["met"], "bins": 1}, "2 to 128"),
        ({"inputs": ["met"], "network": (0,)}, "sizes of its hidden layers"),
        ({"inputs": ["met"], "network": "64"}, "sizes of its hidden layers"),
        ({"inputs": ["met"], "activation": "swish"}, "unknown activation"),
        ({"inputs": ["met"], "histogram": "kde"}, "unknown histogram"),
        ({"inputs": ["met"], "missing": "pass"}, "unknown treatment of missing inputs"),
        ({"inputs": ["met"], "edges": "optimal"}, "unknown edges"),
        ({"inputs": ["met"], "bins": 3, "edges": [0.5, 0.2]}, "increase between 0 and 1"),
        ({"inputs": ["met"], "bins": 3, "edges": [0.5]}, "2 of them for 3 bins"),
        ({"inputs": ["met"], "bins": 3, "edges": [0.2, 0.5], "histogram": "softmax"}, "have no edges"),
        ({"inputs": ["met"], "width": 0}, "a number above 0"),
        ({"inputs": ["met"], "clip": -1}, "'clip' is a number above 0"),
        ({"inputs": ["met"], "alongside": gc.Binning("mass", 5)}, "given edges"),
    ],
)
def test_what_cannot_be_an_observable_is_named(arguments, message):
    with pytest.raises(gc.DeclarationError, match=message):
        gc.Observable(**arguments)


def test_a_declaration_survives_as_plain_data():
    declared = gc.Observable(
        {"a": "log(met)", "b": "abs(dphi)"},
        4,
        network=(8, 4),
        histogram="gaussian",
        edges=[0.2, 0.5, 0.7],
        width=0.4,
        missing="flag",
        alongside=gc.Binning("mass", edges=[80, 100, 120]),
    )
    back = gc.Observable.from_json(json.loads(json.dumps(declared.to_json())))
    assert back.to_json() == declared.to_json()
    assert back.names == ("a", "b")
    assert tuple(back.columns) == ("a", "b", "alongside mass")
    assert back.shape == (4, 2)


@pytest.mark.torch
def test_fits_refuse_what_does_not_fit_together():
    torch = pytest.importorskip("torch", reason="torch is not installed")
    samples, observable = blobs(200, 1), gc.Observable(["x", "y"], 3)
    cases = [
        ({"observable": "x"}, "an observable is declared"),
        ({"objective": gc.CrossEntropy()}, "an objective has a direction"),
        ({"loss": "bce"}, "loss is a gc.CrossEntropy"),
        ({"folds": 2, "split": gc.Split()}, "divided in one way"),
        ({"limits": 3}, "limits are gc.BinLimits"),
        ({"watch": ["CLs"]}, "watched are objectives"),
        ({"steps": 0}, "steps is an integer from 1 on"),
        ({"batch": 0}, "batch is an integer from 1 on"),
        ({"rate": -1}, "rate is a positive number"),
        ({"precision": "half"}, "unknown precision"),
        ({"objective": gc.objectives.SignalEfficiency().within(max_background=3)}, "no constraints"),
        (
            {
                "observable": gc.Observable(["x"], 3, histogram="softmax"),
                "loss": gc.CrossEntropy(),
            },
            "no classifier",
        ),
        (
            {"observable": gc.Observable(["x", "y"], 3, network=torch.nn.Linear(3, 1))},
            "does not take 2 inputs",
        ),
        (
            {"observable": gc.Observable(["x", "y"], 3, network=torch.nn.Linear(2, 2))},
            "another number of outputs",
        ),
        (
            {
                "observable": gc.Observable(
                    ["x", "y"], 3, network=torch.nn.Sequential(torch.nn.Linear(2, 1), torch.nn.Sigmoid())
                )
            },
            "ends in a sigmoid",
        ),
        (
            {"observable": gc.Observable(["x", "y"], 3, network=lambda n, m: "mlp")},
            "gives a torch.nn.Module",
        ),
        ({"observable": gc.Observable(["x", "y"], 3, network=torch.nn.Identity())}, "parameters to learn"),
        ({"observable": gc.Observable(["x", "z"], 3)}, "z"),
    ]
    for changed, message in cases:
        arguments = {
            "observable": observable,
            "samples": samples,
            "objective": gc.objectives.CLs(),
            **changed,
        }
        with pytest.raises(gc.GradcutError, match=message):
            gc.fit_observable(**arguments)


def test_settings_are_described_as_plain_data():
    made = TrainingSettings(
        loss=None,
        limits=None,
        watch=(gc.objectives.CLs(),),
        partition=gc.Split(),
        warm_up=gc.CrossEntropy(),
        warm_up_steps=1,
        steps=2,
        batch=None,
        rate=1e-3,
        weight_decay=0.0,
        check_every=1,
        patience=None,
        restarts=1,
        seed=0,
        refine_edges=True,
        device="cpu",
        precision="float32",
        memory=None,
        n_threads=None,
        reader="auto",
    )
    assert json.loads(json.dumps(made.describe())) == made.describe()
