"""Flat working points: against exact conditional quantiles, the filters, and what makes no sense."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradcut as gc
from gradcut.errors import DataError, DeclarationError, SchemaError
from gradcut.flat.quantiles import shifted_to


def events(n: int, seed: int, **changed: Any) -> dict[str, np.ndarray]:
    """A feature whose distribution moves and widens with the property, by a known law."""
    rng = np.random.default_rng(seed)
    npv = rng.uniform(0, 60, n)
    found = {
        "iso": (0.1 + 0.01 * npv) * rng.exponential(1.0, n),
        "npv": npv,
        "w": np.ones(n),
        "event": np.arange(n),
    }
    return found | changed


def samples_of(columns: dict[str, np.ndarray], **settings: Any) -> gc.Samples:
    samples = gc.Samples(weight="w", event="event", **settings)
    samples.add("s", columns, role="signal")
    return samples


@pytest.mark.parametrize("shape", ["linear", "smooth"])
@pytest.mark.parametrize("operator", ["<", ">"])
def test_curve_is_the_conditional_quantile(shape: Any, operator: str) -> None:
    cut = gc.VaryingCut("iso", operator, "npv", [0, 30, 60], shape=shape)
    point = gc.flat_working_point(cut, samples_of(events(40_000, 1)), efficiency=0.8)
    level = 0.8 if operator == "<" else 0.2
    at = np.linspace(5, 55, 11)
    exact = -(0.1 + 0.01 * at) * np.log(1 - level)
    low, high = np.zeros(len(at)), np.full(len(at), 5.0)
    for _ in range(50):  # the threshold, from the mask alone
        middle = (low + high) / 2
        passed = point.mask({"iso": middle, "npv": at})
        low, high = (
            np.where(passed == (operator == "<"), middle, low),
            np.where(passed == (operator == "<"), high, middle),
        )
    np.testing.assert_allclose(low, exact, rtol=0.05)
    assert point.reached == pytest.approx(0.8, abs=1e-4)
    assert max(map(abs, point.pulls)) < 4


def test_constant_cut_is_not_flat_but_the_curve_is_on_unused_events() -> None:
    data = events(20_000, 2)
    cut = gc.VaryingCut("iso", "<", "npv", [0, 20, 40, 60], monotone="rising")
    point = gc.flat_working_point(cut, samples_of(data), efficiency=0.9)
    flat = [row.unused for row in point.ranges]
    constant = np.quantile(data["iso"], 0.9)
    spread = [
        np.mean(data["iso"][(data["npv"] >= row.low) & (data["npv"] < row.high)] < constant)
        for row in point.ranges
    ]
    assert np.ptp(flat) < 0.2 * np.ptp(spread)
    assert np.all(np.diff(list(point.values.values())) >= 0)
    assert "0.9 wanted" in str(point)


def test_wrong_order_is_kept_as_asked() -> None:
    cut = gc.VaryingCut("iso", "<", "npv", [0, 20, 40, 60], monotone="falling")
    point = gc.flat_working_point(cut, samples_of(events(4000, 3)), efficiency=0.9)
    assert np.ptp(list(point.values.values())) < 1e-9
    assert point.reached == pytest.approx(0.9, abs=1e-3)


def test_ranges_of_steps_are_exact_quantiles() -> None:
    data = events(6000, 4)
    samples = gc.Samples(weight="w")
    samples.add("s", data, role="signal")
    cut = gc.VaryingCut("iso", "<", "npv", [20, 40], shape="steps")
    point = gc.flat_working_point(cut, samples, efficiency=0.7, ranges=[20, 40])
    for row in point.ranges:
        assert row.used == pytest.approx(0.7, abs=0.005)
        assert np.isnan(row.unused)


def test_yield_is_spread_evenly_over_the_property() -> None:
    rng = np.random.default_rng(5)
    n = 40_000
    npv = rng.triangular(0, 30, 60, n)
    data = {"x": rng.exponential(1 + 0.02 * npv), "npv": npv, "w": np.full(n, 0.5), "event": np.arange(n)}
    samples = gc.Samples(weight="w", event="event")
    samples.add("zb", data, role="background")
    cut = gc.VaryingCut("x", ">", "npv", [5, 15, 30, 45, 55], shape="smooth")
    edges = [10, 20, 30, 40, 50]
    point = gc.flat_working_point(cut, samples, total_yield=1000, role="background", ranges=edges)
    assert point.reached == pytest.approx(1000, abs=0.6)
    inner = [row.used for row in point.ranges[1:-1]]
    assert np.ptp(inner) / np.mean(inner) < 0.25
    assert sum(row.unused for row in point.ranges) == pytest.approx(1000, rel=0.1)


def test_weights_of_both_signs_and_missing_values_count() -> None:
    data = events(6000, 6)
    twice = {name: np.concatenate([column, column[:2000]]) for name, column in data.items()}
    twice["w"] = np.concatenate([np.ones(6000), -np.ones(2000)])
    twice["event"] = np.arange(8000)
    left = {name: column[2000:] for name, column in data.items()}
    cut = gc.VaryingCut("iso", "<", "npv", [0, 60])
    points = []
    for columns in (twice, left):
        samples = gc.Samples(weight="w")
        samples.add("s", columns, role="signal")
        points.append(gc.flat_working_point(cut, samples, efficiency=0.8))
    first, second = (np.array(list(point.values.values())) for point in points)
    np.testing.assert_allclose(first, second, rtol=0.05)
    data["iso"][::10] = np.nan  # fail
    samples = gc.Samples(weight="w")
    samples.add("s", data, role="signal")
    point = gc.flat_working_point(cut, samples, efficiency=0.8)
    passed = point.mask(data)
    assert passed.mean() == pytest.approx(0.8, abs=1e-3)
    assert not passed[::10].any()


@pytest.mark.parametrize("seed", range(5))
def test_shift_is_the_best_of_all(seed: int) -> None:
    rng = np.random.default_rng(seed)
    distances, weights = np.round(rng.normal(size=60), 1), rng.normal(0.5, 1, 60)
    found = weights[distances > shifted_to(distances, weights, 11.0)].sum()
    candidates = np.concatenate([np.unique(distances) - 0.05, [9.0]])
    best = min(abs(weights[distances > c].sum() - 11.0) for c in candidates)
    assert abs(found - 11.0) == pytest.approx(best, abs=1e-9)


@pytest.mark.root
def test_filter_keeps_the_events_of_the_mask(ROOT: Any) -> None:  # noqa: N803
    data = events(3000, 7)
    cut = gc.VaryingCut("iso", "<", "npv", [0, 20, 60], shape="smooth")
    point = gc.flat_working_point(cut, samples_of(data), efficiency=0.8)
    node = ROOT.RDF.FromNumpy({name: data[name] for name in ("iso", "npv")})
    assert point.apply(node).Count().GetValue() == int(point.mask(data).sum())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "either an efficiency or a total yield"),
        ({"efficiency": 0.8, "total_yield": 3}, "either an efficiency or a total yield"),
        ({"efficiency": 1.2}, "between 0 and 1"),
        ({"total_yield": -1}, "positive number"),
        ({"efficiency": 0.8, "ranges": [3, 2]}, "rising, finite ends"),
        ({"efficiency": 0.8, "role": "background"}, "no process of the role 'background'"),
        ({"efficiency": 0.8, "processes": ["x"]}, "called x"),
    ],
)
def test_what_makes_no_sense_is_refused(settings: dict[str, Any], message: str) -> None:
    cut = gc.VaryingCut("iso", "<", "npv", [0, 60])
    with pytest.raises((DeclarationError, DataError), match=message):
        gc.flat_working_point(cut, samples_of(events(100, 8)), **settings)
    with pytest.raises(DeclarationError, match="a cut that varies"):
        gc.flat_working_point("iso < ?", samples_of(events(100, 8)), efficiency=0.5)  # type: ignore[arg-type]


def test_point_is_read_as_it_was_written(tmp_path: Path) -> None:
    cut = gc.VaryingCut("iso", "<", "npv", [0, 20, 60], monotone="rising")
    point = gc.flat_working_point(cut, samples_of(events(1000, 9)), efficiency=0.8)
    point.save(tmp_path / "flat.json")
    again = gc.FlatPoint.load(tmp_path / "flat.json")
    assert again.values == point.values
    assert again.selection == point.selection
    assert again.ranges == point.ranges
    assert str(again) == str(point)
    text = (tmp_path / "flat.json").read_text()
    (tmp_path / "other.json").write_text(text.replace('"iso:0":', '"iso:9":'))
    with pytest.raises(SchemaError, match="not those of the selection"):
        gc.FlatPoint.load(tmp_path / "other.json")
    (tmp_path / "bad.json").write_text(text.replace('"yield"', '"rate"').replace('"efficiency"', '"rate"'))
    with pytest.raises(SchemaError, match="quantity"):
        gc.FlatPoint.load(tmp_path / "bad.json")
