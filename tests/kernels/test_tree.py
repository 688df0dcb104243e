"""Trees of cuts against slow loops over events, objects and subsets, and finite differences."""

from __future__ import annotations

import sys
from itertools import product
from math import erfc, exp, sqrt

import numpy as np
import pytest

from gradcut import _kernels

LEAF, GIVEN, ALL, ANY, NOT, COUNT = range(6)
ABOVE, BELOW, WINDOW, VETO = range(4)
N_EVENTS = 150

# (count(pt > a && eta < b && given) >= 2 || met > c + v npv) && !(x in window) && count(pt2 > d) in [1, 3)
NODES = [
    (LEAF, 0, -1),
    (LEAF, 1, -1),
    (GIVEN, 6, -1),
    (ALL, 3, -1),
    (COUNT, 2, -1),
    (LEAF, 2, -1),
    (ANY, 2, -1),
    (LEAF, 3, -1),
    (NOT, 1, -1),
    (LEAF, 4, -1),
    (COUNT, 1, 3),
    (ALL, 3, -1),
]
KINDS = np.array([ABOVE, BELOW, ABOVE, WINDOW, ABOVE], dtype=np.uint8)
COLLECTIONS = np.array([0, 0, -1, -1, 1, -1, 0], dtype=np.int32)


class Case:
    def __init__(self, seed: int, dtype: type = np.float64) -> None:
        rng = np.random.default_rng(seed)
        self.offsets = [
            np.concatenate([[0], np.cumsum(rng.poisson(mean, N_EVENTS))]).astype(np.int64)
            for mean in (2.5, 1.5)
        ]
        sizes = [N_EVENTS if c < 0 else int(self.offsets[c][-1]) for c in COLLECTIONS]
        self.columns = [rng.normal(size=size).astype(dtype) for size in sizes]
        self.columns[6] = (rng.random(sizes[6]) < 0.7).astype(dtype)
        for column, value in ((0, np.nan), (2, np.inf), (2, -np.inf), (4, np.nan)):
            self.columns[column][rng.integers(0, len(self.columns[column]), 3)] = value
        self.weights = rng.normal(0.5, 1.0, N_EVENTS).astype(dtype)
        self.weights[::17] = 0.0
        self.low = np.array([[0.1, 0.0, 0.4, -0.3, 0.2], [-0.5, 0.0, 0.9, 0.1, -0.4]])
        self.high = np.array([[0.0, 0.6, 0.0, 0.5, 0.0], [0.0, -0.2, 0.0, 1.0, 0.0]])
        self.width = np.array([[0.3, 0.2, 0.5, 0.25, 0.4], [0.1, 0.4, 0.2, 0.3, 0.6]])
        self.terms = np.array([[0.7], [-0.4]])

    def moments(self, step: int, derivatives: int = 2) -> np.ndarray:
        nodes, arguments, upper = zip(*NODES, strict=True)
        return _kernels.tree_moments(
            self.columns,
            self.offsets,
            self.weights,
            step=step,
            kinds=KINDS,
            flags=np.zeros(5, dtype=np.uint8),
            low=self.low,
            high=self.high,
            width=self.width,
            nodes=np.array(nodes, dtype=np.uint8),
            arguments=np.array(arguments, dtype=np.int32),
            upper=np.array(upper, dtype=np.int32),
            collections=COLLECTIONS,
            term_cuts=np.array([2], dtype=np.int32),
            term_columns=np.array([5], dtype=np.int32),
            term_values=self.terms,
            derivatives=derivatives,
        )

    def slow(self, step: int) -> np.ndarray:
        """Moments of shape (points, 3): one event after the other, counts by all subsets of the objects."""
        result = np.zeros((2, 3))
        for point, event in product(range(2), range(N_EVENTS)):
            p, w = self._event(step, point, event), float(self.weights[event])
            result[point] += [p * (w != 0), p * w, p * w * w]
        return result

    def _event(self, step: int, point: int, event: int) -> float:
        first, second = (range(o[event], o[event + 1]) for o in self.offsets)
        jets = [
            self._cut(step, point, 0, self.columns[0][j])
            * self._cut(step, point, 1, self.columns[1][j])
            * float(self.columns[6][j] != 0)
            for j in first
        ]
        others = [self._cut(step, point, 4, self.columns[4][j]) for j in second]
        shifted = float(self.columns[2][event]) - self.terms[point, 0] * float(self.columns[5][event])
        met = self._cut(step, point, 2, shifted)
        window = self._cut(step, point, 3, self.columns[3][event])
        either = 1 - (1 - _count(jets, 2, None)) * (1 - met)
        return either * (1 - window) * _count(others, 1, 3)

    def _cut(self, step: int, point: int, k: int, x: float) -> float:
        x, low, high = float(x), self.low[point, k], self.high[point, k]
        if np.isnan(x):
            return 0.0
        steps = {0: lambda u: float(u > 0), 1: _logistic, 2: lambda u: 0.5 * erfc(-u / sqrt(2))}
        above, below = (steps[step]((x - end) / self.width[point, k]) for end in (low, high))
        return {ABOVE: above, BELOW: 1 - below, WINDOW: above - below}[KINDS[k]]


