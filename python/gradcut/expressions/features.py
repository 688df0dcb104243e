"""Features of arrays: numbers per event with missing values told by NaN."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.expressions.evaluator import evaluate
from gradcut.expressions.guards import guard_feature

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.expressions.nodes import Expression
    from gradcut.jagged import Jagged

__all__ = ["feature_values"]


def feature_values(
    expression: Expression, columns: Mapping[str, NDArray[Any] | Jagged], sentinels: Sequence[float]
) -> NDArray[np.float64]:
    """Evaluate an expression, NaN where it is missing.

    Parameters
    ----------
    expression : Expression
        A number per event.
    columns : mapping of str to ndarray or Jagged
        At least the columns that it reads.
    sentinels : sequence of float
        Numbers that stand for a missing value.
    """
    value, absent = guard_feature(expression, sentinels=sentinels)
    numbers = np.asarray(evaluate(value, columns), dtype=np.float64)
    return numbers if absent is None else np.where(evaluate(absent, columns), np.nan, numbers)
