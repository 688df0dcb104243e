"""One training step of an observable beside a step of a classifier, with the same network and events.

Five steps of each in turn, one thread; ratios of CPU times. ``python benchmarks/observable_step.py``
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from pathlib import Path
from statistics import median

import numpy as np
import torch

import gradcut as gc
from gradcut.engines.segments import layout_of, segments_of
from gradcut.observables.classifier_loss import cross_entropy, labelled
from gradcut.observables.engine import ObservableEngine
from gradcut.observables.mlp import make_module
from gradcut.observables.passes import Passes
from gradcut.observables.rows import Rows
from gradcut.observables.scaling import scaling_of
from gradcut.observables.soft_histogram import SoftHistogram

IN_A_ROW = 5
MEANS = {"signal": (-1.0, 1.0), "background": (1.0, -1.0), "up": (2.5, 2.0), "down": (-2.5, -1.5)}


def blobs(n: int, n_inputs: int) -> gc.Samples:
    """Samples with ``n`` rows in four blobs; inputs beyond the first two are noise."""
    random = np.random.default_rng(1)

    def blob(which: str, total: float, first: int) -> dict[str, np.ndarray]:
        z = random.normal(size=(n // 4, n_inputs)).astype(np.float32)
        z[:, :2] += np.array(MEANS[which], dtype=np.float32)
        columns = {f"x{i}": z[:, i] for i in range(n_inputs)}
        return {**columns, "w": np.full(n // 4, 4 * total / n), "event": np.arange(n // 4) + first}

    samples = gc.Samples(weight="w", event="event")
    samples.add("signal", blob("signal", 20, 0), role="signal")
    samples.add("background", blob("background", 100, 10**9), role="background")
    samples.vary("shape", files={"background": (blob("up", 100, 2 * 10**9), blob("down", 100, 3 * 10**9))})
    return samples


class PlainClassifier:
    """A step as anybody writes it in torch: one graph, binary cross-entropy with logits, Adam."""

    def __init__(self, module: torch.nn.Module, rows: Rows) -> None:
        self.module, self.inputs = module, rows.inputs
        _, weights, labels = labelled(rows, augment=True)
        self.weights, self.labels = weights.float()[:, None], labels.float()[:, None]
        self.adam = torch.optim.Adam(module.parameters(), lr=1e-3)
        self.loss = torch.nn.functional.binary_cross_entropy_with_logits

    def step(self) -> None:
        """Forth, back, Adam."""
        self.adam.zero_grad()
        self.loss(self.module(self.inputs), self.labels, weight=self.weights, reduction="sum").backward()
        self.adam.step()


def measured(n: int, n_inputs: int, layers: tuple[int, ...], bins: int, repeats: int) -> dict[str, object]:
    """CPU milliseconds of the steps."""
    observable = gc.Observable([f"x{i}" for i in range(n_inputs)], bins, network=layers)
    tables = blobs(n, n_inputs).collect(observable.columns)
    scaling = scaling_of(observable, layout_of(tables), list(segments_of(tables, observable.spec)))
    rows = Rows.of(observable, tables, scaling, torch.device("cpu"), torch.float32)
    module = make_module(observable, n_inputs, 1)
    passes = Passes(make_module(observable, n_inputs, 1))
    engine = ObservableEngine(passes, SoftHistogram("logistic", bins), rows)
    point = np.concatenate([passes.initial().numpy(), np.zeros(bins)])
    leaf = torch.from_numpy(point.copy())
    # As in a training.
    adam = torch.optim.AdamW([leaf], lr=1e-3, weight_decay=0.0, fused=True)
    events = labelled(rows, augment=True)

    def along(gradient: np.ndarray) -> None:
        leaf.grad = torch.from_numpy(gradient)
        adam.step()

    def of_objective(objective: gc.objectives.Objective) -> None:
        evaluation = engine.evaluate(leaf.numpy())
        along(evaluation.vjp(objective.gradient(evaluation.yields)[1])[0])

    def of_cross_entropy() -> None:
        theta = leaf.numpy()[: passes.n_parameters]
        along(np.concatenate([cross_entropy(passes, theta, events)[1], np.zeros(bins)]))

    plain = PlainClassifier(module, rows)
    # Objectives remember layouts of models.
    cls, p0, sigma = (
        gc.objectives.CLs(),
        gc.objectives.DiscoveryP0(),
        gc.objectives.SignalStrengthUncertainty(),
    )
    steps = {
        "plain cross-entropy in torch": plain.step,
        "cross-entropy": of_cross_entropy,
        "CLs": lambda: of_objective(cls),
        "p0": lambda: of_objective(p0),
        "sigma_mu": lambda: of_objective(sigma),
    }
    times: dict[str, list[float]] = {name: [] for name in steps}
    for step in steps.values():
        step()
    for _ in range(repeats):
        for name, step in steps.items():
            # A training repeats one kind of step: what the step before leaves in caches is its own.
            step()
            began = time.process_time()
            for _ in range(IN_A_ROW):
                step()
            times[name].append(1e3 * (time.process_time() - began) / IN_A_ROW)
    base = "plain cross-entropy in torch"
    return {
        "rows": n,
        "network": [n_inputs, *layers, 1],
        "bins": bins,
        "ms": {name: round(median(own), 3) for name, own in times.items()},
        "ratio to plain": {
            name: round(median(a / b for a, b in zip(own, times[base], strict=True)), 3)
            for name, own in times.items()
        },
    }


def memory(n: int, layers: tuple[int, ...]) -> dict[str, object]:
    """Peak memory and time of a step over all of ``n`` rows with ten inputs."""
    observable = gc.Observable([f"x{i}" for i in range(10)], 5, network=layers)
    tables = blobs(n, 10).collect(observable.columns)
    scaling = scaling_of(observable, layout_of(tables), list(segments_of(tables, observable.spec)))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    rows = Rows.of(observable, tables, scaling, torch.device("cpu"), torch.float32)
    passes = Passes(make_module(observable, 10, 1))
    engine = ObservableEngine(passes, SoftHistogram("logistic", 5), rows)
    point = np.concatenate([passes.initial().numpy(), np.zeros(5)])
    objective = gc.objectives.CLs()
    began = time.process_time()
    evaluation = engine.evaluate(point)
    evaluation.vjp(objective.gradient(evaluation.yields)[1])
    spent = time.process_time() - began
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "rows": n,
        "network": [10, *layers, 1],
        "GB beyond the columns": round((after - before) / 2**20, 3),
        "us per row": round(1e6 * spent / n, 3),
    }


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=31)
    parser.add_argument("--memory", type=int, nargs="*", default=[1_000_000, 10_000_000])
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).parent / "results" / "observable_step.json"
    )
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    found: dict[str, object] = {"what": "CPU milliseconds of a training step, medians, one thread"}
    if len(arguments.memory) == 1:
        print(json.dumps(memory(arguments.memory[0], (64, 64))))
        return
    found["steps"] = [
        measured(2_000, 2, (128, 128, 128, 128), 5, arguments.repeats),
        measured(2_000, 2, (128, 128, 128, 128), 20, arguments.repeats),
        measured(20_000, 10, (64, 64), 5, arguments.repeats),
        measured(20_000, 10, (64, 64), 20, arguments.repeats),
    ]
    # Each in a process of its own: the largest memory of a process never falls.
    import subprocess

    found["memory"] = [
        json.loads(
            subprocess.run(
                [sys.executable, __file__, "--memory", str(n)], check=True, capture_output=True, text=True
            ).stdout.splitlines()[-1]
        )
        for n in arguments.memory
    ]
    arguments.out.write_text(json.dumps(found, indent=1) + "\n")
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
