"""Pruning against all subsets of cuts, counted in numpy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

import gradcut as gc
from fitting.toy_samples import samples
from gradcut.errors import DataError, DeclarationError
from gradcut.results import CutResult
from revising.toy_cuts import (
    BACKGROUND,
    CUTS,
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

OPEN = {"x": -np.inf, "y:low": -np.inf, "y:high": np.inf, "noise": -np.inf, "dull": np.inf}
Score = Callable[[tuple[dict[str, float], ...]], float]


def opened(names: frozenset[str]) -> tuple[dict[str, float], ...]:
    return tuple({n: OPEN[n] if n in names else v for n, v in own.items()} for own in CUTS)


def by_brute_force(score: Score, max_loss: float) -> list[str]:
    """Most useless first, from a table of all subsets."""
    table = {
        frozenset(names): score(opened(frozenset(names)))
        for n in range(len(OPEN) + 1)
        for names in combinations(OPEN, n)
    }
    used = {names: z_used(opened(names)) for names in table}
    ahead = max(used[frozenset()] - table[frozenset()], 0)
    found: list[str] = []
    while len(found) < len(OPEN):
        trials = {name: frozenset([*found, name]) for name in OPEN if name not in found}
        scores = {
            name: table[names]
            for name, names in trials.items()
            if used[names] >= (1 - max_loss) * used[frozenset()] - ahead * len(names) / len(OPEN)
        }
        best = max(scores, key=lambda name: scores[name], default="")
        if not best or scores[best] < (1 - max_loss) * table[frozenset()]:
            break
        found.append(best)
    return found


@pytest.mark.parametrize("max_loss", [0.0, 0.01, 0.05, 0.4])
def test_the_most_useless_is_opened_first_as_judged_by_unused_events(
    cuts: CutResult, max_loss: float
) -> None:
    pruned = cuts.prune(max_loss)
    expected = by_brute_force(z_unused, max_loss)
    (revision,) = pruned.revisions
    assert [change.name for change in revision.changes] == expected
    after = opened(frozenset(expected))
    assert (pruned.values, *(row.values for row in pruned.folds)) == after
    assert revision.judged == "unused"
    for found, value in (
        (revision.unused_before, z_unused(CUTS)),
        (revision.unused, z_unused(after)),
        (pruned.scores.unused, z_unused(after)),
        (revision.used_before, z_used(CUTS)),
        (pruned.scores.used, z_used(after)),
    ):
        assert found == pytest.approx(value, rel=1e-12)


def test_more_may_be_lost_the_more_is_open(cuts: CutResult) -> None:
    counts = [len(cuts.prune(loss).revisions[0].changes) for loss in (0.0, 0.01, 0.05, 0.4, 0.9)]
    assert counts == sorted(counts)
    assert counts[0] < counts[-1]


def test_every_number_is_that_of_the_pruned_cuts(cuts: CutResult) -> None:
    pruned = cuts.prune(0.05)
    assert "noise" in {change.name for change in pruned.revisions[0].changes}
    row = pruned.threshold("noise")
    assert (row.is_open, row.learned, row.start) == (True, -np.inf, cuts.threshold("noise").start)
    x = pruned.threshold("x")
    rest = frozenset(change.name for change in pruned.revisions[0].changes) | {"x"}
    assert x.without == pytest.approx(z_used(opened(rest)), rel=1e-12)
    assert x.without_unused == pytest.approx(z_unused(opened(rest)), rel=1e-12)
    again = toy().collect({"x": "x"})
    assert pruned.processes[0].before == pytest.approx(again["all", "signal"].totals.sum_w)
    kept = cuts.mask(_columns("signal"), folds=True).sum()
    assert pruned.processes[0].unused_entries == pruned.mask(_columns("signal"), folds=True).sum() > kept
    scan = next(p for p in pruned.pictures if p.cut == "x").scans[0]
    at = scan.thresholds.index(pruned.values["x"])
    assert scan.used[at] == pytest.approx(pruned.scores.used, rel=1e-6)
    assert pruned.scores.soft is None


def _columns(name: str) -> dict[str, np.ndarray]:
    return SIGNAL if name == "signal" else BACKGROUND


def test_message_and_table_have_the_price(cuts: CutResult) -> None:
    pruned = cuts.prune(0.05)
    revision = pruned.revisions[0]
    price = f"{revision.unused_before:.4g} -> {revision.unused:.4g} on the unused ones (which chose"
    assert price in pruned.message
    lines = str(pruned).splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("prune, at most 5%"))
    assert f"{revision.used_before:.4g} -> {revision.used:.4g}" in lines[at]
    assert "-> open" in lines[at + 1]
    assert max(map(len, lines)) < 120


def test_file_gives_the_same_with_samples(cuts: CutResult, tmp_path: Path) -> None:
    cuts.save(tmp_path / "cuts.json")
    loaded = CutResult.load(tmp_path / "cuts.json")
    assert loaded.revisions == ()
    pruned = loaded.prune(0.05, samples=toy())
    assert pruned == cuts.prune(0.05)
    pruned.save(tmp_path / "pruned.json")
    assert CutResult.load(tmp_path / "pruned.json") == pruned
    with pytest.raises(DeclarationError, match=r"does not have its samples(.|\n)*result.prune\(samples"):
        loaded.prune()


def test_used_events_judge_where_no_others_do(cuts: CutResult) -> None:
    alone = replace(cuts, scores=replace(cuts.scores, unused=None))
    pruned = alone.prune(0.05)
    (revision,) = pruned.revisions
    assert (revision.judged, revision.unused, pruned.scores.unused) == ("used", None, None)
    assert [change.name for change in revision.changes] == by_brute_force(z_used, 0.05)
    assert "unused ones" not in pruned.message


def test_part_to_test_with_judges_the_cuts_of_a_split() -> None:
    split = gc.Split(by="event % 2", train=(0,), select=(), test=(1,))
    fit = fitted(SELECTION, toy(), folds=None, split=split)
    pruned = with_cuts(fit, CUTS[:1]).prune(0.05)
    totals = {name: _columns(name)["w"].sum() for name in ("signal", "background")}

    def z_test(cuts: tuple[dict[str, float], ...]) -> float:
        sums = []
        for name in totals:
            events = _columns(name)
            odd = events["event"] % 2 == 1
            sums.append(
                totals[name] * events["w"][odd & passes(events, cuts[0])].sum() / events["w"][odd].sum()
            )
        return asimov(*sums)

    assert [change.name for change in pruned.revisions[0].changes] == by_brute_force(z_test, 0.05)
    names = frozenset(change.name for change in pruned.revisions[0].changes)
    assert pruned.scores.unused == pytest.approx(z_test(opened(names)), rel=1e-12)


def test_fixed_thresholds_stay() -> None:
    fit = with_cuts(fitted(SELECTION, toy(), fix={"noise": CUTS[0]["noise"]}), CUTS)
    assert "noise" not in {change.name for change in fit.prune(0.4).revisions[0].changes}


def test_both_ends_of_a_veto_open_together() -> None:
    fit = fitted(gc.Selection("x > ?", "!(? < noise < ?)"), toy())
    own = {"x": 0.7, "noise:low": 0.0, "noise:high": 0.1}
    pruned = with_cuts(fit, (own, own, own)).prune(0.02)
    assert (pruned.values["noise:low"], pruned.values["noise:high"]) == (np.inf, np.inf)
    assert pruned.mask(_columns("signal")).sum() == (_columns("signal")["x"] > 0.7).sum()


def test_nothing_left_of_the_background_is_an_error(cuts: CutResult) -> None:
    none = {**CUTS[0], "x": 50.0}
    with pytest.raises(DataError, match="does not exist at the cuts of the result"):
        with_cuts(cuts, (none, none, none)).prune()


@pytest.mark.parametrize("wrong", [-0.1, 1.0, "1%", True, np.nan])
def test_loss_is_a_fraction(cuts: CutResult, wrong: object) -> None:
    for method in (cuts.prune, cuts.rounded):
        with pytest.raises(DeclarationError, match=r"max_loss is the fraction(.|\n)*from 0 to below 1"):
            method(wrong)  # type: ignore[arg-type]


def test_other_samples_are_noticed(cuts: CutResult) -> None:
    assert not any("with these samples" in warning for warning in cuts.prune(0.05).warnings)
    doubled = {**SIGNAL, "w": 2 * SIGNAL["w"]}
    pruned = cuts.prune(0.05, samples=samples(doubled, BACKGROUND))
    assert any("with these samples the cuts had Z" in warning for warning in pruned.warnings)
    assert pruned.processes[0].before == pytest.approx(80)


@pytest.mark.parametrize(
    ("name", "change"), [("x", {"x": -np.inf}), ("y:high", {"y:high": np.inf, "x": 1.1})]
)
def test_good_cut_that_unused_events_miss_stays(cuts: CutResult, name: str, change: dict[str, float]) -> None:
    """Cuts of the folds of which one does nothing: only the used events know better."""
    fit = with_cuts(cuts, (CUTS[0], *({**own, **change} for own in CUTS[1:])))
    fit = replace(fit, scores=replace(fit.scores, used=z_used(CUTS)))
    assert z_used(opened(frozenset({name}))) < 0.75 * z_used(CUTS)
    assert fit.prune(0.01).values[name] == CUTS[0][name]
    assert fit.prune(0.99).values[name] == OPEN[name]
