"""Observables trained on what the analysis is for."""

from __future__ import annotations

import numpy as np
import pytest

import gradcut as gc
from observables.blobs import blobs, by_suffix

torch = pytest.importorskip("torch", reason="torch is not installed")
pytestmark = pytest.mark.torch

#: Small and quick.
QUICK = {"steps": 20, "warm_up_steps": 10, "restarts": 1, "check_every": 5, "refine_edges": False}


def quick(samples, observable=None, **settings):
    made = gc.Observable(["x", "y"], 3, network=(8,)) if observable is None else observable
    return gc.fit_observable(made, samples, **{"objective": gc.objectives.CLs(), **QUICK, **settings})


def test_on_the_blobs_training_on_cls_beats_cross_entropy_in_cls_on_fresh_events():
    truth, objective = blobs(100_000, 99), gc.objectives.CLs()
    better = []
    for seed in (1, 2, 3):
        samples = blobs(2_500, seed)
        found = {}
        for loss in (None, gc.CrossEntropy(), gc.CrossEntropy(augment=True)):
            fit = gc.fit_observable(
                gc.Observable(["x", "y"], 5, network=(32, 32)),
                samples,
                objective=objective,
                loss=loss,
                warm_up_steps=60,
                steps=100,
                restarts=1,
                seed=seed,
            )
            found[loss] = float(np.log10(objective.hard(fit.templates(truth))[0]))
        better.append(min(found.values()) == found[None])
        assert found[None] < found[gc.CrossEntropy()]
    assert sum(better) >= 2


def test_what_is_quoted_are_hard_bins_on_events_that_chose_nothing():
    samples = by_suffix(3_000, 1)
    split = gc.Split(by="event % 4", train=(0, 1), select=(2,), test=(3,))
    fit = quick(samples, split=split)
    objective = gc.objectives.CLs()
    tables = samples.collect(fit.binning.columns, split=split)
    assert fit.scores.unused == pytest.approx(_hard(objective, fit, tables.part("test")), rel=1e-12)
    assert fit.scores.used != fit.scores.unused


def _hard(objective, fit, tables):
    """Objective of hard bins, counted by numpy.histogram from the outputs."""
    from gradcut.binning.cells import layout_with
    from gradcut.engines.segments import layout_of, segments_of

    layout = layout_with(layout_of(tables), (3,))
    sums = np.zeros((3, 1, *layout.shape))
    for segment in segments_of(tables, fit.binning.spec):
        outputs = fit.network.evaluate(list(segment.columns))[:, 0]
        edges = [-np.inf, *fit.edges[1:-1], np.inf]
        w, (c, p, v) = segment.weights, segment.at
        for m, power in enumerate((np.ones_like(w), w, w**2 * segment.variance_scale)):
            sums[m, 0, c, p, v] = np.histogram(outputs, edges, weights=power)[0]
    for c, p, v in np.argwhere(~layout.present):
        sums[:, 0, c, p, v] = sums[:, 0, c, p, 0]
    return float(objective.hard(gc.Yields(layout, gc.Moments(*sums)))[0])


def test_the_same_seed_gives_the_same_network_and_another_one_another():
    samples = by_suffix(500, 2)
    one, two, other = (quick(samples, seed=seed).network for seed in (1, 1, 2))
    for a, b in zip(one.layers, two.layers, strict=True):
        np.testing.assert_array_equal(a.weight, b.weight)
    assert not np.array_equal(one.layers[0].weight, other.layers[0].weight)


class _Stop:
    """Presses Ctrl-C after so many steps."""

    def __init__(self, after):
        self.left = after

    def __call__(self, progress):
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt


@pytest.mark.parametrize(
    "settings", [{}, {"batch": 300}, {"observable": "dropout"}], ids=["all events", "batches", "dropout"]
)
def test_an_interrupted_training_goes_on_to_the_same_network(tmp_path, settings):
    samples = by_suffix(500, 3)
    if settings.get("observable") == "dropout":
        network = torch.nn.Sequential(
            torch.nn.Linear(2, 6), torch.nn.Tanh(), torch.nn.Dropout(0.2), torch.nn.Linear(6, 1)
        )
        settings = {"observable": gc.Observable(["x", "y"], 3, network=network)}
    settings = {**settings, "restarts": 2}
    whole = quick(samples, **settings)
    path = tmp_path / "training.npz"
    first = quick(samples, **settings, checkpoint=path, progress=_Stop(40))
    assert first.status == "interrupted"
    assert "interrupted" in first.message
    assert np.isfinite(first.scores.used)
    steps = []
    resumed = quick(samples, **settings, checkpoint=path, progress=lambda p: steps.append(p.step))
    assert len(steps) == 60 - 40
    assert resumed.status == "finished"
    for a, b in zip(whole.network.layers, resumed.network.layers, strict=True):
        np.testing.assert_array_equal(a.weight, b.weight)
    assert resumed.scores == whole.scores


