"""Objectives from their descriptions."""

from __future__ import annotations

import inspect
import json

import pytest

from gradcut.errors import DeclarationError
from gradcut.objectives import (
    AsimovSignificance,
    CLs,
    CorrelatedSignificance,
    Decorrelated,
    DiscoveryP0,
    EfficiencyLoss,
    FunctionObjective,
    Gaussianity,
    GeneralisedVariance,
    NuisanceConstraint,
    Objective,
    ProfileSignificance,
    PunziSignificance,
    SeveralSignals,
    Sideband,
    SignalEfficiency,
    SignalOverRootBackground,
    SignalStrengthUncertainty,
    Sum,
    UpperLimit,
    minimise,
)
from gradcut.objectives.rebuild import from_description

OURS = [
    AsimovSignificance(0.2, mc_stat=False, systematics="sigma_b"),
    EfficiencyLoss(0.7, alpha=10, beta=2, gamma=0.1, background="linear"),
    AsimovSignificance(0.1) - 0.5 * EfficiencyLoss(0.7),
    -AsimovSignificance(0.1),
    CorrelatedSignificance(0.1, mc_stat=False),
    PunziSignificance(3, 0.2, mc_stat=True),
    SignalOverRootBackground(0.1, mc_stat=False),
    SeveralSignals(AsimovSignificance(0.1), "covered", threshold=1.64, weights={"a": 2.0}),
    SignalEfficiency(),
    AsimovSignificance(0.1).within(max_background=3, min_purity=0.5),
    SeveralSignals(SignalOverRootBackground(), "product", others="background", signals=["a", "b"]),
    Decorrelated(AsimovSignificance(0.1), weight=3, axis=0, bins="equal"),
    Sideband(AsimovSignificance(), edges=[1, 2, 3.5, 4], window=[2, 3.5], axis=0),
    SeveralSignals(SignalEfficiency(), "worst").within(max_background_efficiency=0.1),
    SignalStrengthUncertainty(prune=0.02),
    GeneralisedVariance(),
    NuisanceConstraint(("JES",), variations={"JES": "split"}),
    Gaussianity(mc_stat="shapesys"),
    CLs(1.5, log=True, variations={"JES": "split"}),
    DiscoveryP0(log=True),
    ProfileSignificance(mc_stat="none"),
    UpperLimit(0.1, "qmu"),
    SignalStrengthUncertainty(signals=("a",), free={"k": ["b"]}, floor=0.1, observations={"SR": [1.0]}),
]


@pytest.mark.parametrize("objective", OURS, ids=lambda o: o.name)
def test_objective_comes_back_from_json(objective: Objective) -> None:
    again = from_description(json.loads(json.dumps(objective.describe())))
    assert type(again) is type(objective)
    assert again.describe() == objective.describe()
    assert (again.name, again.direction) == (objective.name, objective.direction)


def concrete(kind: type[Objective]) -> set[type[Objective]]:
    """Classes below one, but those that are only there to be derived from."""
    below = {found for derived in kind.__subclasses__() for found in concrete(derived)}
    return below | (set() if inspect.isabstract(kind) or kind.__name__.startswith("_") else {kind})


def test_every_objective_of_ours_is_among_them() -> None:
    ours = {kind for kind in concrete(Objective) if kind.__module__.startswith("gradcut.objectives.")}
    assert ours == {type(objective) for objective in OURS} | {FunctionObjective}
    assert Sum in ours


@pytest.mark.parametrize(
    ("description", "message"),
    [
        (minimise(lambda y: y, "mine").describe(), r"is code(.|\n)*'mine'(.|\n)*objective="),
        ({"kind": "sum", "terms": [[1.0, minimise(lambda y: y, "mine").describe()]]}, "is code"),
        ({"kind": "other"}, r"unknown kind(.|\n)*asimov_significance"),
        ({"kind": "efficiency_loss", "target": 0.5, "delta": 1}, r"not known(.|\n)*delta"),
        ({"kind": "efficiency_loss", "target": 2}, "between 0 and 1"),
    ],
)
def test_what_cannot_be_made_is_said(description: dict[str, object], message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        from_description(description)
