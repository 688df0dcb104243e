"""Two threads: the same bits, the order of the entries, variations, several frames."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from rdf_events import points_of, spec_of, write_file
from rdf_oracle import moments

from gradcut.binning.bins_spec import BinsSpec
from gradcut.rdf import book_bin_moments, book_collect, book_soft_moments

pytestmark = pytest.mark.root

KINDS = ["above", "below", "window"]


def in_threads(*arguments: str) -> dict:
    worker = Path(__file__).with_name("mt_worker.py")
    done = subprocess.run(
        [sys.executable, str(worker), *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def two_files(ROOT, events, tmp_path_factory):  # noqa: N803
    """Their names sort the other way round than they are listed."""
    folder = tmp_path_factory.mktemp("two")
    parts = {"b": slice(0, 2200), "a": slice(2200, None)}
    return [
        write_file(ROOT, {k: v[part] for k, v in events.items()}, folder / f"{name}.root", "ttree")
        for name, part in parts.items()
    ]


def test_sums_have_the_same_bits_in_every_run(ROOT, events, file):  # noqa: N803
    result = in_threads("moments", "files", file)
    assert len(set(result["bits"])) == 1
    assert result["events"] == len(events["x"])
    assert max(result["slots"]) == 2
    # an RNTuple is cut into one task per slot, a TTree into its clusters
    assert min(result["tasks"]) >= (2 if "rntuple" in file else 8)
    low, high, width = points_of(3)
    expected = moments([events[c] for c in "xyz"], events["w"], KINDS, low, high, width)
    got = np.reshape(result["value"], expected.shape)
    np.testing.assert_allclose(got, expected, atol=2e-6 * np.abs(expected).max())


def test_histograms_have_the_same_bits_in_every_run(ROOT, tree):  # noqa: N803
    result = in_threads("bins", tree)
    assert all(bits == result["bits"][0] for bits in result["bits"])
    assert max(result["slots"]) == 2
    spec = BinsSpec("axes", "gaussian", ("x", "y"), (2, 1))
    frame, point = ROOT.RDataFrame("events", tree), [-0.5, 0.5, 0.0, 0.2, 0.3]
    one = book_bin_moments(frame, spec, ["x", "y"], "w", point, precision="float64").value()
    np.testing.assert_allclose(result["values"][0], one.ravel(), rtol=0, atol=1e-6 * one[0, 0].sum())


@pytest.mark.parametrize("source", ["numpy", "entries"])
def test_sums_of_sources_without_sample_information_repeat(source):
    result = in_threads("moments", source)
    assert len(set(result["bits"])) == 1
    assert max(result["tasks"]) >= 2


def test_sums_over_several_files_repeat(two_files):
    result = in_threads("moments", "files", *two_files)
    assert len(set(result["bits"])) == 1
    assert max(result["slots"]) == 2


def test_sums_of_one_thread_repeat(ROOT, tree):  # noqa: N803
    low, high, width = points_of(3)
    seen = {
        book_soft_moments(
            ROOT.RDataFrame("events", tree), spec_of(KINDS), ["x", "y", "z"], "w", low, high, width
        ).value().tobytes()
        for _ in range(3)
    }  # fmt: skip
    assert len(seen) == 1


def test_collected_events_are_in_the_order_of_the_entries(events, file):
    result = in_threads("collect", "files", file)
    assert result["order"] == [int(e) for e in events["event"]]
    assert max(result["slots"]) == 2


@pytest.mark.parametrize("source", ["files", "friends"])
def test_collected_events_of_several_files_are_in_the_order_of_the_list(events, two_files, source):
    assert in_threads("collect", source, *two_files)["order"] == [int(e) for e in events["event"]]


def test_collected_events_of_several_rntuples(ROOT, events, tmp_path):  # noqa: N803
    files = [
        write_file(ROOT, {k: v[part] for k, v in events.items()}, tmp_path / f"{name}.root", "rntuple")
        for name, part in (("c", slice(0, 900)), ("b", slice(900, 3000)), ("a", slice(3000, None)))
    ]
    assert in_threads("collect", "files", *files)["order"] == [int(e) for e in events["event"]]


def test_collected_events_of_a_file_listed_twice(events, two_files):
    order = in_threads("collect", "files", two_files[0], two_files[1], two_files[0])["order"]
    event = [int(e) for e in events["event"]]
    assert order == [*event, *event[:2200]]


def test_collected_events_of_a_range_of_a_specification(events, two_files):
    order = in_threads("collect", "specification", *two_files)["order"]
    assert order == [int(e) for e in events["event"][700:3500]]


def test_collected_events_of_an_entry_list(events, tree):
    order = in_threads("collect", "entry_list", tree)["order"]
    assert order == [int(e) for e in events["event"][events["x"] > 0]]


@pytest.mark.parametrize("source", ["numpy", "entries"])
def test_collected_events_of_other_sources(events, source):
    order = in_threads("collect", source)["order"]
    assert order == ([int(e) for e in events["event"]] if source == "numpy" else list(range(4000)))


def test_variations_equal_those_of_one_thread(ROOT, events, tree):  # noqa: N803
    result = in_threads("vary", tree)
    assert result["runs"] == 2
    low, high, width = points_of(3)
    for name, shift in (("nominal", 0), ("jes:0", -0.5), ("jes:1", 0.5)):
        x = events["x"] + np.float32(shift)
        keep = x > 0
        columns = [x[keep], events["y"][keep], events["z"][keep]]
        expected = moments(columns, events["w"][keep], KINDS, low, high, width)[0, 1, 0]
        assert result["values"][name] == pytest.approx(expected, rel=1e-12)
        assert result["events"][name] == [int(e) for e in events["event"][keep]]


def test_python_threads_run_during_the_loop(tree):
    result = in_threads("gil", tree)
    assert result["ticks"] > 0.2 * result["seconds"] / 0.002


def test_several_frames_run_in_one_call(ROOT, tree):  # noqa: N803
    result = in_threads("frames", tree)
    assert result["runs"] == [1, 1, 1]
    assert len(set(result["bits"])) == 1
    assert len(set(result["order"])) == 1
    assert np.array_equal(
        book_collect(ROOT.RDataFrame("events", tree), ["event"]).value()["event"][:3],
        10_000_000_000 + np.arange(3),
    )
