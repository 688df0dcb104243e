"""What a HistFactory model is made of: channels, their samples, what modifies them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["KINDS", "Channel", "Modifier", "ModifierKind", "ParameterConfig", "Sample"]

#: The modifiers of HistFactory.
ModifierKind = Literal["histosys", "lumi", "normfactor", "normsys", "shapefactor", "shapesys", "staterror"]
#: In the order in which their parameters are laid out.
KINDS: tuple[ModifierKind, ...] = get_args(ModifierKind)


@dataclass(frozen=True, eq=False)
class Modifier:
    """One modifier of a sample.

    Parameters
    ----------
    kind : str
        ``"normfactor"``, ``"normsys"``, ``"histosys"``, ``"shapesys"``, ``"staterror"``, ``"lumi"`` or
        ``"shapefactor"``.
    name : str
        Name of its parameter, or of its parameters where there is one per bin; equal names, one parameter.
    data : tuple of ndarray
        Of a histosys the templates at +1 and at -1; of a normsys the factors at +1 and at -1, one number
        each; of a shapesys or staterror the absolute uncertainties per bin; nothing for the others.
    """

    kind: ModifierKind
    name: str
    data: tuple[NDArray[np.float64], ...] = ()


@dataclass(frozen=True, eq=False)
class Sample:
    """One process in one channel.

    Parameters
    ----------
    name : str
        The process.
    nominal : ndarray, shape (bins,)
        Expected events.
    modifiers : tuple of Modifier
        What modifies them.
    """

    name: str
    nominal: NDArray[np.float64]
    modifiers: tuple[Modifier, ...] = ()


@dataclass(frozen=True, eq=False)
class Channel:
    """Samples that are added bin by bin.

    Parameters
    ----------
    name : str
        The channel.
    samples : tuple of Sample
        All with the same number of bins.
    """

    name: str
    samples: tuple[Sample, ...]

    @property
    def n_bins(self) -> int:
        """Number of bins."""
        return len(self.samples[0].nominal)


@dataclass(frozen=True)
class ParameterConfig:
    """What a measurement says of a parameter instead of its default; None where it says nothing.

    Parameters
    ----------
    name : str
        Name of the modifier.
    initial, auxdata, sigmas, factors : tuple of float, optional
        Start, auxiliary measurement, its standard deviation, factor of a Poisson one; one each per parameter.
    bounds : tuple of (float, float), optional
        Allowed range, one per parameter.
    fixed : bool, optional
        Whether all of them stay where they start.
    """

    name: str
    initial: tuple[float, ...] | None = None
    bounds: tuple[tuple[float, float], ...] | None = None
    auxdata: tuple[float, ...] | None = None
    sigmas: tuple[float, ...] | None = None
    factors: tuple[float, ...] | None = None
    fixed: bool | None = None
