"""What a configuration says about samples."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from gradcut.config.base import Described, Number, Text, Texts

__all__ = ["Channel", "Process", "SamplesPart", "Variation"]

Weight = Number | Text
_FILES = "ROOT files: names, patterns such as ww_*.root, or a list; relative to the configuration"


class Channel(Described):
    """Events of a process in one channel; what is left out is that of the process."""

    files: Texts | None = Field(None, description=_FILES)
    tree: Text | None = Field(None, description="TTree or RNTuple in the files")
    weight: Weight | None = Field(None, description="weight per event instead of that of the samples")
    require: Text | None = Field(None, description="only these events, in addition to the common requirement")
    absent: Texts = Field([], description="variations that it does not have")


class Process(Channel):
    """A process, with its events and its normalisation."""

    role: Literal["signal", "background", "data"] = Field(description="what it is in the search")
    channel: Text = Field("all", description="the channel of its events, where it has one")
    channels: dict[str, Channel] = Field({}, description="instead: one entry per channel that it is in")
    xsec: Number | None = Field(None, description="cross-section; weights become xsec * lumi / sumw")
    lumi: Number | None = Field(None, description="luminosity instead of that of the samples")
    sumw: Number | Literal["auto"] | None = Field(
        None, description="generated sum of weights; auto: added up"
    )
    norm_uncertainty: Annotated[Number, Field(ge=0)] | None = Field(
        None, description="relative uncertainty of the normalisation, such as 0.1"
    )


class Variation(Described):
    """A systematic variation, in one form: suffix, weight or weights."""

    suffix: Annotated[list[Text | None], Field(max_length=2)] | Text | None = Field(
        None, description="suffixes of the varied columns, up and down: [_JES_up, _JES_down]"
    )
    weight: Annotated[list[Text | None], Field(max_length=2)] | Text | None = Field(
        None, description="other weights, up and down: columns or expressions"
    )
    weights: Text | None = Field(None, description="a vector column of weights")
    kind: Literal["replicas", "envelope"] = Field(
        "replicas", description="how weights of a vector belong together"
    )
    indices: list[int] | None = Field(None, description="which elements of the vector; default all")
    relative: bool = Field(
        False, description="whether weights multiply the nominal one; else they replace it"
    )
    processes: Texts | None = Field(None, description="only these processes; default all but data")


class SamplesPart(Described):
    """The events: what they have in common, their processes and variations."""

    tree: Text | None = Field(
        None, description="TTree or RNTuple of all files; default the only one of a file"
    )
    weight: Weight | None = Field(None, description="weight per event: a column or an expression; default 1")
    event: Texts | None = Field(
        None, description="integer columns that identify an event, such as [run, event]; splits need them"
    )
    require: Text | None = Field(None, description="only these events exist for the analysis")
    lumi: Number | None = Field(None, description="luminosity, in the inverse unit of the cross-sections")
    sentinels: list[Number] = Field([], description="values that stand for missing ones, such as [-999]")
    missing: Literal["fail", "pass"] = Field("fail", description="a missing value in a requirement")
    processes: dict[str, Process] = Field(min_length=1, description="the processes, by name")
    variations: dict[str, Variation] = Field({}, description="systematic variations, by name")
