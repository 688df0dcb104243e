"""Settings of a fit, checked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from gradcut.checks import is_integer, is_number
from gradcut.errors import DeclarationError, close_matches
from gradcut.samples import Folds, Split

if TYPE_CHECKING:
    from gradcut.engines.base import Precision
    from gradcut.regions import Regions
    from gradcut.selection import Selection

__all__ = ["Settings", "check_fixed", "describe_partition", "partition_of"]


@dataclass(frozen=True)
class Settings:
    """Everything of :func:`gradcut.fit_cuts` but what is fitted, to what, and where it is reported."""

    partition: Split | Folds
    starts: int
    max_steps: int
    seed: int
    fixed: dict[str, float]
    engine: Literal["cpu", "torch", "event-loop", "dask"]
    device: str
    precision: Precision
    n_threads: int | None
    reader: Literal["auto", "root", "uproot"]

    def __post_init__(self) -> None:
        if self.engine not in ("cpu", "torch", "event-loop", "dask"):
            raise DeclarationError(
                "unknown engine", given=repr(self.engine), allowed="cpu, torch, event-loop, dask"
            )

    def arguments(self) -> dict[str, Any]:
        """The same as keyword arguments of :func:`gradcut.fit_cuts`."""
        found = {name: getattr(self, name) for name in self.__dataclass_fields__}
        partition, _ = found.pop("partition"), found.pop("fixed")
        return {**found, "folds" if isinstance(partition, Folds) else "split": partition}

    def describe(self) -> dict[str, Any]:
        """What the result depends on, as plain data."""
        return {
            "partition": describe_partition(self.partition),
            "starts": self.starts,
            "max_steps": self.max_steps,
            "seed": self.seed,
            "fixed": {name: repr(value) for name, value in self.fixed.items()},
            "engine": self.engine,
            "precision": self.precision,
        }


def describe_partition(partition: Split | Folds) -> dict[str, Any]:
    """How events are divided, as plain data."""
    names = ("k", "seed", "by") if isinstance(partition, Folds) else ("train", "select", "test", "seed", "by")
    divided = {name: _plain(getattr(partition, name)) for name in names}
    return {"kind": type(partition).__name__.lower(), **divided}


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, (tuple, list)) else value


def partition_of(folds: int | Folds | None, split: Split | None, seed: int) -> Split | Folds:
    """Return what divides the events."""
    if not is_integer(seed) or seed < 0:
        raise DeclarationError("a seed is an integer from 0 on", given=repr(seed))
    if folds is not None:
        return folds if isinstance(folds, Folds) else Folds(folds, seed=seed)
    if split is None:
        return Split(seed=seed)
    if not isinstance(split, Split):
        raise DeclarationError(
            "a split is a gc.Split", given=repr(split), hint="split=gc.Split(0.5, 0.25, 0.25)"
        )
    if "train" not in split.parts:
        raise DeclarationError("a split needs a part to train with", given=repr(split))
    return split


def check_fixed(fixed: Mapping[str, float], selection: Selection | Regions) -> dict[str, float]:
    """Check the parameters that are not learned, and that something is left to learn."""
    if not selection.parameters:
        raise DeclarationError(
            "nothing is left open in the selection", given=repr(selection), hint="write '?' for a threshold"
        )
    for name, value in fixed.items():
        if name not in selection.parameters:
            raise DeclarationError(
                f"unknown parameter '{name}'", where="fix", hint=close_matches(name, selection.parameters)
            )
        if not is_number(value) or math.isnan(value):
            raise DeclarationError(
                f"the value of parameter '{name}' is a number", where="fix", given=repr(value)
            )
    if len(fixed) == len(selection.parameters):
        raise DeclarationError("all parameters are fixed: nothing is left to learn", where="fix")
    return {name: float(value) for name, value in fixed.items()}
