"""Bins that are the largest output of a network: learned biases, limits, and what is read from them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradcut as gc
from binning.toy_outputs import (
    COLUMNS,
    EVERYTHING,
    LIMITS,
    TABLES,
    WHOLE,
    Z,
    check_gradient,
    one_fit,
    samples,
    sums,
)
from binning.toy_samples import asimov
from gradcut.binning.learned_softmax import LearnedSoftmax
from gradcut.binning.softmax_family import Softmaxes
from gradcut.errors import DataError, DeclarationError, UnattainableError

QUICK: dict[str, Any] = {
    "objective": Z,
    "limits": LIMITS,
    "starts": 4,
    "max_steps": 40,
    "split": WHOLE,
    "n_threads": 1,
}


def largest(table: Any, biases: Any) -> list[int]:
    """Number of the largest output with its bias, event by event."""
    rows = zip(*(table[name] for name in COLUMNS), strict=True)
    found = []
    for row in rows:
        shifted = [float(y) + float(b) for y, b in zip(row, biases, strict=True)]
        found.append(shifted.index(max(shifted)))
    return found


def best_of_all() -> float:
    """The best significance of all biases on a grid, of which one may be zero, within the limits."""
    best = -np.inf
    stacked = {name: np.stack([t[c] for c in COLUMNS]) for name, t in TABLES.items()}
    for second in np.linspace(-1.5, 1.5, 31):
        for third in np.linspace(0.0, 4.0, 41):
            bias = np.array([[0.0], [second], [third]])
            n = {name: np.bincount((y + bias).argmax(0), TABLES[name]["w"], 3) for name, y in stacked.items()}
            if n["rest"].min() >= 5.0:
                best = max(best, asimov(n["ggf"] + n["vbf"], n["rest"]))
    return best


@pytest.mark.parametrize("temperature", ["annealed", "learned", 0.2])
def test_learned_biases_are_as_good_as_the_best_of_a_grid_of_them(temperature: Any) -> None:
    fit = gc.fit_binning(gc.SoftmaxBinning(COLUMNS, temperature=temperature), samples(), **QUICK)
    s, b = sums(lambda table: largest(table, fit.bins.biases))  # type: ignore[attr-defined]
    assert [row.signal for row in fit.rows] == pytest.approx(s.tolist())
    assert [row.background for row in fit.rows] == pytest.approx(b.tolist())
    assert fit.scores.used == pytest.approx(asimov(s, b))
    assert fit.scores.used >= 0.995 * best_of_all()
    assert b.min() >= 5.0


@pytest.mark.parametrize("aggregate", [True, False])
def test_soft_yields_are_those_of_a_softmax_at_the_temperature_of_the_result(aggregate: bool) -> None:
    binning = gc.SoftmaxBinning(COLUMNS, temperature=0.3)
    fit = gc.fit_binning(binning, samples(), aggregate=aggregate, **QUICK)
    assert fit.bins.temperature == pytest.approx(0.3)  # type: ignore[attr-defined]
    assert "given temperature of smooth bins 0.3" in fit.message
    y = np.stack([TABLES["rest"][name] for name in COLUMNS]) + fit.bins.biases[:, None]  # type: ignore[attr-defined]
    p = np.exp(y / 0.3) / np.exp(y / 0.3).sum(0)
    soft = [row.soft_background for row in fit.rows]
    # Cells are good to a part of the whole process, events to rounding.
    wanted = (p @ TABLES["rest"]["w"]).tolist()
    assert soft == pytest.approx(wanted, rel=1e-6, abs=1e-4 * 2000 if aggregate else 0.0)


@pytest.mark.parametrize("limits", [None, LIMITS])
@pytest.mark.parametrize("temperature", ["annealed", "learned", 0.2])
def test_derivatives_in_biases_and_temperature_are_those_of_finite_differences(
    temperature: Any, limits: Any
) -> None:
    binning = gc.SoftmaxBinning(COLUMNS, temperature=temperature)
    if limits is None:
        check_gradient(*one_fit(binning, samples()))
        return
    # With a price on what is missing, a step down the gradient is one down.
    fit, engine, state = one_fit(binning, samples(), gc.BinLimits(min_background=300.0))
    plain = one_fit(binning, samples())[0].gradient(engine, state)[1]
    assert not np.allclose(fit.gradient(engine, state)[1], plain)


def test_given_biases_are_taken_as_they_are() -> None:
    biases = [0.5, -0.25, 1.0]
    fit = gc.fit_binning(gc.SoftmaxBinning(COLUMNS, biases=biases), samples(), **QUICK)
    s, b = sums(lambda table: largest(table, biases))
    assert fit.bins.biases.tolist() == biases  # type: ignore[attr-defined]
    assert fit.scores.used == pytest.approx(asimov(s, b))
    assert fit.starts == ()
    with pytest.raises(UnattainableError, match=r"(?s)given do not keep to the limits.*bin 1 misses"):
        gc.fit_binning(
            gc.SoftmaxBinning(COLUMNS, biases=[0, -1.0, 0]),
            samples(),
            **{**QUICK, "limits": gc.BinLimits(min_background=100.0)},
        )


def test_outputs_that_no_event_is_in_are_dropped_and_bins_keep_their_names() -> None:
    fit = gc.fit_binning(gc.SoftmaxBinning(COLUMNS, biases=[0.0, -50.0, 0.0]), samples(), **QUICK)
    assert fit.bins.outputs == (0, 2)  # type: ignore[attr-defined]
    assert fit.n_bins == len(fit.rows) == 2
    assert "0: y0 is largest" in str(fit)
    assert "1: y2 is largest" in str(fit)
    number = fit.index(EVERYTHING)
    assert (number == (EVERYTHING["y2"] > EVERYTHING["y0"])).all()
    # A missing value of an output that was dropped is one of the event all the same.
    holes = {name: EVERYTHING[name].copy() for name in COLUMNS}
    holes["y1"][:5], holes["y0"][5:9] = np.nan, np.inf
    assert (fit.index(holes)[:9] == -1).all()
    assert (fit.index(holes)[9:] == number[9:]).all()


@pytest.mark.parametrize("limit", [150.0, 600.0])
def test_limits_are_met_or_outputs_dropped_until_they_are(limit: float) -> None:
    binning, limits = gc.SoftmaxBinning(COLUMNS), gc.BinLimits(min_background=limit)
    fit = gc.fit_binning(binning, samples(), **{**QUICK, "limits": limits})
    b = np.bincount(fit.index(TABLES["rest"]), TABLES["rest"]["w"], fit.n_bins)
    assert (b >= limit).all()
    with pytest.raises(UnattainableError, match="more bins than"):
        gc.fit_binning(binning, samples(), **{**QUICK, "limits": gc.BinLimits(min_background=900.0)})


def test_logarithms_of_scores_divide_as_the_outputs_do() -> None:
    # log softmax is the outputs less what is common to all: the same bins for the same biases.
    scores = gc.SoftmaxBinning(["p0", "p1", "p2"], coordinates="log", biases=[0.3, 0.1, 1.2])
    plain = gc.SoftmaxBinning(COLUMNS, biases=[0.3, 0.1, 1.2])
    of_scores, of_outputs = (gc.fit_binning(one, samples(), **QUICK) for one in (scores, plain))
    assert (of_scores.index(EVERYTHING) == of_outputs.index(EVERYTHING)).all()
    lost = {f"p{k}": np.array([0.0, 1.0, 0.5]) for k in range(3)}
    assert (of_scores.index(lost) == 2).all()  # zero counts as very small, not as missing


def test_folds_checkpoints_and_the_search_by_trials(tmp_path: Any) -> None:
    binning = gc.SoftmaxBinning(COLUMNS, temperature="learned")
    how = {**{k: v for k, v in QUICK.items() if k != "split"}, "folds": 2, "seed": 4}
    fit = gc.fit_binning(binning, samples(), **how)
    number = fit.index(EVERYTHING, folds=True)
    is_rest = np.arange(len(number)) >= 6000
    s, b = (np.bincount(number[k], EVERYTHING["w"][k], 3) for k in (~is_rest, is_rest))
    assert fit.scores.unused == pytest.approx(asimov(s, b))
    steps: list[int] = []

    def stop(now: Any) -> None:
        steps.append(now.step)
        if len(steps) == 15:
            raise KeyboardInterrupt

    path = tmp_path / "state.npz"
    assert gc.fit_binning(binning, samples(), checkpoint=path, progress=stop, **how).status == "interrupted"
    rest = gc.fit_binning(binning, samples(), checkpoint=path, **how)
    assert rest.bins.to_json() == fit.bins.to_json()
    assert rest.scores == fit.scores


@pytest.mark.bayes
def test_trials_of_biases_keep_to_the_limits() -> None:
    fit = gc.fit_binning(gc.SoftmaxBinning(COLUMNS), samples(), method="bayesian", trials=6, **QUICK)
    s, b = sums(lambda table: largest(table, fit.bins.biases))  # type: ignore[attr-defined]
    assert b.min() >= 5.0
    assert fit.scores.used == pytest.approx(asimov(s, b))
    assert fit.scores.used >= 0.99 * best_of_all()
    assert "bias:y2" in fit.history[0]


@pytest.mark.root
def test_rdataframe_has_the_bins_of_what_is_left(ROOT: Any) -> None:  # noqa: N803
    bins = LearnedSoftmax(
        gc.SoftmaxBinning(["p0", "p1", "p2"], coordinates="log"), (0, 2), np.array([0.0, 0.4])
    )
    columns = {f"p{k}": EVERYTHING[f"p{k}"][::7].copy() for k in range(3)}
    columns["p1"][:3], columns["p0"][3:6] = np.nan, 0.0
    node = bins.defined(ROOT.RDF.FromNumpy(columns), "bin", list(columns))
    found = np.asarray(node.AsNumpy(["bin"])["bin"])
    assert found.tolist() == bins.index(list(columns.values())).tolist()
    assert set(found[3:].tolist()) == {0, 1}


def test_channels_may_share_outputs_or_have_other_bins() -> None:
    made = gc.Samples(weight="w", event="event")
    for channel, first in (("SR", 0), ("CR", 1)):
        for name, table in TABLES.items():
            own = {key: column[first::2] for key, column in table.items()}
            made.add(name, own, role="background" if name == "rest" else "signal", channel=channel)
    declared = {
        "SR": gc.SoftmaxBinning(COLUMNS, names=["a", "b", "c"]),
        "CR": gc.SoftmaxBinning(["y2", "y1", "y0"], names=["a", "b", "c"]),
    }
    shared = gc.fit_binning(declared, made, **{**QUICK, "limits": gc.BinLimits(min_background=2.0)})
    biases = {name: shared.channel(name).bins.biases for name in declared}  # type: ignore[attr-defined]
    np.testing.assert_array_equal(biases["SR"], biases["CR"])
    number = shared.channel("CR").index(EVERYTHING)
    y = np.stack([EVERYTHING[c] for c in ("y2", "y1", "y0")])
    assert (number == (y + biases["CR"][:, None]).argmax(0)).all()
    other = {"SR": gc.SoftmaxBinning(COLUMNS), "CR": gc.Binning("y2", 2, name="single")}
    apart = gc.fit_binning(other, made, **{**QUICK, "limits": gc.BinLimits(min_background=2.0)})
    z2 = 0.0
    for name in declared:
        rows = apart.channel(name).rows
        s, b = (np.array([getattr(row, kind) for row in rows]) for kind in ("signal", "background"))
        assert b.min() >= 2.0
        z2 += asimov(s, b) ** 2
    assert apart.scores.used == pytest.approx(np.sqrt(z2))


def test_biases_of_many_outputs_are_as_good_as_those_of_differential_evolution() -> None:
    from scipy.optimize import differential_evolution

    tables, names = {}, [f"z{k}" for k in range(6)]
    for at, (name, table) in enumerate(TABLES.items()):
        rng = np.random.default_rng([9, at])
        z = rng.normal(0, 1, (6, len(table["w"]))) + 0.7 * np.cos(np.arange(6) * (at + 1))[:, None]
        tables[name] = table | dict(zip(names, z, strict=True))
    fit = gc.fit_binning(gc.SoftmaxBinning(names), samples(tables), **QUICK)
    y = {name: np.stack([t[one] for one in names]) for name, t in tables.items()}

    def loss(biases: Any) -> float:
        bias = np.array([0.0, *biases])[:, None]
        n = {k: np.bincount((one + bias).argmax(0), tables[k]["w"], 6) for k, one in y.items()}
        s, b = n["ggf"] + n["vbf"], n["rest"]
        return -asimov(s, np.maximum(b, 1e-9)) if b.min() >= 5.0 else float(5.0 - b.min())

    found = differential_evolution(loss, [(-3, 3)] * 5, maxiter=25, popsize=8, seed=1, polish=False)
    assert found.fun < 0
    assert fit.n_bins == 6
    assert fit.scores.used == pytest.approx(-loss((fit.bins.biases - fit.bins.biases[0])[1:]))  # type: ignore[attr-defined]
    assert fit.scores.used >= 0.98 * -found.fun


def test_close_cells_are_divided_as_their_events_are() -> None:
    fit, _, _ = one_fit(gc.SoftmaxBinning(COLUMNS), samples())
    for outputs_left in ([0, 1, 2], [0, 2]):
        biases = np.array([[0.4, -0.3, 1.1]])[:, outputs_left]
        regions = Softmaxes(biases, np.array([outputs_left]))
        cells = fit.family.closer(regions, 1)
        assert cells is not None
        learned = fit.family.learned(regions, None)
        for name in TABLES:
            number = learned.index([TABLES[name][one] for one in COLUMNS])
            wanted = np.bincount(number, TABLES[name]["w"], len(outputs_left))
            got = cells.partition(regions.logits(cells.position)[0].argmax(0)[None], len(outputs_left))
            assert got.of(name).sum_w[0] == pytest.approx(wanted.tolist(), rel=1e-9)


def test_many_outputs_are_no_more_than_the_kernels_take() -> None:
    rng = np.random.default_rng(8)
    tables = {
        name: {**t, **{f"z{k}": rng.normal(size=len(t["w"])) for k in range(20)}}
        for name, t in TABLES.items()
    }
    binning = gc.SoftmaxBinning([f"z{k}" for k in range(20)])
    fit = gc.fit_binning(binning, samples(tables), **{**QUICK, "max_steps": 6, "starts": 2})
    number = np.stack([tables["rest"][f"z{k}"] for k in fit.bins.outputs]) + fit.bins.biases[:, None]  # type: ignore[attr-defined]
    assert (fit.index(tables["rest"]) == number.argmax(0)).all()
    assert fit.n_bins > 10


def test_outputs_that_are_the_same_cannot_be_compared() -> None:
    same = {name: {**t, "y1": t["y0"], "y2": t["y0"]} for name, t in TABLES.items()}
    with pytest.raises(DataError, match="all events are in one point"):
        gc.fit_binning(gc.SoftmaxBinning(COLUMNS), samples(same), **QUICK)


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"columns": ["y0"]}, "(?s)a list of outputs.*2 to 128"),
        ({"columns": "y0"}, "a list of outputs"),
        ({"columns": ["y0", "y0"]}, "a name of its own"),
        ({"biases": [0, 1]}, "(?s)one bias per output.*2 for 3"),
        ({"biases": "zero"}, "learned, or finite numbers"),
        ({"biases": [0, 1, np.nan]}, "learned, or finite numbers"),
        ({"temperature": 0}, "a temperature is a positive number"),
        ({"temperature": "cold"}, "a temperature is a positive number"),
        ({"temperature": "learned", "biases": [0, 0, 0]}, "learned together with biases"),
        ({"coordinates": "simplex"}, "unknown coordinates"),
    ],
)
def test_what_cannot_be_declared_is_said(how: Any, message: str) -> None:
    columns = how.pop("columns", COLUMNS)
    with pytest.raises(DeclarationError, match=message):
        gc.SoftmaxBinning(columns, **how)


def test_methods_that_cannot_do_it_say_why() -> None:
    with pytest.raises(DeclarationError, match="exact bins are those of one axis"):
        gc.fit_binning(gc.SoftmaxBinning(COLUMNS), samples(), **QUICK, method="exact")
    with pytest.raises(DeclarationError, match="those of a descent"):
        gc.fit_binning(gc.SoftmaxBinning(COLUMNS, temperature=0.2), samples(), **QUICK, method="exact")


@pytest.mark.parametrize(
    "wrong",
    [
        {"outputs": (0, 3), "biases": np.zeros(2)},
        {"outputs": (1, 0), "biases": np.zeros(2)},
        {"outputs": (0,), "biases": np.zeros(2)},
        {"outputs": (), "biases": np.zeros(0)},
        {"outputs": (0, 1), "biases": np.array([0.0, np.inf])},
        {"outputs": (0, 1), "biases": np.zeros(2), "temperature": -1.0},
    ],
)
def test_outputs_that_make_no_sense_are_refused(wrong: Any) -> None:
    with pytest.raises(DeclarationError, match="no outputs with biases"):
        LearnedSoftmax(gc.SoftmaxBinning(COLUMNS), **wrong)


@pytest.mark.plot
def test_pictures_show_two_outputs_in_their_plane_where_there_are_events(tmp_path: Any) -> None:
    binning = gc.SoftmaxBinning(["p0", "p2"], coordinates="log")
    fit = gc.fit_binning(binning, samples(), **{**QUICK, "max_steps": 10})
    with_events = [path.stem for path in fit.plot(tmp_path / "with", samples())]
    assert with_events == ["bins", "regions", "bias", "widths", "history"]
    assert [path.stem for path in fit.plot(tmp_path / "without")] == ["bins", "bias", "history"]
    with pytest.raises(DeclarationError, match="the bins of a softmax have no edges"):
        _ = fit.edges
