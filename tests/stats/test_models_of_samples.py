"""From declared samples to a model, and derivatives all the way back to the edges of bins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradcut as gc
from gradcut import engines
from gradcut.binning.bins_spec import BinsSpec
from gradcut.stats import Model

SPEC = BinsSpec("axes", "gaussian", ("x",), n_edges=(2,))
POINT = [0.3, 1.1, 0.25]


def columns(seed: int, shift: float) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    n = 400
    x = rng.normal(shift, 1, n)
    return {
        "x": x,
        "x_JES_up": 1.05 * x + 0.05,
        "x_JES_down": 0.95 * x - 0.05,
        "w": rng.uniform(0.5, 1.5, n) * 0.1,
        "btag": 1 + 0.1 * np.tanh(x),
        **{f"scale{k}": 1 + 0.1 * (k - 1) * np.sign(x - 0.5) for k in range(3)},
    }


def declare(samples: gc.Samples) -> gc.Samples:
    samples.vary("JES", suffix=("_JES_up", "_JES_down"))
    samples.vary("btag", weight="btag", relative=True)
    samples.vary("scale", weights="scale", kind="envelope", relative=True)
    samples.vary("pdf", weights="scale", relative=True)
    return samples


@pytest.fixture
def in_memory() -> gc.Samples:
    samples = gc.Samples(weight="w")
    for seed, (name, role, shift) in enumerate((("sig", "signal", 1.0), ("bkg", "background", 0.0))):
        given = columns(seed, shift)
        given["scale"] = np.stack([given.pop(f"scale{k}") for k in range(3)], axis=1)
        samples.add(name, given, role=role, norm_uncertainty=0.2 if name == "bkg" else None)
    return declare(samples)


def test_a_model_knows_how_variations_were_declared(in_memory: gc.Samples) -> None:
    engine = engines.CpuBinsEngine(SPEC, in_memory.collect(["x"]), precision="float64")
    yields = engine.yields(POINT)
    assert dict(yields.layout.variation_kinds) == {
        "JES": "up-down",
        "btag": "one-sided",
        "scale": "envelope",
        "pdf": "replicas",
    }
    model = Model.from_yields(yields)
    names = [name for name in model.parameters if "[" not in name]
    assert names == ["JES", "btag", "pdf", "scale", "mu", "bkg_norm"]
    tags = [yields.of("bkg", variation=f"scale:{k}").sum_w[0] for k in range(3)]
    found = next(m for m in model.channels[0].samples[0].modifiers if m.name == "scale")
    np.testing.assert_allclose(found.data, [np.max(tags, axis=0), np.min(tags, axis=0)], rtol=1e-12)


def test_derivatives_reach_the_edges_of_the_bins(in_memory: gc.Samples) -> None:
    engine = engines.CpuBinsEngine(SPEC, in_memory.collect(["x"]), precision="float64")
    to_inputs = Model.from_yields(engine.yields(POINT), variations={"JES": "split"}).yields_to_inputs
    assert to_inputs is not None
    weights = np.random.default_rng(1).normal(size=(1, to_inputs.n_inputs))
    slope = engine.vjp(to_inputs.vjp(engine.yields(POINT).moments, weights))[0]
    for i, step in enumerate(np.eye(3) * 1e-5):
        up, down = (
            (weights * to_inputs.inputs(engine.yields(np.add(POINT, s)).moments)).sum() for s in (step, -step)
        )
        assert slope[i] == pytest.approx((up - down) / 2e-5, rel=1e-6)


@pytest.mark.root
def test_the_event_loop_knows_it_too(ROOT: Any, tmp_path: Path) -> None:  # noqa: N803
    samples = gc.Samples(weight="w")
    for seed, (name, role, shift) in enumerate((("sig", "signal", 1.0), ("bkg", "background", 0.0))):
        frame = ROOT.RDF.FromNumpy(columns(seed, shift))
        frame = frame.Define("scale", "ROOT::RVecD{scale0, scale1, scale2}")
        path = str(tmp_path / f"{name}.root")
        frame.Snapshot("events", path, ["x", "x_JES_up", "x_JES_down", "w", "btag", "scale"])
        samples.add(name, f"{path}:events", role=role)
    declare(samples)
    memory = engines.CpuBinsEngine(SPEC, samples.collect(["x"]), precision="float64").yields(POINT)
    loop = engines.EventLoopBinsEngine(SPEC, ["x"], samples, precision="float64").yields(POINT)
    assert loop.layout.variation_kinds == memory.layout.variation_kinds
    np.testing.assert_allclose(Model.from_yields(loop).inputs, Model.from_yields(memory).inputs, rtol=1e-9)
