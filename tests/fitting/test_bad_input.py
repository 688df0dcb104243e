"""What a fit makes of events that are hard to use: DESIGN section 9."""

from __future__ import annotations

from math import erfc, sqrt
from typing import Any

import numpy as np
import pytest

import gradcut as gc
from fitting.toy_samples import columns, samples
from gradcut.errors import DataError, DeclarationError, UnattainableError
from gradcut.objectives import AsimovSignificance, EfficiencyLoss, Objective
from gradcut.stats import asimov_significance

Z, TARGET = AsimovSignificance(0.1), EfficiencyLoss(0.7)
both = pytest.mark.parametrize("objective", [Z, TARGET], ids=["significance", "efficiency"])
SELECTION = gc.Selection("x > ?", "y > ?")
Table = dict[str, np.ndarray]


def signal(**changes: Any) -> Table:
    return {**columns(1, 3000, 0.01, x=(1, 1), y=(0.5, 1)), **changes}


def background(**changes: Any) -> Table:
    return {**columns(2, 5000, 0.1, x=(-1, 1), y=(0, 1)), **changes}


def fit(
    *tables: Table, objective: Objective = Z, selection: gc.Selection = SELECTION, **how: Any
) -> gc.CutResult:
    return gc.fit_cuts(
        selection,
        samples(*tables),
        objective=objective,
        **{"folds": 2, "n_threads": 1, "starts": 4, "max_steps": 36, **how},
    )


def every(n: int, of: np.ndarray, value: float) -> np.ndarray:
    return np.where(np.arange(len(of)) % n == 0, value, of).astype(of.dtype)


@both
def test_process_with_three_events_is_whole_everywhere_and_named(objective: Objective) -> None:
    three = columns(9, 3, 30.0, x=(0, 1), y=(0, 1))
    result = fit(signal(), background(), three, objective=objective)
    assert np.isfinite(result.scores.used)
    assert "process 'background 1' has fewer than 50 events: it is not divided" in result.warnings[0]
    kept = result.mask(three)
    assert result.processes[2].used == pytest.approx(30.0 * kept.sum())
    assert result.processes[2].before_entries == 3


@both
@pytest.mark.parametrize(
    ("tables", "message"),
    [
        (
            (signal(), background(), columns(9, 0, 1.0, x=(0, 1), y=(0, 1))),
            r"no events at all(.|\n)*'background 1'",
        ),
        ((signal(w=np.zeros(3000)), background()), r"all weights are zero(.|\n)*'signal'(.|\n)*3000 events"),
        ((signal(), background(w=np.zeros(5000))), r"all weights are zero(.|\n)*'background 0'"),
        (
            (signal(), background(w=every(5000, np.full(5000, 0.1), np.nan))),
            r"NaN or infinite(.|\n)*1 of 5000",
        ),
        (
            (signal(w=every(1000, np.full(3000, 0.1), np.inf)), background()),
            r"NaN or infinite(.|\n)*3 of 3000",
        ),
        ((signal(), background(w=np.full(5000, -0.1))), r"not positive(.|\n)*'background 0'(.|\n)*-500"),
        ((signal(w=np.full(3000, -0.1)), background()), r"not positive(.|\n)*'signal'(.|\n)*-300"),
        (
            (signal(event=np.zeros(3000, np.int64)), background()),
            r"part of the split has no event(.|\n)*'signal'",
        ),
    ],
    ids=[
        "empty",
        "signal without weight",
        "no weight",
        "NaN",
        "inf",
        "negative",
        "negative signal",
        "identity",
    ],
)
def test_samples_that_cannot_be_used_say_so(
    tables: tuple[Table, ...], message: str, objective: Objective
) -> None:
    with pytest.raises(DataError, match=message):
        fit(*tables, objective=objective)


@pytest.mark.parametrize("role", ["signal", "background"])
@both
def test_missing_role_is_said(role: str, objective: Objective) -> None:
    given = gc.Samples(weight="w", event="event")
    given.add("a", signal(), role="background" if role == "signal" else "signal")
    with pytest.raises(DeclarationError, match=rf"needs a {role}(.|\n)*role='{role}'"):
        gc.fit_cuts(SELECTION, given, objective=objective, folds=2)


