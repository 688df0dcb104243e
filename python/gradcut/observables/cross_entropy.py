"""``gc.CrossEntropy``: the loss that classifiers are trained with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["CrossEntropy"]


@dataclass(frozen=True)
class CrossEntropy:
    """Binary cross-entropy of true logits, signal against background.

    Parameters
    ----------
    augment : bool, default False
        Whether varied events are used beside the nominal ones, with the same label (thesis 7.4.1).

    Notes
    -----
    Signal and background weigh the same, and processes in proportion to their yields. Between yields it is no
    objective: it knows nothing of bins.

    Examples
    --------
    >>> import gradcut as gc
    >>> gc.CrossEntropy(augment=True).describe()
    {'kind': 'cross_entropy', 'augment': True}
    """

    augment: bool = False

    def describe(self) -> dict[str, Any]:
        """Settings as plain data."""
        return {"kind": "cross_entropy", "augment": self.augment}
