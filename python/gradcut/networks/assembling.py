"""Operations one after another become dense layers: scales are folded into what stands beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradcut.errors import DeclarationError
from gradcut.networks.layers import Dense

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Assembly"]


class Assembly:
    """Takes operations in order; each returns None, or why it cannot be taken."""

    def __init__(self) -> None:
        self._done: list[Dense] = []
        #: A layer that has no activation yet.
        self._open: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None
        #: A factor and a term per number that wait for the next layer.
        self._scale: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None

    @property
    def width(self) -> int | None:
        """Numbers per event at this place, None before the first operation that tells."""
        if self._open is not None:
            return len(self._open[1])
        if self._scale is not None:
            return len(self._scale[0])
        return self._done[-1].n_out if self._done else None

    def affine(self, weight: NDArray[np.float64], bias: NDArray[np.float64]) -> str | None:
        """``weight x + bias``."""
        if self.width not in (None, weight.shape[1]):
            return f"has {weight.shape[1]} inputs where there are {self.width}"
        if self._scale is not None:
            factor, term = self._scale
            weight, bias, self._scale = weight * factor, bias + weight @ term, None
        self._close("linear")
        self._open = weight, bias
        return None

    def diagonal(self, factor: NDArray[np.float64], term: NDArray[np.float64]) -> str | None:
        """``factor x + term``, number by number."""
        if self.width not in (None, len(factor)):
            return f"has {len(factor)} inputs where there are {self.width}"
        if self._open is not None:
            weight, bias = self._open
            self._open = weight * factor[:, None], bias * factor + term
        elif self._scale is not None:
            self._scale = self._scale[0] * factor, self._scale[1] * factor + term
        else:
            self._scale = factor, term
        return None

    def activation(self, name: str, slope: float | None = None) -> str | None:
        """Any of ``ACTIVATIONS``."""
        if self._done and self._done[-1].activation == "softmax":
            return "stands after a Softmax, which can only be the last layer"
        if self._open is None:
            n = self.width
            if n is None:
                return "stands before any Linear"
            factor, term = self._scale or (np.ones(n), np.zeros(n))
            self._open, self._scale = (np.diag(factor), term), None
        self._close(name, slope)
        return None

    def add(self, layer: Dense) -> None:
        """Add a whole layer.

        Raises
        ------
        DeclarationError
            If it does not fit what is there.
        """
        problem = self.affine(layer.weight, layer.bias)
        if problem is None and layer.activation != "linear":
            problem = self.activation(layer.activation, layer.slope)
        if problem is not None:
            raise DeclarationError(f"a layer {problem}")

    def layers(self) -> tuple[Dense, ...]:
        """All of it as layers.

        Raises
        ------
        DeclarationError
            If there are none, or a softmax is not the last one.
        """
        if self._scale is not None:
            factor, term = self._scale
            self._open, self._scale = (np.diag(factor), term), None
        self._close("linear")
        if not self._done:
            raise DeclarationError("a network has layers", given="none", allowed="at least one Linear")
        if any(layer.activation == "softmax" for layer in self._done[:-1]):
            raise DeclarationError("a softmax stands in the last layer only")
        return tuple(self._done)

    def _close(self, activation: str, slope: float | None = None) -> None:
        if self._open is not None:
            self._done.append(Dense(*self._open, activation, slope))
            self._open = None
