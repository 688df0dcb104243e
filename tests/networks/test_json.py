"""Networks as files: the same network comes back, and nothing odd does."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from contracts.toy_networks import make_inputs, make_network
from gradcut.errors import SchemaError
from gradcut.networks import ACTIVATIONS, Network
from gradcut.results.document import schema

NETWORK = make_network(
    (3, 4, 2), "elu", "softmax", names=("met", "count(pt > 20)", "log(ht)"), flagged=(0,), sentinels=(-999,)
)
PLAIN = json.loads(json.dumps(NETWORK.to_json()))


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_same_network_comes_back(activation: str, tmp_path: Path) -> None:
    between = "tanh" if activation == "softmax" else activation
    network = make_network(
        (3, 6, 5, 2), between, activation, flagged=(2, 1), clip=4.0 if between == "tanh" else np.inf
    )
    network.save(tmp_path / "network.json")
    read = Network.load(tmp_path / "network.json")
    inputs = make_inputs(network, missing=0.1)
    np.testing.assert_array_equal(read.evaluate(inputs), network.evaluate(inputs))
    assert dict(read.expressions) == dict(network.expressions)
    assert list(read.expressions) == list(network.expressions)
    assert read.to_json() == network.to_json()
    document = json.loads((tmp_path / "network.json").read_text())
    jsonschema.validate(document, schema("network"))


def changed(change: Any) -> dict[str, Any]:
    plain = copy.deepcopy(PLAIN)
    change(plain)
    return plain


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda p: p.update(kind="bins"), "this is not a network"),
        (lambda p: p.update(version=2), r"(?s)another version.*update gradcut"),
        (lambda p: p.update(version=True), "another version"),
        (lambda p: p.update(more=1), "an object with other entries"),
        (lambda p: p.pop("clip"), "an object with other entries"),
        (lambda p: p.update(clip="wide"), "a finite number is expected"),
        (lambda p: p.update(clip=-1), "'clip' is a positive number"),
        (lambda p: p.update(clip=10**400), "a finite number is expected"),
        (lambda p: p.update(inputs=[]), "expressions by name"),
        (lambda p: p.update(inputs=p["inputs"][:1] * 3), "inputs have different names"),
        (lambda p: p["inputs"][0].update(expression={"cpp": "system(0)"}), "a file cannot contain C"),
        (lambda p: p["inputs"][0].update(value={"column": "other"}), "not that of its expression"),
        (lambda p: p["inputs"][0].update(absent=None), "not that of its expression"),
        (lambda p: p.update(sentinels=[]), "not that of its expression"),
        (lambda p: p["inputs"][0].update(scale=0), "scales are positive"),
        (lambda p: p["inputs"][0].update(scale=float("nan")), "a finite number is expected"),
        (lambda p: p["inputs"][0].update(centre="0"), "a finite number is expected"),
        (lambda p: p.update(flagged=[0.0]), "flagged inputs are different numbers"),
        (lambda p: p.update(flagged=[[0]]), "flagged inputs are different numbers"),
        (lambda p: p.update(flagged=[]), "layer 0 has another number of inputs"),
        (lambda p: p.update(flagged=[0] * 5000), "a list of at most 4096 items"),
        (lambda p: p.update(layers={}), "a list of at most 4096 items"),
        (lambda p: p["layers"][0].update(activation="exec"), "an unknown activation"),
        (
            lambda p: p["layers"][0].update(activation=["relu"]),
            "an unknown activation",
        ),
        (lambda p: p["layers"][1].update(slope=1.0), "an object with other entries"),
        (lambda p: p["layers"][0].pop("slope"), "an object with other entries"),
        (lambda p: p["layers"][0]["bias"].append(1.0), "weights and biases of a layer do not fit"),
        (lambda p: p["layers"][0]["weight"][1].append(1.0), "rows of weights have one length"),
        (
            lambda p: p["layers"][0]["weight"][1].__setitem__(0, None),
            r"(?s)a finite number.*layers\[0\].weight\[1\]",
        ),
        (lambda p: p["layers"].reverse(), "layer 0 has another number of inputs|softmax stands in the last"),
    ],
)
def test_odd_data_are_refused(change: Any, message: str) -> None:
    with pytest.raises(SchemaError, match=message):
        Network.from_json(changed(change))
    for odd in (None, [], "network", 3):
        with pytest.raises(SchemaError, match="an object with other entries"):
            Network.from_json(odd)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path]
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        found += places(item, (*path, key))
    return found


def mutated(document: dict[str, Any], stream: random.Random) -> Any:
    """A document with one place that is another value, gone, twice, or something from elsewhere in it."""
    document = copy.deepcopy(document)
    everywhere = places(document)[1:]
    path = stream.choice(everywhere)
    holder = document
    for key in path[:-1]:
        holder = holder[key]
    odd = [
        None,
        True,
        -1,
        0,
        1e308,
        10**30,
        "",
        "inf",
        "nan",
        "__import__('os')",
        [],
        {},
        [[]],
        {"cpp": "abort()"},
    ]
    what = stream.randrange(4)
    if what == 0:
        holder[path[-1]] = stream.choice(odd)
    elif what == 1:
        del holder[path[-1]]
    elif what == 2 and isinstance(holder, list):
        holder.insert(path[-1], copy.deepcopy(holder[path[-1]]))
    else:
        other: Any = document
        for key in stream.choice(everywhere):
            other = other[key]
        holder[path[-1]] = copy.deepcopy(other)
    return document


def test_whatever_is_changed_in_a_file_it_is_read_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "network.json"
    NETWORK.save(path)
    document = json.loads(path.read_text())
    stream = random.Random(11)
    messages = []
    for _ in range(600):
        path.write_text(json.dumps(mutated(document, stream)))
        try:
            read = Network.load(path)
        except SchemaError as error:
            messages.append(str(error))
            continue
        inputs = make_inputs(read, 5)
        assert read.evaluate(inputs).shape == (5, read.n_outputs)
    assert 300 < len(messages) < 600
    assert all(str(path) in message for message in messages)


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "network.json"
    NETWORK.save(path)
    text = path.read_text()
    stream = random.Random(12)
    for _ in range(100):
        path.write_text(text[: stream.randrange(len(text) - 2)])
        with pytest.raises(SchemaError, match=r"not JSON|not a result of"):
            Network.load(path)
    with pytest.raises(SchemaError, match="there is no such file"):
        Network.load(tmp_path / "none.json")
    path.write_text(text.replace("gradcut-network", "gradcut-cut-result"))
    with pytest.raises(SchemaError, match=r"not a result of gradcut\.networks\.Network"):
        Network.load(path)
