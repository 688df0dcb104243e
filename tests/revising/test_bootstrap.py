"""The bootstrap against independent data sets, and its events against masks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradcut as gc
from fitting.toy_samples import columns, samples
from gradcut.engines import collect
from gradcut.errors import DeclarationError
from gradcut.randomness import stream
from gradcut.results import Bootstrap, BootstrapProgress, CutResult, Replica
from gradcut.results.bootstrap_result import Spread
from gradcut.revising.resampling import counts_of
from revising.toy_cuts import asimov

SELECTION = gc.Selection("x > ?", "noise > ?")
QUICK: dict[str, Any] = {
    "objective": gc.objectives.AsimovSignificance(0.2, mc_stat=False),
    "folds": 2,
    "starts": 2,
    "max_steps": 18,
    "n_threads": 1,
}


def tables(seed: int) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    return (
        columns(1000 + seed, 2000, 0.02, x=(0.9, 1), noise=(0, 1)),
        columns(5000 + seed, 6000, 0.1, x=(-0.4, 1), noise=(0, 1)),
    )


def fit_of(seed: int) -> CutResult:
    return gc.fit_cuts(SELECTION, samples(*tables(seed)), **QUICK)


@pytest.fixture(scope="module")
def fit() -> CutResult:
    return fit_of(0)


@pytest.fixture(scope="module")
def bootstrap(fit: CutResult) -> Bootstrap:
    return fit.bootstrap(14, seed=3)


def test_spread_is_that_of_independent_data(fit: CutResult, bootstrap: Bootstrap) -> None:
    toys = [fit_of(seed) for seed in range(1, 13)]
    low, high = np.quantile([toy.values["x"] for toy in toys], [0.16, 0.84])
    found = bootstrap.threshold("x")
    assert found.low is not None
    assert found.high is not None
    # Both widths are known to a third.
    assert 0.5 < (found.high - found.low) / (high - low) < 2
    assert found.low <= fit.values["x"] <= found.high
    # What the fit quotes on unused events is what other data give; the bootstrap is a little below.
    z = np.mean([toy.scores.unused for toy in toys])
    assert bootstrap.unused.median == pytest.approx(z, rel=0.1)
    # A cut on noise is open or lies in the tail, at random; no data open the other one.
    opened = bootstrap.open_fraction("noise")
    assert opened is not None
    assert opened > 0.2
    assert np.mean([np.isinf(toy.values["noise"]) for toy in toys]) > 0.2
    assert bootstrap.open_fraction("x") == 0


def test_replica_is_judged_by_events_without_weight(fit: CutResult, bootstrap: Bootstrap) -> None:
    given = samples(*tables(0))
    collected = collect(SELECTION, given, split=gc.Folds(2))
    for number in (0, 5):
        key = int(stream(3, f"replica {number}").integers(2**63))
        replica, sums = bootstrap.replicas[number], []
        for events, table in zip(tables(0), collected.values(), strict=True):
            absent = np.isin(events["event"], table.identity[0][counts_of(table, key) == 0])
            kept = fit.selection.mask(events, replica.values)
            sums.append(events["w"].sum() * events["w"][absent & kept].sum() / events["w"][absent].sum())
        assert replica.unused == pytest.approx(asimov(*map(float, sums)), rel=1e-9)


def test_seed_decides_and_more_replicas_begin_alike(fit: CutResult, bootstrap: Bootstrap) -> None:
    assert fit.bootstrap(2, seed=3).replicas == bootstrap.replicas[:2]
    assert fit.bootstrap(2, seed=4).replicas != bootstrap.replicas[:2]


def test_result_of_a_file_gives_the_same(fit: CutResult, bootstrap: Bootstrap, tmp_path: Path) -> None:
    fit.save(tmp_path / "cuts.json")
    loaded = CutResult.load(tmp_path / "cuts.json")
    assert loaded.bootstrap(2, seed=3, samples=samples(*tables(0))).replicas == bootstrap.replicas[:2]
    with pytest.raises(DeclarationError, match=r"does not have its samples(.|\n)*result.bootstrap\("):
        loaded.bootstrap(2)


def test_other_settings_reach_the_fits(fit: CutResult) -> None:
    few = fit.bootstrap(1, seed=3, starts=1, max_steps=6)
    assert few.settings == {"starts": 1, "max_steps": 6}
    assert few.replicas != fit.bootstrap(1, seed=3).replicas


@pytest.mark.parametrize(
    "division",
    [
        {"folds": gc.Folds(3, by="event % 3")},
        {"folds": None, "split": gc.Split(0.5, 0.25, 0.25, seed=2)},
        {"folds": None, "split": gc.Split(by="event % 2", train=(0,), select=(), test=(1,))},
    ],
)
def test_every_division_of_the_events(division: dict[str, Any]) -> None:
    fit = gc.fit_cuts(SELECTION, samples(*tables(0)), **{**QUICK, **division})
    bootstrap = fit.bootstrap(2, seed=1)
    assert bootstrap.status == "finished"
    assert all(abs(one.values["x"] - fit.values["x"]) < 1 for one in bootstrap.replicas)


def test_progress_and_interrupt_between_replicas(fit: CutResult, bootstrap: Bootstrap) -> None:
    seen: list[BootstrapProgress] = []

    def stop(progress: BootstrapProgress) -> None:
        seen.append(progress)
        if progress.done == 2:
            raise KeyboardInterrupt

    stopped = fit.bootstrap(10, seed=3, progress=stop)
    assert [(one.done, one.n) for one in seen] == [(1, 10), (2, 10)]
    assert (stopped.status, stopped.wanted) == ("interrupted", 10)
    assert stopped.replicas == bootstrap.replicas[:2] == tuple(one.replica for one in seen)
    assert "bootstrap, interrupted: 2 of 10 fits" in str(stopped)


def test_interrupt_within_a_fit_drops_that_replica() -> None:
    calls = 0
    plain = gc.objectives.AsimovSignificance(0.2, mc_stat=False)

    class Stops(type(plain)):  # type: ignore[misc]
        def gradient(self, yields: gc.Yields) -> Any:
            nonlocal calls
            calls += 1
            if calls == limit:
                raise KeyboardInterrupt
            return super().gradient(yields)

    limit = -1
    given = samples(*tables(0))
    fit = gc.fit_cuts(SELECTION, given, **{**QUICK, "objective": Stops(0.2, mc_stat=False)})
    calls = 0
    one = fit.bootstrap(1, seed=3)
    limit, calls = calls + 5, 0
    stopped = fit.bootstrap(3, seed=3)
    assert (stopped.status, stopped.replicas) == ("interrupted", one.replicas)


def test_table_and_plain_data(fit: CutResult, bootstrap: Bootstrap) -> None:
    text = str(bootstrap)
    assert "bootstrap, finished: 14 of 14 fits" in text
    spread = bootstrap.threshold("x")
    line = next(line for line in text.splitlines() if line.startswith("x "))
    assert f"{spread.median:.4g}" in line
    assert line.endswith("0%")
    plain = json.loads(json.dumps(bootstrap.to_json(), allow_nan=False))
    assert plain["thresholds"]["x"]["median"] == spread.median
    assert len(plain["replicas"]) == 14
    assert plain["unused"]["low"] == bootstrap.unused.low
    assert max(map(len, text.splitlines())) < 115


def test_nothing_done_and_nothing_closed_can_be_printed(bootstrap: Bootstrap) -> None:
    from dataclasses import replace

    empty = replace(bootstrap, replicas=(), failures=("replica 0: no background",))
    assert empty.threshold("x") == Spread(None, None, None)
    assert empty.open_fraction("x") is None
    assert "warning: replica 0: no background" in str(empty)
    opened = (Replica({"x": 1.0, "noise": -np.inf}, 2.0, -np.inf),)
    one = replace(bootstrap, replicas=opened)
    assert one.open_fraction("noise") == 1
    assert one.unused.median == -np.inf
    assert one.to_json()["replicas"][0]["values"]["noise"] == "-inf"
    assert "100%" in str(one)


def test_replicas_that_cannot_be_fitted_are_named(caplog: pytest.LogCaptureFixture) -> None:
    signal, background = tables(0)
    mixed = {**background, "w": np.full(6000, 1.0)}
    mixed["w"][:2950] = -1.0
    fit = gc.fit_cuts(SELECTION, samples(signal, background, mixed), **QUICK)
    found = fit.bootstrap(6, seed=1)
    assert len(found.replicas) + len(found.failures) == 6
    assert found.failures
    assert all("sum of" in failure and "weights" in failure for failure in found.failures)
    assert "cannot be fitted" in caplog.text


@pytest.mark.parametrize(("name", "value"), [("n", 0), ("n", 2.5), ("seed", -1), ("seed", True)])
def test_numbers_are_checked(fit: CutResult, name: str, value: Any) -> None:
    with pytest.raises(DeclarationError, match=f"{name} is an integer from"):
        fit.bootstrap(**{"n": 1, name: value})


def test_unknown_threshold(bootstrap: Bootstrap) -> None:
    with pytest.raises(DeclarationError, match=r"unknown parameter 'y'(.|\n)*x, noise"):
        bootstrap.threshold("y")
