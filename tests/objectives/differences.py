"""Derivatives of soft values in every moment, by finite differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from gradcut.yields import Moments, Yields

if TYPE_CHECKING:
    from numpy.typing import NDArray


def check_gradient(
    gradient: Callable[[Yields], tuple[NDArray[np.float64], Moments]],
    given: Yields,
    *,
    step: float = 1e-5,
    rel: float = 2e-5,
    abs_: float = 1e-7,
) -> None:
    """All cotangents of all points, against central differences; one moment of all points at a time."""
    value, cotangents = gradient(given)
    assert value.shape == (given.n_points,)
    for m in range(3):
        array: Any = given.moments[m]
        for index in np.ndindex(array.shape[1:]):
            ends = []
            for sign in (1, -1):
                changed = [np.array(moment) for moment in given.moments]
                changed[m][(slice(None), *index)] += sign * step
                ends.append(gradient(Yields(given.layout, Moments(*changed)))[0])
            slope = (ends[0] - ends[1]) / (2 * step)
            got = cotangents[m][(slice(None), *index)]
            assert got == pytest.approx(slope, rel=rel, abs=abs_), (m, index)
