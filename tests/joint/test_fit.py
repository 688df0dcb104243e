"""``gc.fit``: what comes out is what masks and slow counting say, and more than either half alone."""

from __future__ import annotations

import numpy as np
import pytest

import gradcut as gc
from joint.toys import rich, simple

RICH = gc.objectives.AsimovSignificance(background_uncertainty=0.1, systematics="ignore")
SELECTION = gc.Selection("u > ?", "ok == 1", "z > ?", sentinels=[-999.0])
Z = gc.objectives.AsimovSignificance(background_uncertainty=0.1)


def torch_observable(**settings):
    pytest.importorskip("torch")
    return gc.Observable(["t", "z"], 4, network=(8,), **settings)


def test_bins_behind_cuts_are_better_than_either_alone_on_fresh_events() -> None:
    selection, fresh, limits = gc.Selection("u > ?"), simple(60_000, 999), gc.BinLimits(min_entries=20)
    gains = []
    for seed in (21, 22):
        samples = simple(10_000, seed)
        how = {"objective": Z, "seed": seed, "starts": 4}
        both = gc.fit(selection, gc.Binning("t", 3), samples, limits=limits, turns=2, **how)
        cuts = gc.fit_cuts(selection, samples, **how)
        bins = gc.fit_binning(gc.Binning("t", 3), samples, limits=limits, **how)
        truth = [float(Z.hard(one.templates(fresh))[0]) for one in (both, cuts, bins)]
        assert both.status == "finished"
        # What is quoted is of 2500 unused events of each process: it scatters.
        assert both.scores.unused == pytest.approx(truth[0], rel=0.25)
        gains.append((truth[0] / truth[1], truth[0] / truth[2]))
    assert np.min(gains) > 1.05


@pytest.mark.torch
def test_a_network_behind_cuts_is_better_than_either_alone_on_fresh_events() -> None:
    selection, fresh = gc.Selection("u > ?"), simple(60_000, 999)
    gains = []
    for seed in (31, 32):
        samples = simple(8_000, seed)
        how = {"steps": 60, "warm_up_steps": 40, "rate": 1e-2}
        both = gc.fit(selection, torch_observable(), samples, objective=Z, seed=seed, restarts=1, **how)
        alone = gc.fit_observable(torch_observable(), samples, objective=Z, seed=seed, restarts=1, **how)
        cuts = gc.fit_cuts(selection, samples, objective=Z, seed=seed)
        truth = [float(Z.hard(one.templates(fresh))[0]) for one in (both, alone, cuts)]
        gains.append((truth[0] / truth[1], truth[0] / truth[2]))
        assert both.threshold("u").learned > 0.2
    assert np.min(gains) > 1.02


def test_templates_are_what_masks_and_indices_count_in_every_variation() -> None:
    samples = rich(600, 5)
    how = {"objective": RICH, "starts": 2, "max_steps": 12, "turns": 1}
    fit = gc.fit(SELECTION, gc.Binning("t", 3), samples, **how)
    found = fit.templates(samples)
    assert found.layout.bin_shape == (3,)
    for name, table in sources(600, 5).items():
        channel, process = name
        c, p = found.layout.channels.index(channel), found.layout.processes.index(process)
        for variation in found.layout.variations:
            own, weights = varied(table, variation)
            number = fit.index(own)
            assert (number[own["u"] == -999.0] == -1).all()
            assert (number[own["ok"] == 0] == -1).all()
            expected = np.bincount(number[number >= 0], weights[number >= 0], 3)
            v = found.layout.variations.index(variation)
            np.testing.assert_allclose(found.moments.sum_w[0, c, p, v], expected, rtol=1e-12)
    assert float(RICH.hard(found)[0]) > 0
    passed = SELECTION.mask(table, fit.values)
    np.testing.assert_array_equal(fit.cuts.mask(table), passed)
    np.testing.assert_array_equal(fit.index(table) >= 0, passed)
    assert 0 < passed.sum() < len(passed)


def sources(n: int, seed: int):
    """The columns that :func:`rich` adds, by channel and process."""
    found = {}
    original = gc.Samples.add

    def add(self, name, given, **how):
        found[how["channel"], name] = given
        return original(self, name, given, **how)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gc.Samples, "add", add)
        rich(n, seed)
    return found


def varied(table, variation):
    own, weights = dict(table), table["weight"]
    name, _, side = variation.partition(":")
    if name == "JES" and "u_JES_up" in table:
        own |= {"u": table[f"u_JES_{side}"], "t": table[f"t_JES_{side}"]}
    if name == "SF" and "weight_up" in table:
        weights = table[f"weight_{side}"]
    return own, weights


def with_jets(n: int, *, is_signal: bool) -> dict[str, object]:
    """Events with up to four jets."""
    random = np.random.default_rng([77, is_signal])
    jets = random.integers(0, 5, n)
    offsets = np.concatenate([[0], np.cumsum(jets)])
    return {
        "jet_pt": gc.Jagged(random.exponential(90 if is_signal else 35, jets.sum()), offsets),
        "t": random.normal(1.0 * is_signal, 1.0, n),
        "z": random.normal(0.8 * is_signal, 1.0, n),
        "weight": np.full(n, (40.0 if is_signal else 1000.0) / n),
        "event": np.arange(n) + 10**6 * is_signal,
    }


@pytest.mark.torch
@pytest.mark.parametrize("batch", [None, 900])
def test_counts_of_objects_are_cuts_like_others(batch) -> None:
    tables = [with_jets(2500, is_signal=is_signal) for is_signal in (True, False)]
    samples = gc.Samples(weight="weight", event="event")
    for name, given in zip(("signal", "background"), tables, strict=True):
        samples.add(name, given, role=name)
    how = {"starts": 2, "max_steps": 12, "steps": 30, "warm_up_steps": 20, "rate": 1e-2, "restarts": 1}
    selection = gc.Selection("count(jet_pt > ?) >= 2")
    fit = gc.fit(selection, torch_observable(), samples, objective=Z, seed=3, batch=batch, **how)
    found = fit.templates(samples).moments.sum_w[0, 0, :, 0]
    threshold = fit.values["jet_pt"]
    for p, given in enumerate(tables):
        jets = given["jet_pt"]
        enough = np.array([np.count_nonzero(jets[i] > threshold) >= 2 for i in range(2500)])
        number = fit.index(given)
        np.testing.assert_array_equal(number >= 0, enough)
        np.testing.assert_allclose(found[p], np.bincount(number[enough], given["weight"][enough], 4))
