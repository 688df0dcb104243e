"""Numbers of numpy are as good as those of Python, whatever takes a number; nothing else is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradcut as gc
from gradcut import _kernels
from gradcut.checks import check_sentinels, is_integer, is_number
from gradcut.errors import DeclarationError
from gradcut.kernel_spec import MAX_CUTS, STEPS


@pytest.mark.parametrize("given", [3, 3.5, np.float32(3), np.int64(3), np.uint8(3), float("nan")])
def test_numbers_of_every_kind_are_numbers(given: Any) -> None:
    assert is_number(given)
    assert is_integer(given) == isinstance(given, (int, np.integer))


@pytest.mark.parametrize("given", [True, np.bool_(True), "3", None, [3], 3j, np.ones(2)])
def test_other_things_are_none(given: Any) -> None:
    assert not is_number(given)
    assert not is_integer(given)


@pytest.mark.parametrize("given", [-999, [-999.0], (np.float32(-999),), np.array([-999])])
def test_sentinels_of_every_form_are_the_same(given: Any) -> None:
    assert check_sentinels(given) == (-999.0,)
    assert gc.Selection("x > ?", sentinels=given) == gc.Selection("x > ?", sentinels=[-999])


@pytest.mark.parametrize("given", [None, "x", ["x"], [np.inf], [None], True, {"a": 1}])
def test_sentinels_that_are_no_numbers_are_refused(given: Any) -> None:
    with pytest.raises(DeclarationError, match=r"(?s)a sentinel is a finite number.*\[-999, -99.9\]"):
        check_sentinels(given)


def test_numbers_of_numpy_are_taken_where_a_number_is_declared() -> None:
    assert gc.Selection(gc.Cut("x", ">", np.float32(3))) == gc.Selection("x > 3")
    assert gc.Split(train=np.float32(0.5), seed=np.int64(3)).seed == 3
    assert gc.Folds(np.int64(3)).parts[-1] == "test[2]"
    samples = gc.Samples(weight=np.float32(2), lumi=np.float64(3))
    samples.add("a", {"x": np.ones(3)}, role="signal")
    assert samples.collect(["x"])["all", "a"].weights().tolist() == [2, 2, 2]


def test_largest_number_of_cuts_is_that_of_the_kernels() -> None:
    def moments(n: int) -> np.ndarray:
        thresholds = np.zeros((1, n))
        return _kernels.selection_moments(
            [np.ones(1)] * n,
            np.ones(1),
            step=STEPS["hard"],
            kinds=np.zeros(n, np.uint8),
            flags=np.zeros(n, np.uint8),
            low=thresholds,
            high=thresholds,
            width=np.ones((1, n)),
            derivatives=0,
        )

    assert moments(MAX_CUTS)[0, 0, 0] == 1
    with pytest.raises(ValueError, match="more cuts than the kernels take"):
        moments(MAX_CUTS + 1)
