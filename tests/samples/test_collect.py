"""Collected tables against a loop over events that knows nothing of gradcut."""

from __future__ import annotations

import json
import math
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradcut.jagged import Jagged
from gradcut.samples import Samples

WEIGHT = {"JES:up": "weight", "JES:down": "weight", "SF:up": "weight_sf_up", "SF:down": "weight_sf_down"}
MET = {"JES:up": "met_jes_up", "JES:down": "met_jes_down"}


def declare(signal, background):
    samples = Samples(
        weight="weight", event=("run", "event"), require="met > 80 && njet >= 1", sentinels=[-999]
    )
    samples.add("susy", signal, role="signal")
    samples.add("ww", background, role="background", norm_uncertainty=0.1)
    samples.vary("JES", suffix=("_jes_up", "_jes_down"))
    samples.vary("SF", weight=("weight_sf_up", "weight_sf_down"))
    return samples


def slow_rows(events, variation):
    """Rows of a variation: entry -> (met, 2 mll, weight), one event at a time."""
    rows = {}
    for entry in range(len(events["event"])):
        met = float(events[MET.get(variation, "met")][entry])
        if met > 80 and events["njet"][entry] >= 1:
            mll = float(events["mll"][entry])
            mll = math.nan if mll == -999 else 2 * mll
            rows[entry] = (met, mll, float(events[WEIGHT.get(variation, "weight")][entry]))
    return rows


def test_collect_equals_a_loop_over_events(signal, background):
    tables = declare(signal, background).collect(["met", "2 * mll"])
    assert tables.variations == ("nominal", "JES:up", "JES:down", "SF:up", "SF:down")
    for process, events in (("susy", signal), ("ww", background)):
        table = tables["all", process]
        expected = {variation: slow_rows(events, variation) for variation in tables.variations}
        union = sorted(set().union(*expected.values()))
        assert table.entries.tolist() == union
        for variation, rows in expected.items():
            met, mll = table.features(variation)
            mask = table.mask(variation)
            assert [entry for entry, passes in zip(union, mask, strict=True) if passes] == sorted(rows)
            weights = table.weights(variation)
            assert weights.dtype == np.float64
            assert not weights[~mask].any()
            wanted = np.array([rows[entry] for entry in union if entry in rows])
            np.testing.assert_array_equal(met[mask], wanted[:, 0])
            np.testing.assert_array_equal(mll[mask], wanted[:, 1])
            np.testing.assert_array_equal(weights[mask], wanted[:, 2])
            assert table.totals_of(variation).sum_w == pytest.approx(math.fsum(wanted[:, 2]), rel=1e-14)


def test_collect_shares_what_a_variation_does_not_change(signal, background):
    table = declare(signal, background).collect(["met", "mll"])["all", "ww"]
    met, mll = table.features()
    for variation in ("JES:up", "SF:down"):
        assert table.features(variation)[1] is mll
    assert table.features("SF:up")[0] is met
    assert table.features("JES:up")[0] is not met
    assert table.mask("SF:up") is table.mask()
    assert len(table.arrays) == 4


def test_collect_keeps_dtypes_of_plain_columns(signal, background):
    table = declare(signal, background).collect(["met", "njet", "good", "met / 2", "event"])["all", "ww"]
    # With a sentinel declared, integers need a type that has NaN.
    assert [array.dtype.name for array in table.features()] == [
        "float32",
        "float64",
        "float64",
        "float64",
        "float64",
    ]
    plain = Samples(require="met > 0")
    plain.add("ww", background, role="background")
    dtypes = [
        array.dtype.name for array in plain.collect(["met", "njet", "good", "event"])["all", "ww"].features()
    ]
    assert dtypes == ["float32", "int32", "bool", "int64"]


def test_collect_names_features_by_their_text_or_the_mapping(signal, background):
    samples = declare(signal, background)
    assert samples.collect(["abs( mll )", "met"]).features == ("abs(mll)", "met")
    assert samples.collect({"mass": "abs(mll)"}).features == ("mass",)


