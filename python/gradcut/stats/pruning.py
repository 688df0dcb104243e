"""Nuisances ranked by what they do to the signal strength, and models without those that do little."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gradcut.checks import is_number
from gradcut.errors import DeclarationError
from gradcut.stats.information import optimum_of, sigma_mu
from gradcut.stats.points import indices_of, poi_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.stats.model import Model

__all__ = ["NuisanceEffect", "PrunedModel", "negligible", "pruned", "ranked_nuisances", "without"]


class NuisanceEffect(NamedTuple):
    """What a nuisance does to the uncertainty of the signal strength.

    Parameters
    ----------
    name : str
        The modifier; one with a parameter per bin counts as one.
    sigma_without : float
        The uncertainty if it were known.
    effect : float
        By which part of the uncertainty it is then smaller.
    """

    name: str
    sigma_without: float
    effect: float


@dataclass(frozen=True)
class PrunedModel:
    """A model without nuisances that do little, and what it costs.

    Parameters
    ----------
    model : Model
        The rest.
    dropped : tuple of str
        Modifiers that were left out, those that do least first.
    sigma_before, sigma_after : float
        Uncertainty of the signal strength with all of them, and without those.
    """

    model: Model
    dropped: tuple[str, ...]
    sigma_before: float
    sigma_after: float

    def __str__(self) -> str:
        return (
            f"{len(self.dropped)} nuisances dropped ({', '.join(self.dropped) or 'none'}): sigma_mu "
            f"{self.sigma_before:.6g} -> {self.sigma_after:.6g} "
            f"({self.sigma_after / self.sigma_before - 1:+.2%})"
        )


def ranked_nuisances(model: Model) -> tuple[NuisanceEffect, ...]:
    """Nuisances by what they do to ``sigma_mu`` for Asimov data, the largest effect first.

    Parameters
    ----------
    model : Model
        With a parameter of interest.

    Raises
    ------
    DataError
        As :func:`gradcut.stats.sigma_mu`.

    References
    ----------
    Thesis 7.7.
    """
    before = sigma_mu(model)
    covariance = optimum_of(model).covariances()[0]
    made = []
    for name, indices in _nuisances(model):
        after = float(_variance_without(covariance, poi_of(model), indices)[0]) ** 0.5
        made.append(NuisanceEffect(name, after, 1 - after / before))
    return tuple(sorted(made, key=lambda one: -one.effect))


def pruned(model: Model, tolerance: float = 0.01) -> PrunedModel:
    """Leave out nuisances that together change ``sigma_mu`` by less than a part of it.

    Parameters
    ----------
    model : Model
        With a parameter of interest.
    tolerance : float, default 0.01
        The part, for Asimov data.

    Raises
    ------
    DeclarationError
        If the tolerance is not one.
    """
    _check(tolerance)
    before = sigma_mu(model)
    names = negligible(model, optimum_of(model).covariances()[0], tolerance)
    rest = without(model, names)
    return PrunedModel(rest, names, before, sigma_mu(rest))


def negligible(
    model: Model, covariances: NDArray[np.float64], tolerance: float, needed: Collection[str] = ()
) -> tuple[str, ...]:
    """Nuisances without which the uncertainty stays within the tolerance, at all points at once.

    Parameters
    ----------
    model : Model
        What the parameters are.
    covariances : ndarray, shape (points, parameters, parameters)
        Covariances of all parameters.
    tolerance : float
        The part of it by which it may be smaller without them.
    needed : collection of str
        Parameters or modifiers that are not asked.
    """
    kept = {int(i) for name in needed for i in indices_of(model, name)}
    poi = poi_of(model)
    before = covariances[:, poi, poi]

    def loss(indices: NDArray[np.intp]) -> float:
        after = _variance_without(covariances, poi, indices)
        return float((1 - np.sqrt(np.maximum(after, 0) / before)).max())

    asked = [(name, indices) for name, indices in _nuisances(model) if kept.isdisjoint(indices.tolist())]
    ranked = sorted(((loss(indices), name, indices) for name, indices in asked), key=lambda one: one[:2])
    names: list[str] = []
    dropped = np.array([], dtype=np.intp)
    for _, name, indices in ranked:
        more = np.concatenate([dropped, indices])
        if loss(more) > tolerance:
            break
        names.append(name)
        dropped = more
    return tuple(names)


def without(model: Model, names: Collection[str]) -> Model:
    """The model without modifiers: their parameters are known.

    Parameters
    ----------
    model : Model
        The model.
    names : collection of str
        Names of modifiers.
    """
    channels = tuple(
        replace(
            channel,
            samples=tuple(
                replace(sample, modifiers=tuple(m for m in sample.modifiers if m.name not in names))
                for sample in channel.samples
            ),
        )
        for channel in model.channels
    )
    configs = {name: config for name, config in model.configs.items() if name not in names}
    rest = replace(model, channels=channels, configs=configs, yields_to_inputs=None)
    if model.yields_to_inputs is None:
        return rest
    return replace(rest, yields_to_inputs=model.yields_to_inputs.without(names, rest._built))


def _check(tolerance: object) -> None:
    if not is_number(tolerance) or not 0 <= tolerance < 1:  # type: ignore[operator]
        raise DeclarationError(
            "a tolerance is a part of sigma_mu", given=repr(tolerance), allowed="a number from 0 on, below 1"
        )


def _nuisances(model: Model) -> list[tuple[str, NDArray[np.intp]]]:
    """Constrained modifiers that have something to say, and where their parameters are."""
    found, first = [], 0
    for made in model.parameter_sets:
        indices = np.arange(first, first + len(made.initial))
        first += len(indices)
        if made.constraint is not None and model.poi != made.name and not all(made.fixed):
            found.append((made.name, indices[~np.array(made.fixed)]))
    return found


def _variance_without(
    covariances: NDArray[np.float64], poi: int, indices: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Variance of a parameter when others are known: what is left given them."""
    block = covariances[:, indices[:, None], indices]
    column = covariances[:, indices, poi]
    explained = (column * np.linalg.solve(block, column[..., None])[..., 0]).sum(1)
    left: NDArray[np.float64] = covariances[:, poi, poi] - explained
    return left
