"""Toy events in memory and in files."""

from __future__ import annotations

import numpy as np
import pytest

from gradcut.jagged import Jagged
from gradcut.samples import Samples


def make_events(n_events: int = 400, seed: int = 7, *, signal: bool = False) -> dict[str, object]:
    """Events with every type of column and shifted copies; some values are missing."""
    random = np.random.default_rng(seed)
    met = random.exponential(80.0, n_events).astype(np.float32) + np.float32(60.0 if signal else 20.0)
    met[::37] = np.nan
    mll = random.normal(91.0, 20.0, n_events)
    mll[::29] = -999.0
    lengths = random.integers(0, 5, n_events)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    weight = random.normal(1.0, 0.4, n_events).astype(np.float32)
    return {
        "event": np.arange(n_events, dtype=np.int64) + (10**12 if signal else 0),
        "run": (np.arange(n_events) // 100).astype(np.uint32),
        "weight": weight,
        "weight_sf_up": weight * np.float32(1.1),
        "weight_sf_down": weight * np.float32(0.8),
        "met": met,
        "met_jes_up": met * np.float32(1.2),
        "met_jes_down": met * np.float32(0.8),
        "mll": mll,
        "njet": random.integers(0, 6, n_events).astype(np.int32),
        "good": random.random(n_events) < 0.8,
        "jet_pt": Jagged(random.exponential(40.0, offsets[-1]).astype(np.float32), offsets),
        "pdf": Jagged(
            random.normal(1.0, 0.05, 4 * n_events).astype(np.float32),
            np.arange(n_events + 1, dtype=np.int64) * 4,
        ),
    }


def write_file(path, events, tree: str = "events", *, rntuple: bool = False) -> None:
    """Write toy events with uproot."""
    import awkward as ak
    import uproot

    columns = {
        name: ak.unflatten(column.values, column.lengths) if isinstance(column, Jagged) else column
        for name, column in events.items()
    }
    with uproot.recreate(path) as file:
        if rntuple:
            file.mkrntuple(tree, columns)
        else:
            file.mktree(tree, columns)


#: Plain columns of every type, expressions and reducers.
TOY_FEATURES = [
    "met",
    "mll",
    "njet",
    "good",
    "met / (1 + njet)",
    "exp(-met / 50)",
    "count(jet_pt > 30)",
    "max(jet_pt)",
]


def declare_toys(signal, background) -> Samples:
    """Declare samples with a variation of every kind that any source can have."""
    samples = Samples(
        weight="weight", event=("run", "event"), require="met > 80 && njet >= 1", sentinels=[-999], lumi=10.0
    )
    samples.add("susy", signal, role="signal", xsec=2.0, sumw=500.0)
    samples.add("ww", background, role="background", require="good", norm_uncertainty=0.1)
    samples.vary("JES", suffix=("_jes_up", "_jes_down"))
    samples.vary("SF", weight=("weight_sf_up", "weight_sf_down"))
    samples.vary("pdf", weights="pdf", relative=True)
    return samples


def assert_same_events(one, other) -> None:
    """Compare tables bit by bit, types included."""
    assert one.features == other.features
    assert one.groups == other.groups
    assert list(one) == list(other)
    for key, table in one.items():
        twin = other[key]
        np.testing.assert_array_equal(table.entries, twin.entries)
        np.testing.assert_array_equal(table.split_values, twin.split_values)
        # The only numbers whose last digit depends on the reader: sums over all events.
        assert table.before.entries == twin.before.entries
        assert table.before.sum_w == pytest.approx(twin.before.sum_w, rel=1e-13)
        assert table.before.sum_w2 == pytest.approx(twin.before.sum_w2, rel=1e-13)
        assert table.variations == twin.variations
        for variation in table.variations:
            np.testing.assert_array_equal(table.mask(variation), twin.mask(variation))
            np.testing.assert_array_equal(table.weights(variation), twin.weights(variation))
            for name, mine, theirs in zip(
                one.features, table.features(variation), twin.features(variation), strict=True
            ):
                if isinstance(mine, Jagged):
                    assert mine.identical(theirs), f"{key} {variation} {name}"
                    continue
                assert mine.dtype == theirs.dtype, name
                np.testing.assert_array_equal(mine, theirs, err_msg=f"{key} {variation} {name}")
