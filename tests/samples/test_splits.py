"""Splits and folds."""

from __future__ import annotations

import logging

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcut.errors import DataError, DeclarationError
from gradcut.samples import Folds, Samples, Split


def declare(background, **settings):
    samples = Samples(**{"weight": "weight", "event": ("run", "event"), "require": "met > 60", **settings})
    samples.add("ww", background, role="background")
    samples.vary("JES", suffix=("_jes_up", "_jes_down"))
    return samples


@given(st.lists(st.floats(0, 1, exclude_max=True), min_size=1), st.tuples(*[st.integers(1, 20)] * 3))
def test_split_every_event_has_exactly_one_part(values, shares):
    total = sum(shares)
    split = Split(*(share / total for share in shares))
    members = [split.member(part, np.array(values)) for part in split.parts]
    assert np.sum(members, axis=0).tolist() == [1] * len(values)


@given(st.lists(st.floats(0, 1, exclude_max=True), min_size=1), st.integers(2, 12))
def test_folds_every_event_is_tested_once_and_trains_the_others(values, k):
    folds = Folds(k)
    tested = np.array([folds.member(folds.test(i), np.array(values)) for i in range(k)])
    trained = np.array([folds.member(folds.train(i), np.array(values)) for i in range(k)])
    assert tested.sum(axis=0).tolist() == [1] * len(values)
    np.testing.assert_array_equal(trained, ~tested)


def test_split_parts_scale_to_the_full_yield_and_variance(background):
    tables = declare(background).collect(["met"], split=Split(0.5, 0.25, 0.25, seed=3))
    full = tables["all", "ww"]
    seen = []
    for part in ("train", "select", "test"):
        table = tables.part(part)["all", "ww"]
        assert table.totals.sum_w == pytest.approx(full.totals.sum_w, rel=1e-12)
        assert table.totals.sum_w2 * table.variance_scale == pytest.approx(full.totals.sum_w2, rel=1e-12)
        assert table.full == full.full
        # One factor for all variations: their differences to nominal are kept, not erased.
        chosen = np.isin(full.entries, table.entries)
        for variation in full.variations:
            np.testing.assert_allclose(
                table.weights(variation), full.weights(variation)[chosen] * table.split_factor, rtol=1e-15
            )
        seen += table.entries.tolist()
    assert sorted(seen) == full.entries.tolist()


def test_split_shares_arrays_between_variations_after_taking_a_part(background):
    table = declare(background).collect(["met", "mll"], split=Split()).part("train")["all", "ww"]
    assert table.features("JES:up")[1] is table.features()[1]


def test_split_is_by_identity_and_not_by_position(background):
    order = np.random.default_rng(5).permutation(len(background["event"]))
    shuffled = {n: c[order] for n, c in background.items() if n not in ("jet_pt", "pdf")}
    parts = [
        declare(events).collect(["event"], split=Split(seed=9)).part("train")
        for events in (background, shuffled)
    ]
    first, second = (set(part["all", "ww"].features()[0].tolist()) for part in parts)
    assert first == second
    assert 100 < len(first) < 200


def test_split_does_not_depend_on_the_integer_type_of_the_identity(background):
    other = {
        **background,
        "event": background["event"].astype(np.int32),
        "run": background["run"].astype(np.int64),
    }
    one, two = (
        declare(e).collect(["met"], split=Split(seed=2))["all", "ww"].split_values
        for e in (background, other)
    )
    np.testing.assert_array_equal(one, two)


def test_split_seed_changes_the_parts(background):
    one, two = (declare(background).collect(["event"], split=Split(seed=s), part="train") for s in (1, 2))
    assert one["all", "ww"].entries.tolist() != two["all", "ww"].entries.tolist()


def test_split_by_expression_follows_its_values(background):
    split = Split(by="event % 5", train=(0, 1, 2), select=(3,), test=(4,))
    tables = declare(background, event=None).collect(["event"], split=split)
    for part, values in (("train", {0, 1, 2}), ("select", {3}), ("test", {4})):
        events = tables.part(part)["all", "ww"].features()[0]
        assert set((events % 5).tolist()) == values


def test_folds_by_expression_number_the_folds(background):
    tables = declare(background, event=None).collect(["event"], split=Folds(3, by="event % 3"))
    assert set((tables.part("test[2]")["all", "ww"].features()[0] % 3).tolist()) == {2}
    assert set((tables.part("train[2]")["all", "ww"].features()[0] % 3).tolist()) == {0, 1}


