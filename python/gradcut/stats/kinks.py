"""Where likelihoods have no curvature."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradcut.errors import DataError, DeclarationError
from gradcut.stats.plan import MODIFIERS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.stats.model import Model

__all__ = ["check_interpolation", "check_kinks", "kinked"]


def kinked(model: Model) -> NDArray[np.bool_]:
    """Which parameters have a kink at zero: interpolated by parts (codes 0 and 1), not on one line there."""
    plan, inputs = model.plan, model.inputs
    found = np.zeros(len(plan.parameters), dtype=np.bool_)
    for kind, sample, parameter, at, code in plan.modifiers:
        n, nominal_at = plan.samples[sample, 1:]
        if kind == MODIFIERS["normsys"] and code == 1:
            up, down = inputs[at], inputs[at + 1]
            found[parameter] |= not np.isclose(up * down, 1.0, rtol=1e-12, atol=0)
        elif kind == MODIFIERS["histosys"] and code == 0:
            nominal = inputs[nominal_at : nominal_at + n]
            up, down = inputs[at : at + n], inputs[at + n : at + 2 * n]
            found[parameter] |= not np.allclose(up + down, 2 * nominal, rtol=1e-12, atol=0)
    return found


def check_kinks(model: Model, theta: NDArray[np.float64], fixed: NDArray[np.bool_]) -> None:
    """Raise where a parameter stands at its kink.

    Raises
    ------
    DataError
        Naming the parameters.
    """
    at = np.flatnonzero(kinked(model) & (theta == 0) & ~fixed)
    if len(at):
        raise DataError(
            "there is no Fisher information at a kink",
            where="parameters " + ", ".join(f"'{model.parameters[i]}'" for i in at[:10]) + " at 0",
            given="'code0' and 'code1' go up and down with different slopes",
            allowed="interpolation='code4' (normsys), 'code4p' or 'code2' (histosys); or another point",
        )


def check_interpolation(model: Model) -> None:
    """Raise where templates are interpolated by parts, whose curvature at zero no fit could follow.

    Raises
    ------
    DeclarationError
        Naming the codes.
    """
    used = {int(row[0]) for row in model.plan.modifiers}
    bad = [
        f"{kind}: '{code}'"
        for kind, code in (("normsys", "code1"), ("histosys", "code0"))
        if MODIFIERS[kind] in used and model.interpolation[kind] == code
    ]
    if bad:
        raise DeclarationError(
            "there is no Fisher information at a kink",
            given=", ".join(bad),
            allowed="interpolation='code4' (normsys), 'code4p' or 'code2' (histosys)",
        )
