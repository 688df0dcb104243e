"""Limits of bins: against obvious loops, finite differences and numbers done by hand."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

from gradcut.binning.limits import BinLimits
from gradcut.errors import DeclarationError, UnattainableError
from gradcut.yields import Moments, Yields
from objectives.toy_yields import layout, yields

ALL = BinLimits(min_background=3.0, min_entries=20.0, max_relative_uncertainty=0.3, min_width=0.5)
BINS = ("1", "2", "3", "4")


def toy(seed: int, points: int = 5) -> Yields:
    rng = np.random.default_rng(seed)
    w = rng.uniform(-0.3, 4, (points, 2, 3, 1, 4))
    return yields(w, rng.uniform(0.01, 0.4, w.shape), of=layout(channels=("a", "b"), bins=BINS))


def slow_excess(limits: BinLimits, given: Yields, widths: Any, p: int, k: int) -> float:
    found = []
    for c in range(2):
        b = sum(given.moments.sum_w[p, c, i, 0, k] for i in (1, 2))
        v = sum(given.moments.variance[p, c, i, 0, k] for i in (1, 2))
        if limits.min_background:
            found.append(b / limits.min_background - 1)
        if limits.min_entries:
            found.append(math.copysign(b**2 / v, b) / limits.min_entries - 1)
        if limits.max_relative_uncertainty:
            found.append(limits.max_relative_uncertainty / (math.sqrt(v) / b) - 1)
        if limits.min_width:
            found.append(widths[k] / limits.min_width - 1)
    return min(found)


@pytest.mark.parametrize(
    "limits",
    [
        BinLimits(min_background=3.0),
        BinLimits(min_entries=20.0),
        BinLimits(max_relative_uncertainty=0.3),
        ALL,
    ],
    ids=str,
)
def test_excess_is_the_least_over_limits_and_channels(limits: BinLimits) -> None:
    given, widths = toy(1), [np.inf, 0.4, 0.7, np.inf]
    excess = limits.excess(given, widths)
    for p, k in np.ndindex(5, 4):
        assert excess[p, k] == pytest.approx(slow_excess(limits, given, widths, p, k))
    assert (excess < 0).any()
    assert (excess > 0).any()
    assert limits.is_met(given, widths).tolist() == (excess >= 0).all(1).tolist()


def test_uncertainty_and_entries_are_one_limit_in_two_units() -> None:
    given = toy(2)
    entries = BinLimits(min_entries=1 / 0.3**2).excess(given) >= 0
    assert (entries == (BinLimits(max_relative_uncertainty=0.3).excess(given) >= 0)).all()
    for of, like in ((BinLimits(max_relative_uncertainty=0.3), BinLimits(min_entries=1 / 0.09)),):
        assert of.penalty(given)[0] == pytest.approx(like.penalty(given)[0])


def test_an_empty_bin_misses_everything_and_one_at_the_limit_nothing() -> None:
    given = yields([[[[[1.0, 1.0]], [[0.0, 3.0]], [[0.0, 0.0]]]]], 0.0, of=layout(bins=("x", "y")))
    assert BinLimits(3.0, 2.0, 0.1).excess(given)[0, 0] == -1
    assert BinLimits(3.0).excess(given)[0, 1] == 0
    assert (
        BinLimits(3.0 * (1 + 1e-12)).which(given, bins=("a", "b")).startswith("minimum background 3 in bin a")
    )
    assert BinLimits(3.0).penalty(given)[0] == pytest.approx([1.0])
    assert BinLimits(3.0, 2.0).penalty(given)[0] == pytest.approx([2.0])


def test_a_negative_background_fails_whatever_its_size() -> None:
    given = yields([[[1.0, -50.0, 10.0]]], 0.5)
    for limits in (BinLimits(1.0), BinLimits(None, 1.0), BinLimits(None, None, 1.0)):
        assert limits.excess(given)[0, 0] < -1
        assert not limits.is_met(given)[0]
        value, cotangents = limits.penalty(given)
        assert value[0] > 1
        assert (cotangents.sum_w[0, 0, 1:] < 0).all()  # more background is better


def test_no_limits_hold_everywhere() -> None:
    assert not BinLimits()
    assert ALL
    assert (BinLimits().excess(toy(3)) == np.inf).all()
    assert BinLimits().which(toy(3)) == ""
    assert str(BinLimits()) == "no limits"


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (BinLimits(1.0), "minimum background 1 in bin 4: 0.32 (68% short)"),
        (BinLimits(None, 10.0), "minimum effective entries 10 in bin 4: 4 (60% short) and 1 more"),
        (BinLimits(None, None, 0.4), "maximum relative MC uncertainty 0.4 in bin 4: 0.5 (25% too much)"),
        (BinLimits(1.0, None, None, 0.2), "minimum background 1 in bin 4: 0.32 (68% short) and 1 more"),
        (BinLimits(None, None, None, 0.2), "minimum width 0.2 in bin 2: 0.15 (25% short)"),
        (BinLimits(0.3, 1.0), ""),
    ],
    ids=str,
)
def test_message_names_the_limit_the_bin_and_by_how_much(limits: BinLimits, message: str) -> None:
    b, v = np.array([20.0, 10.0, 3.0, 0.32]), np.array([1.0, 1.0, 1.0, 0.0256])
    given = yields(
        np.array([np.ones(4), b, np.zeros(4)])[None, None, :, None],
        np.array([np.ones(4), v, np.zeros(4)])[None, None, :, None],
        of=layout(bins=BINS),
    )
    assert limits.which(given, [np.inf, 0.15, 0.3, np.inf]) == message


def test_message_names_the_channel_of_several() -> None:
    given = toy(1)
    given.moments.sum_w[3, 1, 1:, 0, 2] = 0
    assert "in bin c of channel 'b': 0 (100% short)" in BinLimits(1.0).which(given, bins="abcd", point=3)
    given.moments.sum_w[3, 1, 1:, 0, 2] = -1
    assert "(infinitely too much)" in BinLimits(None, None, 0.1).which(given, point=3)


@pytest.mark.parametrize("limits", [BinLimits(5.0), BinLimits(None, 30.0), BinLimits(3.0, 3.0, 0.2)], ids=str)
def test_derivatives_of_the_penalty_equal_finite_differences(limits: BinLimits) -> None:
    given = toy(4, points=3)
    value, cotangents = limits.penalty(given)
    assert (value > 0).all()
    for m in range(3):
        for at in np.ndindex(given.moments[m].shape):
            ends, step = [], 1e-6
            for sign in (1, -1):
                moved = [array.copy() for array in given.moments]
                moved[m][at] += sign * step
                ends.append(limits.penalty(Yields(given.layout, Moments(*moved)))[0][at[0]])
            assert cotangents[m][at] == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-5, abs=1e-6)


def test_penalty_is_zero_exactly_where_the_limits_of_yields_hold() -> None:
    given = toy(5, points=200)
    limits = BinLimits(0.6, 1.5)
    met = limits.is_met(given)
    assert met.any()
    assert ((limits.penalty(given)[0] == 0) == met).all()


def test_limits_come_back_from_json() -> None:
    assert BinLimits.from_plain(json.loads(json.dumps(ALL.describe()))) == ALL
    with pytest.raises(DeclarationError, match=r"no such limit(.|\n)*min_backgrund(.|\n)*min_background"):
        BinLimits.from_plain({"min_backgrund": 1})


@pytest.mark.parametrize("bad", [0, -1.0, math.inf, math.nan, "1", True])
def test_a_limit_is_a_positive_number(bad: Any) -> None:
    with pytest.raises(DeclarationError, match=r"finite number above 0(.|\n)*min_entries="):
        BinLimits(min_entries=bad)


def test_bins_without_widths_have_no_least_width() -> None:
    with pytest.raises(DeclarationError, match=r"no widths(.|\n)*min_width=0.5"):
        ALL.excess(toy(1))


def test_more_bins_than_the_events_can_fill_are_refused_with_the_number_they_can() -> None:
    of = layout(total=10.0)  # 10 of each of two processes, 10000 entries each
    BinLimits(2.0).check(of, 10)
    with pytest.raises(
        UnattainableError, match=r"11 bins, minimum background 2: 22(.|\n)*enough for 10 bins"
    ):
        BinLimits(2.0).check(of, 11)
    BinLimits(None, None, 0.1).check(of, 200)
    with pytest.raises(UnattainableError, match=r"entries of the background, enough for 200 bins"):
        BinLimits(None, None, 0.1).check(of, 201)
    with pytest.raises(DeclarationError, match=r"about the background(.|\n)*role='background'"):
        BinLimits(2.0).check(layout(roles=("signal",)), 3)
    BinLimits(min_width=0.1).check(layout(roles=("signal",)), 3)
