"""A selection as the compiled kernels see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradcut.errors import DeclarationError
from gradcut.expressions.text import describe
from gradcut.kernel_spec import HIGH_INCLUSIVE, KINDS, LOW_INCLUSIVE, MAX_CUTS, MISSING_PASSES, KernelSpec

if TYPE_CHECKING:
    from gradcut.selection.selection import Selection

__all__ = ["kernel_spec"]


def kernel_spec(selection: Selection) -> KernelSpec:
    """Return kinds, flags and parameter indices of a selection's cuts."""
    if selection.structured:
        raise DeclarationError(
            "a '?' inside a reducer, an '||' or a '!' cannot be learned by gradient",
            given="; ".join(describe(tree) for tree in selection.structured),
            allowed="a feature compared with '?', a window '? < x < ?', a veto '!(? < x < ?)'",
            hint="such a requirement can be evaluated and turned into filters at given values; to learn it, "
            "Define a column for the inner part",
        )
    cuts = selection.cuts
    if len(cuts) > MAX_CUTS:
        raise DeclarationError(
            "more cuts than can be learned at once", given=f"{len(cuts)} cuts", allowed=f"{MAX_CUTS} cuts"
        )
    index = {name: i for i, name in enumerate(selection.parameters)}
    passes = MISSING_PASSES if selection.missing == "pass" else 0
    flags = [
        (LOW_INCLUSIVE if cut.inclusive[0] else 0) | (HIGH_INCLUSIVE if cut.inclusive[1] else 0) | passes
        for cut in cuts
    ]
    return KernelSpec(
        step=selection.step,
        kinds=np.array([KINDS[cut.kind] for cut in cuts], dtype=np.uint8),
        flags=np.array(flags, dtype=np.uint8),
        low=np.array([index[cut.low] if cut.low is not None else -1 for cut in cuts], dtype=np.int64),
        high=np.array([index[cut.high] if cut.high is not None else -1 for cut in cuts], dtype=np.int64),
        parameters=selection.parameters,
        cuts=tuple(cut.label for cut in cuts),
    )
