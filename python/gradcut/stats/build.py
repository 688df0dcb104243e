"""From channels to the flat arrays of a likelihood."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gradcut.errors import DataError, DeclarationError
from gradcut.stats.constraint_sizes import relative_widths, shapesys_factors
from gradcut.stats.parameters import ParameterSet, configured, default_set
from gradcut.stats.plan import CONSTRAINTS, MODIFIERS, LikelihoodPlan
from gradcut.stats.spec import KINDS, Channel, ModifierKind, ParameterConfig, Sample

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["CODES", "Built", "build", "interpolation_codes", "ordered"]

#: Interpolation codes that each kind knows, by their names in pyhf, and their numbers in the plan.
CODES: dict[ModifierKind, dict[str, int]] = {
    "normsys": {"code4": 4, "code1": 1},
    "histosys": {"code4p": 4, "code0": 0, "code2": 2},
}
_PLAN_KIND: dict[ModifierKind, str] = {
    "normfactor": "factor",
    "lumi": "factor",
    "normsys": "normsys",
    "histosys": "histosys",
    "shapefactor": "bin_factor",
    "shapesys": "bin_factor",
    "staterror": "bin_factor",
}


@dataclass(frozen=True, eq=False)
class Built:
    """A likelihood, its numbers, and where they are.

    Parameters
    ----------
    sets : tuple of ParameterSet
        The parameters.
    plan : LikelihoodPlan
        The likelihood.
    inputs : ndarray
        Its numbers.
    nominal_at : dict of (channel, sample) to int
        Where a template is in the inputs.
    modifier_at : dict of (channel, sample, kind, name) to int
        Where the inputs of a modifier start.
    constraint_at : dict of str to int
        Where the widths of a modifier's constraints start.
    """

    sets: tuple[ParameterSet, ...]
    plan: LikelihoodPlan
    inputs: NDArray[np.float64]
    nominal_at: dict[tuple[str, str], int]
    modifier_at: dict[tuple[str, str, str, str], int]
    constraint_at: dict[str, int]


def ordered(channels: Sequence[Channel]) -> tuple[Channel, ...]:
    """Channels, samples and modifiers in the order of their names, as pyhf has them."""
    return tuple(
        Channel(
            channel.name,
            tuple(
                replace(sample, modifiers=tuple(sorted(sample.modifiers, key=lambda m: (m.name, m.kind))))
                for sample in sorted(channel.samples, key=lambda sample: sample.name)
            ),
        )
        for channel in sorted(channels, key=lambda channel: channel.name)
    )


def build(
    channels: Sequence[Channel],
    configs: Mapping[str, ParameterConfig],
    codes: Mapping[str, int],
) -> Built:
    """Lay out a likelihood.

    Parameters
    ----------
    channels : sequence of Channel
        In the order of their names.
    configs : mapping of str to ParameterConfig
        What a measurement says of parameters.
    codes : mapping of str to int
        Interpolation codes of ``"normsys"`` and ``"histosys"`` in the plan.

    Raises
    ------
    DataError
        If a name is used for parameters that cannot be the same, or their numbers cannot be used.
    """
    sets = tuple(
        configured(made, kind, configs.get(made.name)) for kind, made in _required(channels).values()
    )
    starts: dict[str, int] = {}
    for made in sets:
        starts[made.name] = sum(len(known.initial) for known in sets[: len(starts)])
    numbers: list[NDArray[np.float64]] = []
    samples: list[tuple[int, int, int]] = []
    nominal_at: dict[tuple[str, str], int] = {}
    used, first_bin = 0, 0
    for channel in channels:
        for sample in channel.samples:
            nominal_at[channel.name, sample.name] = used
            samples.append((first_bin, channel.n_bins, used))
            numbers.append(sample.nominal)
            used += channel.n_bins
        first_bin += channel.n_bins
    modifiers: list[tuple[int, int, int, int, int]] = []
    modifier_at: dict[tuple[str, str, str, str], int] = {}
    offsets = _offsets(channels)
    index = 0
    for channel in channels:
        for sample in channel.samples:
            for modifier in sample.modifiers:
                kind = modifier.kind
                modifier_at[channel.name, sample.name, kind, modifier.name] = used
                parameter = starts[modifier.name] + offsets.get((modifier.name, channel.name), 0)
                modifiers.append((MODIFIERS[_PLAN_KIND[kind]], index, parameter, used, codes.get(kind, 0)))
                if kind in ("normsys", "histosys"):
                    numbers += modifier.data
                    used += sum(map(len, modifier.data))
            index += 1
    constraints: list[tuple[int, int, int]] = []
    constraint_at: dict[str, int] = {}
    for made in sets:
        if made.constraint:
            constraint_at[made.name] = used
            for i in range(len(made.numbers)):
                constraints.append((CONSTRAINTS[made.constraint], starts[made.name] + i, used + i))
            numbers.append(np.array(made.numbers))
            used += len(made.numbers)
    plan = LikelihoodPlan(
        parameters=tuple(name for made in sets for name in made.parameters),
        n_bins=first_bin,
        n_inputs=used,
        samples=np.array(samples, dtype=np.int32).reshape(-1, 3),
        modifiers=np.array(modifiers, dtype=np.int32).reshape(-1, 5),
        constraints=np.array(constraints, dtype=np.int32).reshape(-1, 3),
    )
    return Built(sets, plan, np.concatenate(numbers), nominal_at, modifier_at, constraint_at)


def _required(channels: Sequence[Channel]) -> dict[str, tuple[ModifierKind, ParameterSet]]:
    """The parameters of all modifiers, in pyhf's order: by kind, then as they are met."""
    found: dict[str, tuple[ModifierKind, ParameterSet]] = {}
    for kind in KINDS:
        names: dict[str, list[tuple[Channel, Sample]]] = {}
        for channel in channels:
            for sample in channel.samples:
                for modifier in sample.modifiers:
                    if modifier.kind == kind:
                        names.setdefault(modifier.name, []).append((channel, sample))
        for name in sorted(names) if kind == "staterror" else names:
            if name in found and {found[name][0], kind} != {"histosys", "normsys"}:
                raise DataError(
                    "modifiers of one name that cannot share a parameter",
                    where=f"modifier '{name}'",
                    given=f"{found[name][0]} and {kind}",
                    allowed="histosys and normsys share one; equal kinds do, a shapesys never",
                    hint="give one of them another name",
                )
            made = _required_set(kind, name, names[name])
            found.setdefault(name, (kind, made))
    return found


