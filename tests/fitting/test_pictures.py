"""What pictures are drawn from: histograms and scans, against numpy on the events."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradcut as gc
from fitting.toy_samples import columns, samples
from gradcut.objectives import AsimovSignificance
from gradcut.results import CutResult
from gradcut.results.folds import fold_of
from gradcut.results.pictures import CutPicture

SIGNAL = columns(1, 3000, 0.01, x=(1, 1), y=(-0.5, 1), jets=lambda rng, n: rng.poisson(4, n))
BACKGROUND = columns(2, 5000, 0.3, x=(-1, 1), y=(0.5, 1), jets=lambda rng, n: rng.poisson(2, n))
BACKGROUND["x"][::10] = np.nan
BACKGROUND["y"][7] = np.inf
for table in (SIGNAL, BACKGROUND):
    table["jets"] = table["jets"].astype(np.int32)
TABLES = {"signal": SIGNAL, "background 0": BACKGROUND}
SELECTION = gc.Selection("x > ?", "? < y < ?", "jets >= ?", "y < 2.5")
FLOOR = 1.1479


@pytest.fixture(scope="module", params=["folds", "split"])
def fit(request: pytest.FixtureRequest) -> CutResult:
    how: dict[str, Any] = {"folds": {"folds": 2}, "split": {"split": gc.Split(0.4, 0.3, 0.3, seed=3)}}
    return gc.fit_cuts(
        SELECTION,
        samples(SIGNAL, BACKGROUND),
        objective=AsimovSignificance(0.2),
        starts=3,
        max_steps=36,
        n_threads=1,
        **how[request.param],
    )


def picture(fit: CutResult, cut: str) -> CutPicture:
    return next(one for one in fit.pictures if one.cut == cut)


def passes(fit: CutResult, table: dict[str, np.ndarray], **changed: float) -> np.ndarray:
    return np.asarray(fit.selection.mask(table, {**fit.values, **changed}))


OPEN: dict[str, dict[str, float]] = {
    "x": {"x": -np.inf},
    "y": {"y:low": -np.inf, "y:high": np.inf},
    "jets": {"jets": -np.inf},
}


@pytest.mark.parametrize("cut", ["x", "y", "jets"])
@pytest.mark.parametrize("process", list(TABLES))
def test_histograms_are_those_of_all_events_and_of_those_that_pass_the_other_cuts(
    fit: CutResult, cut: str, process: str
) -> None:
    one, table = picture(fit, cut), TABLES[process]
    histogram = next(h for h in one.histograms if h.process == process)
    # The fixed requirement of the selection is no cut that is learned: what fails it is in no histogram.
    fixed = table["y"] < 2.5
    others = passes(fit, {**table, "x": np.nan_to_num(table["x"])} if cut == "x" else table, **OPEN[cut])
    edges = np.concatenate([[-np.inf], one.edges, [np.inf]])
    for chosen, sums, squares, missing in (
        (fixed, histogram.before, histogram.before_w2, histogram.missing[0]),
        (others, histogram.others, histogram.others_w2, histogram.missing[1]),
    ):
        values, w = table[cut][chosen].astype(float), table["w"][chosen]
        there = ~np.isnan(values)
        last = values == np.inf  # numpy has the last edge in its last bin
        want = np.histogram(values[there], edges, weights=w[there])[0]
        assert not last.any()
        assert sums == pytest.approx(want, rel=1e-6)
        assert squares == pytest.approx(
            np.histogram(values[there], edges, weights=w[there] ** 2)[0], rel=1e-6
        )
        assert missing == pytest.approx(w[~there].sum(), rel=1e-6)
    assert (histogram.missing[0] > 0) == (cut == "x" and process != "signal")


def test_integers_have_bins_around_them(fit: CutResult) -> None:
    edges = np.array(picture(fit, "jets").edges)
    assert np.all(edges % 1 == 0.5)


def significance(s: float, b: float, sum_w2: float) -> float:
    variance = max(sum_w2, (FLOOR * 0.3) ** 2)
    return gc.stats.asimov_significance(s, b, np.sqrt((0.2 * b) ** 2 + variance)).combined


@pytest.mark.parametrize("fit", ["folds"], indirect=True)
def test_scan_on_used_events_is_the_objective_at_every_threshold(fit: CutResult) -> None:
    (scan,) = picture(fit, "x").scans
    assert fit.values["x"] in scan.thresholds
    assert scan.used[scan.thresholds.index(fit.values["x"])] == pytest.approx(fit.scores.used, rel=1e-6)
    for threshold, value in list(zip(scan.thresholds, scan.used, strict=True))[::7]:
        s, b = (passes(fit, table, x=threshold) for table in (SIGNAL, BACKGROUND))
        if not b.any():
            assert value == -np.inf
            continue
        sums = SIGNAL["w"][s].sum(), BACKGROUND["w"][b].sum(), (BACKGROUND["w"][b] ** 2).sum()
        assert value == pytest.approx(significance(*sums), rel=1e-6)


@pytest.mark.parametrize("fit", ["split"], indirect=True)
def test_scan_on_the_part_to_test_with_goes_through_the_unused_objective(fit: CutResult) -> None:
    (scan,) = picture(fit, "x").scans
    assert scan.unused is not None
    at = scan.thresholds.index(fit.values["x"])
    assert scan.unused[at] == pytest.approx(fit.scores.unused, rel=1e-6)
    assert scan.used[at] == pytest.approx(fit.scores.used, rel=1e-6)


@pytest.mark.parametrize("fit", ["folds"], indirect=True)
@pytest.mark.parametrize(("cut", "position", "parameter"), [("x", 0, "x"), ("y", 1, "y:high")])
def test_scan_on_unused_events_judges_each_fold_by_the_cuts_that_did_not_see_it(
    fit: CutResult, cut: str, position: int, parameter: str
) -> None:
    scan = picture(fit, cut).scans[position]
    assert scan.parameter == parameter
    assert scan.unused is not None
    compared = 0
    for threshold, value in list(zip(scan.thresholds, scan.unused, strict=True))[::7]:
        sums = [0.0, 0.0, 0.0]
        for fold, row in enumerate(fit.folds):
            for table, at in ((SIGNAL, 0), (BACKGROUND, 1)):
                chosen = fit.selection.mask(table, {**row.values, parameter: threshold})
                weights = table["w"][chosen & (fold_of(fit, table) == fold)]
                sums[at] += weights.sum()
                sums[2] += (weights**2).sum() * at
        if sums[1] > 0:
            assert value == pytest.approx(significance(*sums), rel=1e-6)
            compared += 1
    assert compared > 3


def test_ends_of_a_window_stay_in_order_in_their_scans(fit: CutResult) -> None:
    low, high = picture(fit, "y").scans
    assert max(low.thresholds) <= fit.values["y:high"]
    assert min(high.thresholds) >= fit.values["y:low"]
    assert len(low.thresholds) <= 61


def test_range_shows_the_threshold_and_its_interval(fit: CutResult) -> None:
    for one in fit.pictures:
        for scan in one.scans:
            row = fit.threshold(scan.parameter)
            finite = [value for value in (row.low, row.learned, row.high) if np.isfinite(value)]
            assert all(one.edges[0] <= value <= one.edges[-1] for value in finite)


def test_result_without_events_to_judge_has_no_scan_on_unused_ones() -> None:
    result = gc.fit_cuts(
        gc.Selection("x > ?"),
        samples(SIGNAL, BACKGROUND),
        split=gc.Split(train=0.5, select=0.5, test=0),
        starts=2,
        max_steps=12,
        n_threads=1,
    )
    assert result.scores.unused is None
    assert result.pictures[0].scans[0].unused is None
    assert result.thresholds[0].without_unused is None


def test_open_veto_has_nothing_to_scan() -> None:
    result = gc.fit_cuts(
        gc.Selection("!(? < y < ?)", "x > ?"),
        samples(SIGNAL, BACKGROUND),
        fix={"y:low": np.inf, "y:high": np.inf},
        folds=2,
        starts=2,
        max_steps=12,
        n_threads=1,
    )
    assert [scan.thresholds for scan in result.pictures[0].scans][1] == ()
    assert result.pictures[0].kind == "veto"
