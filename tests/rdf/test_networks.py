"""Networks in the event loop: the outputs of the kernels to the bit, those of torch, and bins of them."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from contracts.toy_networks import make_inputs, make_network
from gradcut.binning.bins_spec import BinsSpec
from gradcut.errors import DataError, DeclarationError
from gradcut.networks import Network
from gradcut.rdf import book_network_moments, define_network, run

# The fixture has the name that users know.
# ruff: noqa: N803
pytestmark = pytest.mark.root

ONE = make_network(
    (3, 20, 1), "silu", "sigmoid", names=("x", "y", "x * d / 3e6"), flagged=(1,), clip=3.0, seed=2
)
OTHER = make_network((2, 9, 1), "elu", "sigmoid", names=("met", "log(x)"), sentinels=(-1,), seed=2)
THREE = make_network((3, 16, 3), "relu", "softmax", names=("x", "i", "b"), sentinels=(-3,))
EDGES = np.array([0.3, 0.5, 0.6])
SPEC = BinsSpec("axes", "hard", ("y",), (3,))
POINT = np.append(EDGES, 1.0)
LARGEST = BinsSpec("softmax", "hard", ("a", "b", "c"), n_components=3)


def taken(node: Any, name: str) -> np.ndarray:
    return node.AsNumpy([name])[name]


def histogram(network: Network, columns: Any, weights: np.ndarray) -> np.ndarray:
    """Entries, sums and squares in the bins, by numpy."""
    values = network.evaluate(columns)[:, 0]
    edges = np.concatenate([[-np.inf], EDGES, [np.inf]])
    known = np.isfinite(values) & (weights != 0)
    w = weights[known].astype(np.float64)
    found = np.array([np.histogram(values[known], edges, weights=w**m)[0] for m in range(3)])
    assert len(w) < 500 or found[0].min() > 20  # or a test of bins would be one of a bin
    return found


def test_one_output_is_that_of_the_kernel(ROOT: Any, events: Any, tree: str) -> None:
    node = define_network(ROOT.RDataFrame("events", tree), "score", ONE)
    assert str(node.GetColumnType("score")) == "double"
    np.testing.assert_array_equal(taken(node, "score"), ONE.evaluate(events)[:, 0])
    node = define_network(ROOT.RDataFrame("events", tree), "score", ONE, precision="float64")
    np.testing.assert_array_equal(taken(node, "score"), ONE.evaluate(events, precision="float64")[:, 0])


def test_several_outputs_are_a_vector_and_have_a_largest(ROOT: Any, events: Any, tree: str) -> None:
    frame = ROOT.RDataFrame("events", tree)
    node = define_network(define_network(frame, "all", THREE), "best", THREE, largest=True)
    expected = THREE.evaluate(events)
    np.testing.assert_array_equal(np.array([list(y) for y in taken(node, "all")]), expected)
    lost = np.isnan(expected).any(1)
    assert lost.sum() == (events["i"] == -3).sum() > 0
    best = np.where(lost, -1, np.argmax(np.where(lost[:, None], 0, expected), axis=1))
    np.testing.assert_array_equal(taken(node, "best"), best)
    booked = book_network_moments(frame, THREE, LARGEST, None, [0, 0, 0, 1])
    np.testing.assert_array_equal(booked.value()[0, 0], np.bincount(best[~lost], minlength=3))


def test_columns_instead_of_expressions(ROOT: Any, events: Any, tree: str) -> None:
    node = define_network(ROOT.RDataFrame("events", tree), "score", ONE, ["d", "i", "b"])
    expected = ONE.evaluate([events["d"], events["i"], events["b"]])[:, 0]
    np.testing.assert_array_equal(taken(node, "score"), expected)


@pytest.mark.parametrize("n_inputs", [1, 3, 11, 13, 30, 40, 41, 73, 200])
def test_any_number_of_inputs(ROOT: Any, n_inputs: int) -> None:
    network = make_network((n_inputs, 8, 1), flagged=(0,))
    inputs = make_inputs(network, 20, missing=0.02)
    columns = {f"x{i}": x for i, x in enumerate(inputs)}
    node = define_network(ROOT.RDF.FromNumpy(columns), "score", network)
    expected = network.evaluate(inputs)
    np.testing.assert_array_equal(taken(node, "score"), expected[:, 0])
    booked = book_network_moments(ROOT.RDF.FromNumpy(columns), network, SPEC, None, POINT)
    np.testing.assert_array_equal(booked.value()[0], histogram(network, inputs, np.ones(20)))


@pytest.mark.parametrize("n_events", [0, 1, 256, 257, 1000])
def test_bins_are_those_of_the_column(ROOT: Any, n_events: int) -> None:
    network = make_network((3, 20, 1), "gelu", "sigmoid", flagged=(1,), clip=3.0, seed=2)
    inputs = make_inputs(network, max(n_events, 1), missing=0.1)
    weights = np.random.default_rng(3).normal(size=max(n_events, 1))
    columns = {f"x{i}": x for i, x in enumerate(inputs)} | {"w": weights}
    frame = ROOT.RDF.FromNumpy(columns)
    # An empty array is no data source of ROOT.
    node = frame if n_events else frame.Filter("false")
    booked = book_network_moments(node, network, SPEC, "w", POINT)
    column = define_network(node, "score", network)
    some = {name: values[:n_events] for name, values in columns.items()}
    expected = histogram(network, some, weights[:n_events])
    np.testing.assert_allclose(booked.value()[0], expected, rtol=1e-13, atol=1e-13)
    assert column.Filter("score > 0.5 && score < 0.6").Count().GetValue() == expected[0, 2]
    assert booked.spread()[0] == n_events


def test_smooth_bins_of_outputs(ROOT: Any, events: Any, tree: str) -> None:
    spec = BinsSpec("axes", "gaussian", ("y",), (3,))
    point = np.append(EDGES, 0.05)
    frame = ROOT.RDataFrame("events", tree)
    booked = book_network_moments(frame, ONE, spec, "w", point, precision="float64")
    from scipy.stats import norm

    values, w = ONE.evaluate(events, precision="float64")[:, 0], events["w"].astype(np.float64)
    steps = norm.cdf((values[:, None] - EDGES) / 0.05)
    share = -np.diff(np.column_stack([np.ones(len(w)), steps, np.zeros(len(w))]), axis=1)
    expected = [(w**m) @ share for m in range(3)]
    np.testing.assert_allclose(booked.value()[0], expected, rtol=1e-9, atol=1e-10)


def test_variations_pass_through(ROOT: Any, events: Any, tree: str) -> None:
    frame = ROOT.RDataFrame("events", tree)
    frame = frame.Vary("x", "ROOT::RVecF{x - 0.5f, x + 0.5f}", ["down", "up"], "jes")
    frame = frame.Vary("w", "ROOT::RVecF{0.5f * w, 2.f * w}", ["down", "up"], "norm")
    booked = book_network_moments(frame, ONE, SPEC, "w", POINT)
    node = define_network(frame, "score", ONE)
    sums = ROOT.RDF.Experimental.VariationsFor(node.Sum("score"))
    got = booked.variations()
    assert set(got) == {"nominal", "jes:down", "jes:up", "norm:down", "norm:up"}
    for name, shift, factor in (
        ("nominal", 0, 1),
        ("jes:down", -0.5, 1),
        ("jes:up", 0.5, 1),
        ("norm:down", 0, 0.5),
        ("norm:up", 0, 2),
    ):
        columns = {**events, "x": events["x"] + np.float32(shift)}
        expected = histogram(ONE, columns, events["w"] * np.float32(factor))
        np.testing.assert_allclose(got[name][0], expected, rtol=1e-12, err_msg=name)
        if factor == 1:
            assert sums[name] == pytest.approx(ONE.evaluate(columns).sum(), rel=1e-12)


def test_two_threads_give_the_same(ROOT: Any, events: Any, tree: str, tmp_path: Path) -> None:
    from test_threads import in_threads

    ONE.save(tmp_path / "network.json")
    result = in_threads("network", str(tmp_path / "network.json"), tree)
    assert max(result["slots"]) == 2
    assert len(set(result["bits"])) == 1
    assert max(result["defining"]) == 2
    np.testing.assert_array_equal(result["scores"], ONE.evaluate(events)[:, 0])
    np.testing.assert_allclose(result["value"], histogram(ONE, events, events["w"]).ravel(), rtol=1e-12)


@pytest.mark.torch
def test_outputs_are_those_of_torch(ROOT: Any) -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    from gradcut.expressions import parse
    from gradcut.networks.from_torch import layers_of

    torch.manual_seed(1)
    nn = torch.nn
    sizes = ((10, 128), (128, 128), (128, 128))
    hidden = [part for size in sizes for part in (nn.Linear(*size), nn.BatchNorm1d(size[1]), nn.ReLU())]
    module = nn.Sequential(*hidden, nn.Linear(128, 1), nn.Sigmoid())
    for _ in range(3):
        module(torch.randn(200, 10))
    module.eval()
    names = {f"x{i}": parse(f"x{i}") for i in range(10)}
    centre, scale = np.linspace(-2, 2, 10), np.linspace(0.5, 40, 10)
    network = Network(names, centre, scale, 4.0, (), layers_of(module))
    x = np.random.default_rng(1).normal(size=(3000, 10)) * scale * 2 + centre
    with torch.no_grad():
        expected = module(torch.from_numpy(np.clip((x - centre) / scale, -4, 4)).float()).numpy()[:, 0]
    assert expected.std() > 0.01
    frame = ROOT.RDF.FromNumpy(
        {name: np.ascontiguousarray(column) for name, column in zip(names, x.T, strict=True)}
    )
    np.testing.assert_allclose(taken(define_network(frame, "y", network), "y"), expected, rtol=0, atol=1e-6)


@pytest.mark.torch
def test_outputs_of_two_hundred_inputs_are_those_of_torch_also_in_variations(ROOT: Any) -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    from gradcut.expressions import parse
    from gradcut.networks.from_torch import layers_of

    torch.manual_seed(2)
    nn = torch.nn
    module = nn.Sequential(nn.Linear(200, 64), nn.SiLU(), nn.Linear(64, 3), nn.Softmax(dim=1)).eval()
    names = {f"x{i}": parse(f"x{i}") for i in range(200)}
    centre, scale = np.linspace(-2, 2, 200), np.linspace(0.5, 40, 200)
    network = Network(names, centre, scale, 4.0, (), layers_of(module))
    x = (np.random.default_rng(1).normal(size=(600, 200)) * 2 * scale + centre).astype(np.float32)
    # Columns of several types, the last of them varied.
    columns = {
        f"x{i}": np.ascontiguousarray(x[:, i], np.float64 if i % 3 else np.float32) for i in range(200)
    }
    columns["w"] = np.linspace(0.5, 1.5, 600).astype(np.float32)
    frame = ROOT.RDF.FromNumpy(columns).Vary("x199", "ROOT::RVecD{x199 + 30}", ["up"], "shift")
    node = define_network(define_network(frame, "all", network), "best", network, largest=True)
    best = ROOT.RDF.Experimental.VariationsFor(node.Take["int"]("best"))
    booked = book_network_moments(frame, network, LARGEST, "w", [0, 0, 0, 1])
    moments = booked.variations()
    found = np.array([list(y) for y in taken(node, "all")])
    for tag, shift in (("nominal", 0.0), ("shift:up", 30.0)):
        given = x.astype(np.float64)
        given[:, 199] += shift
        scaled = torch.from_numpy(np.clip((given - centre) / scale, -4, 4)).float()
        with torch.no_grad():
            expected = module(scaled).numpy()
        if tag == "nominal":
            np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)
            assert expected.std() > 0.01
        largest = np.argmax(expected, axis=1)
        np.testing.assert_array_equal(np.asarray(best[tag]), largest)
        sums = [np.bincount(largest, columns["w"].astype(np.float64) ** m, 3) for m in range(3)]
        np.testing.assert_allclose(moments[tag][0], sums, rtol=1e-12)
    assert (np.asarray(best["shift:up"]) != np.asarray(best["nominal"])).any()


def test_a_saved_network_is_applied_by_cpp_alone(ROOT: Any, events: Any, tree: str, tmp_path: Path) -> None:
    path = tmp_path / "network.json"
    for network in (ONE, OTHER):
        network.save(path)
        saved = ROOT.GradCut.LoadNetwork(str(path))
        assert [str(name) for name in saved.Inputs()] == list(network.expressions)
        frame = ROOT.RDataFrame("events", tree).Define("met", "i")
        node = saved.Define(ROOT.RDF.AsRNode(frame), "score")
        expected = network.evaluate({**events, "met": events["i"]})[:, 0]
        np.testing.assert_array_equal(taken(node, "score"), expected)
        bins = ROOT.GradCut.SoftBins.Edges([EDGES.tolist()])
        moments = saved.BookMoments(ROOT.RDF.AsRNode(frame), bins, "w").GetValue()
        found = histogram(network, {**events, "met": events["i"]}, events["w"])
        np.testing.assert_allclose(list(moments.fValues), found.ravel(), rtol=1e-12)
    THREE.save(path)
    node = ROOT.GradCut.LoadNetwork(str(path)).DefineLargest(
        ROOT.RDF.AsRNode(ROOT.RDataFrame("events", tree)), "best"
    )
    expected = define_network(ROOT.RDataFrame("events", tree), "best", THREE, largest=True)
    np.testing.assert_array_equal(taken(node, "best"), taken(expected, "best"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.update(format="gradcut-cut-result"), "this is not a result of gradcut.networks.Network"),
        (lambda d: d.update(schema_version=2), "update gradcut"),
        (lambda d: d["content"].update(kind="bins"), "this is not a network"),
        (lambda d: d["content"].update(version=2), "another version"),
        (lambda d: d["content"].update(more=1), "'more' is not known"),
        (lambda d: d["content"].update(clip="wide"), "'clip' is a positive number"),
        (lambda d: d["content"].update(clip=-1), "the clip is not positive"),
        (lambda d: d["content"].update(flagged=[3]), "a flag is of no input"),
        (lambda d: d["content"].update(flagged=[]), "another number of inputs"),
        (lambda d: d["content"].update(layers=[]), "1 to 64 layers"),
        (lambda d: d["content"]["inputs"][0].update(value={"cpp": "abort()"}), "content.inputs"),
        (lambda d: d["content"]["inputs"][0].update(scale=0), "a scale is not positive"),
        (lambda d: d["content"]["layers"][0].update(activation="exec"), "unknown activation 'exec'"),
        (lambda d: d["content"]["layers"][0]["weight"].pop(), "one row for each of 20 outputs"),
        (lambda d: d["content"]["layers"][0]["weight"][3].pop(), "rows of weights have one length"),
        (lambda d: d["content"]["layers"][0]["bias"].__setitem__(0, "x"), r"layers\[0\].bias\[0\]"),
    ],
)
def test_odd_files_are_refused_by_cpp(ROOT: Any, change: Any, message: str, tmp_path: Path) -> None:
    path = tmp_path / "network.json"
    ONE.save(path)
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))
    with pytest.raises(ROOT.std.invalid_argument, match=message):
        ROOT.GradCut.LoadNetwork(str(path))


def test_odd_requests_are_refused(ROOT: Any, tree: str) -> None:
    frame = ROOT.RDataFrame("events", tree).Define("v", "ROOT::RVecF{x, y}")
    with pytest.raises(DeclarationError, match="one column per input is needed"):
        define_network(frame, "score", ONE, ["x"])
    with pytest.raises(DataError, match="unknown column 'xx'"):
        define_network(frame, "score", ONE, ["x", "y", "xx"])
    with pytest.raises(DataError, match="but one number per event is needed"):
        define_network(frame, "score", ONE, ["x", "y", "v"])
    with pytest.raises(DataError, match="but one number per event is needed"):
        book_network_moments(frame, make_network((60, 1)), SPEC, None, POINT, columns=[*["x"] * 59, "v"])
    with pytest.raises(DeclarationError, match="the bins do not fit the network"):
        book_network_moments(frame, ONE, LARGEST, None, [0, 0, 0, 1])
    with pytest.raises(DeclarationError, match="the parameters do not fit the bins"):
        book_network_moments(frame, ONE, SPEC, None, EDGES)
    with pytest.raises(DeclarationError, match="precision is not one of the choices"):
        define_network(frame, "score", ONE, precision="float16")  # type: ignore[arg-type]


def test_several_results_take_one_loop(ROOT: Any, tree: str) -> None:
    frame = ROOT.RDataFrame("events", tree)
    first = book_network_moments(frame, ONE, SPEC, "w", POINT)
    second = book_network_moments(frame, THREE, LARGEST, "w", [0, 0, 0, 1])
    run(first, second)
    assert frame.GetNRuns() == 1
    assert first.value()[0, 0].sum() == 4000


def test_whatever_is_changed_in_a_file_it_is_read_or_refused_by_cpp(ROOT: Any, tmp_path: Path) -> None:
    from networks.test_json import mutated

    path = tmp_path / "network.json"
    THREE.save(path)
    document = json.loads(path.read_text())
    stream = random.Random(13)
    refused = 0
    for _ in range(200):
        path.write_text(json.dumps(mutated(document, stream)))
        try:
            saved = ROOT.GradCut.LoadNetwork(str(path))
        except ROOT.std.invalid_argument:
            refused += 1
        else:
            assert saved.Get().NInputs() == len(saved.Inputs())
    assert 50 < refused < 200
