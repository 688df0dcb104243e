"""A trained network as plain data: what goes in, how it is scaled, and its layers."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, get_args

from gradcut.checks import check_sentinels, is_integer, is_number
from gradcut.errors import DeclarationError
from gradcut.expressions.nodes import Expression
from gradcut.expressions.structure import has_holes
from gradcut.expressions.text import describe
from gradcut.networks.layers import MAX_WIDTH, Dense, frozen

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["MAX_LAYERS", "Network"]

#: The kernels' ``GRADCUT_MAX_NETWORK_LAYERS``.
MAX_LAYERS = 64


@dataclass(frozen=True, eq=False)
class Network:
    """Inputs, their scaling, and dense layers.

    An input ``x`` enters as ``(x - centre) / scale``, in double, clipped. A missing value (NaN) of a flagged
    input is replaced by the centre and tells so in one more number that enters: 1, else 0. An event with a
    missing value of another input has NaN outputs.

    Parameters
    ----------
    expressions : mapping of str to Expression
        What goes in, by name, in order.
    centre, scale : array_like of shape (n_inputs,)
        Per input.
    clip : float, default inf
        Scaled inputs are brought to ``[-clip, clip]``.
    flagged : sequence of int, optional
        Numbers of the inputs whose missing values are told; their flags follow the inputs, in this order.
    layers : sequence of Dense
        The first has ``n_inputs + len(flagged)`` inputs.
    sentinels : sequence of float, optional
        Numbers that stand for a missing value in the columns of the expressions, as in ``gc.Samples``.

    Raises
    ------
    DeclarationError
        If sizes do not fit, or a number makes no sense.
    """

    expressions: Mapping[str, Expression]
    centre: NDArray[np.float64]
    scale: NDArray[np.float64]
    clip: float = math.inf
    flagged: tuple[int, ...] = ()
    layers: tuple[Dense, ...] = ()
    sentinels: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        self._freeze("expressions", MappingProxyType(_checked_expressions(self.expressions)))
        n = len(self.expressions)
        for name in ("centre", "scale"):
            array = frozen(getattr(self, name), f"'{name}' of a network", 1)
            if len(array) != n:
                raise DeclarationError(f"'{name}' has one number per input", given=f"{len(array)} for {n}")
            self._freeze(name, array)
        if not (self.scale > 0).all():
            raise DeclarationError("scales are positive", given=f"{self.scale.min():g}")
        if not is_number(self.clip) or not self.clip > 0:
            raise DeclarationError("'clip' is a positive number, inf for none", given=repr(self.clip)[:80])
        self._freeze("clip", float(self.clip))
        self._freeze("flagged", _checked_flags(self.flagged, n))
        self._freeze("layers", _checked_layers(self.layers, n + len(self.flagged)))
        self._freeze("sentinels", check_sentinels(self.sentinels))

    def _freeze(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    @property
    def n_inputs(self) -> int:
        """Number of inputs, without flags."""
        return len(self.expressions)

    @property
    def n_outputs(self) -> int:
        """Number of outputs."""
        return self.layers[-1].n_out

    def evaluate(
        self,
        columns: Mapping[str, NDArray[Any]] | Sequence[NDArray[Any]],
        *,
        precision: Literal["float32", "float64"] = "float32",
    ) -> NDArray[np.float64]:
        """Outputs for all events, by the compiled kernel.

        Parameters
        ----------
        columns : mapping of str to ndarray, or sequence of ndarray
            Columns that the expressions read; or the inputs themselves, in order, NaN where missing.
        precision : {"float32", "float64"}, default "float32"
            Arithmetic of the layers. Inputs are scaled in double in any case.

        Returns
        -------
        ndarray of float64 of shape (n_events, n_outputs)

        Raises
        ------
        DeclarationError, DataError
            If a column is unknown, or columns are no numbers of one length.
        """
        from gradcut.networks.evaluating import evaluate

        return evaluate(self, columns, precision)

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        from gradcut.networks.json_form import to_json

        return to_json(self)

    @classmethod
    def from_json(cls, plain: object) -> Network:
        """Read what :meth:`to_json` gave.

        Raises
        ------
        SchemaError
            If anything is odd: nothing in a file is ever executed.
        """
        from gradcut.networks.json_form import from_json

        return from_json(plain, cls)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it as a JSON file, for :meth:`load` and for ``GradCut::LoadNetwork`` in C++."""
        from gradcut.networks.files import save

        save(self, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Network:
        """Read a file that :meth:`save` wrote.

        Raises
        ------
        SchemaError
            If it is missing, damaged, foreign or of another version.
        """
        from gradcut.networks.files import load

        return load(path, cls)

    def header(self, path: str | os.PathLike[str], function: str = "gradcut_network") -> None:
        """Write it as a C++ header that needs nothing but the standard library.

        Parameters
        ----------
        path : path
            The file.
        function : str, default "gradcut_network"
            Name of the function, ``void gradcut_network<T>(const double *inputs, T *outputs)`` with ``T``
            double or float. Inputs stand in the order of ``expressions``.
        """
        from gradcut.networks.header import write_header

        write_header(self, path, function)

    def onnx(self, path: str | os.PathLike[str]) -> None:
        """Write it as an ONNX file (the extra ``onnx``); see :mod:`gradcut.networks.onnx` for what is in it.

        Parameters
        ----------
        path : path
            The file.
        """
        from gradcut.networks.onnx import write_onnx

        write_onnx(self, path)


def _checked_expressions(given: object) -> dict[str, Expression]:
    if not isinstance(given, Mapping) or not given or len(given) > MAX_WIDTH:
        raise DeclarationError(
            "inputs of a network are expressions by name", given=repr(given)[:80], allowed="at least one"
        )
    for name, expression in given.items():
        if not isinstance(name, str) or not name or not isinstance(expression, get_args(Expression)):
            raise DeclarationError(
                "inputs of a network are expressions by name",
                given=f"{name!r}: {expression!r}"[:80],
                hint="gradcut.expressions.parse(...) makes one",
            )
        if has_holes(expression):
            raise DeclarationError("an input of a network has no '?'", given=describe(expression)[:80])
    return dict(given)


def _checked_flags(given: Sequence[int], n: int) -> tuple[int, ...]:
    flags = tuple(given)
    if not all(is_integer(flag) and 0 <= flag < n for flag in flags) or len(set(flags)) != len(flags):
        raise DeclarationError(
            "flagged inputs are different numbers of inputs", given=repr(flags)[:80], allowed=f"0 to {n - 1}"
        )
    return tuple(int(flag) for flag in flags)


def _checked_layers(given: Sequence[Dense], n_in: int) -> tuple[Dense, ...]:
    layers = tuple(given)
    if not 1 <= len(layers) <= MAX_LAYERS or not all(isinstance(layer, Dense) for layer in layers):
        raise DeclarationError("a network has layers", given=f"{len(layers)}", allowed=f"1 to {MAX_LAYERS}")
    for number, layer in enumerate(layers):
        if layer.n_in != n_in:
            raise DeclarationError(
                f"layer {number} has another number of inputs than there are",
                given=f"{layer.n_in} for {n_in}",
                hint="inputs and flags of the network for the first, outputs of the one before for others",
            )
        if layer.activation == "softmax" and number + 1 < len(layers):
            raise DeclarationError("a softmax stands in the last layer only", given=f"layer {number}")
        n_in = layer.n_out
    return layers
