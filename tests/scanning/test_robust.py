"""Scans of features and weights as they come."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradcut as gc
from gradcut.results import ScanResult
from scanning.gaussians import best_background, true_efficiencies
from scanning.scan_toys import samples, table

TARGETS = (0.3, 0.6, 0.9)
ONCE: dict[str, Any] = {
    "efficiencies": TARGETS,
    "split": gc.Split(train=0.9, select=0, test=0.1),
    "n_threads": 1,
}
INF = float("inf")
N = 4000


def features(seed: int, shift: float, n: int = N) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    common = rng.normal(size=n)
    return {"x": rng.normal(shift, 1, n) + 0.4 * common, "y": rng.normal(0.6 * shift, 1, n) - 0.2 * common}


SIGNAL, BACKGROUND = features(1, 1.0), features(2, 0.0)
SELECTION = gc.Selection("x > ?", "y > ?")


def scanned(
    signal: dict[str, np.ndarray],
    background: dict[str, np.ndarray],
    selection: gc.Selection = SELECTION,
    weights: tuple[Any, Any] = (None, None),
    **changes: Any,
) -> ScanResult:
    given = samples(table(0, weights[0], **signal), table(10**7, weights[1], **background))
    return gc.scan_cuts(selection, given, **{**ONCE, **changes})


def joined(*tables: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: np.concatenate([one[name] for one in tables]) for name in tables[0]}


@pytest.mark.parametrize("role", ["signal", "background"])
def test_events_that_cancel_are_as_if_they_were_not_there(role: str) -> None:
    # Half as many again at one place, and once more with negative weights: background where the signal is,
    # signal where the background is, so that who takes absolute weights or drops negative ones is led astray.
    rng = np.random.default_rng(3)
    whole: dict[str, Any] = {"split": gc.Split(train=1, select=0, test=0)}
    plain = scanned(SIGNAL, BACKGROUND, **whole)
    place = {name: rng.normal(2.5 if role == "background" else -2.0, 0.3, N // 2) for name in ("x", "y")}
    tables, weights = {"signal": SIGNAL, "background": BACKGROUND}, {"signal": None, "background": None}
    tables[role] = joined(tables[role], place, place)
    weights[role] = np.repeat([1.0, 1.0, -1.0], [N, N // 2, N // 2])  # type: ignore[assignment]
    pair = weights["signal"], weights["background"]
    cancelled = scanned(tables["signal"], tables["background"], weights=pair, **whole)
    for one, other in zip(cancelled, plain, strict=True):
        assert one.mask(SIGNAL).mean() == pytest.approx(one.target, abs=0.02)
        assert one.mask(BACKGROUND).mean() == pytest.approx(other.used.background, rel=0.1)
    absolute = scanned(tables["signal"], tables["background"], **whole)
    assert any(
        abs(one.mask(SIGNAL).mean() - one.target) > 0.05
        or one.mask(BACKGROUND).mean() > 1.1 * other.used.background
        for one, other in zip(absolute, plain, strict=True)
    )


def test_weights_are_repeated_events() -> None:
    rng = np.random.default_rng(4)
    n = 1200
    tables = {"signal": features(5, 1.0, n), "background": features(6, 0.0, n)}
    weighted, repeated = {}, {}
    for role, columns in tables.items():
        times, sign = rng.integers(1, 4, n), np.where(rng.random(n) < 0.15, -1.0, 1.0)
        weighted[role] = table(0 if role == "signal" else 10**7, times * sign, **columns)
        repeated[role] = table(
            0 if role == "signal" else 10**7,
            np.repeat(sign, times),
            **{name: np.repeat(column, times) for name, column in columns.items()},
        )
    # Of many starts several come to cuts that are equally good, and rounding would choose among them.
    how = {**ONCE, "split": gc.Split(train=1, select=0, test=0), "starts": 4}
    one, other = (
        gc.scan_cuts(SELECTION, samples(t["signal"], t["background"]), **how) for t in (weighted, repeated)
    )
    for a, b in zip(one, other, strict=True):
        for name in SELECTION.parameters:
            assert a.values[name] == pytest.approx(b.values[name], abs=0.08)
        # One event of either kind is at most three of weight one.
        assert a.used.signal == pytest.approx(b.used.signal, abs=3 / n)
        assert a.used.background == pytest.approx(b.used.background, rel=0.03)
        # And what is said of the weighted events is what the repeated ones give.
        passed = {role: a.mask(t) for role, t in repeated.items()}
        for role, said in (("signal", a.used.signal), ("background", a.used.background)):
            w = repeated[role]["w"]
            assert said == pytest.approx(w[passed[role]].sum() / w.sum())


@pytest.mark.parametrize("scale", [1e-12, 1e12, -1.0])
def test_units_do_not_matter(scale: float) -> None:
    selection = SELECTION if scale > 0 else gc.Selection("x < ?", "y < ?")
    plain = scanned(SIGNAL, BACKGROUND)
    other = scanned(*({k: scale * v for k, v in t.items()} for t in (SIGNAL, BACKGROUND)), selection)
    for a, b in zip(plain, other, strict=True):
        for events in (SIGNAL, BACKGROUND):
            same = a.mask(events) == b.mask({k: scale * v for k, v in events.items()})
            assert same.mean() > 0.998


@pytest.mark.parametrize("change", [np.exp, np.sinh, lambda v: v + 1e6, lambda v: np.exp(5 * v)])
def test_rising_functions_of_a_feature_give_nearly_the_same_events(change: Any) -> None:
    plain = scanned(SIGNAL, BACKGROUND)
    other = scanned(*({k: change(v) for k, v in t.items()} for t in (SIGNAL, BACKGROUND)))
    for a, b in zip(plain, other, strict=True):
        assert b.used.background < 1.02 * a.used.background + 1 / N
        for events in (SIGNAL, BACKGROUND):
            same = a.mask(events) == b.mask({k: change(v) for k, v in events.items()})
            assert same.mean() > 0.96


def test_garbage_in_single_events_changes_nothing() -> None:
    plain = scanned(SIGNAL, BACKGROUND)
    signal, background = ({k: v.copy() for k, v in t.items()} for t in (SIGNAL, BACKGROUND))
    signal["x"][7], background["x"][:2], background["y"][3] = 1e20, (-1e25, 1e30), INF
    for a, b in zip(plain, scanned(signal, background), strict=True):
        assert b.used.background == pytest.approx(a.used.background, abs=4 / N)
        assert abs(b.used.signal - b.target) < 1.5 / N


@pytest.mark.parametrize("missing", ["fail", "pass"])
def test_missing_values_fail_or_pass(missing: Any) -> None:
    rng = np.random.default_rng(7)
    signal, background = ({k: v.copy() for k, v in t.items()} for t in (SIGNAL, BACKGROUND))
    for columns, share in ((signal, 0.05), (background, 0.3)):
        columns["x"][rng.random(N) < share] = -999
        columns["y"][rng.random(N) < share / 2] = np.nan
    selection = gc.Selection("x > ?", "y > ?", missing=missing, sentinels=[-999])
    result = scanned(signal, background, selection)
    holed = np.isnan(background["y"]) | (background["x"] == -999)
    for point in result:
        assert abs(point.used.signal - point.target) < 1.5 / N
        assert point.values["x"] > -50
        kept = point.mask(background)[holed].mean()
        assert (kept > 0.05) if missing == "pass" else (kept == 0)


def test_integer_gets_half_steps_and_targets_are_met_beside_it() -> None:
    rng = np.random.default_rng(8)
    signal = {**SIGNAL, "k": rng.poisson(2, N).astype(np.int32)}
    background = {**BACKGROUND, "k": rng.poisson(4, N).astype(np.int32)}
    result = scanned(signal, background, gc.Selection("x > ?", "k < ?"))
    alone = scanned(signal, background, gc.Selection("x > ?"))
    for point, single in zip(result, alone, strict=True):
        assert point.values["k"] % 1 == 0.5 or point.values["k"] == INF
        assert abs(point.used.signal - point.target) < 1.5 / N
        assert point.used.background < 0.9 * single.used.background


def test_scan_of_integers_alone_warns_of_what_cannot_be_had() -> None:
    rng = np.random.default_rng(9)
    signal, background = ({"k": rng.poisson(m, N).astype(np.int32)} for m in (2, 4))
    result = scanned(signal, background, gc.Selection("k < ?"))
    assert len(result.warnings) == 3
    assert result.warnings[0].startswith("target 0.3 is missed: the signal efficiency of these cuts is 0.")
    shares = np.cumsum(np.bincount(signal["k"])) / N
    for point in result:
        nearest = min(shares, key=lambda share, t=point.target: abs(share - t))
        assert point.mask(signal).mean() == pytest.approx(nearest)


def test_constant_feature_opens() -> None:
    signal, background = ({**t, "one": np.ones(N)} for t in (SIGNAL, BACKGROUND))
    result = scanned(signal, background, gc.Selection("x > ?", "y > ?", "one > ?", "? < one < ?"))
    plain = scanned(SIGNAL, BACKGROUND)
    for point, other in zip(result, plain, strict=True):
        assert np.isinf([v for name, v in point.values.items() if "one" in name]).all()
        assert point.used.background < 1.03 * other.used.background


def test_forty_features_at_once() -> None:
    rng = np.random.default_rng(10)
    means = np.abs(rng.normal(0, 0.35, 40))
    signal, background = (
        {f"f{k}": rng.normal(m * s, 1, N).astype(np.float32) for k, m in enumerate(means)} for s in (1, 0)
    )
    result = scanned(signal, background, gc.Selection(*(f"{name} > ?" for name in signal)))
    for point in result:
        assert abs(point.used.signal - point.target) < 1.5 / N
        kept, passed = true_efficiencies(point.values, list(means))
        assert passed < 1.15 * best_background(list(means), kept)


def test_same_seed_same_result_whatever_the_threads() -> None:
    one = scanned(SIGNAL, BACKGROUND, seed=3)
    assert scanned(SIGNAL, BACKGROUND, seed=3) == one
    assert scanned(SIGNAL, BACKGROUND, seed=3, n_threads=2) == one
    assert scanned(SIGNAL, BACKGROUND, seed=4) != one


def test_double_precision_is_close() -> None:
    one, double = scanned(SIGNAL, BACKGROUND), scanned(SIGNAL, BACKGROUND, precision="float64")
    for a, b in zip(one, double, strict=True):
        assert dict(a.values) == pytest.approx(dict(b.values), abs=0.02)


@pytest.mark.torch
def test_torch_is_close() -> None:
    one, torch = scanned(SIGNAL, BACKGROUND), scanned(SIGNAL, BACKGROUND, engine="torch")
    assert torch.provenance["settings"]["engine"] == "torch"
    for a, b in zip(one, torch, strict=True):
        assert dict(a.values) == pytest.approx(dict(b.values), abs=0.02)


def test_working_points_do_not_depend_on_which_others_are_wanted() -> None:
    one = scanned(SIGNAL, BACKGROUND, efficiencies=[0.6])
    three = scanned(SIGNAL, BACKGROUND)
    assert dict(one.at(0.6).values) == pytest.approx(dict(three.at(0.6).values), abs=0.05)
    assert scanned(SIGNAL, BACKGROUND, efficiencies=[0.9, 0.3, 0.6]) == three


@pytest.mark.parametrize("limit", [(), ("x",)], ids=str)
def test_fixed_thresholds_stay_where_they_are(limit: tuple[str, ...]) -> None:
    value = -INF if limit else -0.25
    result = scanned(SIGNAL, BACKGROUND, fix={"x": value}, efficiencies=[0.3, 0.6])
    for point in result:
        assert point.values["x"] == value
        assert abs(point.used.signal - point.target) < 1.5 / N
