"""The map from free numbers to thresholds, and where fits start."""

from __future__ import annotations

import numpy as np
import pytest

from engines import toy
from fitting.toy_samples import columns, samples, uniform
from gradcut import DataError, Selection
from gradcut.engines import collect
from gradcut.fitting.events import HardEvents
from gradcut.fitting.peel import peel
from gradcut.fitting.scaling import Scaling, weighted_quantiles
from gradcut.fitting.starts import starts
from gradcut.objectives import AsimovSignificance


def scaling_of(selection: Selection, *tables: dict[str, np.ndarray], **fixed: float) -> Scaling:
    events = HardEvents(selection.kernel_spec(), collect(selection, samples(*tables)))
    positions = {selection.parameters.index(name): value for name, value in fixed.items()}
    return Scaling(events.spec, events.segments, [r == "signal" for r in events.layout.roles], positions)


def test_quantiles_with_equal_weights_are_those_of_the_sorted_values() -> None:
    values = np.array([5.0, np.nan, 1.0, 3.0, np.inf, 2.0, 4.0])
    levels = np.array([0.0, 0.2, 0.5, 1.0])
    assert weighted_quantiles(values, np.ones(7), levels).tolist() == [1.0, 1.0, 3.0, 5.0]


def test_scale_does_not_depend_on_how_much_background_there_is() -> None:
    signal = columns(1, 2000, 1e-3, x=(5, 1))
    few, many = (columns(2, 2000, w, x=(0, 1)) for w in (1.0, 1e4))
    selection = Selection("x > ?")
    one, other = scaling_of(selection, signal, few), scaling_of(selection, signal, many)
    assert one.centre == pytest.approx(other.centre)
    assert one.scale == pytest.approx(other.scale)


def test_windows_stay_ordered_for_any_free_numbers() -> None:
    selection = Selection("? < x < ?", "!(?a < y < ?b)", "?b < x")
    data = [columns(s, 500, 1.0, x=(0, 1), y=uniform) for s in (1, 2)]
    scaling = scaling_of(selection, *data)
    rng = np.random.default_rng(3)
    points = scaling.thresholds(rng.normal(0, 5, (200, 4)))
    assert selection.parameters == ("x:low", "x:high", "a", "b")
    assert (points[:, 0] <= points[:, 1]).all()
    assert (points[:, 2] <= points[:, 3]).all()


def test_windows_of_different_features_that_share_an_end_stay_ordered_in_their_units() -> None:
    selection = Selection("? < x < ?u", "? < y < ?u", "? < z < ?")
    data = [columns(s, 500, 1.0, x=(0, 1), y=(50, 300), z=(0, 1)) for s in (1, 2)]
    scaling = scaling_of(selection, *data)
    rng = np.random.default_rng(3)
    free = rng.normal(0, 3, (300, 5))
    points = scaling.points(scaling.thresholds(free), 0.3)[:, :5]
    low_x, high, low_y = points[:, :3].T
    assert (low_x <= high).all()
    assert (low_y <= high).all()
    within = scaling.within(scaling.standardise(rng.normal(0, 200, (300, 5))))
    points = scaling.points(within, 0.3)
    assert (points[:, 0] <= points[:, 1]).all()
    assert (points[:, 2] <= points[:, 1]).all()
    gradient = rng.normal(0, 1, (300, 5))
    got = scaling.pull_back(free, gradient)
    for parameter in range(5):
        step = np.zeros(5)
        step[parameter] = 1e-6
        change = scaling.thresholds(free + step) - scaling.thresholds(free - step)
        want = (gradient * change).sum(1) / 2e-6
        assert got[:, parameter] == pytest.approx(want, rel=1e-5, abs=1e-5)


def test_free_numbers_are_the_inverse_of_thresholds() -> None:
    selection = Selection("? < x < ?", "y > ?")
    scaling = scaling_of(selection, *[columns(s, 500, 1.0, x=(0, 1), y=uniform) for s in (1, 2)])
    rows = np.array([[-1.0, 0.5, 0.3], [0.1, 0.2, -0.4]])
    assert scaling.thresholds(scaling.free(rows)) == pytest.approx(rows)


