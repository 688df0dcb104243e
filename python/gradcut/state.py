"""The state of a running fit: what a checkpoint saves and a resumed fit continues from."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from gradcut.errors import SchemaError

__all__ = ["SCHEMA_VERSION", "FitState"]

#: Version of the file format; a file of another version is refused.
SCHEMA_VERSION = 1

_FORMAT = "gradcut-fit-state"
_HEADER = "header"
_KEYS = {
    "format",
    "schema_version",
    "declaration",
    "seed",
    "step",
    "stage",
    "history",
    "random_streams",
    "optimiser",
}
#: Types of what is not checked elsewhere.
_KINDS: dict[str, type] = {
    "declaration": dict,
    "seed": int,
    "step": int,
    "stage": str,
    "history": list,
    "random_streams": dict,
}


@dataclass(eq=False)
class FitState:
    """Plain data: arrays, numbers and text, nothing that could run.

    Parameters
    ----------
    declaration : mapping
        What is being fitted, as JSON data; a resumed fit compares it with its own.
    seed : int
        The seed of the fit.
    parameters : dict of str to ndarray
        Current parameters of every start, and the best so far.
    step : int
        Steps taken.
    stage : str
        Where in its programme the fit is, such as ``"soft"`` or ``"polish"``.
    optimiser : dict
        State of the optimiser: nested dictionaries of arrays, numbers, text and None.
    random_streams : dict of str to dict
        State of every named random stream (``Generator.bit_generator.state``).
    history : list of dict
        One record of numbers per report.
    """

    declaration: Mapping[str, Any]
    seed: int
    parameters: dict[str, np.ndarray] = field(default_factory=dict)
    step: int = 0
    stage: str = "start"
    optimiser: dict[str, Any] = field(default_factory=dict)
    random_streams: dict[str, dict[str, Any]] = field(default_factory=dict)
    history: list[dict[str, float | str]] = field(default_factory=list)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a checkpoint; a crash in the middle leaves the previous one whole.

        Parameters
        ----------
        path : path
            File to write (a numpy archive).

        Raises
        ------
        SchemaError
            If the state holds something that is not plain data, or the file cannot be written.
        """
        arrays = {f"parameters/{name}": np.asarray(array) for name, array in self.parameters.items()}
        header = {
            "format": _FORMAT,
            "schema_version": SCHEMA_VERSION,
            "declaration": dict(self.declaration),
            "seed": self.seed,
            "step": self.step,
            "stage": self.stage,
            "history": self.history,
            "random_streams": self.random_streams,
            "optimiser": _split_arrays(self.optimiser, "optimiser", arrays),
        }
        try:
            text = json.dumps(header, allow_nan=True)
        except (TypeError, ValueError) as error:
            raise SchemaError(
                "the state of a fit holds something that is not plain data", given=str(error)
            ) from error
        target = Path(path)
        temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
        try:
            with temporary.open("wb") as file:
                np.savez(file, **{_HEADER: np.array(text)}, **arrays)  # type: ignore[arg-type]
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(target)
        except OSError as error:
            raise SchemaError(
                "a checkpoint cannot be written",
                where=str(target),
                given=error.strerror or str(error),
                hint="name a file in a folder that exists and can be written to",
            ) from error
        finally:
            temporary.unlink(missing_ok=True)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> FitState:
        """Read a checkpoint.

        Parameters
        ----------
        path : path
            File written by :meth:`save`.

        Returns
        -------
        FitState
            Equal to the one saved.

        Raises
        ------
        SchemaError
            If the file is missing, truncated, foreign, or of another version.
        """
        where = str(path)
        try:
            # Not np.load, which takes other formats too.
            with Path(path).open("rb") as file, np.lib.npyio.NpzFile(file, allow_pickle=False) as archive:
                content = {name: archive[name] for name in archive.files}
            header = json.loads(str(content.pop(_HEADER)))
        except FileNotFoundError as error:
            raise SchemaError("there is no such checkpoint", where=where) from error
        except (OSError, ValueError, KeyError, EOFError, NotImplementedError, zipfile.BadZipFile) as error:
            raise SchemaError("this is not a checkpoint of gradcut, or it is damaged", where=where) from error
        if not isinstance(header, dict) or header.get("format") != _FORMAT:
            raise SchemaError("this is not a checkpoint of gradcut", where=where)
        if header.get("schema_version") != SCHEMA_VERSION:
            raise SchemaError(
                "the checkpoint has another version",
                given=str(header.get("schema_version")),
                allowed=str(SCHEMA_VERSION),
                where=where,
                hint="continue it with the gradcut that wrote it",
            )
        if set(header) != _KEYS:
            raise SchemaError("the checkpoint is damaged", given=", ".join(sorted(header)), where=where)
        for key, kind in _KINDS.items():
            if not isinstance(header[key], kind) or isinstance(header[key], bool):
                raise SchemaError(
                    f"the checkpoint is damaged: '{key}' is no {kind.__name__}",
                    given=repr(header[key])[:80],
                    where=where,
                )
        parameters = {
            name.removeprefix("parameters/"): a
            for name, a in content.items()
            if name.startswith("parameters/")
        }
        return cls(
            declaration=header["declaration"],
            seed=header["seed"],
            parameters=parameters,
            step=header["step"],
            stage=header["stage"],
            optimiser=_join_arrays(header["optimiser"], content, where),
            random_streams=header["random_streams"],
            history=header["history"],
        )


def _split_arrays(value: Any, where: str, arrays: dict[str, np.ndarray]) -> Any:
    """Replace every array of a nested structure by a reference and collect it."""
    if isinstance(value, np.ndarray):
        if value.dtype.hasobject:
            raise SchemaError("the state of a fit holds an array of objects", where=where)
        arrays[where] = value
        return {"array": where}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping):
        odd = [key for key in value if not isinstance(key, (str, int, float))]
        if odd:
            raise SchemaError(
                "the state of a fit holds a key that is neither text nor a number",
                where=where,
                given=repr(odd[0])[:80],
            )
        # Optimisers number their parameters: keys keep their type beside them.
        return {
            "items": [
                [key, _split_arrays(item, f"{where}/{i}", arrays)]
                for i, (key, item) in enumerate(value.items())
            ]
        }
    if isinstance(value, list | tuple):
        return {"list": [_split_arrays(item, f"{where}/{i}", arrays) for i, item in enumerate(value)]}
    return value


def _join_arrays(value: Any, arrays: Mapping[str, np.ndarray], where: str) -> Any:
    if not isinstance(value, dict):
        return value
    try:
        if "array" in value:
            return arrays[value["array"]]
        if "items" in value:
            return {key: _join_arrays(item, arrays, where) for key, item in value["items"]}
        return [_join_arrays(item, arrays, where) for item in value["list"]]
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, SchemaError):
            raise
        raise SchemaError(
            "the checkpoint is damaged: the state of the optimiser", given=repr(value)[:80], where=where
        ) from error
