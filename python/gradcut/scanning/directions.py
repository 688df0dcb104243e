"""To which side each threshold keeps more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradcut.errors import DeclarationError
from gradcut.kernel_spec import KINDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.kernel_spec import KernelSpec

__all__ = ["loosening"]


def loosening(spec: KernelSpec) -> NDArray[np.float64]:
    """Per parameter the sign of the direction in which its cuts keep more.

    Raises
    ------
    DeclarationError
        If a threshold loosens one of its cuts and tightens another one: it has no such side.
    """
    signs = np.zeros(len(spec.parameters))
    for cut in range(spec.n_cuts):
        is_veto = spec.kinds[cut] == KINDS["veto"]
        for parameter, is_low in ((spec.low[cut], True), (spec.high[cut], False)):
            if parameter < 0:
                continue
            sign = 1.0 if is_low == is_veto else -1.0
            if signs[parameter] == -sign:
                raise DeclarationError(
                    f"the threshold '{spec.parameters[parameter]}' loosens one cut and tightens another",
                    given=", ".join(
                        spec.cuts[c] for c in range(spec.n_cuts) if parameter in (spec.low[c], spec.high[c])
                    ),
                    hint="give them thresholds of their own, or use gc.fit_cuts",
                )
            signs[parameter] = sign
    return signs
