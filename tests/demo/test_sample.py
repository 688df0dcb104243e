"""The sample that ships with the package."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from demo import oracle
from gradcut.demo import sample_folder

NOMINAL = {"event", "weight", "weight_LEPSF_up", "weight_LEPSF_down", "presel"}
NOMINAL |= {"met", "jet_pt", "dphi_l1_met", "dphi_l2_met", "mt_l1", "mt_l2", "dr_ll"}


def test_sample_is_small_and_says_what_it_is() -> None:
    files = sorted(path.name for path in sample_folder().iterdir())
    assert files == ["README.md", "signal.root", "ttbar.root", "ww.root"]
    assert sum(path.stat().st_size for path in sample_folder().iterdir()) <= 3_000_000


@pytest.mark.uproot
def test_sample_has_the_columns_events_and_yields_of_its_readme() -> None:
    text = (sample_folder() / "README.md").read_text()
    for name, columns in oracle.read(sample_folder()).items():
        varied = {f"{c}_{v}" for c in NOMINAL for v in ("JES_up", "JES_down", "SOFT_up", "SOFT_down")}
        assert set(columns) >= NOMINAL
        assert set(columns) - NOMINAL <= varied
        assert {c.dtype.name for c in columns.values()} == {"float32", "int32"}
        assert all(np.isfinite(c).all() for c in columns.values())
        row = re.search(rf"\| `{oracle.FILES[name]}` \| .* \| ([\d,]+) \| ([\d,]+) \| ([\d.]+) \|", text)
        assert row is not None
        passed = columns["presel"] == 1
        total = f"{columns['weight'][passed].astype(float).sum():.1f}"
        assert (f"{len(passed):,}", f"{passed.sum():,}", total) == row.groups()
        assert len(np.unique(columns["event"])) == len(passed)


@pytest.mark.shared
@pytest.mark.uproot
@pytest.mark.parametrize("name", oracle.FILES)
def test_sample_is_the_reference_sample_thinned(shared_data: Path, name: str) -> None:
    columns = ["event", "presel", "weight", "met", "met_JES_up", "dphi_l1_met"]
    small, full = (
        oracle.read(folder, columns)[name] for folder in (sample_folder(), shared_data / "slepton")
    )
    place = np.searchsorted(full["event"], small["event"])
    assert (full["event"][place] == small["event"]).all()
    for column in ("met", "met_JES_up", "dphi_l1_met"):
        np.testing.assert_allclose(small[column], full[column][place], rtol=5e-4)
    # Above 300 GeV nothing is dropped (310.125 lies between two numbers of the rounded column); below, what
    # is kept stands for the rest.
    for low, high, tolerance in ((310.125, 1e9, 1e-4), (150, 200, 0.05), (200, 290, 0.05)):
        sums = []
        for events in (small, full):
            inside = (events["presel"] == 1) & (events["met"] > low) & (events["met"] < high)
            sums.append(events["weight"][inside].astype(float).sum())
        assert sums[0] == pytest.approx(sums[1], rel=tolerance)
