"""The uncertainty of an efficiency."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["efficiency_error"]


def efficiency_error(kept: Any, kept_w2: Any, total: Any, total_w2: Any) -> Any:
    """Uncertainty of ``kept / total`` from the finite number of events, with weights of any sign.

    Parameters
    ----------
    kept, total : float or ndarray
        Sums of the weights of the events that are kept, and of all.
    kept_w2, total_w2 : float or ndarray
        Sums of the squares of the same weights.

    Returns
    -------
    float or ndarray
        What is kept and what is lost are independent, whatever the signs of their weights:
        ``var = (V_kept lost^2 + V_lost kept^2) / total^4``. For weights of one that is the binomial
        ``eff (1 - eff) / n``.
    """
    lost, lost_w2 = total - kept, np.maximum(total_w2 - kept_w2, 0.0)
    return np.sqrt(kept_w2 * lost**2 + lost_w2 * kept**2) / total**2
