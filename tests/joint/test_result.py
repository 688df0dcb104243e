"""Results of ``gc.fit``: tables, files, folds, ROOT; interruptions and fits that continue."""

from __future__ import annotations

import json

import numpy as np
import pytest

import gradcut as gc
from joint.toys import columns, simple

Z = gc.objectives.AsimovSignificance(background_uncertainty=0.1)
QUICK = {"objective": Z, "starts": 3, "max_steps": 24, "turns": 1}


@pytest.fixture(scope="module")
def folded():
    selection = gc.Selection("u > ?", "z > ?")
    return gc.fit(selection, gc.Binning("t", 3), simple(3000, 7), folds=2, **QUICK)


@pytest.fixture(scope="module")
def network():
    pytest.importorskip("torch")
    how = {"steps": 30, "warm_up_steps": 20, "rate": 1e-2, "restarts": 1}
    return gc.fit(
        gc.Selection("u > ?"), gc.Observable(["t", "z"], 3, network=(6,)), simple(3000, 8), **QUICK, **how
    )


def test_folds_judge_with_cuts_and_bins_that_did_not_see_them(folded) -> None:
    samples = simple(3000, 7)
    pooled = folded.templates(samples, folds=True)
    assert float(Z.hard(pooled)[0]) == pytest.approx(folded.scores.unused, rel=1e-12)
    for p, (process, total) in enumerate((("signal", 40.0), ("background", 1000.0))):
        given = columns(3000, total, 7, is_signal=process == "signal")
        number = folded.index(given, folds=True)
        expected = np.bincount(number[number >= 0], given["weight"][number >= 0], 3)
        np.testing.assert_allclose(pooled.moments.sum_w[0, 0, p, 0], expected, rtol=1e-12)
    assert len(folded.folds) == len(folded.inside.folds) == 2
    used = folded.templates(samples)
    assert float(Z.hard(used)[0]) == pytest.approx(folded.scores.used, rel=1e-12)


def test_table_has_thresholds_bins_and_scores(folded) -> None:
    text = str(folded)
    for part in ("threshold", "u", "cuts that did not see", "soft/hard b", "(the one to quote)", "turns"):
        assert part in text
    row = folded.threshold("u")
    assert row.learned == folded.values["u"]
    with pytest.raises(gc.DeclarationError, match=r"unknown parameter 'uu'(?s:.*)did you mean 'u'"):
        folded.threshold("uu")
    with pytest.raises(gc.DeclarationError, match="bins of columns were learned"):
        _ = folded.network


@pytest.mark.parametrize("name", ["folded", "network"])
def test_files_hold_everything(name, request, tmp_path) -> None:
    fit = request.getfixturevalue(name)
    fit.save(tmp_path / "fit.json")
    back = gc.JointResult.load(tmp_path / "fit.json")
    assert str(back) == str(fit)
    given = columns(500, 1.0, 3, is_signal=True)
    np.testing.assert_array_equal(back.index(given), fit.index(given))
    back.save(tmp_path / "again.json")
    first, second = (json.loads((tmp_path / n).read_text()) for n in ("fit.json", "again.json"))
    assert first == second
    for spoil, message in (
        (lambda c: c["values"].pop("u"), "values are not those of the selection"),
        (lambda c: c["inside"].pop("bins"), "bins"),
        (lambda c: c.update(kind="cuts"), "wrong value"),
        (lambda c: c["folds"].append({"values": dict(c["values"]), "used": 1.0, "variant": ""}), "folds"),
    ):
        spoiled = json.loads((tmp_path / "fit.json").read_text())
        spoil(spoiled["content"])
        (tmp_path / "bad.json").write_text(json.dumps(spoiled))
        with pytest.raises(gc.SchemaError, match=message):
            gc.JointResult.load(tmp_path / "bad.json")


@pytest.mark.torch
def test_a_network_can_be_had_behind_the_cuts(network) -> None:
    given = columns(800, 1.0, 4, is_signal=True)
    inside = network.index(given) >= 0
    np.testing.assert_array_equal(inside, network.cuts.mask(given))
    values = network.values_of(given)
    assert ((values > 0) & (values < 1)).all()
    number = np.searchsorted(network.edges[1:-1], values, side="right")
    np.testing.assert_array_equal(network.index(given), np.where(inside, number, -1))
    assert list(network.network.expressions) == ["t", "z"]


