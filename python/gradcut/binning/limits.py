"""Limits that hard bins keep to: background, effective entries, relative uncertainty, width."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from gradcut.checks import is_number
from gradcut.errors import DeclarationError, UnattainableError, close_matches
from gradcut.yields import Moments

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from gradcut.yields import Yields, YieldsLayout

__all__ = ["BinLimits"]

#: A limit is met within this much, relative to it: sums of the same events differ by rounding.
ROUNDING = 1e-9
#: Standard deviation of an empty bin, in weights of an event: small beside any, and its square not zero.
TINY = 1e-9

_NAMES = {
    "min_background": "minimum background",
    "min_entries": "minimum effective entries",
    "max_relative_uncertainty": "maximum relative MC uncertainty",
    "min_width": "minimum width",
}


class _Measured(NamedTuple):
    """One limit: what was found, and by how much it is more than met, relative to the limit."""

    name: str
    found: NDArray[np.float64]
    excess: NDArray[np.float64]


@dataclass(frozen=True)
class BinLimits:
    """What every bin of every channel has to have.

    Parameters
    ----------
    min_background : float, optional
        Least nominal yield of all background processes together.
    min_entries : float, optional
        Least effective entries of the background, ``(sum w)^2 / sum w^2``.
    max_relative_uncertainty : float, optional
        Largest MC uncertainty of the background over its yield, ``sqrt(sum w^2) / sum w``. The same as
        ``min_entries = 1 / max_relative_uncertainty^2``.
    min_width : float, optional
        Least distance of neighbouring edges; only for bins that have edges.

    Notes
    -----
    The yields are hard ones. ``sum w^2`` is the MC variance of the full sample, also where events were left
    out for testing: the final analysis uses all of them. A background that is not positive fails all limits
    of its yields.
    """

    min_background: float | None = None
    min_entries: float | None = None
    max_relative_uncertainty: float | None = None
    min_width: float | None = None

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if value is not None and (not is_number(value) or not 0 < value < math.inf):
                raise DeclarationError(
                    "a limit of bins is a finite number above 0",
                    given=f"{name}={value!r}",
                    allowed=f"such as {name}={0.2 if name.startswith('max') else 1.0}, or None",
                )

    def describe(self) -> dict[str, float | None]:
        """Limits as plain data, for results and checkpoints."""
        return asdict(self)

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> BinLimits:
        """Make the limits that :meth:`describe` described.

        Raises
        ------
        DeclarationError
            If a name is not known, or a value is no limit.
        """
        known = [field.name for field in fields(cls)]
        for name in plain:
            if name not in known:
                raise DeclarationError(
                    "no such limit of bins",
                    given=repr(name),
                    allowed=", ".join(known),
                    hint=close_matches(name, known),
                )
        return cls(**plain)

    def __bool__(self) -> bool:
        """Whether there is any limit."""
        return any(value is not None for value in asdict(self).values())

    def __str__(self) -> str:
        given = [f"{_NAMES[name]} {value:g}" for name, value in asdict(self).items() if value is not None]
        return ", ".join(given) or "no limits"

    def check(self, layout: YieldsLayout, n_bins: int) -> None:
        """Raise where all events together cannot fill so many bins.

        Parameters
        ----------
        layout : YieldsLayout
            Totals of the background in each channel.
        n_bins : int
            Number of bins.

        Raises
        ------
        DeclarationError
            If there is no background that a limit could be about.
        UnattainableError
            If the bins would need more background, or more entries of it, than there is.
        """
        background = layout.process_indices("background")
        entries = self._least_entries
        if self.min_background is None and entries is None:
            return
        if not background:
            raise DeclarationError(
                "limits of bins are about the background, and there is none",
                given=str(self),
                hint="samples.add(..., role='background')",
            )
        needs = (
            ("background", self.min_background, layout.total_sum_w),
            ("entries of the background", entries, layout.total_entries),
        )
        for c, channel in enumerate(layout.channels):
            for name, least, totals in needs:
                total = float(totals[c, background].sum())
                if least is not None and n_bins * least > total * (1 + ROUNDING):
                    raise UnattainableError(
                        "more bins than the events can fill under the limits",
                        where=f"channel '{channel}'",
                        given=f"{n_bins} bins, {self}: {n_bins * least:.6g} {name}",
                        allowed=f"{total:.6g} {name}, enough for {max(int(total / least), 0)} bins",
                        hint="fewer bins, or a lower limit",
                    )

    def excess(self, yields: Yields, widths: ArrayLike | None = None) -> NDArray[np.float64]:
        """By how much the tightest limit is more than met, relative to it.

        Parameters
        ----------
        yields : Yields
            Hard yields.
        widths : array-like of shape (bins,) or (points, bins), optional
            Widths of the bins, infinite for open ones; needed under ``min_width``.

        Returns
        -------
        ndarray, shape (points, bins)
            ``b / min_background - 1``, ``n_eff / min_entries - 1``,
            ``max_relative_uncertainty / relative uncertainty - 1`` or ``width / min_width - 1``, whichever is
            the least over limits and channels: negative where a limit is not met, -1 for a bin without
            anything, infinite without limits.
        """
        found = [one.excess.min(1) for one in self._measured(yields, widths)]
        shape = yields.moments.sum_w.shape
        return np.asarray(np.min([np.full((shape[0], shape[-1]), np.inf), *found], axis=0))

    def is_met(self, yields: Yields, widths: ArrayLike | None = None) -> NDArray[np.bool_]:
        """Whether all limits hold in all bins and channels, per point."""
        return np.asarray((self.excess(yields, widths) >= -ROUNDING).all(1))

    def which(
        self,
        yields: Yields,
        widths: ArrayLike | None = None,
        bins: Sequence[str] | None = None,
        *,
        point: int = 0,
    ) -> str:
        """Say which limit is missed the furthest, where and by how much; nothing if all hold.

        Parameters
        ----------
        yields : Yields
            Hard yields.
        widths : array-like, optional
            As in :meth:`excess`.
        bins : sequence of str, optional
            What the bins are called; default their labels.
        point : int, default 0
            Which point.

        Returns
        -------
        str
            Such as ``"minimum background 1 in bin 4: 0.32 (68% short)"``.
        """
        layout = yields.layout
        labels = layout.bins if bins is None else tuple(bins)
        worst, text, n_missed = -ROUNDING, "", 0
        for one in self._measured(yields, widths):
            missed = one.excess[point] < -ROUNDING
            n_missed += int(missed.sum())
            c, k = np.unravel_index(np.argmin(one.excess[point]), missed.shape)
            if one.excess[point, c, k] < worst:
                worst = float(one.excess[point, c, k])
                channel = f" of channel '{layout.channels[c]}'" if len(layout.channels) > 1 else ""
                limit, found = getattr(self, one.name), float(one.found[point, c, k])
                missing = f"{_percent(-worst)} short"
                if one.name == "max_relative_uncertainty":
                    missing = f"{_percent(found / limit - 1)} too much"
                text = f"{_NAMES[one.name]} {limit:g} in bin {labels[k]}{channel}: {found:.4g} ({missing})"
        others = n_missed - 1
        return text + (f" and {others} more" if others > 0 else "")

    def penalty(self, yields: Yields) -> tuple[NDArray[np.float64], Moments]:
        """Smooth measure of what soft bins miss, and its derivatives in the moments.

        Each limit adds the square of what is missing of it, in every bin and channel: 1 for a bin without
        anything; linear beyond, where the background is negative. A relative uncertainty counts as the
        effective entries that it stands for. Widths are not functions of the yields and are left out.

        Parameters
        ----------
        yields : Yields
            Soft yields in numpy.

        Returns
        -------
        value : ndarray, shape (points,)
            Zero where all limits are met.
        cotangents : Moments
            Its derivatives.
        """
        background = yields.layout.process_indices("background")
        made = Moments(*(np.zeros(moment.shape) for moment in yields.moments))
        b, variance = _background(yields)
        by_b, by_variance, value = np.zeros(b.shape), np.zeros(b.shape), np.zeros(len(b))
        if self.min_background is not None:
            missed, slope = _missed(b / self.min_background)
            value += missed.sum((1, 2))
            by_b += slope / self.min_background
        least = self._least_entries
        if least is not None:
            safe = variance + (TINY * _weight(yields.layout)) ** 2
            missed, slope = _missed(b * np.abs(b) / safe / least)
            value += missed.sum((1, 2))
            by_b += slope * 2 * np.abs(b) / safe / least
            by_variance -= slope * b * np.abs(b) / safe**2 / least
        for process in background:
            made.sum_w[:, :, process, 0] = by_b
            made.variance[:, :, process, 0] = by_variance
        return value, made

    @property
    def _least_entries(self) -> float | None:
        """Effective entries that both limits of the MC statistics ask for."""
        relative = self.max_relative_uncertainty
        asked = [self.min_entries, None if relative is None else relative**-2]
        return max((one for one in asked if one is not None), default=None)

    def _measured(self, yields: Yields, widths: ArrayLike | None) -> list[_Measured]:
        b, variance = _background(yields)
        made: list[_Measured] = []
        if self.min_background is not None:
            made.append(_Measured("min_background", b, b / self.min_background - 1))
        if self._least_entries is not None:
            made += self._of_entries(b, variance)
        if self.min_width is not None:
            found = np.broadcast_to(self._widths(widths, b.shape)[:, None], b.shape)
            made.append(_Measured("min_width", found, found / self.min_width - 1))
        return made

    def _of_entries(self, b: NDArray[np.float64], variance: NDArray[np.float64]) -> list[_Measured]:
        made: list[_Measured] = []
        with np.errstate(divide="ignore", invalid="ignore"):
            entries = np.where(b == 0, 0.0, b * np.abs(b) / variance)
            root = np.where(b == 0, 0.0, b / np.sqrt(variance))
        if self.min_entries is not None:
            made.append(_Measured("min_entries", entries, entries / self.min_entries - 1))
        if self.max_relative_uncertainty is not None:
            relative = np.divide(1.0, root, out=np.full(b.shape, np.inf), where=root > 0)
            excess = root * self.max_relative_uncertainty - 1
            made.append(_Measured("max_relative_uncertainty", relative, excess))
        return made

    def _widths(self, widths: ArrayLike | None, shape: tuple[int, ...]) -> NDArray[np.float64]:
        if widths is None:
            raise DeclarationError(
                "these bins have no widths that could be limited",
                given=f"min_width={self.min_width:g}",
                hint="min_background, min_entries or max_relative_uncertainty",
            )
        return np.broadcast_to(np.asarray(widths, dtype=np.float64), (shape[0], shape[2]))


def _background(yields: Yields) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Background and its MC variance, shape (points, channels, bins)."""
    processes = yields.layout.process_indices("background")
    sums = (np.asarray(m[:, :, processes, 0].sum(2)) for m in (yields.moments.sum_w, yields.moments.variance))
    b, variance = sums
    return b, variance


def _weight(layout: YieldsLayout) -> NDArray[np.float64]:
    """Largest mean weight of the background, shape (1, channels, 1)."""
    weight = layout.mean_weight[:, layout.process_indices("background")].max(1, initial=0.0)
    return np.where(weight > 0, weight, 1.0)[None, :, None]


def _missed(part: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Square of what is missing to one, linear beyond one, and its derivative in the part."""
    missing = np.maximum(1 - part, 0.0)
    return np.where(missing > 1, 2 * missing - 1, missing**2), -2 * np.minimum(missing, 1.0)


def _percent(part: float) -> str:
    if not math.isfinite(part):
        return "infinitely"
    return f"{100 * part:.2g}%" if part < 0.1 else f"{100 * part:.0f}%"
