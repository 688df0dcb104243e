"""A network over all events, forth and back, at constant memory.

A number that depends on sums over all events has an exact gradient in two passes: outputs chunk by chunk
without a graph, then, with the derivatives of that number in the outputs, each chunk again. Graphs of chunks
are kept as long as there is room for them, so that small data need one pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch.func import functional_call

__all__ = ["Passes", "Steps"]

#: Rows of a chunk: activations that fit into caches, or fill a GPU.
CHUNK = {"cpu": 8192, "cuda": 1 << 19}
#: Bytes of activations that are kept between the passes.
ROOM = {"cpu": 1 << 28, "cuda": 1 << 34}


class Passes:
    """Runs a module over rows.

    Parameters
    ----------
    module : torch.nn.Module
        The network; its parameters are given with every call, and only its buffers are used.
    chunk : int, optional
        Rows at a time.
    room : int, optional
        Bytes of activations that may be kept between the passes.
    half : bool, default False
        Whether the network computes in bfloat16, where torch finds it safe; outputs are floats all the same.
    """

    def __init__(
        self,
        module: torch.nn.Module,
        chunk: int | None = None,
        room: int | None = None,
        *,
        half: bool = False,
    ) -> None:
        self.module = module
        self._chunk, self._room, self._half = chunk, room, half
        self._names = [name for name, _ in module.named_parameters()]
        self._shapes = [p.shape for _, p in module.named_parameters()]
        self._sizes = [p.numel() for _, p in module.named_parameters()]
        self._per_row: int | None = None
        # Random masks have to be the same in both passes.
        self._is_random = any(
            "dropout" in type(m).__name__.lower() and getattr(m, "p", 0) for m in module.modules()
        )

    @property
    def n_parameters(self) -> int:
        """Number of parameters of the module."""
        return sum(self._sizes)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of single parameters, such as ``0.weight[12]``."""
        return tuple(
            f"{name}[{i}]" for name, n in zip(self._names, self._sizes, strict=True) for i in range(n)
        )

    def initial(self) -> torch.Tensor:
        """Parameters of the module as one vector, in double."""
        return torch.cat([p.detach().double().cpu().flatten() for p in self.module.parameters()])

    def outputs(self, theta: torch.Tensor, inputs: torch.Tensor) -> Iterator[tuple[slice, torch.Tensor]]:
        """Outputs chunk by chunk, without a graph."""
        with torch.no_grad():
            weights = self._weights(theta.to(inputs))
            for rows in self._slices(inputs):
                yield rows, self._call(weights, inputs[rows], rows)

    def steps(
        self,
        theta: torch.Tensor,
        inputs: torch.Tensor,
        forth: Callable[[slice, torch.Tensor, bool], None],
        beside: int = 0,
    ) -> Steps:
        """Go forth, keeping graphs as long as there is room.

        Parameters
        ----------
        theta : Tensor of shape (parameters,)
            Parameters.
        inputs : Tensor of shape (rows, inputs)
            Standardised inputs.
        forth : callable
            Called with the rows and the outputs of every chunk, and whether its graph is kept.
        beside : int, default 0
            Bytes per row that the caller keeps where a graph is kept.
        """
        plain = self._weights(theta.to(inputs).detach())
        weights = _leaves(plain)
        kept: dict[int, torch.Tensor] = {}
        left = ROOM[inputs.device.type] if self._room is None else self._room
        for rows in self._slices(inputs):
            left -= (rows.stop - rows.start) * (self._bytes_per_row(plain, inputs) + beside)
            if left >= 0:
                kept[rows.start] = self._call(weights, inputs[rows], rows)
                forth(rows, kept[rows.start].detach(), True)
                continue
            with torch.no_grad():
                forth(rows, self._call(plain, inputs[rows], rows), False)
        return Steps(self, weights, inputs, kept)

    def again(
        self,
        theta: torch.Tensor,
        inputs: torch.Tensor,
        derivatives: Callable[[slice, torch.Tensor], torch.Tensor],
    ) -> torch.Tensor:
        """Gradient of a number whose derivatives in the outputs are known; see :meth:`Steps.back`."""
        weights = _leaves(self._weights(theta.to(inputs).detach()))
        return Steps(self, weights, inputs, {}).back(derivatives)

    def _weights(self, theta: torch.Tensor) -> dict[str, torch.Tensor]:
        parts = torch.split(theta, self._sizes)
        return {n: part.view(s) for n, part, s in zip(self._names, parts, self._shapes, strict=True)}

    def _call(self, weights: dict[str, torch.Tensor], inputs: torch.Tensor, rows: slice) -> torch.Tensor:
        if not (self._is_random and self.module.training):
            return self._plain_call(weights, inputs)
        devices = [inputs.device] if inputs.is_cuda else []
        with torch.random.fork_rng(devices):
            torch.manual_seed(self.mask_seed + rows.start)
            return self._plain_call(weights, inputs)

    def _plain_call(self, weights: dict[str, torch.Tensor], inputs: torch.Tensor) -> torch.Tensor:
        if not self._half:
            made: torch.Tensor = functional_call(self.module, weights, (inputs,))
            return made
        with torch.autocast(inputs.device.type, dtype=torch.bfloat16):
            half: torch.Tensor = functional_call(self.module, weights, (inputs,))
        return half.float()

    #: What random masks are drawn from; changed from step to step.
    mask_seed = 0

    def _slices(self, inputs: torch.Tensor) -> Iterator[slice]:
        chunk = self._chunk or CHUNK[inputs.device.type]
        for begin in range(0, len(inputs), chunk):
            yield slice(begin, min(begin + chunk, len(inputs)))

    def _bytes_per_row(self, weights: dict[str, torch.Tensor], inputs: torch.Tensor) -> int:
        """Activations that a graph keeps of a row."""
        if self._per_row is None:
            sizes: list[int] = []
            some = inputs[: min(64, len(inputs))]
            tracked = _leaves(weights)

            def pack(tensor: torch.Tensor) -> torch.Tensor:
                if tensor.dim() and tensor.shape[0] == len(some):
                    sizes.append(tensor.numel() * tensor.element_size())
                return tensor

            def unpack(tensor: Any) -> Any:
                return tensor

            with torch.autograd.graph.saved_tensors_hooks(pack, unpack):
                self._call(tracked, some, slice(0, len(some)))
            self._per_row = max(1, sum(sizes) // max(1, len(some)))
        return self._per_row


class Steps:
    """The way back from the outputs of a network.

    Parameters
    ----------
    passes : Passes
        The network.
    weights : dict of str to Tensor
        Parameters of the module, leaves of the graphs.
    inputs : Tensor of shape (rows, inputs)
        Standardised inputs.
    kept : dict of int to Tensor
        Outputs with their graphs, by the first row of their chunk.
    """

    def __init__(
        self,
        passes: Passes,
        weights: dict[str, torch.Tensor],
        inputs: torch.Tensor,
        kept: dict[int, torch.Tensor],
    ) -> None:
        self._passes, self._weights, self._inputs, self._kept = passes, weights, inputs, kept

    def back(self, derivatives: Callable[[slice, torch.Tensor], torch.Tensor]) -> torch.Tensor:
        """Gradient of a number in the parameters; once, since graphs are gone after it.

        Parameters
        ----------
        derivatives : callable
            Called with the rows and the outputs of every chunk; gives the derivatives in the outputs.

        Returns
        -------
        Tensor of float64, shape (parameters,)
            The gradient, on the CPU.
        """
        leaves = list(self._weights.values())
        total = torch.zeros(self._passes.n_parameters, dtype=torch.float64, device=self._inputs.device)
        for rows in self._passes._slices(self._inputs):
            outputs = self._kept.pop(rows.start, None)
            if outputs is None:
                outputs = self._passes._call(self._weights, self._inputs[rows], rows)
            cotangent = derivatives(rows, outputs.detach())
            # No chunk shares its graph with another, so that activations go as soon as they are used.
            found = torch.autograd.grad(
                outputs, leaves, cotangent.to(outputs), allow_unused=True, materialize_grads=True
            )
            total += torch.cat([part.flatten() for part in found])
        return total.cpu()


def _leaves(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Weights that gradients end in."""
    return {name: weight.detach().requires_grad_(True) for name, weight in weights.items()}
