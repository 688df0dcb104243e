"""Everything that the next step of a training depends on, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["TrainingState"]


@dataclass
class TrainingState:
    """Where a training is.

    Parameters
    ----------
    point : ndarray of float64
        Parameters of the network, then those of the edges.
    mean, square : ndarray of float64
        Adam's running means.
    adam_steps : int
        Over how many steps they ran.
    buffers : dict of str to ndarray
        Buffers of the module, such as running means of a batch normalisation.
    step : int
        Steps that are done, those of the warm-up included.
    best : ndarray of float64
        The point that was best on the events to choose by.
    best_buffers : dict of str to ndarray
        Buffers there.
    merit : float
        How good it was, better when larger.
    best_step : int
        When that was.
    ended : str
        Why the training ended before its last step; empty if it did not.
    """

    point: NDArray[np.float64]
    mean: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    square: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    adam_steps: int = 0
    buffers: dict[str, NDArray[Any]] = field(default_factory=dict)
    step: int = 0
    best: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    best_buffers: dict[str, NDArray[Any]] = field(default_factory=dict)
    merit: float = float("-inf")
    best_step: int = -1
    ended: str = ""

    def __post_init__(self) -> None:
        if not len(self.mean):
            self.mean, self.square = np.zeros_like(self.point), np.zeros_like(self.point)

    @property
    def has_best(self) -> bool:
        """Whether any point was looked at."""
        return self.best_step >= 0

    @classmethod
    def stored(cls, arrays: Mapping[str, NDArray[Any]], plain: Mapping[str, Any]) -> TrainingState:
        """State from what :meth:`arrays` and :meth:`plain` gave."""

        def under(prefix: str) -> dict[str, NDArray[Any]]:
            return {k.removeprefix(prefix): a for k, a in arrays.items() if k.startswith(prefix)}

        return cls(
            point=arrays["point"],
            mean=arrays["mean"],
            square=arrays["square"],
            adam_steps=int(plain["adam_steps"]),
            buffers=under("buffer "),
            step=int(plain["step"]),
            best=arrays["best"],
            best_buffers=under("best buffer "),
            merit=float(plain["merit"]),
            best_step=int(plain["best_step"]),
            ended=str(plain["ended"]),
        )

    def arrays(self) -> dict[str, NDArray[Any]]:
        """All arrays by name, for a checkpoint."""
        return {
            **{name: getattr(self, name) for name in ("point", "mean", "square", "best")},
            **{f"buffer {name}": array for name, array in self.buffers.items()},
            **{f"best buffer {name}": array for name, array in self.best_buffers.items()},
        }

    def plain(self) -> dict[str, Any]:
        """All numbers by name, for a checkpoint."""
        return {
            "step": self.step,
            "adam_steps": self.adam_steps,
            "merit": self.merit,
            "best_step": self.best_step,
            "ended": self.ended,
        }
