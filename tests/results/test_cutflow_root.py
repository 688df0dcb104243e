"""Cutflows through RDataFrame: one loop, the numbers of numpy, and those of ROOT's own Report."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from samples_toys import declare_toys, make_events, write_file

import gradcut as gc
from gradcut.errors import DeclarationError, RootError
from gradcut.results import CutResult
from results.test_cutflow import SIGNED, declared, numbers
from results.toy_results import SIGNAL

pytestmark = pytest.mark.root


def node(ROOT: Any, table: dict[str, np.ndarray]) -> Any:  # noqa: N803
    return ROOT.RDF.FromNumpy({name: np.ascontiguousarray(column) for name, column in table.items()})


@pytest.fixture
def frames(ROOT: Any) -> tuple[Any, Any]:  # noqa: N803
    return node(ROOT, SIGNAL), node(ROOT, SIGNED)


@pytest.mark.parametrize("folds", [False, True])
def test_rdataframe_and_numpy_count_alike_in_one_event_loop(
    fit: CutResult, frames: tuple[Any, Any], folds: bool
) -> None:
    found = fit.cutflow(declared(*frames), folds=folds, variations=True)
    assert [frame.GetNRuns() for frame in frames] == [1, 1]
    want = fit.cutflow(declared(), folds=folds, variations=True)
    for process in ("signal", "background"):
        assert np.array(numbers(found, process)) == pytest.approx(np.array(numbers(want, process)), rel=1e-12)
        assert [row.label for row in found.of(process).rows] == [row.label for row in want.of(process).rows]
        assert found.of(process).negative == pytest.approx(want.of(process).negative, abs=1e-12)
        (varied,) = found.of(process).variations
        assert varied.sum_w == pytest.approx(want.of(process).variations[0].sum_w, rel=1e-12)


def test_report_of_root_agrees_with_every_row(fit: CutResult, frames: tuple[Any, Any]) -> None:
    flow = fit.cutflow(declared(*frames))
    for process in ("signal", "background"):
        rows = flow.of(process).rows
        assert rows[0].report is None
        for before, row in pairwise(rows):
            assert row.report == (row.entries, before.entries)
    assert f"{flow.of('signal').final.entries} of " in str(flow)


def test_numbers_are_those_of_filters_and_sums_written_by_hand(
    fit: CutResult, frames: tuple[Any, Any]
) -> None:
    flow = fit.cutflow(declared(*frames)).of("background")
    chain = frames[1].Filter("noise < 1.5", "noise").Filter("y > -2", "y")
    sums = [chain.Sum("w")]
    for code, name in fit.filters:
        chain = chain.Filter(code, name)
        sums.append(chain.Sum("w"))
    report = chain.Report()
    assert [row.sum_w for row in flow.rows[2:]] == pytest.approx([one.GetValue() for one in sums])
    assert [row.report for row in flow.rows[1:]] == [(c.GetPass(), c.GetAll()) for c in report.GetValue()]


def test_node_by_itself_with_named_filters_of_its_own(fit: CutResult, frames: tuple[Any, Any]) -> None:
    chosen = frames[1].Filter("event % 2 == 0", "mine").Define("half", "w / 2")
    flow = fit.cutflow(chosen, weight="half").of("events")
    passed = fit.mask(SIGNED) & (SIGNED["event"] % 2 == 0)
    assert flow.final.sum_w == pytest.approx(SIGNED["w"][passed].sum() / 2)
    assert flow.rows[1].report == (flow.rows[1].entries, flow.rows[0].entries)
    assert flow.rows[0].entries == (SIGNED["event"] % 2 == 0).sum()
    constant = fit.cutflow(chosen, weight=2.0).of("events")
    assert constant.final.sum_w == 2 * passed.sum()


def test_vary_of_the_node_is_found(fit: CutResult, frames: tuple[Any, Any]) -> None:
    varied = frames[1].Vary("x", "ROOT::RVecF{x + 0.5f, x - 0.5f}", ["up", "down"], "shift")
    flow = fit.cutflow(varied, weight="w", variations=True).of("events")
    assert frames[1].GetNRuns() == 1
    found = {one.tag: one for one in flow.variations}
    assert sorted(found) == ["nominal", "shift:down", "shift:up"]
    for tag, shift in (("nominal", 0.0), ("shift:up", 0.5), ("shift:down", -0.5)):
        passed = fit.mask({**SIGNED, "x": SIGNED["x"] + np.float32(shift)})
        assert found[tag].entries == passed.sum()
        assert found[tag].sum_w == pytest.approx(SIGNED["w"][passed].sum())
    assert flow.final.entries == found["nominal"].entries


def test_two_processes_of_one_frame_share_its_loop(fit: CutResult, frames: tuple[Any, Any]) -> None:
    samples = gc.Samples(weight="w")
    samples.add("even", frames[1].Filter("event % 2 == 0"), role="signal")
    samples.add("odd", frames[1].Filter("event % 2 == 1"), role="background")
    flow = fit.cutflow(samples)
    assert frames[1].GetNRuns() == 1
    assert sum(one.final.entries for one in flow.flows) == fit.mask(SIGNED).sum()


@pytest.mark.uproot
def test_files_give_the_same_through_root_and_uproot(fit: CutResult, ROOT: Any, tmp_path: Path) -> None:  # noqa: N803
    for name, table in (("s", SIGNAL), ("b", SIGNED)):
        node(ROOT, table).Snapshot("events", f"{tmp_path}/{name}.root")
    samples = declared(f"{tmp_path}/s.root:events", f"{tmp_path}/b.root:events")
    with_root, with_uproot = (fit.cutflow(samples, reader=reader) for reader in ("root", "uproot"))
    for process in ("signal", "background"):
        want = np.array(numbers(with_uproot, process))
        assert np.array(numbers(with_root, process)) == pytest.approx(want, rel=1e-12)


def test_what_root_cannot_read_is_said_with_the_process(fit: CutResult, frames: tuple[Any, Any]) -> None:
    with pytest.raises(DeclarationError, match=r"unknown column 'v'(.|\n)*events"):
        fit.cutflow(frames[0], weight="v")
    samples = gc.Samples(weight=gc.Cpp("no_such_function(x)"))
    samples.add("signal", frames[0], role="signal")
    with pytest.raises(RootError, match=r"process 'signal'"):
        fit.cutflow(samples)


@pytest.mark.uproot
def test_vector_columns_and_every_form_of_variation_agree_between_readers(
    fit: CutResult, tmp_path: Path
) -> None:
    selection = gc.Selection("met > ?", "count(jet_pt > 30) >= 2", "? < mll < ?", sentinels=-999)
    values = {"met": 100.0, "mll:low": -np.inf, "mll:high": 110.0}
    result = replace(fit, selection=selection, values=values, folds=())
    events = make_events(seed=3, signal=True), make_events(seed=5)
    for name, table in zip(("s", "b"), events, strict=True):
        write_file(tmp_path / f"{name}.root", table)
    files = [f"{tmp_path}/{name}.root:events" for name in ("s", "b")]
    flows = [
        result.cutflow(declare_toys(*events), variations=True),
        result.cutflow(declare_toys(*files), variations=True, reader="uproot"),
        result.cutflow(declare_toys(*files), variations=True, reader="root"),
    ]
    tags = ["nominal", "JES:up", "JES:down", "SF:up", "SF:down", *(f"pdf:{i}" for i in range(4))]
    for process in ("susy", "ww"):
        want = np.array(numbers(flows[0], process))
        assert len(want) == (5 if process == "susy" else 6)
        for flow in flows[1:]:
            assert np.array(numbers(flow, process)) == pytest.approx(want, rel=1e-9)
        varied = [[(v.entries, v.sum_w, v.error) for v in flow.of(process).variations] for flow in flows]
        assert [v.tag for v in flows[0].of(process).variations] == tags
        assert np.array(varied[1]) == pytest.approx(np.array(varied[0]))
        assert np.array(varied[2]) == pytest.approx(np.array(varied[0]))
        assert varied[0][0][0] == want[-1][0]
    up, down = (flows[2].of("susy").variations[i] for i in (1, 2))
    assert up.entries > flows[2].of("susy").final.entries > down.entries
