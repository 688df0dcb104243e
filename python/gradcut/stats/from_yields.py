"""Models of yields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradcut.errors import DataError, DeclarationError
from gradcut.side_by_side import yields_apart
from gradcut.stats.model import Model
from gradcut.stats.part_to_inputs import PartToInputs, SamplePlaces
from gradcut.stats.rates_and_shapes import is_divided
from gradcut.stats.spec import Channel, Modifier, ParameterConfig, Sample
from gradcut.stats.template_checks import Kept, MadeTemplates, checked
from gradcut.stats.template_options import LEAST_EVENTS
from gradcut.stats.template_rows import SampleRow, VariedRow, rows_of
from gradcut.stats.templates import TemplateMaker
from gradcut.stats.yields_to_inputs import YieldsToInputs

if TYPE_CHECKING:
    from gradcut.stats.template_options import TemplateOptions
    from gradcut.yields import Yields, YieldsLayout

__all__ = ["model_of_yields"]


class _Part(NamedTuple):
    """Channels with equal bins."""

    yields: Yields
    made: MadeTemplates
    maker: TemplateMaker
    places: list[SamplePlaces]

    @classmethod
    def of(cls, yields: Yields, options: TemplateOptions) -> _Part:
        layout = yields.layout
        _check(yields, options)
        samples, varied = rows_of(layout, options)
        least = np.array([yields.variance_floor()[row.channel, row.process] for row in samples])
        floor = _floor(options, samples, least)
        maker = TemplateMaker(layout, samples, varied, options.bins, floor, least)
        templates, _ = maker.linearised(yields.moments)
        made = MadeTemplates(templates, layout, samples, maker.varied, floor)
        return cls(yields, made, maker, [_place(layout, row, options) for row in samples])

    def channels(self, kept: Sequence[Kept], options: TemplateOptions) -> list[Channel]:
        by_channel: dict[str, list[Sample]] = {}
        for s, (channel, process, stat) in enumerate(self.places):
            modifiers = _modifiers(self.made, s, stat, kept, options)
            nominal = self.made.templates.nominal[0, s]
            by_channel.setdefault(channel, []).append(Sample(process, nominal, modifiers))
        return [Channel(name, tuple(samples)) for name, samples in by_channel.items()]


def model_of_yields(yields: Yields, options: TemplateOptions) -> Model:
    """Return the model of yields at one point; see :meth:`gradcut.stats.Model.from_yields`."""
    parts = [_Part.of(one, options) for one in yields_apart(yields)]
    kept, notes = checked([part.made for part in parts], options)
    channels = tuple(
        channel for part, own in zip(parts, kept, strict=True) for channel in part.channels(own, options)
    )
    _check_names(channels, options)
    configs = {}
    if options.lumi_uncertainty:
        r = options.lumi_uncertainty
        configs["lumi"] = ParameterConfig("lumi", (1.0,), ((1e-10, 1 + 10 * r),), (1.0,), (r,))
    model = Model(channels, options.poi, configs, options.interpolation, notes=notes)
    poisson = options.mc_stat == "shapesys"
    to_inputs = [
        PartToInputs(part.maker, model._built, part.places, own, poisson=poisson)
        for part, own in zip(parts, kept, strict=True)
    ]
    model = replace(model, yields_to_inputs=YieldsToInputs(yields.layout, to_inputs, model._built))
    if options.observations is not None:
        return model.with_observations(options.observations)
    return model.with_observations({c: n for part in parts for c, n in _observed(part, options).items()})


def _check(yields: Yields, options: TemplateOptions) -> None:
    layout = yields.layout
    for name, moment in (("yields", yields.moments.sum_w), ("MC variances", yields.moments.variance)):
        bad = ~np.isfinite(moment[0])
        if bad.any():
            c, p, v, b = np.argwhere(bad)[0]
            raise DataError(
                f"{name} are not finite",
                where=f"channel '{layout.channels[c]}', process '{layout.processes[p]}', "
                f"'{layout.variations[v]}', bin '{layout.bins[b]}'",
            )
    for b in options.bins or ():
        if not 0 <= b < len(layout.bins):
            raise DeclarationError("no such bin", given=str(b), allowed=f"0 to {len(layout.bins) - 1}")
    smooth = options.smooth if not isinstance(options.smooth, (int, float)) else {"": options.smooth}
    if len(layout.bin_shape) > 1 and any(smooth.values()):
        raise DeclarationError(
            "smoothing runs along one axis", given=f"bins of shape {layout.bin_shape}", hint="smooth=0"
        )


def _floor(
    options: TemplateOptions, samples: Sequence[SampleRow], variance: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Least events in a bin of each sample."""
    if options.floor != "mc":
        return np.full(len(samples), float(options.floor))
    background = np.array([not row.is_signal for row in samples])
    return np.maximum(np.where(background, np.sqrt(variance), 0.0), LEAST_EVENTS)


