"""Learned observables saved, loaded, and applied with numpy and in RDataFrame."""

from __future__ import annotations

import json

import numpy as np
import pytest

import gradcut as gc
from observables.blobs import by_suffix

torch = pytest.importorskip("torch", reason="torch is not installed")
pytestmark = pytest.mark.torch


@pytest.fixture(scope="module", params=["logistic", "softmax"])
def fit(request):
    observable = gc.Observable(
        {"first": "x", "second": "abs(y)"}, 3, network=(8,), activation="silu", histogram=request.param
    )
    return gc.fit_observable(
        observable,
        by_suffix(800, 1),
        objective=gc.objectives.CLs(),
        steps=20,
        warm_up_steps=10,
        restarts=2,
        folds=gc.Folds(2, by="event % 2"),
        seed=3,
    )


def columns(n=500):
    random = np.random.default_rng(4)
    x = random.normal(size=n)
    x[7] = np.nan
    return {"x": x, "y": random.normal(size=n), "event": np.arange(n), "w": random.uniform(size=n)}


def test_a_saved_observable_is_the_same_one(fit, tmp_path):
    path = tmp_path / "observable.json"
    fit.save(path)
    back = gc.ObservableResult.load(path)
    assert str(back) == str(fit)
    for folds in (False, True):
        np.testing.assert_array_equal(back.index(columns(), folds=folds), fit.index(columns(), folds=folds))
        np.testing.assert_array_equal(back.values(columns(), folds=folds), fit.values(columns(), folds=folds))
    again = tmp_path / "again.json"
    back.save(again)
    assert json.loads(again.read_text())["content"] == json.loads(path.read_text())["content"]


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("bins", "network", "layers"), []),
        (("bins", "network", "layers", 0, "activation"), "exec"),
        (("bins", "network", "inputs", 0, "scale"), -1.0),
        (("binning", "names"), ["first", "first"]),
        (("binning", "bins"), 4),
        (("restarts",), None),
        (("features", 0, "value"), {"number": 1.0}),
    ],
)
def test_a_damaged_file_is_refused(fit, tmp_path, place, value):
    path = tmp_path / "observable.json"
    fit.save(path)
    document = json.loads(path.read_text())
    at = document["content"]
    for key in place[:-1]:
        at = at[key]
    at[place[-1]] = value
    path.write_text(json.dumps(document))
    with pytest.raises(gc.SchemaError):
        gc.ObservableResult.load(path)


def test_outputs_are_those_of_torch(fit):
    """The saved layers beside the formulas of torch."""
    given = columns()
    network = fit.network
    inputs = np.stack([given["x"], np.abs(given["y"])], 1)
    z = torch.from_numpy(np.clip((inputs - network.centre) / network.scale, -network.clip, network.clip))
    for layer in network.layers:
        z = torch.nn.functional.linear(
            z, torch.from_numpy(layer.weight.copy()), torch.from_numpy(layer.bias.copy())
        )
        apply = {"silu": torch.nn.functional.silu, "sigmoid": torch.sigmoid, "linear": lambda x: x}
        z = apply[layer.activation](z)
    wanted = z.numpy()[:, 0] if z.shape[1] == 1 else z.numpy()
    np.testing.assert_allclose(fit.values(given), wanted, rtol=1e-6, atol=1e-6)


@pytest.mark.root
@pytest.mark.parametrize("folds", [False, True])
def test_rdataframe_agrees_with_numpy_on_every_event(fit, folds, ROOT):  # noqa: N803
    given = columns()
    node = ROOT.RDF.FromNumpy(given)
    found = fit.define_output(fit.define(node, "bin", folds=folds), "output", folds=folds).AsNumpy(
        ["bin", "output"]
    )
    np.testing.assert_array_equal(found["bin"], fit.index(given, folds=folds))
    outputs = np.stack([np.asarray(one) for one in found["output"]])
    np.testing.assert_array_equal(outputs, fit.values(given, folds=folds))
    filled = fit.histogram(node, "w", folds=folds)
    inside = fit.index(given, folds=folds)
    for number in range(3):
        assert filled.GetBinContent(number + 1) == pytest.approx(given["w"][inside == number].sum())


@pytest.mark.root
def test_variations_of_the_inputs_pass_through(fit, ROOT):  # noqa: N803
    given = columns(60)
    node = ROOT.RDF.FromNumpy(given).Vary("x", "ROOT::RVecD{x + 0.3, x - 0.3}", ["up", "down"], "JES")
    varied = ROOT.RDF.Experimental.VariationsFor(
        fit.define(node, "bin").Histo1D(("h", "", 4, -1.5, 2.5), "bin")
    )
    for tag, shift in (("nominal", 0.0), ("JES:up", 0.3), ("JES:down", -0.3)):
        wanted = np.bincount(fit.index({**given, "x": given["x"] + shift}) + 1, minlength=4)
        assert [varied[tag].GetBinContent(i + 1) for i in range(4)] == wanted.tolist()
