"""What the grammar accepts means the same everywhere: numpy, ROOT, after save and load, and in an oracle."""

import json
import random

import numpy as np
import pytest
from expression_frames import bits, frame, values
from expression_oracle import value
from expression_samples import TYPES, random_expression, random_rows, rows_of
from hypothesis import given, note, settings
from hypothesis import strategies as st

from gradcut.errors import DeclarationError
from gradcut.expressions import evaluate, from_json, guard, parse, render_cpp, to_json, to_text

VECTORS = [name for name, text in TYPES.items() if "RVec" in text]


def _check_numpy(tree, columns, rows):
    assert parse(to_text(tree)) == tree
    loaded = from_json(json.loads(json.dumps(to_json(tree))))
    assert loaded == tree
    expected = [value(tree, row) for row in rows]
    for form in (tree, loaded, parse(to_text(tree))):
        result = evaluate(form, columns)
        np.testing.assert_array_equal(bits(result), bits([float(x) for x in expected]))
    assert (result.dtype == np.bool_) == isinstance(expected[0], bool)


@settings(max_examples=80, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 5))
def test_evaluate_random_expression_equals_slow_interpreter(rng, depth):
    columns = random_rows(rng, 12)
    tree = random_expression(rng, depth)
    note(to_text(tree))
    _check_numpy(tree, columns, rows_of(columns))


@settings(max_examples=150, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 5))
def test_text_and_json_of_expression_with_holes_round_trip(rng, depth):
    tree = random_expression(rng, depth, hole_probability=0.5)
    try:
        loaded = from_json(json.loads(json.dumps(to_json(tree))))
    except DeclarationError:
        # The generator may write '? < ?' or a hole inside another's place; then the text is refused as well.
        with pytest.raises(DeclarationError):
            parse(to_text(tree))
        return
    assert loaded == tree
    assert parse(to_text(tree)) == tree


@pytest.mark.fuzz
def test_evaluate_many_random_expressions_equal_slow_interpreter():
    for batch in range(400):
        rng = random.Random(7_000_000 + batch)
        columns = random_rows(rng, 20)
        rows = rows_of(columns)
        for _ in range(50):
            _check_numpy(random_expression(rng, rng.randint(1, 5)), columns, rows)


def _check_root(ROOT, rng, n_expressions, n_rows):  # noqa: N803
    columns = random_rows(rng, n_rows)
    trees, codes = [], []
    for index in range(n_expressions):
        tree = random_expression(rng, rng.randint(1, 5))
        if index % 3 == 2:
            missing, sentinels = rng.choice(["fail", "pass"]), rng.choice([(), (-999,), (0.1, 3)])
            tree = guard(tree, missing=missing, sentinels=sentinels, vectors=VECTORS)
        # Without types conversions are written out, with them they are left out where C++ agrees anyway.
        known = {"types": TYPES} if index % 2 else {"vectors": VECTORS}
        trees.append(tree)
        codes.append(render_cpp(tree, **known))
    for tree, code, result in zip(trees, codes, values(frame(ROOT, columns), codes), strict=True):
        np.testing.assert_array_equal(
            bits(result), bits(evaluate(tree, columns)), err_msg=f"{to_text(tree)}\n{code}"
        )


@pytest.mark.root
def test_rdataframe_random_expressions_equal_numpy(ROOT):  # noqa: N803
    _check_root(ROOT, random.Random(20261122), 40, 60)


@pytest.mark.root
@pytest.mark.fuzz
@pytest.mark.parametrize("seed", range(20))
def test_rdataframe_many_random_expressions_equal_numpy(ROOT, seed):  # noqa: N803
    _check_root(ROOT, random.Random(seed), 150, 100)
