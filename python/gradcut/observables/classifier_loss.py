"""Cross-entropy of a network over rows, with its gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gradcut.observables.passes import Passes
    from gradcut.observables.rows import Rows

__all__ = ["cross_entropy", "label_weights"]


def label_weights(rows: Rows, *, augment: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """Weights of rows, the sums of signal and of background one each, and labels; both of shape (rows,)."""
    weights = torch.zeros(rows.n_rows, dtype=torch.float64, device=rows.inputs.device)
    labels = torch.zeros_like(weights)
    is_signal = rows.is_signal
    for number, block in enumerate(rows.blocks):
        nominal = [j for j, v in enumerate(block.variants) if augment or v.at[2] == 0]
        weights[block.rows] = block.weights[:, nominal].sum(1)
        labels[block.rows] = float(is_signal[number])
    for value in (0.0, 1.0):
        of_class = labels == value
        total = weights[of_class].sum()
        weights[of_class] /= total if total > 0 else 1.0
    return weights / 2, labels


def cross_entropy(
    passes: Passes, theta: NDArray[np.float64], rows: Rows, weights: torch.Tensor, labels: torch.Tensor
) -> tuple[float, NDArray[np.float64]]:
    """Value and gradient in the parameters of the network.

    Parameters
    ----------
    passes : Passes
        The network, with one output.
    theta : ndarray of shape (parameters,)
        Its parameters.
    rows : Rows
        Events.
    weights, labels : Tensor of shape (rows,)
        As :func:`label_weights` gives them.
    """
    value = torch.zeros((), dtype=torch.float64, device=rows.inputs.device)

    def forth(chunk: slice, outputs: torch.Tensor) -> None:
        z, w = outputs[:, 0].double(), weights[chunk]
        # -log sigmoid(z) of signal, -log(1 - sigmoid(z)) of background.
        nonlocal value
        value = value + (w * (torch.nn.functional.softplus(z) - labels[chunk] * z)).sum()

    def derivatives(chunk: slice, outputs: torch.Tensor) -> torch.Tensor:
        z = outputs[:, 0].double()
        return (weights[chunk] * (torch.sigmoid(z) - labels[chunk])).to(outputs.dtype)[:, None]

    steps = passes.steps(torch.from_numpy(theta), rows.inputs, forth)
    return float(value), steps.back(derivatives).numpy()
