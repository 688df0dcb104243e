"""Settings of a fit of cuts and what comes after them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from gradcut.fitting.settings import describe_partition

if TYPE_CHECKING:
    from gradcut.binning.limits import BinLimits
    from gradcut.kernel_spec import KernelSpec
    from gradcut.observables.settings import TrainingSettings
    from gradcut.samples import Folds, Split

__all__ = ["JointSettings"]


@dataclass(frozen=True)
class JointSettings:
    """Everything of :func:`gradcut.fit` but what is fitted, to what, and where it is reported."""

    limits: BinLimits | None
    partition: Split | Folds
    fixed: dict[str, float]
    starts: int
    max_steps: int
    turns: int
    seed: int
    n_threads: int | None
    reader: Literal["auto", "root", "uproot"]
    #: Of the network; None for bins of columns.
    training: TrainingSettings | None

    def fixed_at(self, spec: KernelSpec) -> Mapping[int, float]:
        """Thresholds that are not learned, by their position."""
        return {spec.parameters.index(name): value for name, value in self.fixed.items()}

    def describe(self) -> dict[str, Any]:
        """What the result depends on, as plain data."""
        return {
            "limits": None if self.limits is None else self.limits.describe(),
            "partition": describe_partition(self.partition),
            "fixed": {name: repr(value) for name, value in self.fixed.items()},
            "starts": self.starts,
            "max_steps": self.max_steps,
            "turns": self.turns,
            "seed": self.seed,
            "training": None if self.training is None else self.training.describe(),
        }
