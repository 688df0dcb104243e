"""Working points of alternatives and of counts of objects: targets met, beside grids of all thresholds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradcut as gc
from gradcut.engines import collect
from gradcut.errors import DeclarationError
from gradcut.fitting.events import HardEvents
from gradcut.jagged import Jagged


def samples_of_jets(n: int = 8000, seed: int = 1) -> gc.Samples:
    samples = gc.Samples(weight="w", event="event")
    for role, jets, pt, eta, met in (("signal", 3.5, 55, 1.4, 80), ("background", 2.5, 35, 2.2, 40)):
        rng = np.random.default_rng([seed, role == "signal"])
        offsets = np.cumsum([0, *rng.poisson(jets, n)]).astype(np.int64)
        events: dict[str, Any] = {
            "met": rng.exponential(met, n),
            "ht": rng.exponential(3 * met, n),
            "jet_pt": Jagged(rng.exponential(pt, offsets[-1]), offsets),
            "jet_eta": Jagged(rng.normal(0, eta, offsets[-1]), offsets),
            "w": np.ones(n),
            "event": np.arange(n) + 10**6 * (role == "signal"),
        }
        samples.add(role, events, role=role)
    return samples


@pytest.mark.parametrize(
    ("texts", "grids"),
    [
        (
            ("met > ?", "count(jet_pt > ?pt && abs(jet_eta) < ?eta) >= 2"),
            (np.linspace(0, 60, 21), np.linspace(0, 60, 31), np.array([1.4, 1.7, 2.0, 2.3, 3.0, 9.0])),
        ),
        (("met > ? || ht > ?",), (np.linspace(0, 200, 81), np.linspace(0, 800, 81))),
    ],
    ids=["count", "alternatives"],
)
def test_scan_is_as_good_as_a_grid_at_every_target(texts: Any, grids: Any) -> None:
    selection, samples, targets = gc.Selection(*texts), samples_of_jets(), [0.3, 0.5, 0.8]
    scan = gc.scan_cuts(selection, samples, efficiencies=targets, seed=1)
    hard = HardEvents(selection.kernel_spec(), collect(selection, samples))
    points = np.array(np.meshgrid(*grids)).reshape(len(grids), -1).T
    sums = hard.yields(points).moments.sum_w.reshape(len(points), 2)
    order = [hard.layout.processes.index(role) for role in ("signal", "background")]
    signal, background = (sums[:, at] / 8000 for at in order)
    for target, point in zip(targets, scan.points, strict=True):
        assert point.used.signal == pytest.approx(target, abs=1.01 / 8000)
        assert point.used.background < 1.04 * background[signal >= target].min()


def test_thresholds_that_depend_on_the_event_are_not_scanned() -> None:
    for selection, message in (
        (gc.Selection("met > ?a + ?b * ht"), "thresholds that depend on the event"),
        (gc.Selection("met > ?a || ht > ?b", chains=[gc.Chain(("a", "b"), "rising")]), "ordered or drawn"),
        (gc.Selection("count(jet_pt > ?) == 2"), "loosens one cut and tightens another"),
    ):
        with pytest.raises(DeclarationError, match=message):
            gc.scan_cuts(selection, samples_of_jets(100), efficiencies=[0.5])
