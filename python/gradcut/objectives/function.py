"""Any function of the yields as an objective."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.errors import DeclarationError
from gradcut.extras import need
from gradcut.objectives.base import Direction, Objective
from gradcut.yields import Moments, Yields

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray

__all__ = ["FunctionObjective", "maximise", "minimise"]


class FunctionObjective(Objective):
    """An objective of one's own; made by :func:`maximise` and :func:`minimise`.

    Parameters
    ----------
    function : callable
        From :class:`gradcut.Yields`, whose moments are float64 tensors of torch, to a tensor of shape
        (points,).
    direction : {"maximise", "minimise"}
        What is better.
    name : str, optional
        Name in tables; default that of the function.
    """

    def __init__(
        self, function: Callable[[Yields], Any], direction: Direction, name: str | None = None
    ) -> None:
        if not callable(function):
            raise DeclarationError("an objective is a function of Yields", given=repr(function))
        need("torch", "an objective of one's own")
        self.function, self.direction = function, direction
        self.name = name or str(getattr(function, "__name__", type(function).__name__))

    def describe(self) -> dict[str, Any]:
        """See :meth:`Objective.describe`."""
        return {"kind": "function", "name": self.name, "direction": self.direction}

    def soft(self, yields: Yields) -> torch.Tensor:
        """See :meth:`Objective.soft`."""
        import torch

        value = self.function(yields)
        if not isinstance(value, torch.Tensor) or value.shape != (yields.n_points,):
            shape = tuple(value.shape) if hasattr(value, "shape") else type(value).__name__
            raise DeclarationError(
                "an own objective returns one number per point",
                where=f"objective '{self.name}'",
                given=f"{shape}",
                allowed=f"a torch tensor of shape ({yields.n_points},)",
            )
        return value.double()

    def gradient(self, yields: Yields) -> tuple[NDArray[np.float64], Moments]:
        """See :meth:`Objective.gradient`; by torch."""
        from gradcut.objectives.torch_bridge import gradient_by_torch

        return gradient_by_torch(self.soft, yields)

    @property
    def ties(self) -> str:
        """See :meth:`Objective.ties`."""
        return "it is a function of one's own of all yields together"

    def hard(self, yields: Yields) -> NDArray[np.float64]:
        """See :meth:`Objective.hard`; of a function written for torch."""
        import torch

        tensors = Moments(*(torch.from_numpy(np.ascontiguousarray(array)) for array in yields.moments))
        with torch.no_grad():
            value = self.soft(Yields(yields.layout, tensors)).numpy()
        return np.where(np.isnan(value), -self.sign * np.inf, value)


def maximise(function: Callable[[Yields], Any], name: str | None = None) -> FunctionObjective:
    """Make an objective that is better when larger.

    Parameters
    ----------
    function : callable
        From :class:`gradcut.Yields` to a tensor of shape (points,).
    name : str, optional
        Name in tables.

    Examples
    --------
    >>> import gradcut as gc
    >>> def s_over_sqrt_b(yields):
    ...     s, b = (yields.total(role).sum_w.sum((1, 2)) for role in ("signal", "background"))
    ...     return s / (b + 1).sqrt()
    >>> gc.objectives.maximise(s_over_sqrt_b).direction
    'maximise'
    """
    return FunctionObjective(function, "maximise", name)


def minimise(function: Callable[[Yields], Any], name: str | None = None) -> FunctionObjective:
    """Make an objective that is better when smaller; as :func:`maximise`.

    Parameters
    ----------
    function : callable
        From :class:`gradcut.Yields` to a tensor of shape (points,).
    name : str, optional
        Name in tables.
    """
    return FunctionObjective(function, "minimise", name)
