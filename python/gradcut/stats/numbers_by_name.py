"""The numbers of a model by name: what a workspace calls them, and where the likelihood has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gradcut.errors import DeclarationError, close_matches

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.stats.model import Model

__all__ = ["Key", "NumbersByName", "StatConstraint"]

#: Channel, sample, and what of it: ``"nominal"``, ``"histosys/JES:up"``, ``"staterror/staterror_SR"``, ...
Key = tuple[str, str, str]
_SIDES = ("up", "down")


class StatConstraint(NamedTuple):
    """MC statistics of the bins of a channel: constraints whose sizes follow from templates."""

    poisson: bool
    #: Where the sizes are in the inputs.
    at: slice
    #: Where the auxiliary measurements are, behind the bins of all channels.
    aux: slice
    #: Nominal templates of the samples that share them, and their absolute uncertainties.
    nominal: tuple[Key, ...]
    uncertainties: tuple[Key, ...]


class NumbersByName:
    """Where the numbers of a model are.

    Parameters
    ----------
    model : Model
        The model.

    Attributes
    ----------
    at : dict of Key to slice
        Nominal templates, and variations at +1 and at -1, in the inputs.
    uncertainties : dict of Key to ndarray
        Absolute MC uncertainties, which are not inputs themselves.
    constraints : tuple of StatConstraint
        What is made of them. Constraints of which the measurement says how large they are, are not among
        them: they stay as they are.
    """

    def __init__(self, model: Model) -> None:
        self.at: dict[Key, slice] = {}
        self.uncertainties: dict[Key, NDArray[np.float64]] = {}
        plan = model.plan
        row_of = {int(row[1]): i for i, row in enumerate(plan.constraints)}
        shared: dict[int, tuple[bool, int, list[Key], list[Key]]] = {}
        samples = [(channel, sample) for channel in model.channels for sample in channel.samples]
        modifiers = iter(plan.modifiers)
        for (channel, sample), (_, n, start) in zip(samples, plan.samples, strict=True):
            nominal: Key = channel.name, sample.name, "nominal"
            self.at[nominal] = slice(int(start), int(start + n))
            for modifier in sample.modifiers:
                _, _, parameter, first, _ = next(modifiers)
                key: Key = channel.name, sample.name, f"{modifier.kind}/{modifier.name}"
                if modifier.kind in ("normsys", "histosys"):
                    size = int(n) if modifier.kind == "histosys" else 1
                    for i, side in enumerate(_SIDES):
                        begin = int(first) + i * size
                        self.at[key[0], key[1], f"{key[2]}:{side}"] = slice(begin, begin + size)
                elif modifier.kind in ("staterror", "shapesys"):
                    config = model.configs.get(modifier.name)
                    said = config is not None and (config.sigmas, config.factors, config.auxdata)
                    if said and any(one is not None for one in said):
                        continue
                    self.uncertainties[key] = modifier.data[0]
                    poisson = modifier.kind == "shapesys"
                    group = shared.setdefault(int(parameter), (poisson, channel.n_bins, [], []))
                    group[2].append(nominal)
                    group[3].append(key)
        made = []
        for parameter, (poisson, n_bins, nominals, keys) in shared.items():
            row = row_of[parameter]
            begin = int(plan.constraints[row, 2])
            at, aux = slice(begin, begin + n_bins), slice(row, row + n_bins)
            made.append(StatConstraint(poisson, at, aux, tuple(nominals), tuple(keys)))
        self.constraints = tuple(made)

    @property
    def sizes(self) -> dict[Key, int]:
        """How many numbers each name stands for."""
        found = {key: at.stop - at.start for key, at in self.at.items()}
        return found | {key: len(numbers) for key, numbers in self.uncertainties.items()}

    def check(self, key: object) -> Key:
        """Raise where a model has no numbers of this name.

        Raises
        ------
        DeclarationError
            With names that are close.
        """
        for known in (self.at, self.uncertainties):
            if key in known:
                return key  # type: ignore[return-value]
        names = [", ".join(known) for known in (*self.at, *self.uncertainties)]
        given = ", ".join(map(str, key)) if isinstance(key, tuple) else repr(key)
        raise DeclarationError(
            "the model has no such numbers",
            given=given,
            allowed="(channel, sample, what): ('SR', 'ww', 'nominal'), 'histosys/<name>:up', "
            "'normsys/<name>:down', 'staterror/<name>', 'shapesys/<name>'",
            hint=close_matches(given, names),
        )
