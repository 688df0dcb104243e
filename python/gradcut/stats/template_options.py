"""How yields and their variations become a HistFactory model."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

from gradcut.checks import is_integer, is_number
from gradcut.errors import DeclarationError, close_matches

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = [
    "LEAST_EVENTS",
    "NormForm",
    "StatForm",
    "TemplateOptions",
    "VariationForm",
    "VectorForm",
    "options_of",
]

#: Events that empty templates are raised to.
LEAST_EVENTS = 1e-6
VariationForm = Literal["histosys", "split", "normsys"]
VectorForm = Literal["envelope", "replicas", "hessian", "separate"]
NormForm = Literal["normsys", "gaussian"]
StatForm = Literal["staterror", "shapesys", "none"]


@dataclass(frozen=True)
class TemplateOptions:
    """How yields and their variations become a HistFactory model.

    Parameters
    ----------
    poi : str, default "mu"
        Name of the parameter of interest, the factor of the signal.
    signals : sequence of str, optional
        The signal processes that it scales; default all of them, with one factor. Other signal processes are
        then alternatives, and left out.
    free : mapping of str to sequence of str, optional
        Further free factors: name of the parameter to the processes that it scales.
    bins : sequence of int, optional
        Bins to use, the same in every channel; default all.
    variations : str or mapping of str to str, default "histosys"
        What a variation becomes: ``"histosys"`` (one template with rate and shape), ``"split"`` (a normsys
        for the rate and a histosys for the shape, of one parameter) or ``"normsys"`` (the rate alone); one
        for all, or by the name of the variation (others: ``"histosys"``).
    vectors : mapping of str to str, optional
        What numbered variations become, by name, instead of what the samples declare of them:
        ``"replicas"`` (nominal plus and minus their standard deviation), ``"hessian"`` (plus and minus their
        differences from nominal in quadrature), ``"envelope"`` (largest and least of them and nominal) or
        ``"separate"`` (each a nuisance of its own, mirrored). The first three make one nuisance that moves
        all bins in one direction.
    norm : {"normsys", "gaussian"}, default "normsys"
        What ``norm_uncertainty = r`` becomes: a normsys with factors ``1 + r`` and ``1 / (1 + r)``, or a
        histosys with ``1 + r`` and ``1 - r``, linear in its parameter.
    lumi_uncertainty : float, default 0
        Relative uncertainty of the luminosity, a modifier of all processes.
    mc_stat : {"staterror", "shapesys", "none"}, default "staterror"
        MC statistics: one Gaussian parameter per bin for the sum of the processes (Barlow-Beeston "lite"),
        one Poisson parameter per bin and process, or none.
    mc_stat_of : {"background", "all"}, default "background"
        Whether signal belongs to them.
    smooth : float or mapping of str to float, default 0
        Width in bins of a Gaussian kernel that smooths the ratio of a variation to nominal along the bins,
        its rate kept; one for all variations, or by name. For bins with one axis.
    prune : float, default 0
        Leave out what changes no bin of a template by more than this part of it.
    prune_significance : float, default 0
        Leave out what changes no bin by more than so many MC standard deviations of the nominal template.
        With ``"split"`` rate and shape are judged one by one, the rate by the MC uncertainty of the whole.
    floor : float or "mc", default 1e-6
        Least events of a template in a bin; what is below, or negative, is raised to it. ``"mc"``: of a
        background, the 68% upper limit of an empty bin (1.15 times the mean weight of its events). A fit that
        learns bins needs it: gammas of a staterror multiply, so that no uncertainty makes up for a
        background of which the simulation has run out.
    observations : array_like or mapping of str to array_like, optional
        Observed events. Default: the yields of processes with the role data, else the nominal background.
    interpolation : mapping of str to str, optional
        See :class:`gradcut.stats.Model`.

    Raises
    ------
    DeclarationError
        If a setting cannot be used.
    """

    poi: str = "mu"
    signals: Sequence[str] | None = None
    free: Mapping[str, Sequence[str]] = field(default_factory=dict)
    bins: Sequence[int] | None = None
    variations: VariationForm | Mapping[str, VariationForm] = "histosys"
    vectors: Mapping[str, VectorForm] = field(default_factory=dict)
    norm: NormForm = "normsys"
    lumi_uncertainty: float = 0.0
    mc_stat: StatForm = "staterror"
    mc_stat_of: Literal["background", "all"] = "background"
    smooth: float | Mapping[str, float] = 0.0
    prune: float = 0.0
    prune_significance: float = 0.0
    floor: float | Literal["mc"] = LEAST_EVENTS
    observations: ArrayLike | Mapping[str, ArrayLike] | None = None
    interpolation: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, value, allowed in (
            ("norm", self.norm, get_args(NormForm)),
            ("mc_stat", self.mc_stat, get_args(StatForm)),
            ("mc_stat_of", self.mc_stat_of, ("background", "all")),
            *(("variations", form, get_args(VariationForm)) for form in _values(self.variations)),
            *(("vectors", form, get_args(VectorForm)) for form in self.vectors.values()),
        ):
            if value not in allowed:
                raise DeclarationError(
                    f"unknown value of '{name}'", given=repr(value), allowed=", ".join(map(repr, allowed))
                )
        for name, number, least in (
            ("lumi_uncertainty", self.lumi_uncertainty, 0.0),
            ("prune", self.prune, 0.0),
            ("prune_significance", self.prune_significance, 0.0),
            ("floor", LEAST_EVENTS if self.floor == "mc" else self.floor, 1e-30),
            *(("smooth", width, 0.0) for width in _values(self.smooth)),
        ):
            if not is_number(number) or not least <= number < math.inf:
                raise DeclarationError(
                    f"'{name}' is a finite number", given=repr(number), allowed=f"from {least:g} on"
                )
        if self.bins is not None and not (
            len(self.bins) and all(is_integer(b) for b in self.bins) and len(set(self.bins)) == len(self.bins)
        ):
            raise DeclarationError("'bins' are different numbers of bins", given=repr(self.bins)[:80])
        for name, names in (("signals", self.signals), *self.free.items()):
            if isinstance(names, str):
                raise DeclarationError(
                    "processes are given in a list", where=name, given=repr(names), allowed=f"[{names!r}]"
                )

    def form_of(self, variation: str) -> VariationForm:
        """What a variation becomes."""
        return (
            self.variations
            if isinstance(self.variations, str)
            else self.variations.get(variation, "histosys")
        )

    def smoothing_of(self, variation: str) -> float:
        """Width in bins of the kernel that smooths a variation."""
        return float(self.smooth if is_number(self.smooth) else self.smooth.get(variation, 0.0))  # type: ignore[union-attr, arg-type]


def options_of(
    options: TemplateOptions | None, settings: Mapping[str, Any], **defaults: Any
) -> TemplateOptions:
    """Options that are given whole, or one by one.

    Parameters
    ----------
    options : TemplateOptions, optional
        All of them.
    settings : mapping
        Fields, instead of ``options``.
    **defaults
        Fields where there are no ``options`` and nothing else is said.

    Raises
    ------
    DeclarationError
        If there are both, or a setting is not known.
    """
    for name in settings:
        if name not in TemplateOptions.__dataclass_fields__:
            raise DeclarationError(
                f"no option is called '{name}'",
                hint=close_matches(name, TemplateOptions.__dataclass_fields__),
            )
    if options is not None and settings:
        raise DeclarationError(
            "options are given whole or one by one, not both", given=", ".join(sorted(settings))
        )
    return TemplateOptions(**{**defaults, **settings}) if options is None else options


def _values(given: object) -> tuple[Any, ...]:
    return tuple(given.values()) if isinstance(given, Mapping) else (given,)
