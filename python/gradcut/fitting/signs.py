"""To which side each threshold keeps more events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradcut.kernel_spec import KINDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.kernel_spec import KernelSpec

__all__ = ["cut_signs", "loosening_signs"]


def cut_signs(spec: KernelSpec) -> NDArray[np.float64]:
    """Per cut 1 where events pass the more easily the looser it is, -1 where the tighter, 0 where neither."""
    return np.ones(spec.n_cuts) if spec.tree is None else spec.tree.signs


def loosening_signs(spec: KernelSpec) -> NDArray[np.float64]:
    """Per parameter 1 where more events pass the larger it is, -1 the smaller, 0 where it has no such side.

    A factor of a term is taken as positive.
    """
    signs = np.full(len(spec.parameters), np.nan)
    for cut, own in enumerate(cut_signs(spec)):
        outward = own * (-1.0 if spec.kinds[cut] == KINDS["veto"] else 1.0)
        ends = [(int(spec.low[cut]), -outward), (int(spec.high[cut]), outward)]
        if spec.tree is not None:
            of_terms = -outward if spec.has_low(cut) else outward
            terms = np.flatnonzero(spec.tree.term_cuts == cut)
            ends += [(int(spec.tree.term_parameters[t]), of_terms) for t in terms]
        for parameter, sign in ends:
            if parameter >= 0:
                signs[parameter] = sign if np.isnan(signs[parameter]) or signs[parameter] == sign else 0.0
    return np.asarray(np.nan_to_num(signs))
