"""Results through ROOT: the same events as through numpy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradcut as gc
from gradcut.errors import DataError, DeclarationError
from gradcut.results import CutResult
from results.toy_results import BACKGROUND, SIGNAL

pytestmark = pytest.mark.root


@pytest.fixture
def frame(ROOT: Any) -> Any:  # noqa: N803
    return ROOT.RDF.FromNumpy({k: np.ascontiguousarray(v) for k, v in BACKGROUND.items()})


@pytest.mark.parametrize("folds", [False, True])
def test_apply_keeps_the_events_of_the_mask_with_one_named_filter_per_requirement(
    fit: CutResult, frame: Any, folds: bool
) -> None:
    good = fit.apply(frame, folds=folds)
    kept = np.asarray(good.AsNumpy(["event"])["event"])
    assert kept.tolist() == BACKGROUND["event"][fit.mask(BACKGROUND, folds=folds)].tolist()
    names = [str(name) for name in good.GetFilterNames()]
    assert len(names) == len(fit.selection.requirements)
    assert names[0].startswith("x > ")


def test_filter_string_and_define_decide_alike(fit: CutResult, frame: Any) -> None:
    passed = fit.mask(BACKGROUND)
    assert frame.Filter(fit.filter_string()).Count().GetValue() == passed.sum()
    defined = fit.define(frame, "good").AsNumpy(["good"])["good"]
    assert np.asarray(defined, dtype=bool).tolist() == passed.tolist()
    crossed = fit.define(frame, folds=True).AsNumpy(["selected"])["selected"]
    assert np.asarray(crossed, dtype=bool).tolist() == fit.mask(BACKGROUND, folds=True).tolist()


def test_apply_honours_vary(fit: CutResult, frame: Any, ROOT: Any) -> None:  # noqa: N803
    varied = frame.Vary("x", "ROOT::RVecF{x + 0.5f, x - 0.5f}", ["up", "down"], "shift")
    counts = ROOT.RDF.Experimental.VariationsFor(fit.apply(varied).Count())
    for tag, shift in (("nominal", 0.0), ("shift:up", 0.5), ("shift:down", -0.5)):
        moved = {**BACKGROUND, "x": BACKGROUND["x"] + np.float32(shift)}
        assert counts[tag] == fit.mask(moved).sum()


def test_unknown_column_is_said(fit: CutResult, ROOT: Any) -> None:  # noqa: N803
    with pytest.raises(DataError, match="unknown column 'x'"):
        fit.apply(ROOT.RDataFrame(3).Define("y", "1.f").Define("noise", "1.f"))


def test_cuts_on_cpp_are_learned_and_applied_but_never_saved(ROOT: Any, tmp_path: Any) -> None:  # noqa: N803
    frames = [
        ROOT.RDF.FromNumpy({k: np.ascontiguousarray(v) for k, v in t.items()}) for t in (SIGNAL, BACKGROUND)
    ]
    given = gc.Samples(weight="w", event="event")
    given.add("signal", frames[0], role="signal")
    given.add("background", frames[1], role="background")
    selection = gc.Selection(gc.Cut(gc.Cpp("TMath::Abs(y + 0.5f)"), "<", "?"))
    fit = gc.fit_cuts(
        selection,
        given,
        objective=gc.objectives.AsimovSignificance(0.2),
        starts=2,
        max_steps=24,
        n_threads=1,
    )
    (threshold,) = fit.values.values()
    assert 0.1 < threshold < 3
    kept = fit.apply(frames[1]).Count().GetValue()
    assert kept == (np.abs(BACKGROUND["y"] + np.float32(0.5)) < threshold).sum()
    with pytest.raises(DeclarationError, match=r"C\+\+|Cpp"):
        fit.save(tmp_path / "cuts.json")
