"""Bins by Bayesian optimisation, beside all bins that there are."""

from __future__ import annotations

from itertools import combinations, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradcut as gc
from gradcut.binning.bayesian import Trial, Trials
from gradcut.errors import DeclarationError, GradcutError, SchemaError, UnattainableError

pytestmark = pytest.mark.bayes

Z = gc.objectives.AsimovSignificance(mc_stat=False)
ALL = gc.Split(1, 0, 0)


def events(seed: int, columns: int = 1, *, fine: bool = False) -> dict[str, dict[str, np.ndarray]]:
    """Signal above background, in columns of few different values, so that all edges can be tried."""
    n, grid = 4000, 1e9 if fine else 40
    rng = np.random.default_rng(seed)
    made = {}
    for number, (name, mean, weight) in enumerate((("signal", 0.65, 0.02), ("background", 0.4, 0.5))):
        x = np.round(rng.normal(mean, 0.18, (columns, n)).clip(0, 1) * grid) / grid
        made[name] = {f"x{i}": one for i, one in enumerate(x)}
        made[name] |= {"w": np.full(n, weight), "event": np.arange(n) + n * number}
    return made


def samples(tables: dict[str, dict[str, np.ndarray]]) -> gc.Samples:
    made = gc.Samples(weight="w", event="event")
    for name, table in tables.items():
        made.add(name, table, role="signal" if name.startswith("signal") else "background")
    return made


def yields(tables: Any, edges: list[Any]) -> tuple[np.ndarray, np.ndarray]:
    """Signal and background by numpy's histograms."""
    found = []
    for name in ("signal", "background"):
        table = tables[name]
        columns = [table[f"x{i}"] for i in range(len(edges))]
        full = [np.concatenate([[-9.0], one, [9.0]]) for one in edges]
        found.append(np.histogramdd(columns, full, weights=table["w"])[0].ravel())
    return found[0], found[1]


def z(s: np.ndarray, b: np.ndarray) -> float:
    return float(np.sqrt(np.sum(2 * ((s + b) * np.log(1 + s / b) - s))))


def best_of_all(tables: Any, least: float) -> float:
    """Three bins, every pair of edges."""
    values = np.unique(np.concatenate([table["x0"] for table in tables.values()]))
    found = 0.0
    for pair in combinations((values[1:] + values[:-1]) / 2, 2):
        s, b = yields(tables, [pair])
        if b.min() >= least:
            found = max(found, z(s, b))
    return found


def fitted(tables: Any, binning: Any, **settings: Any) -> Any:
    given = {"objective": Z, "method": "bayesian", "split": ALL, "trials": 14, "seed": 3, **settings}
    return gc.fit_binning(binning, samples(tables), **given)


class Stop:
    """Ctrl-C after some trials."""

    def __init__(self, after: int) -> None:
        self.after, self.steps = after, [] if after else [0]

    def __call__(self, now: Any) -> None:
        self.steps.append(now.step)
        if now.step == self.after:
            raise KeyboardInterrupt


def test_the_best_edges_are_found_within_the_limits_before_and_after_the_polish() -> None:
    tables = events(1)
    result = fitted(tables, gc.Binning("x0", 3), limits=gc.BinLimits(min_background=25))
    s, b = yields(tables, [result.edges[1:-1]])
    exact = best_of_all(tables, 25)
    assert b.min() >= 25
    assert result.scores.used == pytest.approx(z(s, b))
    assert result.scores.used >= 0.9999 * exact
    before = result.history[-1]["best"]
    assert 0.98 * exact <= before <= result.scores.used * (1 + 1e-12)
    assert [record["step"] for record in result.history] == list(range(1, 15))
    assert max(record["value"] for record in result.history) == before
    assert result.message.startswith("trials led by a Gaussian process")