@pytest.mark.root
@pytest.mark.parametrize("name", ["folded", "network"])
def test_rdataframe_fills_the_same_events_also_in_variations(name, request, ROOT) -> None:  # noqa: N803
    fit = request.getfixturevalue(name)
    given = columns(2000, 5.0, 9, is_signal=True)
    given["u"][::7] = np.nan
    node = ROOT.RDF.FromNumpy(given).Vary("u", "ROOT::RVecD{u + 0.3, u - 0.3}", ["up", "down"], "JES")
    defined = fit.define(node, "number")
    taken = defined.Take["int"]("number")
    varied = ROOT.RDF.Experimental.VariationsFor(fit.histogram(node, "weight"))
    counted = ROOT.RDF.Experimental.VariationsFor(defined.Filter("number >= 0").Sum["double"]("weight"))
    behind = fit.apply(node, "number").Take["int"]("number")
    np.testing.assert_array_equal(np.array(taken.GetValue()), fit.index(given))
    np.testing.assert_array_equal(np.array(behind.GetValue()), fit.index(given)[fit.cuts.mask(given)])
    for tag, shift in (("nominal", 0.0), ("JES:up", 0.3), ("JES:down", -0.3)):
        number = fit.index({**given, "u": given["u"] + shift})
        expected = np.bincount(number[number >= 0], given["weight"][number >= 0], fit.n_bins)
        histogram = varied[tag]
        bins = [histogram.GetBinContent(i + 1) for i in range(fit.n_bins)]
        np.testing.assert_allclose(bins, expected, rtol=1e-9)
        assert counted[tag] == pytest.approx(expected.sum(), rel=1e-12)
    if fit.folds:
        own = np.array(fit.define(node, "by_fold", folds=True).Take["int"]("by_fold").GetValue())
        np.testing.assert_array_equal(own, fit.index(given, folds=True))


def test_thresholds_can_be_fixed_and_given_bins_stay() -> None:
    bins = gc.Binning("t", edges=[-10.0, 0.5, 1.5, 10.0])
    fit = gc.fit(gc.Selection("u > ?", "z > ?"), bins, simple(3000, 5), fix={"z": -0.25}, **QUICK)
    assert fit.edges == [-10.0, 0.5, 1.5, 10.0]
    assert fit.values["z"] == -0.25
    assert "fixed" in str(fit)
    assert np.isfinite(fit.values["u"])


def test_one_bin_of_everything_is_worth_what_cuts_are() -> None:
    samples = simple(3000, 5)
    bins = gc.Binning("t", edges=[-100.0, 100.0])
    one = gc.fit(gc.Selection("u > ?"), bins, samples, **QUICK)
    cuts = gc.fit_cuts(gc.Selection("u > ?"), samples, objective=Z, starts=3, max_steps=24)
    # The same learner of cuts on the same events.
    assert one.values["u"] == pytest.approx(cuts.values["u"], rel=1e-9)
    assert one.scores.unused == pytest.approx(cuts.scores.unused, rel=1e-9)


@pytest.mark.parametrize("when", ["cuts 1", "one bin"])
def test_ctrl_c_gives_the_best_so_far(when) -> None:
    def stop(progress) -> None:
        if when in progress.task:
            raise KeyboardInterrupt

    fit = gc.fit(gc.Selection("u > ?"), gc.Binning("t", 3), simple(2000, 5), progress=stop, **QUICK)
    assert fit.status == "interrupted"
    if when == "cuts 1":
        assert fit.values["u"] == -np.inf  # bins for open cuts were there already
    assert fit.n_bins == 3
    assert "interrupted" in str(fit)


@pytest.mark.torch
@pytest.mark.parametrize("when", ["network 1", "cuts, "])
def test_ctrl_c_keeps_the_networks_that_are_trained(when) -> None:
    pytest.importorskip("torch")

    def stop(progress) -> None:
        if when in progress.task and progress.step > 22:
            raise KeyboardInterrupt

    how = {"steps": 10, "warm_up_steps": 20, "rate": 2e-2, "check_every": 2, "restarts": 2}
    what = gc.Observable(["t", "z"], 3, network=(5,))
    fit = gc.fit(gc.Selection("u > ?"), what, simple(2000, 5), progress=stop, **QUICK, **how)
    assert fit.status == "interrupted"
    assert np.isfinite(fit.scores.used)


@pytest.mark.torch
def test_a_checkpoint_continues_to_the_same_result(tmp_path) -> None:
    pytest.importorskip("torch")
    how = {"steps": 12, "warm_up_steps": 20, "rate": 2e-2, "restarts": 2}
    what = gc.Observable(["t", "z"], 3, network=(5,))
    selection, samples = gc.Selection("u > ?"), simple(2000, 5)
    whole = gc.fit(selection, what, samples, **QUICK, **how)

    def stop(progress) -> None:
        if "network 1" in progress.task and progress.step == 25:
            raise KeyboardInterrupt

    path = tmp_path / "fit.npz"
    gc.fit(selection, what, samples, progress=stop, checkpoint=path, **QUICK, **how)
    again = gc.fit(selection, what, samples, checkpoint=path, **QUICK, **how)
    assert again.values == whole.values
    assert again.scores == whole.scores