@pytest.mark.parametrize("fixed", [{}, {"b": 0.5}, {"x:low": -1.0}], ids=str)
def test_derivatives_are_pulled_back_as_finite_differences_say(fixed: dict[str, float]) -> None:
    selection = Selection("? < x < ?", "!(?a < y < ?b)", "?b < x", "z > ?", "?b < x < ?c")
    data = [columns(s, 500, 1.0, x=(0, 1), y=uniform, z=(0, 1)) for s in (1, 2)]
    scaling = scaling_of(selection, *data, **fixed)
    rng = np.random.default_rng(5)
    free, gradient = rng.normal(0, 1, (40, 6)), rng.normal(0, 1, (40, 6))
    got = scaling.pull_back(free, gradient)
    for parameter in range(6):
        step = np.zeros(6)
        step[parameter] = 1e-6
        change = scaling.thresholds(free + step) - scaling.thresholds(free - step)
        assert got[:, parameter] == pytest.approx((gradient * change).sum(1) / 2e-6, abs=1e-6)


def test_fixed_upper_end_keeps_the_window_ordered() -> None:
    selection = Selection("?a < x < ?b")
    data = [columns(s, 500, 1.0, x=(0, 1)) for s in (1, 2)]
    scaling = scaling_of(selection, *data, b=0.5)
    free = np.array([[3.0, 0.0], [-3.0, 0.0]])
    points = scaling.thresholds(free) * scaling.scale + scaling.centre
    assert points[:, 1] == pytest.approx([0.5, 0.5])
    assert (points[:, 0] <= points[:, 1]).all()


def test_feature_without_any_value_is_said() -> None:
    data = [columns(s, 50, 1.0, x=lambda rng, n: np.full(n, np.nan)) for s in (1, 2)]
    with pytest.raises(DataError, match=r"no finite value(.|\n)*cut 'x'"):
        scaling_of(Selection("x > ?"), *data)


def test_starts_are_reproducible_ordered_and_the_first_is_open() -> None:
    given = toy.samples({n: toy.columns(*s) for n, s in toy.PROCESSES.items()})
    events = HardEvents(toy.SELECTION.kernel_spec(), collect(toy.SELECTION, given))
    scaling = Scaling(events.spec, events.segments, [r == "signal" for r in events.layout.roles])
    rows = starts(events.spec, scaling, 6, [], 4)
    assert rows.shape == (7, 5)
    assert np.isfinite(rows).all()
    assert (rows == starts(events.spec, scaling, 6, [], 4)).all()
    assert (rows[1:] != starts(events.spec, scaling, 6, [], 5)[1:]).any()
    low, high = (toy.SELECTION.parameters.index(f"mass:{end}") for end in ("low", "high"))
    assert (rows[:, low] <= rows[:, high]).all()
    opened = events.yields(rows[:1] * scaling.scale + scaling.centre).total("signal").sum_w[0, 0, 0]
    most = events.yields(rows * scaling.scale + scaling.centre).total("signal").sum_w[:, 0, 0]
    assert opened == most.max()


def test_peeling_finds_a_box_of_signal() -> None:
    selection = Selection("x > ?", "y < ?", "? < z < ?")
    signal = columns(1, 2000, 0.01, x=(2, 1), y=(-2, 1), z=(0, 0.3))
    background = columns(2, 5000, 0.1, x=(0, 1), y=(0, 1), z=(0, 2))
    events = HardEvents(selection.kernel_spec(), collect(selection, samples(signal, background)))
    objective = AsimovSignificance(0.1)
    scaling = Scaling(events.spec, events.segments, [True, False])
    found = peel(events, objective, scaling)
    yields = events.yields(found[None])
    open_z = objective.hard(events.yields(np.array([[-np.inf, np.inf, -np.inf, np.inf]])))[0]
    assert objective.hard(yields)[0] > 3 * open_z
    assert found[2] < -0.2 < 0.2 < found[3]
