"""Cuts before an observable in one graph: beside finite differences, slow sums, and each half alone."""

from __future__ import annotations

import numpy as np
import pytest

import gradcut as gc
from joint.toys import rich

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

#: Alternatives and a threshold along a property, too.
SELECTIONS = {
    "product": (gc.Selection("u > ?", "? < z < ?", "ok == 1", sentinels=[-999.0]), [0.3, -1.2, 1.9]),
    "tree": (
        gc.Selection("u > ?a || (t > ?b && z < ?c)", "z > ?d + ?e * t", sentinels=[-999.0]),
        [0.8, 0.4, 1.0, -1.0, 0.2],
    ),
}


def made(name, *, kind="logistic", samples=None, **settings):
    """A declaration, its tables, an engine with a gate in double, and a point."""
    from gradcut.engines.segments import layout_of, segments_of
    from gradcut.engines.torch_selection import CutColumns
    from gradcut.fitting.events import HardEvents
    from gradcut.fitting.tasks import scaling_of
    from gradcut.joint.declared import Joint
    from gradcut.joint.gate import CutGate
    from gradcut.joint.tables import behind_cuts, in_bins
    from gradcut.observables.engine import ObservableEngine
    from gradcut.observables.mlp import make_module
    from gradcut.observables.passes import Passes
    from gradcut.observables.rows import Rows
    from gradcut.observables.scaling import scaling_of as scaling_of_inputs
    from gradcut.observables.soft_histogram import SoftHistogram

    selection, thresholds = SELECTIONS[name]
    observable = gc.Observable(["t", "z"], 3, histogram=kind, network=(6,), activation="tanh", **settings)
    joint = Joint(selection, observable)
    tables = joint.collect(rich(120, 3) if samples is None else samples)
    behind = behind_cuts(tables, joint, None)
    inputs = scaling_of_inputs(observable, layout_of(behind), list(segments_of(behind, observable.spec)))
    cpu = torch.device("cpu")
    rows = Rows.of(
        observable,
        tables,
        inputs,
        cpu,
        torch.float64,
        spec=joint.spec,
        cuts=lambda columns: CutColumns.of(joint.kernel, columns, cpu),
    )
    gate = CutGate(
        joint.kernel, scaling_of(HardEvents(joint.kernel, in_bins(tables, joint, None)), {}), {}, kind
    )
    module = make_module(observable, inputs.n_inputs, 4).double()
    engine = ObservableEngine(Passes(module, chunk=70, room=20_000), SoftHistogram(kind, 3), rows, gate=gate)
    free = np.random.default_rng(2).normal(0, 0.3, engine.n_free_edges)
    point = np.concatenate([engine.passes.initial().numpy(), free, gate.free_of(np.array(thresholds))])
    return joint, tables, engine, point


@pytest.mark.parametrize("kind", ["logistic", "gaussian", "softmax"])
@pytest.mark.parametrize("name", SELECTIONS)
def test_gradient_in_all_parameters_is_that_of_finite_differences(name: str, kind: str) -> None:
    _, _, engine, point = made(name, kind=kind)
    engine.width = 0.25
    evaluation = engine.evaluate(point)
    random = np.random.default_rng(1)
    cotangents = gc.Moments(
        *(random.normal(size=m.shape) / np.abs(m).max() for m in evaluation.yields.moments)
    )
    found = evaluation.vjp(cotangents)[0]
    assert found.shape == (len(engine.parameters),)
    steps = 1e-5 * np.concatenate([np.eye(len(point)), -np.eye(len(point))])
    moments = engine.yields(point + steps).moments
    values = sum(
        (c * m).reshape((2, len(point), -1)).sum(-1) for c, m in zip(cotangents, moments, strict=True)
    )
    np.testing.assert_allclose(
        found, (values[0] - values[1]) / 2e-5, rtol=2e-5, atol=2e-7 * np.abs(found).max()
    )


