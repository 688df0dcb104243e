"""What the compiled kernels of bins need to know."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

__all__ = ["BINS_KINDS", "BinsSpec"]

#: Codes of ``GradCutBinsKind`` in ``gradcut/kernels/Bins.h``.
BINS_KINDS = {"axes": 0, "mixture": 1, "softmax": 2}


@dataclass(frozen=True)
class BinsSpec:
    """Bins of one or several columns: products of edges, a Gaussian mixture, or a softmax.

    Parameters
    ----------
    kind : str
        ``"axes"``, ``"mixture"`` or ``"softmax"``.
    step : str
        ``"logistic"``, ``"gaussian"`` or ``"hard"``; a mixture or softmax is smooth unless it is ``"hard"``.
    columns : tuple of str
        Labels of the columns: one per axis, dimension or output.
    n_edges : tuple of int
        For axes, the number of edges of each: ``n`` edges make ``n + 1`` bins, of which the first and the
        last are open. Empty for others.
    n_components : int
        For a mixture, its components; for a softmax, its outputs; 0 for axes.
    local_width : bool
        For axes: the parameter ``width`` is a ratio, and the width of an event's step is that times the width
        of the bins where it lies.
    reflect : bool
        For axes: what leaks over the first or last edge is reflected, so that the flow bins hold only what is
        outside of them.
    """

    kind: str
    step: str
    columns: tuple[str, ...]
    n_edges: tuple[int, ...] = ()
    n_components: int = 0
    local_width: bool = False
    reflect: bool = False

    @property
    def n_bins(self) -> int:
        """Number of bins; those of products run over the last axis first."""
        return prod(n + 1 for n in self.n_edges) if self.kind == "axes" else self.n_components

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters at a point, in the order of the kernels."""
        if self.kind == "axes":
            edges = [
                f"{column}:{i + 1}"
                for column, n in zip(self.columns, self.n_edges, strict=True)
                for i in range(n)
            ]
            return (*edges, *(f"{column}:width" for column in self.columns))
        k, d = self.n_components, len(self.columns)
        if self.kind == "softmax":
            return (*(f"bias:{i}" for i in range(k)), "temperature")
        return (
            *(f"log_weight:{i}" for i in range(k)),
            *(f"mean:{i}:{column}" for i in range(k) for column in self.columns),
            *(f"precision:{i}:{r}:{c}" for i in range(k) for r in range(d) for c in range(r + 1)),
            "temperature",
        )
