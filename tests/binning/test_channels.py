"""Bins that differ between channels: shared by name, learned for the objective of all of them."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import gradcut as gc
from binning.toy_samples import asimov, events, yields
from gradcut.binning.in_channels import InChannels
from gradcut.errors import DeclarationError, UnattainableError
from gradcut.yields import Moments, Yields

Z = gc.objectives.AsimovSignificance(mc_stat=False)
TIED = gc.objectives.CorrelatedSignificance(background_uncertainty=0.05, mc_stat=False)
LIMITS = gc.BinLimits(min_background=5.0)
WHOLE = gc.Split(1.0, 0.0, 0.0)
QUICK: dict[str, Any] = {"objective": Z, "limits": LIMITS, "starts": 4, "max_steps": 40, "split": WHOLE}

TABLES = {
    (channel, process): events(n, shift, total, first)
    for (channel, process, n, shift, total, first) in (
        ("SR", "signal", 2000, 1.5, 40.0, 0),
        ("SR", "background", 5000, -1.0, 2000.0, 10**6),
        ("CR", "signal", 1000, 0.8, 5.0, 2 * 10**6),
        ("CR", "background", 4000, -0.5, 1500.0, 3 * 10**6),
        ("VR", "signal", 1500, 1.0, 20.0, 4 * 10**6),
        ("VR", "background", 4000, -0.8, 1000.0, 5 * 10**6),
    )
}


def samples(*channels: str) -> gc.Samples:
    made = gc.Samples(weight="w", event="event")
    for (channel, process), table in TABLES.items():
        if channel in channels:
            made.add(process, table, role=process, channel=channel)  # type: ignore[arg-type]
    return made


def significance(fit: gc.BinningResult, column: str = "score") -> float:
    """Of all channels in quadrature, by obvious loops."""
    total = 0.0
    for channel in fit.channels:
        edges = fit.channel(channel).edges
        s, b = (yields(edges, TABLES[channel, p], column) for p in ("signal", "background"))
        assert (b >= 5.0).all()
        total += asimov(s, b) ** 2
    return float(np.sqrt(total))


@pytest.mark.parametrize("method", ["gradient", "exact"])
def test_every_channel_has_the_bins_that_are_best_for_it_alone(method: Any) -> None:
    declared = {"SR": gc.Binning("score", 4), "CR": gc.Binning("score", 2, name="control")}
    fit = gc.fit_binning(declared, samples("SR", "CR"), method=method, **QUICK)
    assert fit.n_bins == 6
    assert fit.scores.used == pytest.approx(significance(fit))
    alone = [
        gc.fit_binning(binning, samples(channel), method="exact", **QUICK).scores.used
        for channel, binning in declared.items()
    ]
    best = np.hypot(*alone)
    assert (1.0 - (1e-9 if method == "exact" else 5e-3)) * best <= fit.scores.used <= best * (1 + 2e-4)


def test_equal_names_are_one_set_of_edges_of_different_expressions() -> None:
    declared = {
        "SR": gc.Binning("score", 3, name="bdt"),
        "VR": gc.Binning("2 * score", 3, name="bdt"),
        "CR": gc.Binning("other", 2),
    }
    doubled = samples("SR", "CR")
    for process in ("signal", "background"):
        halved = {**TABLES["VR", process], "score": TABLES["VR", process]["score"] / 2}
        doubled.add(process, halved, role=process, channel="VR")  # type: ignore[arg-type]
    fit = gc.fit_binning(declared, doubled, method="exact", **QUICK)
    assert fit.channel("SR").edges == fit.channel("VR").edges
    assert fit.channel("VR").bins.expressions.keys() == {"bdt"}
    common = gc.fit_binning(gc.Binning("score", 3), samples("SR", "VR"), method="exact", **QUICK)
    assert fit.channel("SR").edges == pytest.approx(common.edges, rel=1e-6)
    index = fit.channel("VR").index({"score": np.array([0.1, 0.4])})
    assert index.tolist() == fit.channel("SR").index({"score": np.array([0.2, 0.8])}).tolist()


def test_objective_that_ties_channels_is_as_good_as_all_pairs_of_edges() -> None:
    declared = {"SR": gc.Binning("n_jet", 2), "CR": gc.Binning("n_jet", 2, name="control")}
    fit = gc.fit_binning(declared, samples("SR", "CR"), **{**QUICK, "objective": TIED})
    best = -np.inf
    for edges in itertools.product(np.arange(0.5, 9.5), repeat=2):
        found = []
        for channel, edge in zip(("SR", "CR"), edges, strict=True):
            ends = [-1.0, edge, 99.0]
            found.append([yields(ends, TABLES[channel, p], "n_jet") for p in ("signal", "background")])
        s, b = (np.concatenate([one[i] for one in found]) for i in range(2))
        if (b >= 5.0).all():
            shift = 0.05 * b
            best = max(best, float(np.sqrt(s @ np.linalg.solve(np.diag(b) + np.outer(shift, shift), s))))
    assert fit.scores.used == pytest.approx(best, rel=1e-9)


def test_gradient_in_the_bins_of_some_channels_is_that_of_finite_differences() -> None:
    rng = np.random.default_rng(3)
    layout = gc.engines.segments.layout_of(samples("SR", "CR", "VR").collect(["score"]))

    def of(channels: tuple[str, ...], n_bins: int) -> Yields:
        from dataclasses import replace

        rows = [layout.channels.index(channel) for channel in channels]
        own = replace(
            layout,
            channels=channels,
            bins=tuple(map(str, range(n_bins))),
            bin_shape=(n_bins,),
            present=layout.present[rows],
            total_sum_w=layout.total_sum_w[rows],
            total_entries=layout.total_entries[rows],
            largest_weight=layout.largest_weight[rows],
            mean_weight=layout.mean_weight[rows],
        )
        shape = (1, *own.shape)
        w = rng.uniform(5.0, 50.0, shape)
        return Yields(own, Moments(2 * w, w, w / 2))

    parts = [of(("VR",), 3), of(("SR", "CR"), 2)]
    objective = InChannels(gc.objectives.CorrelatedSignificance(background_uncertainty=0.1), layout, parts, 1)
    value, made = objective.gradient(parts[1])
    assert value == pytest.approx(objective.hard(parts[1]))
    for field in ("sum_w", "variance"):
        array = getattr(parts[1].moments, field)
        for at in np.ndindex(array.shape):
            ends = []
            for step in (1e-4, -1e-4):
                moved = array.copy()
                moved[at] += step
                moments = parts[1].moments._replace(**{field: moved})
                ends.append(objective.gradient(Yields(parts[1].layout, moments))[0][0])
            assert getattr(made, field)[at] == pytest.approx((ends[0] - ends[1]) / 2e-4, abs=1e-8)


def test_folds_judge_every_channel_and_numbers_of_bins_are_chosen_by_channel() -> None:
    declared = {"SR": gc.Binning("score", [1, 4]), "CR": gc.Binning("score", [1, 20], name="control")}
    how = {**QUICK, "split": None, "limits": gc.BinLimits(min_entries=25)}
    fit = gc.fit_binning(declared, samples("SR", "CR"), folds=2, method="exact", **how)
    assert {choice.bins for choice in fit.choices} == {(1, 1), (1, 20), (4, 1), (4, 20)}
    assert len(fit.channel("SR").edges) == 5
    total = 0.0
    for channel in ("SR", "CR"):
        own = fit.channel(channel)
        sums = []
        for process in ("signal", "background"):
            table = TABLES[channel, process]
            number = own.index(table, folds=True)
            sums.append(np.bincount(number[number >= 0], table["w"][number >= 0], minlength=4))
        assert [row.unused_background for row in own.rows] == pytest.approx(sums[1][: len(own.rows)].tolist())
        total += asimov(*(one[sums[1] > 0] for one in sums)) ** 2
    assert fit.scores.unused == pytest.approx(np.sqrt(total))


def test_given_edges_and_mixtures_are_bins_of_a_channel() -> None:
    declared = {
        "SR": gc.MixtureBinning(["score", "other"], 3),
        "CR": gc.Binning("n_jet", edges=[-0.5, 1.5, 30.5]),
    }
    fit = gc.fit_binning(declared, samples("SR", "CR"), **QUICK)
    assert fit.channel("CR").edges == [-0.5, 1.5, 30.5]
    total = 0.0
    for channel in ("SR", "CR"):
        own, sums = fit.channel(channel), []
        for process in ("signal", "background"):
            table = TABLES[channel, process]
            sums.append(np.bincount(own.index(table), table["w"]))
        total += asimov(*sums) ** 2
    assert fit.scores.used == pytest.approx(np.sqrt(total))
    one = gc.fit_binning(gc.Binning("score", 1), samples("SR"), **QUICK).scores.used
    assert fit.scores.used > 1.2 * one


def test_saved_and_read_it_is_the_same_and_templates_are_those_of_a_channel(tmp_path: Any) -> None:
    declared = {"SR": gc.Binning("score", 3), "CR": gc.Binning("other", 2) * gc.Binning("n_jet", 2)}
    fit = gc.fit_binning(declared, samples("SR", "CR"), **QUICK)
    fit.save(tmp_path / "bins.json")
    read = gc.BinningResult.load(tmp_path / "bins.json")
    assert str(read) == str(fit)
    for channel in ("SR", "CR"):
        own, table = fit.channel(channel), TABLES[channel, "background"]
        assert np.array_equal(read.channel(channel).index(table), own.index(table))
        made = own.templates(samples("SR", "CR"))
        assert made.layout.channels == (channel,)
        counted = np.bincount(own.index(table), table["w"], len(own.rows))
        assert made.of("background").sum_w[0].tolist() == pytest.approx(counted.tolist())
    own.save(tmp_path / "cr.json")
    assert str(gc.BinningResult.load(tmp_path / "cr.json")) == str(own)


def test_interrupted_it_keeps_what_it_has() -> None:
    def stop(now: Any) -> None:
        if now.task.endswith("'control', 2 bins") and now.step > 5:
            raise KeyboardInterrupt

    declared = {"SR": gc.Binning("score", 4), "CR": gc.Binning("score", 2, name="control")}
    fit = gc.fit_binning(declared, samples("SR", "CR"), progress=stop, **QUICK)
    assert fit.status == "interrupted"
    assert fit.scores.used == pytest.approx(significance(fit))
    assert len(fit.channel("SR").edges) == 5


@pytest.mark.parametrize(
    ("declared", "how", "message"),
    [
        (
            {"SR": gc.Binning("score", 3)},
            {},
            r"those of the channels of the samples.*given: SR.*allowed: SR, CR",
        ),
        (
            {"SR": gc.Binning("score", 3), "CR": gc.Binning("score", 2)},
            {},
            r"equal names are the same bins.*another name",
        ),
        (
            {"SR": gc.Binning("score", 3), "CR": gc.Binning("score", 3) * gc.Binning("other", 2)},
            {},
            "as a whole, not an axis of a product",
        ),
        ({}, {}, "no channel has bins"),
        ({"SR": 3}, {}, "bins by channel are those of names of channels"),
        (
            {"SR": gc.Binning("score", edges=[0, 1]), "CR": gc.Binning("other", edges=[0, 1])},
            {},
            "nothing is left open",
        ),
        (
            {"SR": gc.Binning("score", 2), "CR": gc.MixtureBinning(["other"], 2)},
            {"method": "exact"},
            "exact bins are those of one axis",
        ),
        (
            {"SR": gc.Binning("score", 2), "CR": gc.Binning("other", 2)},
            {
                "objective": gc.objectives.Sideband(
                    gc.objectives.AsimovSignificance(), edges=[100, 120, 150, 200, 300], window=(120, 150)
                )
            },
            "along an axis of the bins",
        ),
    ],
)
def test_what_cannot_be_is_said(declared: Any, how: Any, message: str) -> None:
    with pytest.raises(DeclarationError, match=r"(?s)" + message):
        gc.fit_binning(declared, samples("SR", "CR"), **{**QUICK, **how})


def test_limits_that_cannot_be_met_name_the_channel() -> None:
    declared = {"SR": gc.Binning("score", 2), "CR": gc.Binning("score", 2, name="control")}
    with pytest.raises(UnattainableError, match=r"channel 'CR'"):
        gc.fit_binning(declared, samples("SR", "CR"), **{**QUICK, "limits": gc.BinLimits(min_background=900)})


def test_what_is_about_one_channel_asks_for_its_name() -> None:
    declared = {"SR": gc.Binning("score", 2), "CR": gc.Binning("score", 2, name="control")}
    fit = gc.fit_binning(declared, samples("SR", "CR"), method="exact", **QUICK)
    for ask in (
        lambda: fit.edges,
        lambda: fit.index({}),
        fit.model,
    ):
        with pytest.raises(DeclarationError, match=r"result.channel\('SR'\)"):
            ask()
    with pytest.raises(DeclarationError, match="no channel is called 'SX'"):
        fit.channel("SX")
    with pytest.raises(DeclarationError, match="all channels have the same bins"):
        fit.channel("SR").channel("SR")


@pytest.mark.root
def test_rdataframe_bins_a_channel_as_numpy_does(ROOT: Any) -> None:  # noqa: N803
    declared = {"SR": gc.Binning("2 * score", 3, name="bdt"), "CR": gc.Binning("score", 3, name="bdt")}
    fit = gc.fit_binning(declared, samples("SR", "CR"), folds=2, **{**QUICK, "split": None})
    table = TABLES["SR", "background"]
    frame = ROOT.RDF.FromNumpy({name: np.ascontiguousarray(table[name]) for name in ("score", "event")})
    for channel, folds in itertools.product(("SR", "CR"), (False, True)):
        own = fit.channel(channel)
        found = own.define(frame, "bin", folds=folds).AsNumpy(["bin"])["bin"]
        assert np.array_equal(found, own.index(table, folds=folds))
    assert fit.channel("SR").histogram(frame).GetXaxis().GetNbins() == 3


def test_templates_of_channels_with_their_own_bins_are_side_by_side() -> None:
    declared = {"SR": gc.Binning("score", 3), "CR": gc.Binning("other", 2)}
    fit = gc.fit_binning(declared, samples("SR", "CR"), **QUICK)
    made = fit.templates(samples("SR", "CR"))
    assert made.layout.channels == ("SR, bin 0", "SR, bin 1", "SR, bin 2", "CR, bin 0", "CR, bin 1")
    for name, first in (("SR", 0), ("CR", 3)):
        own = fit.channel(name).templates(samples("SR", "CR"))
        for p, process in enumerate(own.layout.processes):
            at = made.layout.processes.index(process)
            rows = slice(first, first + len(own.layout.bins))
            np.testing.assert_allclose(
                made.moments.sum_w[0, rows, at, 0, 0], own.moments.sum_w[0, 0, p, 0], rtol=1e-12
            )
    model = gc.stats.Model.from_yields(made)
    assert {channel.name: channel.n_bins for channel in model.channels} == {"SR": 3, "CR": 2}