def test_feature_that_no_signal_has_is_said() -> None:
    given = signal(x=np.full(3000, np.nan, np.float32)), background()
    with pytest.raises(
        DataError, match=r"no event of the signal is left(.|\n)*100\.00% by cut 'x'(.|\n)*'pass'"
    ):
        fit(*given)
    with pytest.raises(UnattainableError, match=r"100\.00% by cut 'x'"):
        fit(*given, objective=TARGET)
    with pytest.raises(DataError, match=r"no event of the background is left(.|\n)*cut 'x'"):
        fit(signal(), background(x=np.full(5000, np.nan, np.float32)))


def test_fixed_requirement_that_nothing_passes_is_said() -> None:
    selection = gc.Selection("x > ?", "y > 1e6")
    with pytest.raises(
        DataError, match=r"no event of the signal is left(.|\n)*100\.00% by fixed requirements"
    ):
        fit(signal(), background(), selection=selection)


def test_feature_without_finite_values_is_said() -> None:
    given = signal(x=np.full(3000, np.inf, np.float32)), background(x=np.full(5000, np.inf, np.float32))
    with pytest.raises(DataError, match=r"no finite value in any event(.|\n)*cut 'x'"):
        fit(*given)


@both
@pytest.mark.parametrize("missing", ["fail", "pass"])
def test_missing_values_and_sentinels_are_one_thing(missing: Any, objective: Objective) -> None:
    results = []
    for value in (np.nan, -999.0):
        given = signal(x=every(4, signal()["x"], value)), background(x=every(7, background()["x"], value))
        selection = gc.Selection("x > ?", "y > ?", missing=missing, sentinels=[-999])
        results.append(fit(*given, objective=objective, selection=selection))
        kept = results[-1].mask(given[0])
        assert results[-1].processes[0].used == pytest.approx(0.01 * kept.sum())
        assert kept[::4].any() == (missing == "pass")
        assert results[-1].threshold("x").missing == 750 + 715
    assert results[0].values == results[1].values


@both
def test_infinities_are_values_and_open_cuts_keep_them(objective: Objective) -> None:
    given = signal(x=every(40, signal()["x"], np.inf)), background(x=every(40, background()["x"], -np.inf))
    result = fit(*given, objective=objective)
    kept = [result.mask(table) for table in given]
    assert kept[0][::40][given[0]["y"][::40] > result.values["y"]].all()
    assert not kept[1][::40].any()
    assert [row.used for row in result.processes] == pytest.approx(
        [0.01 * kept[0].sum(), 0.1 * kept[1].sum()]
    )


@both
@pytest.mark.parametrize("value", [0.0, 3.0, -1e12])
def test_constant_feature_is_left_open(value: float, objective: Objective) -> None:
    given = signal(y=np.full(3000, value)), background(y=np.full(5000, value))
    result = fit(*given, objective=objective)
    assert result.threshold("y").is_open
    assert 0 < result.values["x"] < 2.5


@both
def test_process_that_lies_outside_does_not_matter_but_is_named(objective: Objective) -> None:
    far = columns(3, 1000, 0.1, x=(-50, 0.1), y=(0, 1))
    result = fit(signal(), background(), far, objective=objective)
    assert result.processes[2].used == 0
    assert any("'background 1' has 0 unused entries" in warning for warning in result.warnings)
    assert 0.2 < result.values["x"] < 2


@both
def test_event_number_as_a_feature_is_no_feature(objective: Objective) -> None:
    given = signal(y=np.arange(3000) + 10**15), background(y=np.arange(0, 15000, 3)[:5000] % 3000 + 10**15)
    result = fit(*given, objective=objective)
    assert result.threshold("y").is_open


@pytest.mark.parametrize("scale", [1e-30, 1e-12, 1e12])
@both
def test_units_of_a_feature_do_not_matter(scale: float, objective: Objective) -> None:
    want = fit(signal(), background(), objective=objective)
    wide = [{**table, "x": table["x"].astype(np.float64) * scale} for table in (signal(), background())]
    got = fit(*wide, objective=objective)
    assert got.values["x"] / scale == pytest.approx(want.values["x"], abs=0.1)
    assert got.scores.used == pytest.approx(want.scores.used, rel=0.02)


