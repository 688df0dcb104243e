"""Trains gato-hep as its own examples do, in an environment of its own; run by bins_peers.py.

    python benchmarks/bins_gato.py EVENTS.npz OUT.json --bins 3 5 10 [--epochs 250] [--seed 0]

``EVENTS.npz`` holds ``<process>:scores`` of shape (events, axes) and ``<process>:weight``. One dimension
is learned by sigmoids (examples/1D_example/run_sigmoid_example.py), two by a Gaussian mixture
(examples/three_class_softmax_example/run_example.py), with the settings of these examples. Written are the
edges, or the parameters of the mixture, and the CPU seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf
from gatohep.models import gato_gmm_model, gato_sigmoid_model
from gatohep.utils import LearningRateScheduler, SteepnessScheduler, TemperatureScheduler


def train(events: dict[str, dict[str, tf.Tensor]], n_bins: int, epochs: int, seed: int) -> dict[str, object]:
    """One training; the last model counts, as in the examples."""
    tf.keras.utils.set_random_seed(seed)
    dimensions = int(next(iter(events.values()))["NN_output"].shape[1])
    signals = [name for name in events if name.startswith("signal")]
    began = time.process_time()
    if dimensions == 1:
        axis = {"name": "NN_output", "bins": n_bins, "range": (0.0, 1.0)}
        model = gato_sigmoid_model(variables_config=[axis], global_steepness=50.0)
    else:
        model = gato_gmm_model(n_cats=n_bins, dim=dimensions, temperature=1.0, mean_norm="softmax")
    optimizer = tf.keras.optimizers.RMSprop(0.1)
    rate = LearningRateScheduler(
        optimizer, lr_initial=0.1, lr_final=0.001, total_epochs=epochs, mode="cosine"
    )
    if dimensions == 1:
        hardness = SteepnessScheduler(
            model, t_initial=50.0, t_final=10000.0, total_epochs=epochs, mode="cosine"
        )
    else:
        hardness = TemperatureScheduler(
            model, t_initial=1.0, t_final=0.05, total_epochs=epochs, mode="cosine"
        )

    @tf.function
    def step() -> tf.Tensor:
        with tf.GradientTape() as tape:
            z = model.get_differentiable_significance(events, signal_labels=signals)
            product = tf.reduce_prod(tf.stack([z[name] for name in signals]))
            loss = -tf.pow(product, 1.0 / len(signals))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return loss

    for epoch in range(epochs):
        rate.update(epoch)
        hardness.update(epoch)
        loss = step()
    found: dict[str, object] = {"bins": n_bins, "seed": seed, "loss": float(loss)}
    if dimensions == 1:
        found["edges"] = model.calculate_boundaries().numpy().tolist()
    else:
        found["log_weights"] = model.get_mixture_weight().numpy().tolist()
        found["means"] = model.get_effective_means().numpy().tolist()
        found["triangles"] = model.get_scale_tril().numpy().tolist()
    found["cpu"] = time.process_time() - began
    return found


def main() -> None:
    """Train all numbers of bins."""
    parser = argparse.ArgumentParser()
    parser.add_argument("events", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--bins", type=int, nargs="+", required=True)
    parser.add_argument("--epochs", type=int, default=250)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    given = np.load(options.events)
    names = [key.removesuffix(":weight") for key in given.files if key.endswith(":weight")]
    events = {
        name: {
            "NN_output": tf.constant(given[f"{name}:scores"], dtype=tf.float32),
            "weight": tf.constant(given[f"{name}:weight"], dtype=tf.float32),
        }
        for name in names
    }
    found = [train(events, n, options.epochs, options.seed) for n in options.bins]
    options.out.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
