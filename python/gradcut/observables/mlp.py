"""The networks of an observable."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import torch

from gradcut.errors import DeclarationError

if TYPE_CHECKING:
    from gradcut.observables.observable import Observable

__all__ = ["make_module"]

_LAYERS: dict[str, type[torch.nn.Module]] = {
    "relu": torch.nn.ReLU,
    "leaky_relu": torch.nn.LeakyReLU,
    "elu": torch.nn.ELU,
    "silu": torch.nn.SiLU,
    "gelu": torch.nn.GELU,
    "tanh": torch.nn.Tanh,
    "sigmoid": torch.nn.Sigmoid,
    "softplus": torch.nn.Softplus,
}


def make_module(observable: Observable, n_inputs: int, seed: int) -> torch.nn.Module:
    """Make the network of an observable, with parameters drawn anew.

    Parameters
    ----------
    observable : Observable
        Declares it.
    n_inputs : int
        Its inputs, flags included.
    seed : int
        Of the parameters.

    Raises
    ------
    DeclarationError
        If it cannot take such inputs, has another number of outputs, or no parameters.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        module = _made(observable, n_inputs)
        _check(module, observable, n_inputs)
    return module


def _made(observable: Observable, n_inputs: int) -> torch.nn.Module:
    network = observable.network
    if isinstance(network, torch.nn.Module):
        module = copy.deepcopy(network)
        for part in module.modules():
            reset = getattr(part, "reset_parameters", None)
            if callable(reset):
                reset()
        return module
    if not isinstance(network, tuple):
        made = network(n_inputs, observable.n_outputs)
        if not isinstance(made, torch.nn.Module):
            raise DeclarationError(
                "the function of a network gives a torch.nn.Module",
                given=type(made).__name__,
                where="gc.Observable(network=...)",
            )
        return made
    layers: list[torch.nn.Module] = []
    size = n_inputs
    for width in network:
        layers += [torch.nn.Linear(size, width), _LAYERS[observable.activation]()]
        size = width
    return torch.nn.Sequential(*layers, torch.nn.Linear(size, observable.n_outputs))


def _check(module: torch.nn.Module, observable: Observable, n_inputs: int) -> None:
    where = "gc.Observable(network=...)"
    if not sum(p.numel() for p in module.parameters()):
        raise DeclarationError("a network has parameters to learn", given=type(module).__name__, where=where)
    training = module.training
    module.eval()
    try:
        with torch.no_grad():
            made = module(torch.zeros((3, n_inputs)))
    except (RuntimeError, TypeError, ValueError, IndexError) as error:
        raise DeclarationError(
            f"the network does not take {n_inputs} inputs",
            given=str(error).splitlines()[0][:120],
            allowed=f"a tensor of shape (events, {n_inputs}): {', '.join(observable.names)}",
            where=where,
        ) from error
    finally:
        module.train(training)
    shape = tuple(made.shape) if isinstance(made, torch.Tensor) else None
    if shape != (3, observable.n_outputs):
        raise DeclarationError(
            "the network has another number of outputs",
            given=f"{shape} for 3 events" if shape is not None else type(made).__name__,
            allowed=f"(3, {observable.n_outputs}): "
            + ("a logit per bin" if observable.n_outputs > 1 else "a logit per event"),
            where=where,
        )
    if observable.n_outputs == 1 and _ends_in_sigmoid(module):
        raise DeclarationError(
            "the network ends in a sigmoid: what it gives are no logits",
            given=type(module).__name__,
            hint="leave the last sigmoid out; the observable is the sigmoid of the logit",
            where=where,
        )


def _ends_in_sigmoid(module: torch.nn.Module) -> bool:
    last = module
    while isinstance(last, torch.nn.Sequential) and len(last):
        last = last[-1]
    return isinstance(last, torch.nn.Sigmoid)
