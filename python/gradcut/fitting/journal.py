"""What a fit has done so far: descents by name, in memory and in a checkpoint."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from gradcut.errors import DeclarationError, SchemaError
from gradcut.fitting.descent import DescentState
from gradcut.state import FitState

__all__ = ["Journal"]

#: Seconds between checkpoints while a descent runs.
INTERVAL = 10.0


class Journal:
    """Descents by name; everything else follows from them.

    Parameters
    ----------
    declaration : mapping
        What is being fitted, as JSON data.
    seed : int
        The seed of the fit.
    path : path, optional
        Checkpoint. One that exists is continued.

    Raises
    ------
    SchemaError
        If the file is not a checkpoint.
    DeclarationError
        If it is the checkpoint of another fit.
    """

    def __init__(self, declaration: Mapping[str, Any], seed: int, path: str | Path | None) -> None:
        self.path = None if path is None else Path(path)
        self.state = FitState(declaration, seed)
        self.descents: dict[str, DescentState] = {}
        self._saved = time.monotonic()
        if self.path is not None and self.path.exists():
            self._load(self.path)

    @property
    def history(self) -> list[dict[str, float | str]]:
        """Records of the steps."""
        return self.state.history

    def _load(self, path: Path) -> None:
        found = FitState.load(path)
        own = self.state
        differing = [
            key
            for key in sorted({*found.declaration, *own.declaration})
            if found.declaration.get(key) != own.declaration.get(key)
        ]
        if differing or found.seed != own.seed:
            raise DeclarationError(
                "the checkpoint is of another fit",
                where=str(path),
                given="different: " + ", ".join([*differing, *(["seed"] if found.seed != own.seed else [])]),
                hint="continue with the same settings, or give another file",
            )
        try:
            self.descents = {
                name: DescentState(
                    free=found.parameters[f"{name}/free"],
                    step=int(plain["step"]),
                    mean=found.parameters[f"{name}/mean"],
                    square=found.parameters[f"{name}/square"],
                    origin=found.parameters[f"{name}/origin"],
                    first=found.parameters[f"{name}/first"],
                    snapshots=[found.parameters[f"{name}/thresholds {i}"] for i in range(plain["stages"])],
                    merits=[found.parameters[f"{name}/merits {i}"] for i in range(plain["stages"])],
                    origins=[found.parameters[f"{name}/origins {i}"] for i in range(plain["stages"])],
                )
                for name, plain in found.optimiser.items()
            }
        except (KeyError, TypeError, ValueError) as error:
            raise SchemaError("the checkpoint is damaged", given=str(error), where=str(path)) from error
        self.state = found

    def save(self, *, now: bool = True) -> None:
        """Write the checkpoint, where one is wanted; unless ``now`` only after some time."""
        if self.path is None or (not now and time.monotonic() - self._saved < INTERVAL):
            return
        parameters: dict[str, np.ndarray] = {}
        for name, descent in self.descents.items():
            for what in ("free", "mean", "square", "origin", "first"):
                parameters[f"{name}/{what}"] = getattr(descent, what)
            for i, thresholds in enumerate(descent.snapshots):
                parameters[f"{name}/thresholds {i}"] = thresholds
                parameters[f"{name}/merits {i}"] = descent.merits[i]
                parameters[f"{name}/origins {i}"] = descent.origins[i]
        self.state.parameters = parameters
        self.state.optimiser = {
            name: {"step": d.step, "stages": len(d.snapshots)} for name, d in self.descents.items()
        }
        self.state.step = sum(descent.step for descent in self.descents.values())
        self.state.stage = next(reversed(self.descents), "start")
        self.state.save(self.path)
        self._saved = time.monotonic()
