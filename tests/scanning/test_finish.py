"""From smooth thresholds to hard working points: nested ones at their targets, whatever the features are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradcut as gc
from gradcut.scanning.finish import finished
from scanning.scan_toys import Toy, table, toy

N = 3000
TARGETS = np.array([0.2, 0.4, 0.5, 0.7, 0.9])


def events(seed: int, shift: float) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return table(
        10**7 * seed,
        rng.uniform(0.5, 1.5, N),
        x=rng.normal(shift, 1, N),
        y=rng.exponential(1 + shift, N),
        k=rng.poisson(2 + 2 * shift, N).astype(np.int32),
        z=np.where(rng.random(N) < 0.3 + 0.4 * shift, rng.exponential(1, N), 0.0),
        noise=rng.normal(0, 1, N),
    )


def made(*texts: str) -> Toy:
    return toy(gc.Selection(*texts), events(1, 1.0), events(2, 0.0))


def finish(given: Toy, values: Any, **changes: Any) -> np.ndarray:
    shape = np.shape(values)
    how: dict[str, Any] = {"is_coupled": True, "is_nested": True, "opens": False}
    loosening = given.coordinates.loosening
    return finished(
        given.target,
        given.target,
        given.efficiencies,
        np.array(values)[None],
        np.ones((1, *shape)) * loosening,
        np.ones((1, shape[0])),
        TARGETS,
        np.ones(shape[1], dtype=np.bool_),
        loosening,
        **{**how, **changes},
    )


def signal(given: Toy, values: np.ndarray) -> np.ndarray:
    return given.efficiencies.of(given.events.yields(values), "signal")


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("texts", [("x > ?", "y > ?", "k > ?", "z > ?"), ("? < x < ?", "k >= ?")], ids=str)
def test_wherever_it_begins_working_points_are_nested_and_at_their_targets(
    texts: tuple[str, ...], seed: int
) -> None:
    given, rng = made(*texts), np.random.default_rng(seed)
    n = len(given.selection.parameters)
    begin = rng.uniform(-0.2, 2.5, (len(TARGETS), n))
    if n == 3:
        begin[:, :2] = np.sort(rng.normal(1, 1, (len(TARGETS), 2)), axis=1)
    found = finish(given, begin)
    assert np.all(np.diff(found * given.coordinates.loosening, axis=0) >= 0)
    assert signal(given, found) == pytest.approx(TARGETS, abs=1.02 * given.target.event)


def test_working_points_that_are_nested_by_themselves_are_left_alone() -> None:
    given = made("x > ?", "y > ?")
    begin = [[1.8, 0.9], [1.2, 0.5], [0.9, 0.4], [0.4, 0.2], [-0.5, 0.05]]
    nested, free = (finish(given, begin, is_nested=is_nested, is_coupled=True) for is_nested in (True, False))
    assert nested == pytest.approx(free)


def test_side_opens_at_all_working_points_or_at_none() -> None:
    given = made("x > ?", "noise > ?", "noise < ?")
    begin = [[x, -2.3, 2.4] for x in (1.8, 1.2, 0.9, 0.4, -0.5)]
    found = finish(given, begin, opens=True)
    assert np.all(np.isinf(found[:, 1:]))
    assert np.all(np.isfinite(found[:, 0]))
    assert signal(given, found) == pytest.approx(TARGETS, abs=1.02 * given.target.event)


def test_side_does_not_open_where_targets_could_not_be_met_without_it() -> None:
    # Without x only an integer is left.
    rng = np.random.default_rng(5)
    k = rng.poisson(3, N).astype(np.int32)
    signal_, background = (table(s, k=k, x=rng.normal(0, 1, N)) for s in (0, 10**7))
    given = toy(gc.Selection("k > ?", "x > ?"), signal_, background)
    begin = [[1.5, at] for at in (0.8, 0.3, 0.1, -0.5, -1.5)]
    for coupled in (True, False):
        found = finish(given, begin, opens=True, is_coupled=coupled, is_nested=False)
        assert signal(given, found) == pytest.approx(TARGETS, abs=1.02 * given.target.event)


def test_best_start_goes_on_whole_where_working_points_hang_together() -> None:
    given = made("x > ?", "y > ?")
    one, other = np.full((5, 2), [0.5, -9.0]), np.full((5, 2), [-9.0, 0.5])
    values, loosening = np.array([one, other]), given.coordinates.loosening
    units = np.array([np.full((5, 2), [1.0, 0.0]), np.full((5, 2), [0.0, 1.0])]) * loosening
    soft = np.array([[0.1, 0.2, 0.3, 0.4, 0.5], [0.2, 0.1, 0.2, 0.3, 0.4]])
    free = np.ones(2, dtype=np.bool_)
    for coupled, want in ((True, [1, 1, 1, 1, 1]), (False, [0, 1, 1, 1, 1])):
        found = finished(
            given.target,
            given.target,
            given.efficiencies,
            values,
            units,
            soft,
            TARGETS,
            free,
            loosening,
            is_coupled=coupled,
            is_nested=False,
            opens=False,
        )
        assert (found[:, 0] == -9.0).astype(int).tolist() == want
