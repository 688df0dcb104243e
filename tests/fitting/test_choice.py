"""How sharp the cuts are, chosen from fluctuating numbers."""

from __future__ import annotations

import numpy as np
import pytest

from gradcut.fitting.choice import VARIANTS, choose
from gradcut.fitting.descent import STAGES


def scores(plain: list[float], exact: float = 0.0) -> np.ndarray:
    return np.array([*plain, exact])


def chosen(given: np.ndarray, rounds: np.ndarray | None = None, unit: float = 1.0) -> str:
    return str(VARIANTS[choose(given, given[None] if rounds is None else rounds, unit)])


def test_peak_of_the_trend_is_chosen() -> None:
    assert chosen(scores([0.60, 0.70, 0.75, 0.80, 0.90, 1.00])) == "stage 6"
    assert chosen(scores([1.00, 0.90, 0.75, 0.70, 0.60, 0.50])) == "stage 1"


def test_one_fluctuation_does_not_decide() -> None:
    assert chosen(scores([0.53, 0.5, 0.5, 0.5, 0.49, 0.49])) in ("stage 3", "stage 4")
    assert chosen(scores([0.5] * STAGES)) == "stage 4"


def test_unit_says_what_a_percent_is() -> None:
    rising = scores([-1.25, -1.24, -1.23, -1.22, -1.21, -1.20], exact=-2.0)
    assert [chosen(rising, unit=unit) for unit in (1.0, 0.5, 0.25)] == ["stage 4", "stage 5", "stage 6"]


def test_exact_steps_must_improve_by_a_percent_and_in_every_round() -> None:
    flat = [0.5] * STAGES
    assert "exact" not in chosen(scores(flat, 0.503))
    good = scores(flat, 0.52)
    assert "exact" in chosen(good)
    worse_once = np.stack([scores(flat, 0.56), scores(flat, 0.48)])
    assert "exact" not in chosen(good, worse_once)


@pytest.mark.parametrize("bad", [-np.inf, np.nan])
def test_stages_without_a_score_are_avoided(bad: float) -> None:
    assert chosen(scores([0.5, 0.5, 0.5, bad, bad, bad], bad)) in {"stage 1", "stage 2", "stage 3"}
    assert chosen(scores([bad] * STAGES, bad)) in {str(v) for v in VARIANTS}


def test_nothing_at_all_is_no_reason_to_fail() -> None:
    assert chosen(scores([0.0] * STAGES), unit=0.0) == "stage 4"
