"""A saved observable is applied where torch is not installed."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

import gradcut as gc

FILE = Path(__file__).parent / "files" / "observable.json"


def slowly(x: float, y: float) -> float:
    """The observable of one event from the numbers in the file, in plain Python."""
    network = json.loads(FILE.read_text())["content"]["bins"]["network"]
    given = [x, abs(y)]
    values = []
    for number, (value, one) in enumerate(zip(given, network["inputs"], strict=True)):
        missing = math.isnan(value)
        assert not missing or number in network["flagged"]
        z = 0.0 if missing else (value - one["centre"]) / one["scale"]
        values.append(min(max(z, -network["clip"]), network["clip"]))
    values += [float(math.isnan(given[number])) for number in network["flagged"]]
    for layer in network["layers"]:
        values = [
            sum(w * v for w, v in zip(row, values, strict=True)) + b
            for row, b in zip(layer["weight"], layer["bias"], strict=True)
        ]
        if layer["activation"] == "tanh":
            values = [math.tanh(v) for v in values]
        elif layer["activation"] == "sigmoid":
            values = [1 / (1 + math.exp(-v)) for v in values]
        else:
            assert layer["activation"] == "linear"
    (value,) = values
    return value


def events(n: int = 200) -> dict[str, np.ndarray]:
    random = np.random.default_rng(8)
    return {"x": random.normal(0, 2, n), "y": random.normal(size=n)}


def test_a_file_gives_the_observable_of_the_formulas() -> None:
    fit, given = gc.ObservableResult.load(FILE), events()
    wanted = [slowly(x, y) for x, y in zip(given["x"], given["y"], strict=True)]
    np.testing.assert_allclose(fit.values(given), wanted, rtol=1e-5, atol=1e-6)
    inner = fit.edges[1:-1]
    sure = np.min(np.abs(np.subtract.outer(wanted, inner)), axis=1) > 1e-5
    np.testing.assert_array_equal(fit.index(given)[sure], np.searchsorted(inner, wanted, side="right")[sure])
    assert sure.mean() > 0.95
    assert "CLs" in str(fit)


@pytest.mark.root
def test_a_file_is_applied_in_rdataframe(ROOT) -> None:  # noqa: N803
    fit, given = gc.ObservableResult.load(FILE), events()
    node = fit.define(fit.define_output(ROOT.RDF.FromNumpy(given), "score"), "bin")
    found = node.AsNumpy(["score", "bin"])
    np.testing.assert_array_equal(found["score"], fit.values(given))
    np.testing.assert_array_equal(found["bin"], fit.index(given))