def test_collect_totals_before_and_after_the_requirement(background):
    samples = Samples(weight="weight", require="njet >= 2")
    samples.add("ww", background, role="background")
    table = samples.collect(["met"])["all", "ww"]
    weights, passing = background["weight"].astype(np.float64), background["njet"] >= 2
    assert table.before.entries == len(weights)
    assert table.before.sum_w == pytest.approx(math.fsum(weights), rel=1e-15)
    assert table.before.sum_w2 == pytest.approx(math.fsum(weights**2), rel=1e-15)
    assert table.totals.entries == np.count_nonzero(passing)
    assert table.totals.sum_w == pytest.approx(math.fsum(weights[passing]), rel=1e-14)
    assert table.totals.max_abs_w == np.abs(weights[passing]).max()
    assert table.totals.mean_w == pytest.approx(weights[passing].mean(), rel=1e-14)
    assert table.full == table.totals


def test_collect_several_channels_with_their_own_requirement(signal, background):
    samples = Samples(weight="weight", require="njet >= 1")
    for channel, require in (("SR", "met > 100"), ("CR", "met <= 100")):
        samples.add("susy", signal, role="signal", channel=channel, require=require)
        samples.add("ww", background, role="background", channel=channel, require=require)
    tables = samples.collect(["met"])
    assert tables.channels == ("SR", "CR")
    assert tables.processes == ("susy", "ww")
    assert tables["SR", "ww"].features()[0].min() > 100
    n_both = tables["SR", "ww"].n_events + tables["CR", "ww"].n_events
    assert n_both == np.count_nonzero((background["njet"] >= 1) & np.isfinite(background["met"]))


def test_collect_missing_pass_keeps_events_without_a_value(background):
    samples = Samples(require="met > 100", missing="pass")
    samples.add("ww", background, role="background")
    met = samples.collect(["met"])["all", "ww"].features()[0]
    assert np.count_nonzero(np.isnan(met)) == np.count_nonzero(np.isnan(background["met"]))


def test_collect_sentinel_fails_a_requirement_and_is_nan_in_features(background):
    samples = Samples(require="mll < 100", sentinels=-999)
    samples.add("ww", background, role="background")
    table = samples.collect(["mll", "abs(mll)"])["all", "ww"]
    assert table.n_events == np.count_nonzero((background["mll"] < 100) & (background["mll"] != -999))
    open_samples = Samples(sentinels=-999)
    open_samples.add("ww", background, role="background")
    table = open_samples.collect(["mll", "abs(mll)", "met", "njet"])["all", "ww"]
    mll, absolute, met, _ = table.features()
    n_sentinels, n_nan = np.count_nonzero(background["mll"] == -999), np.count_nonzero(np.isnan(met))
    assert table.missing() == [n_sentinels, n_sentinels, n_nan, 0]
    np.testing.assert_array_equal(np.isnan(mll), background["mll"] == -999)
    np.testing.assert_array_equal(np.isnan(absolute), background["mll"] == -999)


def test_collect_sentinels_of_a_selection_are_missing_in_features_only(background):
    samples = Samples(require="mll < 100")
    samples.add("ww", background, role="background")
    table = samples.collect(["mll"], sentinels=[-999])["all", "ww"]
    assert table.missing() == [np.count_nonzero(background["mll"] == -999)]
    assert table.n_events == np.count_nonzero(background["mll"] < 100)


def test_collect_object_with_a_sentinel_fails_its_condition(background):
    # As in a selection: hard masks and features are about the same objects.
    columns = {"pt": Jagged.from_lists([[-999.0, 10.0], [-999.0], [30.0]])}
    samples = Samples(sentinels=[-999])
    samples.add("a", columns, role="signal")
    count, total = samples.collect(["count(pt < 25)", "sum(pt)"])["all", "a"].features()
    assert count.tolist() == [1.0, 0.0, 0.0]
    assert np.isnan(total).tolist() == [True, True, False]


