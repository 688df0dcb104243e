"""The contract of every engine."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, Literal

import numpy as np

from gradcut.engines.parameters import ParameterMap
from gradcut.errors import DeclarationError, GradcutError
from gradcut.kernel_spec import KernelSpec
from gradcut.yields import Moments, Yields, YieldsLayout

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "Engine",
    "Evaluation",
    "Precision",
    "SelectionEngine",
    "check_spec",
    "precision_of",
    "stack_cotangents",
]

Precision = Literal["float32", "float64"]


def precision_of(name: str) -> type[np.float32] | type[np.float64]:
    """Type of a precision by its name.

    Raises
    ------
    DeclarationError
        If it is another name.
    """
    if name not in ("float32", "float64"):
        raise DeclarationError("unknown precision", given=repr(name), allowed="'float32', 'float64'")
    return np.float32 if name == "float32" else np.float64


def check_spec(spec: object) -> KernelSpec:
    """Return what the kernels need, refusing the selection itself: its features are in the events already."""
    if not isinstance(spec, KernelSpec):
        raise DeclarationError(
            "this engine takes what the kernels need of a selection",
            given=type(spec).__name__,
            hint="selection.kernel_spec()",
        )
    return spec


class Evaluation(abc.ABC):
    """Yields at some points, and the way back from them."""

    yields: Yields

    @abc.abstractmethod
    def vjp(self, cotangents: Moments) -> NDArray[np.float64]:
        """Gradient of ``sum(cotangents * yields.moments)``, shape (points, parameters)."""


def stack_cotangents(cotangents: Moments, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Cotangents of the three moments as one array of shape (3, ...).

    Raises
    ------
    DeclarationError
        If they do not have, or broadcast to, the shape of the moments.
    """
    try:
        return np.stack([np.broadcast_to(np.asarray(c, dtype=np.float64), shape) for c in cotangents])
    except (TypeError, ValueError) as error:
        raise DeclarationError(
            "cotangents do not have the shape of the moments",
            given=", ".join(str(np.shape(c)) for c in cotangents),
            allowed=f"{shape}: points, channels, processes, variations, bins",
        ) from error


class JacobianEvaluation(Evaluation):
    """An evaluation that holds the full Jacobian: for a selection it is small and saves the second pass.

    Parameters
    ----------
    yields : Yields
        The values.
    jacobian : ndarray, shape (3, points, channels, processes, variations, bins, parameters)
        Derivatives of the three moments.
    """

    def __init__(self, yields: Yields, jacobian: NDArray[np.float64]) -> None:
        self.yields = yields
        self.jacobian = jacobian

    def vjp(self, cotangents: Moments) -> NDArray[np.float64]:
        """Contract the Jacobian; see :meth:`Evaluation.vjp`."""
        stacked = stack_cotangents(cotangents, self.jacobian.shape[1:-1])
        return np.asarray(np.einsum("mpcrvb,mpcrvbk->pk", stacked, self.jacobian))


class Engine(abc.ABC):
    """Yields of soft memberships and their derivatives, for one or many parameter points at once.

    Parameters
    ----------
    layout : YieldsLayout
        The axes of the yields.
    """

    def __init__(self, layout: YieldsLayout) -> None:
        self.layout = layout
        self._last: Evaluation | None = None

    @property
    @abc.abstractmethod
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters."""

    @abc.abstractmethod
    def _checked(self, points: ArrayLike) -> NDArray[np.float64]:
        """Points as an array of shape (points, parameters), or an error that says what is wrong with them."""

    @abc.abstractmethod
    def _evaluate(self, points: NDArray[np.float64], *, hard: bool) -> Evaluation:
        """Sum over the events at checked points."""

    def evaluate(self, points: ArrayLike) -> Evaluation:
        """Yields at some points together with the way back from them.

        Parameters
        ----------
        points : array_like, shape (points, parameters) or (parameters,)
            Parameters in the units of their features.

        Returns
        -------
        Evaluation
            Its ``yields`` and ``vjp`` stay valid whatever is evaluated later.
        """
        return self._evaluate(self._checked(points), hard=False)

    def yields(self, points: ArrayLike) -> Yields:
        """Soft yields at some points; see :meth:`evaluate`."""
        self._last = self.evaluate(points)
        return self._last.yields

    def vjp(self, cotangents: Moments) -> NDArray[np.float64]:
        """Vector-Jacobian product at the points of the last call of :meth:`yields`.

        Parameters
        ----------
        cotangents : Moments
            Derivatives of a number in the moments, broadcastable to their shape.

        Returns
        -------
        ndarray of float64, shape (points, parameters)
            Derivatives of that number.

        Raises
        ------
        GradcutError
            If there was no such call.
        """
        if self._last is None:
            raise GradcutError(
                "vjp needs the points of a call of yields", hint="call engine.yields(points) first"
            )
        return self._last.vjp(cotangents)

    def hard_yields(self, points: ArrayLike) -> Yields:
        """Yields of hard cuts or bins: comparisons in the columns' own types, widths not used."""
        return self._evaluate(self._checked(points), hard=True).yields


class SelectionEngine(Engine):
    """An engine of a selection; its parameters are thresholds, then one width per cut.

    Parameters
    ----------
    spec : KernelSpec
        The selection.
    layout : YieldsLayout
        The axes of the yields.
    """

    def __init__(self, spec: KernelSpec, layout: YieldsLayout) -> None:
        super().__init__(layout)
        self.spec = check_spec(spec)
        self.map = ParameterMap(spec)

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters: thresholds, then one width per cut."""
        return self.map.names

    def _checked(self, points: ArrayLike) -> NDArray[np.float64]:
        return self.map.check(points)
