"""Names of bins."""

from __future__ import annotations

from functools import lru_cache
from itertools import product

__all__ = ["bin_labels"]


@lru_cache(maxsize=64)
def bin_labels(shape: tuple[int, ...]) -> tuple[str, ...]:
    """Name the bins of a shape by their numbers along its axes, the last running first."""
    return tuple(".".join(map(str, at)) for at in product(*(range(n) for n in shape)))
