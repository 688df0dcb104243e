"""Alternatives and counts of objects in the event loop: what the engine in memory gives."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradcut as gc
from engines.test_event_loop import assert_equal
from engines.test_trees import SELECTIONS, columns, point_of
from gradcut.engines import CpuEngine, EventLoopEngine, collect
from gradcut.errors import DataError
from gradcut.jagged import Jagged

pytestmark = [pytest.mark.root, pytest.mark.uproot]

#: More of them than blocks are long, cut into small clusters.
N_EVENTS = 1500


def events() -> dict[str, Any]:
    """The events of the engines in memory, and shifted copies."""
    found = columns(N_EVENTS, seed=7)
    jets = found["jet_pt"]
    return found | {
        "met_up": (found["met"] * np.float32(1.1)).astype(np.float32),
        "jet_pt_up": jets.with_values((jets.values * np.float32(1.2)).astype(np.float32)),
        "event": np.arange(N_EVENTS, dtype=np.int64),
        "w_sf": found["w"] * 1.3,
    }


def write(path: Path, content: dict[str, Any]) -> str:
    import awkward as ak
    import uproot

    plain = {
        name: ak.unflatten(column.values, column.lengths) if isinstance(column, Jagged) else column
        for name, column in content.items()
    }
    with uproot.recreate(path) as file:
        tree = file.mktree("events", {name: ak.type(values[:1]).content for name, values in plain.items()})
        for start in range(0, len(content["w"]), 100):
            tree.extend({name: values[start : start + 100] for name, values in plain.items()})
    return f"{path}:events"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write(tmp_path_factory.mktemp("trees") / "all.root", events())


def declare(source: Any) -> gc.Samples:
    samples = gc.Samples(weight="w", event="event", require="met > 20", sentinels=[-999])
    samples.add("all", source, role="background")
    samples.vary("JES", suffix="_up")
    samples.vary("SF", weight="w_sf")
    return samples


def points_of(selection: gc.Selection, spec: Any) -> np.ndarray:
    point = point_of(selection, spec, 5.0)
    return np.concatenate([point, 1.02 * point])


@pytest.mark.parametrize("name", ["alternatives", "count", "line of objects"])
def test_trees_in_the_event_loop_equal_those_in_memory(file: str, name: str) -> None:
    selection = gc.Selection(*SELECTIONS[name], sentinels=[-999])
    spec = selection.kernel_spec()
    memory = CpuEngine(spec, collect(selection, declare(events())), precision="float64")
    loop = EventLoopEngine(selection, declare(file), precision="float64")
    assert_equal(loop, memory, points_of(selection, spec), 1e-10)


@pytest.mark.parametrize("name", ["alternatives", "count"])
def test_trees_in_single_precision_and_in_a_part_of_a_split(file: str, name: str) -> None:
    selection = gc.Selection(*SELECTIONS[name], sentinels=[-999], missing="pass")
    spec = selection.kernel_spec()
    split = gc.Split(train=0.5, select=0.2, test=0.3, seed=5)
    tables = collect(selection, declare(events()), split=split, part="train")
    loop = EventLoopEngine(selection, declare(file), split=split, part="train")
    assert_equal(loop, CpuEngine(spec, tables), points_of(selection, spec), 1e-4)


def test_trees_under_vary_equal_those_of_columns_with_suffix(ROOT: Any, file: str) -> None:  # noqa: N803
    selection = gc.Selection(*SELECTIONS["count"], sentinels=[-999])
    spec = selection.kernel_spec()
    node = ROOT.RDataFrame("events", file.removesuffix(":events"))
    node = node.Vary("met", "ROOT::RVecF{met * 1.1f}", ["up"], "met")
    node = node.Vary("jet_pt", "ROOT::RVec<ROOT::RVecF>{jet_pt * 1.2f}", ["up"], "jet")
    by_vary = gc.Samples(weight="w", require="met > 20", sentinels=[-999])
    by_vary.add("all", node, role="background")
    changed = {name: column for name, column in events().items() if not name.endswith("_up")}
    changed |= {"met_a": events()["met_up"], "jet_pt_b": events()["jet_pt_up"]}
    by_suffix = gc.Samples(weight="w", require="met > 20", sentinels=[-999])
    by_suffix.add("all", changed, role="background")
    by_suffix.vary("met", suffix="_a")
    by_suffix.vary("jet", suffix="_b")
    memory = CpuEngine(spec, collect(selection, by_suffix), precision="float64")
    loop = EventLoopEngine(selection, by_vary, precision="float64")
    points = points_of(selection, spec)
    mine, other = loop.yields(points), memory.yields(points)
    assert len(mine.layout.variations) == 3
    order = [mine.layout.variations.index(tag) for tag in other.layout.variations]
    for x, y in zip(mine.moments, other.moments, strict=True):
        np.testing.assert_allclose(x[:, :, :, order], y, rtol=1e-10)
    sums = other.moments.sum_w[0].ravel()
    assert len(set(np.round(sums, 6))) == 3


def test_trees_with_two_threads_equal_one_and_repeat(tmp_path: Path) -> None:
    for first in range(0, N_EVENTS, 250):
        part = {name: column[first : first + 250] for name, column in events().items()}
        write(tmp_path / f"part_{first:04}.root", part)
    command = [sys.executable, str(Path(__file__).with_name("trees_worker.py")), f"{tmp_path}/part_*.root"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert max(found["slots"]) == 2
    assert min(found["tasks"]) == 6
    assert len(set(found["bits"])) == 1
    selection = gc.Selection(*SELECTIONS["count"], sentinels=[-999])
    spec = selection.kernel_spec()
    memory = CpuEngine(spec, collect(selection, declare(events())), precision="float64")
    got = memory.yields(point_of(selection, spec, 5.0)).moments.sum_w
    np.testing.assert_allclose(found["sum_w"], got.ravel(), rtol=1e-12)


def test_objects_of_different_numbers_are_named(ROOT: Any, file: str) -> None:  # noqa: N803
    node = ROOT.RDataFrame("events", file.removesuffix(":events"))
    node = node.Define("jet_eta_", "event == 700 ? ROOT::RVecF{1.f, 2.f, 3.f, 4.f, 5.f, 6.f} : jet_eta")
    samples = gc.Samples(weight="w")
    samples.add("all", node, role="background")
    selection = gc.Selection("count(jet_pt > ?pt && abs(jet_eta_) < ?eta) >= 2")
    loop = EventLoopEngine(selection, samples)
    point = point_of(selection, loop.spec, 5.0)
    n = len(events()["jet_pt"][700])
    with pytest.raises(
        DataError, match=rf"'jet_pt' and 'abs\(jet_eta_\)' have different numbers of objects .*: {n} and 6"
    ):
        loop.yields(point)


def test_crowded_events_fill_blocks_by_their_objects(ROOT: Any) -> None:  # noqa: N803
    node = ROOT.RDataFrame(40).Define(
        "x", "ROOT::RVecF r(rdfentry_ * 37); for (auto &v : r) v = 1.f; return r;"
    )
    samples = gc.Samples()
    samples.add("all", node, role="background")
    selection = gc.Selection("count(x > ?) >= 600")
    loop = EventLoopEngine(selection, samples)
    assert loop.hard_yields([0.5, 1.0]).moments.sum_w.item() == sum(37 * i >= 600 for i in range(40))
