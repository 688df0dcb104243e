"""Where fits put nuisance parameters, and what these do to the parameter of interest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gradcut.stats.compiled_fit import FitBox, Fits, fit, require_ended
from gradcut.stats.curvature import constraint_widths
from gradcut.stats.optima import Optima
from gradcut.stats.plan import CONSTRAINTS
from gradcut.stats.points import box_of, data_of, poi_of
from gradcut.tables import table

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from gradcut.stats.model import Model

__all__ = ["Impact", "Impacts", "Pull", "Pulls", "impacts", "pulls"]


class Pull(NamedTuple):
    """One nuisance parameter after a fit.

    Parameters
    ----------
    name : str
        The parameter.
    pull : float
        ``(theta_hat - theta_0) / sigma_0``: distance from its auxiliary measurement in widths of that.
    constraint : float
        ``sigma / sigma_0``: 1 where the data tell nothing of it; 0 where a bound holds it.
    """

    name: str
    pull: float
    constraint: float


class Impact(NamedTuple):
    """What one nuisance parameter does to the parameter of interest.

    Parameters
    ----------
    name : str
        The nuisance.
    up, down : float
        Change of the parameter of interest with the nuisance held one fitted standard deviation above and
        below where the fit put it, and everything else fitted again.
    up_before, down_before : float
        The same with the width of its auxiliary measurement.
    """

    name: str
    up: float
    down: float
    up_before: float
    down_before: float

    @property
    def size(self) -> float:
        """The larger of the changes after the fit."""
        return max(abs(self.up), abs(self.down))


@dataclass(frozen=True)
class Pulls:
    """Nuisance parameters after a fit.

    Parameters
    ----------
    rows : tuple of Pull
        In the order of the parameters.
    """

    rows: tuple[Pull, ...]

    def __iter__(self) -> Iterator[Pull]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, name: str) -> Pull:
        return {row.name: row for row in self.rows}[name]

    def __str__(self) -> str:
        rows = [[row.name, f"{row.pull:+.3f}", f"{row.constraint:.3f}"] for row in self.rows]
        return "\n".join(table(["nuisance", "pull", "constraint"], rows))


@dataclass(frozen=True)
class Impacts:
    """What nuisance parameters do to the parameter of interest.

    Parameters
    ----------
    poi : str
        The parameter of interest.
    value : float
        Where the fit put it.
    rows : tuple of Impact
        The largest first.
    """

    poi: str
    value: float
    rows: tuple[Impact, ...]

    def __iter__(self) -> Iterator[Impact]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, name: str) -> Impact:
        return {row.name: row for row in self.rows}[name]

    def __str__(self) -> str:
        head = [f"impact on {self.poi}", "up", "down", "up, before", "down, before"]
        rows = [[row.name, *(f"{change:+.4g}" for change in row[1:])] for row in self.rows]
        return "\n".join([f"{self.poi} = {self.value:.6g}", "", *table(head, rows)])


def pulls(
    model: Model,
    data: ArrayLike | Mapping[str, ArrayLike] | None = None,
    *,
    fixed: Mapping[str, ArrayLike] | None = None,
) -> Pulls:
    """Pulls and constraints of the nuisance parameters.

    Parameters
    ----------
    model, data, fixed
        See :func:`gradcut.stats.fit`. On Asimov data all pulls are zero.

    Raises
    ------
    DataError
        If the fit does not end in a minimum that determines all parameters.

    References
    ----------
    Thesis 7.5.
    """
    nuisances = _Nuisances(model, data_of(model, data), box_of(model, fixed))
    centre, width, at = nuisances.centre, nuisances.width, nuisances.indices
    theta, sigma = nuisances.fits.theta[0], nuisances.sigma
    return Pulls(
        tuple(
            Pull(model.parameters[i], float((theta[i] - centre[i]) / width[i]), float(sigma[i] / width[i]))
            for i in at
        )
    )


def impacts(
    model: Model,
    data: ArrayLike | Mapping[str, ArrayLike] | None = None,
    *,
    poi: str | None = None,
    fixed: Mapping[str, ArrayLike] | None = None,
) -> Impacts:
    """What every nuisance parameter does to the parameter of interest, the largest first.

    Parameters
    ----------
    model, data, fixed
        See :func:`gradcut.stats.fit`.
    poi : str, optional
        Another parameter instead of the parameter of interest.

    Raises
    ------
    DataError
        If a fit does not end in a minimum.

    Notes
    -----
    A nuisance is not moved beyond its bounds.
    """
    nuisances = _Nuisances(model, data_of(model, data), box_of(model, fixed))
    of = poi_of(model, poi)
    theta = nuisances.fits.theta[0]
    rows = []
    for i in nuisances.indices:
        if i == of:
            continue
        steps = np.array([1.0, -1.0])
        sizes = np.concatenate([steps * nuisances.sigma[i], steps * nuisances.width[i]])
        moved = nuisances.refitted(i, np.clip(theta[i] + sizes, *model.bounds[i]))
        rows.append(Impact(model.parameters[i], *(float(change) for change in moved[:, of] - theta[of])))
    return Impacts(model.parameters[of], float(theta[of]), tuple(sorted(rows, key=lambda row: -row.size)))


class _Nuisances:
    """The nuisance parameters of a model that was fitted."""

    def __init__(self, model: Model, data: NDArray[np.float64], box: FitBox) -> None:
        self.model, self.data, self.box = model, data, box
        optima = Optima.of_data(model.likelihood, model.inputs, data, box)
        self.fits: Fits = optima.fits
        require_ended(self.fits.status, allowed=("converged",))
        self.sigma = np.sqrt(np.diagonal(optima.covariances()[0][0]))
        self.width = constraint_widths(optima)[0][0]
        self.centre = np.zeros(len(model.parameters))
        for (kind, parameter, at), measured in zip(model.plan.constraints, data[model.n_bins :], strict=True):
            number = 1.0 if kind == CONSTRAINTS["gaussian"] else model.inputs[at]
            self.centre[parameter] = measured / number
        constrained = set(model.plan.constraints[:, 1].tolist())
        held = box.arrays[3]
        self.indices = [i for i in range(len(held)) if i in constrained and not held[i]]

    def refitted(self, index: int, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Parameters after fits with one of them held, one row per value."""
        start = np.repeat(self.fits.theta, len(values), axis=0)
        start[:, index] = values
        held = self.box.arrays[3].copy()
        held[index] = 1
        found = fit(
            self.model.likelihood, self.model.inputs, self.data, FitBox(start, self.model.bounds, held)
        )
        require_ended(found.status)
        return found.theta
