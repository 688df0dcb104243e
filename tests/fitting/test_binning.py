"""Bins of pictures."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradcut.fitting.binning import Group, edges_of, round_edges


def group(values: object, weights: object = None, selected: object = None) -> Group:
    array = np.asarray(values, dtype=np.float64)
    return Group(
        array,
        np.ones(len(array)) if weights is None else np.asarray(weights, dtype=np.float64),
        np.zeros(len(array), dtype=bool) if selected is None else np.asarray(selected),
    )


@settings(deadline=None, derandomize=True, max_examples=300)
@given(
    st.floats(-1e6, 1e6, allow_nan=False),
    st.floats(1e-6, 1e6, allow_nan=False),
    st.booleans(),
)
def test_edges_increase_in_equal_steps_and_cover_the_range(low: float, span: float, integers: bool) -> None:
    edges = round_edges(low, low + span, integers=integers)
    widths = np.diff(edges)
    assert np.all(widths > 0)
    assert widths == pytest.approx(widths[0], rel=1e-3)
    assert edges[0] <= low + 1e-6 * abs(low) + 1e-9
    assert edges[-1] >= low + span - 1e-6 * abs(low + span) - 1e-9
    assert len(edges) <= 44


@pytest.mark.parametrize(
    ("low", "high", "width"), [(150, 1200, 40), (0, 3.14, 0.1), (-2.4, 2.4, 0.2), (81, 101, 0.5)]
)
def test_widths_are_round(low: float, high: float, width: float) -> None:
    assert np.diff(round_edges(low, high, integers=False))[0] == pytest.approx(width)


def test_integers_lie_in_the_middle_of_their_bins() -> None:
    assert round_edges(1, 4, integers=True).tolist() == [0.5, 1.5, 2.5, 3.5, 4.5]
    wide = round_edges(0, 200, integers=True)
    assert np.all(np.diff(wide) == 6)
    assert wide[0] == -0.5


def test_range_leaves_out_the_tails_and_infinite_values_but_not_what_is_selected() -> None:
    rng = np.random.default_rng(1)
    values = np.concatenate([rng.normal(0, 1, 10_000), [1e6, -1e6, np.inf, -np.inf, np.nan]])
    edges = edges_of([group(values)], [], integers=False)
    assert -3.5 < edges[0] < -2
    assert 2 < edges[-1] < 3.5
    selected = np.zeros(len(values), dtype=bool)
    selected[values > 3] = True
    wider = edges_of([group(values, selected=selected)], [], integers=False)
    assert wider[-1] > 1e5


def test_signal_and_background_count_alike_and_weights_count() -> None:
    few, many = group(np.full(10, 100.0)), group(np.linspace(0, 1, 10_000))
    edges = edges_of([few, many], [], integers=False)
    assert (edges[0], edges[-1]) == (0.0, 100.0)
    weighted = group([0.0, 1.0, 50.0], [1.0, 1.0, 0.0])
    assert edges_of([weighted], [], integers=False)[-1] == 1.0


def test_finite_thresholds_lie_inside() -> None:
    edges = edges_of([group(np.linspace(0, 1, 100))], [5.0, np.inf, -np.inf], integers=False)
    assert edges[-1] >= 5


def test_constant_or_absent_features_have_a_bin() -> None:
    assert edges_of([group([3.0, 3.0])], [], integers=False).tolist() == [1.5, 4.5]
    assert edges_of([group([np.nan, np.inf])], [], integers=False).tolist() == [0.0, 1.0]
    assert edges_of([], [], integers=True).tolist() == [0.0, 1.0]
