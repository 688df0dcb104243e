"""Cross-entropy of a network over rows, with its gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gradcut.observables.passes import Passes
    from gradcut.observables.rows import Rows

__all__ = ["Labelled", "cross_entropy", "cross_entropy_of", "labelled"]


class Labelled(NamedTuple):
    """Events for a classifier."""

    rows: Rows
    #: Shape (rows,); the sums of signal and of background are one half each.
    weights: torch.Tensor
    #: One for signal, zero for background; shape (rows,).
    labels: torch.Tensor


def labelled(rows: Rows, *, augment: bool) -> Labelled:
    """Label events; without ``augment`` the nominal ones alone."""
    rows = rows if augment else rows.nominal()
    weights = torch.zeros(rows.n_rows, dtype=torch.float64, device=rows.inputs.device)
    labels = torch.zeros_like(weights)
    is_signal = rows.is_signal
    for number, block in enumerate(rows.blocks):
        weights[block.rows] = block.weights.sum(1)
        labels[block.rows] = float(is_signal[number])
    for value in (0.0, 1.0):
        of_class = labels == value
        total = weights[of_class].sum()
        weights[of_class] /= total if total > 0 else 1.0
    return Labelled(rows, weights / 2, labels)


def cross_entropy(
    passes: Passes, theta: NDArray[np.float64], events: Labelled
) -> tuple[float, NDArray[np.float64]]:
    """Value and gradient in the parameters of the network.

    Parameters
    ----------
    passes : Passes
        The network, with one output.
    theta : ndarray of shape (parameters,)
        Its parameters.
    events : Labelled
        What it is to tell apart.
    """
    rows, weights, labels = events
    value = torch.zeros((), dtype=torch.float64, device=rows.inputs.device)

    def forth(chunk: slice, outputs: torch.Tensor, _: bool) -> None:
        z, w = outputs[:, 0].double(), weights[chunk]
        # -log sigmoid(z) of signal, -log(1 - sigmoid(z)) of background.
        nonlocal value
        value = value + (w * (torch.nn.functional.softplus(z) - labels[chunk] * z)).sum()

    def derivatives(chunk: slice, outputs: torch.Tensor) -> torch.Tensor:
        z = outputs[:, 0].double()
        return (weights[chunk] * (torch.sigmoid(z) - labels[chunk])).to(outputs.dtype)[:, None]

    steps = passes.steps(torch.from_numpy(theta), rows.inputs, forth)
    return float(value), steps.back(derivatives).numpy()


def cross_entropy_of(passes: Passes, theta: NDArray[np.float64], events: Labelled) -> float:
    """The value alone."""
    value = 0.0
    for chunk, outputs in passes.outputs(torch.from_numpy(theta), events.rows.inputs):
        z, w = outputs[:, 0].double(), events.weights[chunk]
        value += float((w * (torch.nn.functional.softplus(z) - events.labels[chunk] * z)).sum())
    return value
