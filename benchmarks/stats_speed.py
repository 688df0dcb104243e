"""CLs with its gradient, one thread: the public call, batches of it, and pyhf without gradient.

    python benchmarks/stats_speed.py [--repeats 7] [--out results/stats_speed.json]

One bin with 2 parameters, and 20 bins with 11 and 31: background with normsys and histosys uncertainties,
and one gamma per bin (shapesys). ``gc.stats.hypotest(1, model, data, gradient_of="cls")`` for expected data
and for 128 Poisson fluctuations in turn; the same in batches, their signals a little different; and
``pyhf.infer.hypotest``, forward only, with scipy and, where iminuit is installed, with Minuit (their default
tolerances). First all are asked for the same number. Repeats are interleaved; medians of CPU milliseconds per
model.
"""

from __future__ import annotations

import argparse
import importlib.util
import itertools
import json
import statistics
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import gradcut as gc
from gradcut.stats import compiled_test
from gradcut.stats.points import box_of

#: Bins, systematic uncertainties, gammas or not: 2, 11 and 31 parameters with the strength.
MODELS = {"1 bin, 2 parameters": (1, 0, True), "20 bins, 11 parameters": (20, 10, False)}
MODELS["20 bins, 31 parameters"] = (20, 10, True)
BATCH = 128


def workspace(n_bins: int, n_systematics: int, gammas: bool, seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    background = rng.uniform(30, 80, n_bins)
    modifiers: list[dict[str, Any]] = []
    for i in range(n_systematics):
        shift = background * rng.uniform(-0.05, 0.05, n_bins)
        data = {"hi_data": (background + shift).tolist(), "lo_data": (background - 0.9 * shift).tolist()}
        norm = {"hi": 1 + rng.uniform(0.01, 0.05), "lo": 1 - rng.uniform(0.01, 0.05)}
        kind, given = ("histosys", data) if i % 2 else ("normsys", norm)
        modifiers.append({"name": f"syst{i}", "type": kind, "data": given})
    if gammas:
        modifiers.append({"name": "mc", "type": "shapesys", "data": (0.07 * background).tolist()})
    strength = [{"name": "mu", "type": "normfactor", "data": None}]
    samples = [
        {"name": "signal", "data": rng.uniform(2, 12, n_bins).tolist(), "modifiers": strength},
        {"name": "background", "data": background.tolist(), "modifiers": modifiers},
    ]
    return {
        "channels": [{"name": "SR", "samples": samples}],
        "observations": [{"name": "SR", "data": rng.poisson(background).astype(float).tolist()}],
        "measurements": [{"name": "search", "config": {"poi": "mu", "parameters": []}}],
        "version": "1.0.0",
    }


def batch(model: gc.stats.Model, data: np.ndarray, expected: bool) -> tuple[Callable[[], Any], float]:
    """A call for many models, their signals a little different."""
    inputs = np.tile(model.inputs, (BATCH, 1))
    signal = np.isin(model.inputs, model.channels[0].samples[-1].nominal)
    inputs[:, signal] *= np.random.default_rng(5).uniform(0.95, 1.05, (BATCH, model.n_bins))
    cotangents = np.zeros(compiled_test.N_OUTPUTS)
    cotangents[compiled_test.OUTPUTS["cls"]] = 1.0
    box, poi = box_of(model), model.poi_index
    assert poi is not None

    def run() -> Any:
        given = None if expected else data
        return compiled_test.hypotest(
            model.likelihood, inputs, box, poi, 1.0, data=given, cotangents=cotangents
        )

    return run, BATCH


def pyhf_call(space: dict[str, Any], optimizer: str) -> Callable[[], float]:
    import pyhf

    model = pyhf.Workspace(space).model()
    data = pyhf.Workspace(space).data(model)
    made = getattr(pyhf.optimize, f"{optimizer}_optimizer")()

    def run() -> float:
        pyhf.set_backend("numpy", made)
        return float(pyhf.infer.hypotest(1.0, data, model, test_stat="qtilde"))

    return run


def measure(name: str, repeats: int) -> dict[str, Any]:
    space = workspace(*MODELS[name], seed=len(name))
    model = gc.stats.Model.from_workspace(space)
    rng, nominal = np.random.default_rng(5), model.asimov(0)[: model.n_bins]
    data = model.data(
        np.concatenate([[model.data()[: model.n_bins]], rng.poisson(nominal, (BATCH - 1, model.n_bins))])
    )
    rows = itertools.cycle(data)

    def value(expected: bool) -> Callable[[], Any]:
        return lambda: gc.stats.hypotest(1.0, model, "asimov" if expected else next(rows), gradient_of="cls")

    calls: dict[str, tuple[Callable[[], Any], float]] = {
        "hypotest, given data": (value(False), 1),
        "hypotest, expected data": (value(True), 1),
        "batch of 128, given data": batch(model, data, False),
        "batch of 128, expected data": batch(model, data, True),
        "pyhf, scipy, no gradient": (pyhf_call(space, "scipy"), 1),
    }
    if importlib.util.find_spec("iminuit"):
        calls["pyhf, minuit, no gradient"] = (pyhf_call(space, "minuit"), 1)
    wanted = gc.stats.hypotest(1.0, model).cls
    for peer, (run, _) in calls.items():
        if peer.startswith("pyhf"):
            np.testing.assert_allclose(run(), wanted, rtol=1e-3)
    assert (calls["batch of 128, given data"][0]().status == 0).all()
    times: dict[str, list[float]] = {peer: [] for peer in calls}
    for _ in range(repeats):
        for peer, (run, models) in calls.items():
            # As often as makes some 0.1 s; what is slower runs once.
            count, start = 0, time.process_time()
            while count == 0 or time.process_time() - start < 0.1:
                run()
                count += 1
            times[peer].append(1e3 * (time.process_time() - start) / (count * models))
    medians = {peer: statistics.median(found) for peer, found in times.items()}
    ours = medians["hypotest, given data"]
    return {
        "parameters": len(model.parameters),
        "bins": model.n_bins,
        "ms": {peer: float(f"{found:.4g}") for peer, found in medians.items()},
        "spread": {peer: [float(f"{f(found):.4g}") for f in (min, max)] for peer, found in times.items()},
        "pyhf / hypotest, given data": {
            peer: round(found / ours) for peer, found in medians.items() if peer.startswith("pyhf")
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "stats_speed.json")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    result = {
        "what": "CLs by qmu_tilde at 1, value and gradient; CPU milliseconds per model (median), one thread",
        "repeats": options.repeats,
        "models": {name: measure(name, options.repeats) for name in MODELS},
    }
    options.out.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
