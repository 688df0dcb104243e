"""The code of docs/networks.md that needs torch and ROOT; tests/test_documentation.py runs the rest."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

PAGE = Path(__file__).parents[2] / "docs" / "networks.md"
# The fixture has the name that users know.
# ruff: noqa: N803


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(), re.S)


def run(namespace: dict[str, Any], block: str) -> None:
    exec(compile(block, str(PAGE), "exec"), namespace)


@pytest.mark.torch
def test_a_module_of_torch_becomes_layers() -> None:
    namespace: dict[str, Any] = {}
    run(namespace, blocks("py")[0])
    assert [layer.activation for layer in namespace["layers"]] == ["silu", "softmax"]
    assert len(blocks("py")) == 2
    assert len(blocks("cpp")) == 1


@pytest.mark.root
def test_the_network_runs_in_the_event_loop(
    ROOT: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    namespace: dict[str, Any] = {}
    run(namespace, blocks("python")[0])
    rng = np.random.default_rng(2)
    columns = {"met": rng.gamma(2, 100, 500), "ht": rng.gamma(3, 200, 500), "mll": rng.normal(90, 20, 500)}
    columns["mll"][::7] = -999
    columns["weight"] = rng.uniform(size=500)
    namespace["df"] = ROOT.RDF.FromNumpy(columns)
    run(namespace, blocks("py")[1])
    scores = namespace["network"].evaluate(columns)[:, 0]
    np.testing.assert_array_equal(namespace["scored"].AsNumpy(["score"])["score"], scores)
    edges = [-np.inf, *namespace["edges"], np.inf]
    np.testing.assert_allclose(namespace["sum_w"], np.histogram(scores, edges, weights=columns["weight"])[0])
    monkeypatch.chdir(tmp_path)
    namespace["network"].save("network.json")
    body = blocks("cpp")[0].replace("#include <gradcut/RDF.hxx>", "")
    code = f'{body} return std::make_pair(*scored.Sum<double>("score"), bins->Yield());'
    head = "std::pair<double, double> docsNetwork(ROOT::RDF::RNode df)"
    assert ROOT.gInterpreter.Declare(f"#include <gradcut/RDF.hxx>\n{head} {{ {code} }}")
    total, first = ROOT.docsNetwork(ROOT.RDF.AsRNode(namespace["df"]))
    assert total == pytest.approx(scores.sum())
    assert first == pytest.approx(namespace["sum_w"][0])
