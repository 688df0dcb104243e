"""A scan as a programme: divisions of the events, progress, interrupts, what it remembers."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import gradcut as gc
from gradcut.results import ScanResult
from scanning.scan_toys import samples, table

RNG = np.random.default_rng(1)
N = 3000
SIGNAL = table(0, RNG.uniform(0.5, 1.5, N), x=RNG.normal(1, 1, N), y=RNG.normal(0.7, 1, N))
BACKGROUND = table(10**7, RNG.uniform(0, 20, N), x=RNG.normal(0, 1, N), y=RNG.normal(0, 1, N))
SELECTION = gc.Selection("x > ?", "y > ?")
TARGETS = (0.3, 0.6, 0.9)


def scan(**changes: Any) -> ScanResult:
    how: dict[str, Any] = {"efficiencies": TARGETS, "n_threads": 1, "max_steps": 48, "starts": 3}
    return gc.scan_cuts(SELECTION, samples(SIGNAL, BACKGROUND), **{**how, **changes})


def efficiencies(masks: tuple[np.ndarray, np.ndarray]) -> list[float]:
    tables = (SIGNAL, BACKGROUND)
    return [float(t["w"][m].sum() / t["w"].sum()) for t, m in zip(tables, masks, strict=True)]


def test_unused_efficiencies_are_those_of_the_cuts_that_did_not_see_the_event() -> None:
    result = scan(folds=3, seed=5)
    assert len(result) == 3
    for point in result:
        assert point.unused is not None
        crossed = efficiencies(tuple(point.mask(t, folds=True) for t in (SIGNAL, BACKGROUND)))  # type: ignore[arg-type]
        assert [point.unused.signal, point.unused.background] == pytest.approx(crossed)
        used = efficiencies(tuple(point.mask(t) for t in (SIGNAL, BACKGROUND)))  # type: ignore[arg-type]
        assert [point.used.signal, point.used.background] == pytest.approx(used)
        assert len(point.folds) == 3
    # Every fold meets its target on the events that it learned from, so the others miss it by chance only.
    assert result.roc()[0] == pytest.approx(TARGETS, abs=0.03)
    assert result.roc(used=True)[0] == pytest.approx(TARGETS, abs=2 / N)


def test_error_of_an_efficiency_is_that_of_the_events_that_were_counted() -> None:
    by_folds = scan(folds=2).at(0.6)
    assert by_folds.unused is not None
    rng = np.random.default_rng(2)
    # Bootstrap over the events, as an oracle.
    passed, weights = by_folds.mask(BACKGROUND, folds=True), BACKGROUND["w"]
    drawn = []
    for _ in range(400):
        times = rng.poisson(1, N)
        drawn.append((weights * times)[passed].sum() / (weights * times).sum())
    assert by_folds.unused.background_error == pytest.approx(np.std(drawn), rel=0.12)
    # A quarter of the events judges: twice the error, though their weights are scaled up.
    by_split = scan(split=gc.Split(train=0.5, select=0.25, test=0.25)).at(0.6)
    assert by_split.unused is not None
    assert by_split.unused.background_error == pytest.approx(2 * np.std(drawn), rel=0.2)
    assert by_split.folds == ()


def test_split_learns_from_train_and_select_and_judges_by_test() -> None:
    split = gc.Split(train=0.5, select=0.25, test=0.25, seed=3)
    result = scan(split=split)
    from gradcut.samples.identity import event_uniform

    parts = [event_uniform((t["event"].astype(np.uint64),), 3) for t in (SIGNAL, BACKGROUND)]
    for point in result:
        for role, events, uniform in zip(("signal", "background"), (SIGNAL, BACKGROUND), parts, strict=True):
            passed = point.mask(events)
            for said, inside in ((point.used, uniform < 0.75), (point.unused, uniform >= 0.75)):
                w = events["w"] * inside
                assert getattr(said, role) == pytest.approx(w[passed].sum() / w.sum())


def test_split_without_a_test_part_has_nothing_to_judge_by() -> None:
    result = scan(split=gc.Split(train=0.8, select=0.2, test=0))
    assert all(point.unused is None for point in result)
    assert "unused" not in str(result)


def test_few_events_that_stand_for_all_are_not_said_to_miss_their_target() -> None:
    # Half an event of the fifth that learns is more than an event of all.
    result = scan(split=gc.Split(train=0.15, select=0.05, test=0.8))
    assert [warning for warning in result.warnings if "target" in warning] == []


def test_folds_by_an_expression_need_no_identity() -> None:
    given = gc.Samples(weight="w")
    given.add("signal", SIGNAL, role="signal")
    given.add("background", BACKGROUND, role="background")
    how: dict[str, Any] = {"efficiencies": [0.5], "n_threads": 1, "max_steps": 24, "starts": 2}
    result = gc.scan_cuts(SELECTION, given, folds=gc.Folds(2, by="event % 2"), **how)
    (point,) = result
    assert point.unused is not None
    crossed = efficiencies(tuple(point.mask(t, folds=True) for t in (SIGNAL, BACKGROUND)))  # type: ignore[arg-type]
    assert point.unused.background == pytest.approx(crossed[1])


def test_progress_hears_of_every_step() -> None:
    heard: list[tuple[str, int, float]] = []
    result = scan(folds=2, progress=lambda *what: heard.append(what))
    for name in ("all events", "fold 0", "fold 1"):
        steps = [step for known, step, _ in heard if known == name]
        assert steps == list(range(1, 49))
    assert all(0 < background < 1 for *_, background in heard)
    (end,) = (background for name, step, background in heard if (name, step) == ("all events", 48))
    assert end == pytest.approx(np.mean([point.used.background for point in result]), rel=0.1)


class _StopAt:
    """Stands for a user who presses Ctrl-C at some step of the whole scan."""

    def __init__(self, step: int) -> None:
        self.left = step

    def __call__(self, *_: Any) -> None:
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt


@pytest.mark.parametrize("step", [1, 10, 40, 60, 130])
def test_interrupt_returns_the_best_so_far_and_says_so(step: int) -> None:
    result = scan(folds=2, progress=_StopAt(step))
    assert result.status == "interrupted"
    assert "interrupted" in str(result)
    whole = scan(folds=2)
    for point, other in zip(result, whole, strict=True):
        # Targets are met whatever the step.
        assert point.used.signal == pytest.approx(point.target, abs=2 / N)
        assert point.unused is None
        assert point.folds == ()
        if step > 48:
            assert point.values == other.values
        elif step >= 40:
            assert point.used.background < 1.1 * other.used.background


def test_interrupt_while_it_finishes_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from gradcut.scanning import task

    whole, finish, calls = scan(folds=2), task.finished, []

    def pressed(*given: Any, **how: Any) -> Any:
        calls.append(1)
        if len(calls) == 1:
            raise KeyboardInterrupt
        return finish(*given, **how)

    monkeypatch.setattr(task, "finished", pressed)
    result = scan(folds=2)
    assert result.status == "interrupted"
    assert [dict(p.values) for p in result] == [dict(p.values) for p in whole]


def test_what_was_declared_is_remembered() -> None:
    result = scan(folds=2, seed=7, nested=True, smoothness=0.05, fix={"y": -1.5})
    settings = result.provenance["settings"]
    assert settings["partition"] == {"kind": "folds", "k": 2, "seed": 7, "by": None}
    assert (settings["nested"], settings["smoothness"], settings["cut_size"]) == (True, 0.05, 0.0)
    assert settings["fixed"] == {"y": "-1.5"}
    assert result.provenance["event"] == ["event"]
    assert result.metadata["cpu_seconds"] > 0
    assert result.targets == TARGETS


def test_several_processes_and_channels_count_together() -> None:
    given = gc.Samples(weight="w", event="event")
    half = np.arange(N) < N // 2
    for number, rows in enumerate((half, ~half)):
        for role, events in (("signal", SIGNAL), ("background", BACKGROUND)):
            part = {name: column[rows] for name, column in events.items()}
            given.add(f"{role} {number}", part, role=role, channel=f"channel {number}")
    how: dict[str, Any] = {"efficiencies": TARGETS, "n_threads": 1, "max_steps": 48, "starts": 3, "folds": 2}
    split, whole = gc.scan_cuts(SELECTION, given, **how), scan(folds=2)
    for one, other in zip(split, whole, strict=True):
        assert one.used.signal == pytest.approx(one.target, abs=2 / N)
        assert one.used.background == pytest.approx(other.used.background, rel=0.05)


def test_variations_do_not_disturb() -> None:
    varied = {
        "signal": {**SIGNAL, "x_up": SIGNAL["x"] + 0.3, "x_down": SIGNAL["x"] - 0.3},
        "background": {**BACKGROUND, "x_up": BACKGROUND["x"] + 0.3, "x_down": BACKGROUND["x"] - 0.3},
    }
    given = samples(varied["signal"], varied["background"])
    given.vary("shift", suffix=("_up", "_down"))
    how: dict[str, Any] = {"efficiencies": TARGETS, "n_threads": 1, "max_steps": 48, "starts": 3}
    result = gc.scan_cuts(SELECTION, given, **how)
    assert [dict(p.values) for p in result] == [dict(p.values) for p in scan()]
    assert [p.unused for p in result] == [p.unused for p in scan()]


def test_requirement_of_the_samples_is_what_efficiencies_refer_to() -> None:
    given = gc.Samples(weight="w", event="event", require="x > -0.5")
    given.add("signal", SIGNAL, role="signal")
    given.add("background", BACKGROUND, role="background")
    result = gc.scan_cuts(SELECTION, given, efficiencies=[0.5], n_threads=1, max_steps=24)
    inside = SIGNAL["x"] > -0.5
    passed = result.at(0.5).mask(SIGNAL) & inside
    assert SIGNAL["w"][passed].sum() / SIGNAL["w"][inside].sum() == pytest.approx(0.5, abs=2 / N)


def test_neither_torch_nor_root_is_needed() -> None:
    code = (
        "import sys; sys.modules['torch'] = sys.modules['ROOT'] = None\n"
        "import numpy as np, gradcut as gc\n"
        "rng = np.random.default_rng(1)\n"
        "s = gc.Samples(event='event')\n"
        "for k, role in enumerate(('signal', 'background')):\n"
        "    s.add(role, {'x': rng.normal(1 - k, 1, 500), 'event': np.arange(500) + 1000 * k}, role=role)\n"
        "print(gc.scan_cuts(gc.Selection('x > ?'), s, efficiencies=[0.5]).at(0.5).used.signal)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(done.stdout) == pytest.approx(0.5, abs=1 / 500)
