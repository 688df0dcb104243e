"""Smooth cuts before an observable: memberships of events in a selection, forth and back."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch

from gradcut.engines.parameters import ParameterMap
from gradcut.engines.torch_selection import CutColumns
from gradcut.fitting.descent import MARGIN
from gradcut.fitting.signs import loosening_signs
from gradcut.kernel_spec import KINDS
from gradcut.observables.training import WIDTHS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from gradcut.fitting.scaling import Scaling
    from gradcut.kernel_spec import KernelSpec
    from gradcut.observables.rows import Rows

__all__ = ["CutGate"]

#: Widths of the smooth cuts at the start and at the end, in widths of their features: less broad than where
#: cuts are all that is learned, which would open what a network behind them can do without.
CUT_WIDTHS = (0.4, 0.08)
#: Events of a chunk: what the graph of their memberships is kept of at a time.
CHUNK = 1 << 16


class CutGate:
    """Cuts before an observable, on free numbers of order one (:class:`gradcut.fitting.scaling.Scaling`).

    Parameters
    ----------
    spec : KernelSpec
        The selection.
    scaling : Scaling
        From free numbers to thresholds.
    fixed : mapping of int to float
        Thresholds that are not learned.
    histogram : str
        Kind of the smooth bins: as their steps narrow, those of the cuts do, from 0.4 to 0.08 widths of the
        features.
    """

    def __init__(
        self, spec: KernelSpec, scaling: Scaling, fixed: Mapping[int, float], histogram: str
    ) -> None:
        self.spec, self.scaling, self.fixed = spec, scaling, dict(fixed)
        self.map = ParameterMap(spec)
        self._widths = WIDTHS[histogram]
        signs = loosening_signs(spec)
        kinds = spec.kinds[scaling.cut_of]
        plain = ~scaling.is_slope & (kinds != KINDS["veto"])
        self._opens_up, self._opens_down = plain & (signs > 0), plain & (signs < 0)

    @property
    def n_free(self) -> int:
        """Number of parameters."""
        return len(self.spec.parameters)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the thresholds."""
        return self.spec.parameters

    def cut_width(self, width: float) -> float:
        """Width of the steps of the cuts, in widths of the features, beside bins with some width."""
        first, last = self._widths
        done = min(1.0, max(0.0, math.log(width / first) / math.log(last / first)))
        return float(CUT_WIDTHS[0] * (CUT_WIDTHS[1] / CUT_WIDTHS[0]) ** done)

    def thresholds(self, free: NDArray[np.float64]) -> NDArray[np.float64]:
        """Hard thresholds: outside of the central 99% of their feature they are open."""
        standardised = self.scaling.thresholds(free[None])[0]
        made = standardised * self.scaling.scale + self.scaling.centre
        made[self._opens_up & (standardised > self.scaling.highest)] = np.inf
        made[self._opens_down & (standardised < self.scaling.lowest)] = -np.inf
        return self.with_fixed(made)

    def with_fixed(self, thresholds: NDArray[np.float64]) -> NDArray[np.float64]:
        """Thresholds of which those that are not learned have their values."""
        made = np.array(thresholds)
        for parameter, value in self.fixed.items():
            made[parameter] = value
        return made

    def free_of(self, thresholds: NDArray[np.float64]) -> NDArray[np.float64]:
        """Free numbers of thresholds; open ones are just outside of the events."""
        rows = self.scaling.within(self.scaling.standardise(thresholds[None]))
        return np.asarray(self.scaling.free(rows)[0])

    def _slots(self, free: torch.Tensor, width: float, *, hard: bool) -> torch.Tensor:
        point = self.scaling.points(self.scaling.thresholds(free.numpy()[None]), self.cut_width(width))
        if hard:
            exact = self.thresholds(free.numpy())
            # The factor of an infinite part of a threshold may be zero.
            plain = self.spec.n_terms == 0 or np.isfinite(exact).all()
            point[0, : self.n_free] = exact if plain else point[0, : self.n_free]
            low, high, widths, terms = self.map.thresholds(np.where(np.isinf(point), 0.0, point))
            for slot, index in ((low, self.spec.low), (high, self.spec.high)):
                slot[0] = np.where(index >= 0, point[0, index], slot[0])
            return torch.from_numpy(np.hstack([low, high, widths, terms]))
        return torch.from_numpy(np.hstack(self.map.thresholds(point)))

    def passing(self, free: torch.Tensor, rows: Rows, width: float, *, hard: bool) -> list[torch.Tensor]:
        """Memberships in the selection, in double, one tensor per block of rows."""
        slots = self._slots(free, width, hard=hard).to(rows.inputs.device)
        found = []
        with torch.no_grad():
            for cuts, n in _blocks(rows):
                parts = [cuts.membership(slots, part, hard=hard)[0] for part in _chunks(n)]
                found.append(torch.cat([slots.new_zeros(0), *parts]))
        return found

    def pull(
        self, free: torch.Tensor, rows: Rows, width: float, cotangents: list[torch.Tensor]
    ) -> NDArray[np.float64]:
        """Derivatives in the free numbers of derivatives in the smooth memberships."""
        leaf = self._slots(free, width, hard=False).to(rows.inputs.device).requires_grad_(True)
        total = torch.zeros_like(leaf)
        for (cuts, n), cotangent in zip(_blocks(rows), cotangents, strict=True):
            for part in _chunks(n):
                total += torch.autograd.grad(cuts.membership(leaf, part)[0], leaf, cotangent[part])[0]
        back = self.map.pull_back(total.cpu().numpy())[:, : self.n_free] * self.scaling.scale
        return np.asarray(self.scaling.pull_back(free.numpy()[None], back)[0])

    def confine(self, free: torch.Tensor, width: float) -> None:
        """Bring thresholds back to where a gradient reaches them, and into their order, in place."""
        low, high = self.scaling.bounds(MARGIN * self.cut_width(width))
        free.copy_(torch.from_numpy(self.scaling.in_order(np.clip(free.numpy()[None], low, high))[0]))


def _blocks(rows: Rows) -> Iterator[tuple[CutColumns, int]]:
    for block in rows.blocks:
        yield block.cuts, block.rows.stop - block.rows.start


def _chunks(n: int) -> list[slice]:
    return [slice(first, min(first + CHUNK, n)) for first in range(0, n, CHUNK)]