def test_a_checkpoint_of_another_observable_is_refused(tmp_path):
    samples, path = by_suffix(300, 4), tmp_path / "training.npz"
    quick(samples, checkpoint=path)
    with pytest.raises(gc.DeclarationError, match="checkpoint is of another fit"):
        quick(samples, gc.Observable(["x"], 3, network=(8,)), checkpoint=path)


def test_of_several_networks_the_best_where_chosen_is_kept():
    fit = quick(by_suffix(600, 5), restarts=3)
    assert len(fit.restarts) == 3
    assert len({row.chosen_by for row in fit.restarts}) == 3
    assert f"3 networks came to {min(fit.starts):.4g}" in fit.message
    assert "best step" in str(fit)


def test_folds_are_judged_by_the_network_that_did_not_see_them():
    samples = by_suffix(800, 6)
    fit = quick(samples, folds=gc.Folds(2, by="event % 2"))
    assert len(fit.folds) == 2
    columns = {"x": np.linspace(-2, 2, 50), "y": np.zeros(50), "event": np.arange(50)}
    own = fit.values(columns, folds=True)
    for fold in (0, 1):
        bins = fit.folds[fold].bins
        expected = bins.values([columns["x"], columns["y"]])[:, 0]
        chosen = columns["event"] % 2 == fold
        np.testing.assert_array_equal(own[chosen], expected[chosen])
    assert not np.allclose(own, fit.values(columns))
    by_fold, whole = (fit.templates(samples, folds=folds).total("signal").sum_w for folds in (True, False))
    assert by_fold.sum() == pytest.approx(whole.sum())
    assert not np.allclose(by_fold, whole)


