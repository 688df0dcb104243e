"""Who learns, who chooses and who judges; and that hard steps have to prove themselves on other events."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradcut as gc
from fitting.toy_samples import columns, samples
from gradcut.engines import collect
from gradcut.fitting.parts import Parts
from gradcut.objectives import AsimovSignificance

SELECTION = gc.Selection("x > ?")
TABLES = columns(1, 2000, 0.01, x=(1, 1)), columns(2, 3000, 0.1, x=(-1, 1))


def parts_of(partition: Any, *tables: dict[str, np.ndarray]) -> Parts:
    return Parts(collect(SELECTION, samples(*(tables or TABLES)), split=partition), partition)


def identities(parts: Parts, rule: Any) -> set[tuple[str, int]]:
    tables = parts.scaled(rule, "test")
    return {(table.process, int(entry)) for table in tables.values() for entry in table.entries}


@pytest.mark.parametrize(
    "partition",
    [
        gc.Folds(3, seed=4),
        gc.Folds(2, by="event % 2"),
        gc.Split(seed=2),
        gc.Split(0.6, 0, 0.4, seed=2),
        gc.Split(by="event % 4", train=(0, 1), select=(2,), test=(3,)),
    ],
    ids=lambda p: repr(p)[:40],
)
def test_events_that_choose_did_not_learn_and_those_that_judge_did_neither(partition: Any) -> None:
    parts = parts_of(partition)
    judged: set[tuple[str, int]] = set()
    for plan in parts.plans():
        assert plan.test is not None
        base, test = identities(parts, plan.base), identities(parts, plan.test)
        assert base
        assert test
        assert not base & test
        assert not judged & test
        judged |= test
        for one in plan.rounds:
            learn, select = identities(parts, one.learn), identities(parts, one.select)
            assert not learn & select
            assert learn | select == base
            assert min(len(learn), len(select)) > 300
    if isinstance(partition, gc.Folds):
        assert len(judged) == 5000
        everything = parts.everything()
        assert everything.test is None
        assert len(identities(parts, everything.base)) == 5000


def test_parts_have_the_yield_of_all_events() -> None:
    parts = parts_of(gc.Folds(2))
    for plan in parts.plans():
        for rule in (plan.base, plan.rounds[0].learn, plan.rounds[1].select):
            tables = parts.scaled(rule, "test")
            assert [t.weights().sum() for t in tables.values()] == pytest.approx([20.0, 300.0])
    shares = [parts.unscaled(plan.test, "test") for plan in parts.plans() if plan.test is not None]
    assert sum(t.weights().sum() for tables in shares for t in tables.values()) == pytest.approx(320.0)


def fit(*tables: dict[str, np.ndarray], selection: gc.Selection = SELECTION) -> gc.CutResult:
    return gc.fit_cuts(
        selection,
        samples(*tables),
        objective=AsimovSignificance(0.1),
        folds=2,
        n_threads=1,
        starts=3,
        max_steps=48,
    )


def test_hard_steps_that_follow_fluctuations_are_not_taken() -> None:
    # Eight features say nothing: sweeps of hard cuts gain a lot where they learn, and nothing elsewhere.
    names = [f"f{number}" for number in range(8)]
    noise: Any = dict.fromkeys(names, (0, 1))
    tables = columns(1, 600, 0.1, x=(1, 1), **noise), columns(2, 600, 1.0, x=(-1, 1), **noise)
    selection = gc.Selection("x > ?", *(f"? < {name} < ?" for name in names))
    result = fit(*tables, selection=selection)
    assert not any("exact" in fold.variant for fold in result.folds)
    assert "were not better on other events" in result.message


def test_hard_steps_that_other_events_confirm_are_taken() -> None:
    # Half of the background lies in a peak, far narrower than any smooth cut, just below the signal's edge.
    signal = columns(1, 4000, 0.01, x=lambda g, n: g.uniform(0, 1, n))
    peak = columns(2, 4000, 0.05, x=lambda g, n: g.normal(-0.004, 0.001, n))
    wide = columns(3, 4000, 0.05, x=lambda g, n: g.uniform(-1, 1, n))
    result = fit(signal, peak, wide)
    assert all("exact" in fold.variant for fold in result.folds)
    assert "then exact sweeps" in result.message
    assert -0.004 < result.values["x"] < 0.01
