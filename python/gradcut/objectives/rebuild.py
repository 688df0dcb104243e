"""Objectives from their descriptions, for results that were loaded from files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gradcut.errors import DeclarationError
from gradcut.objectives.asimov import AsimovSignificance
from gradcut.objectives.base import Objective, Sum
from gradcut.objectives.correlated import CorrelatedSignificance
from gradcut.objectives.decorrelated import Decorrelated
from gradcut.objectives.efficiency import EfficiencyLoss
from gradcut.objectives.figures_of_merit import PunziSignificance, SignalOverRootBackground
from gradcut.objectives.hypothesis import CLs, DiscoveryP0, ProfileSignificance, UpperLimit
from gradcut.objectives.inference import (
    Gaussianity,
    GeneralisedVariance,
    NuisanceConstraint,
    SignalStrengthUncertainty,
)
from gradcut.objectives.several_signals import SeveralSignals
from gradcut.objectives.sideband import Sideband
from gradcut.objectives.signal_efficiency import SignalEfficiency
from gradcut.objectives.within import Within

__all__ = ["from_description", "kinds"]

#: Kind in a description -> the class whose settings are the rest of it.
_CLASSES: dict[str, type[Objective]] = {
    "asimov_significance": AsimovSignificance,
    "cls": CLs,
    "correlated_significance": CorrelatedSignificance,
    "discovery_p0": DiscoveryP0,
    "efficiency_loss": EfficiencyLoss,
    "gaussianity": Gaussianity,
    "generalised_variance": GeneralisedVariance,
    "nuisance_constraint": NuisanceConstraint,
    "profile_significance": ProfileSignificance,
    "punzi_significance": PunziSignificance,
    "signal_efficiency": SignalEfficiency,
    "signal_over_root_background": SignalOverRootBackground,
    "signal_strength_uncertainty": SignalStrengthUncertainty,
    "upper_limit": UpperLimit,
}

#: The same of those around another objective.
_AROUND: dict[str, Callable[..., Objective]] = {
    "decorrelated": Decorrelated,
    "several_signals": SeveralSignals,
    "sideband": Sideband,
    "within": Within,
}


def kinds() -> dict[str, Callable[..., Objective]]:
    """Return what makes the objectives that files may describe, by their kinds."""
    return {**_CLASSES, **_AROUND, "sum": Sum}


def from_description(description: Mapping[str, Any]) -> Objective:
    """Make the objective that :meth:`gradcut.objectives.Objective.describe` described.

    Parameters
    ----------
    description : mapping
        Plain data, as in ``result.provenance["objective"]``.

    Raises
    ------
    DeclarationError
        If it, or a term of it, is a function of the user's own, or is not known, or has unknown settings.
    """
    settings = dict(description)
    kind = settings.pop("kind", None)
    if kind == "function":
        raise DeclarationError(
            "an objective of one's own is code, which is not in a file",
            given=f"objective '{settings.get('name')}'",
            hint="give it again: objective=gc.objectives.maximise(f)",
        )
    if kind == "sum":
        return Sum(tuple((float(factor), from_description(term)) for factor, term in settings["terms"]))
    if kind in _AROUND:
        return _AROUND[kind](from_description(settings.pop("objective")), **settings)
    if kind not in _CLASSES:
        known = ", ".join((*_CLASSES, *_AROUND))
        raise DeclarationError("unknown kind of objective", given=repr(kind), allowed=known)
    try:
        return _CLASSES[kind](**settings)
    except TypeError as error:
        raise DeclarationError(
            "settings of an objective are not known", given=str(settings), where=kind
        ) from error
