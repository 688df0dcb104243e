"""Numbers that are computed once: against a dictionary that forgets nothing."""

from __future__ import annotations

import numpy as np
import pytest

from gradcut.binning import memory
from gradcut.binning.memory import Memory


@pytest.mark.parametrize("bits", [19, 4, 1])
def test_numbers_are_those_of_the_function_and_known_ones_are_not_asked_for(
    bits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "BITS", bits)
    rng, asked, kept = np.random.default_rng(1), [], Memory()
    for size in (0, 1, 50, 400, 400):
        keys = rng.integers(0, 200, size)

        def compute(at, keys=keys):
            asked.extend(keys[at].tolist())
            return np.sin(keys[at])

        assert np.array_equal(kept.recall(keys, compute), np.sin(keys))
    if bits == 19:
        # Hashes of few numbers differ: each was asked for once.
        assert len(asked) == len(set(asked)) <= 200
    else:
        assert len(asked) > len(set(asked))


def test_large_keys_differ() -> None:
    kept = Memory()
    keys = np.array([2**62, 2**62 + 1, 0, 2**40, 2**62])
    assert kept.recall(keys, lambda at: at.astype(float)).tolist() == [4.0, 1.0, 2.0, 3.0, 4.0]
    assert kept.recall(keys[::-1].copy(), lambda at: at * np.nan).tolist() == [4.0, 3.0, 2.0, 1.0, 4.0]
