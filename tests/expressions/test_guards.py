import math
import random

import numpy as np
import pytest
from expression_oracle import value
from expression_samples import SCALARS, random_expression, random_rows, rows_of

from gradcut.expressions import (
    Column,
    Comparison,
    Logical,
    Number,
    Reduce,
    Unary,
    columns,
    evaluate,
    guard,
    missing,
    parse,
    to_text,
)
from gradcut.expressions.structure import children, is_condition, walk
from gradcut.jagged import Jagged


@pytest.mark.parametrize(
    ("text", "sentinels", "guarded"),
    [
        ("met > 350", (), "met > 350"),
        ("met > 350", (-999,), "met > 350"),
        ("met < 350", (-999,), "met != -999 && met < 350"),
        ("abs(x) < 2", (-999,), "abs(x) < 2"),
        ("-x < 2", (-999,), "-x < 2"),
        ("-x > 2", (-999,), "x != -999 && -x > 2"),
        ("!(met < 350)", (), "met == met && !(met < 350)"),
        ("met != 3", (), "met == met && met != 3"),
        ("a > 1 || b > 1", (), "a == a && b == b && (a > 1 || b > 1)"),
        ("(a > 1) + b > 1", (), "a == a && (a > 1) + b > 1"),
        ("flag", (), "flag == flag && flag"),
        ("81 < mll < 101", (-999, 90), "mll != 90 && 81 < mll < 101"),
        ("x < 0.1", (-99.9,), "x != -99.9 && x != -99.9000015258789 && x < 0.1"),
        ("count(pt > 30 && abs(eta) < 2) > 1", (-1,), "count(eta != -1 && pt > 30 && abs(eta) < 2) > 1"),
        ("any(!(pt < 30))", (), "any(pt == pt && !(pt < 30))"),
        ("max(pt) > 30", (-1,), "!any(pt == -1) && max(pt) > 30"),
        ("sum(pt * (eta < 2)) < 30", (-1,), "!any(pt == -1) && sum(pt * (eta != -1 && eta < 2)) < 30"),
    ],
)
def test_guard_adds_only_what_changes_something(text, sentinels, guarded):
    assert to_text(guard(parse(text), sentinels=sentinels)) == guarded


def test_guard_scalar_inside_a_sum_is_tested_per_event_when_vectors_are_known():
    tree = guard(parse("sum(pt * w) > 1"), sentinels=[-1], vectors=["pt"])
    assert to_text(tree) == "!any(pt == -1) && w != -1 && sum(pt * w) > 1"


def test_missing_of_a_constant_never_holds():
    np.testing.assert_array_equal(evaluate(missing(parse("1 < 2"), [3]), {"x": np.ones(2)}), [False, False])


def _is_missing(node, row, sentinels, used_as_condition=True):
    """Whether a value is missing, read from the rule: outside of reducers only."""
    if isinstance(node, Column) and row[node.name] in sentinels:
        return True
    number = not is_condition(node)
    if number and used_as_condition and math.isnan(value(node, row)):
        return True
    logic = isinstance(node, (Logical, Comparison)) or (isinstance(node, Unary) and node.op == "!")
    return any(_is_missing(part, row, sentinels, logic) for part in children(node))


@pytest.mark.parametrize("choice", ["fail", "pass"])
def test_guard_random_expressions_follow_the_rule(choice):
    rng = random.Random(11)
    data = {name: column for name, column in random_rows(rng, 40).items() if name in SCALARS}
    rows = rows_of(data)
    checked = changed = 0
    while checked < 400:
        tree = random_expression(rng, rng.randint(1, 4))
        if any(isinstance(node, Reduce) for node in walk(tree)) or not columns(tree):
            continue
        sentinels = rng.choice([(), (-999.0,), (0.5, 30.0)])
        guarded = evaluate(guard(tree, missing=choice, sentinels=sentinels), data) != 0
        absent = np.array([_is_missing(tree, row, sentinels) for row in rows])
        plain = evaluate(tree, data) != 0
        expected = plain & ~absent if choice == "fail" else plain | absent
        np.testing.assert_array_equal(guarded, expected, err_msg=to_text(tree))
        np.testing.assert_array_equal(evaluate(missing(tree, sentinels), data), absent, err_msg=to_text(tree))
        checked += 1
        changed += bool(np.any(guarded != plain))
    assert changed > 50


def test_guard_of_objects_fails_their_condition_and_numbers_lose_the_event():
    data = {"pt": Jagged.from_lists([[50, -999], [np.nan], [], [10, 20]])}

    def decide(text, choice):
        return evaluate(guard(parse(text), missing=choice, sentinels=[-999]), data).tolist()

    for choice in ("fail", "pass"):
        assert decide("count(pt < 30) == 0", choice) == [True, True, True, False]
        assert decide("all(pt < 100)", choice) == [False, False, True, True]
    assert decide("max(pt) < 100", "fail") == [False, False, False, True]
    assert decide("max(pt) < 5", "pass") == [True, True, True, False]


def test_guard_of_a_comparison_with_numbers_keeps_its_meaning_for_the_sentinel_itself():
    tree = guard(Comparison((Column("x"), Number(-999)), ("==",)), sentinels=[-999])
    assert not evaluate(tree, {"x": np.array([-999.0])})[0]
