"""The engine of a neural observable, beside automatic differentiation, finite differences and slow sums."""

from __future__ import annotations

import numpy as np
import pytest

import gradcut as gc
from observables.blobs import blobs, by_suffix

torch = pytest.importorskip("torch", reason="torch is not installed")
pytestmark = pytest.mark.torch

KINDS = ("logistic", "gaussian", "softmax")


def made(samples, observable, *, chunk=None, room=None, seed=5):
    """An engine in double, and a point."""
    from gradcut.engines.segments import layout_of, segments_of
    from gradcut.observables.engine import ObservableEngine
    from gradcut.observables.mlp import make_module
    from gradcut.observables.passes import Passes
    from gradcut.observables.rows import Rows
    from gradcut.observables.scaling import scaling_of
    from gradcut.observables.soft_histogram import SoftHistogram

    tables = samples.collect(observable.columns)
    scaling = scaling_of(observable, layout_of(tables), list(segments_of(tables, observable.spec)))
    rows = Rows.of(observable, tables, scaling, torch.device("cpu"), torch.float64)
    module = make_module(observable, scaling.n_inputs, seed).double()
    passes = Passes(module, chunk=chunk, room=room)
    edges = np.asarray(observable.edges) if isinstance(observable.edges, tuple) else None
    engine = ObservableEngine(passes, SoftHistogram(observable.histogram, observable.n_bins), rows, edges)
    free = np.random.default_rng(seed).normal(0, 0.3, engine.n_free_edges)
    return engine, np.concatenate([passes.initial().numpy(), free]), tables, scaling


def declared(kind, **settings):
    return gc.Observable(["x", "y"], 4, histogram=kind, network=(7, 5), activation="tanh", **settings)


def one_graph(engine, point, scaling, tables, observable):
    """Yields of a point as one graph of torch, from formulas of the thesis, event by event."""
    leaf = torch.from_numpy(point).requires_grad_(True)
    weights = engine.passes._weights(leaf[: engine.passes.n_parameters])
    layout = engine.layout
    values = {}
    for (channel, process), table in tables.items():
        c, p = layout.channels.index(channel), layout.processes.index(process)
        for v, variation in enumerate(layout.variations):
            own = variation if variation in table.variations else "nominal"
            inputs = torch.from_numpy(scaling.standardised(table.features(own)[:2])).double()
            w = torch.from_numpy(table.weights(own))
            z = torch.func.functional_call(engine.passes.module, weights, (inputs,))
            if observable.histogram == "softmax":
                memberships = torch.softmax(z / engine.width, 1).T
            else:
                o = torch.sigmoid(z[:, 0])
                if isinstance(observable.edges, tuple):
                    inner = torch.tensor(observable.edges, dtype=torch.float64)
                else:
                    n, least = observable.n_bins, 0.1
                    free = leaf[engine.passes.n_parameters :]
                    inner = torch.cumsum((1 - least) * torch.softmax(free, 0) + least / n, 0)[:-1]
                u = (o - inner[:, None]) / (engine.width / observable.n_bins)
                step = torch.special.ndtr(u) if observable.histogram == "gaussian" else torch.sigmoid(u)
                one = torch.ones_like(o)[None]
                memberships = torch.cat([one, step]) - torch.cat([step, 0 * one])
            scale = table.table(own).variance_scale
            values[c, p, v] = torch.stack(
                [memberships @ (w != 0).double(), memberships @ w, scale * (memberships @ w**2)]
            )
    shape = (3, 1, *layout.shape)
    whole = torch.stack([values[i] for i in np.ndindex(*layout.shape[:3])], 1).reshape(shape)
    return leaf, whole


@pytest.mark.parametrize(
    ("kind", "edges"),
    [
        ("logistic", "learned"),
        ("logistic", "given"),
        ("gaussian", "learned"),
        ("gaussian", "given"),
        ("softmax", ""),
    ],
)
def test_yields_and_gradient_are_those_of_one_graph_of_torch(kind, edges):
    settings = {"edges": (0.2, 0.5, 0.6)} if edges == "given" else {}
    observable = declared(kind, **settings)
    samples = by_suffix(300, 3)
    engine, point, tables, scaling = made(samples, observable, chunk=101, room=0)
    leaf, whole = one_graph(engine, point, scaling, tables, observable)
    evaluation = engine.evaluate(point)
    for got, wanted in zip(evaluation.yields.moments, whole.detach().numpy(), strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-10, atol=1e-12)
    cotangents = np.random.default_rng(1).normal(size=whole.shape)
    (wanted,) = torch.autograd.grad((whole * torch.from_numpy(cotangents)).sum(), leaf)
    got = evaluation.vjp(gc.Moments(*cotangents))[0]
    np.testing.assert_allclose(got, wanted.numpy(), rtol=1e-8, atol=1e-8 * float(wanted.abs().max()))


