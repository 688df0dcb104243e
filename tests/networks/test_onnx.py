"""ONNX files: what onnxruntime makes of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from contracts.toy_networks import FORMULAS, by_loop, make_inputs, make_network
from gradcut.errors import GradcutError

pytestmark = pytest.mark.onnx


def session(path: Path) -> Any:
    onnxruntime = pytest.importorskip("onnxruntime")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


@pytest.mark.parametrize("activation", [*FORMULAS, "softmax"])
@pytest.mark.parametrize("flagged", [(), (2, 0), (0, 1, 2)])
def test_onnxruntime_gives_what_a_loop_gives(
    activation: str, flagged: tuple[int, ...], tmp_path: Path
) -> None:
    between = "tanh" if activation == "softmax" else activation
    clip = np.inf if len(flagged) == 3 else 1.5
    network = make_network((3, 12, 8, 2), between, activation, flagged=flagged, clip=clip)
    network.onnx(tmp_path / "network.onnx")
    inputs = make_inputs(network, 50, missing=0.1)
    given = np.stack(inputs, axis=1).astype(np.float32)
    runs = session(tmp_path / "network.onnx")
    (got,) = runs.run(["outputs"], {"inputs": given})
    np.testing.assert_allclose(got, by_loop(network, inputs), rtol=5e-6, atol=5e-6)
    (one,) = runs.run(None, {"inputs": given[:1]})
    np.testing.assert_allclose(one, got[:1], rtol=1e-6, atol=1e-6)


def test_a_file_says_what_its_inputs_are(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    network = make_network((2, 3, 1), names=("met / 2", "log(ht)"))
    network.onnx(tmp_path / "network.onnx")
    model = onnx.load(tmp_path / "network.onnx")
    onnx.checker.check_model(model, full_check=True)
    assert json.loads(model.metadata_props[0].value) == ["met / 2", "log(ht)"]
    assert [(one.domain, one.version) for one in model.opset_import] == [("", 13)]
    assert [one.name for one in model.graph.input] == ["inputs"]


def test_without_the_package_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(GradcutError, match=r"(?s)an ONNX file needs onnx.*gradcut\[onnx\]"):
        make_network().onnx(tmp_path / "network.onnx")