def _logistic(u: float) -> float:
    return 1 / (1 + exp(-u)) if u > -700 else 0.0


def _count(p: list[float], low: int, upper: int | None) -> float:
    total = 0.0
    for passed in product((0, 1), repeat=len(p)):
        if low <= sum(passed) and (upper is None or sum(passed) < upper):
            total += float(np.prod([q if one else 1 - q for q, one in zip(p, passed, strict=True)]))
    return total


@pytest.mark.parametrize("step", [0, 1, 2], ids=["hard", "logistic", "gaussian"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_tree_of_cuts_is_the_loop_over_events_objects_and_subsets(step: int, dtype: type) -> None:
    case = Case(1, dtype)
    found, expected = case.moments(step)[:, :, 0], case.slow(step)
    scale = np.abs(case.weights).sum()
    assert np.abs(expected[:, 1]).min() > 0.1
    np.testing.assert_allclose(found, expected, rtol=0, atol=(1e-13 if dtype is np.float64 else 1e-6) * scale)


@pytest.mark.parametrize("step", [1, 2], ids=["logistic", "gaussian"])
@pytest.mark.parametrize("name", ["low", "high", "width", "terms"])
def test_tree_derivatives_are_finite_differences(step: int, name: str) -> None:
    case = Case(2)
    jacobian = case.moments(step)
    first = {"low": 1, "high": 6, "width": 11, "terms": 16}[name]
    array, h = getattr(case, name), 1e-6
    for k in range(array.shape[1]):
        moved = []
        for sign in (1, -1):
            array[:, k] += sign * h
            moved.append(case.moments(step, 0)[:, :, 0])
            array[:, k] -= sign * h
        expected = (moved[0] - moved[1]) / (2 * h)
        np.testing.assert_allclose(jacobian[:, :, first + k], expected, rtol=1e-6, atol=1e-7)


def test_tree_in_single_precision_has_the_derivatives_of_the_double_one() -> None:
    wide, narrow = Case(3, np.float32), Case(3, np.float32)
    wide.columns = [column.astype(np.float64) for column in wide.columns]
    wide.weights = wide.weights.astype(np.float64)
    for step in (1, 2):
        np.testing.assert_allclose(narrow.moments(step), wide.moments(step), rtol=0, atol=2e-4)


def test_tree_of_one_leaf_is_the_selection_kernel() -> None:
    case = Case(4)
    settings = {
        "step": 1,
        "kinds": KINDS[2:3],
        "flags": np.array([4], dtype=np.uint8),
        "low": np.ascontiguousarray(case.low[:, 2:3]),
        "high": np.ascontiguousarray(case.high[:, 2:3]),
        "width": np.ascontiguousarray(case.width[:, 2:3]),
        "derivatives": 2,
    }
    none = np.zeros(0, dtype=np.int32)
    tree = _kernels.tree_moments(
        [case.columns[2]],
        [],
        case.weights,
        nodes=np.array([LEAF], dtype=np.uint8),
        arguments=np.array([0], dtype=np.int32),
        upper=np.array([-1], dtype=np.int32),
        collections=np.array([-1], dtype=np.int32),
        term_cuts=none,
        term_columns=none,
        term_values=np.zeros((2, 0)),
        **settings,
    )
    plain = _kernels.selection_moments([case.columns[2]], case.weights, **settings)
    np.testing.assert_allclose(tree, plain, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ([(ALL, 2, -1)], "lacks children"),
        ([(LEAF, 7, -1)], "no such column"),
        ([(LEAF, 0, -1)], "root, which belongs to events"),
        ([(LEAF, 2, -1), (COUNT, 1, -1)], "a count needs objects"),
        ([(LEAF, 2, -1), (LEAF, 2, -1), (ALL, 2, -1)], "twice"),
        ([(LEAF, 0, -1), (LEAF, 2, -1), (ALL, 2, -1)], "differ in whether they are objects"),
        ([(LEAF, 0, -1), (COUNT, 3, 2)], "0 <= n < m"),
        ([(9, 0, -1)], "not one of 0 to 5"),
    ],
)
def test_malformed_trees_are_refused(nodes: list, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[__name__], "NODES", nodes)
    with pytest.raises(ValueError, match=message):
        Case(5).moments(1)


def test_events_without_objects_and_no_events_at_all() -> None:
    case = Case(6)
    case.offsets = [np.zeros(N_EVENTS + 1, dtype=np.int64) for _ in range(2)]
    case.columns = [
        column if c < 0 else column[:0] for column, c in zip(case.columns, COLLECTIONS, strict=True)
    ]
    np.testing.assert_allclose(case.moments(1)[:, :, 0], 0.0, atol=0)  # one object at least is needed
    case.offsets = [np.zeros(1, dtype=np.int64)] * 2
    case.columns, case.weights = [column[:0] for column in case.columns], case.weights[:0]
    assert not case.moments(2).any()
