"""Workspaces of pyhf, read and written."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from gradcut.errors import DataError, DeclarationError, SchemaError, close_matches
from gradcut.extras import need
from gradcut.stats.spec import Channel, Modifier, ParameterConfig, Sample
from gradcut.stats.spec_checks import check_unique
from gradcut.stats.workspace_schema import MODIFIER_DATA, WORKSPACE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.stats.model import Model

__all__ = ["WorkspaceContent", "read_workspace", "written"]

_LOGGER = logging.getLogger(__name__)


class WorkspaceContent(NamedTuple):
    """One measurement of a workspace."""

    #: The file, for messages.
    where: str
    channels: tuple[Channel, ...]
    configs: dict[str, ParameterConfig]
    poi: str | None
    measurement: str
    observations: dict[str, NDArray[np.float64]]


def read_workspace(
    workspace: Mapping[str, Any] | str | Path,
    measurement: str | None,
    patches: Sequence[Any],
) -> WorkspaceContent:
    """Read and check a workspace; see :meth:`gradcut.stats.Model.from_workspace`."""
    from gradcut.schema import check

    where = "the workspace"
    if isinstance(workspace, (str, Path)):
        where = f"workspace '{workspace}'"
    plain = _patched(_loaded(workspace, where), patches)
    check(plain, WORKSPACE, where=where)
    for name in ("channels", "measurements", "observations"):
        if not plain[name]:
            raise SchemaError(f"'{name}' is empty", where=where)
        check_unique([item["name"] for item in plain[name]], name, where)
    chosen = _measurement(plain["measurements"], measurement, where)
    channels = tuple(_channel(channel, where) for channel in plain["channels"])
    configs = [_config(given, where) for given in chosen["config"]["parameters"]]
    check_unique([config.name for config in configs], "parameters of a measurement", where)
    known = {m.name for channel in channels for sample in channel.samples for m in sample.modifiers}
    for config in configs:
        if config.name not in known:
            _LOGGER.warning(
                "%s: no modifier is called '%s', what the measurement says of it is not used (%s)",
                where,
                config.name,
                close_matches(config.name, known),
            )
    return WorkspaceContent(
        where,
        channels,
        {config.name: config for config in configs if config.name in known},
        chosen["config"]["poi"] or None,
        chosen["name"],
        {given["name"]: np.array(given["data"], dtype=np.float64) for given in plain["observations"]},
    )


def _loaded(workspace: Mapping[str, Any] | str | Path, where: str) -> dict[str, Any]:
    if isinstance(workspace, Mapping):
        return dict(workspace)
    try:
        loaded = json.loads(Path(workspace).read_text())
    except OSError as error:
        raise DataError("the file cannot be read", where=where, given=str(error)) from error
    except ValueError as error:
        raise SchemaError("this is not JSON", where=where, given=str(error)) from error
    if not isinstance(loaded, dict):
        raise SchemaError("a workspace is an object", where=where, given=type(loaded).__name__)
    return loaded


def _patched(plain: dict[str, Any], patches: Sequence[Any]) -> dict[str, Any]:
    if not patches:
        return plain
    need("jsonpatch", "patching a workspace")
    import jsonpatch
    import jsonpointer

    for i, patch in enumerate(patches):
        # One of a patch set holds its operations beside its name.
        operations = patch["patch"] if isinstance(patch, Mapping) and "patch" in patch else patch
        try:
            plain = jsonpatch.JsonPatch(operations).apply(plain)
        except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException, TypeError) as error:
            raise DataError(
                "this patch does not fit the workspace",
                where=f"patch {i}",
                given=str(error),
                allowed="a list of operations whose paths begin at the workspace, such as '/channels/0'",
            ) from error
    return plain


def _measurement(given: list[dict[str, Any]], name: str | None, where: str) -> dict[str, Any]:
    if name is None:
        if len(given) > 1:
            _LOGGER.warning("%s has several measurements, the first is used: '%s'", where, given[0]["name"])
        return given[0]
    for one in given:
        if one["name"] == name:
            return one
    raise DeclarationError(
        f"no measurement is called '{name}'",
        where=where,
        hint=close_matches(name, [one["name"] for one in given]),
    )


def _channel(given: dict[str, Any], where: str) -> Channel:
    where = f"{where}, channel '{given['name']}'"
    return Channel(given["name"], tuple(_sample(sample, where) for sample in given["samples"]))


def _sample(given: dict[str, Any], where: str) -> Sample:
    where = f"{where}, sample '{given['name']}'"
    modifiers = tuple(_modifier(modifier, where) for modifier in given["modifiers"])
    return Sample(given["name"], np.array(given["data"], dtype=np.float64), modifiers)


def _modifier(given: dict[str, Any], where: str) -> Modifier:
    from gradcut.schema import check

    name, kind, data = given["name"], given["type"], given["data"]
    if kind in MODIFIER_DATA:  # others are refused with all that is wrong with channels
        check(data, MODIFIER_DATA[kind], where=f"{where}, modifier '{name}', data")
    arrays: tuple[Any, ...] = () if data is None else (data,)
    if kind == "normsys":
        arrays = ([data["hi"]], [data["lo"]])
    elif kind == "histosys":
        arrays = (data["hi_data"], data["lo_data"])
    elif kind not in MODIFIER_DATA:
        arrays = ()
    return Modifier(kind, name, tuple(np.array(array, dtype=np.float64) for array in arrays))


def _config(given: dict[str, Any], where: str) -> ParameterConfig:
    where = f"{where}, parameter '{given['name']}' of the measurement"

    def values(key: str) -> tuple[float, ...] | None:
        return tuple(_numbers(given[key], where).tolist()) if key in given else None

    bounds = None
    if "bounds" in given:
        pairs = [tuple(_numbers(pair, where).tolist()) for pair in given["bounds"]]
        if any(len(pair) != 2 or pair[0] > pair[1] for pair in pairs):
            raise DataError(
                "bounds are pairs of a lower and an upper one", where=where, given=str(given["bounds"])[:80]
            )
        bounds = tuple((pair[0], pair[1]) for pair in pairs)
    return ParameterConfig(
        given["name"],
        values("inits"),
        bounds,
        values("auxdata"),
        values("sigmas"),
        values("factors"),
        given.get("fixed"),
    )


def _numbers(given: list[float], where: str) -> NDArray[np.float64]:
    array = np.array(given, dtype=np.float64)
    if not np.isfinite(array).all():
        raise DataError(
            "a number is not finite", where=where, given=f"bin {np.flatnonzero(~np.isfinite(array))[0]}"
        )
    return array


def written(model: Model, observations: NDArray[np.float64]) -> dict[str, Any]:
    """Return the workspace of a model; see :meth:`gradcut.stats.Model.to_workspace`."""
    by_channel = model.by_channel(observations)
    return {
        "channels": [
            {
                "name": channel.name,
                "samples": [
                    {
                        "name": sample.name,
                        "data": sample.nominal.tolist(),
                        "modifiers": [
                            {"name": m.name, "type": m.kind, "data": _modifier_data(m)}
                            for m in sample.modifiers
                        ],
                    }
                    for sample in channel.samples
                ],
            }
            for channel in model.channels
        ],
        "measurements": [
            {
                "name": model.measurement,
                "config": {
                    "poi": model.poi or "",
                    "parameters": [_written_config(config) for config in model.configs.values()],
                },
            }
        ],
        "observations": [{"name": name, "data": counts.tolist()} for name, counts in by_channel.items()],
        "version": "1.0.0",
    }


def _modifier_data(modifier: Modifier) -> Any:
    data = [array.tolist() for array in modifier.data]
    if modifier.kind == "histosys":
        return {"hi_data": data[0], "lo_data": data[1]}
    if modifier.kind == "normsys":
        return {"hi": data[0][0], "lo": data[1][0]}
    return data[0] if data else None


def _written_config(config: ParameterConfig) -> dict[str, Any]:
    made: dict[str, Any] = {"name": config.name}
    for key, value in (
        ("inits", config.initial),
        ("bounds", config.bounds),
        ("auxdata", config.auxdata),
        ("sigmas", config.sigmas),
        ("factors", config.factors),
    ):
        if value is not None:
            made[key] = [list(one) if isinstance(one, tuple) else one for one in value]
    if config.fixed is not None:
        made["fixed"] = config.fixed
    return made
