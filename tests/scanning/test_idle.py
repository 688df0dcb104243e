"""Sides that reject no event are open, others stay."""

from __future__ import annotations

import numpy as np
import pytest

import gradcut as gc
from gradcut.scanning.idle import Idle
from scanning.scan_toys import table, toy

INF = float("inf")
X = np.array([1.0, 2.0, 3.0, np.nan])


def opened(*texts: str, values: list[float], fixed: tuple[int, ...] = (), x: np.ndarray = X) -> list[float]:
    made = toy(gc.Selection(*texts), table(0, x=x, y=x), table(10**7, x=x[:2], y=x[:2]))
    free = np.array([p not in fixed for p in range(len(made.selection.parameters))])
    (row,) = Idle(made.events, free).opened(np.array([values])).tolist()
    return row


@pytest.mark.parametrize(
    ("text", "at", "want"),
    [
        ("x > ?", 0.9, -INF),
        ("x > ?", 1.0, 1.0),
        ("x >= ?", 1.0, -INF),
        ("x >= ?", 1.1, 1.1),
        ("x < ?", 3.1, INF),
        ("x < ?", 3.0, 3.0),
        ("x <= ?", 3.0, INF),
        ("x <= ?", 2.9, 2.9),
    ],
)
def test_threshold_beyond_all_events_opens(text: str, at: float, want: float) -> None:
    assert opened(text, values=[at]) == [want]


def test_ends_of_a_window_open_by_themselves() -> None:
    assert opened("? < x < ?", values=[0.5, 2.5]) == [-INF, 2.5]
    assert opened("? < x < ?", values=[1.5, 3.5]) == [1.5, INF]


@pytest.mark.parametrize(
    ("low", "high", "is_open"),
    [(1.2, 1.8, True), (1.0, 2.0, True), (1.2, 2.1, False), (2.5, 1.5, True), (5, 9, True), (-9, 9, False)],
)
def test_veto_without_an_event_inside_opens_whole(low: float, high: float, is_open: bool) -> None:
    assert opened("!(? < x < ?)", values=[low, high]) == ([INF, INF] if is_open else [low, high])


def test_ends_of_a_veto_count_where_they_are_inclusive() -> None:
    assert opened("!(? <= x < ?)", values=[1.0, 1.5]) == [1.0, 1.5]
    assert opened("!(? < x <= ?)", values=[1.5, 2.0]) == [1.5, 2.0]


def test_fixed_thresholds_stay() -> None:
    assert opened("x > ?", "y > ?", values=[0.0, 0.0], fixed=(1,)) == [-INF, 0.0]
    assert opened("!(? < x < ?)", values=[1.2, 1.8], fixed=(0,)) == [1.2, 1.8]


def test_shared_threshold_opens_where_none_of_its_cuts_rejects() -> None:
    assert opened("x > ?c", "y > ?c", values=[0.5]) == [-INF]
    shifted = table(0, x=X, y=X + 1)
    made = toy(gc.Selection("x > ?c", "y > ?c"), shifted, shifted | {"event": shifted["event"] + 99})
    assert Idle(made.events, np.array([True])).opened(np.array([[1.5], [0.5]])).tolist() == [[1.5], [-INF]]


def test_events_at_infinity_and_without_weight() -> None:
    x = np.array([-INF, 2.0, INF])
    assert opened("x > ?", "y < ?", values=[-1e300, 1e300], x=x) == [-1e300, 1e300]
    made = toy(
        gc.Selection("x > ?"), table(0, [0.0, 1.0], x=np.array([1.0, 2.0])), table(10**7, x=np.array([3.0]))
    )
    assert Idle(made.events, np.array([True])).opened(np.array([[1.5]])).tolist() == [[-INF]]
