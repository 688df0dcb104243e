import numpy as np
import pytest

from gradcut.errors import DataError, DeclarationError
from gradcut.expressions import Cpp, evaluate, evaluator, parse
from gradcut.jagged import Jagged

COLUMNS = {
    "met": np.array([100.0, np.nan, 400.0], dtype=np.float32),
    "n": np.array([1, 2, 3]),
    "jet_pt": Jagged.from_lists([[50, 20], [], [80]]),
    "mu_pt": Jagged.from_lists([[50], [], [80]]),
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("met > 350", [False, False, True]),
        ("!(met < 350)", [False, True, True]),
        ("n / 2", [0.5, 1.0, 1.5]),
        ("count(jet_pt > 30)", [1.0, 0.0, 1.0]),
        ("sum(jet_pt)", [70.0, 0.0, 80.0]),
        ("any(jet_pt > 60) || n == 2", [False, True, True]),
        ("all(jet_pt > 60)", [False, True, True]),
        ("max(jet_pt) > 0", [True, False, True]),
        ("count(jet_pt > 20 * n)", [1.0, 0.0, 1.0]),
        ("1 < 2", [True, True, True]),
        ("7", [7.0, 7.0, 7.0]),
    ],
)
def test_evaluate_text_gives_values(text, expected):
    result = evaluate(parse(text), COLUMNS)
    assert result.dtype == (np.bool_ if isinstance(expected[0], bool) else np.float64)
    np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("mett > 3", DeclarationError, "unknown column 'mett'(.|\n)*did you mean 'met'"),
        ("met > ?", DeclarationError, "bind values to the parameters first"),
        ("jet_pt > 3", DeclarationError, "a vector column without a reducer: 'jet_pt'"),
        ("count(met > 3)", DeclarationError, r"count\(\) needs a vector column"),
        ("max(met)", DeclarationError, "takes at least two"),
        ("any(jet_pt > mu_pt)", DataError, "2 and 1 objects in event 0"),
    ],
)
def test_evaluate_bad_expression_says_why(text, kind, message):
    with pytest.raises(kind, match=message):
        evaluate(parse(text), COLUMNS)


def test_evaluate_live_cpp_needs_root():
    with pytest.raises(DeclarationError, match=r"gc\.Cpp needs ROOT"):
        evaluate(Cpp("TMath::Abs(x)"), COLUMNS)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"met": np.array(["a"])}, "column 'met' is not a one-dimensional array of numbers"),
        ({"met": np.ones((2, 2))}, "give vector columns as gradcut.Jagged"),
        ({"met": np.ones(2), "n": np.ones(3)}, "columns of different lengths(.|\n)*met: 2, n: 3"),
    ],
)
def test_evaluate_bad_columns_says_why(columns, message):
    with pytest.raises(DataError, match=message):
        evaluate(parse("met + n > 3" if "n" in columns else "met > 3"), columns)


def test_evaluate_without_columns_has_no_length():
    with pytest.raises(DataError, match="the number of events is not known"):
        evaluate(parse("1 < 2"), {})


def test_evaluate_no_events_gives_none():
    assert evaluate(parse("max(v) > x"), {"v": Jagged.from_lists([]), "x": np.empty(0)}).shape == (0,)


def test_evaluate_in_blocks_equals_whole(monkeypatch):
    rng = np.random.default_rng(3)
    n = 1000
    rows = [rng.normal(size=k) for k in rng.integers(0, 4, size=n)]
    columns = {"x": rng.normal(size=n), "v": Jagged.from_lists(rows)}
    tree = parse("sum(v * x) + max(v) > x || count(v > 0) == 2")
    whole = evaluate(tree, columns)
    monkeypatch.setattr(evaluator, "_BLOCK", 7)
    np.testing.assert_array_equal(evaluate(tree, columns), whole)
    assert 0 < whole.sum() < n


def test_evaluate_strided_and_big_endian_columns():
    columns = {"x": np.arange(10.0)[::2], "y": np.arange(5, dtype=">i4")}
    np.testing.assert_array_equal(evaluate(parse("exp(x) + y"), columns)[:2], [1.0, np.exp(2.0) + 1])


def test_evaluate_objects_gives_one_value_per_object_where_no_reducer_takes_them():
    columns = {"x": np.array([1.0, 2.0, 3.0]), "v": Jagged.from_lists([[1.0, -4.0], [], [-2.0]])}
    found = evaluate(parse("abs(v) + x"), columns, objects=True)
    assert found == Jagged.from_lists([[2.0, 5.0], [], [5.0]])
    condition = evaluate(parse("v < 0 && x < 3"), columns, objects=True)
    assert condition.identical(Jagged.from_lists([[False, True], [], [False]], np.bool_))
    np.testing.assert_array_equal(evaluate(parse("count(v < x)"), columns, objects=True), [1, 0, 1])
    with pytest.raises(DeclarationError, match="without a reducer: 'v'"):
        evaluate(parse("abs(v) + x"), columns)