def _required_set(kind: ModifierKind, name: str, places: list[tuple[Channel, Sample]]) -> ParameterSet:
    if kind == "shapesys":
        if len(places) > 1:
            raise DataError(
                "a shapesys belongs to one sample of one channel",
                where=f"modifier '{name}'",
                given=", ".join(f"'{sample.name}' in '{channel.name}'" for channel, sample in places),
                hint="give each its own name",
            )
        channel, sample = places[0]
        factors = shapesys_factors(sample.nominal, _uncertainty(sample, kind, name) ** 2)
        return default_set(kind, name, channel.n_bins, factors)
    if kind == "staterror":
        widths = _staterror_widths(name, places)
        return default_set(kind, name, len(widths), widths)
    # A shapefactor that two channels share has as many parameters as the longer one has bins.
    return default_set(kind, name, max(channel.n_bins for channel, _ in places))


def _staterror_widths(name: str, places: list[tuple[Channel, Sample]]) -> NDArray[np.float64]:
    by_sample: dict[str, list[str]] = {}
    by_channel: dict[str, list[Sample]] = {}
    for channel, sample in places:
        by_sample.setdefault(sample.name, []).append(channel.name)
        by_channel.setdefault(channel.name, []).append(sample)
    if len({tuple(where) for where in by_sample.values()}) > 1:
        raise DataError(
            "a staterror is in the same channels for all of its samples",
            where=f"modifier '{name}'",
            given="; ".join(f"'{sample}' in {', '.join(where)}" for sample, where in by_sample.items()),
            hint="give the staterror of each channel its own name",
        )
    return np.concatenate(
        [
            relative_widths(
                np.sum([sample.nominal for sample in samples], axis=0),
                np.sum([_uncertainty(sample, "staterror", name) ** 2 for sample in samples], axis=0),
            )
            for samples in by_channel.values()
        ]
    )


def _uncertainty(sample: Sample, kind: str, name: str) -> NDArray[np.float64]:
    return next(m.data[0] for m in sample.modifiers if m.kind == kind and m.name == name)


def _offsets(channels: Sequence[Channel]) -> dict[tuple[str, str], int]:
    """Where the bins of a channel are among the parameters of a staterror that several channels share."""
    offsets: dict[tuple[str, str], int] = {}
    used: dict[str, int] = {}
    for channel in channels:
        names = {m.name for sample in channel.samples for m in sample.modifiers if m.kind == "staterror"}
        for name in names:
            offsets[name, channel.name] = used.get(name, 0)
            used[name] = used.get(name, 0) + channel.n_bins
    return offsets


def interpolation_codes(given: Mapping[str, str]) -> dict[str, str]:
    """Codes of all kinds: those given, and pyhf's defaults.

    Raises
    ------
    DeclarationError
        If a kind or code is not known.
    """
    made: dict[str, str] = {kind: next(iter(codes)) for kind, codes in CODES.items()}
    for kind, code in given.items():
        allowed = CODES.get(kind, {})  # type: ignore[call-overload]
        if code not in allowed:
            raise DeclarationError(
                "unknown interpolation",
                where="interpolation",
                given=f"{kind!r}: {code!r}",
                allowed="; ".join(f"'{name}': {', '.join(known)}" for name, known in CODES.items()),
            )
        made[kind] = code
    return made
