"""What a configuration says about how is learned, and what is written."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from gradcut.config.base import Described, Number, Text

__all__ = ["Export", "OutputPart", "SettingsPart"]

Count = Annotated[int, Field(ge=1)]
#: What an option of an exporter may be.
Value = bool | Number | Text | list[Number] | list[Text] | dict[str, Number] | dict[str, Text]


class SettingsPart(Described):
    """Settings of the fit; what is left out has the default of the function that learns.

    Not every kind of fit has all of them: one that does not apply is an error, which says so.
    """

    seed: Annotated[int, Field(ge=0)] | None = Field(
        None, description="of random starts, networks and the split"
    )
    starts: Count | None = Field(None, description="starts of every descent")
    max_steps: Count | None = Field(None, description="steps of every descent")
    fix: dict[str, Number] | None = Field(
        None, description="thresholds that are not learned, such as met: 350"
    )
    engine: Literal["cpu", "torch"] | None = Field(None, description="who sums the events of cuts")
    device: Text | None = Field(None, description="of torch, such as cuda")
    precision: Literal["float32", "float64", "bfloat16"] | None = Field(None, description="of what is smooth")
    n_threads: Count | None = Field(None, description="threads")
    reader: Literal["auto", "root", "uproot"] | None = Field(None, description="who reads files")
    nested: bool | None = Field(
        None, description="working points: whether each keeps the events of the tighter"
    )
    smoothness: Number | None = Field(None, description="working points: thresholds on a line")
    cut_size: Number | None = Field(None, description="working points: thresholds in the middle")
    certificate: bool | None = Field(None, description="working points: what the best exchange would gain")
    method: Literal["gradient", "exact", "bayesian"] | None = Field(
        None, description="bins: how they are learned"
    )
    trials: Count | None = Field(None, description="bins: trials of the Bayesian method")
    aggregate: bool | None = Field(None, description="bins: whether sums in fine cells are learned from")
    turns: Count | None = Field(None, description="cuts and bins: turns")
    warm_up_steps: Annotated[int, Field(ge=0)] | None = Field(
        None, description="networks: steps of a classifier"
    )
    steps: Count | None = Field(None, description="networks: steps after these")
    batch: Count | None = Field(None, description="networks: rows of a step; default all")
    rate: Number | None = Field(None, description="networks: first step size")
    weight_decay: Number | None = Field(None, description="networks: of AdamW")
    check_every: Count | None = Field(None, description="networks: steps from judgement to judgement")
    patience: Count | None = Field(None, description="networks: steps without improvement before the end")
    restarts: Count | None = Field(None, description="networks: how many are trained")
    refine_edges: bool | None = Field(None, description="networks: whether hard edges are learned in the end")
    memory: Number | None = Field(None, description="networks: bytes of activations")


class Export(Described):
    """The result as a file of another program."""

    format: Text | None = Field(None, description="gradcut convert --list; default by the name of the file")
    file: Text = Field(description="name of the file, in the output folder")
    options: dict[str, Value] = Field({}, description="options of the format")


class OutputPart(Described):
    """Where things are written."""

    folder: Text | None = Field(
        None, description="relative to the configuration; default its name without .yaml"
    )
    cutflow: bool = Field(True, description="whether the cutflow of all processes is counted")
    plots: bool = Field(False, description="whether pictures are drawn")
    plot_formats: list[Literal["png", "pdf", "svg"]] = Field(["png"], description="of the pictures")
    labels: dict[str, Text] = Field({}, description="what axes of pictures say, by feature")
    exports: list[Export] = Field([], description="files of other programs")
