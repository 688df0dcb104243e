"""Mini-batches: every event once, scaled to the expected yields."""

from __future__ import annotations

import numpy as np
import pytest

import gradcut as gc
from observables.blobs import blobs, by_suffix

torch = pytest.importorskip("torch", reason="torch is not installed")
pytestmark = pytest.mark.torch


def rows_of(samples):
    from gradcut.engines.segments import layout_of, segments_of
    from gradcut.observables.rows import Rows
    from gradcut.observables.scaling import scaling_of

    observable = gc.Observable(["x", "y"], 3)
    tables = samples.collect(observable.columns)
    scaling = scaling_of(observable, layout_of(tables), list(segments_of(tables, observable.spec)))
    return Rows.of(observable, tables, scaling, torch.device("cpu"), torch.float64)


def sums(rows):
    """Yield and sum of squared weights by place."""
    found = {}
    for block in rows.blocks:
        for j, variant in enumerate(block.variants):
            w = block.weights[:, j].numpy()
            found[variant.at] = w.sum(), variant.variance_scale * (w**2).sum()
    return found


@pytest.mark.parametrize("samples", [by_suffix(301, 1), blobs(301, 1)], ids=["suffix", "files"])
def test_an_epoch_has_every_event_once(samples):
    from gradcut.observables.batches import Batches

    rows = rows_of(samples)
    batches = Batches(rows, rows.n_rows // 4, seed=2)
    assert batches.parts == 4
    seen = torch.cat([batches.at(step).inputs for step in range(4)])
    as_rows = lambda matrix: sorted(map(tuple, matrix.numpy().tolist()))  # noqa: E731
    assert as_rows(seen) == as_rows(rows.inputs)
    again = torch.cat([batches.at(step).inputs for step in range(4, 8)])
    assert as_rows(again) == as_rows(rows.inputs)
    assert not torch.equal(again, seen)


def test_batches_have_the_nominal_yields_and_the_rates_of_variations():
    from gradcut.observables.batches import Batches

    rows = rows_of(by_suffix(400, 3))
    whole = sums(rows)
    batches = Batches(rows, rows.n_rows // 5, seed=1)
    ratios = []
    for step in range(5):
        part = sums(batches.at(step))
        for (c, p, v), (yield_, _) in whole.items():
            if v == 0:
                assert part[c, p, v][0] == pytest.approx(yield_, rel=1e-12)
        names = rows.layout.variations
        up = names.index("SF:up")
        for p in (1, 2):
            # The factor is that of nominal: the weight variation of 10% stays one of 10%.
            assert part[0, p, up][0] == pytest.approx(1.1 * whole[0, p, 0][0], rel=1e-12)
        ratios.append([part[at][1] / variance for at, (_, variance) in whole.items()])
    np.testing.assert_allclose(np.mean(ratios, axis=0), 1.0, atol=0.05)


def test_the_inputs_of_an_event_and_of_its_variations_are_in_the_same_batch():
    from gradcut.observables.batches import Batches

    rows = rows_of(by_suffix(200, 4))
    part = Batches(rows, rows.n_rows // 3, seed=1).at(1)
    of_ww = [b for b in part.blocks if b.table[1] == 1]
    nominal, *shifted = [part.inputs[b.rows] for b in of_ww]
    assert len(shifted) == 2
    for other in shifted:
        # The second input has no variation.
        assert torch.equal(other[:, 1], nominal[:, 1])


def test_processes_with_too_few_events_for_a_batch_are_named():
    from gradcut.observables.batches import few_entries

    rows = rows_of(by_suffix(100, 5))
    assert few_entries(rows, 1, 3) == {}
    assert set(few_entries(rows, 10, 5)) == {"signal", "ww", "top"}


def test_a_classifier_sees_the_nominal_events_alone_unless_it_is_shown_the_others():
    from gradcut.observables.classifier_loss import labelled

    rows = rows_of(by_suffix(150, 6))
    plain, augmented = labelled(rows, augment=False), labelled(rows, augment=True)
    assert plain.rows.n_rows == 450
    assert augmented.rows is rows
    assert rows.n_rows == 450 + 4 * 150
    for events in (plain, augmented):
        for label in (0.0, 1.0):
            assert float(events.weights[events.labels == label].sum()) == pytest.approx(0.5)
    assert plain.rows.nominal() is plain.rows
    assert sums(plain.rows) == {at: both for at, both in sums(rows).items() if at[2] == 0}


def test_the_cross_entropy_is_the_one_of_torch():
    from gradcut.observables.classifier_loss import cross_entropy, cross_entropy_of, labelled
    from gradcut.observables.mlp import make_module
    from gradcut.observables.passes import Passes

    rows = rows_of(by_suffix(150, 7))
    module = make_module(gc.Observable(["x", "y"], 3, network=(6,)), 2, 1).double()
    passes = Passes(module, chunk=37, room=0)
    theta = passes.initial().numpy()
    for augment in (False, True):
        events = labelled(rows, augment=augment)
        value, gradient = cross_entropy(passes, theta, events)
        loss = torch.nn.functional.binary_cross_entropy_with_logits(
            module(events.rows.inputs)[:, 0], events.labels, weight=events.weights, reduction="sum"
        )
        wanted = torch.cat([g.flatten() for g in torch.autograd.grad(loss, list(module.parameters()))])
        assert value == pytest.approx(loss.item(), rel=1e-12)
        assert cross_entropy_of(passes, theta, events) == pytest.approx(loss.item(), rel=1e-12)
        np.testing.assert_allclose(gradient, wanted.numpy(), rtol=1e-9, atol=1e-12)
