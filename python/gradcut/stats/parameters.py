"""The parameters of a HistFactory model: start, range, constraint."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from gradcut.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.stats.spec import ModifierKind, ParameterConfig

__all__ = ["ParameterSet", "configured", "default_set"]

_GAMMA_BOUNDS = (1e-10, 10.0)


@dataclass(frozen=True)
class ParameterSet:
    """The parameter of a modifier, or its parameters where there is one per bin.

    Parameters
    ----------
    name : str
        Name of the modifier.
    scalar : bool
        Whether it is one parameter of the modifier's own name; others are called ``name[0]``, ``name[1]``.
    initial : tuple of float
        Where fits start, and where fixed ones stay.
    bounds : tuple of (float, float)
        Allowed range.
    fixed : tuple of bool
        Whether fits leave it alone.
    constraint : {"gaussian", "poisson"}, optional
        Distribution of its auxiliary measurement; None where there is none.
    auxdata : tuple of float
        The auxiliary measurements.
    numbers : tuple of float
        Standard deviations of Gaussian ones, factors ``tau`` of Poisson ones.
    """

    name: str
    scalar: bool
    initial: tuple[float, ...]
    bounds: tuple[tuple[float, float], ...]
    fixed: tuple[bool, ...]
    constraint: Literal["gaussian", "poisson"] | None = None
    auxdata: tuple[float, ...] = ()
    numbers: tuple[float, ...] = ()

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters."""
        return (self.name,) if self.scalar else tuple(f"{self.name}[{i}]" for i in range(len(self.initial)))


def default_set(
    kind: ModifierKind, name: str, n: int, numbers: NDArray[np.float64] | None = None
) -> ParameterSet:
    """Return the parameters of a modifier as HistFactory has them (pyhf's defaults).

    Parameters
    ----------
    kind, name : str
        The modifier.
    n : int
        Number of parameters.
    numbers : ndarray, optional
        Of a staterror the relative widths, of a shapesys the factors. Where they are 0 the parameter is
        fixed, and its constraint one of size 1.
    """
    if kind in ("normsys", "histosys"):
        return ParameterSet(name, True, (0.0,), ((-5.0, 5.0),), (False,), "gaussian", (0.0,), (1.0,))
    if kind == "lumi":
        # Everything of it comes from the measurement.
        return ParameterSet(name, True, (), (), (False,), "gaussian", (), ())
    if kind == "normfactor":
        return ParameterSet(name, True, (1.0,), ((0.0, 10.0),), (False,))
    if kind == "shapefactor" or numbers is None:
        return ParameterSet(name, False, (1.0,) * n, ((0.0, 10.0),) * n, (False,) * n)
    given = tuple(float(number) for number in numbers)
    fixed, sizes = tuple(number == 0 for number in given), tuple(number or 1.0 for number in given)
    gammas = ParameterSet(name, False, (1.0,) * n, (_GAMMA_BOUNDS,) * n, fixed)
    if kind == "staterror":
        return replace(gammas, constraint="gaussian", auxdata=(1.0,) * n, numbers=sizes)
    return replace(gammas, constraint="poisson", auxdata=sizes, numbers=sizes)


#: What a measurement may say of the parameters of a kind of modifier, beside start, range and whether fixed.
_CONFIGURABLE: dict[ModifierKind, tuple[str, ...]] = {
    "histosys": ("auxdata",),
    "lumi": ("auxdata", "sigmas"),
    "normfactor": (),
    "normsys": ("auxdata",),
    "shapefactor": (),
    "shapesys": ("auxdata", "factors"),
    "staterror": ("auxdata", "sigmas"),
}


def configured(given: ParameterSet, kind: ModifierKind, config: ParameterConfig | None) -> ParameterSet:
    """Return the parameters as a measurement has them.

    Raises
    ------
    DataError
        If it says something that these parameters do not have, or for another number of them; if a luminosity
        is left without its numbers; if a start is out of range or a width is not positive.
    """
    where = f"parameter '{given.name}' of the measurement"
    n = max(1, len(given.initial))
    made = given
    if config is not None:
        allowed = _CONFIGURABLE[kind]
        for key in ("auxdata", "sigmas", "factors"):
            if getattr(config, key) is not None and key not in allowed:
                raise DataError(
                    f"parameters of a {kind} have no '{key}'",
                    where=where,
                    allowed=", ".join(("inits", "bounds", "fixed", *allowed)),
                )
        for key, field in (
            ("initial", "initial"),
            ("bounds", "bounds"),
            ("auxdata", "auxdata"),
            ("sigmas", "numbers"),
            ("factors", "numbers"),
        ):
            value = getattr(config, key)
            if value is None:
                continue
            if len(value) != n:
                raise DataError(
                    f"'{'inits' if key == 'initial' else key}' has another number of values than parameters",
                    where=where,
                    given=str(len(value)),
                    allowed=str(n),
                )
            made = replace(made, **{field: value})
        if config.fixed is not None:
            made = replace(made, fixed=(config.fixed,) * n)
    missing = [key for key, value in zip(_LUMI, _of(made), strict=True) if not value]
    if kind == "lumi" and missing:
        raise DataError(
            "the measurement does not say how well the luminosity is known",
            where=where,
            given=f"without {', '.join(missing)}",
            hint="parameters: [{'name': 'lumi', 'auxdata': [1.0], 'sigmas': [0.02], 'inits': [1.0], "
            "'bounds': [[0.5, 1.5]]}]",
        )
    _check(made, where)
    return made


_LUMI = ("inits", "bounds", "auxdata", "sigmas")


def _of(given: ParameterSet) -> tuple[object, ...]:
    return given.initial, given.bounds, given.auxdata, given.numbers


def _check(given: ParameterSet, where: str) -> None:
    for name, start, (low, high) in zip(given.parameters, given.initial, given.bounds, strict=True):
        if not low <= start <= high:
            raise DataError(
                "a parameter starts outside of its range",
                where=where,
                given=f"{name} = {start:g}",
                allowed=f"{low:g} to {high:g}",
                hint="set 'inits' and 'bounds' of it in the measurement",
            )
    for number in given.numbers:
        if not 0 < number < math.inf:
            raise DataError("the width of a constraint is positive", where=where, given=f"{number:g}")
