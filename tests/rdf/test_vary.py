"""Results under ``Vary``, in every order of calls."""

from __future__ import annotations

import numpy as np
import pytest
from rdf_events import points_of, spec_of
from rdf_oracle import moments

from gradcut.rdf import book_collect, book_soft_moments, define_soft_weight, run

pytestmark = pytest.mark.root

KINDS = ["above", "below"]
SHIFT = {"nominal": 0.0, "jes:down": -0.5, "jes:up": 0.5}
SCALE = {"norm:down": 0.5, "norm:up": 2.0}


@pytest.fixture
def varied(ROOT, tree):  # noqa: N803
    """A frame whose x varies, whose w varies otherwise, and which filters on the varied x."""
    frame = ROOT.RDataFrame("events", tree)
    frame = frame.Vary("x", "ROOT::RVecF{x - 0.5f, x + 0.5f}", ["down", "up"], "jes")
    frame = frame.Vary("w", "ROOT::RVecF{0.5f * w, 2.f * w}", ["down", "up"], "norm")
    return frame.Filter("x > -0.25f")


def expected(events, variation):
    x = events["x"] + np.float32(SHIFT.get(variation, 0))
    keep = x > np.float32(-0.25)
    w = events["w"] * np.float32(SCALE.get(variation, 1))
    return {"x": x[keep], "y": events["y"][keep], "w": w[keep]}


def book(node):
    low, high, width = points_of(2)
    return book_soft_moments(node, spec_of(KINDS), ["x", "y"], "w", low, high, width, precision="float64")


def assert_right(events, results):
    assert set(results) == {*SHIFT, *SCALE}
    low, high, width = points_of(2)
    for variation, got in results.items():
        e = expected(events, variation)
        want = moments([e["x"], e["y"]], e["w"], KINDS, low, high, width)
        np.testing.assert_allclose(got[..., :5], want[..., :5], rtol=1e-12, err_msg=variation)


def test_variations_before_the_loop_take_one_loop(events, varied):
    booked = book(varied)
    assert_right(events, booked.variations())
    assert varied.GetNRuns() == 1
    assert np.array_equal(booked.value(), booked.variations()["nominal"])
    assert varied.GetNRuns() == 1


def test_variations_after_the_loop(events, varied):
    booked = book(varied)
    nominal = booked.value().copy()
    assert_right(events, booked.variations())
    assert varied.GetNRuns() == 2
    assert np.array_equal(booked.variations()["nominal"], nominal)


def test_variations_twice_and_of_several_results(events, varied):
    first, second = book(varied), book(varied)
    first.variations()
    assert varied.GetNRuns() == 1
    assert_right(events, second.variations())
    assert_right(events, first.variations())
    assert varied.GetNRuns() == 2


def test_run_computes_variations_that_were_booked(events, varied):
    results = [book(varied), book(varied)]
    for result in results:
        result.book_variations()
    collected = book_collect(varied, ["x", "y", "w"])
    collected.book_variations()
    run(*results, collected)
    for result in results:
        assert_right(events, result.variations())
    assert set(collected.variations()) == {*SHIFT, *SCALE}
    assert varied.GetNRuns() == 1


def test_run_after_the_nominal_loop_computes_the_missing_variations(events, varied):
    results = [book(varied), book(varied)]
    run(*results)
    for result in results:
        result.book_variations()
    run(*results)
    assert varied.GetNRuns() == 2
    for result in results:
        assert_right(events, result.variations())
    assert varied.GetNRuns() == 2


def test_roots_own_variations_for_agrees(ROOT, varied):  # noqa: N803
    booked = book(varied)
    total = varied.Sum("w")
    theirs = ROOT.RDF.Experimental.VariationsFor(total)
    collected = book_collect(varied, ["w"]).variations()
    assert set(collected) == {str(key) for key in theirs.GetKeys()}
    for variation, columns in collected.items():
        assert columns["w"].sum(dtype=float) == pytest.approx(theirs[variation], rel=1e-6)
    assert booked.value().shape == (1, 3, 7)


@pytest.mark.parametrize("is_late", [False, True])
def test_collected_columns_vary(events, varied, is_late):
    booked = book_collect(varied, ["x", "y", "w"])
    if is_late:
        booked.value()
    results = booked.variations()
    for variation, columns in results.items():
        for name, values in expected(events, variation).items():
            assert np.array_equal(columns[name], values), (variation, name)


def test_collected_columns_that_do_not_vary_are_shared(ROOT, events, tree):  # noqa: N803
    frame = ROOT.RDataFrame("events", tree).Vary(
        "x", "ROOT::RVecF{x - 0.5f, x + 0.5f}", ["down", "up"], "jes"
    )
    results = book_collect(frame, ["x", "d"]).variations()
    assert set(results) == set(SHIFT)
    assert np.array_equal(results["jes:up"]["x"], events["x"] + np.float32(0.5))
    assert np.shares_memory(results["jes:up"]["d"], results["nominal"]["d"])


def test_result_that_depends_on_nothing_varied_has_the_nominal_only(frame):
    assert list(book(frame).variations()) == ["nominal"]
    assert list(book_collect(frame, ["x"]).variations()) == ["nominal"]


def test_soft_weight_varies(events, varied):
    low, high, width = points_of(2)
    spec = spec_of(KINDS)
    node = define_soft_weight(varied, "p", spec, ["x", "y"], low, high, width)
    for variation, columns in book_collect(node, ["p"]).variations().items():
        e = expected(events, variation)
        want = moments([e["x"], e["y"]], np.ones_like(e["x"]), KINDS, low, high, width)[0, 1, 0]
        assert columns["p"].sum() == pytest.approx(want, rel=1e-12)
