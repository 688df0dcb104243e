"""What a fit has done so far: descents by name, in memory and in a checkpoint."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from gradcut.errors import DeclarationError, SchemaError
from gradcut.state import FitState

__all__ = ["Journal"]

S = TypeVar("S")

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
        self.descents: dict[str, Any] = {}
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
        self.state = found

    def get(self, name: str, stored: Callable[[Mapping[str, Any], Mapping[str, Any]], S]) -> S | None:
        """State of a descent, of this process or of the checkpoint; None where it has not begun.

        Parameters
        ----------
        name : str
            Of the descent.
        stored : callable
            Makes the state of the arrays and the numbers in the checkpoint.
        """
        if name in self.descents:
            state: S = self.descents[name]
            return state
        if name not in self.state.optimiser:
            return None
        arrays = {
            key.removeprefix(f"{name}/"): array
            for key, array in self.state.parameters.items()
            if key.startswith(f"{name}/")
        }
        try:
            made = stored(arrays, self.state.optimiser[name])
        except (KeyError, TypeError, ValueError) as error:
            where = str(self.path)
            raise SchemaError("the checkpoint is damaged", given=str(error), where=where) from error
        self.descents[name] = made
        return made

    def save(self, *, now: bool = True) -> None:
        """Write the checkpoint, where one is wanted; unless ``now`` only after some time."""
        if self.path is None or (not now and time.monotonic() - self._saved < INTERVAL):
            return
        # What the checkpoint has of descents that were not asked for yet stays in it.
        for name, descent in self.descents.items():
            self.state.parameters.update((f"{name}/{key}", array) for key, array in descent.arrays().items())
            self.state.optimiser[name] = descent.plain()
        self.state.step = sum(int(plain["step"]) for plain in self.state.optimiser.values())
        self.state.stage = next(reversed(self.descents), "start")
        self.state.save(self.path)
        self._saved = time.monotonic()
