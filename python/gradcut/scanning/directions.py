"""To which side each threshold keeps more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradcut.errors import DeclarationError
from gradcut.fitting.signs import loosening_signs

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
    signs = loosening_signs(spec)
    if spec.n_terms:
        raise DeclarationError(
            "working points of thresholds that depend on the event",
            given=", ".join(spec.parameters[p] for p in spec.tree.term_parameters) if spec.tree else None,
            hint="use gc.fit_cuts for one target, or thresholds by category: "
            "'(region == 0 && x > ?a) || (region == 1 && x > ?b)'",
        )
    if any(chain.sign or chain.contraction for chain in spec.chains):
        raise DeclarationError(
            "working points of thresholds that are ordered or drawn together",
            given=", ".join(spec.parameters[p] for chain in spec.chains for p in chain.parameters),
            hint="use gc.fit_cuts for one target",
        )
    for parameter in np.flatnonzero(signs == 0):
        raise DeclarationError(
            f"the threshold '{spec.parameters[parameter]}' loosens one cut and tightens another",
            given=", ".join(spec.cuts[c] for c in spec.users(int(parameter))),
            hint="give them thresholds of their own, or use gc.fit_cuts",
        )
    return signs
