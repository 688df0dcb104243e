"""Yields: the only thing that crosses between the event level and the statistics level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import prod
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from gradcut.errors import DeclarationError, close_matches

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["EMPTY_BIN_UPPER_LIMIT", "ROLES", "ChannelBins", "Moments", "Role", "Yields", "YieldsLayout"]

#: What a process can be.
Role = Literal["signal", "background", "data"]
ROLES: tuple[Role, ...] = ("signal", "background", "data")

#: 68% upper limit on the mean of a Poisson variable of which nothing was seen: ``-ln(1 - 0.6827)``.
EMPTY_BIN_UPPER_LIMIT = 1.1479


class Moments(NamedTuple):
    """Sums over the events, or the cotangents that belong to them.

    Each is an array (numpy or torch) of shape (points, channels, processes, variations, bins).
    """

    #: Number of entries, sum of memberships.
    entries: Any
    #: Yield, sum of weights times memberships.
    sum_w: Any
    #: MC variance of the yield, for the full sample (DESIGN section 4).
    variance: Any


class ChannelBins(NamedTuple):
    """Channels with equal bins, of which every bin is a channel of a layout by itself, channel by channel."""

    channels: tuple[str, ...]
    bins: tuple[str, ...]
    bin_shape: tuple[int, ...]


@dataclass(frozen=True, eq=False)  # arrays have no truth value that == could return
class YieldsLayout:
    """What the axes of :class:`Moments` mean, and what is known of each process before any selection.

    Parameters
    ----------
    channels, processes, variations, bins : tuple of str
        Labels of the axes. ``variations[0]`` is ``"nominal"``; others end in ``:up``, ``:down`` or a number.
    roles : tuple of str
        Per process: ``"signal"``, ``"background"`` or ``"data"``.
    norm_uncertainty : tuple of float
        Per process: relative uncertainty of its normalisation, 0 where none is declared.
    present : ndarray of bool, shape (channels, processes, variations)
        Whether a process has events there. A process without a variation has its nominal yields in it.
    total_sum_w, total_entries, largest_weight, mean_weight : ndarray, shape (channels, processes)
        Nominal sums, in events, after the fixed requirement and before the selection. ``largest_weight`` and
        ``mean_weight`` are of the absolute weights of single events, on the scale of the full sample.
    bin_shape : tuple of int, optional
        Lengths of the axes that the bins are a product of, the last one running fastest; default one axis.
    variation_kinds : mapping of str to str, optional
        Name of a variation to how it was declared: ``"up-down"``, ``"one-sided"``, ``"replicas"`` or
        ``"envelope"``; empty where nothing is known.
    side_by_side : tuple of ChannelBins, optional
        Where channels have different bins: which of the ``channels`` here, a bin each, are those of which
        channel, in their order. Empty where channels are channels.
    """

    channels: tuple[str, ...]
    processes: tuple[str, ...]
    variations: tuple[str, ...]
    bins: tuple[str, ...]
    roles: tuple[str, ...]
    norm_uncertainty: tuple[float, ...]
    present: NDArray[np.bool_]
    total_sum_w: NDArray[np.float64]
    total_entries: NDArray[np.float64]
    largest_weight: NDArray[np.float64]
    mean_weight: NDArray[np.float64]
    bin_shape: tuple[int, ...] = ()
    variation_kinds: Mapping[str, str] = field(default_factory=dict)
    side_by_side: tuple[ChannelBins, ...] = ()

    def __post_init__(self) -> None:
        # One axis says nothing that the labels do not: it follows them when they are replaced.
        shape = self.bin_shape if len(self.bin_shape) > 1 else (len(self.bins),)
        if prod(shape) != len(self.bins):
            raise DeclarationError(
                "the axes of the bins make another number of bins",
                given=f"bin_shape={shape}, {len(self.bins)} bins",
            )
        object.__setattr__(self, "bin_shape", tuple(shape))
        beside = sum(len(own.channels) * len(own.bins) for own in self.side_by_side)
        if self.side_by_side and (beside, len(self.bins)) != (len(self.channels), 1):
            raise DeclarationError(
                "bins side by side are one channel each",
                given=f"{beside} bins, {len(self.channels)} channels with {len(self.bins)} bins",
            )

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Lengths of the axes (channels, processes, variations, bins)."""
        return len(self.channels), len(self.processes), len(self.variations), len(self.bins)

    def process_indices(self, role: str) -> list[int]:
        """Positions of the processes of one role."""
        return [i for i, known in enumerate(self.roles) if known == role]


