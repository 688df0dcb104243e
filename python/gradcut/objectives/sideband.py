"""Objectives of a resonance on a falling spectrum: the background comes from the sidebands of the mass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from gradcut.checks import is_number
from gradcut.errors import DeclarationError
from gradcut.objectives.axis import BinAxis
from gradcut.objectives.base import Direction, Objective
from gradcut.objectives.exponential import ExponentialFit, SidebandFit
from gradcut.objectives.roles import check_roles
from gradcut.yields import Moments, Yields

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.yields import YieldsLayout

__all__ = ["Sideband"]

#: Flat yield beside what the slope is fitted to, in weights of an event: it decides where nothing else does.
FLAT = 0.01


class Sideband(Objective):
    """An objective with signal in a mass window and background extrapolated from both sides of it.

    In every learned bin by itself an exponential is fitted to the mass of the background outside of the
    window, as one will do with data; the objective sees one bin per learned bin: the signal in the window,
    and the extrapolated background with the variance that the fit leaves.

    Parameters
    ----------
    objective : Objective
        Such as ``AsimovSignificance()``; it has to know MC variances, which is where that of the fit goes.
    edges : sequence of float
        Edges of the mass axis, as given to the binning; with ``flow="explicit"`` there where masses lie
        beyond them, which by default are counted in the first and the last bin.
    window : tuple of (float, float)
        The signal window; both ends are edges.
    shape : {"exponential"}, default "exponential"
        ``A exp(-l m)``, of which ``A`` and ``l`` are fitted; ``l`` may be zero or negative.
    axis : int, default -1
        Axis of the bins that is the mass.

    Notes
    -----
    The fit is one of binned Poisson likelihood. The variance is that of a fit to data of this size, by the
    Fisher information, and as much again times the mean weight in the sidebands, for the finite simulation.
    Below and above the edges there may be bins for the rest, which are not used. Signals in the sidebands are
    neglected. The slope is that of the yields of the simulation with a hundredth of an event, flat, beside
    them, so that there is one where events have run out.

    Signals that are background of each other belong inside: ``Sideband(SeveralSignals(..., others=
    "background"), ...)`` counts them in the window, where they peak.

    References
    ----------
    Derivatives by the implicit function theorem, as in thesis eq. 7.5; Fisher information of grouped data.
    """

    def __init__(
        self,
        objective: Objective,
        *,
        edges: Sequence[float],
        window: tuple[float, float],
        shape: Literal["exponential"] = "exponential",
        axis: int = -1,
    ) -> None:
        if not isinstance(objective, Objective):
            raise DeclarationError("sidebands are those of an objective", given=repr(objective))
        if objective.is_constrained or objective.sees_axes:
            raise DeclarationError(
                "the objective within sidebands has neither a constraint nor an axis of its own",
                given=repr(objective),
                hint="Sideband(objective, ...) first, then Decorrelated(Sideband(...), ...) or .within(...)",
            )
        if getattr(objective, "mc_stat", True) is False:
            raise DeclarationError(
                "the objective would ignore the uncertainty of the fit",
                given=repr(objective),
                hint="mc_stat=True: it is part of the variance of the background",
            )
        if shape != "exponential":
            raise DeclarationError("unknown shape", given=repr(shape), allowed="'exponential'")
        self.edges = _increasing(edges)
        low, high = _window(window, self.edges)
        self.objective, self.window, self.shape = objective, (low, high), shape
        pairs = np.column_stack([self.edges[:-1], self.edges[1:]])
        self._in_window = (pairs[:, 0] >= low) & (pairs[:, 1] <= high)
        if (~self._in_window).sum() < 2:
            raise DeclarationError(
                "a slope is fitted to at least two bins outside of the window",
                given=f"window {low:g} to {high:g}, edges {', '.join(f'{e:g}' for e in self.edges)}",
            )
        self._fit = ExponentialFit(pairs[~self._in_window], (low, high))
        self._axis = BinAxis(axis, "a fit of sidebands")
        self.direction: Direction = objective.direction
        self.name = f"{objective.name} from sidebands"

    def describe(self) -> dict[str, Any]:
        """See :meth:`Objective.describe`."""
        return {
            "kind": "sideband",
            "objective": self.objective.describe(),
            "edges": list(self.edges),
            "window": list(self.window),
            "shape": self.shape,
            "axis": self._axis.axis,
        }

    def check(self, layout: YieldsLayout) -> None:
        """See :meth:`Objective.check`."""
        check_roles(layout, self.name)
        n, n_edges = self._axis.length(layout), len(self.edges)
        if n not in (n_edges - 1, n_edges + 1):
            raise DeclarationError(
                "the mass axis of the bins has other edges than the sidebands",
                given=f"{n} bins",
                allowed=f"{n_edges - 1} bins between {n_edges} edges, or {n_edges + 1} with those outside",
            )
        if len(layout.variations) > 1 and getattr(self.objective, "systematics", None) != "ignore":
            raise DeclarationError(
                "a background from sidebands has no variations",
                given=", ".join(layout.variations[1:]),
                hint="AsimovSignificance(..., systematics='ignore') leaves them out",
            )
        self.objective.check(self._layout(layout))

    def check_final(self, yields: Yields) -> None:
        """See :meth:`Objective.check_final`."""
        self.objective.check_final(self.derived(yields))

    @property
    def sees_axes(self) -> bool:
        """See :meth:`Objective.sees_axes`."""
        return True

    @property
    def ties(self) -> str:
        """See :meth:`Objective.ties`."""
        return self.objective.ties

    @property
    def squares_add(self) -> bool:
        """See :meth:`Objective.squares_add`."""
        return self.objective.squares_add

    def contributions(self, yields: Yields) -> NDArray[np.float64] | None:
        """See :meth:`Objective.contributions`; one for all bins along the mass."""
        return self.objective.contributions(self.derived(yields))

    def hard(self, yields: Yields) -> NDArray[np.float64]:
        """See :meth:`Objective.hard`."""
        return self.objective.hard(self.derived(yields))

    def gradient(self, yields: Yields) -> tuple[NDArray[np.float64], Moments]:
        """See :meth:`Objective.gradient`."""
        layout = yields.layout
        value, made = self.objective.gradient(self.derived(yields))
        side, window = self._at(layout, False), self._at(layout, True)
        n, variance, extra = self._sidebands(yields)
        last = made.sum_w.shape[2] - 1
        by_n, by_variance = self._fit.pull_back(
            n, variance, extra, made.sum_w[:, :, last, 0], made.variance[:, :, last, 0]
        )
        of_background = (
            np.broadcast_to(made.entries[:, :, last, 0, :, None], by_n.shape),
            by_n,
            np.broadcast_to(by_variance[..., None], by_n.shape),
        )
        found = []
        for moment, by_derived, by_side in zip(yields.moments, made, of_background, strict=True):
            total = np.zeros(self._axis.split(np.asarray(moment), layout).shape)
            for i, process in enumerate(layout.process_indices("signal")):
                total[:, :, process, 0][..., window] = by_derived[:, :, i, 0, :, None]
            for process in layout.process_indices("background"):
                total[:, :, process, 0][..., side] = by_side
            found.append(self._axis.joined(total, layout))
        return value, Moments(*found)

    def background(self, yields: Yields) -> SidebandFit:
        """The fit in each bin: background in the window, its variance, and the slope.

        Parameters
        ----------
        yields : Yields
            Yields with the mass axis.

        Returns
        -------
        SidebandFit
            Arrays of shape (points, channels, other bins).
        """
        return self._fit.fit(*self._sidebands(yields))

    def derived(self, yields: Yields) -> Yields:
        """Yields that the objective sees: signals in the window, background from the sidebands."""
        layout = yields.layout
        window, side = self._at(layout, True), self._at(layout, False)
        fit = self.background(yields)
        entries = self._nominal(yields.moments.entries, layout, "background")[..., side].sum((2, 4))
        sums = [
            np.concatenate([self._nominal(moment, layout, "signal")[..., window].sum(-1), own[:, :, None]], 2)
            for moment, own in zip(yields.moments, (entries, fit.background, fit.variance), strict=True)
        ]
        return Yields(self._layout(layout), Moments(*(one[:, :, :, None] for one in sums)))

    def _sidebands(self, yields: Yields) -> tuple[NDArray[np.float64], ...]:
        """Yields of the background in the sidebands, their MC variance, and the flat yield beside them."""
        layout = yields.layout
        side = self._at(layout, False)
        n = self._nominal(yields.moments.sum_w, layout, "background")[..., side].sum(2)
        variance = self._nominal(yields.moments.variance, layout, "background")[..., side].sum((2, 4))
        weight = layout.mean_weight[:, layout.process_indices("background")].max(1)
        return n, variance, np.broadcast_to(FLAT * weight[None, :, None], variance.shape)

    def _nominal(self, moment: Any, layout: YieldsLayout, role: str) -> NDArray[np.float64]:
        """Of shape (points, channels, processes of the role, other bins, bins along the mass)."""
        return self._axis.split(np.asarray(moment[:, :, layout.process_indices(role), 0]), layout)

    def _at(self, layout: YieldsLayout, window: bool) -> NDArray[np.intp]:
        """Positions along the mass of the window, or of the sidebands."""
        beyond = self._axis.length(layout) == len(self.edges) + 1
        return np.flatnonzero(self._in_window == window) + int(beyond)

    def _layout(self, layout: YieldsLayout) -> YieldsLayout:
        signals, background = layout.process_indices("signal"), layout.process_indices("background")

        def joined(of: NDArray[Any], *, largest: bool) -> NDArray[Any]:
            own = of[:, background].max(1) if largest else of[:, background].sum(1)
            return np.concatenate([of[:, signals], own[:, None]], 1)

        return replace(
            self._axis.rest(layout),
            processes=(*(layout.processes[i] for i in signals), "background from sidebands"),
            roles=(*("signal" for _ in signals), "background"),
            norm_uncertainty=(*(layout.norm_uncertainty[i] for i in signals), 0.0),
            variations=layout.variations[:1],
            present=joined(layout.present[:, :, :1], largest=True),
            total_sum_w=joined(layout.total_sum_w, largest=False),
            total_entries=joined(layout.total_entries, largest=False),
            largest_weight=joined(layout.largest_weight, largest=True),
            mean_weight=joined(layout.mean_weight, largest=True),
        )


def _increasing(edges: Sequence[float]) -> tuple[float, ...]:
    found = [] if isinstance(edges, str) else list(edges)
    if (
        len(found) < 2
        or not all(is_number(e) and np.isfinite(e) for e in found)
        or not (np.diff(np.array(found, dtype=np.float64)) > 0).all()
    ):
        raise DeclarationError("the edges of the mass are increasing finite numbers", given=repr(edges)[:80])
    return tuple(float(e) for e in found)


def _window(window: object, edges: tuple[float, ...]) -> tuple[float, float]:
    ends = list(window) if isinstance(window, (tuple, list)) else []
    if len(ends) != 2 or not all(end in edges for end in ends) or not ends[0] < ends[1]:
        raise DeclarationError(
            "a signal window lies between two of the edges",
            given=repr(window),
            allowed=", ".join(f"{e:g}" for e in edges),
        )
    return float(ends[0]), float(ends[1])
