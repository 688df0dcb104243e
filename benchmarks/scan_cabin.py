"""cabin (PyPI 0.3.3) at the settings of the paper's Table 1; run by an environment that has it.

    python benchmarks/scan_cabin.py IN.npz OUT.npz

IN has ``signal`` and ``background`` (events x columns, kept above the cut), ``targets`` and ``seed``; OUT
gets ``cuts`` (targets x columns) in the units of the columns and ``cpu`` in seconds, imports not counted.
"""

from __future__ import annotations

import sys
import time

import numpy as np
import torch
from cabin import EfficiencyScanNetwork, effic_loss_fn

ALPHA, BETA, GAMMA, DELTA, EPSILON, STEEPNESS = 10.0, 0.1, 1e-5, 1e-3, 1.0, 15.0
RATE, EPOCHS = 0.5, 200


def main() -> None:
    with np.load(sys.argv[1]) as given:
        signal, background = given["signal"], given["background"]
        targets, seed = given["targets"].tolist(), int(given["seed"])
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    began = time.process_time()
    events = np.concatenate([signal, background]).astype(np.float64)
    mean, width = events.mean(axis=0), events.std(axis=0)
    x = torch.tensor((events - mean) / width, dtype=torch.float32)
    y = torch.tensor(np.repeat([1.0, 0.0], [len(signal), len(background)]), dtype=torch.float32)
    m = events.shape[1]
    net = EfficiencyScanNetwork(m, targets, [1.0] * m, STEEPNESS)
    optimiser = torch.optim.SGD(net.parameters(), lr=RATE)
    for _ in range(EPOCHS):
        optimiser.zero_grad()
        loss = effic_loss_fn(net(x), y, m, net, ALPHA, BETA, GAMMA, DELTA, EPSILON).totalloss()
        loss.backward()
        optimiser.step()
    cuts = np.array([net.nets[i].get_cuts().detach().numpy() for i in range(len(targets))])
    cpu = time.process_time() - began
    np.savez(sys.argv[2], cuts=cuts * width + mean, cpu=cpu)


main()