@pytest.mark.parametrize("layer", ["relu", "batch norm", "residual"])
def test_any_module_can_be_trained(layer):
    class Residual(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.last = torch.nn.Linear(2, 2), torch.nn.Linear(2, 1)

        def forward(self, x):
            return self.last(x + torch.tanh(self.first(x)))

    middle = {"relu": [torch.nn.ReLU()], "batch norm": [torch.nn.BatchNorm1d(5), torch.nn.ReLU()]}
    network = (
        Residual()
        if layer == "residual"
        else torch.nn.Sequential(torch.nn.Linear(2, 5), *middle[layer], torch.nn.Linear(5, 1))
    )
    before = [p.detach().clone() for p in network.parameters()]
    fit = quick(by_suffix(600, 7), gc.Observable(["x", "y"], 3, network=network), memory=0)
    # Every restart trains a copy.
    assert all(torch.equal(a, b) for a, b in zip(before, network.parameters(), strict=True))
    found = fit.values({"x": np.array([-1.0, 0.0, 1.0, np.nan]), "y": np.zeros(4)})
    assert ((found[:3] > 0) & (found[:3] < 1)).all()
    assert np.isnan(found[3])
    if layer == "residual":
        with pytest.raises(gc.DeclarationError, match="Residual"):
            _ = fit.network
        assert any("cannot be written as layers" in warning for warning in fit.warnings)
    else:
        assert fit.network.n_outputs == 1


def test_batch_normalisation_sees_all_processes_and_not_chunks_of_one():
    samples = by_suffix(2_000, 8)
    network = torch.nn.Sequential(
        torch.nn.BatchNorm1d(2), torch.nn.Linear(2, 8), torch.nn.ReLU(), torch.nn.Linear(8, 1)
    )
    fit = quick(samples, gc.Observable(["x", "y"], 3, network=network), steps=60)
    plain = quick(samples, steps=60)
    # The same network otherwise: it would learn nothing if every process had its own mean taken away.
    assert np.log(fit.scores.used) < 0.8 * np.log(plain.scores.used)


def test_a_training_that_leaves_the_numbers_stops_and_keeps_its_last_good_state():
    class Fragile(torch.nn.Module):
        """Fails once its parameters have moved far enough."""

        def __init__(self):
            super().__init__()
            self.last = torch.nn.Linear(2, 1)
            self.start = None

        def forward(self, x):
            z = self.last(x)
            moved = (self.last.weight - 0.0).abs().max() > 3.0
            return torch.where(moved, torch.full_like(z, torch.nan), z)

    samples = by_suffix(500, 9)
    observable = gc.Observable(["x", "y"], 3, network=lambda n, m: Fragile())
    fit = quick(samples, observable, steps=200, rate=0.1, check_every=1, warm_up=None)
    (row,) = fit.restarts
    assert row.steps < 200
    assert "what the network gives is not finite" in row.ended
    assert any("ended early" in warning for warning in fit.warnings)
    assert np.isfinite(fit.scores.used)


def test_a_training_without_any_good_state_is_an_error_that_says_why():
    class Broken(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.last = torch.nn.Linear(2, 1)

        def forward(self, x):
            return self.last(x) * torch.nan

    observable = gc.Observable(["x", "y"], 3, network=lambda n, m: Broken())
    with pytest.raises(gc.DataError, match="no training came to a network"):
        quick(by_suffix(300, 10), observable)


def test_batches_that_are_too_small_for_their_bins_are_named():
    fit = quick(by_suffix(300, 11), batch=60)
    assert any("effective entries of 'signal' per bin" in warning for warning in fit.warnings)


def test_missing_inputs_are_rejected_or_flagged():
    random = np.random.default_rng(1)
    samples = gc.Samples(weight="weight", event="event", sentinels=[-999])
    for number, (name, role, mean) in enumerate((("s", "signal", 1.0), ("b", "background", -1.0))):
        x = random.normal(mean, 1, 1000)
        # What is missing tells the processes apart as well.
        y = np.where(random.uniform(size=1000) < (0.6 if role == "signal" else 0.2), -999.0, mean)
        events = np.arange(1000) + 10**6 * number
        samples.add(name, {"x": x, "y": y, "weight": np.full(1000, 0.05), "event": events}, role=role)
    reject = quick(samples, gc.Observable(["x", "y"], 3, network=(8,)))
    flag = quick(samples, gc.Observable(["x", "y"], 3, network=(8,), missing="flag"))
    columns = {"x": np.zeros(3), "y": np.array([1.0, -999.0, np.nan])}
    assert (reject.index(columns) >= 0).tolist() == [True, False, False]
    assert (flag.index(columns) >= 0).all()
    assert flag.network.flagged == (1,)
    assert reject.missing["y"] == flag.missing["y"] > 0
    assert any("missing='flag'" in warning for warning in reject.warnings)
    assert not any("in no bin" in warning for warning in flag.warnings)
    total = flag.templates(samples).total("signal").sum_w.sum()
    assert total == pytest.approx(50.0)
    assert reject.templates(samples).total("signal").sum_w.sum() < 0.6 * total


def test_limits_hold_in_every_hard_bin_of_the_events_learned_from():
    samples = by_suffix(2_000, 12)
    limits = gc.BinLimits(min_background=25.0)
    fit = quick(samples, gc.Observable(["x", "y"], 4, network=(8,)), limits=limits, refine_edges=True)
    assert min(row.background for row in fit.rows) > 20.0
    assert "within" in fit.message
    with pytest.raises(gc.UnattainableError):
        quick(samples, limits=gc.BinLimits(min_background=100.0), refine_edges=True)


def test_decorrelated_from_a_mass_the_background_keeps_its_shape():
    random = np.random.default_rng(2)
    samples = gc.Samples(weight="weight", event="event")
    for number, (name, role) in enumerate((("s", "signal"), ("b", "background"))):
        n = 4000
        mass = random.normal(100, 8, n) if role == "signal" else random.uniform(60, 140, n)
        x = random.normal(0.7 if role == "signal" else 0.0, 1, n)
        columns = {"mass": mass, "x": x, "weight": np.full(n, 0.05), "event": np.arange(n) + 10**6 * number}
        samples.add(name, columns, role=role)
    mass = gc.Binning("mass", edges=np.linspace(60, 140, 6).tolist())
    observable = gc.Observable(["x", "mass"], 3, network=(16,), alongside=mass)
    spread = {}
    for weight in (1e-6, 300.0):
        objective = gc.objectives.Decorrelated(
            gc.objectives.AsimovSignificance(mc_stat=False), weight=weight, axis=-1
        )
        fit = quick(samples, observable, objective=objective, steps=120, warm_up_steps=60)
        background = fit.templates(samples).total("background").sum_w[0, 0].reshape(3, 5)
        shares = background / background.sum(1, keepdims=True)
        spread[weight] = np.abs(shares - 0.2).max()
        assert fit.bins.bin_shape == (3, 5)
    assert spread[300.0] < 0.5 * spread[1e-6]


def test_other_objectives_are_watched_and_decide_nothing():
    samples = by_suffix(400, 13)
    others = [gc.objectives.DiscoveryP0(), gc.objectives.SignalStrengthUncertainty()]
    watched, alone = quick(samples, watch=others), quick(samples)
    records = [record for record in watched.history if "hard" in record]
    assert len(records) >= 4
    assert all(0 < record["p0"] < 1 and record["sigma_mu"] > 0 for record in records)
    assert watched.scores == alone.scores
    np.testing.assert_array_equal(watched.network.layers[0].weight, alone.network.layers[0].weight)
