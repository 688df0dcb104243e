"""The fit as a programme: folds, fixing, interrupts, checkpoints, and what bad input gets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradcut as gc
from fitting.toy_samples import columns, samples
from gradcut.errors import DataError, DeclarationError
from gradcut.objectives import AsimovSignificance
from gradcut.results import CutResult

SELECTION = gc.Selection("x > ?", "y < ?")
SIGNAL = columns(1, 3000, 0.01, x=(1, 1), y=(-0.5, 1))
BACKGROUND = columns(2, 5000, 0.1, x=(-1, 1), y=(0.5, 1))
QUICK: dict[str, Any] = {"objective": AsimovSignificance(0.1), "starts": 3, "max_steps": 30, "n_threads": 1}


def fit(**changes: Any) -> CutResult:
    return gc.fit_cuts(SELECTION, samples(SIGNAL, BACKGROUND), **{**QUICK, **changes})


def test_unused_number_of_folds_is_of_the_pooled_yields_of_events_that_each_fold_did_not_see() -> None:
    result = fit(folds=3, seed=5)
    passed = [result.mask(table, folds=True) for table in (SIGNAL, BACKGROUND)]
    s, b = (float(t["w"][m].sum()) for t, m in zip((SIGNAL, BACKGROUND), passed, strict=True))
    variance = max(float((BACKGROUND["w"][passed[1]] ** 2).sum()), (1.1479 * 0.1) ** 2)
    from gradcut.stats import asimov_significance

    want = asimov_significance(s, b, np.sqrt((0.1 * b) ** 2 + variance)).combined
    assert result.scores.unused == pytest.approx(want, rel=1e-9)
    assert [row.unused for row in result.processes] == pytest.approx([s, b])
    assert [row.unused_entries for row in result.processes] == [m.sum() for m in passed]


def test_used_number_is_that_of_the_mask() -> None:
    result = fit(folds=2)
    passed = [result.mask(table) for table in (SIGNAL, BACKGROUND)]
    got = [row.used for row in result.processes]
    assert got == pytest.approx([t["w"][m].sum() for t, m in zip((SIGNAL, BACKGROUND), passed, strict=True)])


def test_same_seed_same_bits_and_another_split_another_answer() -> None:
    one, again = fit(seed=4), fit(seed=4)
    assert one == again
    assert fit(split=gc.Split(seed=9)).values != one.values


def test_number_of_threads_and_float64_barely_matter() -> None:
    one = fit(seed=4)
    assert fit(seed=4, n_threads=2) == one
    double = fit(seed=4, precision="float64")
    assert double.values == pytest.approx(one.values, abs=0.02)


def test_split_without_select_takes_turns_within_train() -> None:
    result = fit(split=gc.Split(train=0.6, select=0, test=0.4))
    assert result.status == "finished"
    assert result.scores.unused is not None


def test_split_by_an_expression_needs_no_identity() -> None:
    given = gc.Samples(weight="w")
    given.add("signal", SIGNAL, role="signal")
    given.add("background", BACKGROUND, role="background")
    result = gc.fit_cuts(SELECTION, given, folds=gc.Folds(2, by="event % 2"), **QUICK)
    passed = result.mask(SIGNAL, folds=True)
    assert result.processes[0].unused == pytest.approx(SIGNAL["w"][passed].sum())


def test_fixed_threshold_stays_and_refit_keeps_everything_else() -> None:
    result = fit(seed=2)
    fixed = result.refit(fix={"x": 0.75})
    assert fixed.values["x"] == 0.75
    assert np.isfinite(fixed.values["y"])
    assert fixed.provenance["settings"]["fixed"] == {"x": "0.75"}
    assert result.refit(fix={"y": np.inf}).threshold("y").is_open
    assert result.refit() == result


class _StopAt:
    """Stands for a user who presses Ctrl-C at some step of the whole fit."""

    def __init__(self, step: int) -> None:
        self.left = step
        self.tasks: list[str] = []

    def __call__(self, progress: Any) -> None:
        self.tasks.append(progress.task)
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt


@pytest.mark.parametrize("step", [2, 20, 75, 100])
def test_interrupt_returns_the_best_so_far_and_says_so(step: int) -> None:
    result = fit(folds=2, progress=_StopAt(step))
    assert result.status == "interrupted"
    assert "interrupted" in result.message
    assert result.scores.unused is None
    assert set(result.values) == set(SELECTION.parameters)
    assert result.mask(SIGNAL).any()
    if step >= 20:
        assert result.scores.used > 0.8 * fit(folds=2).scores.used


@pytest.mark.parametrize("step", [3, 5, 47, 100, 125])
def test_resumed_fit_gives_the_same_answer_bit_for_bit(tmp_path: Path, step: int) -> None:
    path = tmp_path / "fit.npz"
    whole = fit(folds=2)
    stopped = fit(folds=2, checkpoint=path, progress=_StopAt(step))
    assert stopped.status == "interrupted"
    counter = _StopAt(-1)
    resumed = fit(folds=2, checkpoint=path, progress=counter)
    assert resumed == whole
    assert len(counter.tasks) == 7 * 30 - step


def test_checkpoint_of_another_fit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "fit.npz"
    fit(checkpoint=path)
    with pytest.raises(DeclarationError, match=r"another fit(.|\n)*different: settings"):
        fit(checkpoint=path, max_steps=36)


def test_progress_reports_every_step() -> None:
    seen: list[Any] = []
    result = fit(progress=seen.append)
    assert [p.step for p in seen[:30]] == list(range(1, 31))
    assert seen[0].width > seen[29].width
    assert result.history[-1]["step"] == 30


def test_events_without_identity_cannot_be_divided_and_the_message_says_how() -> None:
    given = gc.Samples(weight="w")
    given.add("signal", SIGNAL, role="signal")
    given.add("background", BACKGROUND, role="background")
    with pytest.raises(DeclarationError, match=r"identity of the events(.|\n)*event="):
        gc.fit_cuts(SELECTION, given)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"folds": 2, "split": gc.Split()}, "divided in one way"),
        ({"folds": 1}, "from 2 on"),
        ({"starts": 0}, "starts is an integer from 1 on"),
        ({"max_steps": 3}, "max_steps is an integer from 6 on"),
        ({"engine": "gpu"}, "unknown engine"),
        ({"seed": -1}, "seed is an integer"),
        ({"fix": {"z": 1}}, r"unknown parameter 'z'(.|\n)*known names: x, y"),
        ({"fix": {"x": float("nan")}}, "is a number"),
        ({"fix": {"x": 1, "y": 1}}, "nothing is left to learn"),
        ({"objective": lambda y: y}, r"has a direction(.|\n)*maximise\(f\)"),
        ({"split": gc.Split(train=0, select=0.5, test=0.5)}, "part to train"),
    ],
)
def test_bad_settings_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        fit(**changes)


def test_selection_without_open_numbers_is_refused() -> None:
    with pytest.raises(DeclarationError, match="nothing is left open"):
        gc.fit_cuts(gc.Selection("x > 1"), samples(SIGNAL, BACKGROUND))


def test_no_background_is_said() -> None:
    with pytest.raises(DeclarationError, match="needs a background"):
        gc.fit_cuts(SELECTION, samples(SIGNAL), **QUICK)


def test_negative_total_background_is_an_error_in_the_end_only() -> None:
    background = {**BACKGROUND, "w": np.where(BACKGROUND["x"] > -1, -0.1, 0.2)}
    with pytest.raises(DataError, match=r"not positive(.|\n)*background 0"):
        gc.fit_cuts(SELECTION, samples(SIGNAL, background), **{**QUICK, "fix": {"x": 0.0}})


@pytest.mark.torch
def test_results_of_the_torch_engine_agree_with_the_kernels() -> None:
    one, other = fit(seed=4, precision="float64"), fit(seed=4, precision="float64", engine="torch")
    assert replace(other, provenance=one.provenance, history=one.history).values == pytest.approx(
        one.values, abs=1e-3
    )
