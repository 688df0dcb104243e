"""The numbers of the paper."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from gradcut.checks import is_integer, is_number
from gradcut.errors import DeclarationError

__all__ = ["BCE", "STABLE", "TABLE_1", "Settings"]


@dataclass(frozen=True)
class Settings:
    """Hyperparameters; the defaults are those of the paper.

    Parameters
    ----------
    alpha, beta : float
        Weights of the squared distance to the target and of the background efficiency (eq. 5).
    gamma : float
        Weight of the size of the cuts (eq. 6).
    delta : float
        Weight of the binary cross entropy.
    epsilon, rho : float
        Weight of the smoothness, and what keeps it finite where neighbouring cuts are equal (eq. 7).
    steepness : float
        Of the logistic steps, ``n`` in eqs. 3, 4 and 8, in units of the standardised features.
    learning_rate : float
        Of the stochastic gradient descent, here of all events in one batch.
    epochs : int
        Steps; the paper takes 100 to 200.
    """

    alpha: float = 10.0
    beta: float = 0.1
    gamma: float = 1e-5
    delta: float = 1e-3
    epsilon: float = 1.0
    rho: float = 0.1
    steepness: float = 15.0
    learning_rate: float = 0.5
    epochs: int = 200

    def __post_init__(self) -> None:
        for name, value in self.describe().items():
            if name == "epochs":
                if not is_integer(value) or value < 1:
                    raise DeclarationError("epochs is an integer from 1 on", given=repr(value))
            elif not is_number(value) or not 0 <= value < float("inf"):
                raise DeclarationError(f"{name} is a number from 0 on", given=repr(value))
        for name in ("rho", "steepness", "learning_rate"):
            if getattr(self, name) == 0:
                raise DeclarationError(f"{name} is a positive number", given="0")

    def describe(self) -> dict[str, Any]:
        """Return all of them as plain data."""
        return asdict(self)


#: Table 1 of the paper, with the steepness, the learning rate and the most epochs of its text. Where the cuts
#: of neighbouring targets nearly coincide, as at the start, a step overshoots in the smoothness term for
#: ``epsilon > rho / (4 learning_rate) = 0.05``: the training diverges, as that of the package on PyPI may do.
#: What is missed is among the warnings of the result.
TABLE_1 = Settings()
#: The same with a smoothness with which the training converges.
STABLE = replace(TABLE_1, epsilon=0.01)
#: "In studies of the BCE loss, delta is set to 1.0 and all other terms are set to 0."
BCE = Settings(alpha=0.0, beta=0.0, gamma=0.0, delta=1.0, epsilon=0.0)