def test_trials_led_by_the_process_are_better_than_those_that_begin() -> None:
    from gradcut.binning.bayesian_model import proposed, sobol

    def merit(u: np.ndarray) -> np.ndarray:
        return -((u[..., 0] - 0.3) ** 2) - 2 * (u[..., 1] - 0.8) ** 2

    points = sobol(6, 2, 1)
    before = merit(points).max()
    for number in range(6):
        points = np.vstack([points, proposed(points, merit(points), number)])
    assert (points >= 0).all()
    assert (points <= 1).all()
    assert merit(points).max() > before / 20
    again = proposed(points[:-1], merit(points[:-1]), 5)
    assert np.array_equal(again, points[-1])


def test_one_that_was_stopped_is_continued_as_if_it_had_not_been(tmp_path: Path) -> None:
    tables, file = events(2), tmp_path / "trials.npz"
    binning, limits = gc.Binning("x0", 4, coordinates="linear"), gc.BinLimits(min_background=20)
    whole = fitted(tables, binning, limits=limits, trials=9)
    stop = Stop(6)
    part = fitted(tables, binning, limits=limits, trials=9, checkpoint=file, progress=stop)
    assert part.status == "interrupted"
    assert len(part.history) == 6
    s, b = yields(tables, [part.edges[1:-1]])
    assert b.min() >= 20
    assert z(s, b) >= part.history[-1]["best"] * (1 - 1e-12)
    go_on = Stop(0)
    rest = fitted(tables, binning, limits=limits, trials=9, checkpoint=file, progress=go_on)
    assert go_on.steps == [0, 7, 8, 9]
    assert rest.status == whole.status == "finished"
    assert rest.history == whole.history
    assert np.array_equal(rest.edges, whole.edges)
    assert rest.scores == whole.scores
    done = fitted(tables, binning, limits=limits, trials=9, checkpoint=file)
    assert done.history == whole.history
    assert np.array_equal(done.edges, whole.edges)


def test_products_keep_to_limits_and_are_as_good_as_all_of_them() -> None:
    tables = events(4, columns=2)
    result = fitted(
        tables,
        gc.Binning("x0", 2) * gc.Binning("x1", 2),
        limits=gc.BinLimits(min_background=120),
        trials=8,
    )
    s, b = yields(tables, [one[1:-1] for one in result.bins.edges])
    places = (np.arange(40) + 0.5) / 40
    found = [yields(tables, [[x], [y]]) for x, y in product(places, places)]
    best = max(z(*one) for one in found if one[1].min() >= 120)
    assert b.min() >= 120
    assert result.scores.used == pytest.approx(z(s, b))
    assert result.scores.used >= 0.98 * best


def test_mixtures_are_no_worse_than_their_start_and_continue(tmp_path: Path) -> None:
    tables, file = events(5, columns=2, fine=True), tmp_path / "trials.npz"
    binning, limits = gc.MixtureBinning(["x0", "x1"], 3), gc.BinLimits(min_background=30)
    whole = fitted(tables, binning, limits=limits, trials=7)
    labels = {name: whole.index({k: t[k] for k in ("x0", "x1")}) for name, t in tables.items()}
    s, b = (np.bincount(labels[name], tables[name]["w"], 3) for name in ("signal", "background"))
    assert b.min() >= 30
    assert whole.scores.used == pytest.approx(z(s, b))
    values = [record["value"] for record in whole.history]
    assert max(values) == whole.history[-1]["best"] >= values[0]
    assert whole.scores.used >= 0.995 * max(values)  # some cells have two events
    part = fitted(tables, binning, limits=limits, trials=7, checkpoint=file, progress=Stop(5))
    assert (part.status, len(part.history)) == ("interrupted", 5)
    rest = fitted(tables, binning, limits=limits, trials=7, checkpoint=file)
    assert rest.history == whole.history
    assert rest.bins.to_json() == whole.bins.to_json()


def test_an_objective_without_derivatives_is_improved() -> None:
    import torch

    def steps(yields: Any) -> Any:
        s, b = (yields.moments.sum_w[:, 0, i, 0] for i in (0, 1))
        return torch.floor(100 * (s**2 / (b + 1)).sum(-1).sqrt())

    tables = events(6)
    result = fitted(tables, gc.Binning("x0", 2), objective=gc.objectives.maximise(steps), trials=8)
    middles = (np.arange(40) + 0.5) / 40
    sums = [yields(tables, [[one]]) for one in middles]
    assert result.scores.used == max(np.floor(100 * np.sqrt((s**2 / (b + 1)).sum())) for s, b in sums)