@dataclass(frozen=True, eq=False)  # arrays have no truth value that == could return
class Yields:
    """Yields at one or several parameter points, with what their statistics needs.

    Parameters
    ----------
    layout : YieldsLayout
        Labels and totals.
    moments : Moments
        The sums. Arrays of numpy; of torch where an objective is differentiated.
    """

    layout: YieldsLayout
    moments: Moments

    @property
    def n_points(self) -> int:
        """Number of parameter points."""
        return int(self.moments.sum_w.shape[0])

    def of(self, process: str, *, channel: str | None = None, variation: str = "nominal") -> Moments:
        """Sums of one process.

        Parameters
        ----------
        process : str
            Its name.
        channel : str, optional
            Its channel; may be left out where there is only one.
        variation : str, default "nominal"
            The variation.

        Returns
        -------
        Moments
            Arrays of shape (points, bins).

        Raises
        ------
        DeclarationError
            If a name is not known, or the channel is left out where there are several.
        """
        layout = self.layout
        if channel is None:
            if len(layout.channels) != 1:
                raise DeclarationError(
                    "there are several channels",
                    allowed=", ".join(layout.channels),
                    hint="name one: channel=...",
                )
            channel = layout.channels[0]
        at = (
            _position("channel", channel, layout.channels),
            _position("process", process, layout.processes),
            _position("variation", variation, layout.variations),
        )
        return Moments(*(array[:, at[0], at[1], at[2]] for array in self.moments))

    def total(self, role: str, *, variation: str = "nominal") -> Moments:
        """Sums over the processes of one role, arrays of shape (points, channels, bins)."""
        processes = self.layout.process_indices(role)
        if role not in ROLES:
            raise DeclarationError("unknown role", given=repr(role), allowed=", ".join(ROLES))
        if not processes:
            raise DeclarationError(
                f"no process has the role '{role}'",
                given=", ".join(
                    f"{p} ({r})" for p, r in zip(self.layout.processes, self.layout.roles, strict=True)
                ),
                hint=f"samples.add(..., role='{role}')",
            )
        v = _position("variation", variation, self.layout.variations)
        return Moments(*(array[:, :, processes, v].sum(2) for array in self.moments))

    def variance_floor(self) -> NDArray[np.float64]:
        """Smallest MC variance that a process can claim in a bin, shape (channels, processes).

        An exhausted process is not a certain one: where it has no entries left, its yield is still only
        known to be below 1.15 times the weight of an event. The mean weight is that before the selection,
        so the floor is a constant of the fit.
        """
        import numpy as np

        return np.asarray((EMPTY_BIN_UPPER_LIMIT * self.layout.mean_weight) ** 2, dtype=np.float64)

    def floored_variance(self) -> Any:
        """MC variance with the floor of every process that is present, same shape as ``moments.variance``."""
        variance = self.moments.variance
        floor = (self.variance_floor()[:, :, None] * self.layout.present)[None, ..., None]
        if hasattr(variance, "new_tensor"):  # torch, without importing it
            return variance.clamp(min=variance.new_tensor(floor))
        return variance.clip(min=floor)

    def at(self, point: int) -> Yields:
        """The yields at one point, with the axis of points kept."""
        if not -self.n_points <= point < self.n_points:
            raise DeclarationError(
                "no such point", given=str(point), allowed=f"0 to {self.n_points - 1} of {self.n_points}"
            )
        point %= self.n_points
        return replace(self, moments=Moments(*(array[point : point + 1] for array in self.moments)))


def _position(kind: str, name: str, known: Sequence[str]) -> int:
    if name not in known:
        raise DeclarationError(f"no {kind} is called '{name}'", hint=close_matches(name, known))
    return list(known).index(name)
