"""A trained network in the event loop and beside it; writes results/network_inference.json.

    python benchmarks/network_inference.py [--events 200000] [--repeats 7] [--widths 10 128 128 128 1]

CPU time on one thread, microseconds per event, medians of interleaved repeats. Loops read doubles from an
uncompressed TTree; `reading` is the same loop with one layer of one output in the place of the network, so
that the difference is what the network costs. Everything gives the same outputs, which is checked first.
"""

from __future__ import annotations

import argparse
import importlib.util
import itertools
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from gradcut import _kernels
from gradcut.binning.bins_spec import BinsSpec
from gradcut.expressions import parse
from gradcut.networks import Dense, Network
from gradcut.rdf import book_collect, book_network_moments, define_network, load

HERE = Path(__file__).parent
TARGETS = {"define": 2.5, "blocks": 1.0}
#: Events per call of torch and onnxruntime.
BATCHES = (1, 256, 16384)
#: So many events are enough where each is a call of its own.
FEW = 5000

Run = Callable[[], np.ndarray]


def make_network(widths: list[int], activation: str, seed: int) -> Network:
    rng = np.random.default_rng(seed)
    layers = []
    for number, (n_in, n_out) in enumerate(itertools.pairwise(widths)):
        kind = activation if number + 2 < len(widths) else "linear"
        layers.append(
            Dense(rng.normal(size=(n_out, n_in)) * (2 / n_in) ** 0.5, rng.normal(size=n_out) * 0.1, kind)
        )
    n = widths[0]
    names = {f"x{i}": parse(f"x{i}") for i in range(n)}
    return Network(names, rng.normal(size=n), rng.uniform(0.5, 2, n), 5.0, (), tuple(layers))


def loops(root: Any, path: str, network: Network, tiny: Network, edges: np.ndarray) -> dict[str, Run]:
    spec, point = BinsSpec("axes", "hard", ("y",), (len(edges),)), np.append(edges, 1.0)

    def define(own: Network, precision: Any) -> Run:
        node = define_network(root.RDataFrame("events", path), "score", own, precision=precision)
        booked = book_collect(node, ["score"])
        return lambda: np.asarray(booked.value()["score"])

    def blocks(own: Network, precision: Any) -> Run:
        frame = root.RDataFrame("events", path)
        booked = book_network_moments(frame, own, spec, None, point, precision=precision)
        return lambda: np.asarray(booked.value()[0, 0])

    return {
        "define": lambda: define(network, "float32"),
        "define, double": lambda: define(network, "float64"),
        "define, reading": lambda: define(tiny, "float32"),
        "blocks": lambda: blocks(network, "float32"),
        "blocks, double": lambda: blocks(network, "float64"),
        "blocks, reading": lambda: blocks(tiny, "float32"),
    }  # type: ignore[dict-item]


def batched(call: Callable[[np.ndarray], np.ndarray], x: np.ndarray, batch: int) -> Run:
    return lambda: np.concatenate([call(x[i : i + batch]) for i in range(0, len(x), batch)])


def torch_calls(network: Network) -> Callable[[np.ndarray], np.ndarray]:
    import torch

    torch.set_num_threads(1)
    modules: list[Any] = []
    for layer in network.layers:
        linear = torch.nn.Linear(layer.n_in, layer.n_out)
        with torch.no_grad():
            linear.weight.copy_(torch.tensor(layer.weight))
            linear.bias.copy_(torch.tensor(layer.bias))
        modules += [
            linear,
            *(
                [{"relu": torch.nn.ReLU, "silu": torch.nn.SiLU}[layer.activation]()]
                if layer.activation != "linear"
                else []
            ),
        ]
    module = torch.nn.Sequential(*modules).eval()

    def call(x: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            scaled = np.clip((x - network.centre) / network.scale, -network.clip, network.clip)
            return module(torch.from_numpy(scaled.astype(np.float32))).numpy()[:, 0]

    return call


def onnx_calls(network: Network, folder: Path) -> Callable[[np.ndarray], np.ndarray]:
    import onnxruntime

    network.onnx(folder / "network.onnx")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        str(folder / "network.onnx"), options, providers=["CPUExecutionProvider"]
    )
    return lambda x: session.run(None, {"inputs": x.astype(np.float32)})[0][:, 0]