def test_what_is_minimised_over_given_edges_keeps_to_a_width() -> None:
    def loss(yields: Any) -> Any:
        s, b = (yields.moments.sum_w[:, 0, i, 0] for i in (0, 1))
        return -((s**2 / (b + 1)).sum(-1))

    tables = events(10, columns=2)
    binning = gc.Binning("x0", 3, range=(0, 1), coordinates="linear") * gc.Binning("x1", edges=[0, 0.5, 1])
    limits = gc.BinLimits(min_width=0.3)
    result = fitted(tables, binning, objective=gc.objectives.minimise(loss), limits=limits, trials=10)
    places = (np.arange(40) + 0.5) / 40
    found = {}
    for pair in combinations(places, 2):
        if np.diff([0.0, *pair, 1.0]).min() >= 0.3:
            s, b = yields(tables, [pair, [0.5]])
            found[pair] = -float((s**2 / (b + 1)).sum())
    learned = result.bins.edges[0]
    nearest = min(found, key=lambda one: abs(one - learned[1:-1]).sum())
    assert np.diff(learned).min() >= 0.3 * (1 - 1e-9)
    assert result.scores.used == pytest.approx(found[nearest])
    assert result.scores.used <= 0.999 * min(found.values())
    assert result.history[-1]["best"] == min(record["value"] for record in result.history)


def test_one_bin_needs_no_trial_and_too_many_are_refused() -> None:
    tables = events(7)
    one = fitted(tables, gc.Binning("x0", 1))
    assert one.scores.used == pytest.approx(z(*yields(tables, [[]])))
    assert one.history == ()
    with pytest.raises(UnattainableError, match="minimum background 900"):
        fitted(tables, gc.Binning("x0", 3), limits=gc.BinLimits(min_background=900))
    with pytest.raises(DeclarationError, match="trials is an integer from 2 on"):
        fitted(tables, gc.Binning("x0", 3), trials=1)


def test_impossible_bins_are_worse_the_more_they_miss() -> None:
    trials = Trials(np.zeros((0, 1)))
    for value, excess in ((3.0, 0.5), (np.nan, -0.2), (2.0, -0.1), (np.nan, -0.9), (-np.inf, 1.0)):
        trials.add(np.zeros(1), Trial(value, excess, {}))
    merits = trials.merits(1.0)
    assert merits.tolist() == pytest.approx([3.0, 1.8, 2.0, 1.1, 2.0])
    assert trials.order(1.0)[0] == 0
    assert trials.best(1.0) == 3.0
    assert trials.best(-1.0) == 2.0
    assert Trials.stored(trials.arrays(), trials.plain()).values[0] == 3.0
    with pytest.raises(ValueError, match="not as many"):
        Trials.stored(trials.arrays(), {"step": 2})


def test_the_checkpoint_of_another_fit_and_a_damaged_one_are_refused(tmp_path: Path) -> None:
    tables, file = events(8), tmp_path / "trials.npz"
    binning = gc.Binning("x0", 2)
    fitted(tables, binning, trials=4, checkpoint=file)
    with pytest.raises(DeclarationError, match="checkpoint is of another fit"):
        fitted(tables, binning, trials=5, checkpoint=file)
    state = gc.state.FitState.load(file)
    state.parameters = {key: value[:2] for key, value in state.parameters.items()}
    state.save(file)
    with pytest.raises(SchemaError, match="trials and their values are not as many"):
        fitted(tables, binning, trials=4, checkpoint=file)


def test_without_botorch_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.util

    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda n, *a: None if n == "botorch" else found(n, *a))
    with pytest.raises(GradcutError, match=r"(?s)method='bayesian' needs botorch.*gradcut\[bayes\]"):
        fitted(events(9), gc.Binning("x0", 2))
