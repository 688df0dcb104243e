"""A whole configuration."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from gradcut.config.base import Described, Number, Text
from gradcut.config.samples_model import SamplesPart
from gradcut.config.settings_model import OutputPart, SettingsPart
from gradcut.config.task_model import Bins, Folds, Limits, MenuPart, ObservablePart, SelectionPart, Split

__all__ = ["Analysis", "Constraints"]

Efficiency = Annotated[Number, Field(gt=0, lt=1)]


class Constraints(Described):
    """What the selected events have to keep to (gradcut.objectives.Objective.within)."""

    max_background: Number | None = Field(None, description="largest yield of the background")
    max_background_efficiency: Number | None = Field(None, description="the same as a part of it")
    min_purity: Number | None = Field(None, description="least s / (s + b)")


class Analysis(Described):
    """What ``gradcut learn`` reads.

    Which parts there are says what is learned: a selection its thresholds; a selection with efficiencies
    working points; bins their edges; an observable a network with its bins; a selection with bins or with an
    observable both together; a menu the thresholds of its lines.
    """

    version: Literal[1] = Field(1, description="of this format")
    title: Text | None = Field(None, description="what it is, for readers")
    samples: SamplesPart = Field(description="the events")
    selection: SelectionPart | None = Field(None, description="cuts; every ? is learned")
    efficiencies: Annotated[list[Efficiency], Field(min_length=1)] | None = Field(
        None, description="signal efficiencies of working points, instead of an objective"
    )
    bins: Bins | Annotated[list[Bins], Field(min_length=1)] | None = Field(
        None, description="bins; a list: their product"
    )
    channel_bins: dict[str, Bins] | None = Field(None, description="instead: bins per channel of the samples")
    observable: ObservablePart | None = Field(None, description="a network of columns and its bins")
    menu: MenuPart | None = Field(None, description="a trigger menu")
    objective: Text | dict[str, Any] | None = Field(
        None,
        description="what is made better: a kind, such as asimov_significance, or a mapping with 'kind'",
    )
    constraints: Constraints | None = Field(None, description="what the selected events have to keep to")
    limits: Limits | None = Field(None, description="what every bin has to have")
    folds: Annotated[int, Field(ge=2)] | Folds | None = Field(None, description="cross-validation")
    split: Split | None = Field(None, description="instead of folds: parts to learn, choose and judge with")
    settings: SettingsPart = SettingsPart.model_validate({})
    output: OutputPart = OutputPart.model_validate({})