def contestants(network: Network, x: np.ndarray, folder: Path) -> dict[str, tuple[Run, int]]:
    columns = [np.ascontiguousarray(column) for column in x.T]
    made: dict[str, tuple[Run, int]] = {}
    for precision in ("float32", "float64"):
        made[f"kernel, {precision}"] = (
            lambda p=precision: network.evaluate(columns, precision=p)[:, 0],
            len(x),
        )  # type: ignore[misc]
    for name, package in (("torch", "torch"), ("onnxruntime", "onnxruntime")):
        if importlib.util.find_spec(package) is None:
            continue
        call = torch_calls(network) if name == "torch" else onnx_calls(network, folder)
        for batch in BATCHES:
            some = x if batch > 1 else x[:FEW]
            made[f"{name}, batches of {batch}"] = (batched(call, some, batch), len(some))
    return made


def check(
    root: Any, path: str, network: Network, tiny: Network, edges: np.ndarray, x: np.ndarray, folder: Path
) -> None:
    """All give the same; the loops are the column and its histogram."""
    expected = network.evaluate(list(x.T), precision="float64")[:, 0]
    size = np.abs(expected).max()
    for run, n in contestants(network, x, folder).values():
        np.testing.assert_allclose(run(), expected[:n], rtol=0, atol=3e-6 * size)
    made = loops(root, path, network, tiny, edges)
    np.testing.assert_allclose(made["define"]()(), expected, rtol=0, atol=3e-6 * size)  # type: ignore[operator]
    single = network.evaluate(list(x.T))[:, 0]
    counts = np.histogram(single, np.concatenate([[-np.inf], edges, [np.inf]]))[0]
    np.testing.assert_array_equal(made["blocks"]()(), counts)  # type: ignore[operator]


def timed(run: Run, n: int) -> float:
    start = time.process_time()
    run()
    return (time.process_time() - start) / n * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--widths", type=int, nargs="+", default=[10, 128, 128, 128, 1])
    parser.add_argument("--activation", choices=("relu", "silu"), default="relu")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=HERE / "results" / "network_inference.json")
    args = parser.parse_args()
    network = make_network(args.widths, args.activation, args.seed)
    tiny = make_network([args.widths[0], 1], "linear", args.seed)
    x = np.random.default_rng(args.seed).normal(size=(args.events, args.widths[0])) * 1.5
    edges = np.quantile(network.evaluate(list(x.T))[:, 0], np.linspace(0, 1, 11)[1:-1])
    root = load()
    times: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        path = str(folder / "events.root")
        options = root.RDF.RSnapshotOptions()
        options.fCompressionLevel = 0
        columns = {f"x{i}": np.ascontiguousarray(column) for i, column in enumerate(x.T)}
        root.RDF.FromNumpy(columns).Snapshot("events", path, list(columns), options)
        check(root, path, network, tiny, edges, x, folder)
        beside = contestants(network, x, folder)
        for _ in range(args.repeats):
            for name, make in loops(root, path, network, tiny, edges).items():
                times.setdefault(name, []).append(timed(make(), args.events))  # type: ignore[arg-type]
            for name, (run, n) in beside.items():
                times.setdefault(name, []).append(timed(run, n))
    medians = {name: statistics.median(values) for name, values in times.items()}
    result = {
        "what": "CPU microseconds per event, one thread, medians of interleaved repeats",
        **{name: getattr(args, name) for name in ("widths", "activation", "events", "repeats")},
        "instruction_set": _kernels.instruction_set(),
        "root": str(root.gROOT.GetVersion()),
        "targets": {name: f"<= {value}" for name, value in TARGETS.items()},
        "us_per_event": {name: round(value, 3) for name, value in medians.items()},
        "spread": {name: [round(min(v), 3), round(max(v), 3)] for name, v in times.items()},
        "network_alone": {
            name: round(medians[name] - medians[f"{name.split(',')[0]}, reading"], 3)
            for name in ("define", "define, double", "blocks", "blocks, double")
        },
    }
    args.out.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
