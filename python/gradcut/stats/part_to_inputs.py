"""From yields of channels with equal bins to their numbers in a likelihood, with derivatives back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gradcut.stats.constraint_sizes import constraint_sizes
from gradcut.stats.rates_and_shapes import RatesAndShapes
from gradcut.stats.templates import Templates

if TYPE_CHECKING:
    from gradcut.stats.build import Built
    from gradcut.stats.template_checks import Kept
    from gradcut.stats.template_rows import VariedRow
    from gradcut.stats.templates import TemplateMaker
    from gradcut.yields import Moments

__all__ = ["PartToInputs", "SamplePlaces"]

_Array = NDArray[np.float64]
#: Channel and process of a sample, and the name of its modifier for MC statistics, if it has one.
SamplePlaces = tuple[str, str, str | None]


class PartToInputs:
    """Writes the numbers of channels with equal bins into the inputs of a likelihood.

    Parameters
    ----------
    maker : TemplateMaker
        Makes templates of moments.
    built : Built
        The likelihood, made at one point.
    places : sequence of SamplePlaces
        Where each sample is in it.
    kept : sequence of Kept
        What each variation became.
    poisson : bool
        Whether MC statistics are a shapesys of each sample, rather than a staterror of their sum.
    """

    def __init__(
        self,
        maker: TemplateMaker,
        built: Built,
        places: Sequence[SamplePlaces],
        kept: Sequence[Kept],
        *,
        poisson: bool,
    ) -> None:
        self._maker, self._poisson = maker, poisson
        self._places, self._kept = tuple(places), tuple(kept)
        bins = np.arange(maker.n_bins)
        self._nominal_at = np.array([built.nominal_at[place[:2]] for place in places])[:, None] + bins

        def start(row: VariedRow, kind: str) -> int:
            channel, process, _ = places[row.sample]
            return built.modifier_at[channel, process, kind, row.nuisance]

        self._variations = RatesAndShapes(maker.varied, kept, start, len(places), len(bins))
        names = [place[2] for place in places]
        constrained = list(dict.fromkeys(name for name in names if name is not None))
        self._width_at = (
            np.array([built.constraint_at[name] for name in constrained], dtype=np.intp)[:, None] + bins
        )
        #: Which samples share a constraint, shape (constraints, samples).
        self._sharing = np.array(
            [[name == one for name in names] for one in constrained], dtype=np.float64
        ).reshape(-1, len(names))
        self._onto_samples = np.ascontiguousarray(self._sharing.T)

    def without(self, names: Collection[str], built: Built) -> PartToInputs:
        """The same for the likelihood without some of the modifiers."""
        places = [
            (channel, process, None if stat in names else stat) for channel, process, stat in self._places
        ]
        kept = [
            type(one)(False, False) if row.nuisance in names else one
            for row, one in zip(self._maker.varied, self._kept, strict=True)
        ]
        return PartToInputs(self._maker, built, places, kept, poisson=self._poisson)

    def write(self, into: _Array, moments: Moments) -> Callable[[_Array], Moments]:
        """Write the numbers of some points into their inputs, and return what pulls cotangents back."""
        templates, to_moments = self._maker.linearised(moments)
        nominal, variance = templates.nominal, templates.variance
        into[:, self._nominal_at] = nominal
        sides = templates.up, templates.down
        rates = self._variations.write(into, nominal, sides)
        # What a constraint is about: the sum of its samples, of a shapesys a single one.
        total, total_variance = self._sharing @ nominal, self._sharing @ variance
        into[:, self._width_at], of_sizes = constraint_sizes(total, total_variance, poisson=self._poisson)

        def pull_back(cotangents: _Array) -> Moments:
            d_sides, d_nominal = self._variations.pull_back(cotangents, nominal, sides, rates)
            # All samples are positive, variances may be 0.
            d_total, d_variance = of_sizes(cotangents.take(self._width_at, 1))
            d_nominal = cotangents.take(self._nominal_at, 1) + d_nominal + self._onto_samples @ d_total
            return to_moments(Templates(d_nominal, self._onto_samples @ d_variance, d_sides[0], d_sides[1]))

        return pull_back
