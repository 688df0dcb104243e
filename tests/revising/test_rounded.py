"""Rounding against a slow loop, and what is compared in the end."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradcut as gc
from fitting.toy_samples import samples
from gradcut.results import CutResult
from revising.toy_cuts import (
    BACKGROUND,
    CUTS,
    OBJECTIVE,
    SELECTION,
    SIGNAL,
    asimov,
    fitted,
    passes,
    toy,
    with_cuts,
    z_unused,
    z_used,
)


def z_outside(fold: int, cuts: dict[str, float]) -> float:
    """On the events outside of a fold, scaled to all of them."""
    sums = []
    for events in (SIGNAL, BACKGROUND):
        used, w = events["event"] % 2 != fold, events["w"]
        sums.append(float(w[used & passes(events, cuts)].sum() / w[used].sum() * w.sum()))
    return asimov(*sums)


def slowly(cuts: dict[str, float], score: Any, max_loss: float) -> dict[str, float]:
    """The rule as it is documented, one number after the other."""
    cuts, first = dict(cuts), score(cuts)
    best = first
    for done, name in enumerate(CUTS[0], start=1):
        for step in [Fraction(f"{c}e{e}") for e in range(3, -10, -1) for c in (5, 2, 1)]:
            nearest = float(round(Fraction(cuts[name]) / step) * step)
            trial = {**cuts, name: nearest}
            least = best - first * max_loss * done / 5
            if trial["y:low"] < trial["y:high"] and score(trial) >= least:
                cuts, best = trial, max(best, score(trial))
                break
    return cuts


@pytest.mark.parametrize("max_loss", [0.0, 0.001, 0.01, 0.1])
def test_numbers_are_those_of_a_slow_loop(cuts: CutResult, max_loss: float) -> None:
    rounded = cuts.rounded(max_loss)
    expected = (
        slowly(CUTS[0], lambda own: z_used((own,)), max_loss),
        slowly(CUTS[1], lambda own: z_outside(0, own), max_loss),
        slowly(CUTS[2], lambda own: z_outside(1, own), max_loss),
    )
    assert (rounded.values, *(row.values for row in rounded.folds)) == expected
    assert rounded.scores.used == pytest.approx(z_used(expected), rel=1e-12)
    assert rounded.scores.unused == pytest.approx(z_unused(expected), rel=1e-12)
    assert [row.used for row in rounded.folds] == pytest.approx(
        [z_outside(0, expected[1]), z_outside(1, expected[2])], rel=1e-12
    )
    assert rounded.scores.used >= (1 - max_loss) * z_used(CUTS) - 1e-12
    (revision,) = rounded.revisions
    assert (revision.judged, revision.used_before) == ("used", pytest.approx(z_used(CUTS), rel=1e-12))


def test_numbers_get_plainer_the_more_may_be_lost(cuts: CutResult) -> None:
    digits = [
        sum(len(f"{abs(value):.12g}".strip("0.")) for value in cuts.rounded(loss).values.values())
        for loss in (0.0, 0.001, 0.01, 0.1)
    ]
    assert digits == sorted(digits, reverse=True)
    assert digits[-1] <= 5 < digits[0]


def test_message_and_table_have_numbers_and_price(cuts: CutResult, tmp_path: Path) -> None:
    rounded = cuts.prune(0.05).rounded(0.01)
    revision = rounded.revisions[1]
    change = next(one for one in revision.changes if one.name == "x")
    text = str(rounded)
    assert f"x  0.737 -> {change.after:g}" in text
    assert "rounded, at most 1%" in text
    assert f"Z {revision.used_before:.4g} -> {revision.used:.4g} on the used events" in rounded.message
    assert rounded.revisions[0] == cuts.prune(0.05).revisions[0]
    rounded.save(tmp_path / "cuts.json")
    loaded = CutResult.load(tmp_path / "cuts.json")
    assert loaded == rounded
    assert str(loaded) == text
    assert loaded.rounded(0.01, samples=toy()).values == rounded.values


def single(column: str, dtype: type, values: Any, threshold: float, text: str) -> CutResult:
    """A fit of one cut of which the threshold is given; background around 0.05, signal above."""
    rng = np.random.default_rng(3)
    tables = []
    for seed, shift, weight in ((1, 1, 0.02), (2, 0, 0.3)):
        x = values(rng, 3000, shift).astype(dtype)
        tables.append({column: x, "w": np.full(len(x), weight), "event": np.arange(len(x)) + 10**6 * seed})
    fit = fitted(gc.Selection(text), samples(*tables))
    return with_cuts(fit, tuple({column: threshold} for _ in range(3)))


NEAR = np.float32(0.1) + np.arange(-3, 4, dtype=np.float32) * np.spacing(np.float32(0.1))


@pytest.mark.parametrize("text", ["x > ?", "x >= ?", "? < x", "? <= x"])
def test_number_written_is_the_number_compared_on_a_float_column(text: str) -> None:
    def values(rng: np.random.Generator, n: int, shift: int) -> Any:
        return np.concatenate([rng.normal(0.04 + 0.12 * shift, 0.03, n), NEAR])

    rounded = single("x", np.float32, values, 0.0987, text).rounded(0.2)
    assert rounded.values == {"x": 0.1}
    assert rounded.column_types == {"x": "float32"}
    # What C++ says of ``x > 0.1`` for a float x: both are doubles there.
    inclusive = "=" in text
    expected = np.array([float(x) >= 0.1 if inclusive else float(x) > 0.1 for x in NEAR])
    assert 0 < expected.sum() < len(NEAR)
    assert rounded.mask({"x": NEAR}).tolist() == expected.tolist()
    assert "0.1" in rounded.filter_string().split()
    snapped = rounded.selection.snap(rounded.values, {"x": "float"})
    assert rounded.selection.mask({"x": NEAR}, snapped).tolist() == expected.tolist()


@pytest.mark.root
def test_root_compares_with_that_number_too(ROOT: Any, tmp_path: Path) -> None:  # noqa: N803
    def values(rng: np.random.Generator, n: int, shift: int) -> Any:
        return np.concatenate([rng.normal(0.04 + 0.12 * shift, 0.03, n), NEAR])

    rounded = single("x", np.float32, values, 0.0987, "x > ?").rounded(0.2)
    df = ROOT.RDF.FromNumpy({"x": NEAR})
    by_hand = df.Filter("x > 0.1").Count()
    learned = rounded.apply(df).Count()
    text = df.Filter(rounded.filter_string()).Count()
    rounded.save(tmp_path / "cuts.json")
    cpp = ROOT.GradCut.LoadCuts(str(tmp_path / "cuts.json")).Apply(ROOT.RDF.AsRNode(df)).Count()
    counts = {int(one.GetValue()) for one in (by_hand, learned, text, cpp)}
    assert counts == {int(rounded.mask({"x": NEAR}).sum())}


def test_integers_keep_their_half_steps() -> None:
    def values(rng: np.random.Generator, n: int, shift: int) -> Any:
        return rng.poisson(18 + 20 * shift, n)

    rounded = single("n", np.int32, values, 27.5, "n > ?").rounded(0.5)
    assert rounded.values == {"n": 27.5}
    assert rounded.revisions[0].changes == ()
    assert "nothing" in rounded.revisions[0].sentence("Z")


def test_open_and_fixed_thresholds_stay() -> None:
    own = [{**cuts, "noise": -np.inf, "dull": 2.2131} for cuts in CUTS]
    fit = with_cuts(fitted(SELECTION, toy(), fix={"dull": 2.2131}), tuple(own))
    rounded = fit.rounded(0.05)
    assert (rounded.values["noise"], rounded.values["dull"]) == (-np.inf, 2.2131)
    assert rounded.values["x"] != own[0]["x"]


def test_ends_of_a_narrow_window_stay_in_order() -> None:
    own = {"x:low": 1.04, "x:high": 1.16}
    fit = with_cuts(fitted(gc.Selection("? < x < ?"), toy()), (own, own, own))
    rounded = fit.rounded(0.9)
    assert rounded.values["x:low"] < rounded.values["x:high"]
    assert rounded.scores.used >= 0.1 * rounded.revisions[0].used_before > 0


def test_an_objective_that_is_made_small_rounds_too(cuts: CutResult) -> None:
    loss = -1.0 * OBJECTIVE
    rounded = cuts.rounded(0.01, objective=loss)
    assert rounded.values == cuts.rounded(0.01).values