def test_soft_yields_are_slow_sums_of_products() -> None:
    _, _, engine, point = made("product")
    engine.width = 0.2
    found = engine.yields(point).moments
    low, first, last = engine.gate.thresholds(point[-3:])
    width = engine.gate.cut_width(0.2) * engine.gate.scaling.cut_scale
    outputs = {rows.start: out for rows, out in engine.outputs(point)}
    o = torch.sigmoid(torch.cat([outputs[start] for start in sorted(outputs)])[:, 0]).numpy()
    edges = [-np.inf, *engine.edges(point), np.inf]
    layout, h = engine.layout, 0.2 / 3

    def step(u):
        return 1 / (1 + np.exp(-np.clip(u, -700, 700)))

    expected = np.zeros((2, *layout.shape))
    for block in engine.rows.blocks:
        u, z = block.cuts.columns
        s = step((u - low) / width[0]) * (step((z - first) / width[1]) - step((z - last) / width[1]))
        s = np.where(np.isnan(u) | np.isnan(z), 0.0, s)
        own = o[block.rows]
        for b in range(3):
            p = s * (step((own - edges[b]) / h) - step((own - edges[b + 1]) / h))
            for j, variant in enumerate(block.variants):
                w = block.weights[:, j].numpy()
                expected[(slice(None), *variant.at, b)] += (w * p).sum(), (w**2 * p).sum()
    for c, p, v in np.argwhere(~layout.present):
        expected[:, c, p, v] = expected[:, c, p, 0]
    np.testing.assert_allclose(found.sum_w[0], expected[0], rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(found.variance[0], expected[1], rtol=1e-10, atol=1e-12)
    assert {layout.variations[v] for v in range(5)} == {"nominal", "JES:up", "JES:down", "SF:up", "SF:down"}


@pytest.mark.parametrize("name", SELECTIONS)
def test_hard_yields_are_those_of_masks(name: str) -> None:
    joint, tables, engine, point = made(name)
    values = joint.named(engine.gate.thresholds(point[-engine.gate.n_free :]))
    found = engine.hard_yields(point).moments.sum_w[0]
    edges = engine.edges(point)
    outputs = {rows.start: out for rows, out in engine.outputs(point)}
    o = torch.sigmoid(torch.cat([outputs[start] for start in sorted(outputs)])[:, 0]).numpy()
    expected = np.zeros_like(found)
    for block in engine.rows.blocks:
        channel, process = engine.layout.channels[block.table[0]], engine.layout.processes[block.table[1]]
        table = tables[channel, process]
        variation = engine.layout.variations[block.variants[0].at[2]]
        features = dict(zip(tables.features, table.features(variation), strict=True))
        given = {
            "u": features["selection: u"] if name == "product" else None,
            "t": features["t"],
            "z": features["z"],
        }
        if name == "tree":
            given["u"] = next(x for key, x in features.items() if key.startswith("selection: u"))
        passed = gc.Selection(
            *(requirement for requirement in joint.selection.declared[: 2 if name == "product" else None]),
            sentinels=[-999.0],
        ).mask(given, values)
        number = np.searchsorted(edges, o[block.rows], side="right")
        for j, variant in enumerate(block.variants):
            w = np.where(passed, block.weights[:, j].numpy(), 0.0)
            expected[variant.at] = np.bincount(number, w, 3)
    for c, p, v in np.argwhere(~engine.layout.present):
        expected[c, p, v] = expected[c, p, 0]
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


def test_open_cuts_change_nothing() -> None:
    from gradcut.observables.engine import ObservableEngine

    _, _, engine, point = made("product")
    alone = ObservableEngine(engine.passes, engine.histogram, engine.rows)
    engine.width = alone.width = 0.06
    n = len(point) - engine.gate.n_free
    far = point.copy()
    # Tens of widths outside of the events, where the smooth steps are one to 1e-9; missing values still fail.
    far[n] = -30.0
    far[n + 1], far[n + 2] = -30.0, np.log(60.0)
    inside = [
        torch.from_numpy(~np.isnan(block.cuts.columns[0]) & ~np.isnan(block.cuts.columns[1]))
        for block in engine.rows.blocks
    ]
    for block, known in zip(engine.rows.blocks, inside, strict=True):
        block.weights[~known] = 0.0
    a, b = engine.evaluate(far), alone.evaluate(point[:n])
    for one, other in zip(a.yields.moments, b.yields.moments, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-8, atol=1e-10)
    ones = gc.Moments(*(np.ones_like(m) * np.arange(3) for m in a.yields.moments))
    np.testing.assert_allclose(a.vjp(ones)[0][:n], b.vjp(ones)[0], rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(a.vjp(ones)[0][n:], 0.0, atol=1e-6)


def test_bins_together_are_what_cuts_alone_keep() -> None:
    from gradcut.engines import CpuEngine
    from gradcut.joint.tables import in_bins

    joint, tables, engine, point = made("product", missing="flag")
    engine.width = 0.15
    found = engine.yields(point).moments
    gate = engine.gate
    alone = CpuEngine(joint.kernel, in_bins(tables, joint, None), precision="float64")
    at = gate.scaling.points(gate.scaling.thresholds(point[None, -3:]), gate.cut_width(0.15))
    expected = alone.yields(at).moments
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one.sum(-1), other[..., 0], rtol=1e-9, atol=1e-9)


def test_batches_have_the_cuts_of_their_events() -> None:
    from gradcut.observables.batches import Batches

    _, _, engine, point = made("product")
    batches = Batches(engine.rows, engine.rows.n_rows // 4, 1)
    total = 0.0
    for step in range(batches.parts):
        rows = batches.at(step)
        for block, whole in zip(rows.blocks, engine.rows.blocks, strict=True):
            assert len(block.cuts.columns[0]) == block.rows.stop - block.rows.start
            inside = np.isin(block.cuts.columns[0], whole.cuts.columns[0]) | np.isnan(block.cuts.columns[0])
            assert inside.all()
        total = total + engine.on(rows).yields(point).moments.sum_w / batches.parts
    np.testing.assert_allclose(total.sum(), engine.yields(point).moments.sum_w.sum(), rtol=0.05)
