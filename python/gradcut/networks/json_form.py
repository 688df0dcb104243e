"""A network as plain JSON values, and back, strictly.

Inputs hold their expression and, beside it, what follows from it and the sentinels: the guarded ``value`` and
the condition that it is ``absent``. So C++ only renders trees; a file in which they do not agree is refused.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.checks import is_number
from gradcut.errors import DeclarationError, SchemaError
from gradcut.expressions import json_form as trees
from gradcut.expressions.guards import guard_feature
from gradcut.networks.layers import ACTIVATIONS, MAX_WIDTH, SLOPES, Dense

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gradcut.expressions.nodes import Expression
    from gradcut.networks.network import Network

__all__ = ["VERSION", "from_json", "to_json"]

VERSION = 1
_KEYS = ("kind", "version", "inputs", "clip", "flagged", "sentinels", "layers")
_INPUT_KEYS = ("name", "expression", "value", "absent", "centre", "scale")
_LAYER_KEYS = ("activation", "bias", "weight")


def to_json(network: Network) -> dict[str, Any]:
    """Return a network as plain dicts, lists, strings and numbers."""
    return {
        "kind": "network",
        "version": VERSION,
        "inputs": [
            {
                "name": name,
                "expression": trees.to_json(expression),
                **_guarded(expression, network.sentinels),
                "centre": float(centre),
                "scale": float(scale),
            }
            for (name, expression), centre, scale in zip(
                network.expressions.items(), network.centre, network.scale, strict=True
            )
        ],
        "clip": network.clip if math.isfinite(network.clip) else "inf",
        "flagged": list(network.flagged),
        "sentinels": list(network.sentinels),
        "layers": [
            {
                "activation": layer.activation,
                **({} if layer.slope is None else {"slope": layer.slope}),
                "bias": layer.bias.tolist(),
                "weight": layer.weight.tolist(),
            }
            for layer in network.layers
        ],
    }


def from_json(plain: object, cls: type[Network]) -> Network:
    """Make the network; anything odd is a SchemaError that says where."""
    obj = _object(plain, _KEYS, "network")
    if obj["kind"] != "network":
        raise SchemaError("this is not a network", given=repr(obj["kind"])[:80])
    version = obj["version"]
    if type(version) is not int or version != VERSION:
        raise SchemaError(
            "a network from another version of gradcut",
            given=f"version {version!r}"[:80],
            allowed=f"version {VERSION}",
            hint="update gradcut" if isinstance(version, int) and version > VERSION else None,
        )
    sentinels = _numbers(obj["sentinels"], "sentinels")
    expressions: dict[str, Expression] = {}
    centre: list[float] = []
    scale: list[float] = []
    for number, one in enumerate(_list(obj["inputs"], "inputs")):
        where = f"inputs[{number}]"
        own = _object(one, _INPUT_KEYS, where)
        name = own["name"]
        if not isinstance(name, str) or name in expressions:
            raise SchemaError("inputs have different names", given=repr(name)[:80], where=where)
        expressions[name] = trees.from_json(own["expression"])
        if {key: own[key] for key in ("value", "absent")} != _guarded(expressions[name], sentinels):
            raise SchemaError(
                "an input is not that of its expression and the sentinels",
                where=where,
                hint="a file is made by gradcut, not by hand",
            )
        centre.append(_number(own["centre"], f"{where}.centre"))
        scale.append(_number(own["scale"], f"{where}.scale"))
    clip = math.inf if obj["clip"] == "inf" else _number(obj["clip"], "clip")
    flagged = _list(obj["flagged"], "flagged")
    layers = [_layer(one, f"layers[{i}]") for i, one in enumerate(_list(obj["layers"], "layers"))]
    try:
        return cls(
            expressions=expressions,
            centre=np.array(centre),
            scale=np.array(scale),
            clip=clip,
            flagged=tuple(flagged),
            layers=tuple(layers),
            sentinels=tuple(sentinels),
        )
    except DeclarationError as error:
        raise _as_schema_error(error, "network") from error


def _guarded(expression: Expression, sentinels: Sequence[float]) -> dict[str, Any]:
    value, absent = guard_feature(expression, sentinels=sentinels)
    return {"value": trees.to_json(value), "absent": None if absent is None else trees.to_json(absent)}


def _layer(plain: object, where: str) -> Dense:
    name = plain.get("activation") if isinstance(plain, dict) else None
    if name is not None and (not isinstance(name, str) or name not in ACTIVATIONS):
        raise SchemaError(
            "an unknown activation", given=repr(name)[:80], allowed=", ".join(ACTIVATIONS), where=where
        )
    sloped = name in SLOPES
    own = _object(plain, (*_LAYER_KEYS, "slope") if sloped else _LAYER_KEYS, where)
    rows = _list(own["weight"], f"{where}.weight")
    weight = [_numbers(row, f"{where}.weight[{i}]") for i, row in enumerate(rows)]
    if len({len(row) for row in weight}) > 1:
        raise SchemaError("rows of weights have one length", where=f"{where}.weight")
    bias = _numbers(own["bias"], f"{where}.bias")
    slope = _number(own["slope"], f"{where}.slope") if sloped else None
    try:
        return Dense(np.array(weight), np.array(bias), own["activation"], slope)
    except DeclarationError as error:
        raise _as_schema_error(error, where) from error


def _as_schema_error(error: DeclarationError, where: str) -> SchemaError:
    return SchemaError(error.problem, given=error.given, allowed=error.allowed, where=where, hint=error.hint)


def _object(plain: object, keys: tuple[str, ...], where: str) -> dict[str, Any]:
    if not isinstance(plain, dict) or set(plain) != set(keys):
        given = ", ".join(sorted(map(str, plain))) if isinstance(plain, dict) else repr(plain)
        raise SchemaError(
            "an object with other entries", given=given[:80], allowed=", ".join(keys), where=where
        )
    return plain


def _list(plain: object, where: str) -> list[Any]:
    if not isinstance(plain, list) or len(plain) > MAX_WIDTH:
        raise SchemaError(
            f"a list of at most {MAX_WIDTH} items is expected", given=repr(plain)[:80], where=where
        )
    return plain


def _numbers(plain: object, where: str) -> list[float]:
    return [_number(item, where) for item in _list(plain, where)]


def _number(plain: object, where: str) -> float:
    if not is_number(plain) or not isinstance(plain, (int, float)) or not _is_finite(plain):
        raise SchemaError("a finite number is expected", given=repr(plain)[:80], where=where)
    return float(plain)


def _is_finite(number: float) -> bool:
    try:
        return math.isfinite(number)
    except OverflowError:  # an integer beyond doubles
        return False
