"""Models of yields: which modifiers there are, with which numbers, and what is said about them."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gradcut.errors import DataError, DeclarationError
from gradcut.stats import Model, Sample, TemplateOptions
from gradcut.yields import Moments, Yields
from objectives.toy_yields import layout, yields
from stats.pyhf_reference import pyhf_model
from stats.varied_yields import TAGS, obvious_templates, varied_yields


def sample(model: Model, channel: str, process: str) -> Sample:
    found = next(c for c in model.channels if c.name == channel)
    return next(s for s in found.samples if s.name == process)


def modifiers(model: Model, channel: str, process: str) -> dict[str, Any]:
    return {f"{m.kind} {m.name}": m.data for m in sample(model, channel, process).modifiers}


def two_bins(
    up: Any, down: Any, nominal: Any = (50.0, 50.0), variance: float = 1.0, **settings: Any
) -> Model:
    made = layout(
        roles=("signal", "background"), variations=("nominal", "JES:up", "JES:down"), bins=("a", "b")
    )
    sum_w = np.array([[[[5.0, 11.0]] * 3, [nominal, up, down]]])[None].reshape(1, 1, 2, 3, 2)
    return Model.from_yields(yields(sum_w, variance, of=made), **settings)


def test_modifiers_and_templates_are_those_of_obvious_loops() -> None:
    given = varied_yields(5)
    for point in range(2):
        model = Model.from_yields(given, point=point)
        assert [(c.name, [s.name for s in c.samples]) for c in model.channels] == [
            ("CR", ["p0", "p1"]),
            ("SR", ["p0", "p1", "p2"]),
        ]
        for channel in model.channels:
            for made in channel.samples:
                wanted = obvious_templates(given, point, channel.name, made.name, 1e-6)
                assert made.nominal.tolist() == wanted["nominal"].tolist()
                found = modifiers(model, channel.name, made.name)
                names = [name for name in ("JES", "SOFT", "pdf", "scale") if name in wanted]
                assert [name[9:] for name in found if name.startswith("histosys ")] == names
                for name in names:
                    np.testing.assert_allclose(found[f"histosys {name}"], wanted[name], rtol=1e-12)
                assert ("normfactor mu" in found) == (made.name == "p0")
                assert ("normsys p1_norm" in found) == (made.name == "p1")
                assert (f"staterror staterror_{channel.name}" in found) == (made.name != "p0")
    assert np.ravel(modifiers(model, "SR", "p1")["normsys p1_norm"]).tolist() == [1.1, 1 / 1.1]


def test_replicas_can_be_a_hessian_set_or_parameters_of_their_own() -> None:
    given = varied_yields(6, points=1)
    wanted = obvious_templates(given, 0, "SR", "p1", 1e-6)
    hessian = modifiers(Model.from_yields(given, vectors={"pdf": "hessian"}), "SR", "p1")
    np.testing.assert_allclose(hessian["histosys pdf"], wanted["pdf as Hessian"], rtol=1e-12)
    enveloped = modifiers(Model.from_yields(given, vectors={"scale": "replicas"}), "SR", "p1")
    scales = [given.of("p1", channel="SR", variation=f"scale:{k}").sum_w[0] for k in range(3)]
    np.testing.assert_allclose(
        enveloped["histosys scale"][0], wanted["nominal"] + np.std(scales, axis=0, ddof=1), rtol=1e-12
    )
    unknown = Yields(replace(given.layout, variation_kinds={}), given.moments)
    with pytest.raises(
        DeclarationError, match=r"several ways(.|\n)*'scale'(.|\n)*vectors=\{'scale': 'envelope'\}"
    ):
        Model.from_yields(unknown)
    separate = modifiers(Model.from_yields(given, vectors={"pdf": "separate"}), "SR", "p1")
    assert [name for name in separate if "pdf" in name] == [f"histosys pdf_{k}" for k in range(3)]
    for k in range(3):
        up = given.of("p1", channel="SR", variation=f"pdf:{k}").sum_w[0]
        np.testing.assert_allclose(
            separate[f"histosys pdf_{k}"], [up, 2 * wanted["nominal"] - up], rtol=1e-12
        )


def test_split_variations_are_a_rate_and_a_shape_of_one_parameter() -> None:
    given = varied_yields(7, points=1)
    whole = modifiers(Model.from_yields(given), "SR", "p2")["histosys JES"]
    model = Model.from_yields(given, variations={"JES": "split", "SOFT": "normsys"})
    found = modifiers(model, "SR", "p2")
    nominal = sample(model, "SR", "p2").nominal
    for side, rate, shape in zip(whole, found["normsys JES"], found["histosys JES"], strict=True):
        assert rate[0] == pytest.approx(side.sum() / nominal.sum())
        assert shape.sum() == pytest.approx(nominal.sum())
        np.testing.assert_allclose(shape * rate, side, rtol=1e-12)
    assert "normsys SOFT" in found
    assert "histosys SOFT" not in found
    assert model.parameters.count("JES") == 1


def test_mc_statistics_per_bin_or_per_process() -> None:
    given = varied_yields(8, points=1)
    layout_ = given.layout
    sums: dict[str, tuple[Any, Any]] = {}
    for process in ("p1", "p2"):
        moments = given.of(process, channel="SR")
        sums[process] = moments.sum_w[0], moments.variance[0]
    total = sum(nominal for nominal, _ in sums.values())
    variance = sum(squared for _, squared in sums.values())
    model = Model.from_yields(given)
    stat = next(made for made in model.parameter_sets if made.name == "staterror_SR")
    assert stat.constraint == "gaussian"
    np.testing.assert_allclose(stat.numbers, np.sqrt(variance) / total, rtol=1e-12)
    model = Model.from_yields(given, mc_stat="shapesys")
    for process, (nominal, squared) in sums.items():
        stat = next(made for made in model.parameter_sets if made.name == f"mc_SR_{process}")
        assert stat.constraint == "poisson"
        np.testing.assert_allclose(stat.auxdata, nominal**2 / squared, rtol=1e-12)
    assert "staterror staterror_SR" in modifiers(Model.from_yields(given, mc_stat_of="all"), "SR", "p0")
    assert not any("[" in name for name in Model.from_yields(given, mc_stat="none").parameters)
    # An exhausted process is not a certain one.
    none = Yields(layout_, given.moments._replace(variance=np.zeros_like(given.moments.variance)))
    least = none.variance_floor()[0, 1:].sum()
    stat = next(made for made in Model.from_yields(none).parameter_sets if made.name == "staterror_SR")
    np.testing.assert_allclose(stat.numbers, np.sqrt(least) / total, rtol=1e-12)


def test_normalisation_luminosity_and_free_factors() -> None:
    given = varied_yields(9, points=1)
    model = Model.from_yields(
        given, norm="gaussian", lumi_uncertainty=0.02, free={"mu_p2": ["p2"]}, poi="strength", signals=["p0"]
    )
    up, down = modifiers(model, "SR", "p1")["histosys p1_norm"]
    nominal = sample(model, "SR", "p1").nominal
    np.testing.assert_allclose(up, 1.1 * nominal, rtol=1e-12)
    np.testing.assert_allclose(down, 0.9 * nominal, rtol=1e-12)
    assert model.poi == "strength"
    assert "normfactor mu_p2" in modifiers(model, "SR", "p2")
    assert all("lumi lumi" in modifiers(model, c.name, s.name) for c in model.channels for s in c.samples)
    lumi = next(made for made in model.parameter_sets if made.name == "lumi")
    assert (lumi.numbers, lumi.auxdata, lumi.initial) == ((0.02,), (1.0,), (1.0,))


def test_signals_that_are_not_chosen_are_left_out() -> None:
    made = layout(roles=("signal", "signal", "background"))
    given = yields([[[1.0, 2.0, 30.0]]], 0.1, of=made)
    model = Model.from_yields(given)
    assert [s.name for s in model.channels[0].samples] == ["p0", "p1", "p2"]
    assert model.parameters.count("mu") == 1
    chosen = Model.from_yields(given, signals=["p1"])
    assert [s.name for s in chosen.channels[0].samples] == ["p1", "p2"]


def test_observations_are_data_or_the_nominal_background() -> None:
    given = yields([[[1.0, 20.0, 30.0]]], 0.1)
    assert Model.from_yields(given).data()[0] == 50
    assert Model.from_yields(given, observations=[55]).data()[0] == 55
    data = yields([[[1.0, 20.0, 33.0]]], 0.1, of=layout(roles=("signal", "background", "data")))
    model = Model.from_yields(data)
    assert model.data()[0] == 33
    assert [s.name for s in model.channels[0].samples] == ["p0", "p1"]


def test_small_variations_are_pruned_and_told() -> None:
    # Up and down change bins by at most 2%, which is one MC standard deviation of 1 in 50 events.
    small = {"up": (51.0, 50.0), "down": (49.0, 50.5)}
    assert "JES" in two_bins(**small).parameters
    assert "JES" in two_bins(**small, prune=0.019).parameters
    for settings in ({"prune": 0.021}, {"prune_significance": 1.01}):
        model = two_bins(**small, **settings)
        assert "JES" not in model.parameters
        notes = [note for note in model.notes if note.process == "p1"]
        assert [(note.kind, note.nuisance, note.channel) for note in notes] == [("pruned", "JES", "all")]
        assert notes[0].detail == "changes by at most 2.00%, 1 MC standard deviations"
        assert not model.warnings
    # With rate and shape apart one of them may stay: this one moves events, and changes no rate.
    model = two_bins((60.0, 40.0), (41.0, 59.0), variations="split", prune=0.05)
    assert [m.kind for m in sample(model, "all", "p1").modifiers if m.name == "JES"] == ["histosys"]
    assert [note.kind for note in model.notes if note.process == "p1"] == ["pruned normalisation"]
    model = two_bins((60.0, 60.5), (41.0, 40.0), variations="split", prune=0.05)
    assert [m.kind for m in sample(model, "all", "p1").modifiers if m.name == "JES"] == ["normsys"]
    assert [note.kind for note in model.notes if note.process == "p1"] == ["pruned shape"]


def test_up_equal_to_down_but_not_to_nominal_is_found(caplog: pytest.LogCaptureFixture) -> None:
    # Thesis 7.5.1 on its line u = d = 10, in two bins.
    with caplog.at_level(logging.WARNING):
        model = two_bins((40.0, 60.0), (40.0, 60.0))
    assert len(model.warnings) == 1
    assert model.warnings[0].startswith(
        "up = down: variation 'JES': both differ from nominal by up to 10 events"
    )
    assert model.warnings[0] in caplog.text
    assert two_bins((40.0, 60.0), (60.0, 40.0)).warnings == ()
    assert two_bins((50.0, 50.0), (50.0, 50.0)).warnings == ()


def test_one_sided_templates_are_told() -> None:
    model = two_bins((60.0, 55.0), (53.0, 45.0))
    assert [(n.kind, n.detail) for n in model.notes] == [
        ("same side", "up and down are on one side of nominal in bins 0")
    ]
    # Not where it may be noise of the MC.
    assert two_bins((60.0, 55.0), (53.0, 45.0), variance=16.0).notes == ()


def test_mirrored_and_empty_templates_are_told(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        model = Model.from_yields(varied_yields(3, tags=("nominal", "SOFT:up")))
    assert [(note.kind, note.nuisance) for note in model.notes] == [("mirrored", "SOFT")]
    assert model.warnings == ()
    assert "mirrored: variation 'SOFT'" in caplog.text
    model = two_bins((1.0, 40.0), (0.0, 60.0), nominal=(-1.0, 50.0), floor=0.01)
    assert sample(model, "all", "p1").nominal[0] == 0.01
    assert modifiers(model, "all", "p1")["histosys JES"][1][0] == 0.01
    assert model.warnings == (
        "floored: channel 'all', process 'p1': bins 0 have fewer than 0.01 events, or negative ones",
    )


def test_backgrounds_that_have_run_out_can_be_raised_to_what_empty_bins_allow() -> None:
    # 1.15 events of mean weight 0.1; signal is left alone.
    made = layout(bins=("a", "b"), mean_weight=0.1)
    given = yields(np.array([[[[[0.0, 1e-3]], [[0.0, 5.0]], [[0.05, 0.2]]]]]), 0.0, of=made)
    model = Model.from_yields(given, floor="mc")
    assert sample(model, "all", "p0").nominal.tolist() == [1e-6, 1e-3]
    least = float(np.sqrt(given.variance_floor()[0, 1]))
    assert least == pytest.approx(0.11479)
    assert sample(model, "all", "p1").nominal.tolist() == [least, 5.0]
    assert sample(model, "all", "p2").nominal.tolist() == [least, 0.2]
    stat = next(one for one in model.parameter_sets if one.name == "staterror_all")
    assert stat.numbers == pytest.approx([2**-0.5, least * 2**0.5 / 5.2])
    assert [note.detail[:6] for note in model.notes] == ["bins 0", "bins 0"]
    assert sample(Model.from_yields(given), "all", "p1").nominal.tolist() == [1e-6, 5.0]


def test_smoothing_keeps_rates_and_takes_out_noise() -> None:
    rng = np.random.default_rng(1)
    n = 30
    made = layout(
        roles=("signal", "background"),
        variations=("nominal", "JES:up", "JES:down"),
        bins=tuple(f"b{i}" for i in range(n)),
    )
    nominal, truth = np.linspace(100, 20, n), np.linspace(1.1, 0.9, n)
    noisy = [nominal * r * (1 + rng.normal(0, 0.05, n)) for r in (truth, 2 - truth)]
    given = yields(np.array([[[[nominal] * 3, [nominal, *noisy]]]]).reshape(1, 1, 2, 3, n), 1.0, of=made)
    smooth = modifiers(Model.from_yields(given, smooth=3.0), "all", "p1")["histosys JES"]
    for side, before, wanted in zip(smooth, noisy, (truth, 2 - truth), strict=True):
        assert side.sum() == pytest.approx(before.sum())
        assert np.abs(side / nominal - wanted).std() < 0.5 * np.abs(before / nominal - wanted).std()
    by_name = modifiers(Model.from_yields(given, smooth={"JES": 3.0}), "all", "p1")["histosys JES"]
    np.testing.assert_array_equal(by_name, smooth)
    product = Yields(replace(made, bin_shape=(5, 6)), given.moments)
    with pytest.raises(DeclarationError, match=r"along one axis(.|\n)*\(5, 6\)"):
        Model.from_yields(product, smooth=1)
    assert Model.from_yields(product).n_bins == n


@pytest.mark.pyhf
@pytest.mark.parametrize("seed", range(4))
def test_workspaces_of_yields_are_the_same_model_in_pyhf(seed: int) -> None:
    settings: dict[str, Any] = [
        {},
        {"variations": "split", "mc_stat": "shapesys"},
        {"norm": "gaussian", "lumi_uncertainty": 0.02, "vectors": {"scale": "envelope"}},
        {"bins": [1, 2], "variations": "normsys", "mc_stat_of": "all"},
    ][seed]
    model = Model.from_yields(varied_yields(seed), **settings)
    space, theirs = pyhf_model(model.to_workspace())
    assert theirs.config.par_names == list(model.parameters)
    np.testing.assert_allclose(theirs.config.auxdata, model.auxdata, rtol=1e-12)
    np.testing.assert_allclose(space.data(theirs), model.data(), rtol=1e-12)
    background = [0.0 if name == "mu" else x for name, x in zip(model.parameters, model.initial, strict=True)]
    np.testing.assert_allclose(theirs.expected_data(background), model.data(), rtol=1e-12)


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"signals": ["p7"]}, "no such process: 'p7'(.|\n)*signals"),
        ({"signals": ["p1"]}, "no such process: 'p1'(.|\n)*known names: p0"),
        ({"signals": "p0"}, r"in a list(.|\n)*\['p0'\]"),
        ({"signals": []}, "needs a signal"),
        ({"free": {"f": ["p9"]}}, r"no such process: 'p9'(.|\n)*free\['f'\]"),
        ({"free": {"JES": ["p1"]}}, "called the same(.|\n)*JES"),
        ({"poi": "p1_norm"}, "called the same(.|\n)*p1_norm"),
        ({"variations": {"JET": "split"}}, "no variation is called 'JET'(.|\n)*'JES'"),
        ({"variations": "both"}, "unknown value of 'variations'(.|\n)*'histosys', 'split', 'normsys'"),
        ({"vectors": {"JES": "envelope"}}, "no vector(.|\n)*'JES' with up, down"),
        ({"vectors": {"pdf": "mean"}}, "unknown value of 'vectors'"),
        ({"smooth": -1}, "'smooth' is a finite number"),
        ({"prune": np.nan}, "'prune' is a finite number"),
        ({"floor": 0.0}, "'floor' is a finite number"),
        ({"bins": [7]}, r"no such bin(.|\n)*0 to 4"),
        ({"bins": [1, 1]}, "different numbers of bins"),
        ({"mcstat": "none"}, "did you mean 'mc_stat'"),
        ({"interpolation": {"normsys": "code7"}}, "unknown interpolation"),
    ],
)
def test_settings_that_cannot_be_used_are_refused(settings: dict[str, Any], match: str) -> None:
    with pytest.raises(DeclarationError, match=match):
        Model.from_yields(varied_yields(1, points=1), **settings)


def test_yields_that_cannot_be_used_are_refused() -> None:
    with pytest.raises(DataError, match=r"no background(.|\n)*channel 'all'"):
        Model.from_yields(yields([[[1.0]]], of=layout(roles=("signal",))))
    sum_w = varied_yields(1).moments.sum_w.copy()
    sum_w[0, 1, 1, 2, 3] = np.nan
    given = varied_yields(1)
    with pytest.raises(
        DataError, match=r"yields are not finite(.|\n)*'CR', process 'p1', 'JES:down', bin 'b3'"
    ):
        Model.from_yields(Yields(given.layout, Moments(given.moments.entries, sum_w, given.moments.variance)))
    with pytest.raises(DeclarationError, match=r"two replicas(.|\n)*'pdf'"):
        Model.from_yields(varied_yields(1, tags=(*TAGS[:3], "pdf:0")))
    with pytest.raises(DeclarationError, match=r"whole or one by one(.|\n)*prune"):
        Model.from_yields(given, TemplateOptions(), prune=0.1)
    assert Model.from_yields(given, TemplateOptions(mc_stat="none")).fixed.sum() == 0
