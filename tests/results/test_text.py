"""The table of a result: what every kind of threshold looks like."""

from __future__ import annotations

from dataclasses import replace

import pytest

import gradcut as gc
from gradcut.tables import number, plus_minus, shortened, table
from report.drawn_results import result


def line(text: str, start: str) -> list[str]:
    return next(one for one in text.splitlines() if one.startswith(start)).split()


def test_every_threshold_says_what_it_keeps() -> None:
    text = str(result())
    assert line(text, "met")[1:] == ["70", ">", "110", "95", "..", "130", "1", "0.9", "2", "0"]
    assert line(text, "abs(mll):low")[1:7] == ["70", ">=", "60", "open", "..", "70"]
    assert line(text, "abs(mll):high")[1:7] == ["70", "<", "160", "150", "..", "open"]
    # A veto up to minus infinity keeps nothing below it: that side is not open.
    assert line(text, "dr:low")[1:6] == ["-inf", "nothing", "-inf", "..", "20"]
    assert line(text, "dr:high")[1:4] == ["70", ">=", "90"]
    assert line(text, "jet_pt")[1:] == ["open", "open", "120", "..", "open", "0"]


def test_scores_and_their_meaning() -> None:
    text = str(result())
    assert "Z with hard cuts on unused events, pooled over 2 folds  2.7   (the one to quote)" in text
    assert "within 1%" in text
    assert "(N-1), on the used and on the unused events" in text
    alone = result()
    alone = replace(alone, scores=replace(alone.scores, unused=None, soft=None), folds=())
    rows = tuple(replace(row, without_unused=None) for row in alone.thresholds)
    text = str(replace(alone, thresholds=rows))
    assert "on unused events" not in text.split("after, unused")[0].replace(
        "Z with hard cuts on unused events", ""
    )
    assert line(text, "Z with hard cuts on unused")[-1] == "-"
    assert "to quote" not in text
    assert "(N-1), on the used events." in text


def test_process_of_which_no_event_is_left_has_an_upper_limit() -> None:
    text = str(result())
    assert line(text, "top")[-5:] == ["<", "0.11", "0", "0", "%"]
    assert line(text, "signal")[-6:] == ["4.90", "+-", "0.10", "490", "49", "%"]


def test_missing_values_pass_where_they_are_declared_to() -> None:
    fit = result()
    assert "they fail the cut" in " ".join(str(fit).split())
    selection = gc.Selection(*(r.label for r in fit.selection.requirements), missing="pass")
    assert "they pass the cut" in " ".join(str(replace(fit, selection=selection)).split())


def test_long_names_and_many_folds_fit_a_terminal() -> None:
    fit = result()
    name = "an objective with a long name of its own - 0.5 efficiency loss"
    rows = tuple(
        replace(
            r,
            process=f"{r.process} with a long name in the middle of it",
            channel="a long channel name, too " + c,
        )
        for r in fit.processes
        for c in "12"
    )
    folds = tuple(fit.folds[i % 2] for i in range(10))
    text = str(
        replace(fit, scores=replace(fit.scores, name=name), processes=rows, folds=folds, message="word " * 60)
    )
    assert max(map(len, text.splitlines())) < 120
    assert "objective within 1%" in text
    assert "fold 9" in text


def test_cuts_that_share_a_threshold_from_both_sides_show_the_number_alone() -> None:
    fit = result()
    selection = gc.Selection("a > ?both", "b < ?both")
    row = replace(fit.thresholds[0], name="both", cut="a, b", learned=4.5)
    shared = replace(fit, selection=selection, values={"both": 4.5}, thresholds=(row,), folds=())
    assert line(str(shared), "both")[2] == "4.5"


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (123.456, 1.23, "123.5 +- 1.2"),
        (0.01234, 0.00056, "0.01234 +- 0.00056"),
        (9201.3, 58.2, "9201 +- 58"),
        (1.5e7, 3210.0, "15000000 +- 3210"),
        (-3.0, 0.25, "-3.00 +- 0.25"),
        (1e-12, 2e-13, "1e-12 +- 2e-13"),
        (5.0, 0.0, "5 +- 0"),
        (float("nan"), 1.0, "nan +- 1"),
    ],
)
def test_values_are_written_to_two_digits_of_their_error(value: float, error: float, text: str) -> None:
    assert plus_minus(value, error) == text


def test_pieces_of_tables() -> None:
    assert number(float("-inf")) == "-inf"
    assert number(1234.56) == "1235"
    assert shortened("abcdefghijkl", 9) == "abc...jkl"
    assert shortened("abc", 9) == "abc"
    assert table(("a", "b"), [("long", "1")]) == ["a     b", "----  -", "long  1"]
    assert table(("a", "b"), [("x", "long")], left=2)[2] == "x  long"
