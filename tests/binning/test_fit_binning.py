"""``gc.fit_binning``: what it learns, what it keeps to, and what it says."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import gradcut as gc
from binning.toy_samples import BACKGROUND, EVERYTHING, SECOND, SIGNAL, asimov, samples, yields
from gradcut.errors import DataError, DeclarationError, UnattainableError

Z = gc.objectives.AsimovSignificance(mc_stat=False)
LIMITS = gc.BinLimits(min_background=5.0)
WHOLE = gc.Split(1.0, 0.0, 0.0)
QUICK: dict[str, Any] = {"objective": Z, "limits": LIMITS, "starts": 4, "max_steps": 40}


@pytest.mark.parametrize("method", ["gradient", "exact"])
def test_reported_yields_and_significance_are_those_of_an_obvious_loop(method: Any) -> None:
    fit = gc.fit_binning(gc.Binning("score", 4), samples(), method=method, split=WHOLE, **QUICK)
    s, b = yields(fit.edges, SIGNAL), yields(fit.edges, BACKGROUND)
    assert [row.signal for row in fit.rows] == pytest.approx(s.tolist())
    assert [row.background for row in fit.rows] == pytest.approx(b.tolist())
    assert fit.scores.used == pytest.approx(asimov(s, b))
    assert (b >= 5.0).all()
    assert [row.background_entries for row in fit.rows] == pytest.approx((b * 8000 / 2000).tolist())
    assert sum(row.contribution or 0.0 for row in fit.rows) == pytest.approx(fit.scores.used**2)


@pytest.mark.parametrize("bins", [2, 3])
def test_both_methods_find_the_best_of_all_edges_on_a_grid(bins: int) -> None:
    # On integers there are few places, so that all of them can be tried.
    best = -np.inf
    for edges in itertools.combinations(np.arange(0.5, 10.5), bins - 1):
        full = [-1, *edges, 99]
        s, b = yields(full, SIGNAL, "n_jet"), yields(full, BACKGROUND, "n_jet")
        if (b >= 5.0).all():
            best = max(best, asimov(s, b))
    for method in ("gradient", "exact"):
        fit = gc.fit_binning(gc.Binning("n_jet", bins), samples(), method=method, split=WHOLE, **QUICK)
        assert fit.scores.used == pytest.approx(best)
        assert all(edge % 1 == 0.5 for edge in fit.edges)


@pytest.mark.parametrize("coordinates", ["quantile", "linear", "logit"])
@pytest.mark.parametrize("step", ["logistic", "gaussian"])
def test_gradient_reaches_the_exact_bins_in_every_coordinate(coordinates: Any, step: Any) -> None:
    binning = gc.Binning("score", 5, range=(0, 1), coordinates=coordinates, step=step)
    best = gc.fit_binning(binning, samples(), method="exact", split=WHOLE, **QUICK)
    fit = gc.fit_binning(binning, samples(), split=WHOLE, **QUICK)
    assert 0.995 * best.scores.used <= fit.scores.used <= best.scores.used * (1 + 2e-4)
    assert [fit.edges[0], fit.edges[-1]] == [0, 1]


def test_unused_events_are_judged_by_bins_that_did_not_see_them() -> None:
    fit = gc.fit_binning(gc.Binning("score", 4), samples(), folds=2, seed=3, **QUICK)
    number = fit.index(EVERYTHING, folds=True)
    is_signal = np.arange(len(number)) < len(SIGNAL["w"])
    s, b = (np.bincount(number[k], EVERYTHING["w"][k], 4) for k in (is_signal, ~is_signal))
    assert fit.scores.unused == pytest.approx(asimov(s, b))
    assert [row.unused_background for row in fit.rows] == pytest.approx(b.tolist())
    assert len(fit.folds) == 2
    assert not np.array_equal(fit.folds[0].bins.edges[0], fit.folds[1].bins.edges[0])  # type: ignore[attr-defined]


def test_number_of_bins_is_chosen_where_it_was_not_learned() -> None:
    fit = gc.fit_binning(
        gc.Binning("score", [1, 3, 30]), samples(), **{**QUICK, "limits": gc.BinLimits(min_entries=4)}
    )
    assert [choice.bins for choice in fit.choices] == [(1,), (3,), (30,)]
    learned, judged = ([getattr(c, name) for c in fit.choices] for name in ("learned", "chosen_by"))
    assert learned == sorted(learned)  # more bins follow more fluctuations
    best = max(range(3), key=lambda i: judged[i] or -np.inf)
    assert fit.n_bins == fit.choices[best].bins[0] > 1


def test_product_is_no_worse_than_any_single_move() -> None:
    binning = gc.Binning("score", 2) * gc.Binning("other", 2)
    fit = gc.fit_binning(binning, samples(), split=WHOLE, **QUICK)
    x, y = (fit.axis_edges[name][1] for name in ("score", "other"))

    def value(a: float, c: float) -> float:
        cells = []
        for t in (SIGNAL, BACKGROUND):
            at = 2 * (t["score"] >= np.float32(a)) + (t["other"] >= c)
            cells.append(np.bincount(at, t["w"], 4))
        return asimov(*cells) if (cells[1] >= 5).all() else -np.inf

    assert fit.scores.used == pytest.approx(value(x, y))
    for a in np.quantile(EVERYTHING["score"], np.linspace(0.02, 0.999, 60)):
        assert value(float(a), y) <= fit.scores.used * 1.002
    for c in np.quantile(EVERYTHING["other"], np.linspace(0.02, 0.999, 60)):
        assert value(x, float(c)) <= fit.scores.used * 1.002


def test_given_edges_divide_every_bin_and_limits_are_those_of_their_sums() -> None:
    mass = [100.0, 120.0, 140.0, 180.0, 260.0]
    binning = gc.Binning("score", 3) * gc.Binning("mass", edges=mass, flow="explicit")
    objective = gc.objectives.Sideband(gc.objectives.AsimovSignificance(), edges=mass, window=(120, 140))
    fit = gc.fit_binning(
        binning, samples(), split=WHOLE, **{**QUICK, "objective": objective, "max_steps": 20}
    )
    assert fit.bins.bin_shape == (3, 4)
    assert fit.axis_edges["mass"] == mass
    b = np.array([row.background for row in fit.rows]).reshape(3, 4)
    assert (b.sum(1) >= 5.0).all()
    assert (b < 5.0).any()


def test_mixture_beats_one_column_and_keeps_its_limits() -> None:
    one = gc.fit_binning(gc.Binning("score", 4), samples(), split=WHOLE, **QUICK)
    fit = gc.fit_binning(gc.MixtureBinning(["score", "other"], 4), samples(), split=WHOLE, **QUICK)
    assert fit.n_bins == 4
    assert fit.scores.used > 1.2 * one.scores.used
    number = fit.index(EVERYTHING)
    b = np.bincount(number[len(SIGNAL["w"]) :], BACKGROUND["w"], 4)
    assert (b >= 5.0).all()
    ratio = [row.signal / row.background for row in fit.rows]
    assert ratio == sorted(ratio)
    with pytest.raises(DeclarationError, match="the bins of a mixture have no edges"):
        _ = fit.edges


def test_several_signals_each_the_background_of_the_other() -> None:
    objective = gc.objectives.SeveralSignals(Z, "product", others="background")
    fit = gc.fit_binning(
        gc.Binning("score", 3), samples(second=True), split=WHOLE, **{**QUICK, "objective": objective}
    )
    s, t, b = (yields(fit.edges, table) for table in (SIGNAL, SECOND, BACKGROUND))
    assert fit.scores.used == pytest.approx(np.sqrt(asimov(s, b + t) * asimov(t, b + s)))


def test_same_seed_same_bins_and_a_checkpoint_continues(tmp_path: Any) -> None:
    how = {**QUICK, "split": WHOLE, "seed": 5}
    fit = gc.fit_binning(gc.Binning("score", 4), samples(), **how)
    path, steps = tmp_path / "state.npz", []

    def stop(now: Any) -> None:
        steps.append(now.step)
        if len(steps) == 11:
            raise KeyboardInterrupt

    stopped = gc.fit_binning(gc.Binning("score", 4), samples(), checkpoint=path, progress=stop, **how)
    assert stopped.status == "interrupted"
    assert "interrupted: 0 of 1" in stopped.message
    assert stopped.scores.used > 0
    steps.clear()
    continued = gc.fit_binning(
        gc.Binning("score", 4), samples(), checkpoint=path, progress=lambda now: steps.append(now.step), **how
    )
    assert steps[0] == 12
    assert continued.edges == fit.edges
    assert continued.scores == fit.scores


def test_missing_values_are_in_no_bin_and_said() -> None:
    holes = {**BACKGROUND, "score": BACKGROUND["score"].copy()}
    holes["score"][:100] = np.nan
    holes["score"][100:150] = -999
    made = samples(background=holes, sentinels=[-999])
    fit = gc.fit_binning(gc.Binning("score", 3), made, split=WHOLE, **QUICK)
    assert fit.missing == {"score": 150}
    assert sum(row.background for row in fit.rows) == pytest.approx(2000 * (1 - 150 / 8000))
    assert ((fit.index(holes) == -1) == (np.arange(8000) < 150)).all()
    assert any("150 events have no value of 'score'" in warning for warning in fit.warnings)


def test_flow_is_open_or_outside() -> None:
    beyond = {"score": np.array([-3.0, 0.05, 0.5, 0.95, 7.0])}
    for flow, first, last in (("open", 0, 2), ("explicit", -1, -1)):
        binning = gc.Binning("score", 3, range=(0.1, 0.9), flow=flow)  # type: ignore[arg-type]
        fit = gc.fit_binning(binning, samples(), split=WHOLE, **QUICK)
        number = fit.index(beyond)
        assert number[[0, 1, 3, 4]].tolist() == [first, first, last, last]
        assert number[2] >= 0


@pytest.mark.parametrize(
    ("bins", "how", "error", "message"),
    [
        (5, {"limits": gc.BinLimits(min_background=900.0)}, UnattainableError, "(?s)more bins than.*fill"),
        (
            2,
            {"limits": gc.BinLimits(max_relative_uncertainty=0.001)},
            UnattainableError,
            "(?s)uncert|entries",
        ),
        (
            3,
            {"method": "exact", "objective": gc.objectives.CorrelatedSignificance()},
            DeclarationError,
            "adds over bins",
        ),
        (3, {"method": "newton"}, DeclarationError, "unknown method"),
        (3, {"limits": 5.0}, DeclarationError, "limits are gc.BinLimits"),
        (3, {"starts": 0}, DeclarationError, "starts is an integer from 1"),
        (3, {"folds": 2, "split": WHOLE}, DeclarationError, "divided in one way"),
        (3, {"objective": "Z"}, DeclarationError, "an objective has a direction"),
    ],
)
def test_what_cannot_be_is_said(bins: int, how: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        gc.fit_binning(gc.Binning("score", bins), samples(), **{**QUICK, **how})


@pytest.mark.parametrize(
    ("column", "error", "message"),
    [
        (np.full(8000, 0.5), DataError, "all events are in one point"),
        (np.full(8000, np.nan), DataError, "no event has a value"),
    ],
)
def test_columns_that_cannot_be_divided_are_said(column: Any, error: Any, message: str) -> None:
    made = samples(
        background={**BACKGROUND, "score": column}, signal={**SIGNAL, "score": column[: len(SIGNAL["w"])]}
    )
    with pytest.raises(error, match=message):
        gc.fit_binning(gc.Binning("score", 3), made, **QUICK)
    with pytest.raises(error, match=r"all events are in one point|no event has all values"):
        gc.fit_binning(gc.MixtureBinning(["score", "other"], 3), made, **QUICK)


def test_more_bins_than_values_are_said() -> None:
    with pytest.raises(UnattainableError, match=r"(?s)different values.*given: 40 bins"):
        gc.fit_binning(gc.Binning("n_jet", 40), samples(), split=WHOLE, **{**QUICK, "limits": None})


def test_bin_of_negative_background_is_an_error_in_the_end() -> None:
    weights = BACKGROUND["w"].copy()
    weights[BACKGROUND["score"] > 0.5] *= -1.0
    made = samples(background={**BACKGROUND, "w": weights})
    with pytest.raises((DataError, UnattainableError), match=r"(?s)not positive|no .* bins"):
        gc.fit_binning(
            gc.Binning("score", 3, range=(0.6, 1.0), flow="explicit"), made, split=WHOLE, objective=Z
        )


def test_edges_and_expressions_are_checked_where_they_are_declared() -> None:
    for wrong, message in (
        (lambda: gc.Binning("score"), "neither"),
        (lambda: gc.Binning("score", 3, edges=[0, 1]), "both"),
        (lambda: gc.Binning("score", 0), "integer"),
        (lambda: gc.Binning("score", edges=[0, 0, 1]), "edges increase"),
        (lambda: gc.Binning("score", 3, range=(1, 0)), "edges increase"),
        (lambda: gc.Binning("score > ?", 3), "no '\\?'"),
        (lambda: gc.Binning("score > 1", 3), "a number"),
        (lambda: gc.Binning("score", 3, coordinates="polar"), "unknown 'coordinates'"),  # type: ignore[arg-type]
        (lambda: gc.Binning("score", 3) * gc.Binning("score", 2), "same name"),
        (lambda: gc.Binning("m", edges=[0, 1]) * gc.Binning("score", 2), "come after"),
        (lambda: gc.MixtureBinning("score", 3), "a list of columns"),
        (lambda: gc.MixtureBinning(["a", "a"], 3), "a name of its own"),
        (lambda: gc.fit_binning(gc.Binning("score", edges=[0, 1]), samples()), "nothing is left open"),
        (lambda: gc.fit_binning("score", samples()), "bins are declared"),  # type: ignore[arg-type]
        (lambda: gc.fit_binning(gc.MixtureBinning(["a", "b"], 2), samples(), method="exact"), "one axis"),
    ):
        with pytest.raises(DeclarationError, match=message):
            wrong()


def test_channels_share_their_edges_and_each_keeps_to_the_limits() -> None:
    made = gc.Samples(weight="w", event="event")
    for channel, keep in (("low", lambda t: t["n_jet"] < 3), ("high", lambda t: t["n_jet"] >= 3)):
        for name, table, role in (("signal", SIGNAL, "signal"), ("background", BACKGROUND, "background")):
            chosen = {key: column[keep(table)] for key, column in table.items()}
            made.add(name, chosen, role=role, channel=channel)
    fit = gc.fit_binning(gc.Binning("score", 3), made, split=WHOLE, **QUICK)
    best = gc.fit_binning(gc.Binning("score", 3), made, method="exact", split=WHOLE, **QUICK)
    assert {row.channel for row in fit.rows} == {"low", "high"}
    assert all(row.background >= 5.0 for row in fit.rows)
    z2 = 0.0
    for channel in ("low", "high"):
        s, b = (
            np.array([getattr(r, k) for r in fit.rows if r.channel == channel])
            for k in ("signal", "background")
        )
        z2 += asimov(s, b) ** 2
    assert fit.scores.used == pytest.approx(np.sqrt(z2))
    assert fit.scores.used >= 0.995 * best.scores.used
