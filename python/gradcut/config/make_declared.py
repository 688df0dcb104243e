"""From a configuration to selections, bins, observables and menus."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gradcut.binning.axis import Binning, ProductBinning
from gradcut.binning.channels import OneBinning
from gradcut.binning.limits import BinLimits
from gradcut.binning.mixture import MixtureBinning
from gradcut.binning.softmax import SoftmaxBinning
from gradcut.config.reading import Document
from gradcut.config.task_model import Bins, CutPart, LineOfMenu, Region
from gradcut.config.task_model import Folds as FoldsPart
from gradcut.errors import DeclarationError
from gradcut.regions import Regions
from gradcut.samples import Folds, Split
from gradcut.selection import Chain, Cut, Selection, VaryingCut
from gradcut.triggers import Line

__all__ = ["make_bins", "make_limits", "make_lines", "make_partition", "make_selection"]

Place = tuple[str | int, ...]


def make_selection(document: Document) -> Selection | Regions | None:
    """Declare the cuts; None where there are none, or they are wrong."""
    part, problems = document.analysis.selection, document.problems
    if part is None:
        return None
    common = {"missing": part.missing, "sentinels": part.sentinels, "step": part.step}
    if not part.regions:
        with problems.at("selection"):
            if part.require is None:
                raise DeclarationError("a selection has 'require', or 'regions'", hint='require: ["met > ?"]')
            return _selection(
                Region(require=part.require, chains=part.chains), document, ("selection",), common
            )
        return None
    before = problems.count
    made: dict[str, Selection] = {}
    for name, region in part.regions.items():
        one = _selection(region, document, ("selection", "regions", name), common)
        made |= {} if one is None else {name: one}
    with problems.at("selection"):
        if part.require is not None or part.chains:
            raise DeclarationError(
                "requirements stand in the regions",
                given="'require' or 'chains' beside 'regions'",
                hint="samples: require: is common to all",
            )
        if problems.count == before:
            return Regions(made, disjoint=part.disjoint)
    return None


def _selection(
    region: Region | LineOfMenu, document: Document, place: Place, common: Mapping[str, Any]
) -> Selection | None:
    listed = [region.require] if isinstance(region.require, str) else region.require
    before, made = document.problems.count, []
    for number, one in enumerate(listed):
        own: Place = () if isinstance(region.require, str) else (number,)
        with document.problems.at(*place, "require", *own):
            cut = one if isinstance(one, str) else _cut(one)
            # By itself, so that its own line is named; names of holes are given to all together below.
            Selection(cut)
            made.append(cut)
    if document.problems.count > before:
        return None
    chains = []
    for number, chain in enumerate(region.chains if isinstance(region, Region) else ()):
        with document.problems.at(*place, "chains", number):
            chains.append(Chain(tuple(chain.parameters), chain.monotone, chain.contraction))
    with document.problems.at(*place):
        return Selection(*made, chains=chains, **common)
    return None


def _cut(part: CutPart) -> Cut | VaryingCut:
    if part.along is None and part.knots is None:
        for name in ("shape", "monotone", "contraction", "name"):
            if name in part.model_fields_set:
                raise DeclarationError(f"'{name}' is of a curve, which has 'along' and 'knots'")
        return Cut(part.feature, part.operator, part.threshold, part.upper)
    if part.along is None or part.knots is None:
        raise DeclarationError("a curve has 'along' and 'knots'")
    if {"threshold", "upper"} & part.model_fields_set:
        raise DeclarationError("the thresholds of a curve are learned", given="'threshold' or 'upper'")
    return VaryingCut(
        part.feature,
        part.operator,
        part.along,
        part.knots,
        part.shape,
        part.monotone,
        part.contraction,
        part.name,
    )


#: Which settings the kinds of bins have.
_OF_KIND = {
    "column": {"column", "bins", "edges", "range", "flow", "step", "width", "coordinates", "name"},
    "mixture": {"mixture", "bins", "means", "coordinates"},
    "softmax": {"softmax", "width", "coordinates"},
}


def make_bins(document: Document) -> OneBinning | dict[str, OneBinning] | None:
    """Declare the bins; None where there are none, or they are wrong."""
    analysis, problems = document.analysis, document.problems
    before = problems.count
    if analysis.channel_bins is not None:
        by_channel: dict[str, OneBinning] = {}
        for name, part in analysis.channel_bins.items():
            with problems.at("channel_bins", name):
                by_channel[name] = _binning(part)
        return by_channel if problems.count == before else None
    if analysis.bins is None:
        return None
    if isinstance(analysis.bins, Bins):
        with problems.at("bins"):
            return _binning(analysis.bins)
        return None
    axes: list[OneBinning] = []
    for number, part in enumerate(analysis.bins):
        with problems.at("bins", number):
            axes.append(_binning(part))
    with problems.at("bins"):
        plain = [axis for axis in axes if isinstance(axis, Binning)]
        if len(plain) < len(axes):
            raise DeclarationError("a product is one of columns", given="a mixture or a softmax in a list")
        if problems.count == before:
            return plain[0] if len(plain) == 1 else ProductBinning(*plain)
    return None


def _binning(part: Bins) -> OneBinning:
    given = {name: getattr(part, name) for name in part.model_fields_set if getattr(part, name) is not None}
    kinds = [kind for kind in _OF_KIND if kind in given]
    if len(kinds) != 1:
        raise DeclarationError(
            "bins have a 'column', or a 'mixture' of several, or the outputs of a 'softmax'",
            given=", ".join(kinds) or "none of them",
        )
    own = _OF_KIND[kinds[0]]
    for name in given:
        if name not in own:
            raise DeclarationError(f"bins with '{kinds[0]}' have no '{name}'", allowed=", ".join(sorted(own)))
    what = given.pop(kinds[0])
    if kinds[0] == "mixture":
        return MixtureBinning(what, given.pop("bins", 0), **given)
    if kinds[0] == "softmax":
        temperature = {"temperature": given.pop("width")} if "width" in given else {}
        return SoftmaxBinning(what, **temperature, **given)
    return Binning(what, **given)


def make_limits(document: Document) -> BinLimits | None:
    """Make the limits of bins."""
    part = document.analysis.limits
    with document.problems.at("limits"):
        return None if part is None else BinLimits(**part.model_dump())
    return None


def make_lines(document: Document) -> dict[str, Line]:
    """Declare the lines of a menu."""
    menu, found = document.analysis.menu, {}
    for name, part in {} if menu is None else menu.lines.items():
        place: Place = ("menu", "lines", name)
        selection = _selection(part, document, place, {})
        if selection is not None:
            with document.problems.at(*place):
                found[name] = Line(selection, part.prescale, part.max_rate)
    return found


def make_partition(document: Document, seed: int) -> dict[str, Any]:
    """Make the arguments ``folds`` or ``split`` of a fit."""
    analysis, problems = document.analysis, document.problems
    if analysis.folds is not None and analysis.split is not None:
        with problems.at("split"):
            raise DeclarationError(
                "events are divided in one way", given="folds and split", allowed="one of them"
            )
    if isinstance(analysis.folds, FoldsPart):
        folds = analysis.folds
        with problems.at("folds"):
            return {"folds": Folds(folds.k, seed=seed if folds.seed is None else folds.seed, by=folds.by)}
    if analysis.folds is not None:
        return {"folds": analysis.folds}
    if analysis.split is not None:
        split = analysis.split
        with problems.at("split"):
            own = split.model_dump(exclude={"seed"})
            if split.by is not None:
                own.update(
                    (part, ()) for part in ("train", "select", "test") if part not in split.model_fields_set
                )
            return {"split": Split(**own, seed=seed if split.seed is None else split.seed)}
    return {}
