"""Channels with different bins: models of several yields, and objectives of bins learned by channel."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import gradcut as gc
from gradcut.binning.in_channels import InChannels
from gradcut.errors import DataError, DeclarationError
from gradcut.objectives import CLs, SignalStrengthUncertainty
from gradcut.side_by_side import yields_apart
from gradcut.stats import Model, hypotest, joined_yields, sigma_mu, yields_from_histograms
from gradcut.yields import Moments, Yields
from stats.pyhf_reference import pyhf_model
from stats.varied_yields import moved, random_direction, varied_yields

SR = {
    "s": [5.0, 11.0, 4.0],
    "ww": [50.0, 40.0, 20.0],
    "JES": ([57.0, 43.0, 19.0], [45.0, 38.0, 22.0]),
    "error": [3.0, 2.0, 1.5],
}
CR = {"ww": [500.0, 420.0], "JES": ([530.0, 425.0], [460.0, 418.0]), "error": [9.0, 8.0]}
OPTIONS: dict[str, dict[str, Any]] = {
    "defaults": {},
    "split": {"variations": "split"},
    "split and smooth": {"variations": "split", "smooth": 0.9},
    "Poisson": {"mc_stat": "shapesys", "norm": "gaussian", "lumi_uncertainty": 0.02},
    "high floor": {"floor": 21.0, "variations": "split"},
}


def by_channel() -> dict[str, Yields]:
    """A signal region with three bins, and a control region with two that has no signal and no SOFT."""
    signal_region = yields_from_histograms(
        {"s": SR["s"], "ww": SR["ww"]},
        signals=["s"],
        errors={"ww": SR["error"]},
        variations={"JES": {"ww": SR["JES"]}, "SOFT": {"s": ([5.5, 11.8, 4.1], [4.6, 10.3, 3.9])}},
        norm_uncertainty={"ww": 0.2},
    )
    control = yields_from_histograms(
        {"ww": CR["ww"]},
        signals=[],
        errors={"ww": CR["error"]},
        variations={"JES": {"ww": CR["JES"]}},
        norm_uncertainty={"ww": 0.2},
    )
    return {"SR": signal_region, "CR": control}


def modifiers(model: Model, channel: str, sample: str) -> dict[tuple[str, str], list[list[float]]]:
    of_channel = next(c for c in model.channels if c.name == channel)
    of_sample = next(s for s in of_channel.samples if s.name == sample)
    return {(m.kind, m.name): [one.tolist() for one in m.data] for m in of_sample.modifiers}


def test_parameters_are_shared_and_numbers_are_those_of_the_histograms() -> None:
    model = Model.from_yields(by_channel(), variations={"JES": "split"})
    assert {c.name: c.n_bins for c in model.channels} == {"CR": 2, "SR": 3}
    assert model.parameters == (
        *("JES", "SOFT", "mu", "ww_norm"),
        *("staterror_CR[0]", "staterror_CR[1]", "staterror_SR[0]", "staterror_SR[1]", "staterror_SR[2]"),
    )
    for channel, numbers in (("SR", SR), ("CR", CR)):
        found = modifiers(model, channel, "ww")
        up, down = numbers["JES"]
        rates = [sum(side) / sum(numbers["ww"]) for side in (up, down)]
        assert found["normsys", "JES"] == [[pytest.approx(rate)] for rate in rates]
        shapes = [[x / rate for x in side] for side, rate in zip((up, down), rates, strict=True)]
        assert found["histosys", "JES"] == [pytest.approx(shape) for shape in shapes]
        assert found["normsys", "ww_norm"] == [[pytest.approx(1.2)], [pytest.approx(1 / 1.2)]]
        assert found["staterror", f"staterror_{channel}"] == [pytest.approx(numbers["error"])]
    assert {c.name: [s.name for s in c.samples] for c in model.channels} == {"CR": ["ww"], "SR": ["s", "ww"]}
    assert model.data()[:5].tolist() == [500, 420, 50, 40, 20]


@pytest.mark.pyhf
@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_likelihood_is_that_of_pyhf_with_a_valid_workspace(options: dict[str, Any]) -> None:
    model = Model.from_yields(by_channel(), observations={"SR": [58, 47, 24], "CR": [505, 410]}, **options)
    _, theirs = pyhf_model(model.to_workspace())  # which validates it
    assert theirs.config.par_names == list(model.parameters)
    rng = np.random.default_rng(5)
    for _ in range(3):
        theta = np.where(
            model.fixed, model.initial, model.initial + 0.2 * rng.uniform(-1, 1, len(model.initial))
        )
        found = float(model.likelihood.logpdf(theta, model.inputs, model.data())[0])
        assert found == pytest.approx(float(theirs.logpdf(theta, model.data())[0]), rel=1e-10)


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_derivatives_are_finite_differences(options: dict[str, Any]) -> None:
    given = joined_yields(by_channel())
    model = Model.from_yields(given, **options)
    to_inputs = model.yields_to_inputs
    assert to_inputs is not None
    np.testing.assert_allclose(to_inputs.inputs(given.moments)[0], model.inputs, rtol=1e-12)
    rng = np.random.default_rng(3)
    weights, aux_weights = rng.normal(size=(1, to_inputs.n_inputs)), rng.normal(size=(1, len(model.auxdata)))
    slopes = to_inputs.vjp(given.moments, weights, aux_weights)

    def value(moments: Moments) -> float:
        inputs = to_inputs.inputs(moments)
        return float((weights * inputs).sum() + (aux_weights * to_inputs.auxdata(inputs)).sum())

    for seed in range(4):
        direction = random_direction(given, seed)
        numeric = (value(moved(given, direction, 1e-5)) - value(moved(given, direction, -1e-5))) / 2e-5
        analytic = sum(float((s * d).sum()) for s, d in zip(slopes, direction, strict=True))
        assert analytic == pytest.approx(numeric, rel=1e-6)


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_equal_bins_one_by_one_are_the_same_as_together(options: dict[str, Any]) -> None:
    given = varied_yields(1, bins=4)
    apart = {}
    for c, channel in enumerate(given.layout.channels):
        totals = {
            name: getattr(given.layout, name)[[c]]
            for name in ("present", "total_sum_w", "total_entries", "largest_weight", "mean_weight")
        }
        own = replace(given.layout, channels=("any",), **totals)
        apart[channel] = Yields(own, Moments(*(m[:, [c]] for m in given.moments)))
    for point in range(3):
        one = Model.from_yields(given, point=point, **options)
        other = Model.from_yields(apart, point=point, **options)
        assert other.parameters == one.parameters
        assert other.to_workspace() == one.to_workspace()
        assert sorted(map(str, other.notes)) == sorted(map(str, one.notes))
    objective = SignalStrengthUncertainty(**options)
    np.testing.assert_allclose(objective.hard(joined_yields(apart)), objective.hard(given), rtol=1e-12)


def test_an_uncertainty_is_suspicious_only_if_it_is_in_all_channels() -> None:
    given = by_channel()
    same = yields_from_histograms(
        {"s": SR["s"], "ww": SR["ww"]},
        signals=["s"],
        variations={"JES": {"ww": ([55, 44, 21], [55, 44, 21])}},
        norm_uncertainty={"ww": 0.2},
    )
    assert any("do not tell" in w for w in Model.from_yields({"SR": same}).warnings)
    both = Model.from_yields({"SR": same, "CR": given["CR"]})
    assert not any("do not tell" in warning for warning in both.warnings)


def test_objectives_of_bins_of_some_channels_are_tests_of_the_whole_model() -> None:
    rng = np.random.default_rng(3)
    # As in a fit, parts have all processes and variations of the events.
    parts = [
        Yields(part.layout, Moments(*(m * rng.uniform(0.9, 1.1, m.shape) for m in part.moments)))
        for part in yields_apart(joined_yields(by_channel()))
    ]
    names = ("present", "total_sum_w", "total_entries", "largest_weight", "mean_weight")
    both: Any = {name: np.concatenate([getattr(part.layout, name) for part in parts]) for name in names}
    one = replace(parts[0].layout, channels=("SR", "CR"), bins=("",), bin_shape=(), **both)
    objective = CLs(log=True, variations="split", smooth=0.8)
    seen = InChannels(objective, one, parts, 0)
    value, slopes = seen.gradient(parts[0])
    by_name = {"SR": parts[0], "CR": parts[1]}
    model = Model.from_yields(by_name, variations="split", smooth=0.8, floor="mc")
    assert value[0] == pytest.approx(hypotest(1.0, model, "asimov").log_cls, rel=1e-9)
    assert seen.hard(parts[0])[0] == pytest.approx(value[0], rel=1e-9)
    for seed in range(3):
        direction = random_direction(parts[0], seed)
        ends = [
            seen.gradient(Yields(parts[0].layout, moved(parts[0], direction, h)))[0][0] for h in (1e-5, -1e-5)
        ]
        analytic = sum(float((s * d).sum()) for s, d in zip(slopes, direction, strict=True))
        assert analytic == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=1e-6)


def test_bins_learned_by_channel_have_one_rate_per_channel() -> None:
    samples = gc.Samples(weight="w", event="event")
    for k, (channel, process, n, shift, total) in enumerate(
        (("SR", "s", 900, 1.0, 30.0), ("SR", "b", 1500, 0.0, 300.0), ("CR", "b", 1500, -0.5, 500.0))
    ):
        rng = np.random.default_rng([4, k])
        x = rng.normal(shift, 1.0, n)
        columns = {"x": x, "x_JES_up": x + 0.15 + 0.05 * x, "x_JES_down": x - 0.15 - 0.05 * x}
        columns |= {"w": np.full(n, total / n), "event": np.arange(n) + k * 10**6}
        role: Any = "signal" if process == "s" else "background"
        samples.add(process, columns, role=role, channel=channel)
    samples.vary("JES", suffix=("_JES_up", "_JES_down"))
    objective = SignalStrengthUncertainty(variations="split")
    declared = {"SR": gc.Binning("x", 3), "CR": gc.Binning("x", 2, name="control")}
    split = gc.Split(1.0, 0.0, 0.0)
    fit = gc.fit_binning(declared, samples, objective=objective, starts=2, max_steps=20, split=split)
    templates = {name: fit.channel(name).templates(samples) for name in ("SR", "CR")}
    model = Model.from_yields(templates, variations="split", floor="mc")
    assert fit.scores.used == pytest.approx(sigma_mu(model), rel=1e-10)
    rates = [
        key
        for c, s in (("SR", "b"), ("CR", "b"))
        for key in modifiers(model, c, s)
        if key == ("normsys", "JES")
    ]
    assert len(rates) == 2
    assert len(model.parameters) == 2 + 5


def test_what_does_not_fit_is_refused() -> None:
    given = by_channel()
    with pytest.raises(
        DeclarationError, match=r"several channels are given for one(.|\n)*channel 'SR'(.|\n)*SR, CR"
    ):
        Model.from_yields({"SR": varied_yields(1), "CR": given["CR"]})
    with pytest.raises(DeclarationError, match="no channel has yields"):
        Model.from_yields({})
    more = varied_yields(1, points=3).layout
    points = Yields(given["CR"].layout, Moments(*(np.repeat(m, 2, 0) for m in given["CR"].moments)))
    three = Yields(given["SR"].layout, Moments(*(np.repeat(m, 3, 0) for m in given["SR"].moments)))
    with pytest.raises(DataError, match=r"different numbers of points(.|\n)*'SR': 3; 'CR': 2"):
        Model.from_yields({"SR": three, "CR": points})
    known = replace(given["CR"].layout, norm_uncertainty=(0.3,))
    with pytest.raises(
        DeclarationError, match=r"normalisation uncertainty of process 'ww'(.|\n)*0\.3, and 0\.2"
    ):
        Model.from_yields({"SR": given["SR"], "CR": Yields(known, given["CR"].moments)})
    with pytest.raises(DeclarationError, match=r"bins side by side(.|\n)*5 bins, 2 channels"):
        replace(joined_yields(given).layout, channels=more.channels)
