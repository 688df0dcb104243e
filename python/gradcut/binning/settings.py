"""Settings of a fit of bins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from gradcut.extras import need
from gradcut.fitting.settings import describe_partition

if TYPE_CHECKING:
    from gradcut.binning.limits import BinLimits
    from gradcut.samples import Folds, Split

__all__ = ["METHODS", "BinSettings", "Method"]

Method = Literal["gradient", "exact", "bayesian"]
METHODS: tuple[Method, ...] = ("gradient", "exact", "bayesian")


@dataclass(frozen=True)
class BinSettings:
    """Everything of :func:`gradcut.fit_binning` but what is fitted, to what, and where it is reported."""

    method: Method
    limits: BinLimits | None
    partition: Split | Folds
    starts: int
    max_steps: int
    trials: int
    seed: int
    aggregate: bool
    n_threads: int | None
    reader: Literal["auto", "root", "uproot"]

    def __post_init__(self) -> None:
        if self.method == "bayesian":
            need("botorch", "method='bayesian'")

    def describe(self) -> dict[str, Any]:
        """What the result depends on, as plain data."""
        return {
            "method": self.method,
            "limits": None if self.limits is None else self.limits.describe(),
            "partition": describe_partition(self.partition),
            "starts": self.starts,
            "max_steps": self.max_steps,
            "trials": self.trials,
            "seed": self.seed,
            "aggregate": self.aggregate,
        }
