"""A trained module becomes plain data, or stays a module where it cannot."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from gradcut.errors import DeclarationError
from gradcut.networks import Network
from gradcut.networks.from_torch import layers_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.observables.learned import Outputs
    from gradcut.observables.observable import Observable
    from gradcut.observables.scaling import Scaling

__all__ = ["ModuleOutputs", "ordered", "outputs_of"]

#: Events that a module sees at a time.
CHUNK = 16384


class ModuleOutputs:
    """Outputs of a module that cannot be written as layers.

    Parameters
    ----------
    module : torch.nn.Module
        Trained, giving logits.
    scaling : Scaling
        Of its inputs.
    refusal : DeclarationError
        Why it is no plain data.
    """

    def __init__(self, module: torch.nn.Module, scaling: Scaling, refusal: DeclarationError) -> None:
        self.module, self.scaling, self.refusal = module.eval(), scaling, refusal
        self._order: list[int] | None = None
        with torch.no_grad():
            first = next(module.parameters())
            self._n_outputs = int(module(torch.zeros((2, scaling.n_inputs)).to(first)).shape[1])

    @property
    def n_outputs(self) -> int:
        """Number of outputs."""
        return self._n_outputs

    def ordered(self, order: Sequence[int]) -> ModuleOutputs:
        """The same outputs in another order."""
        made = copy(self)
        made._order = [(self._order or range(self._n_outputs))[i] for i in order]
        return made

    def evaluate(self, columns: Sequence[NDArray[Any]]) -> NDArray[np.float64]:
        """Outputs, sigmoids of logits where there is one; NaN where an input is missing."""
        given = [np.asarray(x) for x in columns]
        first, made = next(self.module.parameters()), []
        for begin in range(0, len(given[0]), CHUNK):
            some = [x[begin : begin + CHUNK] for x in given]
            with torch.no_grad():
                outputs = self.module(torch.from_numpy(self.scaling.standardised(some)).to(first)).double()
            outputs = (
                torch.sigmoid(outputs) if self.n_outputs == 1 else outputs[:, self._order or slice(None)]
            )
            made.append(np.where(self.scaling.known(some)[:, None], outputs.cpu().numpy(), np.nan))
        return np.concatenate(made) if made else np.zeros((0, self.n_outputs))


def outputs_of(
    module: torch.nn.Module, observable: Observable, scaling: Scaling, sentinels: Sequence[float]
) -> Outputs:
    """Take the outputs of a trained module, as plain data where it can be written as layers."""
    last = [torch.nn.Sigmoid()] if observable.n_outputs == 1 else []
    whole = torch.nn.Sequential(module.eval(), *last)
    try:
        layers = layers_of(whole)
    except DeclarationError as refusal:
        return ModuleOutputs(module, scaling, refusal)
    return Network(
        expressions=dict(zip(observable.names, observable.inputs, strict=True)),
        centre=scaling.centre,
        scale=scaling.scale,
        clip=scaling.clip,
        flagged=scaling.flagged,
        layers=layers,
        sentinels=tuple(sentinels),
    )


def ordered(outputs: Outputs, order: Sequence[int]) -> Outputs:
    """The same outputs in another order."""
    if isinstance(outputs, ModuleOutputs):
        return outputs.ordered(order)
    assert isinstance(outputs, Network)
    last = outputs.layers[-1]
    turned = replace(last, weight=last.weight[list(order)], bias=last.bias[list(order)])
    return replace(outputs, layers=(*outputs.layers[:-1], turned))
