"""correctionlib reads what is written, and decides as the results do."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import gradcut as gc
from export.events import PLAIN, columns, cuts
from export.toys import binning_result
from flat.test_flat import events, samples_of
from gradcut.errors import ExportError
from gradcut.export import ChosenCuts, render
from gradcut.export.json_numbers import dumps, exact_text

pytestmark = pytest.mark.correctionlib


def read(exported: Any) -> Any:
    import correctionlib

    return correctionlib.CorrectionSet.from_string(exported.text)


def evaluated(correction: Any, events: dict[str, Any], *texts: str) -> np.ndarray:
    names = [one.name for one in correction.inputs if one.type == "real"]
    return correction.evaluate(*texts, *[np.asarray(events[name], dtype=np.float64) for name in names])


@settings(max_examples=60, deadline=None, derandomize=True)
@given(chosen=cuts((*PLAIN, "x + n", "x * y", "sqrt(x)")))
def test_flags_are_the_decisions(chosen: ChosenCuts) -> None:
    exported = render(chosen, "correctionlib")
    found = evaluated(read(exported)["gradcut_pass"], columns())
    assert set(found) <= {0.0, 1.0}
    differ = (found != 0) != chosen.mask(columns())
    # Where a number of 17 digits cannot be handed over it is said, and events exactly there may differ.
    said = [float(re.findall(r"read (\S+)", str(n))[0]) for n in exported.notes if n.kind == "rounded"]
    near = np.zeros(len(differ), dtype=bool)
    for value in said:
        for column in (columns()["y"], np.abs(columns()["y"])):
            near |= np.isclose(column, value, rtol=1e-15, atol=0)
    assert not (differ & ~near).any()


def test_numbers_are_read_to_the_last_bit() -> None:
    rng = np.random.default_rng(3)
    values = [float(v) for v in rng.normal(0, 30, 400)]
    written = [v for v in values if exact_text(v) is not None]
    assert len(written) > 0.9 * len(values)
    pairs = [{"key": i, "value": v} for i, v in enumerate(written)]
    data = {"nodetype": "category", "input": "i", "content": pairs}
    one = {"name": "a", "version": 1, "inputs": [{"name": "i", "type": "int"}], "data": data}
    one["output"] = {"name": "o", "type": "real"}

    import correctionlib

    found = correctionlib.CorrectionSet.from_string(dumps({"schema_version": 2, "corrections": [one]}))
    assert np.array_equal(found["a"].evaluate(np.arange(len(written))), written)


def test_the_schema_of_correctionlib_accepts_it() -> None:
    from correctionlib import schemav2

    chosen = ChosenCuts(gc.Selection("x > ?", "abs(y) < ?", "x + n > 3"), {"x": 0.1, "abs(y)": 2.5})
    exported = render(chosen, "correctionlib", units={"x": "GeV"})
    found = schemav2.CorrectionSet.model_validate(json.loads(exported.text))
    assert found.corrections[0].inputs[0].description == "GeV"


def test_infinite_values_fail_and_it_is_said() -> None:
    exported = render(ChosenCuts(gc.Selection("x > ?"), {"x": 0.1}), "correctionlib")
    found = read(exported)["gradcut_pass"].evaluate(np.array([np.inf, -np.inf, 0.1, 0.2]))
    assert found.tolist() == [0, 0, 0, 1]
    assert [note.kind for note in exported.notes] == ["convention", "information"]


@pytest.mark.parametrize("flow", ["open", "explicit"])
def test_numbers_of_bins(flow: str) -> None:
    result = binning_result([0.0, 0.35, 0.62, 0.88, 1.0], flow)
    x = np.array([-1, 0, 0.1, 0.35, 0.62, np.nextafter(0.88, 0), 0.88, 1.0, 2.0, np.nan, -999])
    found = evaluated(read(render(result, "correctionlib"))["gradcut_bin"], {"score": x})
    assert np.array_equal(found, result.index({"score": x}))
    assert -1 in found
    assert 3 in found


def test_vectors_are_refused() -> None:
    with pytest.raises(ExportError, match="numbers per event, not vectors"):
        render(ChosenCuts(gc.Selection("count(v > 30) >= 2"), {}), "correctionlib")


def test_a_flat_working_point_is_its_cut_and_its_curve() -> None:
    cut = gc.VaryingCut("iso", "<", "npv", [0, 30, 60], shape="linear")
    point = gc.flat_working_point(cut, samples_of(events(3000, 1)), efficiency=0.8)
    held_out = events(500, 2)
    passed = point.mask(held_out)
    corrections = read(render(point, "correctionlib"))
    assert np.array_equal(evaluated(corrections["gradcut_pass"], held_out) != 0, passed)
    threshold = evaluated(corrections["gradcut_threshold"], held_out)
    assert np.array_equal(held_out["iso"] < threshold, passed)
    table = render(point, "correctionlib", edges=[0, 20, 40, 60])
    assert [note.kind for note in table.notes] == ["rounded"]
    steps = read(table)["gradcut_threshold"].evaluate(np.array([3.0, 10.0, 19.0, 50.0]))
    exact = corrections["gradcut_threshold"].evaluate(np.array([10.0, 10.0, 10.0, 50.0]))
    assert np.array_equal(steps, exact)
