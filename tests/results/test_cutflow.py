"""Cutflows: against a slow loop, numpy masks, RDataFrame and ROOT's own Report."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradcut as gc
from gradcut.errors import DataError, DeclarationError
from gradcut.results import CutResult
from gradcut.results.cutflow import Cutflow, Efficiency
from gradcut.results.cutflow.rows import Sums
from results.toy_results import BACKGROUND, SIGNAL

#: A third of the weights is negative.
SIGNED = {**BACKGROUND, "w": np.where(BACKGROUND["event"] % 3 == 0, -0.2, 0.3)}


def declared(signal: Any = SIGNAL, background: Any = SIGNED) -> gc.Samples:
    samples = gc.Samples(weight="w", event="event", require="noise < 1.5")
    samples.add("signal", signal, role="signal", xsec=3.0, lumi=20.0, sumw="auto")
    samples.add("background", background, role="background", require="y > -2")
    return samples


def slow_rows(table: dict[str, np.ndarray], conditions: Any, factor: float) -> list[tuple[int, float, float]]:
    """Entries, yield and error after each condition and all before it, event by event."""
    rows = [[0, 0.0, 0.0] for _ in range(len(conditions) + 1)]
    for i in range(len(table["w"])):
        event = {name: float(column[i]) for name, column in table.items()}
        for number, condition in enumerate((lambda e: True, *conditions)):
            if not condition(event):
                break
            rows[number][0] += 1
            rows[number][1] += event["w"] * factor
            rows[number][2] += (event["w"] * factor) ** 2
    return [(n, w, w2**0.5) for n, w, w2 in rows]


def conditions_of(fit: CutResult) -> list[Any]:
    x, y = fit.values["x"], fit.values["y"]
    assert fit.values["noise"] == -np.inf
    return [
        lambda e: e["x"] > x,
        lambda e: abs(e["y"]) < 3,
        lambda e: e["y"] < y,
        lambda e: e["noise"] == e["noise"],
    ]


def numbers(flow: Cutflow, process: str) -> list[tuple[int, float, float]]:
    return [(row.entries, row.sum_w, row.error) for row in flow.of(process).rows]


def test_every_row_is_that_of_a_loop_over_the_events(fit: CutResult) -> None:
    flow = fit.cutflow(declared())
    first = [lambda e: e["noise"] < 1.5]
    want = slow_rows(SIGNAL, first + conditions_of(fit), 3.0 * 20.0 / SIGNAL["w"].sum())
    assert np.array(numbers(flow, "signal")) == pytest.approx(np.array(want))
    first.append(lambda e: e["y"] > -2)
    want = slow_rows(SIGNED, first + conditions_of(fit), 1.0)
    assert np.array(numbers(flow, "background")) == pytest.approx(np.array(want))
    labels = [row.label for row in flow.of("background").rows]
    assert labels[:3] == ["all events", "noise < 1.5", "y > -2"]
    assert labels[3].startswith("x > ")
    assert labels[-1] == "noise > ? (open)"
    assert [row.stage for row in flow.of("signal").rows] == ["events", "requirement"] + 4 * ["cut"]


def test_efficiencies_are_relative_to_the_row_before_and_to_the_events_after_the_requirements(
    fit: CutResult,
) -> None:
    rows = fit.cutflow(declared()).of("background").rows
    assert rows[0].step is None
    assert rows[1].total is None
    for before, row in pairwise(rows):
        assert row.step is not None
        assert row.step.value == pytest.approx(row.sum_w / before.sum_w)
    assert [row.total is None for row in rows] == [True, True] + 5 * [False]
    assert rows[-1].total is not None
    assert rows[-1].total.value == pytest.approx(rows[-1].sum_w / rows[2].sum_w)


def test_efficiency_of_equal_weights_has_the_binomial_error() -> None:
    found = Efficiency.of(Sums(30, 15.0, 7.5), Sums(40, 20.0, 10.0))
    assert found is not None
    assert found.value == 0.75
    assert found.error == pytest.approx((0.75 * 0.25 / 40) ** 0.5)


def test_error_of_an_efficiency_with_weights_of_both_signs_is_that_of_repeated_experiments() -> None:
    rng = np.random.default_rng(1)
    kept, lost = np.where(rng.random(300) < 0.2, -1.0, 2.0), np.where(rng.random(500) < 0.4, -1.5, 1.0)
    found = Efficiency.of(
        Sums(300, kept.sum(), (kept**2).sum()),
        Sums(800, kept.sum() + lost.sum(), (kept**2).sum() + (lost**2).sum()),
    )
    assert found is not None
    assert found.value > 1  # more weight is kept than there was
    k = (rng.poisson(1.0, (4000, 300)) * kept).sum(1)
    v = (rng.poisson(1.0, (4000, 500)) * lost).sum(1)
    spread = np.quantile(k / (k + v), [0.16, 0.84])
    assert found.error == pytest.approx((spread[1] - spread[0]) / 2, rel=0.06)


def test_no_efficiency_where_nothing_was() -> None:
    assert Efficiency.of(Sums(0, 0.0, 0.0), Sums(0, 0.0, 0.0)) is None
    assert Efficiency.of(Sums(1, -1.0, 1.0), Sums(2, -2.0, 2.0)) is None


def test_negative_weights_are_named_with_their_share(fit: CutResult) -> None:
    flow = fit.cutflow(declared())
    assert flow.of("signal").negative == pytest.approx(0.0, abs=1e-12)
    kept = SIGNED["w"][(SIGNED["noise"] < 1.5) & (SIGNED["y"] > -2)]
    share = -kept[kept < 0].sum() / np.abs(kept).sum()
    assert flow.of("background").negative == pytest.approx(share)
    assert f"negative weights have {100 * share:.2g}% of the sum" in str(flow)
    assert "may be below 0 or above 100%" in str(flow)
    assert "negative" not in str(fit.cutflow(SIGNAL, weight="w"))


def test_table_fits_a_terminal_and_shows_every_number(fit: CutResult) -> None:
    lines = str(fit.cutflow(declared(), variations=True)).splitlines()
    assert max(map(len, lines)) < 120
    row = next(line for line in lines if line.startswith("noise > ? (open)"))
    assert row.split()[8:10] == ["100", "%"]
    assert "signal (signal)" in lines


def test_signal_and_background_are_added_up_over_processes_and_channels(fit: CutResult) -> None:
    samples = declared()
    samples.add("more", SIGNED, role="background", channel="other", weight="2 * w")
    flow = fit.cutflow(samples)
    rows, parts = flow.total("background"), [flow.of("background"), flow.of("more")]
    assert [row.label for row in rows][:1] == ["after the requirements"]
    assert rows[0].entries == sum(part.start.entries for part in parts)
    assert rows[-1].sum_w == pytest.approx(sum(part.final.sum_w for part in parts))
    assert rows[-1].error == pytest.approx(np.hypot(*(part.final.error for part in parts)))
    assert rows[-1].total is not None
    assert rows[-1].total.value == pytest.approx(rows[-1].sum_w / rows[0].sum_w)
    ratio = f"{flow.of('signal').final.sum_w / rows[-1].sum_w:.3g}"
    last = [line for line in str(flow).splitlines() if line.startswith("noise > ? (open)")][-1]
    assert last.split()[-1] == ratio
    with pytest.raises(DeclarationError, match=r"no process has the role 'data'(.|\n)*signal, background"):
        flow.total("data")


def test_plain_data_goes_through_json(fit: CutResult) -> None:
    flow = fit.cutflow(declared(), variations=True)
    plain = flow.to_json()
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    row = plain["flows"][0]["rows"][-1]
    final = flow.of("signal").final
    assert final.total is not None
    assert (row["entries"], row["sum_w"]) == (final.entries, final.sum_w)
    assert row["total"] == {"value": final.total.value, "error": final.total.error}


def test_folds_select_each_event_by_the_cuts_that_did_not_see_it(fit: CutResult) -> None:
    flow = fit.cutflow(declared(), folds=True, variations=True)
    for name, table in (("signal", SIGNAL), ("background", SIGNED)):
        passed = fit.mask(table, folds=True) & (table["noise"] < 1.5)
        if name == "background":
            passed &= table["y"] > -2
        assert flow.of(name).final.entries == passed.sum()
        assert flow.of(name).variations[0].entries == passed.sum()
    assert flow.of("signal").rows[2].label == "x > ? per fold"


def test_folds_by_an_expression(fit: CutResult) -> None:
    settings = {
        **fit.provenance["settings"],
        "partition": {"kind": "folds", "k": 2, "seed": 0, "by": "event % 2"},
    }
    other = replace(fit, provenance={**fit.provenance, "settings": settings, "event": []})
    passed = other.mask(SIGNAL, folds=True)
    flow = other.cutflow({**SIGNAL}, weight="w", folds=True, variations=True).of("events")
    assert flow.final.entries == flow.variations[0].entries == passed.sum()


def test_arrays_by_themselves_take_a_weight_or_count(fit: CutResult) -> None:
    passed = fit.mask(BACKGROUND)
    plain = fit.cutflow(BACKGROUND).of("events")
    assert (plain.role, plain.final.sum_w) == ("", float(passed.sum()))
    assert str(fit.cutflow(BACKGROUND)).splitlines()[0] == "events"
    doubled = fit.cutflow(BACKGROUND, weight="2 * w").of("events")
    assert doubled.final.sum_w == pytest.approx(2 * BACKGROUND["w"][passed].sum())
    assert doubled.start.label == "all events"
    constant = fit.cutflow(BACKGROUND, weight=-0.5).of("events")
    assert (constant.final.sum_w, constant.negative) == (-0.5 * passed.sum(), 1.0)


def test_variations_by_suffix_and_weight_move_cuts_and_requirement(fit: CutResult) -> None:
    table = {
        **SIGNED,
        "x_up": SIGNED["x"] + np.float32(0.3),
        "noise_up": SIGNED["noise"] - np.float32(0.2),
        "w_sf": 1.1 * SIGNED["w"],
    }
    samples = declared(background=table)
    samples.vary("SCALE", suffix="_up", processes="background")
    samples.vary("SF", weight="w_sf", processes="background")
    flow = fit.cutflow(samples, variations=True)
    moved = {**table, "x": table["x_up"], "noise": table["noise_up"]}
    nominal, scaled, weighted = flow.of("background").variations
    for varied, columns, tag in ((nominal, table, "nominal"), (scaled, moved, "SCALE:up")):
        passed = fit.mask(columns) & (columns["noise"] < 1.5) & (columns["y"] > -2)
        assert varied.tag == tag
        assert varied.entries == passed.sum()
        assert varied.sum_w == pytest.approx(table["w"][passed].sum())
        assert varied.error == pytest.approx(np.sqrt((table["w"][passed] ** 2).sum()))
    assert scaled.shift == pytest.approx(scaled.sum_w / nominal.sum_w - 1)
    assert weighted.shift == pytest.approx(0.1)
    assert [one.tag for one in flow.of("signal").variations] == ["nominal"]
    assert "SCALE:up" in str(flow)
    assert "+10.00 %" in str(flow)


def test_variations_by_files_are_events_of_their_own(fit: CutResult) -> None:
    samples = declared()
    shifted = {**SIGNED, "x": SIGNED["x"] + np.float32(1.0)}
    samples.vary("GEN", files={"background": shifted})
    varied = fit.cutflow(samples, variations=True).of("background").variations[1]
    passed = fit.mask(shifted) & (SIGNED["noise"] < 1.5) & (SIGNED["y"] > -2)
    assert (varied.tag, varied.entries) == ("GEN:up", passed.sum())


def test_sentinels_are_missing_in_cutflows_too(fit: CutResult) -> None:
    selection = gc.Selection("x > ?", missing="pass", sentinels=-999)
    table = {**SIGNAL, "x": np.where(SIGNAL["event"] % 7 == 0, np.float32(-999), SIGNAL["x"])}
    result = replace(fit, selection=selection, values={"x": 0.5})
    flow = result.cutflow(table).of("events")
    assert flow.final.entries == ((table["x"] > 0.5) | (table["x"] == -999)).sum()
    samples = gc.Samples(sentinels=-1)
    samples.add("signal", table, role="signal")
    with pytest.raises(DeclarationError, match=r"sentinels that the selection does not(.|\n)*-1"):
        result.cutflow(samples)


def test_data_stay_blinded_until_asked_for(fit: CutResult) -> None:
    samples = declared()
    samples.add("data", BACKGROUND, role="data")
    assert [flow.process for flow in fit.cutflow(samples).flows] == ["signal", "background"]
    data = fit.cutflow(samples, unblind=True).of("data")
    assert data.rows[0].sum_w == data.rows[0].entries == len(BACKGROUND["w"])


def test_channels_are_told_apart(fit: CutResult) -> None:
    samples = declared()
    samples.add("signal", SIGNAL, role="signal", channel="other", require="noise > 0")
    flow = fit.cutflow(samples)
    assert flow.of("signal", "other").rows[2].label == "noise > 0"
    assert "signal (signal), channel 'other'" in str(flow)
    with pytest.raises(DeclarationError, match=r"several channels(.|\n)*all, other"):
        flow.of("signal")
    with pytest.raises(DeclarationError, match=r"no cutflow of 'back'(.|\n)*background"):
        flow.of("back")


def test_bad_input_is_refused(fit: CutResult) -> None:
    with pytest.raises(DeclarationError, match="samples have their own weights"):
        fit.cutflow(declared(), weight="w")
    with pytest.raises(DeclarationError, match=r"unknown column 'v'(.|\n)*known names"):
        fit.cutflow(SIGNAL, weight="v")
    with pytest.raises(DataError, match="weights are NaN or infinite"):
        fit.cutflow({**SIGNAL, "w": np.full(len(SIGNAL["w"]), np.nan)}, weight="w")
    with pytest.raises(DeclarationError, match="no cuts for every fold"):
        replace(fit, folds=()).cutflow(SIGNAL, folds=True)


@pytest.mark.uproot
def test_uproot_reads_files_in_chunks_to_the_same_numbers(
    fit: CutResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import uproot

    from gradcut.samples.readers import uproot_files

    for name, table in (("s", SIGNAL), ("b", SIGNED)):
        with uproot.recreate(tmp_path / f"{name}.root") as file:
            file.mktree("events", table)
    monkeypatch.setattr(uproot_files, "CHUNK_BYTES", 1)
    files = declared(f"{tmp_path}/s.root:events", f"{tmp_path}/b.root:events")
    for folds in (False, True):
        found = fit.cutflow(files, reader="uproot", folds=folds, variations=True)
        want = fit.cutflow(declared(), folds=folds, variations=True)
        for process in ("signal", "background"):
            assert np.array(numbers(found, process)) == pytest.approx(np.array(numbers(want, process)))
            assert found.of(process).variations == want.of(process).variations
