"""Random weights: their distribution, and what they leave as it is."""

from __future__ import annotations

import numpy as np
import pytest

import gradcut as gc
from fitting.toy_samples import columns, samples
from gradcut.engines import collect
from gradcut.engines.segments import layout_of
from gradcut.errors import DataError
from gradcut.fitting.events import HardEvents
from gradcut.revising.resampling import counts_of, in_bag, out_of_bag
from gradcut.samples import EventTables

SELECTION = gc.Selection("x > ?")
SIGNAL = columns(1, 8000, 0.01, x=(1, 1))
#: Mixed weights, and the same event numbers as the signal.
BACKGROUND = columns(1, 12_000, 0.2, x=(0, 1))
BACKGROUND["w"][::7] *= -1


@pytest.fixture(scope="module")
def tables() -> EventTables:
    given = samples(SIGNAL, BACKGROUND)
    given.vary("SCALE", weight=("1.2 * w", "0.8 * w"))
    return collect(SELECTION, given, split=gc.Folds(2, seed=3))


def test_weights_are_poisson_numbers(tables: EventTables) -> None:
    counts = counts_of(tables["all", "background 0"], 5)
    # From a table of the distribution of mean 1, and what is left.
    probabilities = np.array([0.36788, 0.36788, 0.18394, 0.06131, 0.01533, 0.00366])
    expected = len(counts) * probabilities
    found = np.bincount(np.minimum(counts, 5), minlength=6)
    # 20.5 is exceeded by chi squared of five degrees of freedom once in a thousand.
    assert ((found - expected) ** 2 / expected).sum() < 20.5
    assert abs(counts.mean() - 1) < 4 / np.sqrt(len(counts))


def test_seeds_and_processes_are_independent(tables: EventTables) -> None:
    signal, background = tables.values()
    n = signal.n_events
    assert np.array_equal(signal.identity[0], background.identity[0][:n])
    one = counts_of(signal, 5)
    assert np.array_equal(one, counts_of(signal, 5))
    for other in (counts_of(signal, 6), counts_of(background, 5)[:n]):
        assert abs(np.corrcoef(one, other)[0, 1]) < 5 / np.sqrt(n)


def test_parts_of_a_split_do_not_depend_on_the_weights(tables: EventTables) -> None:
    table = tables["all", "signal"]
    assert table.split_values is not None
    correlation = np.corrcoef(counts_of(table, 5), table.split_values)[0, 1]
    assert abs(correlation) < 5 / np.sqrt(table.n_events)


def test_every_event_is_in_or_out_of_the_bag(tables: EventTables) -> None:
    bag, rest = in_bag(tables, 5), out_of_bag(tables, 5)
    for key, table in tables.items():
        inside, outside = bag[key].identity[0], rest[key].identity[0]
        assert np.array_equal(np.sort(np.concatenate([inside, outside])), np.sort(table.identity[0]))
        assert not set(inside.tolist()) & set(outside.tolist())
        assert len(outside) / table.n_events == pytest.approx(np.exp(-1), rel=0.05)


def test_events_repeat_in_every_variation_and_yields_stay(tables: EventTables) -> None:
    bag = in_bag(tables, 5)
    for key, table in tables.items():
        counts = counts_of(table, 5)
        kept = counts > 0
        for variation in table.variations:
            ratio = bag[key].weights(variation) / (table.weights(variation)[kept] * counts[kept])
            assert ratio == pytest.approx(np.full(len(ratio), ratio[0]), rel=1e-12)
            scaled = table.weights(variation).sum() / table.totals.sum_w * bag[key].totals.sum_w
            assert bag[key].weights(variation).sum() == pytest.approx(scaled, rel=1e-12)
        assert bag[key].totals.sum_w == pytest.approx(table.totals.sum_w, rel=1e-12)
        assert bag[key].weights().max() > 2.9 * table.weights().max()


@pytest.mark.parametrize("side", [in_bag, out_of_bag])
def test_mc_statistics_is_that_of_all_events(tables: EventTables, side: object) -> None:
    made = side(tables, 5)  # type: ignore[operator]
    spec = SELECTION.kernel_spec()
    everything = np.array([[-np.inf]])
    whole, part = (HardEvents(spec, one).yields(everything).moments for one in (tables, made))
    assert part.sum_w[..., 0, :] == pytest.approx(whole.sum_w[..., 0, :], rel=1e-9)
    assert part.variance[..., 0, :] == pytest.approx(whole.variance[..., 0, :], rel=1e-9)
    assert layout_of(made).mean_weight == pytest.approx(layout_of(tables).mean_weight, rel=0.02)


def test_part_of_resampled_events_is_scaled_to_the_same(tables: EventTables) -> None:
    table, bag = tables["all", "background 0"], in_bag(tables, 5)["all", "background 0"]
    half = bag.part(gc.Folds(2, seed=3), "train[0]")
    assert half.totals.sum_w == pytest.approx(table.totals.sum_w, rel=1e-12)
    assert half.totals.sum_w2 * half.variance_scale == pytest.approx(table.totals.sum_w2, rel=1e-12)
    assert half.n_events == pytest.approx(bag.n_events / 2, rel=0.05)


def test_few_events_stay_as_they_are() -> None:
    few = columns(3, 49, 1.0, x=(0, 1))
    tables = collect(SELECTION, samples(SIGNAL, few), split=gc.Folds(2))
    for made in (in_bag(tables, 5), out_of_bag(tables, 5)):
        assert made["all", "background 0"] is tables["all", "background 0"]


def test_weights_that_cancel_are_an_error() -> None:
    cancelling = columns(4, 1000, 1.0, x=(0, 1))
    cancelling["w"][:499] *= -1
    tables = collect(SELECTION, samples(SIGNAL, cancelling), split=gc.Folds(2))
    table, failed = tables["all", "background 0"], 0
    for seed in range(12):
        if (table.weights() * counts_of(table, seed)).sum() > 0:
            assert in_bag(tables, seed)["all", "background 0"].totals.sum_w == pytest.approx(2.0)
            continue
        failed += 1
        with pytest.raises(DataError, match=r"random weights is not positive(.|\n)*background 0"):
            in_bag(tables, seed)
    assert 0 < failed < 12


def test_variation_by_files_has_the_same_random_weights() -> None:
    given = samples(SIGNAL, BACKGROUND)
    shifted = {**BACKGROUND, "x": BACKGROUND["x"] + np.float32(0.1)}
    given.vary("SHOWER", files={"background 0": shifted})
    tables = collect(SELECTION, given, split=gc.Folds(2))
    bag = in_bag(tables, 5)["all", "background 0"]
    (own,) = bag.own_tables.values()
    assert np.array_equal(own.identity[0], bag.identity[0])
    assert own.weights() == pytest.approx(bag.weights(), rel=1e-12)
