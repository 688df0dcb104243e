"""Settings of the training of an observable, checked."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from gradcut.checks import is_integer, is_number
from gradcut.errors import DeclarationError
from gradcut.fitting.settings import describe_partition

if TYPE_CHECKING:
    from gradcut.binning.limits import BinLimits
    from gradcut.objectives import Objective
    from gradcut.observables.cross_entropy import CrossEntropy
    from gradcut.samples import Folds, Split

__all__ = ["TrainingSettings"]


@dataclass(frozen=True)
class TrainingSettings:
    """Everything of :func:`gradcut.fit_observable` but what is fitted, to what, and where it is reported."""

    loss: CrossEntropy | None
    limits: BinLimits | None
    watch: tuple[Objective, ...]
    partition: Split | Folds
    warm_up: CrossEntropy | None
    warm_up_steps: int
    steps: int
    batch: int | None
    rate: float
    weight_decay: float
    check_every: int
    patience: int | None
    restarts: int
    seed: int
    refine_edges: bool
    device: str
    precision: Literal["float32", "float64", "bfloat16"]
    memory: float | None
    n_threads: int | None
    reader: Literal["auto", "root", "uproot"]

    def __post_init__(self) -> None:
        for name, least in (("steps", 1), ("warm_up_steps", 0), ("check_every", 1), ("restarts", 1)):
            value = getattr(self, name)
            if not is_integer(value) or value < least:
                raise DeclarationError(f"{name} is an integer from {least} on", given=repr(value))
        for name in ("batch", "patience"):
            value = getattr(self, name)
            if value is not None and (not is_integer(value) or value < 1):
                raise DeclarationError(f"{name} is an integer from 1 on, or None", given=repr(value))
        for name, zero in (("rate", False), ("weight_decay", True)):
            value = getattr(self, name)
            if not is_number(value) or not (0 < value < math.inf or (zero and value == 0)):
                raise DeclarationError(f"{name} is a positive number", given=repr(value))
        if self.precision not in ("float32", "float64", "bfloat16"):
            raise DeclarationError(
                "unknown precision", given=repr(self.precision), allowed="'float32', 'float64', 'bfloat16'"
            )
        if self.memory is not None and (not is_number(self.memory) or self.memory < 0):
            raise DeclarationError("memory is a number of bytes, or None", given=repr(self.memory))

    def describe(self) -> dict[str, Any]:
        """What the result depends on, as plain data."""
        names = ("warm_up_steps", "steps", "batch", "rate", "weight_decay", "check_every", "patience")
        return {
            "loss": None if self.loss is None else self.loss.describe(),
            "warm_up": None if self.warm_up is None else self.warm_up.describe(),
            "limits": None if self.limits is None else self.limits.describe(),
            "watch": [other.describe() for other in self.watch],
            "partition": describe_partition(self.partition),
            **{name: getattr(self, name) for name in names},
            "restarts": self.restarts,
            "seed": self.seed,
            "refine_edges": self.refine_edges,
            "precision": self.precision,
        }
