"""Bins learned on profiled variations: the noise of the variations is not what they are made of."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import gradcut as gc
from gradcut.binning.cells import layout_with
from gradcut.binning.edge_problem import EdgeProblem
from gradcut.binning.in_channels import InChannels
from gradcut.engines.segments import layout_of
from gradcut.objectives import CLs, SignalStrengthUncertainty
from gradcut.objectives.rebuild import from_description

ALL: dict[str, Any] = {"split": gc.Split(1, 0, 0), "seed": 1}
LIMITS = gc.BinLimits(min_background=5, min_entries=100)
#: Every event moves by a number of its own, and the mean move is this.
SHIFT = 0.1


def columns(mean: float, n: int, seed: int) -> dict[str, np.ndarray]:
    """Exponential tails from below the selection on, in which a shift changes yields by one factor."""
    rng = np.random.default_rng([seed, round(10 * mean)])
    x = rng.exponential(mean, n) - 2.0
    made = {f"x_JES_{side}": x + rng.normal(sign * SHIFT, 0.6, n) for side, sign in (("up", 1), ("down", -1))}
    return {"x": x, **made, "event": np.arange(n)}


def samples(n: int = 4000, seed: int = 1) -> gc.Samples:
    """A signal and a background, selected above zero in every variation."""
    made = gc.Samples(weight="w", event="event", require="x > 0")
    for name, role, mean, total in (("sig", "signal", 2.0, 150.0), ("bkg", "background", 1.0, 8000.0)):
        events = columns(mean, n, seed)
        made.add(
            name,
            {**events, "w": np.full(n, total / n), "event": np.arange(n) + (role == "signal") * n},
            role=role,
            norm_uncertainty=0.1 if role == "background" else None,
        )
    made.vary("JES", suffix=("_JES_up", "_JES_down"))
    return made


def problem(n: int = 4000, *, steady: bool = True) -> EdgeProblem:
    return EdgeProblem.of(gc.Binning("x", 4), samples(n).collect(["x"]), steady=steady)


def test_only_variations_change_and_their_rate_is_kept() -> None:
    one = problem()
    steady, counted = one.fine.rows, one.counted.rows
    np.testing.assert_array_equal(steady[0], counted[0])
    np.testing.assert_array_equal(steady[2], counted[2])
    np.testing.assert_array_equal(steady[1][:, :, 0], counted[1][:, :, 0])
    np.testing.assert_allclose(steady[1].sum(-1), counted[1].sum(-1), rtol=1e-12)
    assert np.abs(steady[1][:, :, 1:] - counted[1][:, :, 1:]).max() > 0
    plain = problem(steady=False)
    np.testing.assert_array_equal(plain.fine.rows, counted)


def test_ratios_come_closer_to_those_of_a_hundred_times_the_events() -> None:
    edges = np.array([0.0, 0.1, 0.2, 0.4, 0.45, 0.5, 1.0, 1.1, 2.0, 2.1, 3.0, 3.5])
    few, many = problem(), columns(1.0, 400_000, 7)
    nominal = np.histogram(many["x"], edges)[0]
    expected = np.histogram(many["x_JES_up"], edges)[0] / nominal

    def ratios(rows: np.ndarray) -> np.ndarray:
        layout = few.fine.layout
        background = rows[1, 0, layout.processes.index("bkg")]
        firsts = np.searchsorted(few.fine.boundary, edges[1:-1]) + 1
        sums = np.add.reduceat(background[..., 0, :], np.concatenate([[0], firsts]), axis=-1)
        return sums[layout.variations.index("JES:up")] / sums[0]

    inside = slice(1, -1)
    steady, noisy = (np.std((ratios(rows) - expected)[inside]) for rows in (few.fine.rows, few.counted.rows))
    assert steady < 0.5 * noisy


def test_of_few_events_only_the_rate_of_a_variation_is_known() -> None:
    tiny = problem(400)
    layout = tiny.fine.layout
    for p in range(len(layout.processes)):
        nominal, up = tiny.fine.rows[1, 0, p, :2, 0]
        counted = tiny.counted.rows[1, 0, p, 1, 0]
        np.testing.assert_allclose(up, nominal * counted.sum() / nominal.sum(), rtol=1e-12)


@pytest.mark.parametrize("kind", [SignalStrengthUncertainty, CLs])
def test_numbers_of_results_have_variations_as_they_are(kind: type[gc.objectives.Objective]) -> None:
    objective = kind()
    fit = gc.fit_binning(
        gc.Binning("x", 3), samples(1500), objective=objective, max_steps=20, starts=3, **ALL
    )
    counted = fit.templates(samples(1500))
    assert fit.scores.used == pytest.approx(float(objective.hard(counted)[0]), rel=1e-12)
    assert min(abs(fit.scores.used - one) for one in fit.starts) < 1e-9
    x, edges = columns(1.0, 1500, 1)["x_JES_up"], fit.bins.edges[0]
    index = counted.layout.processes.index("bkg"), counted.layout.variations.index("JES:up")
    inner = [0.0, *edges[1:-1], np.inf]
    np.testing.assert_allclose(
        np.asarray(counted.moments.sum_w)[0, 0, index[0], index[1]],
        [((x > 0) & (x >= a) & (x < b)).sum() * 8000 / 1500 for a, b in itertools.pairwise(inner)],
    )


def test_it_is_a_choice_that_is_kept_in_files() -> None:
    plain, steady = SignalStrengthUncertainty(steady=False), SignalStrengthUncertainty()
    assert steady.steadies
    assert not plain.steadies
    assert not from_description(plain.describe()).steadies
    assert "steady" not in steady.describe()
    assert from_description(steady.describe()).steadies
    assert (plain + 0.1 * SignalStrengthUncertainty()).steadies
    assert not gc.objectives.AsimovSignificance().steadies
    assert steady.within(max_background=10).steadies


def test_learned_bins_are_better_where_variations_are_known() -> None:
    """Paired over draws, judged by templates of many events with the MC statistics of the few."""
    truth = {name: columns(mean, 300_000, 99) for name, mean in (("sig", 2.0), ("bkg", 1.0))}
    totals, few = {"sig": 150.0, "bkg": 8000.0}, 6000

    def judged(edges: np.ndarray, layout: gc.YieldsLayout) -> float:
        sums = np.zeros((3, 1, *layout.shape))
        for p, name in enumerate(layout.processes):
            for v, tag in enumerate(layout.variations):
                x = truth[name]["x" if tag == "nominal" else f"x_{tag.replace(':', '_')}"]
                part = np.histogram(x[x > 0], [0, *edges[1:-1], np.inf])[0] / len(x)
                sums[:, 0, 0, p, v] = few * part, totals[name] * part, totals[name] ** 2 / few * part
        yields = gc.Yields(layout, gc.Moments(*sums))
        return float(SignalStrengthUncertainty().hard(yields)[0])

    lost = []
    for seed in range(11, 17):
        events = samples(few, seed)
        both = []
        for objective in (SignalStrengthUncertainty(steady=False), SignalStrengthUncertainty()):
            fit = gc.fit_binning(
                gc.Binning("x", 4), events, objective=objective, limits=LIMITS, max_steps=60, starts=4, **ALL
            )
            both.append(judged(np.asarray(fit.bins.edges[0]), fit.templates(events).layout))
        lost.append(both[0] / both[1] - 1)
    assert np.mean(lost) > 0


def test_channels_learn_from_steadied_variations_too() -> None:
    layout = samples().collect(["x"])
    objective = SignalStrengthUncertainty()
    shape = layout_with(layout_of(layout), (2,))
    assert InChannels(objective, shape, [], 0).steadies
    assert not InChannels(SignalStrengthUncertainty(steady=False), shape, [], 0).steadies
