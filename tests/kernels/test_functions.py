"""Hash of the event identity, the C library's functions."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gradcut import _kernels

MASK = (1 << 64) - 1


def hash_of(ids: tuple[int, ...], seed: int) -> float:
    """Splitmix64 in Python's integers."""

    def mix(z: int) -> int:
        z = (z + 0x9E3779B97F4A7C15) & MASK
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    state = mix(seed)
    for number in ids:
        state = mix(state ^ (number & MASK))
    return (state >> 11) * 2.0**-53


def test_event_hash_equals_splitmix_in_python_integers() -> None:
    events = [0, 1, 2, 12345678901234, -1, -7]
    runs = [1, 1, 355000, 4, 5, 2**31]
    arrays = [np.array(x, dtype=np.int64).view(np.uint64) for x in (events, runs)]
    got = _kernels.event_hash(arrays, 99)
    assert list(got) == [hash_of(pair, 99) for pair in zip(events, runs, strict=True)]


def test_event_hash_is_uniform_and_independent_between_seeds() -> None:
    ids = np.arange(200_000, dtype=np.uint64)
    a, b = _kernels.event_hash([ids], 1), _kernels.event_hash([ids], 2)
    counts = np.histogram(a, bins=50, range=(0, 1))[0]
    chi2 = ((counts - 4000) ** 2 / 4000).sum()
    assert 20 < chi2 < 90  # 49 degrees of freedom
    assert abs(np.corrcoef(a, b)[0, 1]) < 0.01
    assert abs(np.corrcoef(a[1:], a[:-1])[0, 1]) < 0.01


def test_event_hash_without_identity_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one array"):
        _kernels.event_hash([], 1)


@pytest.mark.parametrize("name", ["exp", "log", "sin", "cos", "tan"])
def test_libm_is_the_c_library_bit_for_bit(name: str) -> None:
    x = np.random.default_rng(1).uniform(0.01, 20, 2000)
    assert list(_kernels.libm(name, x)) == [getattr(math, name)(v) for v in x]


@pytest.mark.parametrize("name", ["pow", "atan2"])
def test_libm_of_two_arguments_is_the_c_library_bit_for_bit(name: str) -> None:
    rng = np.random.default_rng(2)
    x, y = rng.uniform(0.1, 5, 2000), rng.uniform(-3, 3, 2000)
    assert list(_kernels.libm(name, x, y)) == [getattr(math, name)(a, b) for a, b in zip(x, y, strict=True)]


def test_libm_gives_nan_and_infinity_without_warnings() -> None:
    assert np.isnan(_kernels.libm("log", np.array([-1.0]))[0])
    assert _kernels.libm("exp", np.array([1000.0]))[0] == np.inf
    assert _kernels.libm("hypot", np.array([np.inf]), np.array([np.nan]))[0] == np.inf


def test_libm_with_wrong_arguments_is_refused() -> None:
    with pytest.raises(ValueError, match="no function sinh"):
        _kernels.libm("sinh", np.zeros(1))
    with pytest.raises(ValueError, match="pow needs two arrays of one length"):
        _kernels.libm("pow", np.zeros(1))
