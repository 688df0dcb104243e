"""Events that pass all cuts but one, inside the event loop: thresholds are read from memory in every event.

So that the code is compiled once, and a pass with other thresholds is a loop and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.kernel_spec import HIGH_INCLUSIVE, KINDS, LOW_INCLUSIVE, MISSING_PASSES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.kernel_spec import KernelSpec

__all__ = ["WithoutOne"]

#: Which cut an event fails: the only one, or one of these.
_NONE, _SEVERAL = -1, -2


class WithoutOne:
    """Nodes of one variation, one per cut, with thresholds that can be changed between loops.

    Parameters
    ----------
    node : RDataFrame node
        The events.
    spec : KernelSpec
        A product of cuts.
    features : sequence of str
        Their columns.
    number : int
        Makes the name of the column different from others on the same node.
    """

    def __init__(self, node: Any, spec: KernelSpec, features: tuple[str, ...], number: int) -> None:
        self._spec = spec
        #: Low and high per cut. The compiled code has its address: it lives as long as the nodes do.
        self._thresholds = np.zeros((spec.n_cuts, 2))
        #: Column of the cut that an event fails, a number in every event.
        self.name = f"_gradcut_fails_{number}"
        self._node = node.Define(self.name, self._code(features))
        self._nodes: dict[int, Any] = {}

    def at(self, values: NDArray[np.float64]) -> None:
        """Set the thresholds of the loops that follow."""
        spec = self._spec
        for side, index in enumerate((spec.low, spec.high)):
            has = index >= 0
            self._thresholds[has, side] = values[index[has]]

    def node(self, cut: int) -> Any:
        """Events that pass all other cuts."""
        if cut not in self._nodes:
            self._nodes[cut] = self._node.Filter(f"{self.name} == {_NONE} || {self.name} == {cut}")
        return self._nodes[cut]

    def _code(self, features: tuple[str, ...]) -> str:
        address = f"reinterpret_cast<const double *>({self._thresholds.ctypes.data}ull)"
        lines = [f"const double *gradcutAt = {address}; int gradcutFails = {_NONE};"]
        for cut in range(self._spec.n_cuts):
            failed = (
                f"gradcutFails = {cut};"
                if cut == 0
                else (f"if (gradcutFails != {_NONE}) return {_SEVERAL}; gradcutFails = {cut};")
            )
            lines.append(f"if (!({self._passes(cut, f'static_cast<double>({features[cut]})')})) {{{failed}}}")
        return " ".join([*lines, "return gradcutFails;"])

    def _passes(self, cut: int, value: str) -> str:
        """What :func:`gradcut.fitting.decisions` does in numpy: comparisons in double."""
        kind, flags = int(self._spec.kinds[cut]), int(self._spec.flags[cut])
        low, high = (f"gradcutAt[{2 * cut + side}]" for side in (0, 1))
        above = f"{value} {'>=' if flags & LOW_INCLUSIVE else '>'} {low}"
        below = f"{value} {'<=' if flags & HIGH_INCLUSIVE else '<'} {high}"
        # An open side keeps infinite values, too.
        above = f"({low} == -std::numeric_limits<double>::infinity() || {above})"
        below = f"({high} == std::numeric_limits<double>::infinity() || {below})"
        inside = {
            KINDS["above"]: above,
            KINDS["below"]: below,
            KINDS["window"]: f"({above} && {below})",
            KINDS["veto"]: f"!({above} && {below})",
        }[kind]
        if flags & MISSING_PASSES:
            return f"std::isnan({value}) || {inside}"
        return f"!std::isnan({value}) && {inside}"
