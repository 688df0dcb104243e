"""CABIN as it was published: what :func:`gradcut.scan_cuts` is compared with.

What to use when: :func:`gradcut.scan_cuts` to learn cuts. The functions here follow the paper, with plain
gradient descent at a fixed steepness and the target as a penalty: :func:`scan_cuts` the network of many
working points, :func:`bce_cuts` the one-to-one network with binary cross entropy, :func:`linear_score` the
linear network of eq. 9, which makes no cuts.

They need torch.

References
----------
M. Hance and J. Robles, "Learning Selection Cuts With Gradients".
"""

from __future__ import annotations

from gradcut.cabin.linear import LinearScore, linear_score
from gradcut.cabin.scan import bce_cuts, scan_cuts
from gradcut.cabin.settings import BCE, STABLE, TABLE_1, Settings

__all__ = ["BCE", "STABLE", "TABLE_1", "LinearScore", "Settings", "bce_cuts", "linear_score", "scan_cuts"]
