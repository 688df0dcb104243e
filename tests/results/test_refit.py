"""Fitting again: of a live result, and of one from a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradcut as gc
from fitting.toy_samples import samples
from gradcut.errors import DeclarationError
from gradcut.results import CutResult
from results.toy_results import BACKGROUND, SIGNAL


@pytest.fixture
def loaded(fit: CutResult, tmp_path: Path) -> CutResult:
    fit.save(tmp_path / "cuts.json")
    return CutResult.load(tmp_path / "cuts.json")


def test_result_from_a_file_is_fitted_again_to_the_same_answer(loaded: CutResult, fit: CutResult) -> None:
    assert loaded.refit(samples=samples(SIGNAL, BACKGROUND), n_threads=1) == fit


def test_live_and_loaded_result_fix_alike(loaded: CutResult, fit: CutResult) -> None:
    one = fit.refit(fix={"x": 0.75})
    assert one.values["x"] == 0.75
    assert loaded.refit({"x": 0.75}, samples=samples(SIGNAL, BACKGROUND)) == one


def test_fixed_thresholds_of_the_file_stay_fixed(fit: CutResult, tmp_path: Path) -> None:
    fit.refit(fix={"x": 0.75, "noise": -np.inf}, folds=None, split=gc.Split(seed=3)).save(tmp_path / "x.json")
    again = CutResult.load(tmp_path / "x.json").refit({"x": 0.5}, samples=samples(SIGNAL, BACKGROUND))
    assert again.provenance["settings"]["fixed"] == {"x": "0.5", "noise": "-inf"}
    assert (again.values["x"], again.values["noise"]) == (0.5, -np.inf)


def test_result_from_a_file_needs_samples(loaded: CutResult) -> None:
    with pytest.raises(DeclarationError, match=r"does not have its samples(.|\n)*refit\(samples=samples"):
        loaded.refit(fix={"x": 1.0})


def test_changes_replace_settings_and_the_division_of_the_events(loaded: CutResult) -> None:
    given = samples(SIGNAL, BACKGROUND)
    split = loaded.refit(samples=given, split=gc.Split(seed=3), max_steps=12, starts=2)
    assert split.provenance["settings"]["partition"]["kind"] == "split"
    assert split.provenance["settings"]["max_steps"] == 12
    assert split.folds == ()
    efficiency = loaded.refit(samples=given, objective=gc.objectives.EfficiencyLoss(0.7), max_steps=12)
    assert efficiency.scores.name == "efficiency loss"


@pytest.mark.parametrize(
    "split",
    [gc.Split(0.6, 0.0, 0.4, seed=7), gc.Split(by="event % 4", train=(0, 1), select=(2,), test=(3,))],
)
def test_split_comes_back_from_the_file(tmp_path: Path, split: gc.Split) -> None:
    settings: dict[str, Any] = {"split": split, "starts": 2, "max_steps": 12, "n_threads": 1, "seed": 2}
    first = gc.fit_cuts(
        gc.Selection("x > ?", "y < ?"), samples(SIGNAL, BACKGROUND), fix={"y": 1.0}, **settings
    )
    first.save(tmp_path / "x.json")
    assert CutResult.load(tmp_path / "x.json").refit(samples=samples(SIGNAL, BACKGROUND)) == first


@pytest.mark.torch
def test_own_function_is_not_in_the_file(tmp_path: Path) -> None:
    def s_over_b(yields: gc.Yields) -> Any:
        s, b = (yields.total(role).sum_w.sum((1, 2)) for role in ("signal", "background"))
        return s / (b + 1)

    settings: dict[str, Any] = {"starts": 2, "max_steps": 12, "n_threads": 1}
    own = gc.objectives.maximise(s_over_b)
    gc.fit_cuts(gc.Selection("x > ?"), samples(SIGNAL, BACKGROUND), objective=own, **settings).save(
        tmp_path / "x.json"
    )
    loaded = CutResult.load(tmp_path / "x.json")
    with pytest.raises(DeclarationError, match=r"not in a file(.|\n)*s_over_b(.|\n)*objective="):
        loaded.refit(samples=samples(SIGNAL, BACKGROUND))
    again = loaded.refit(samples=samples(SIGNAL, BACKGROUND), objective=own, n_threads=1)
    assert again == loaded