def _place(layout: YieldsLayout, row: SampleRow, options: TemplateOptions) -> SamplePlaces:
    channel, process = layout.channels[row.channel], layout.processes[row.process]
    if options.mc_stat == "none" or (row.is_signal and options.mc_stat_of == "background"):
        return channel, process, None
    stat = f"staterror_{channel}" if options.mc_stat == "staterror" else f"mc_{channel}_{process}"
    return channel, process, stat


def _modifiers(
    part: MadeTemplates, s: int, stat: str | None, kept: Sequence[Kept], options: TemplateOptions
) -> tuple[Modifier, ...]:
    layout, row, templates = part.layout, part.samples[s], part.templates
    process, size = layout.processes[row.process], layout.norm_uncertainty[row.process]
    made = [Modifier("normfactor", options.poi)] if row.is_signal else []
    made += [Modifier("normfactor", name) for name, scaled in options.free.items() if process in scaled]
    if options.lumi_uncertainty:
        made.append(Modifier("lumi", "lumi"))
    if size and options.norm == "normsys":
        made.append(
            Modifier("normsys", f"{process}_norm", (np.array([1 + size]), np.array([1 / (1 + size)])))
        )
    if stat is not None and options.mc_stat != "none":
        made.append(Modifier(options.mc_stat, stat, (np.sqrt(templates.variance[0, s]),)))
    nominal = templates.nominal[0, s]
    for m, (varied, parts) in enumerate(zip(part.varied, kept, strict=True)):
        if varied.sample == s:
            made += _varied(varied, parts, nominal, (templates.up[0, m], templates.down[0, m]))
    return tuple(made)


def _varied(
    row: VariedRow, kept: Kept, nominal: NDArray[np.float64], sides: Sequence[NDArray[np.float64]]
) -> list[Modifier]:
    """The modifiers of one variation of a sample, with the numbers that :class:`YieldsToInputs` fills in."""
    rates = [side.sum() / nominal.sum() for side in sides]
    made = []
    if kept.rate:
        made.append(Modifier("normsys", row.nuisance, tuple(np.array([rate]) for rate in rates)))
    if kept.shape:
        shapes = [side / rate if is_divided(row) else side for side, rate in zip(sides, rates, strict=True)]
        made.append(Modifier("histosys", row.nuisance, tuple(shapes)))
    return made


def _check_names(channels: Sequence[Channel], options: TemplateOptions) -> None:
    names = {m.name for channel in channels for sample in channel.samples for m in sample.modifiers}
    free = {options.poi, *options.free}
    for channel in channels:
        for sample in channel.samples:
            pairs = [(m.kind, m.name) for m in sample.modifiers]
            clash = [name for kind, name in pairs if pairs.count((kind, name)) > 1]
            clash += [name for kind, name in pairs if name in free and kind != "normfactor"]
            if clash:
                raise DeclarationError(
                    "two things are called the same",
                    where=f"process '{sample.name}' in channel '{channel.name}'",
                    given=clash[0],
                    allowed="different names of variations, free factors, the parameter of interest, and "
                    "'<process>_norm'",
                )
    assert options.poi in names


def _observed(part: _Part, options: TemplateOptions) -> dict[str, NDArray[np.float64]]:
    layout, samples = part.made.layout, part.made.samples
    data = layout.process_indices("data")
    bins = slice(None) if options.bins is None else list(options.bins)
    made = {}
    for c, channel in enumerate(layout.channels):
        if data:
            made[channel] = part.yields.moments.sum_w[0, c, data, 0].sum(0)[bins]
        else:
            of = [s for s, row in enumerate(samples) if row.channel == c and not row.is_signal]
            made[channel] = part.made.templates.nominal[0, of].sum(0)
    return made