@pytest.mark.parametrize("kind", KINDS)
def test_the_gradient_of_an_objective_is_that_of_finite_differences(kind):
    engine, point, _, _ = made(by_suffix(200, 4), declared(kind), chunk=64)
    objective = gc.objectives.SignalStrengthUncertainty()

    def value(at):
        return objective.gradient(engine.evaluate(at).yields)[0][0]

    evaluation = engine.evaluate(point)
    gradient = evaluation.vjp(objective.gradient(evaluation.yields)[1])[0]
    chosen = [
        *np.random.default_rng(0).choice(len(point) - 4, 6, replace=False),
        *range(len(point) - 4, len(point)),
    ]
    step = 1e-5
    for i in chosen:
        up, down = point.copy(), point.copy()
        up[i] += step
        down[i] -= step
        slope = (value(up) - value(down)) / (2 * step)
        assert gradient[i] == pytest.approx(slope, rel=1e-6, abs=1e-6 * np.abs(gradient).max())


def test_two_passes_and_one_graph_give_the_same_gradient():
    observable = declared("logistic")
    two, point, _, _ = made(by_suffix(500, 5), observable, chunk=97, room=0)
    one, _, _, _ = made(by_suffix(500, 5), observable, chunk=97, room=1 << 30)
    objective = gc.objectives.CLs()
    found = []
    for engine in (one, two):
        evaluation = engine.evaluate(point)
        cotangents = objective.gradient(evaluation.yields)[1]
        found.append(evaluation.vjp(cotangents)[0])
        # Graphs are gone after the first way back; a second one computes them again.
        np.testing.assert_allclose(evaluation.vjp(cotangents)[0], found[-1], rtol=1e-12, atol=0)
    np.testing.assert_allclose(found[0], found[1], rtol=1e-10, atol=1e-14 * np.abs(found[0]).max())


def test_several_points_are_evaluated_one_by_one():
    engine, point, _, _ = made(by_suffix(200, 6), declared("logistic"))
    other = point + 0.1
    both = engine.evaluate(np.stack([point, other]))
    cotangents = np.random.default_rng(2).normal(size=(3, 2, *engine.layout.shape))
    gradients = both.vjp(gc.Moments(*cotangents))
    for i, at in enumerate((point, other)):
        alone = engine.evaluate(at)
        np.testing.assert_allclose(both.yields.moments.sum_w[i], alone.yields.moments.sum_w[0], rtol=1e-12)
        np.testing.assert_allclose(
            gradients[i], alone.vjp(gc.Moments(*cotangents[:, i : i + 1]))[0], rtol=1e-9
        )


@pytest.mark.parametrize("kind", KINDS)
def test_memberships_add_to_one_and_become_hard_bins(kind):
    engine, point, tables, _ = made(by_suffix(400, 7), declared(kind))
    total = sum(t.totals.sum_w for t in tables.values())
    soft = engine.evaluate(point).yields.moments.sum_w[0, :, :, 0].sum()
    assert soft == pytest.approx(total, rel=1e-12)
    hard = engine.hard_yields(point).moments.sum_w
    engine.width = 1e-7
    np.testing.assert_allclose(engine.evaluate(point).yields.moments.sum_w, hard, atol=1e-6 * total)


def test_a_process_without_a_variation_has_its_nominal_yields_in_it():
    engine, point, _, _ = made(blobs(300, 1), declared("logistic"))
    for yields in (engine.evaluate(point).yields, engine.hard_yields(point)):
        nominal = yields.of("signal").sum_w
        assert nominal.sum() == pytest.approx(20.0)
        for variation in ("shape:up", "shape:down"):
            np.testing.assert_array_equal(yields.of("signal", variation=variation).sum_w, nominal)
    soft = engine.evaluate(point).yields
    up, nominal = (soft.of("background", variation=v).sum_w for v in ("shape:up", "nominal"))
    assert not np.allclose(up, nominal, rtol=1e-3)


def test_an_axis_beside_the_observable_divides_the_same_yields():
    mass = gc.Binning("y", edges=[-100.0, -0.5, 0.5, 100.0])
    samples = by_suffix(300, 8)
    beside, point, _, _ = made(samples, declared("logistic", alongside=mass))
    alone, _, _, _ = made(samples, declared("logistic"))
    together = beside.evaluate(point).yields.moments.sum_w.reshape((*alone.layout.shape[:3], 4, 3))
    np.testing.assert_allclose(together.sum(-1), alone.evaluate(point).yields.moments.sum_w[0], rtol=1e-12)
    cotangents = np.random.default_rng(3).normal(size=(3, 1, *beside.layout.shape))
    gradient = beside.evaluate(point).vjp(gc.Moments(*cotangents))[0]
    for i in (0, 11, len(point) - 1):
        step = np.zeros(len(point))
        step[i] = 1e-5
        values = [
            sum(
                (c * m).sum()
                for c, m in zip(cotangents, beside.evaluate(point + s).yields.moments, strict=True)
            )
            for s in (step, -step)
        ]
        assert gradient[i] == pytest.approx((values[0] - values[1]) / 2e-5, rel=1e-5)


def test_points_of_another_length_are_refused():
    engine, point, _, _ = made(by_suffix(50, 9), declared("logistic"))
    with pytest.raises(gc.DeclarationError, match="shape of the parameters"):
        engine.evaluate(point[:-1])
    assert len(engine.parameters) == len(point)
