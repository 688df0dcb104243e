"""Modules of torch as dense layers; torch is loaded by the first call."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.errors import DeclarationError
from gradcut.networks.assembling import Assembly
from gradcut.networks.layers import Dense

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray

__all__ = ["layers_of"]

_ALLOWED = (
    "Linear, Sequential, BatchNorm1d, Dropout, Identity, Flatten(1); ReLU, LeakyReLU, ELU, SiLU, "
    "GELU, Tanh, Sigmoid, Softplus; Softmax(dim=-1) at the end"
)
_HINT = (
    "write it with torch.onnx.export, and run the ONNX file with TMVA::Experimental::SOFIE of ROOT or with "
    "onnxruntime; or learn with layers that are allowed"
)
#: A module of the user's own has to agree with its only child on so many random events, to so much.
_CHECKED_EVENTS = 64
_TOLERANCE = 1e-6
#: Below, torch's linear end of softplus differs from the function by more than single precision.
_LEAST_THRESHOLD = 15.0


def layers_of(module: torch.nn.Module) -> tuple[Dense, ...]:
    """Return a trained module as dense layers, as it is in evaluation mode.

    Parameters
    ----------
    module : torch.nn.Module
        Of one vector per event: ``Linear``, nested ``Sequential``, ``ReLU``, ``LeakyReLU``, ``ELU``,
        ``SiLU``, ``GELU``, ``Tanh``, ``Sigmoid``, ``Softplus``, ``Softmax`` at the end, and
        ``BatchNorm1d``, whose running statistics are folded into the layers beside it; ``Dropout``,
        ``Identity`` and ``Flatten(1)`` are left out. A module of your own is allowed where it has one child
        of these, and computes the same.

    Returns
    -------
    tuple of Dense

    Raises
    ------
    DeclarationError
        Naming the first layer that cannot be written so.
    """
    import torch

    if not isinstance(module, torch.nn.Module):
        raise DeclarationError("layers are made of a torch.nn.Module", given=type(module).__name__)
    assembly = Assembly()
    with _evaluating(module):
        _add(assembly, module, "")
    return assembly.layers()


def _add(assembly: Assembly, module: torch.nn.Module, name: str) -> None:
    import torch

    if module._forward_hooks or module._forward_pre_hooks:
        raise _refused(module, name, "has hooks, whose effect is not known")
    if _is(module, torch.nn.Sequential):
        for child, inner in module.named_children():
            _add(assembly, inner, f"{name}.{child}" if name else child)
        return
    for kind, add in _table().items():
        if _is(module, kind):
            problem = add(assembly, module)
            if problem:
                raise _refused(module, name, problem)
            return
    _add_own(assembly, module, name)


def _add_own(assembly: Assembly, module: torch.nn.Module, name: str) -> None:
    """Add a module of the user's own, which has to compute what its only child does."""
    children = list(module.named_children())
    if len(children) != 1:
        raise _refused(module, name, "cannot be written as dense layers")
    child_name, child = children[0]
    own = Assembly()
    _add(own, child, f"{name}.{child_name}" if name else child_name)
    layers = own.layers()
    if not _agree(module, child, layers[0].n_in):
        raise _refused(module, name, f"computes something else than its only child '{child_name}'")
    for layer in layers:
        assembly.add(layer)


def _agree(module: torch.nn.Module, child: torch.nn.Module, n_in: int) -> bool:
    import torch

    first = next(child.parameters())
    # A stream of its own: the caller's random numbers stay as they are.
    drawn = np.random.default_rng(7).normal(size=(_CHECKED_EVENTS, n_in))
    x = torch.from_numpy(drawn).to(first)
    with torch.no_grad():
        try:
            got, expected = module(x), child(x)
        except (RuntimeError, ValueError, TypeError, IndexError):
            return False
    if not isinstance(got, torch.Tensor) or got.shape != expected.shape:
        return False
    return bool(torch.allclose(got, expected, rtol=_TOLERANCE, atol=_TOLERANCE))


def _table() -> dict[type, Callable[[Assembly, Any], str | None]]:
    """Return what is done with modules of each kind; a text says why one cannot be written."""
    import torch

    nn = torch.nn
    return {
        nn.Linear: lambda a, m: a.affine(_numbers(m.weight), _numbers(m.bias, len(m.weight))),
        nn.BatchNorm1d: _batch_norm,
        nn.Dropout: lambda _a, _m: None,
        nn.Identity: lambda _a, _m: None,
        nn.Flatten: lambda _a, m: None if (m.start_dim, m.end_dim) == (1, -1) else "is not Flatten(1)",
        nn.ReLU: lambda a, _m: a.activation("relu"),
        nn.LeakyReLU: lambda a, m: a.activation("leaky_relu", m.negative_slope),
        nn.ELU: lambda a, m: a.activation("elu", m.alpha),
        nn.SiLU: lambda a, _m: a.activation("silu"),
        nn.GELU: lambda a, m: a.activation("gelu_tanh" if m.approximate == "tanh" else "gelu"),
        nn.Tanh: lambda a, _m: a.activation("tanh"),
        nn.Sigmoid: lambda a, _m: a.activation("sigmoid"),
        nn.Softplus: _softplus,
        nn.Softmax: lambda a, m: a.activation("softmax") if m.dim in (-1, 1) else "is not Softmax(dim=-1)",
    }


def _batch_norm(assembly: Assembly, module: Any) -> str | None:
    if module.running_mean is None:
        return "has no running statistics"
    n = len(module.running_mean)
    factor = 1.0 / np.sqrt(_numbers(module.running_var) + module.eps)
    if module.weight is not None:
        factor = factor * _numbers(module.weight)
    return assembly.diagonal(factor, _numbers(module.bias, n) - _numbers(module.running_mean) * factor)


def _softplus(assembly: Assembly, module: Any) -> str | None:
    """``log(1 + exp(beta x)) / beta``."""
    if not module.threshold >= _LEAST_THRESHOLD:
        return f"has a threshold below {_LEAST_THRESHOLD:g}"
    if module.beta == 1:
        return assembly.activation("softplus")
    n = assembly.width
    if n is None:
        return "has a beta, before any Linear"
    return (
        assembly.diagonal(np.full(n, float(module.beta)), np.zeros(n))
        or assembly.activation("softplus")
        or assembly.diagonal(np.full(n, 1.0 / module.beta), np.zeros(n))
    )


def _numbers(tensor: Any, length: int = 0) -> NDArray[np.float64]:
    """Return a parameter in double, zeros where there is none."""
    if tensor is None:
        return np.zeros(length)
    found: NDArray[np.float64] = tensor.detach().cpu().double().numpy()
    return found


def _is(module: Any, kind: Any) -> bool:
    """Whether a module is of this kind, also in what it computes."""
    return isinstance(module, kind) and type(module).forward is kind.forward


@contextlib.contextmanager
def _evaluating(module: torch.nn.Module) -> Iterator[None]:
    modes = [(one, one.training) for one in module.modules()]
    module.eval()
    try:
        yield
    finally:
        for one, mode in modes:
            one.training = mode


def _refused(module: torch.nn.Module, name: str, problem: str) -> DeclarationError:
    place = f"layer '{name}'" if name else "the module"
    return DeclarationError(
        f"{place} of class {type(module).__name__} {problem}",
        given=repr(module).partition("\n")[0][:80],
        allowed=_ALLOWED,
        hint=_HINT,
    )
