"""Features as normal scores: both ways, rising, and whatever features look like."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import numpy as np
import pytest

import gradcut as gc
from gradcut.errors import DataError
from gradcut.scanning.nominal import nominal
from gradcut.scanning.quantile_map import NODES
from scanning.scan_toys import Toy, table, toy

N = 4000
INF = float("inf")


def one(signal: Any, background: Any, *cuts: str, **settings: Any) -> Toy:
    selection = gc.Selection(*(cuts or ("x > ?",)), **settings)
    return toy(selection, table(0, x=signal), table(10**7, x=background))


def draw(how: str, n: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    match how:
        case "normal":
            return rng.normal(size=n)
        case "far":
            return rng.normal(1e6, 1e-3, n)
        case "small":
            return rng.normal(size=n) * 1e-12
        case "large":
            return rng.normal(size=n) * 1e12
        case "cauchy":
            return rng.standard_cauchy(n)
        case "powers":
            return np.exp(rng.normal(0, 5, n))
        case "integers":
            return rng.poisson(3, n).astype(np.int32)
        case "mostly zero":
            return np.where(rng.random(n) < 0.6, 0.0, rng.exponential(1, n))
        case "two values":
            return rng.integers(0, 2, n).astype(np.float64)
        case "constant":
            return np.full(n, 7.0)
        case "outlier":
            return np.concatenate([rng.normal(size=n - 1), [1e20]])
        case "infinite":
            return np.concatenate([rng.normal(size=n - 2), [INF, -INF]])
    raise AssertionError(how)


KINDS = (
    "normal",
    "far",
    "small",
    "large",
    "cauchy",
    "powers",
    "integers",
    "mostly zero",
    "two values",
    "constant",
    "outlier",
    "infinite",
)


@pytest.mark.parametrize("how", KINDS)
def test_map_rises_and_thresholds_are_the_inverse_of_scores(how: str) -> None:
    coordinates = one(draw(how, N, 1), draw(how, N, 2)).coordinates
    assert np.all(np.diff(coordinates.nodes, axis=0) > 0)
    assert np.isfinite(coordinates.nodes).all()
    scores = np.linspace(-6, 6, 1201)[:, None]
    thresholds, slopes = coordinates.thresholds(scores)
    assert np.all(np.diff(thresholds, axis=0) >= 0)
    assert np.all(slopes > 0)
    scale = np.abs(thresholds) * 1e-9 / slopes  # what rounding of the threshold is in scores
    assert np.all(np.abs(coordinates.free(thresholds) - scores) <= 1e-6 + scale)


@pytest.mark.parametrize("how", ["normal", "far", "small", "large", "cauchy", "powers", "outlier"])
def test_scores_are_normal_where_signal_and_background_count_one_half_each(how: str) -> None:
    # A tenth as many events of background: they must count ten times as much.
    signal, background = draw(how, N, 1), draw(how, N // 10, 2)
    coordinates = one(signal, background).coordinates
    for level in (0.05, 0.2, 0.5, 0.8, 0.95):
        ((at,),), _ = coordinates.thresholds(np.array([[NormalDist().inv_cdf(level)]]))
        share = (np.mean(signal < at) + np.mean(background < at)) / 2
        assert share == pytest.approx(level, abs=0.02)


def test_integers_lie_within_their_share_about_its_middle() -> None:
    # 20% zero, 50% one, 30% two.
    values = np.repeat(np.array([0, 1, 2], dtype=np.int32), [400, 1000, 600])
    coordinates = one(values, values).coordinates
    scores = coordinates.score(0, np.array([0, 1, 2]))
    ends = [-INF, *(NormalDist().inv_cdf(level) for level in (0.2, 0.7)), INF]
    assert np.searchsorted(ends, scores).tolist() == [1, 2, 3]
    assert scores == pytest.approx([NormalDist().inv_cdf(level) for level in (0.1, 0.45, 0.85)], abs=0.5)


def test_beyond_the_outermost_nodes_the_map_is_a_straight_line() -> None:
    coordinates = one(draw("normal", N, 1), draw("normal", N, 2)).coordinates
    values = coordinates.nodes[-1, 0] + np.array([0.0, 1.0, 2.0, 1000.0])
    scores = coordinates.score(0, values)
    assert np.diff(scores)[:2] == pytest.approx([1 / coordinates.slopes[-1, 0]] * 2)
    assert (scores[3] - scores[0]) / 1000 == pytest.approx(scores[1] - scores[0])


def test_missing_and_infinite_values_stay_what_they_are() -> None:
    coordinates = one(draw("normal", N, 1), draw("infinite", N, 2)).coordinates
    scores = coordinates.score(0, np.array([np.nan, INF, -INF, 0.0]))
    assert np.isnan(scores[0])
    assert scores[1:3].tolist() == [INF, -INF]
    assert np.isfinite(scores[3])


def test_sentinels_do_not_count() -> None:
    signal, background = draw("normal", N, 1), draw("normal", N, 2)
    plain = one(signal, background).coordinates
    holed = (np.concatenate([x, np.full(N, -999.0)]) for x in (signal, background))
    coordinates = one(*holed, sentinels=[-999]).coordinates
    middle = slice(NODES // 4, -NODES // 4)
    assert np.interp(plain.scores[middle], coordinates.scores, coordinates.nodes[:, 0]) == pytest.approx(
        plain.nodes[middle, 0], abs=0.02
    )


def test_feature_without_a_finite_value_is_told() -> None:
    with pytest.raises(DataError, match=r"(?s)no finite value in any event.*cut 'x'"):
        one(np.full(9, np.nan), np.full(9, INF))


def test_cuts_that_share_a_threshold_share_the_map_of_all_their_values() -> None:
    selection = gc.Selection("x > ?c", "y > ?c", "z > ?")
    rng = np.random.default_rng(3)

    def events(start: int) -> dict[str, np.ndarray]:
        return table(start, x=rng.normal(0, 1, N), y=rng.normal(10, 1, N), z=rng.normal(0, 1, N))

    coordinates = toy(selection, events(0), events(10**7)).coordinates
    assert coordinates.nodes[:, 0].tolist() == coordinates.nodes[:, 1].tolist()
    assert coordinates.nodes[NODES // 4, 0] < 2
    assert coordinates.nodes[-NODES // 4, 0] > 8
    assert coordinates.nodes[-1, 2] < 5
    assert coordinates.cut_of.tolist() == [0, 2]


def test_signs_say_where_more_is_kept() -> None:
    selection = gc.Selection("x > ?", "y < ?", "? < x < ?", "!(? < y < ?)")
    rng = np.random.default_rng(4)
    signal, background = (table(s, x=rng.normal(size=999), y=rng.normal(size=999)) for s in (0, 10**7))
    made = toy(selection, signal, background)
    values = np.array([-0.5, 0.8, -0.5, 1.0, -0.9, 0.4])
    before = made.events.yields(values[None]).moments.entries.sum()
    assert made.coordinates.loosening.tolist() == [-1, 1, -1, 1, 1, -1]
    for p, sign in enumerate(made.coordinates.loosening):
        moved = values.copy()
        # A lower end of a window only counts beside the cut on the same feature if both move.
        moved[[0, 2] if p in (0, 2) else [p]] += sign * 0.4
        assert made.events.yields(moved[None]).moments.entries.sum() > before


def test_reach_is_that_of_the_signal() -> None:
    rng = np.random.default_rng(5)
    coordinates = one(rng.normal(0, 1, N), rng.normal(0, 5, N)).coordinates
    thresholds, _ = coordinates.thresholds(np.array([coordinates.lowest, coordinates.highest]))
    assert thresholds[:, 0] == pytest.approx([-3.3, 3.3], abs=0.6)


def test_transformed_events_pass_the_same_cuts() -> None:
    rng = np.random.default_rng(6)
    holed = np.where(rng.random(N) < 0.1, np.nan, np.exp(rng.normal(0, 2, N)))
    made = one(holed, np.exp(rng.normal(0.5, 2, N)), "x > ?")
    scores = made.coordinates.transformed(made.tables)
    before, after = (t["all", "signal"].features()[0] for t in (made.tables, scores))
    assert after.dtype == np.float32
    assert np.isnan(after).tolist() == np.isnan(before).tolist()
    order = np.argsort(before)
    assert np.all(np.diff(after[order][: np.isfinite(before).sum()]) >= 0)


def test_thinned_events_stand_for_all() -> None:
    rng = np.random.default_rng(7)
    weights = rng.uniform(0.5, 1.5, N)
    selection = gc.Selection("x > ?")
    made = toy(selection, table(0, weights, x=rng.normal(size=N)), table(10**7, x=rng.normal(size=N)))
    thin = made.coordinates.transformed(nominal(made.tables, 500))["all", "signal"]
    assert thin.n_events == 500
    assert thin.weights() == pytest.approx(8 * weights[::8])
