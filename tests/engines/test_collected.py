"""What engines collect decides as the selection's own mask does, for any expression and any missing value."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

import gradcut as gc
from expressions.expression_samples import SCALARS, random_expression, random_rows
from gradcut.engines import CpuEngine, EventLoopEngine, collect
from gradcut.expressions import Expression, columns

FEATURES = (
    "(f > 1) + d",
    "pow(f, 0) + g",
    "(f > 0 && d < 2) + abs(d)",
    "(f != d) * 3 + g",
    "hypot(f, g)",
    "f > 0.5",
    "max(f, d) % 3",
    "f",
    "i",
    "u - i",
    "count(vf < 25)",
    "sum(vf * (vd > 0))",
    "max(vf) - f",
    "any(!(vi < 3))",
)


def random_feature(rng: random.Random) -> Expression:
    while True:
        tree = random_expression(rng, rng.randint(1, 4))
        if columns(tree):
            return tree


def hard_entries(engine: Any, selection: gc.Selection, values: dict[str, float]) -> float:
    point = [values.get(name, 1.0) for name in engine.parameters]
    return float(engine.hard_yields(point).moments.entries[0, 0, 0, 0, 0])


def check_against_mask(rng: random.Random, feature: str | Expression, data: dict[str, Any]) -> None:
    selection = gc.Selection(
        gc.Cut(feature, rng.choice(["<", "<=", ">", ">=", "window", "veto"])),
        "f != 3" if rng.random() < 0.3 else "uc < 300",
        missing=rng.choice(["fail", "pass"]),
        sentinels=rng.choice([(), (-999,), (0.1, 3)]),
    )
    low = rng.choice([0.0, 0.5, 2.5, 30.0, rng.gauss(0, 10)])
    values = dict(zip(selection.parameters, (low, low + abs(rng.gauss(0, 50))), strict=False))
    samples = gc.Samples()
    samples.add("a", data, role="background")
    engine = CpuEngine(selection.kernel_spec(), collect(selection, samples))
    got = hard_entries(engine, selection, values)
    assert got == selection.mask(data, values).sum(), f"{selection} at {values}"


@pytest.mark.parametrize("feature", FEATURES)
def test_engine_counts_the_events_of_the_mask(feature: str) -> None:
    for seed in range(6):
        rng = random.Random(seed)
        check_against_mask(rng, feature, random_rows(rng, 50))


@pytest.mark.fuzz
def test_engine_counts_the_events_of_the_mask_for_random_features() -> None:
    for seed in range(3000):
        rng = random.Random(880_000 + seed)
        check_against_mask(rng, random_feature(rng), random_rows(rng, 20))


@pytest.mark.root
@pytest.mark.parametrize("missing", ["fail", "pass"])
@pytest.mark.parametrize("sentinels", [(), (-999.0, 0.1)])
def test_event_loop_and_root_reader_count_the_events_of_the_mask(
    ROOT: Any,  # noqa: N803
    tmp_path: Path,
    missing: Any,
    sentinels: tuple[float, ...],
) -> None:
    data = {name: column for name, column in random_rows(random.Random(5), 300).items() if name in SCALARS}
    path = str(tmp_path / "rows.root")
    ROOT.RDF.FromNumpy(data).Snapshot("events", path)
    features = [text for text in FEATURES if "v" not in text]
    selection = gc.Selection(
        *(gc.Cut(text, operator) for text in features for operator in ("<", ">=")),
        missing=missing,
        sentinels=sentinels,
    )
    samples = gc.Samples()
    samples.add("a", f"{path}:events", role="background")
    loop = EventLoopEngine(selection, samples)
    read = CpuEngine(selection.kernel_spec(), collect(selection, samples))
    opened = {name: 1e300 if "#" not in name else -1e300 for name in selection.parameters}
    for name in selection.parameters:
        values = opened | {name: 0.5}
        expected = selection.mask(data, values).sum()
        for engine in (loop, read):
            assert hard_entries(engine, selection, values) == expected, name
