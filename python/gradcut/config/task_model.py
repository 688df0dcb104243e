"""What a configuration says about what is learned."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from gradcut.config.base import Described, Number, Text

__all__ = [
    "Bins",
    "Chain",
    "CutPart",
    "Folds",
    "Limits",
    "LineOfMenu",
    "MenuPart",
    "ObservablePart",
    "Region",
    "SelectionPart",
    "Split",
]

Range = Annotated[list[Number], Field(min_length=2, max_length=2)]
Part = Annotated[Number, Field(ge=0, le=1)] | list[int]


class CutPart(Described):
    """A cut part by part: its direction is learned, or its threshold is a curve (gc.Cut, gc.VaryingCut)."""

    feature: Text = Field(description="what is cut on")
    operator: Literal["<", "<=", ">", ">=", "window", "veto", "either"] = Field(
        description="what is kept; either: above or below, which is learned"
    )
    threshold: Text | Number = Field("?", description="?, ?name or a number; of a window the lower one")
    upper: Text | Number | None = Field(None, description="the upper one of a window or veto")
    along: Text | None = Field(None, description="a property, such as npv, that the threshold is a curve in")
    knots: list[Number] | None = Field(None, description="rising values of the property")
    shape: Literal["linear", "smooth", "steps"] = Field("linear", description="the curve between the knots")
    monotone: Literal["rising", "falling"] | None = Field(
        None, description="whether it may only rise, or fall"
    )
    contraction: Number = Field(0.0, description="how much neighbouring thresholds are drawn together")
    name: Text | None = Field(None, description="of the thresholds of a curve")


class Chain(Described):
    """Thresholds in an order (gc.Chain)."""

    parameters: list[Text] = Field(min_length=2, description="names of thresholds")
    monotone: Literal["rising", "falling"] | None = Field(
        None, description="whether they may only rise, or fall"
    )
    contraction: Number = Field(0.0, description="how much neighbours are drawn together")


Requirement = Text | CutPart


class Region(Described):
    """Requirements that events must all meet; every ? is learned."""

    require: Annotated[list[Requirement], Field(min_length=1)] | Text = Field(
        description='requirements such as "met > ?"'
    )
    chains: list[Chain] = Field([], description="thresholds in an order")


class SelectionPart(Described):
    """The cuts: one list of requirements, or several regions."""

    require: Annotated[list[Requirement], Field(min_length=1)] | Text | None = Field(
        None, description='requirements such as "met > ?"; every ? is learned'
    )
    chains: list[Chain] = Field([], description="thresholds in an order")
    regions: dict[str, Region] = Field(
        {}, description="instead: several selections that share named thresholds"
    )
    disjoint: bool = Field(False, description="whether no event may be in two regions")
    missing: Literal["fail", "pass"] = Field("fail", description="an event with a missing value")
    sentinels: list[Number] = Field([], description="values that stand for missing ones")
    step: Literal["logistic", "gaussian"] = Field("logistic", description="the smooth step while learning")


class Bins(Described):
    """Bins of one column, or of several (gc.Binning, gc.MixtureBinning, gc.SoftmaxBinning)."""

    column: Text | None = Field(None, description="what is divided, such as bdt or log(met)")
    bins: int | list[int] | None = Field(None, description="how many; of several numbers the best")
    edges: list[Number] | None = Field(None, description="instead: edges that are not learned")
    range: Range | None = Field(None, description="first and last edge")
    flow: Literal["open", "explicit"] | None = Field(
        None, description="events beyond the range: inside or outside"
    )
    step: Literal["logistic", "gaussian"] | None = Field(None, description="the smooth step while learning")
    width: Literal["annealed", "learned"] | Number | None = Field(
        None, description="width of the smooth steps"
    )
    coordinates: Text | None = Field(
        None, description="in which edges or regions move, such as quantile or logit"
    )
    name: Text | None = Field(None, description="of the axis")
    mixture: list[Text] | None = Field(None, description="instead of a column: regions of several columns")
    means: Literal["free", "simplex"] | list[Range] | None = Field(
        None, description="where means of a mixture may be"
    )
    softmax: list[Text] | None = Field(None, description="instead: outputs of a network, one bin for each")


class Limits(Described):
    """What every bin has to have (gc.BinLimits)."""

    min_background: Number | None = Field(None, description="least background")
    min_entries: Number | None = Field(None, description="least effective entries of the background")
    max_relative_uncertainty: Number | None = Field(
        None, description="largest MC uncertainty of the background"
    )
    min_width: Number | None = Field(None, description="least distance of edges")


class ObservablePart(Described):
    """A network, and the bins of its output (gc.Observable)."""

    inputs: list[Text] | dict[str, Text] = Field(min_length=1, description="columns and expressions")
    bins: int = Field(5, description="bins of the output")
    network: list[int] = Field([64, 64], description="sizes of the hidden layers")
    activation: Text = Field("relu", description="of the hidden layers")
    histogram: Literal["logistic", "gaussian", "softmax"] = Field(
        "logistic", description="how events are filled"
    )
    edges: Literal["learned", "equal"] | list[Number] = Field("learned", description="between 0 and 1")
    width: Literal["annealed"] | Number = Field("annealed", description="of the smooth steps")
    missing: Literal["reject", "flag"] = Field("reject", description="events with a missing input")
    clip: Number = Field(10.0, description="largest standardised input")
    name: Text = Field("observable", description="of the output")
    loss: Literal["objective", "cross_entropy"] = Field(
        "objective", description="what the network follows: the objective, or a classifier's loss"
    )


class LineOfMenu(Described):
    """A line of a trigger menu."""

    require: Annotated[list[Requirement], Field(min_length=1)] | Text = Field(description="what it accepts")
    prescale: Number = Field(1.0, description="one of so many is accepted")
    max_rate: Number | None = Field(None, description="largest rate by itself, in Hz")


class MenuPart(Described):
    """A trigger menu within one total rate (gc.triggers.learn_menu)."""

    lines: dict[str, LineOfMenu] = Field(min_length=1, description="the lines, by name")
    rate: Number = Field(description="largest rate of all lines together, in Hz")
    zero_bias: Text | None = Field(
        None, description="the process whose events are bunch crossings; default: weights are rates in Hz"
    )
    bunches: Number | None = Field(None, description="colliding bunches, which give the crossings per second")
    crossings: Number | None = Field(None, description="instead: bunch crossings per second, in Hz")
    combine: Literal["mean", "worst"] = Field(
        "mean", description="mean of the signal efficiencies, or the worst"
    )
    weights: dict[str, Number] | None = Field(None, description="weights of the signals in the mean")
    steps: dict[str, Number] | None = Field(None, description="thresholds are multiples of these")
    bounds: dict[str, Range] | None = Field(None, description="smallest and largest thresholds")


class Split(Described):
    """Events that learn, that choose, and that judge (gc.Split)."""

    train: Part = Field(0.5, description="learns: a fraction, or values of 'by'")
    select: Part = Field(0.25, description="chooses")
    test: Part = Field(0.25, description="judges")
    seed: int | None = Field(None, description="of the split; default that of the fit")
    by: Text | None = Field(None, description="an integer expression that decides instead, such as event % 4")


class Folds(Described):
    """Cross-validation (gc.Folds)."""

    k: Annotated[int, Field(ge=2)] = Field(description="number of folds")
    seed: int | None = Field(None, description="of the folds; default that of the fit")
    by: Text | None = Field(None, description="an expression that is the number of the fold")
