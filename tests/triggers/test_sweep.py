"""Exact counts of a menu: against slow loops over events and over all thresholds."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

import gradcut as gc
from gradcut.triggers.counts import count
from gradcut.triggers.events import MenuEvents, features_of_lines
from gradcut.triggers.lines import Line, lines_of, selections_of
from gradcut.triggers.search import Problem, exchanged, shared_out
from gradcut.triggers.sweep import sweep
from triggers.toy_menu import samples, toy

TABLES = toy(2000, 300)
LINES = lines_of(
    {
        "EG": Line(gc.Selection("eg_pt > ?"), prescale=2),
        "MU": gc.Selection("mu_pt >= ?mu", "met < ?"),
        "MUEG": Line(gc.Selection("mu_pt > ?mu", "eg_pt > 3"), prescale=3.5),
        "HT": gc.Selection("ht > ?", "met > ?"),
        "RANDOM": Line(gc.Selection("met > 15"), prescale=20),
    }
)
SELECTIONS = selections_of(LINES)
PARTS = [1 / line.prescale for line in LINES.values()]


def menu_events(tables: dict[str, dict[str, Any]] = TABLES) -> MenuEvents:
    read = samples(tables).collect(features_of_lines(SELECTIONS, samples(tables)))
    return MenuEvents(LINES, SELECTIONS, read)


def passes(one: dict[str, np.ndarray], i: int, t: dict[str, float]) -> list[bool]:
    """Which line an event passes, as it is written."""
    eg, mu, ht, met = (float(one[k][i]) for k in ("eg_pt", "mu_pt", "ht", "met"))
    return [
        eg > t["EG.eg_pt"],
        mu >= t["mu"] and met < t["MU.met"],
        mu > t["mu"] and eg > 3,
        ht > t["HT.ht"] and met > t["HT.met"],
        met > 15,
    ]


def slow(one: dict[str, np.ndarray], t: dict[str, float]) -> tuple[float, list[float], list[float], float]:
    """Accepted by the menu, by each line, by each line alone, and squares of the first: one by one."""
    total, lines, pure, squares = 0.0, [0.0] * len(PARTS), [0.0] * len(PARTS), 0.0
    for i in range(len(one["w"])):
        missed = [1 - part if ok else 1.0 for ok, part in zip(passes(one, i, t), PARTS, strict=True)]
        total += 1 - np.prod(missed)
        squares += (1 - np.prod(missed)) ** 2
        for k, miss in enumerate(missed):
            lines[k] += 1 - miss
            pure[k] += (1 - miss) * np.prod(missed[:k] + missed[k + 1 :])
    return total, lines, pure, squares


POINT = {"EG.eg_pt": 6.0, "mu": 2.0, "MU.met": 25.0, "HT.ht": 60.0, "HT.met": 8.0}


def turned(events: MenuEvents, point: dict[str, float]) -> np.ndarray:
    return events.signs * np.array([point[name] for name in SELECTIONS.parameters])


def test_names_and_directions() -> None:
    assert SELECTIONS.parameters == ("EG.eg_pt", "mu", "MU.met", "HT.ht", "HT.met")
    assert menu_events().signs.tolist() == [1, 1, -1, 1, 1]


def test_counts_are_those_of_a_slow_loop() -> None:
    events = menu_events()
    counts = count(events, list(LINES), turned(events, POINT), lambda e: e.mean(0))
    total, lines, pure, squares = slow(TABLES["zero bias"], POINT)
    unit = 30e6 / 2000
    assert counts.total.value == pytest.approx(unit * total)
    assert counts.total.error == pytest.approx(unit * np.sqrt(squares))
    random = counts.lines[4]
    assert random.total.error == pytest.approx(random.passed.error / 20)
    assert [row.total.value for row in counts.lines] == pytest.approx([unit * one for one in lines])
    assert [row.pure.value for row in counts.lines] == pytest.approx([unit * one for one in pure])
    assert [row.passed.value * part for row, part in zip(counts.lines, PARTS, strict=True)] == pytest.approx(
        [unit * one for one in lines]
    )
    assert counts.lines[-1].cumulative == counts.total
    assert counts.lines[0].cumulative == counts.lines[0].total
    table = TABLES["zero bias"]
    both = sum(ok[0] and ok[3] for ok in (passes(table, i, POINT) for i in range(2000)))
    assert counts.overlaps[0][3].value == pytest.approx(unit * both / 2)
    assert counts.overlaps[3][0] == counts.overlaps[0][3]
    assert [counts.overlaps[k][k] for k in range(5)] == [row.total for row in counts.lines]
    for row in counts.signals:
        found = slow(TABLES[row.process], POINT)
        assert row.efficiency.value == pytest.approx(found[0] / 300)
        assert [one.value for one in row.lines] == pytest.approx([one / 300 for one in found[1]])
    assert counts.value == pytest.approx(np.mean([row.efficiency.value for row in counts.signals]))


def test_error_of_an_efficiency_is_binomial_for_equal_weights() -> None:
    events = menu_events()
    counts = count(events, list(LINES), turned(events, POINT), lambda e: e.mean(0))
    ht = counts.signals[2].lines[3]  # without a prescale
    assert ht.error == pytest.approx(np.sqrt(ht.value * (1 - ht.value) / 300))


@pytest.mark.parametrize("parameter", range(5))
def test_sweep_counts_every_candidate_as_a_slow_loop_does(parameter: int) -> None:
    few = {name: {k: v[:200] for k, v in one.items()} for name, one in TABLES.items()}
    few["zero bias"]["w"] = np.random.default_rng(1).uniform(-0.3, 2, 200)
    events = menu_events(few)
    name, sign = SELECTIONS.parameters[parameter], events.signs[parameter]
    feature = {"EG.eg_pt": "eg_pt", "mu": "mu_pt", "MU.met": "met", "HT.ht": "ht", "HT.met": "met"}[name]
    # On values of events, where > and >= differ, between them, and beyond all.
    values = np.sort(few["zero bias"][feature].astype(np.float64))[::40]
    candidates = np.sort(sign * np.concatenate([values, values + 1e-3, [-np.inf, np.inf]]))
    swept = sweep(events, parameter, turned(events, POINT), candidates)
    for at, candidate in enumerate(candidates):
        point = {**POINT, name: sign * candidate}
        want = count(events, list(LINES), turned(events, point), lambda e: e.mean(0))
        assert swept.rate[at] == pytest.approx(want.total.value, abs=1e-3)
        assert swept.lines[:, at] == pytest.approx([r.total.value for r in want.lines], abs=1e-3)
        assert swept.efficiencies[:, at] == pytest.approx([r.efficiency.value for r in want.signals])
        for s, signal in enumerate(("w_enu", "h_mumu", "susy")):
            assert swept.efficiencies[s, at] == pytest.approx(slow(few[signal], point)[0] / 200)


@pytest.mark.parametrize("prescale", [1.0, 4.0])
@pytest.mark.parametrize("combine", ["mean", "worst"])
@pytest.mark.parametrize("seed", [1, 2])
def test_two_lines_are_as_good_as_trying_all(seed: int, combine: str, prescale: float) -> None:
    tables = toy(4000, 500, seed=seed)
    lines = lines_of({"EG": gc.Selection("eg_pt > ?"), "MU": Line(gc.Selection("mu_pt > ?"), prescale)})
    selections = selections_of(lines)
    declared = samples(tables)
    events = MenuEvents(lines, selections, declared.collect(features_of_lines(selections, declared)))
    grids = [np.arange(0, 60, 1.0), np.arange(0, 30, 0.5)]
    value = (lambda e: e.mean(0)) if combine == "mean" else (lambda e: e.min(0))
    problem = Problem(events, grids, 1.2e6, np.array([np.inf, 0.9e6]), value)
    places = shared_out(problem, np.array([0.5, 0.5]))
    assert problem.counted(places).rate[0] <= 1.2e6
    places, merit = exchanged(problem, places, lambda places, merit: None)
    best = -np.inf
    zero, signals = tables["zero bias"], [tables[n] for n in ("w_enu", "h_mumu", "susy")]
    for eg, mu in product(*grids):
        chance = [
            1 - np.where(one["eg_pt"] > eg, 0.0, 1.0) * np.where(one["mu_pt"] > mu, 1 - 1 / prescale, 1.0)
            for one in (zero, *signals)
        ]
        alone = (zero["mu_pt"] > mu).mean() * 30e6 / prescale
        if chance[0].mean() * 30e6 <= 1.2e6 * (1 + 1e-9) and alone <= 0.9e6 * (1 + 1e-9):
            efficiencies = [one.mean() for one in chance[1:]]
            best = max(best, np.mean(efficiencies) if combine == "mean" else np.min(efficiencies))
    assert merit == pytest.approx(best, rel=1e-9)
    assert problem.merit(problem.counted(places))[0] == merit