def test_folds_expression_outside_its_range_is_refused(background):
    tables = declare(background, event=None).collect(["met"], split=Folds(3, by="event % 4"))
    with pytest.raises(DeclarationError, match=r"(?s)values other than 0 to 2.*event % 4 = 3"):
        tables.part("test[0]")


def test_split_without_identity_says_what_to_declare(background):
    with pytest.raises(DeclarationError, match=r"(?s)a split needs the identity of the events.*event % 5"):
        declare(background, event=None).collect(["met"], split=Split())


def test_split_identity_that_is_no_integer_is_refused(background):
    with pytest.raises(DataError, match=r"(?s)column 'met' cannot identify events.*one integer per event"):
        declare(background, event="met").collect(["met"], split=Split())


def test_split_unknown_identity_has_close_matches(background):
    with pytest.raises(DataError, match=r"(?s)unknown column 'evnt' \(event identity\).*'event'"):
        declare(background, event="evnt").collect(["met"], split=Split())


def test_split_part_without_events_gives_the_numbers():
    samples = Samples(event="n")
    samples.add("few", {"n": np.arange(2), "x": np.zeros(2)}, role="background")
    tables = samples.collect(["x"], split=Split(by="n", train=(0, 1), select=(2,), test=()))
    with pytest.raises(
        DataError, match=r"(?s)has no event.*'few', channel 'all', part 'select'.*0 of 2 events"
    ):
        tables.part("select")


def test_split_part_with_negative_sum_is_refused():
    samples = Samples(weight="w")
    samples.add("neg", {"n": np.arange(4), "w": np.array([3.0, -1.0, 3.0, -1.0])}, role="background")
    tables = samples.collect(["n"], split=Split(by="n % 2", train=(0,), select=(1,), test=()))
    with pytest.raises(DataError, match="a part of the split has a sum of weights of -2"):
        tables.part("select")


def test_split_duplicated_identity_is_logged(background, caplog):
    events = {**background, "event": background["event"] // 2}
    with caplog.at_level(logging.WARNING):
        declare(events, event="event", require=None).collect(["met"], split=Split())
    assert "process 'ww', channel 'all': 250 of 500 events have the identity of another event" in caplog.text


def test_split_unknown_part_has_close_matches(background):
    tables = declare(background).collect(["met"], split=Split())
    with pytest.raises(DeclarationError, match=r"(?s)unknown part 'trian'.*did you mean 'train'"):
        tables.part("trian")
    with pytest.raises(DeclarationError, match="these events are a part already"):
        tables.part("train").part("test")
    with pytest.raises(DeclarationError, match="these events cannot be split"):
        declare(background).collect(["met"]).part("train")
    with pytest.raises(DeclarationError, match="a part needs a split"):
        declare(background).collect(["met"], part="train")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"train": 0.7, "select": 0.3, "test": 0.3}, r"(?s)sum above 0 and at most 1.*1\.3"),
        ({"train": -0.1}, "a part of a split is a fraction between 0 and 1"),
        ({"by": "n % 4", "train": (0.5,), "select": (1,), "test": (2,)}, "each part lists the integers"),
        ({"by": "n % 4", "train": None, "select": (1,), "test": (2,)}, "each part lists the integers"),
        ({"train": (0, 1)}, "a part of a split is a fraction between 0 and 1"),
        ({"by": "event % 2"}, "with 'by', each part lists the integers"),
        ({"by": "n", "train": (0,), "select": (0,), "test": ()}, "a value belongs to two parts"),
        ({"by": "n", "train": (), "select": (), "test": ()}, "a split without any part"),
        ({"seed": -1}, "a seed is an integer from 0 to 2"),
        ({"by": "n % ?", "train": (0,), "select": (), "test": ()}, "'\\?'"),
    ],
)
def test_split_declared_wrongly_is_refused(arguments, message):
    with pytest.raises(DeclarationError, match=message):
        Split(**arguments)


def test_folds_declared_wrongly_are_refused():
    with pytest.raises(DeclarationError, match="an integer from 2 on"):
        Folds(1)
    with pytest.raises(DeclarationError, match="unknown part 'train"):
        Folds(2).member("train[2]", np.zeros(1))
