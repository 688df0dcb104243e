"""How sharp the cuts are, chosen from fluctuating numbers."""

from __future__ import annotations

import numpy as np
import pytest

from gradcut.fitting.choice import VARIANTS, choose
from gradcut.fitting.descent import STAGES

LAST = len(VARIANTS) - 1


def scores(plain: list[float], moved: list[float] | None = None, sweeps: float = 0.0) -> np.ndarray:
    return np.array([*plain, *(moved or plain), sweeps])


def chosen(given: np.ndarray, rounds: np.ndarray | None = None) -> str:
    return str(VARIANTS[choose(given, given[None] if rounds is None else rounds)])


def test_peak_of_the_trend_is_chosen() -> None:
    assert chosen(scores([0.60, 0.70, 0.75, 0.80, 0.90, 0.92])) == "stage 6"
    assert chosen(scores([0.95, 0.90, 0.80, 0.75, 0.70, 0.60])) == "stage 1"


def test_one_fluctuation_does_not_decide() -> None:
    assert chosen(scores([0.515, 0.5, 0.5, 0.5, 0.49, 0.49])) in ("stage 2", "stage 3")


def test_common_shift_is_taken_where_it_helps_most_stages() -> None:
    plain, moved = [-20.0, -3.0, -0.5, 0.9, 1.1, 1.14], [1.1, 1.14, 1.15, 1.15, 1.14, 1.13]
    assert chosen(scores(plain, moved)).endswith("shifted")


def test_exact_sweeps_must_improve_by_a_percent_in_every_round() -> None:
    flat = [0.5] * STAGES
    assert "sweeps" not in chosen(scores(flat, sweeps=0.503))
    good = scores(flat, sweeps=0.52)
    assert "sweeps" in chosen(good)
    worse_once = np.stack([scores(flat, sweeps=0.56), scores(flat, sweeps=0.48)])
    assert "sweeps" not in chosen(good, worse_once)


@pytest.mark.parametrize("bad", [-np.inf, np.nan])
def test_stages_without_a_score_are_avoided(bad: float) -> None:
    assert chosen(scores([0.5, 0.5, 0.5, 0.5, bad, bad], sweeps=bad)) in {"stage 1", "stage 2", "stage 3"}
    assert chosen(scores([bad] * STAGES, sweeps=bad)) in {str(v) for v in VARIANTS}
