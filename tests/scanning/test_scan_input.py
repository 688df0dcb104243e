"""What bad input to a scan gets."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradcut as gc
from gradcut.errors import DataError, DeclarationError, UnattainableError
from scanning.scan_toys import samples, table

RNG = np.random.default_rng(1)
N = 400
SIGNAL = table(0, x=RNG.normal(1, 1, N), y=RNG.normal(1, 1, N))
BACKGROUND = table(10**7, x=RNG.normal(0, 1, N), y=RNG.normal(0, 1, N))
SELECTION = gc.Selection("x > ?", "y > ?")


def scan(
    selection: gc.Selection = SELECTION,
    signal: Any = SIGNAL,
    background: Any = BACKGROUND,
    **changes: Any,
) -> Any:
    how: dict[str, Any] = {"efficiencies": [0.5, 0.8], "n_threads": 1, "max_steps": 12, "starts": 1}
    return gc.scan_cuts(selection, samples(signal, background), **{**how, **changes})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([], r"signal efficiencies lie between 0 and 1(.|\n)*given: none"),
        ([0.0, 0.5], r"lie between 0 and 1(.|\n)*given: 0, 0.5(.|\n)*such as \[0.5, 0.8, 0.9\]"),
        ([0.5, 1.0], r"lie between 0 and 1"),
        ([0.5, 90], r"lie between 0 and 1(.|\n)*0.5, 90"),
        ([float("nan")], r"lie between 0 and 1(.|\n)*nan"),
        ([0.5, 0.8, 0.5], r"a signal efficiency is wanted twice(.|\n)*0.5, 0.5, 0.8"),
        (0.5, r"efficiencies are a list of numbers(.|\n)*given: 0.5"),
        (["half"], r"efficiencies are a list of numbers"),
        ("0.5", r"efficiencies are a list of numbers"),
        (None, r"efficiencies are a list of numbers"),
    ],
)
def test_efficiencies_are_numbers_between_zero_and_one(given: Any, message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        scan(efficiencies=given)


def test_efficiency_above_that_of_the_open_cuts_is_told_with_what_loses_the_signal() -> None:
    holed = {**SIGNAL, "x": np.where(np.arange(N) % 4 == 0, np.nan, SIGNAL["x"])}
    with pytest.raises(
        UnattainableError,
        match=r"no cuts keep that much of the signal(.|\n)*25.00% by cut 'x'(.|\n)*0.8(.|\n)*up to 0.75",
    ):
        scan(signal=holed)
    assert scan(signal=holed, efficiencies=[0.3, 0.7]).at(0.7).used.signal == pytest.approx(0.7, abs=1 / N)


def test_fixed_requirements_and_thresholds_count_as_losses() -> None:
    with pytest.raises(UnattainableError, match=r"50.00% by fixed requirements"):
        scan(gc.Selection("x > ?", "event < 200"))
    with pytest.raises(UnattainableError, match=r"by cut 'x' \(missing values, or fixed\)"):
        scan(fix={"x": 1.5})


@pytest.mark.parametrize("role", ["signal", "background"])
def test_without_signal_or_background_there_is_no_efficiency(role: str) -> None:
    given = gc.Samples(weight="w", event="event")
    given.add("one", SIGNAL, role=role)  # type: ignore[arg-type]
    other = "background" if role == "signal" else "signal"
    with pytest.raises(DeclarationError, match=rf"needs a {other}(.|\n)*one \({role}\)(.|\n)*role='{other}'"):
        gc.scan_cuts(SELECTION, given, efficiencies=[0.5])


@pytest.mark.parametrize("role", ["signal", "background"])
def test_yields_that_are_not_positive_are_told(role: str) -> None:
    given = {"signal": SIGNAL, "background": BACKGROUND}
    given[role] = {**given[role], "w": np.where(np.arange(N) % 3 == 0, 1.0, -1.0)}
    with pytest.raises((DeclarationError, DataError), match=rf"(?s){role}.*positive|positive.*{role}"):
        scan(signal=given["signal"], background=given["background"])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"fix": {"z": 1.0}}, r"unknown parameter 'z'(.|\n)*where: fix"),
        ({"fix": {"x": "1"}}, r"the value of parameter 'x' is a number(.|\n)*where: fix"),
        ({"fix": {"x": 1.0, "y": 1.0}}, r"all parameters are fixed: nothing is left to learn"),
        ({"smoothness": -0.1}, r"smoothness is a number from 0 on(.|\n)*-0.1"),
        ({"smoothness": "much"}, r"smoothness is a number from 0 on"),
        ({"smoothness": float("inf")}, r"smoothness is a number from 0 on"),
        ({"smoothness": float("nan")}, r"smoothness is a number from 0 on"),
        ({"smoothness": True}, r"smoothness is a number from 0 on"),
        ({"cut_size": -1}, r"cut_size is a number from 0 on"),
        ({"nested": 0.5}, r"nested is True or False(.|\n)*0.5"),
        ({"starts": 0}, r"starts is an integer from 1 on(.|\n)*0"),
        ({"starts": 2.5}, r"starts is an integer from 1 on"),
        ({"max_steps": 3}, r"max_steps is an integer from 12 on(.|\n)*3"),
        ({"seed": -1}, r"a seed is an integer from 0 on"),
        ({"folds": 2, "split": gc.Split()}, r"events are divided in one way(.|\n)*one of them"),
        ({"engine": "abacus"}, r"unknown engine(.|\n)*'abacus'(.|\n)*cpu, torch"),
    ],
    ids=str,
)
def test_settings_are_checked(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        scan(**changes)


def test_numbers_of_numpy_are_taken() -> None:
    result = scan(
        efficiencies=np.array([0.5], dtype=np.float32),
        smoothness=np.float64(0.1),
        starts=np.int64(2),
        max_steps=np.int32(14),
        seed=np.int64(3),
        fix={"x": np.float32(-0.5)},
    )
    assert result.targets == (0.5,)
    assert result.at(0.5).values["x"] == -0.5


def test_selection_without_anything_to_learn_is_told() -> None:
    with pytest.raises(DeclarationError, match="nothing is left open in the selection"):
        scan(gc.Selection("x > 0.5"))


def test_threshold_that_has_no_loose_side_is_refused() -> None:
    with pytest.raises(DeclarationError, match=r"'c' loosens one cut and tightens another(.|\n)*x, y"):
        scan(gc.Selection("x > ?c", "y < ?c"))


def test_feature_that_is_all_missing_is_told() -> None:
    empty = np.full(N, np.nan)
    with pytest.raises((DataError, UnattainableError), match=r"cut 'z'"):
        scan(gc.Selection("x > ?", "z > ?"), {**SIGNAL, "z": empty}, {**BACKGROUND, "z": empty})
    with pytest.raises(DataError, match=r"no finite value in any event(.|\n)*cut 'z'"):
        scan(
            gc.Selection("x > ?", "z > ?", missing="pass"), {**SIGNAL, "z": empty}, {**BACKGROUND, "z": empty}
        )


def test_unknown_column_is_told_with_close_matches() -> None:
    with pytest.raises((DataError, DeclarationError), match=r"unknown column 'xx'(.|\n)*'x'"):
        scan(gc.Selection("xx > ?"))


def test_process_of_three_events_is_scanned_with() -> None:
    rare = {name: column[:3] for name, column in BACKGROUND.items()}
    result = gc.scan_cuts(
        SELECTION,
        samples(SIGNAL, {**BACKGROUND, "event": BACKGROUND["event"] + N}, rare),
        efficiencies=[0.5],
        n_threads=1,
    )
    assert result.at(0.5).used.signal == pytest.approx(0.5, abs=1 / N)
    assert result.status == "finished"


def test_five_signal_events_are_enough() -> None:
    few = {name: column[:5] for name, column in SIGNAL.items()}
    result = scan(signal=few, efficiencies=[0.2, 0.6], split=gc.Split(train=1, select=0, test=0))
    assert [point.mask(few).sum() for point in result] == [1, 3]