@pytest.mark.parametrize("factor", [1e-12, 1e12])
def test_weights_of_any_size_are_taken(factor: float) -> None:
    # The efficiency does not know the scale of weights.
    want = fit(signal(), background(), objective=TARGET)
    scaled = [{**table, "w": table["w"] * factor} for table in (signal(), background())]
    got = fit(*scaled, objective=TARGET)
    assert got.values == pytest.approx(want.values, abs=0.1)
    assert got.scores.used == pytest.approx(want.scores.used, rel=0.01)
    assert np.isfinite(fit(*scaled).scores.used)


def test_signal_of_tiny_and_background_of_huge_weights() -> None:
    given = signal(w=np.full(3000, 1e-12)), background(w=np.full(5000, 1e12))
    result = fit(*given)
    s, b = (result.processes[i].used for i in range(2))
    sigma = sqrt((0.1 * b) ** 2 + max(b * 1e12, (1.1479e12) ** 2))
    assert result.scores.used == pytest.approx(asimov_significance(s, b, sigma).combined, rel=1e-6)
    assert result.values["x"] > 0.5


def test_features_of_no_overlap_leave_some_background() -> None:
    # Where none is left there is no significance: the formula knows nothing about an empty background.
    given = signal(x=np.ones(3000, np.float32)), background(x=np.zeros(5000, np.float32))
    result = fit(*given)
    assert result.processes[1].used > 0
    assert np.isfinite(result.scores.used)


def test_a_single_event_of_each_is_enough_to_end() -> None:
    one = [{name: column[:1] for name, column in table.items()} for table in (signal(), background())]
    result = fit(*one)
    assert result.status == "finished"
    assert result.processes[1].used > 0
    assert sum("fewer than 50 events" in warning for warning in result.warnings) == 2


def test_one_heavy_event_is_avoided_by_the_cuts_but_not_by_the_number_to_quote() -> None:
    # It is worth 1000 others and lies in the middle of the signal.
    heavy = background(w=every(5000, np.full(5000, 0.1), 100.0))
    heavy["x"][0], heavy["y"][0] = 1.2, 0.4
    result = fit(signal(), heavy)
    assert not result.mask(heavy)[0]
    assert result.mask(heavy, folds=True)[0]
    assert result.scores.unused is not None
    assert result.scores.unused < 0.1 * result.scores.used


def true_z(threshold: float) -> float:
    s, b = (n / 2 * erfc((threshold - mean) / sqrt(2)) for n, mean in ((30.0, 1.0), (500.0, -1.0)))
    return float(asimov_significance(s, b, 0.1 * b).combined)


@pytest.mark.parametrize("seed", range(4))
def test_fifth_of_negative_weights_learns_what_positive_ones_do(seed: int) -> None:
    # As from a generator at next-to-leading order: the sign says nothing about the event, so the density is
    # the same, with 2.8 times its variance per event.
    rng = np.random.default_rng(seed)
    selection, n = gc.Selection("x > ?"), 20000
    tables = columns(100 + seed, n, 30 / n, x=(1, 1)), columns(200 + seed, n, 500 / n, x=(-1, 1))
    positive = fit(*tables, selection=selection, objective=AsimovSignificance(0.1))
    for table in tables:
        sign = np.where(rng.random(n) < 0.2, -1.0, 1.0)
        table["w"] = sign * table["w"].sum() / sign.sum()
    signed = fit(*tables, selection=selection, objective=AsimovSignificance(0.1))
    best = max(true_z(c) for c in np.linspace(-1, 4, 501))
    assert true_z(positive.values["x"]) > 0.985 * best
    assert true_z(signed.values["x"]) > 0.97 * best
    assert signed.values["x"] == pytest.approx(positive.values["x"], abs=0.45)
    assert signed.scores.unused == pytest.approx(positive.scores.unused, rel=0.15)