def test_collect_without_features_counts(background):
    samples = Samples(require="njet >= 2")
    samples.add("ww", background, role="background")
    table = samples.collect([])["all", "ww"]
    assert table.features() == []
    assert table.totals.entries == np.count_nonzero(background["njet"] >= 2)


def test_describe_is_plain_data(signal, background):
    plain = json.loads(json.dumps(declare(signal, background).describe()))
    assert [process["process"] for process in plain["processes"]] == ["susy", "ww"]
    assert plain["processes"][1]["require"] == ["met > 80 && njet >= 1"]
    assert plain["variations"][0] == {"name": "JES", "kind": "up-down", "form": "suffix", "processes": None}


def test_collect_float_sentinel_is_compared_in_the_type_of_the_column():
    samples = Samples(sentinels=-99.9)
    samples.add("a", {"x": np.array([-99.9, 1.0], dtype=np.float32)}, role="signal")
    x, twice = samples.collect(["x", "2 * x"])["all", "a"].features()
    assert np.isnan(x).tolist() == np.isnan(twice).tolist() == [True, False]


def test_collect_data_are_blinded_unless_asked_for(signal, background):
    samples = declare(signal, background)
    samples.add(
        "data", {name: background[name] for name in ("met", "njet", "mll", "run", "event")}, role="data"
    )
    assert samples.collect(["met"]).processes == ("susy", "ww")
    data = samples.collect(["met"], unblind=True)["all", "data"]
    # Neither the weight of the samples nor variations apply to data.
    assert set(data.weights()) == {1.0}
    assert data.variations == ("nominal",)
    assert data.weights("JES:up") is data.weights()


def test_collect_tables_can_be_pickled(signal, background):
    tables = declare(signal, background).collect(["met", "2 * mll"])
    again = pickle.loads(pickle.dumps(tables))
    for key, table in tables.items():
        for variation in tables.variations:
            np.testing.assert_array_equal(table.weights(variation), again[key].weights(variation))
            for one, other in zip(table.features(variation), again[key].features(variation), strict=True):
                np.testing.assert_array_equal(one, other)


def test_collect_progress_is_told_about_every_source(signal, background):
    told = []
    declare(signal, background).collect(["met"], progress=lambda *state: told.append(state))
    assert told == [("process 'susy', channel 'all'", 1, 2), ("process 'ww', channel 'all'", 2, 2)]


def test_collect_does_not_modify_the_arrays_given(signal, background):
    before = {
        name: np.array(column, copy=True)
        for name, column in background.items()
        if name not in ("jet_pt", "pdf")
    }
    declare(signal, background).collect(["met", "mll"])
    for name, column in before.items():
        np.testing.assert_array_equal(background[name], column)


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(
        st.tuples(
            st.floats(width=32, allow_infinity=False),
            st.floats(width=32, allow_infinity=False),
            st.floats(0.0625, 4.0, width=32),
        ),
        min_size=1,
        max_size=30,
    ),
    threshold=st.floats(-100, 100),
)
def test_collect_union_of_a_suffix_variation_on_random_rows(rows, threshold):
    columns = {
        name: np.array(values, dtype=np.float32)
        for name, values in zip("xyw", zip(*rows, strict=True), strict=True)
    }
    columns["x_up"] = columns.pop("y")
    nominal = {i for i, (x, _, _) in enumerate(rows) if x > threshold}
    up = {i for i, (_, x, _) in enumerate(rows) if x > threshold}
    if not nominal:
        return
    samples = Samples(weight="w", require=f"x > {threshold!r}")
    samples.add("a", columns, role="signal")
    samples.vary("shift", suffix="_up")
    table = samples.collect(["x"])["all", "a"]
    assert table.entries.tolist() == sorted(nominal | up)
    assert set(table.entries[table.mask()].tolist()) == nominal
    assert set(table.entries[table.mask("shift:up")].tolist()) == up
    assert table.totals_of("shift:up").sum_w == pytest.approx(math.fsum(rows[i][2] for i in up))
